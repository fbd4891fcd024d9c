# shellcheck shell=bash
# shellcheck disable=SC2154 # top, out, run, suite, xen and max_hosts are of scripts/testbed
# Packages for those tests that need more than the hosts' root has: what installing them changes in a copy of the root
# is kept as a tar, and unpacked over the hosts that want it.

# Of $layer_packages.
build_layer() {
    # shellcheck disable=SC2034 # of install_host_packages
    local dir=$1 tree=$1/tree host_packages=$layer_packages
    mkdir "$tree"
    tar -C "$out/$suite/root" --exclude=./src -c . | tar -C "$tree" -x
    touch "$dir/before"
    install_host_packages "$tree"
    # Nor what has its daemons start at boot.
    (cd "$tree" && find . -cnewer ../before ! -path './etc/systemd/system/*.wants/*' -print0 |
        tar --null --no-recursion --numeric-owner -T - -cf ../layer.tar)
    remove_tree "$tree"
}

# What has been unpacked is noted, so that it is not done twice.
# shellcheck disable=SC2016 # the host's shell expands it
unpack_layer='set -e; cd /; tar -x --keep-directory-symlink -f -; ldconfig; systemctl daemon-reload
mkdir -p /var/lib/testbed/layers; : >"/var/lib/testbed/layers/$layer"'

install_layer() {
    local host=$1 dir=$2 layer
    layer=$(<"$dir/.recipe")
    ! host_ssh "$host" test -e "/var/lib/testbed/layers/$layer" </dev/null || return 0
    say "installing on $host: $layer_packages..."
    host_ssh "$host" "layer=$layer; $unpack_layer" <"$dir/layer.tar" >"$run/$host/layer.log" 2>&1 ||
        fail "$host" "the packages do not install: $(tail -n 1 "$run/$host/layer.log")" "see $run/$host/layer.log"
}
