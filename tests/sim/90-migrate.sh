# shellcheck shell=bash
# Guests that move between two hosts, whole migrations: only Xen, and what is
# in the guest, is simulated.
# shellcheck disable=SC2034 # of tests/sim/run
hosts=2

gpu=0000:41:00.0

machine() { echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=4"; }

# shellcheck source=tests/sim/moving.sh
. "$here/moving.sh"

set_up() { both xl gpu-partition $gpu 2 >/dev/null; }

# moves_with [OPTION…]: g goes there, and to another partition than it had.
moves_with() {
    local uuid slot
    at host2 ok xl create "$(guest other)" >/dev/null
    uuid=$(uuid_of g) slot=$(slot_of g)
    xl gpu-migrate "$@" g host2 >"$SIM_DIR/out" 2>&1 || die "$(cat "$SIM_DIR/out")"
    runs_at host2 g
    equal "held there" "held held" "$(at host2 states)"
    equal "free here" "free free" "$(states)"
    equal "UUID" "$uuid" "$(at host2 uuid_of g)"
    equal "slot" "$slot" "$(at host2 slot_of g)"
    equal "tombstone" "$uuid.json" "$(ls "$XLGPU_STATE_DIR/moved")"
}

test_a_guest_moves_live() { boot g && moves_with; }
test_a_guest_moves_frozen() { boot g && moves_with --mode=freeze; }
test_a_guest_moves_by_hot_plug() { boot g 'gpu_migrate = [ "hotplug" ]' && moves_with; }
test_a_guest_restarts_there() { boot g 'gpu_migrate = [ "restart" ]' && moves_with --allow-restart; }
test_xl_migrate_does_the_same() {
    boot g
    failed 0 xl migrate g host2
    runs_at host2 g
}

# What a move by stock xl alone would do otherwise than ours is refused, not passed over.
test_xl_migrate_refuses_what_it_can_not_do_for_a_partition() {
    boot g
    cannot() { stays g refused 2 "xl-gpu: g: xl migrate of a guest with a partition takes no $1; leave it out$2" \
        xl migrate "${@:3}" g host2; }
    cannot -s "; migrate_command in gpu.conf says by which command hosts are reached" -s ssh
    cannot -s "; migrate_command in gpu.conf *" -s ''
    cannot -C '' -C "$SIM_DIR/g.cfg"
    cannot -e '' -e
    cannot -F '' -F
    cannot -p '' -p
    cannot -D '' -D
    cannot -e '' --live -e
    refused 2 'xl-gpu: -x: it is not a host*' xl migrate g -x
}

test_xl_migrate_takes_what_changes_nothing() {
    boot g
    failed 0 xl migrate --debug --live g host2 -s x
    runs_at host2 g
}

test_xl_migrate_has_xls_dry_run() {
    boot g
    stays g failed 0 xl -N migrate g host2
    like "the verdict" 'verdict: live*' "$(cat "$SIM_DIR/out")"
}

# stock_migrate ARGUMENT…: that is for stock xl, which here can't.
stock_migrate() {
    failed "$1" xl migrate "${@:2}"
    like "stock xl says" "$said" "$(cat "$SIM_DIR/out")"
}
test_xl_migrate_of_other_guests_is_stock_xls() {
    local said="only with -s '' here"
    boot g
    ok xl create "$(guest plain 'gpu = []')" >/dev/null
    for option in -e -F -p --; do stock_migrate 2 $option plain host2; done
    stock_migrate 2 -C x plain host2
    stock_migrate 2 -s ssh plain host2
    said='* invalid option *' stock_migrate 2 -x g host2
    equal "here" "g plain" "$({ copies g && copies plain; } | xargs)"
}

# ---- What is said meanwhile ----

# said_so FILE LINE…: these are its lines, shell patterns.
said_so() {
    local file=$1 line pattern
    shift
    while IFS= read -r line; do
        (($#)) || die "one line more: $line"
        pattern=$1
        shift
        # shellcheck disable=SC2053
        [[ $line == $pattern ]] || die "expected $pattern, got \"$line\"
$(cat -A "$file")"
    done <"$file"
    (($# == 0)) || die "it is not said: $1
$(cat -A "$file")"
}

# The rounds of a guest that does not change: all of it, nothing, and nothing in the pause.
reserved='g: live: 0000:41:00.[0-9] is reserved for it at host2'
sums='4 MiB as [0-9] MiB, [0-9]* MiB/s'
rounds=("g: round 1: 1024 pages sent, 0 left, $sums" "g: round 2: 0 pages sent, 0 left, $sums" 'g: suspended'
    "g: round 3: 0 pages sent, 0 left, $sums")
arrived=('g: live to host2, where it has 0000:41:00.[0-9]; 4 MiB sent as [0-9] MiB' 'g: pause: freeze *')

test_the_rounds_are_lines_where_there_is_no_terminal() {
    boot g
    xl gpu-migrate g host2 >"$SIM_DIR/out" 2>"$SIM_DIR/err"
    said_so "$SIM_DIR/err" "$reserved" "${rounds[@]}"
    said_so "$SIM_DIR/out" "${arrived[@]}"
}

test_the_rounds_are_said_of_a_frozen_guest_too() {
    boot g
    xl gpu-migrate --mode=freeze g host2 >"$SIM_DIR/out" 2>"$SIM_DIR/err"
    said_so "$SIM_DIR/err" "${reserved/live/freeze}" 'g: suspended' "g: round 1: 1024 pages sent, 0 left, $sums"
}

test_nothing_of_it_is_said_beside_json() {
    boot g
    ok xl gpu-migrate -j g host2 >"$SIM_DIR/out"
    equal "the document" live "$(jq -r .verdict "$SIM_DIR/out")"
}

# has_parts PART…: the line of the pause has these and no other, in that order, each a number.
has_parts() {
    local line
    line=$(sed -n 's/^g: pause: //p' "$SIM_DIR/out")
    equal "parts" "$(printf '%s N us\n' "$@")" "$(tr ',' '\n' <<<"$line" | sed -E 's/^ //; s/ [0-9]+ us$/ N us/')"
}
memory_parts=(freeze device_model types map hash send context paused)
resume_parts=(commit unpause settle resume total)

# sum PART…: of that line, in us.
sum() {
    local part n total=0
    for part; do
        n=$(sed -nE "s/^g: pause: (.*, )?$part ([0-9]+) us.*/\2/p" "$SIM_DIR/out")
        total=$((total + n))
    done
    echo $total
}

test_a_pause_is_told_in_its_parts() {
    local target=(restore target_dm target_devices vf target_end)
    boot g
    move g host2
    has_parts "${memory_parts[@]}" "${target[@]}" target "${resume_parts[@]}"
    equal "the target's" "$(sum target)" "$(sum "${target[@]}")"
    equal "the resume's" "$(sum resume)" "$(sum commit unpause settle)"
}

test_a_restart_is_told_in_its_parts() {
    boot g 'gpu_migrate = [ "restart" ]'
    move g host2 --allow-restart
    has_parts shutdown commit create settle resume
    equal "the resume's" "$(sum resume)" "$(sum commit create settle)"
}

# An older peer's frames are empty.
test_what_the_target_does_not_tell_of_a_pause_is_left_open() {
    boot g
    cut empty ready
    move g host2
    like "the target's" "*, restore -, target_dm -, target_devices -, vf -, target_end -, target [0-9]* us, commit [0-9]*" \
        "$(cat "$SIM_DIR/out")"
}

# ---- Its other devices ----

nic=0000:05:00.0
machine_another_device_is_to_be_of_the_same_kind_there() {
    machine
    echo "device $nic id=8086:10fb class=020000 driver=igb totalvfs=2"
}
test_another_device_is_to_be_of_the_same_kind_there() {
    both "$XLGPU_STOCK_XL" pci-assignable-add $nic
    boot g "pci = [ \"$nic\" ]"
    at host2 sim "$nic id=8086:1521"
    refused 6 "xl-gpu: g: it can't move to host2: $nic: it is 8086:1521 there, 8086:10fb here; *" xl gpu-migrate g host2
    equal "the check" "devices fail" \
        "$(xl gpu-migrate -n -j g host2 | jq -r '.checks[] | select(.result == "fail") | "\(.check) \(.result)"')"
    at host2 sim "$nic id=8086:10fb"
    move g host2
    equal "its devices" 2 "$(at host2 devices g | wc -w)"
}

# ---- The document of a move ----

test_the_tracker_is_the_one_that_was_used() {
    boot g
    export SIM_XEN_DMA_LOG=all
    equal "the verdict" "live iommu" "$(xl gpu-migrate -n -j g host2 | jq -r '"\(.verdict) \(.tracker)"')"
    ok xl gpu-migrate -j g host2 >"$SIM_DIR/out"
    equal "the move" "live content" "$(jq -r '"\(.verdict) \(.tracker)"' "$SIM_DIR/out")"
    runs_at host2 g
}

# fails_with STATUS 'HOW|CHANGED|RESERVATION' [OPTION…]: the document of a move that fails, which is described like any
# other; one line on stderr says why.
fails_with() {
    local r=0
    xl gpu-migrate -j "${@:3}" g host2 >"$SIM_DIR/out" 2>"$SIM_DIR/err" || r=$?
    equal "status; $(cat "$SIM_DIR/err")" "$1" "$r"
    like "why" "xl-gpu: *" "$(tail -n 1 "$SIM_DIR/err")"
    equal "keys" "verdict tracker device_state checks reservation estimate changed" \
        "$(jq -r 'keys_unsorted | join(" ")' "$SIM_DIR/out")"
    like "the document" "$2" "$(jq -r '(.checks[] | select(.check == "there" and .result == "fail").message) +
        "|\(.changed)|\(.reservation)"' "$SIM_DIR/out")"
}

test_a_move_that_fails_has_its_document() {
    boot g
    cut before ready
    fails_with 1 'not moved, and goes on here|false|null'
    wait_for 10 "what was reserved there is free" at host2 all_free
    echo "migrate_command = \"$here/at\"" >"$XLGPU_CONF"
    SIM_GUEST_SUSPENDS=crashes fails_with 1 'not moved; it has ended here|true|null'
}

test_so_has_one_whose_end_is_not_known() {
    boot g
    cut after go
    # The host is gone then.
    printf '%s\n' '#!/bin/sh' 'mkdir "$0.used" 2>/dev/null || exit' "exec $simcut $here/at \"\$@\"" >"$SIM_DIR/once"
    chmod +x "$SIM_DIR/once"
    echo "migrate_command = \"$SIM_DIR/once\"" >"$XLGPU_CONF"
    fails_with 1 'whether it runs there is not known|true|null'
    equal "remedy" "xl gpu-recover, as soon as that host answers" \
        "$(jq -r '.checks[] | select(.check == "there").remedy' "$SIM_DIR/out")"
}

test_and_a_restart_that_is_late() {
    boot g 'gpu_migrate = [ "restart" ]'
    with_fault_points
    xenstore-write /sim/shutdown_ms 6000
    XLGPU_SHUTDOWN_S=1 fails_with 1 'not moved; it is shutting down here|true|null' --allow-restart
}

test_and_one_of_a_guest_that_has_a_power_button_alone() {
    boot g 'gpu_migrate = [ "restart" ]'
    with_fault_points
    xenstore-write /sim/deaf 1
    SIM_GUEST_PV_DRIVERS=no XLGPU_SHUTDOWN_S=1 fails_with 1 'not moved; it may yet shut down here|true|null' --allow-restart
}

# on_a_terminal COMMAND: what it writes to one, and its status.
on_a_terminal() { TERM=vt100 script -qec "$1" /dev/null </dev/null >"$SIM_DIR/tty"; }

# What can be read there in the end: each text goes over the one before in its line.
screen() {
    awk 'BEGIN { RS = "\n"; FS = "\r" } {
        line = ""
        for (i = 1; i <= NF; i++) line = $i substr(line, length($i) + 1)
        sub(/ *$/, "", line)
        print line
    }' "$SIM_DIR/tty" >"$SIM_DIR/screen"
}

test_a_terminal_has_one_line_that_is_written_over() {
    boot g
    on_a_terminal 'xl gpu-migrate g host2'
    screen
    # Rounds follow each other on one line, which is left for all else.
    said_so "$SIM_DIR/screen" "$reserved" "${rounds[@]:1}" "${arrived[@]}"
    check "round 1 was on round 2's" grep -q $'\rg: round 1: .*\rg: round 2: ' "$SIM_DIR/tty"
}

test_an_error_is_not_written_into_that_line() {
    boot g
    cut before ready
    # What the target says of its own accord has no place in it.
    printf '%s\n' '#!/bin/sh' "exec $simcut $here/at \"\$@\" 2>/dev/null" >"$SIM_DIR/quiet"
    chmod +x "$SIM_DIR/quiet"
    echo "migrate_command = \"$SIM_DIR/quiet\"" >"$XLGPU_CONF"
    ! on_a_terminal 'xl gpu-migrate g host2' || die "it moved"
    screen
    said_so "$SIM_DIR/screen" "$reserved" "${rounds[@]:1}" 'xl-gpu: host2: the connection ended; *' \
        'g: not moved, and goes on here'
}

# ---- The device ----

# COMMAND of the guest's partition, whose driver has it do DMA.
command() { od -An -tx1 -j4 -N2 "$pci/devices/$vf/config" | tr -d ' '; }
does_dma() {
    vf=$(devices g)
    printf '\x06\x00' | dd of="$pci/devices/$vf/config" bs=2 seek=2 conv=notrunc status=none
    forget_log
}

test_a_device_is_quiet_before_the_last_pass() {
    boot g
    does_dma
    move g host2
    log_has "*/$vf/config 4=0200 -> ok" "*/$vf/reset 1 -> ok"
}

test_a_device_is_awake_again_where_its_guest_stays() {
    boot g
    does_dma
    cut before ready
    failed 1 xl gpu-migrate g host2
    log_has "*/$vf/config 4=0200 -> ok" "*/$vf/config 4=0600 -> ok"
    equal "COMMAND" 0600 "$(command)"
}

test_a_guest_comes_back() {
    boot g
    move g host2
    at host2 move g host1
    runs_at host1 g
    equal "no tombstone here" "" "$(ls "$XLGPU_STATE_DIR/moved")"
}

test_it_is_not_created_here_while_it_runs_there() {
    boot g
    move g host2
    refused 4 'xl-gpu: *g.cfg: guest g moved to host2, and runs; see xl list there' xl create "$SIM_DIR/g.cfg"
    at host2 xl destroy g
    at host2 wait_for 10 "it has ended there" all_free
    ok xl create "$SIM_DIR/g.cfg" >/dev/null
    runs_at host1 g
}

test_what_does_not_answer_is_not_taken_for_a_no() {
    boot g
    move g host2
    echo 'migrate_command = "false"' >"$XLGPU_CONF"
    failed 4 xl create "$SIM_DIR/g.cfg"
    ok xl gpu-recover --forget g
    ok xl create "$SIM_DIR/g.cfg" >/dev/null
}

test_a_restart_has_to_be_allowed() {
    boot g 'gpu_migrate = [ "restart" ]'
    stays g failed 7 xl gpu-migrate g host2
}

test_a_guest_that_is_shutting_down_for_a_restart_is_started_again() {
    boot g 'gpu_migrate = [ "restart" ]'
    xenstore-write /sim/shutdown_ms 1500
    with_fault_points
    { XLGPU_KILL_AT='shutdown asked' xl gpu-migrate --allow-restart g host2 & wait $! || :; } 2>/dev/null
    wait_for 5 "the guest takes it" node_of g taken
    xl gpu-recover >/dev/null
    runs_at host1 g
}
# A request that it has not taken is called off, and it goes on.
test_a_guest_that_was_just_asked_to_shut_down_goes_on() {
    boot g 'gpu_migrate = [ "restart" ]'
    kill -STOP "$(device_model g)"
    with_fault_points
    { XLGPU_KILL_AT='shutdown asked' xl gpu-migrate --allow-restart g host2 & wait $! || :; } 2>/dev/null
    xl gpu-recover >/dev/null
    kill -CONT "$(device_model g)"
    sleep 0.2
    equal "on its way down" "" "$(node_of g taken 2>/dev/null || :)"
    equal "copies" "g " "$(both copies g)"
}

# restart_here STATUS [VARIABLE=VALUE…]: of g, with these bounds; it says one line of what is wrong, and how it ends.
restart_here() {
    local r=0
    env "${@:2}" xl gpu-migrate --allow-restart g host2 >"$SIM_DIR/out" 2>"$SIM_DIR/err" || r=$?
    equal "status; $(cat "$SIM_DIR/err")" "$1" "$r"
    equal "output" "" "$(cat "$SIM_DIR/out")"
}
will_restart='g: restart: 0000:41:00.[0-9] is reserved for it at host2'
here_again='g: not moved, and goes on here'

# It can't be told to go down later by what nobody waits for any more.
test_a_guest_that_does_not_take_the_request_to_shut_down_goes_on() {
    boot g 'gpu_migrate = [ "restart" ]'
    with_fault_points
    kill -STOP "$(device_model g)"
    stays g restart_here 1 XLGPU_TAKE_S=1 XLGPU_SHUTDOWN_S=5
    said_so "$SIM_DIR/err" "$will_restart" \
        'xl-gpu: g: it does not take the request to shut down; see its console' "$here_again"
    kill -CONT "$(device_model g)"
    sleep 0.2
    equal "on its way down" "" "$(node_of g taken 2>/dev/null || :)"
    xl shutdown g
    wait_for 20 "it is monitored" no_domain g
}

# As with ssh: what ends the connection here does not end the receiver there, of which no more is heard.
not_heard_any_more() {
    printf '%s\n' '#!/bin/sh' "trap '' TERM" "exec $here/at \"\$@\" 2>/dev/null" >"$SIM_DIR/ssh"
    chmod +x "$SIM_DIR/ssh"
    echo "migrate_command = \"$SIM_DIR/ssh\"" >"$XLGPU_CONF"
}

test_a_guest_that_takes_too_long_to_shut_down_is_started_here_when_it_is_down() {
    local domid
    boot g 'gpu_migrate = [ "restart" ]'
    domid=$(xl domid g)
    with_fault_points
    xenstore-write /sim/shutdown_ms 6000
    not_heard_any_more
    restart_here 1 XLGPU_SHUTDOWN_S=1
    said_so "$SIM_DIR/err" "$will_restart" 'g: shuts down' \
        'xl-gpu: g: it has not shut down after 1 s; see its console; when it is down xl gpu-recover starts it here'
    equal "it is the same" "$domid" "$(xl domid g)"
    wait_for 5 "what was reserved there is free" at host2 all_free
    failed 4 env XLGPU_STOP_WAIT_S=0 xl gpu-recover
    like "not yet" '*xl-gpu: g: it is still shutting down; xl gpu-recover when it is down*' "$(cat "$SIM_DIR/out")"
    failed 4 xl create "$SIM_DIR/g.cfg"
    wait_for 20 "it is down" no_domain g
    xl gpu-recover >"$SIM_DIR/out"
    runs_at host1 g
    check "it was started" test "$(xl domid g)" -gt "$domid"
}

# It has no request that could be called off.
test_a_guest_with_a_power_button_alone_restarts_there() {
    boot g 'gpu_migrate = [ "restart" ]'
    with_fault_points
    SIM_GUEST_PV_DRIVERS=no XLGPU_SHUTDOWN_S=10 move g host2 --allow-restart
    runs_at host2 g
}
# It may be at its updates, or not heed it for good: nobody knows, and if it ever goes down somebody is to start it.
test_a_guest_that_has_not_heeded_its_power_button_in_time_is_started_here_when_it_is_down() {
    local domid
    boot g 'gpu_migrate = [ "restart" ]'
    domid=$(xl domid g)
    with_fault_points
    xenstore-write /sim/deaf 1
    export SIM_GUEST_PV_DRIVERS=no
    not_heard_any_more
    restart_here 1 XLGPU_SHUTDOWN_S=1
    said_so "$SIM_DIR/err" "$will_restart" 'g: shuts down' \
        'xl-gpu: g: it has not shut down after 1 s; see its console; when it is down xl gpu-recover starts it here'
    wait_for 5 "what was reserved there is free" at host2 all_free
    failed 4 env XLGPU_STOP_WAIT_S=0 xl gpu-recover
    like "not yet" '*xl-gpu: g: it is still shutting down; xl gpu-recover when it is down*' "$(cat "$SIM_DIR/out")"
    equal "it runs on" "g " "$(both copies g)"
    # By its console.
    xenstore-rm /sim/deaf
    xl shutdown g
    wait_for 20 "it is down" no_domain g
    xl gpu-recover >/dev/null
    runs_at host1 g
    check "it was started" test "$(xl domid g)" -gt "$domid"
}

test_a_name_or_a_uuid_that_is_taken_there_is_in_use_beforehand_too() {
    local uuid
    boot g
    uuid=$(uuid_of g)
    at host2 ok xl create "$(guest g)" >/dev/null
    failed 4 xl gpu-migrate -n g host2
    refused 4 'xl-gpu: g: it can'\''t move to host2: g is taken there; rename one of the two *' xl gpu-migrate g host2
    at host2 xl destroy g
    at host2 wait_for 10 "it has ended there" all_free
    at host2 ok xl create "$(guest other "uuid = \"$uuid\"")" >/dev/null
    failed 4 xl gpu-migrate -n g host2
    refused 4 "xl-gpu: g: it can't move to host2: $uuid is taken there; *" xl gpu-migrate g host2
    equal "here" "g " "$(copies g)"
    equal "journals" "" "$(journals)"
}

# refused_in STATE WHY [OPTION…]: of a guest that is so; it stays so, and -n says the same.
refused_in() {
    xenstore-write "/sim/domain/$(xl domid g)/state" "$1"
    failed 4 xl gpu-migrate -n "${@:3}" g host2
    like "the verdict" "*verdict: none*" "$(cat "$SIM_DIR/out")"
    refused 4 "xl-gpu: g: it can't move to host2: $2" xl gpu-migrate "${@:3}" g host2
    equal "copies" "g $1" "$(both copies g)"
    equal "journals" "" "$(journals)"
}
test_a_guest_that_does_not_run_does_not_move() {
    boot g
    refused_in paused 'it is paused; xl unpause it'
    refused_in paused 'it is paused; xl unpause it' --mode=restart --allow-restart
    refused_in suspended 'it is suspended, or shut down; try again when it runs'
    xenstore-write "/sim/domain/$(xl domid g)/state" ""
    move g host2
    runs_at host2 g
}

test_a_guest_whose_last_move_is_not_settled_does_not_move() {
    boot g
    with_fault_points
    { XLGPU_KILL_AT='journal opened' xl gpu-migrate g host2 & wait $! || :; } 2>/dev/null
    failed 4 xl gpu-migrate -n g host2
    refused 4 "xl-gpu: g: it can't move to host2: a migration of it is not settled here; *" xl gpu-migrate g host2
    xl gpu-recover >/dev/null
    move g host2
    runs_at host2 g
}

test_a_full_target_leaves_the_guest_here() {
    boot g 'gpu_migrate = [ "live", "restart" ]'
    at host2 ok xl create "$(guest a)" >/dev/null
    at host2 ok xl create "$(guest b)" >/dev/null
    stays g failed 5 xl gpu-migrate --allow-restart g host2
}

# left_hanging PATTERN [SIGNAL]: the target hangs in its reservation, though it says that it is alive; it is left with a
# line like that, and gives back what it reserved when it can.
left_hanging() {
    local pid r=0
    boot g
    with_fault_points
    # As with ssh: what ends the connection here does not end the receiver there.
    printf '%s\n' '#!/bin/sh' "exec setsid -w $here/at \"\$@\" 2>/dev/null" >"$SIM_DIR/ssh"
    chmod +x "$SIM_DIR/ssh"
    echo "migrate_command = \"$SIM_DIR/ssh\"" >"$XLGPU_CONF"
    at host2 eval 'echo "reset_timeout = 600" >>"$XLGPU_CONF"'
    at host2 sim '/*/reset=hang'
    XLGPU_CALL_OFF_S=1 xl gpu-migrate g host2 >"$SIM_DIR/out" 2>&1 & pid=$!
    wait_for 20 "the reset hangs" at host2 resets_hang
    [[ ! ${2-} ]] || kill "-$2" "$pid"
    wait_for 30 "gpu-migrate ends" eval "! kill -0 $pid"
    wait "$pid" || r=$?
    equal "status; $(cat "$SIM_DIR/out")" 1 "$r"
    like "why" "$1" "$(cat "$SIM_DIR/out")"
    like "it hangs on" "*:*\"open\"*" "$(at host2 eval 'cat "$XLGPU_STATE_DIR"/migration/*')"
    at host2 sim '/*/reset=ok'
    wait_for 20 "the target gives up" eval '[[ ! $(journals) ]]'
    runs_at host1 g
    equal "states there" "free free" "$(at host2 states)"
    move g host2
    runs_at host2 g
}
resets_hang() { log | grep -q '/reset 1 -> \.\.\.$'; }
test_a_signal_ends_the_wait_for_a_reservation() {
    left_hanging 'xl-gpu: host2: the wait for it was interrupted' TERM
}
test_a_target_that_hangs_in_its_reservation_is_left() {
    export XLGPU_ANSWER_S=8
    left_hanging 'xl-gpu: host2: it is there, but does not go on; see what xl-gpu waits for there'
}

test_a_guest_that_keeps_its_device_stays() {
    boot g 'gpu_migrate = [ "hotplug" ]'
    SIM_GUEST_KEEPS_DEVICES=1 stays g failed 1 xl gpu-migrate g host2
}

test_a_guest_that_does_not_suspend_stays() {
    boot g
    with_fault_points
    SIM_GUEST_SUSPENDS=no XLGPU_LATE_S=0 stays g failed 1 xl gpu-migrate g host2
}

# suspending NODE [OPTION…]: g is being moved, and was asked to suspend, which it does 2 s after it has taken the
# request. Whoever waits for it longer than that waits for good.
suspending() {
    with_fault_points
    xenstore-write /sim/shutdown_ms 2000
    SIM_GUEST_SUSPENDS=asked XLGPU_LATE_S=3600 xl gpu-migrate "${@:2}" g host2 >"$SIM_DIR/out" 2>&1 &
    mover=$!
    wait_for 10 "it is asked" eval "[[ \$(xenstore-read $1) ]]"
    stock=$(jq -r .process "$XLGPU_STATE_DIR/migration/$(uuid_of g).json")
    stock=${stock%% *}
}
taken() { echo "/sim/domain/$(xl domid g)/taken"; }

# not_moved: gpu-migrate ends, and says so.
not_moved() {
    local r=0
    wait "$mover" || r=$?
    equal "status; $(cat "$SIM_DIR/out")" 1 "$r"
    like "it says" "*g: not moved, and goes on here" "$(cat "$SIM_DIR/out")"
}
suspended_and_goes_on() {
    equal "it has suspended" 1 "$(node_of g suspends)"
    runs_at host1 g
    xl shutdown g
    wait_for 20 "it is monitored" no_domain g
}

test_a_guest_that_suspends_after_xl_was_killed_is_resumed() {
    boot g
    suspending "$(taken)"
    kill -9 "$stock"
    not_moved
    suspended_and_goes_on
}
test_a_guest_that_suspends_after_the_save_helper_was_killed_is_resumed() {
    boot g
    suspending "$(taken)"
    kill -9 "$(pgrep -f -P "$stock" xl-gpu-save)"
    not_moved
    suspended_and_goes_on
}
# libxl's own helper does not say when it is asked.
test_a_guest_that_suspends_without_its_device_after_xl_was_killed_is_resumed() {
    boot g 'gpu_migrate = [ "hotplug" ]'
    suspending "$(taken)"
    kill -9 "$stock"
    not_moved
    suspended_and_goes_on
}
test_a_guest_that_suspends_after_all_was_killed_is_resumed_by_gpu_recover() {
    local mode
    for mode in live hotplug; do
        boot g 'gpu_migrate = [ "live", "hotplug" ]'
        suspending "$(taken)" "--mode=$mode"
        kill -9 "$mover" "$stock"
        wait "$mover" 2>/dev/null || :
        xl gpu-recover >/dev/null
        wait_for 10 "its target forgets it" eval '[[ ! $(journals) ]]'
        suspended_and_goes_on
    done
}
# xl resumes it, and nobody waits for it to suspend once more.
test_a_guest_that_suspends_after_an_interrupt_is_resumed() {
    boot g
    suspending "$(taken)"
    kill -INT "$mover"
    not_moved
    suspended_and_goes_on
}
test_a_guest_that_has_not_taken_the_request_to_suspend_goes_on() {
    boot g
    kill -STOP "$(device_model g)"
    suspending "/local/domain/$(xl domid g)/control/shutdown"
    kill -9 "$stock"
    not_moved
    kill -CONT "$(device_model g)"
    equal "the request" "" "$(xenstore-read "/local/domain/$(xl domid g)/control/shutdown")"
    runs_at host1 g
}

test_a_guest_that_ends_in_its_move_is_not_said_to_go_on() {
    boot g
    SIM_GUEST_SUSPENDS=crashes failed 1 xl gpu-migrate g host2
    like "it says" "*g: not moved; it has ended here*" "$(cat "$SIM_DIR/out")"
    equal "copies" "" "$(both copies g)"
    equal "free" "free free" "$(at host2 states)"
    equal "journals" "" "$(journals)"
}

test_a_guest_that_was_resumed_is_monitored() {
    boot g
    cut before ready
    failed 1 xl gpu-migrate g host2
    xl reboot g
    wait_for 20 "it reboots" rebooted g
    wait_for 20 "it has its partition" eval "[[ \$(states) == 'held free' ]]"
    xl shutdown g
    wait_for 20 "it is gone" no_domain g
    wait_for 20 "its partition is free" all_free
}
rebooted() { (($(xl domid "$1") > 1)); }

# A whole GPU beside its partition: as another host has it at the same address.
machine_a_guest_with_a_whole_gpu_too_is_monitored() {
    machine
    echo "gpu $other id=8086:56c0 class=038000 driver=xe totalvfs=4"
}
other=0000:42:00.0
test_a_guest_with_a_whole_gpu_too_is_monitored() {
    boot g "gpu = [ \"partition\", \"passthrough,bdf=$other\" ]"
    at host2 "$XLGPU_STOCK_XL" pci-assignable-add $other
    like "by a restart" '*no config is kept of it that asks for a partition alone*' \
        "$(xl gpu-migrate -n --mode=restart --allow-restart g host2 2>&1)"
    cut before ready
    failed 1 xl gpu-migrate g host2
    xl reboot g
    wait_for 20 "it reboots" rebooted g
    wait_for 20 "it has its partition" eval "[[ \$(states) == 'held free'* ]]"
    equal "and its GPU" g "$(field ".gpus[1].name")"
    equal "its devices" 2 "$(xenstore-list "/sim/domain/$(xl domid g)/pci" | wc -l)"
    # What was taken from it does not come back.
    xl gpu-detach g $other >/dev/null
    xl reboot g
    wait_for 20 "it reboots again" eval "[[ \$(node_of g pci/0) && ! \$(node_of g pci/1) ]]"
    wait_for 20 "it has its partition" eval "[[ \$(states) == 'held free'* ]]"
    equal "and no GPU" null "$(field ".gpus[1].name")"
}

test_a_guest_is_not_saved() {
    boot g
    refused 3 "xl-gpu: g: what its partition holds can't be saved; *" xl save g "$SIM_DIR/saved"
    runs_at host1 g
}

test_a_host_is_evacuated() {
    boot a
    boot b 'gpu_migrate = [ "restart" ]'
    equal "the plan" "a live host2 would move,b restart host2 would move" \
        "$(xl gpu-evacuate -n -j --allow-restart host2 | outcomes)"
    runs_at host1 a
    equal "without a restart" "a live host2,b none null" \
        "$(xl gpu-evacuate -n -j host2 | jq -r '[.guests[] | "\(.name) \(.verdict) \(.host)"] | join(",")')"
    equal "done" "a live host2 moved,b restart host2 moved" \
        "$(xl gpu-evacuate -j --allow-restart host2 | outcomes)"
    runs_at host2 a
    runs_at host2 b
}
outcomes() { jq -r '[.guests[] | "\(.name) \(.verdict) \(.host) \(.result)"] | join(",")'; }

test_names_are_never_commands() {
    local name mode n=0
    cd "$SIM_DIR" || return
    for name in "g\$(touch X)'\"" '-n' 'a b;touch X' '`touch X`' +1; do
        for mode in live restart hotplug; do
            boot "$name" 'gpu_migrate = [ "live", "hotplug", "restart" ]'
            xl gpu-migrate "--mode=$mode" --allow-restart -- "$name" host2 >"$SIM_DIR/out" 2>&1 ||
                die "$name: $(cat "$SIM_DIR/out")"
            runs_at host2 "$name"
            at host2 xl destroy "$name"
            xl gpu-recover --forget="$name" || die "$name: not forgotten"
        done
        check "$name: nothing was run" test ! -e X
    done
    for name in '-oProxyCommand=touch X' 'h$(touch X)' 'h;touch X' "h'" 'h h' ''; do
        boot g
        refused 2 "xl-gpu: *: it is not a host's name; *" xl gpu-migrate -- g "$name"
        check "$name: nothing was run" test ! -e X
        xl destroy g
    done
}
