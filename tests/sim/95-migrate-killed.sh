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
    # It suspends at once, or not at all.
    export XLGPU_LATE_S=1
    boot g 'gpu_migrate = [ "live", "hotplug", "restart" ]'
    at_home=host1 away=host2
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
        # What is still at work settles it itself.
        at "$1" xl gpu-recover >"$SIM_DIR/recover1" 2>&1 && at "$2" xl gpu-recover >"$SIM_DIR/recover2" 2>&1 &&
            [[ ! $(both unsettled) ]] && return
        ! grep -q 'asks it once more' "$SIM_DIR"/recover? || at "$at_home" xl shutdown g >/dev/null 2>&1 || :
        sleep 1
    done
    die "$3: gpu-recover: $(cat "$SIM_DIR"/recover?) $(both unsettled)"
}

# one_copy WHEN: the whole of what must hold.
one_copy() {
    equal "$1: copies" "g " "$(both copies g)"
    find_guest
    equal "$1: devices" 1 "$(at "$at_home" devices g | wc -w)"
    equal "$1: held" "$(at "$at_home" devices g)" "$(at "$at_home" held bdf)"
    equal "$1: of this guest" "$(at "$at_home" uuid_of g)" "$(at "$at_home" held uuid)"
    equal "$1: free where it is not" "free free" "$(at "$away" states)"
    equal "$1: unsettled" "" "$(both unsettled)"
    equal "$1: libxl's notes" "$(at "$at_home" devices g)" "$(both notes)"
    wait_for 5 "$1: nobody has its lock where it is not" at "$away" unlocked "$(at "$at_home" uuid_of g)"
    check "$1: its lock is held" eval '! at "$at_home" unlocked "$(at "$at_home" uuid_of g)"'
    equal "$1: it is going down" "" "$(at "$at_home" node_of g taken 2>/dev/null || :)"
    check "$1: it is monitored" at "$at_home" monitored g
}
held() { field "[.gpus[].partitions[] | select(.state == \"held\").$1] | join(\" \")"; }
unsettled() { grep -lE '"(open|go-[a-z]*)"' "$XLGPU_STATE_DIR"/migration/* 2>/dev/null || :; }
notes() {
    xenstore-ls -f /libxl/pci 2>/dev/null | sed -n 's|/libxl/pci/\(....\)-\(..\)-\(..\)-\(.\)/domid.*|\1:\2:\3.\4|p'
}
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

# moved_killed SIDE STEP: that side of a move is killed there; both: the sender at "GO sent" too. Fails where it does
# not come to that step.
moved_killed() {
    local side=$1 step=$2 steps r=0
    local sender=() also=$SIM_HOSTS/$away.also
    steps=XLGPU_STEPS=$SIM_DIR/steps
    at "$at_home" announce g
    rm -f "$SIM_DIR/steps" "$also"
    case $side in
    sender) sender=(XLGPU_KILL_AT="$step" "$steps") ;;
    helper) sender=(SIM_HELPER_KILL_AT="$step" SIM_HELPER_STEPS="$SIM_DIR/steps") ;;
    both) sender=(XLGPU_KILL_AT='GO sent') ;;
    esac
    sender[0]=${sender[0]-SIM_NOBODY=}
    case $side in
    receiver | both) printf 'export %q\n' XLGPU_KILL_AT="$step" "$steps" >"$also" ;;
    esac
    { at "$at_home" env "${sender[@]}" xl gpu-migrate --allow-restart "--mode=$mode" g "$away" & wait $! || r=$?; } \
        >"$SIM_DIR/out" 2>&1
    rm -f "$also"
    [[ $side != both ]] || wait_for 10 "$step" came_to "$step"
    came_to "$step"
}
came_to() { grep -qE "^$1 |^[0-9]+ $1\$" "$SIM_DIR/steps"; }

# steps_of SIDE: of a whole move, by name, into a file.
steps_of() {
    moved_killed "$1" 0 || :
    equal "an undisturbed move; $(cat "$SIM_DIR/out")" "g " "$(at "$away" copies g)"
    find_guest
    sed 's/^[0-9]* //' "$SIM_DIR/steps" | awk '!seen[$0]++' >"$SIM_DIR/names"
}

# each_step SIDE MODE [REGEX]: of those with such names.
each_step() {
    local side=$1 mode=$2 step n=0
    steps_of "$side"
    while read -r -u 9 step; do
        check "it comes to \"$step\"" moved_killed "$side" "$step"
        settled "$mode, $side killed at \"$step\"" $((n++ % 2))
    done 9< <(grep -E "${3-}" "$SIM_DIR/names")
    check "there are steps, $n" test "$n" -gt 1
}

# settled WHEN N: gpu-recover, by turns on the one host first, or the other.
settled() {
    if (($2)); then recover host1 host2 "$1"; else recover host2 host1 "$1"; fi
    one_copy "$1"
}

test_live_sender() { each_step sender live; }
test_live_helper() { each_step helper live; }
test_live_receiver() { each_step receiver live; }
# What these have besides.
test_hotplug_sender() { each_step sender hotplug 'detach|libxl|GO'; }
test_hotplug_receiver() { each_step receiver hotplug 'libxl|attached|GO-TAKEN'; }
test_restart_sender() {
    both xenstore-write /sim/shutdown_ms 700
    each_step sender restart 'shutdown|GO|reset'
}
test_restart_receiver() { each_step receiver restart 'GO-TAKEN|stock|done'; }

# Stock xl, at the source or at the target, is killed at each of its steps (simxl.c).
each_xl_step() {
    local side=$1 mode=$2 n env
    for ((n = 1; n < 20; n++)); do
        env=SIM_KILL_AT=$n
        at "$at_home" announce g
        if [[ $side == target ]]; then
            echo "export $env" >"$SIM_HOSTS/$away.also"
            env=SIM_NOBODY=
        fi
        { at "$at_home" env "$env" xl gpu-migrate --allow-restart "--mode=$mode" g "$away" && break; } \
            >"$SIM_DIR/out" 2>&1
        settled "$mode, xl of the $side killed at step $n" $((n % 2))
    done
    check "it was killed at some steps, and at last was not, $n" test "$n" -gt 2 -a "$n" -lt 20
    settled "$mode, not killed" 0
}
test_live_xl_of_the_source() { each_xl_step source live; }
test_live_xl_of_the_target() { each_xl_step target live; }
test_restart_xl_of_the_target() { each_xl_step target restart; }

# ---- The connection is cut ----

# moved_cut MODE PLACE FRAME
moved_cut() {
    both cut "$2" "$3"
    at "$at_home" announce g
    at "$at_home" xl gpu-migrate --allow-restart "--mode=$1" g "$away" >"$SIM_DIR/out" 2>&1 || :
    # What had reached the other host before is still done there.
    [[ ! -e $SIM_CUT ]] && wait_for 20 "it has ended there" eval '[[ ! -e /proc/$(<"$SIM_CUT.of") ]]'
}

# each_cut MODE FRAME…: before and behind it.
each_cut() {
    local mode=$1 frame place n=0
    shift
    for frame; do
        for place in before after; do
            check "$frame comes" moved_cut "$mode" "$place" "$frame"
            settled "$mode, cut $place $frame" $((n++ % 2))
        done
    done
}

test_live_cut() { each_cut live moving offer reserve reserved receiving data ready go started close; }
test_hotplug_cut() { each_cut hotplug reserved receiving ready go started close; }
test_restart_cut() { each_cut restart reserved receiving go started close; }

# ---- gpu-recover is killed ----

# recover_killed HOST STEP: as moved_killed().
recover_killed() {
    rm -f "$SIM_DIR/steps"
    { at "$1" env XLGPU_KILL_AT="$2" XLGPU_STEPS="$SIM_DIR/steps" xl gpu-recover & wait $! || :; } >"$SIM_DIR/out" 2>&1
    came_to "$2"
}

# each_recovery SIDE MODE STEP: of what is left of a fresh guest's move, killed there; gpu-recover where it was killed.
each_recovery() {
    local side=$1 mode=$2 at_step=$3 step host n=0
    local when="$mode, $side killed at \"$at_step\""
    leave
    recover_killed "$host" 0 || :
    sed 's/^[0-9]* //' "$SIM_DIR/steps" | awk '!seen[$0]++' >"$SIM_DIR/names"
    settled "$when" 0
    while read -r -u 9 step; do
        leave
        check "gpu-recover comes to \"$step\"" recover_killed "$host" "$step"
        settled "$when, then gpu-recover at \"$step\"" $((n++ % 2))
    done 9<"$SIM_DIR/names"
    check "there are steps: $(xargs <"$SIM_DIR/names")" test "$n" -gt 3
}

leave() {
    at "$at_home" xl destroy g
    at "$at_home" wait_for 10 "it has ended" all_free
    xl gpu-recover --forget=g >/dev/null 2>&1 || :
    at_home=host1 away=host2
    boot g 'gpu_migrate = [ "live", "hotplug", "restart" ]'
    check "it comes to \"$at_step\"" moved_killed "$side" "$at_step"
    host=$at_home
    [[ $side == sender ]] || host=$away
    if [[ $at_step == 'shutdown asked' ]]; then wait_for 10 "it is down" no_domain g; fi
}

test_recover_undoes_live() { each_recovery sender live 'ready heard'; }
test_recover_undoes_hotplug() { each_recovery sender hotplug 'detached'; }
test_recover_undoes_restart() { each_recovery sender restart 'shutdown asked'; }
test_recover_finishes_live() { each_recovery sender live 'xl migrate ended'; }
test_recover_starts_live() { each_recovery both live 'GO-TAKEN'; }
test_recover_starts_restart() { each_recovery both restart 'GO-TAKEN'; }

# ---- The target is off for good ----

# By the name that it gives itself.
source=$(uname -n)

# What it had then says nothing any more; who says so is asked to have fenced it.
test_a_target_that_is_off_for_good_is_given_up() {
    local mode=live
    check "it comes to GO-TAKEN" moved_killed both GO-TAKEN
    echo 'migrate_command = "false"' >"$XLGPU_CONF"
    failed 1 xl gpu-recover
    like "what is to be done" "*--peer-is-dead*" "$(cat "$SIM_DIR/out")"
    failed 1 xl gpu-recover --peer-is-dead=host3
    failed 0 xl gpu-recover -n --peer-is-dead=host2
    like "what would be done" "*fenced*" "$(cat "$SIM_DIR/out")"
    equal "until then it waits" "g--migratedaway suspended" "$(copies g)"
    failed 0 xl gpu-recover --peer-is-dead=host2
    equal "it goes on here" "g " "$(copies g)"
    equal "its partition" "$(devices g)" "$(held bdf)"
    equal "unsettled" "" "$(unsettled)"

    # It was only off, and boots.
    at host2 goes_down
    at host2 of_a_former_boot
    echo "migrate_command = \"$here/at\"" >"$XLGPU_CONF"
    at host2 refused 1 "xl-gpu: g: it went down with this host as it came from $source, *" xl gpu-recover
    equal "it still runs here" "g " "$(both copies g)"
    # The next move starts with what the last one left there.
    announce g
    failed 0 xl gpu-migrate g host2
    find_guest
    equal "it is there" host2 "$at_home"
    one_copy "moved again"
}

test_a_source_that_is_off_for_good_is_given_up() {
    local mode=live
    check "it comes to GO-TAKEN" moved_killed both GO-TAKEN
    both goes_down
    both of_a_former_boot
    at host2 failed 1 xl gpu-recover --peer-is-dead=host3
    equal "nothing runs" "" "$(both copies g)"
    at host2 failed 0 xl gpu-recover --peer-is-dead="$source"
    equal "it is started there" "g " "$(at host2 copies g)"
    equal "its partition" "$(at host2 devices g)" "$(at host2 held bdf)"
    equal "unsettled there" "" "$(at host2 unsettled)"
    # Its source asks when it is back.
    failed 0 xl gpu-recover
    one_copy "the source is back"
}
