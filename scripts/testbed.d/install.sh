# shellcheck shell=bash
# shellcheck disable=SC2154 # top, out, run, suite, xen and max_hosts are of scripts/testbed
# Puts xl-gpu, as this checkout has it, and the guest into the hosts.

# Compiles in the hosts' root, against their Xen. Only changed sources get a new time, so make does little.
compile() {
    local root=$out/$suite/root
    copy_sources "$root/src/xl-gpu"
    rm -rf "$root/src/stage"
    mkdir -p "$root/src/stage"
    [[ -e $root/src/xl-gpu/Makefile ]] || { echo 'nothing to install yet'; return; }
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS chroot "$root" \
        make -j"$(nproc)" -C /src/xl-gpu install build/faults/xl-gpu build/tests/bench/time_map.so \
        build/tests/guest/dirty-rounds build/tests/sim/simcut DESTDIR=/src/stage
}

# Those that git knows or would take, or everything where there is no git. What is gone here goes there.
copy_sources() {
    local to=$1 file
    mkdir -p "$to"
    if git -C "$top" rev-parse --git-dir >/dev/null 2>&1; then
        git -C "$top" ls-files -z -co --exclude-standard --exclude=/build
    else
        (cd "$top" && find . -path ./build -prune -o -path ./.git -prune -o -type f -print0)
    fi | (cd "$top" && while read -r -d '' file; do [[ ! -e $file ]] || printf '%s\n' "${file#./}"; done) |
        sort >"$to.list.new"
    if [[ -e $to.list ]]; then
        comm -13 "$to.list.new" "$to.list" | while read -r file; do rm -f "${to:?}/$file"; done
    fi
    tar -C "$top" -c -T "$to.list.new" | tar -C "$to" -x
    mv "$to.list.new" "$to.list"
}

# The tree that is unpacked over the hosts' root.
assemble_payload() {
    local to=$out/$suite/payload stage=$out/$suite/root/src/stage hap=
    rm -rf "$to"
    mkdir -p "$to/root/guest" "$to/var/lib/testbed"
    cp -a "$stage/." "$to/"
    install -m 644 "$out/guest/kernel/vmlinuz" "$out/guest/initramfs/initrd" "$to/root/guest/"
    install -m 755 "$top/tests/guest/guest-run" "$out/guest/programs/edu-dma" "$to/root/"
    # The binary with fault points, beside the one that is installed.
    install -m 755 "$out/$suite/root/src/xl-gpu/build/faults/xl-gpu" "$to/root/xl-gpu-faults"
    install -m 755 "$out/$suite/root/src/xl-gpu/build/faults/xl-gpu-save-helper" "$to/root/xl-gpu-save-helper-faults"
    install -m 755 "$out/$suite/root/src/xl-gpu/build/tests/guest/dirty-rounds" "$to/root/"
    # It cuts a connection at a chosen frame.
    install -m 755 "$out/$suite/root/src/xl-gpu/build/tests/sim/simcut" "$to/root/"
    # Of tests/bench/map.
    install -m 755 "$out/$suite/root/src/xl-gpu/build/tests/bench/time_map.so" "$to/root/"
    install -m 755 "$top/tests/bench/time-helper" "$to/root/"
    # Xen 4.17 needs shadow paging under emulation, and Debian builds 4.20 without it.
    [[ $xen != 4.17 ]] || hap='hap = 0'
    sed "s/^@hap@$/$hap/" "$top/tests/guest/guest.cfg" >"$to/root/guest.cfg"
    if [[ -e $top/tests/testbed/igb.conf ]]; then
        install -m 644 -D "$top/tests/testbed/igb.conf" "$to/etc/xl-gpu/models.d/igb.conf"
    fi
    (cd "$to" && find . ! -type d | sort) >"$out/$suite/payload.list"
    mv "$out/$suite/payload.list" "$to/var/lib/testbed/files"
    tar -C "$to" --sort=name --owner=0 --group=0 -cf "$out/$suite/payload.tar" .
}

# On the host: what an earlier install put there and this one does not have goes.
# shellcheck disable=SC2016 # the host's shell expands it
unpack='set -e; cd /
old=/var/lib/testbed/files; [ ! -e $old ] || cp $old $old.old
tar -x --keep-directory-symlink -f -
if [ -e $old.old ]; then comm -23 $old.old $old | xargs -r -d "\n" rm -f --; fi
[ ! -x /usr/lib/xl-gpu/divert-xl ] || /usr/lib/xl-gpu/divert-xl add
systemctl daemon-reload
cd /usr/lib/systemd/system; for unit in xl-gpu*.service; do [ ! -e $unit ] || systemctl -q enable $unit 2>&1; done'

install_host() {
    local host=$1 payload=$out/$suite/payload.tar hash
    hash=$(sha256sum <"$payload")
    [[ $(cat "$run/$host/installed" 2>/dev/null) != "$hash" ]] || return 0
    host_ssh "$host" "$unpack" <"$payload" >"$run/$host/install.log" 2>&1 ||
        fail "$host" "xl-gpu does not install: $(tail -n 1 "$run/$host/install.log")" "see $run/$host/install.log"
    echo "$hash" >"$run/$host/installed"
}
