# shellcheck shell=bash
# kill -9 at the steps of a migration, at either side and in the save helper,
# and a connection that is cut at each frame. Afterwards, once gpu-recover has
# run, one copy of the guest runs, wherever; it has its partition, and no
# other is taken. Here each step that has a name, once; tests/sim/full has all.
# shellcheck disable=SC2034 # of tests/sim/run
hosts=2

gpu=0000:41:00.0

machine() { echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=4"; }

# shellcheck source=tests/sim/moving.sh
. "$here/moving.sh"

set_up() {
    both xl gpu-partition $gpu 2 >/dev/null
    both with_fault_points
    boot g 'gpu_migrate = [ "live", "hotplug", "restart" ]'
    at_home=host1 away=host2
}

with_fault_points() {
    sed -i "s|/build/xl-gpu|/build/faults/xl-gpu|" "$SIM_DIR/bin/xl-gpu" "$SIM_DIR/bin/xl-gpu-save-helper"
}

# Where the guest is; the next move starts there.
find_guest() {
    at_home=host1 away=host2
    [[ ! $(at host2 copies g) ]] || at_home=host2 away=host1
}

# What an administrator does until nothing is left: on either host first, and as it says what else is to do.
recover() {
    local n
    for ((n = 0; n < 10; n++)); do
        at "$1" xl gpu-recover >"$SIM_DIR/recover1" 2>&1 && at "$2" xl gpu-recover >"$SIM_DIR/recover2" 2>&1 && return
        ! grep -q 'asks it once more' "$SIM_DIR"/recover? || at "$at_home" xl shutdown g >/dev/null 2>&1 || :
        sleep 1
    done
    die "$3: gpu-recover: $(cat "$SIM_DIR"/recover?)"
}

# one_copy WHEN: the whole of what must hold.
one_copy() {
    equal "$1: copies" "g " "$(both copies g)"
    find_guest
    equal "$1: devices" 1 "$(at "$at_home" devices g | wc -w)"
    equal "$1: held" "$(at "$at_home" devices g)" \
        "$(at "$at_home" field '[.gpus[].partitions[] | select(.state == "held").bdf] | join(" ")')"
    equal "$1: of this guest" "$(at "$at_home" uuid_of g)" \
        "$(at "$at_home" field '[.gpus[].partitions[] | select(.state == "held").uuid] | join(" ")')"
    equal "$1: free where it is not" "free free" "$(at "$away" states)"
    equal "$1: unsettled" "" "$(both eval 'grep -lE "\"(open|go-[a-z]*)\"" "$XLGPU_STATE_DIR"/migration/* 2>/dev/null || :')"
    equal "$1: libxl's notes" "$(at "$at_home" devices g)" "$(both notes)"
    wait_for 5 "$1: nobody has its lock where it is not" at "$away" unlocked "$(at "$at_home" uuid_of g)"
    check "$1: its lock is held" eval '! at "$at_home" unlocked "$(at "$at_home" uuid_of g)"'
    check "$1: it is monitored" at "$at_home" monitored g
}
notes() { xenstore-ls -f /libxl/pci 2>/dev/null | sed -n 's|/libxl/pci/\(....\)-\(..\)-\(..\)-\(.\)/domid.*|\1:\2:\3.\4|p'; }
unlocked() { [[ ! -e $XLGPU_RUN_DIR/held/$1 ]] || flock -n "$XLGPU_RUN_DIR/held/$1" true; }
# By xl or by us: by its lock.
monitored() {
    local file p
    file=$XLGPU_RUN_DIR/held/$(uuid_of "$1")
    for p in /proc/[0-9]*; do
        case $(cat "$p/comm" 2>/dev/null) in
        xl | xl-gpu) if find "$p/fd" -lname "$file" 2>/dev/null | grep -q .; then return; fi ;;
        esac
    done
    return 1
}

# moved_killed SIDE STEP MODE: that side of a move is killed there. Fails where it has no such step any more.
moved_killed() {
    local side=$1 step=$2 r=0
    at "$at_home" announce g
    rm -f "$SIM_DIR/steps" "$SIM_HOSTS/$away.also"
    case $side in
    sender) set -- XLGPU_KILL_AT="$step" XLGPU_STEPS="$SIM_DIR/steps" ;;
    helper) set -- SIM_HELPER_KILL_AT="$step" SIM_HELPER_STEPS="$SIM_DIR/steps" ;;
    receiver)
        printf 'export %q\n' XLGPU_KILL_AT="$step" XLGPU_STEPS="$SIM_DIR/steps" >"$SIM_HOSTS/$away.also"
        set --
        ;;
    esac
    { at "$at_home" env "$@" xl gpu-migrate --allow-restart "--mode=$mode" g "$away" & wait $! || r=$?; } >"$SIM_DIR/out" 2>&1
    rm -f "$SIM_HOSTS/$away.also"
    grep -qE "^$step |^[0-9]+ $step\$" "$SIM_DIR/steps"
}

# steps_of SIDE: of a whole move, by name, into a file.
steps_of() {
    moved_killed "$1" 0 || :
    equal "an undisturbed move; $(cat "$SIM_DIR/out")" "g " "$(at "$away" copies g)"
    find_guest
    sed 's/^[0-9]* //' "$SIM_DIR/steps" | awk '!seen[$0]++' >"$SIM_DIR/names"
}

# each_step SIDE MODE
each_step() {
    local side=$1 mode=$2 step n=0
    steps_of "$side"
    while read -r -u 9 step; do
        check "it comes to \"$step\"" moved_killed "$side" "$step"
        settled "$mode, $side killed at \"$step\"" $((n++ % 2))
    done 9<"$SIM_DIR/names"
    check "there are steps, $n" test "$n" -gt 3
}

# settled WHEN N: gpu-recover, by turns on the one host first, or the other.
settled() {
    if (($2)); then recover host1 host2 "$1"; else recover host2 host1 "$1"; fi
    one_copy "$1"
}

test_live_sender() { each_step sender live; }
test_live_helper() { each_step helper live; }
test_live_receiver() { each_step receiver live; }
test_hotplug_sender() { each_step sender hotplug; }
test_hotplug_receiver() { each_step receiver hotplug; }
test_restart_sender() { each_step sender restart; }
test_restart_receiver() { each_step receiver restart; }
