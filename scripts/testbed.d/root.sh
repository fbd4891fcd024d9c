# shellcheck shell=bash
# shellcheck disable=SC2154 # top, out, run, suite, xen and max_hosts are of scripts/testbed
# The hosts' root: a Debian with Xen, as a directory (xl-gpu is compiled in it, against that suite's Xen)
# and as a disk image, which every host uses through an overlay of its own.

suite_of() { case $1 in 4.17) echo bookworm ;; 4.20) echo trixie ;; esac; }

host_packages='linux-image-amd64 xen-system-amd64 qemu-system-xen xen-utils-common xenstore-utils
    systemd-sysv udev kmod initramfs-tools lz4 openssh-server iproute2 iputils-ping
    pciutils strace procps busybox-static e2fsprogs'

# Left out of every package: nothing reads them on a host, and they are most of the image's size.
left_out='/usr/share/doc/*
/usr/share/man/*
/usr/share/locale/*
/usr/share/info/*
*/modules/*/kernel/drivers/gpu/*
*/modules/*/kernel/drivers/media/*
*/modules/*/kernel/drivers/net/wireless/*
*/modules/*/kernel/drivers/infiniband/*
*/modules/*/kernel/drivers/ata/*
*/modules/*/kernel/drivers/scsi/*
*/modules/*/kernel/drivers/iio/*
*/modules/*/kernel/drivers/usb/*
*/modules/*/kernel/drivers/staging/*
*/modules/*/kernel/sound/*'

build_root() {
    local dir=$1 site
    site=$("$top/scripts/setup" mirrors "$suite" | awk -v suite="$suite" '$2 == suite { print $1 }')
    [[ $site ]] || { echo "apt knows no mirror of Debian"; return 1; }
    configure_packaging "$dir"
    # debootstrap fetches with wget, which does not read apt's set-up.
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    [[ -z ${http_proxy-} ]] || export http_proxy
    debootstrap --variant=minbase "$suite" "$dir" "$site"
    install_host_packages "$dir"
    # Where a step was cut short, debootstrap's stand-in is still there, and no daemon would ever start.
    if [[ -e $dir/sbin/start-stop-daemon.REAL ]]; then
        mv "$dir/sbin/start-stop-daemon.REAL" "$dir/sbin/start-stop-daemon"
    fi
}

# What apt, dpkg and the initramfs must know before the first package comes.
configure_packaging() {
    local dir=$1 initramfs=$1/etc/initramfs-tools/conf.d pattern
    mkdir -p "$dir/etc/dpkg/dpkg.cfg.d" "$dir/etc/apt/apt.conf.d" "$initramfs" "$dir/usr/share/initramfs-tools/modules.d"
    echo force-unsafe-io >"$dir/etc/dpkg/dpkg.cfg.d/testbed"
    while read -r pattern; do echo "path-exclude=$pattern"; done <<<"$left_out" >>"$dir/etc/dpkg/dpkg.cfg.d/testbed"
    apt-config dump | grep -E '^Acquire::(https?::|Check-)' >"$dir/etc/apt/apt.conf.d/50testbed" || true
    echo 'Acquire::Languages "none";' >>"$dir/etc/apt/apt.conf.d/50testbed"
    # Just the root disk's modules: a small initramfs is soon unpacked.
    printf '%s\n' MODULES=list COMPRESS=lz4 >"$initramfs/testbed"
    printf '%s\n' virtio_pci virtio_blk ext4 >"$dir/usr/share/initramfs-tools/modules.d/testbed"
}

# From "SITE RELEASE" lines. Not bookworm's security updates: their Xen is built without shadow paging, and under
# emulation 4.17 runs HVM guests with nothing else. A host of the testbed can be reached from this machine alone.
sources() {
    local site release
    while read -r site release; do
        [[ $release == bookworm-security ]] || echo "deb $site $release main"
    done
}

# fetch_source PACKAGE DIR: the package's source as the suite has it, unpacked, as DIR/source. With lists of its own:
# this machine's apt may know no sources, and be of another suite.
fetch_source() {
    local package=$1 dir=$2 key=/usr/share/keyrings/debian-archive-keyring.gpg
    local apt=(apt-get -q -o "Dir::Etc::SourceList=$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache" -o APT::Sandbox::User=root)
    mkdir -p "$dir"/apt/{lists,cache/archives}/partial
    "$top/scripts/setup" mirrors "$suite" | sources | sed "s|^deb |deb-src [signed-by=$key] |" >"$dir/apt/sources.list"
    "${apt[@]}" update
    (cd "$dir" && "${apt[@]}" source --download-only "$package")
    # apt has checked them.
    dpkg-source --no-check -x "$dir/$package"_*.dsc "$dir/source"
    rm -rf "$dir/apt" "$dir/$package"_*
}

install_host_packages() {
    local dir=$1 packages
    local apt=(chroot "$dir" apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0)
    local -x DEBIAN_FRONTEND=noninteractive LC_ALL=C
    "$top/scripts/setup" mirrors "$suite" | sources >"$dir/etc/apt/sources.list"
    read -r -d '' -a packages < <(echo "$host_packages"; "$top/scripts/setup" list build; printf '\0')
    # No daemon may start in the chroot.
    printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
    chmod 755 "$dir/usr/sbin/policy-rc.d"
    "${apt[@]}" update
    "${apt[@]}" -o Dpkg::Options::=--force-confold install "${packages[@]}"
    "${apt[@]}" clean
    rm -rf "$dir"/var/lib/apt/lists/* "$dir/usr/sbin/policy-rc.d"
}

build_image() {
    local dir=$1 root=$out/$suite/root
    configure_host "$root"
    # Xen is loaded by QEMU as a multiboot kernel, which must not be compressed.
    zcat "$root"/boot/xen-*.gz >"$dir/xen"
    cp -L "$root/vmlinuz" "$dir/vmlinuz"
    cp -L "$root/initrd.img" "$dir/initrd.img"
    # What was compiled in the root belongs to no image.
    rm -rf "$root/src"
    mke2fs -q -t ext4 -J size=16 -m 0 -d "$root" "$dir/disk.img" 3G
}

# Makes a host of the root. The same root may be configured again.
configure_host() {
    local root=$1 n
    cp -r --no-preserve=ownership "$top/scripts/testbed.d/host/." "$root/"
    mkdir -p "$root/root/.ssh" "$root/var/crash"
    chmod 700 "$root/root/.ssh"
    install -m 600 "$out/keys/id" "$root/root/.ssh/id_ed25519"
    install -m 600 "$out/keys/id.pub" "$root/root/.ssh/authorized_keys"
    rm -f "$root"/etc/ssh/ssh_host_*
    install -m 600 "$out/keys/host" "$root/etc/ssh/ssh_host_ed25519_key"
    echo "host?,10.77.0.* $(cat "$out/keys/host.pub")" >"$root/root/.ssh/known_hosts"
    {
        echo "127.0.0.1 localhost"
        for ((n = 1; n <= max_hosts; n++)); do echo "10.77.0.$n host$n"; done
    } >"$root/etc/hosts"
    echo '/dev/vda / ext4 rw,noatime 0 0' >"$root/etc/fstab"
    chroot "$root" systemctl enable testbed-host.service
    chroot "$root" systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer \
        e2scrub_all.timer e2scrub_reap.service systemd-pstore.service getty.target console-getty.service \
        serial-getty@hvc0.service systemd-udev-settle.service modprobe@{configfs,dm_mod,drm,fuse,loop}.service \
        systemd-{firstboot,sysusers,repart,random-seed,binfmt,update-utmp,update-utmp-runlevel}.service \
        {dev-mqueue,dev-hugepages,sys-kernel-tracing,sys-fs-fuse-connections,sys-kernel-config}.mount
    chroot "$root" update-rc.d xendomains disable
}

build_keys() {
    ssh-keygen -q -t ed25519 -N '' -C testbed -f "$1/id"
    ssh-keygen -q -t ed25519 -N '' -C testbed-host -f "$1/host"
    echo "testbed $(cat "$1/host.pub")" >"$1/known_hosts"
}
