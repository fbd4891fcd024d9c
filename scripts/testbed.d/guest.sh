# shellcheck shell=bash
# shellcheck disable=SC2154 # top, out, run, suite, xen and max_hosts are of scripts/testbed
# What the hosts' guests boot: a small kernel with the VF's driver, and an initramfs with busybox.

build_guest_kernel() {
    local dir=$1 tree=$1/linux source
    source=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' | sort -V | tail -n 1)
    [[ $source ]] || { echo "no /usr/src/linux-source-*.tar.xz"; return 1; }
    mkdir "$tree"
    # Left out: what this configuration never reads. The Kconfig files are all read.
    tar -xf "$source" -C "$tree" --strip-components=1 --wildcards --exclude='*/Documentation/*/*' \
        --exclude='*/drivers/gpu/*.[ch]' --exclude='*/sound/*.[ch]' --exclude='*/drivers/media/*.[ch]' \
        --exclude='*/arch/[!x]*/*.[chS]' --exclude='*/arch/[!x]*/boot/*' --exclude='*/tools/testing/*'
    make -C "$tree" -s KCONFIG_ALLCONFIG="$top/tests/guest/kernel.config" allnoconfig
    check_kernel_config "$tree/.config"
    make -C "$tree" -j"$(nproc)" bzImage
    cp "$tree/arch/x86/boot/bzImage" "$dir/vmlinuz"
    cp "$tree/.config" "$dir/config"
    rm -rf "$tree"
}

# Kconfig drops in silence what lacks a dependency.
check_kernel_config() {
    local line lost=0
    while read -r line; do
        grep -qxF -- "$line" "$1" && continue
        echo "tests/guest/kernel.config: did not take: $line"
        lost=1
    done < <(grep '^CONFIG_' "$top/tests/guest/kernel.config")
    return "$lost"
}

# Static: they run in the guest, which has no libraries, and on hosts of any Debian.
build_guest_programs() {
    local guest=$top/tests/guest program
    local compile=(gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -s)
    for program in pattern devpages scribble; do
        "${compile[@]}" -o "$1/$program" "$guest"/{"$program",served,page}.c
    done
    "${compile[@]}" -o "$1/edu-dma" "$guest/edu-dma.c"
}

build_guest_initramfs() {
    local dir=$1 tree=$1/tree applet guest=$top/tests/guest
    mkdir -p "$tree"/{bin,sbin,dev,proc,sys,tmp,etc,root}
    install -m 755 /bin/busybox "$tree/bin/busybox"
    for applet in $(/bin/busybox --list); do
        [[ $applet == busybox ]] || ln -s busybox "$tree/bin/$applet"
    done
    install -m 755 "$guest/init" "$tree/init"
    install -m 755 "$guest/console" "$tree/sbin/console"
    install -m 755 "$out"/guest/programs/{pattern,devpages,scribble} "$tree/bin/"
    for applet in poweroff reboot halt; do install -m 755 "$guest/poweroff" "$tree/sbin/$applet"; done
    mknod "$tree/dev/console" c 5 1
    (cd "$tree" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | lz4 -l -9 -c >"$dir/initrd"
    rm -rf "$tree"
}
