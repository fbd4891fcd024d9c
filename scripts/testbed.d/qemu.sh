# shellcheck shell=bash
# shellcheck disable=SC2154 # top and out are of scripts/testbed
# The QEMU of --iommu amd-hd: its AMD IOMMU records which pages a device wrote. It is Debian 13's with the patches of
# tests/testbed/qemu, whatever Debian this machine has.

# Only what the hosts have: the compiler has less to do.
qemu_options=(--python=/usr/bin/python3 --target-list=x86_64-softmmu --without-default-features --enable-tcg
    --enable-slirp --enable-vde --enable-fdt=system --disable-install-blobs --disable-docs --disable-tools
    --disable-debug-info)

build_qemu() {
    # shellcheck disable=SC2034 # fetch_source reads it
    local dir=$1 tree=$1/source patch suite=trixie
    fetch_source qemu "$dir"
    for patch in "$top"/tests/testbed/qemu/*.patch; do patch -d "$tree" -p1 --no-backup-if-mismatch <"$patch"; done
    mkdir "$tree/build"
    (cd "$tree/build" && ../configure "${qemu_options[@]}")
    ninja -C "$tree/build" -j"$(nproc)" qemu-system-x86_64
    cp "$tree/build/qemu-system-x86_64" "$dir/"
    rm -rf "$tree"
}

make_qemu() {
    local hash
    hash=$(recipe "$top"/tests/testbed/qemu/*.patch -- "${qemu_options[*]}" "$(declare -f build_qemu fetch_source)")
    fresh "$out/qemu" "$hash" || say "building QEMU with an IOMMU that records dirty pages (about 5 minutes)..."
    logged qemu artefact "$out/qemu" "$hash" build_qemu
}
