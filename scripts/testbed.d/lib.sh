# shellcheck shell=bash
# shellcheck disable=SC2154 # top, out, run, suite, xen and max_hosts are of scripts/testbed
# What every part of the testbed uses: messages, logs, and the cache of what was built.

say() { echo "testbed: $*" >&2; }

# fail WHAT WHY REMEDY [STATUS]
fail() { echo "testbed: $1: $2; $3" >&2; exit "${4-1}"; }

# alone COMMAND…: a daemon that holds none of our descriptors, nor our caller's: one of them may be a lock.
alone() {
    (
        for fd in "/proc/$BASHPID/fd"/*; do
            fd=${fd##*/}
            ((fd <= 2)) || exec {fd}>&-
        done
        "$@"
    )
}

# Runs a command with its output in a log file; a failure names the log, shows its end, and is the end. The command
# runs under set -e: so this is never to be called where bash ignores that (before &&, || or in a condition).
logged() {
    local log=$out/log/$1.log what=$1 status ticker
    shift
    mkdir -p "$out/log"
    : >"$log"
    tick "$what" "$log" "$BASHPID" &
    ticker=$!
    set +e
    (set -e; "$@") >"$log" 2>&1 </dev/null
    status=$?
    set -e
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    if ((!status)); then
        sed -n '/^testbed: .* built in [0-9]* s$/p' "$log" >&2
        return
    fi
    tail -n 15 "$log" | sed 's/^/    /' >&2
    fail "${log##*/}" "failed as shown" "see $log"
}

# tick WHAT LOG PID: while the process lives, says every 30 s how far the log is. It waits by reading from a pipe that
# nobody writes to: a sleep that outlives it would keep the caller's output open.
tick() {
    local never
    exec {never}<> <(:)
    until read -r -t 30 -u "$never" || [[ ! -d /proc/$3 ]]; do
        say "$1: $(tail -n 1 "$2" | cut -c1-100)"
    done
}

# recipe FILE… [-- WORD…]: the hash of what an artefact is made from.
recipe() {
    local files=()
    while (($#)) && [[ $1 != -- ]]; do files+=("$1"); shift; done
    { cat "${files[@]}"; echo "$*"; } | sha256sum | cut -c1-16
}

# artefact DIR HASH FUNCTION: what FUNCTION makes in a new directory, made again only when HASH differs.
# It gets its name when it is whole, so a build that was killed leaves nothing that is believed later. How long it took
# is said, which logged() passes on, and kept in log/built: the next run has a log of its own.
artefact() {
    local dir=$1 hash=$2 build=$3 began=$SECONDS
    fresh "$dir" "$hash" && return
    remove_tree "$dir.tmp"
    mkdir -p "$dir.tmp"
    "$build" "$dir.tmp"
    echo "$hash" >"$dir.tmp/.recipe"
    remove_tree "$dir"
    mv "$dir.tmp" "$dir"
    say "${dir#"$out/"} built in $((SECONDS - began)) s"
    echo "$(date +%F) ${dir#"$out/"} $((SECONDS - began)) s" >>"$out/log/built"
}

fresh() { [[ $(cat "$1/.recipe" 2>/dev/null) == "$2" ]]; }

# A root that was being built may still have /proc mounted in it: rm must not go there.
remove_tree() {
    local mount
    awk -v dir="$1/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r mount; do umount "$mount"; done
    rm -rf --one-file-system -- "$1"
}

# need KIB-OF-DISK
need_disk() {
    local free
    free=$(df --output=avail -k "$out" | tail -n 1)
    ((free >= $1)) ||
        fail disk "$((free / 1024)) MiB free under $out, $(($1 / 1024)) needed" "free some, or remove build/testbed"
}
