# shellcheck shell=bash
# shellcheck disable=SC2154 # top and xen are of scripts/testbed
# The hypervisor whose dirty log includes what devices write: Debian's source of Xen with libxl-ext/hypervisor applied,
# and with what lets the tests break it (tests/testbed/hypervisor/mutants.patch).

# What is delivered, in the order in which it applies. tests/testbed/hypervisor/series compiles it without what follows.
series_patches() {
    local dir=$top/libxl-ext/hypervisor/$xen patch
    while read -r patch; do echo "$dir/$patch"; done <"$dir/series"
}

hypervisor_patches() {
    series_patches
    echo "$top/tests/testbed/hypervisor/mutants.patch"
}

# build_hypervisor SUITE DIR: DIR/xen is the hypervisor, uncompressed, as QEMU loads it. Built only where the patches
# are others than the last time.
build_hypervisor() {
    local suite=$1 dir=$2 patches hash
    mapfile -t patches < <(hypervisor_patches)
    hash=$(recipe "${patches[@]}" -- "$suite" "$(declare -f make_hypervisor fetch_source sources)")
    fresh "$dir" "$hash" || say "building the hypervisor, Debian $suite with dirty tracking (about 5 minutes)..."
    logged "hypervisor-$suite" artefact "$dir" "$hash" make_hypervisor
}

# Only the hypervisor is made: the hosts have the tools that belong to this source.
make_hypervisor() {
    local dir=$1 tree=$1/source patch
    local make=(env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$tree/xen" XEN_TARGET_ARCH=x86_64)
    fetch_source xen "$dir"
    for patch in "${patches[@]}"; do
        echo "applying ${patch##*/}"
        patch -d "$tree" -p1 -s --no-backup-if-mismatch <"$patch"
    done
    # What Debian chooses differently from Xen's defaults.
    [[ ! -e $tree/debian/xen-kconfig ]] || cp "$tree/debian/xen-kconfig" "$tree/xen/.config"
    "${make[@]}" olddefconfig
    "${make[@]}" -j"$(nproc)"
    cp "$tree/xen/xen" "$dir/xen"
    cp "$tree/xen/.config" "$dir/config"
    rm -rf "$tree"
}
