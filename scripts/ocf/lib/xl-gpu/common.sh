# shellcheck shell=bash
# shellcheck disable=SC2034 # it is the agents that read them
# What xl-gpu's resource agents have in common. No name and no path is ever part of a command's text.

run_dir=${XLGPU_RUN_DIR:-/run/xl-gpu}
# The cluster's guests that this node was asked about since it booted: a file for each, named as its resource, with the
# guest's name, the path of its config, and its UUID or "-".
guests=$run_dir/cluster
# Seconds that Pacemaker gives the action; SECONDS counts those that are over.
limit=$((${OCF_RESKEY_CRM_meta_timeout:-60000} / 1000))

scratch=$(mktemp -d) || exit "$OCF_ERR_GENERIC"
trap 'rm -rf "$scratch"' EXIT

# run COMMAND…: its status; what it prints is in $out, the last of what it says on stderr in $why, and $by_xlgpu is set
# where that is xl-gpu's own word. Files, for a guest's monitor and device model would keep a pipe open.
run() {
    local status=0
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
    out=$(<"$scratch/out")
    why=$(grep '^xl-gpu: ' "$scratch/err" | grep -v '^xl-gpu: warning: ' | tail -n 1)
    by_xlgpu=$why
    why=${why#xl-gpu: }
    [[ $why ]] || why=$(tail -n 1 "$scratch/err")
    [[ $why ]] || why="$1 ended with status $status"
    return "$status"
}

# fail STATUS REASON: the reason is shown in the cluster's status.
fail() {
    ocf_exit_reason "$2"
    return "$1"
}

# read_nvpairs XPATH: "NAME VALUE" of each of our attributes there, in the cluster's configuration or status: $out.
read_nvpairs() {
    # That there is none is an error to cibadmin.
    run cibadmin --query --local --xpath "$1" || [[ $why == *"No such device or address"* ]] || return
    out=$(sed -n 's/.*<nvpair .*name="\(xl-gpu[^"]*\)".* value="\([^"]*\)".*/\1 \2/p' <<<"$out")
}
nvpairs() { read_nvpairs "$1" && echo "$out"; }

has_line() { grep -qxF -- "$1" <<<"$2"; }
