# shellcheck shell=bash
# shellcheck disable=SC2154 # top, out and suite are of scripts/testbed
# The Debian package of this checkout, for the hosts' release. It is built in a copy of their root, for that has what
# packages are built with, and the image has no use for it.

build_deb_root() {
    local dir=$1 host_packages
    # shellcheck disable=SC2034 # of install_host_packages
    host_packages=$("$top/scripts/setup" list deb)
    tar -C "$out/$suite/root" --exclude=./src --exclude=./.recipe -c . | tar -C "$dir" -x
    install_host_packages "$dir"
}

# build_deb N: as scripts/deb does. The unit tests are run elsewhere.
build_deb() {
    local root=$out/$suite/deb-root
    copy_sources "$root/src/xl-gpu"
    rm -f "$root"/src/xl-gpu/build/deb/*
    DEB_BUILD_OPTIONS=nocheck env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS chroot "$root" /src/xl-gpu/scripts/deb "$1"
    mkdir -p "$out/$suite/deb"
    rm -f "$out/$suite/deb/"*"u$1_"*.deb
    cp "$root"/src/xl-gpu/build/deb/*.deb "$out/$suite/deb/"
}
