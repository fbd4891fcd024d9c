# shellcheck shell=bash
# What the tests on simulated machines are written in. A test file is a list of
#
#     test_it_does_this() { …; }
#
# functions. Each begins on a machine that was just started, with what
# machine(), or machine_it_does_this() if there is one, prints as its config
# (README.md), then runs set_up() if there is one, and fails at its first
# command that fails.

# A file with hosts=2 has a second one, host2, with the same config.

pci=${XLGPU_SYSFS-}/bus/pci
build=${XLGPU_BUILD-$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)/build}

die() {
    echo "      $*" >&2
    exit 1
}

# check WHAT COMMAND…: fails the test, saying WHAT, when the command fails.
check() {
    local what=$1
    shift
    "$@" || die "$what"
}

# equal WHAT EXPECTED ACTUAL
equal() { [[ $3 == "$2" ]] || die "$1: expected \"$2\", got \"$3\""; }

# like WHAT PATTERN ACTUAL: PATTERN is a shell pattern.
like() {
    # shellcheck disable=SC2053
    [[ $3 == $2 ]] || die "$1: expected $2, got \"$3\""
}

# refused STATUS PATTERN COMMAND…: the command ends with that status and one
# line on stderr like PATTERN, and prints nothing.
refused() {
    local status=$1 pattern=$2 out err=$SIM_DIR/err r=0
    shift 2
    out=$("$@" 2>"$err") || r=$?
    equal "$*: exit status" "$status" "$r"
    equal "$*: lines on stderr" 1 "$(wc -l <"$err")"
    like "$*: message" "$pattern" "$(cat "$err")"
    equal "$*: output" "" "$out"
}

# ok COMMAND…: it succeeds and has nothing to warn of.
ok() {
    local err=$SIM_DIR/err r=0
    "$@" 2>"$err" || r=$?
    equal "$*: on stderr" "" "$(cat "$err")"
    equal "$*: exit status" 0 "$r"
}

# wait_for SECONDS WHAT COMMAND…
wait_for() {
    local end=$((SECONDS + $1 + 1)) what=$2
    shift 2
    until ("$@") >/dev/null 2>&1; do
        ((SECONDS < end)) || die "not within the time: $what"
        sleep 0.05
    done
}

# ---- The simulation ----

# at HOST COMMAND…: the command, or function, on that host.
at() {
    local host=$1
    shift
    (
        # shellcheck source=/dev/null
        . "$SIM_HOSTS/$host"
        pci=$XLGPU_SYSFS/bus/pci
        "$@"
    )
}

# sim 'CONTROL LINE', as README.md has them.
sim() { echo "$1" >"$XLGPU_SYSFS/sim/control" || die "sim: $1: not understood"; }

# The writes so far; forget_log empties it.
log() { cat "$XLGPU_SYSFS/sim/log"; }
forget_log() { echo >"$XLGPU_SYSFS/sim/log"; }

# log_has PATTERN…: lines like these are in it, in this order; a pattern is of
# a whole line without "WRITE ".
log_has() {
    local line
    while read -r line; do
        # shellcheck disable=SC2053
        if (($#)) && [[ ${line#WRITE } == $1 ]]; then shift; fi
    done < <(log)
    (($# == 0)) || die "the log has not (in this place): $1
$(log)"
}

log_lacks() {
    local line
    while read -r line; do
        # shellcheck disable=SC2053
        [[ ${line#WRITE } != $1 ]] || die "the log has: $line"
    done < <(log)
}

# resets BDF: how often it was reset.
resets() { awk -v bdf="$1" '$1 == bdf { n = $2 } END { print n + 0 }' "$XLGPU_SYSFS/sim/resets"; }

# attr BDF NAME [VALUE]: reads it, or writes it.
attr() {
    if (($# > 2)); then echo "$3" >"$pci/devices/$1/$2"; else cat "$pci/devices/$1/$2"; fi
}

# fails ERRNO COMMAND…: the last write that the log has failed with it.
fails() {
    local name=$1
    shift
    if "$@" 2>/dev/null; then die "$*: succeeded, not $name"; fi
    like "$*" "* -> $name" "$(log | tail -n 1)"
}

# devices NAME: what the guest has, on one line.
devices() {
    xenstore-ls -f "/sim/domain/$(xl domid "$1")" | sed -n 's|.*/pci/.* = "\([^ ]*\).*|\1|p' | sort | paste -sd " "
}

# is_built GUEST: it is there, with its devices.
is_built() { xenstore-read "/sim/domain/$(xl domid "$1")/ready"; }

driver_of() { basename "$(readlink "$pci/devices/$1/driver")"; }

# ---- xl-gpu ----

# field JQ: of xl gpu-list -l -j.
field() { xl gpu-list -l -j | jq -r "$1"; }

# All partitions' states, in order, on one line; of the GPU with that index.
# shellcheck disable=SC2120 # most machines have one GPU
states() { field "[.gpus[${1-0}].partitions[].state] | join(\" \")"; }

# The records, without the directories that are there when empty too.
records() { xenstore-ls -p /local/domain/0/gpu 2>/dev/null | grep -vE '^[a-z]+ = ""' || :; }

# What is on disk: journals, layout, configs, locks, logs. Times and inodes tell of what was written anew, and those of
# a directory of what was made and is gone.
files() {
    find "$XLGPU_STATE_DIR" "$XLGPU_RUN_DIR" "$XLGPU_LOG_DIR" -printf '%p %i %T@ ' \
        \( -type f -exec md5sum {} \; -o -printf '\n' \) 2>/dev/null | sort || :
}

# guest NAME [LINE…]: the path of a config with gpu = [ "partition" ].
guest() {
    local file=$SIM_DIR/$1.cfg
    printf '%s\n' "name = \"$1\"" 'type = "hvm"' 'memory = 96' 'gpu = [ "partition" ]' "${@:2}" >"$file"
    echo "$file"
}

all_free() { [[ $(states) =~ ^(free ?)*$ ]]; }
no_domain() { ! xl domid "$1" >/dev/null 2>&1; }

# xl_killed_at STEP COMMAND…: stock xl of that command is killed at that step (simxl.c).
xl_killed_at() {
    local step=$1 r=0
    shift
    { SIM_KILL_AT=$step "$@" & wait $! || r=$?; } 2>/dev/null
    equal "$*: status" 137 "$r"
}

# monitor NAME, device_model NAME: the processes that live on for the guest.
monitor() { xenstore-read "/sim/domain/$(xl domid "$1")/monitor"; }
device_model() { xenstore-read "/sim/domain/$(xl domid "$1")/dm"; }

# with_fault_points: from here on xl-gpu and the save helper have them.
with_fault_points() { sed -i "s|[^']*/xl-gpu'|$build/faults/xl-gpu'|" "$SIM_DIR/bin/xl-gpu" "$SIM_DIR/bin/xl-gpu-save-helper"; }

# model LINE…: the only model file that there is from here on.
model() {
    export XLGPU_MODELS=$SIM_DIR/models
    mkdir -p "$XLGPU_MODELS"
    printf '%s\n' "$@" >"$XLGPU_MODELS/sim.conf"
}
