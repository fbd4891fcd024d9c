# shellcheck shell=bash
# As tests/sim/95-migrate-killed.sh, at every step of every process.
# shellcheck source=tests/sim/95-migrate-killed.sh
. "$here/95-migrate-killed.sh"
# shellcheck disable=SC2034 # of tests/sim/run
limit=1800

# all_steps SIDE MODE: by their numbers, until the move ends before.
all_steps() {
    local side=$1 mode=$2 n
    for ((n = 1; n < 500; n++)); do
        moved_killed "$side" "$n" || break
        settled "$mode, $side killed at step $(tail -n 1 "$SIM_DIR/steps")" $((n % 2))
    done
    check "there are steps, $n" test "$n" -gt 5 -a "$n" -lt 500
    settled "$mode, not killed" 0
}

test_all_of_live_sender() { all_steps sender live; }
test_all_of_live_helper() { all_steps helper live; }
test_all_of_live_receiver() { all_steps receiver live; }
test_all_of_freeze_sender() { all_steps sender freeze; }
test_all_of_freeze_receiver() { all_steps receiver freeze; }
test_all_of_hotplug_sender() { all_steps sender hotplug; }
test_all_of_hotplug_receiver() { all_steps receiver hotplug; }
test_all_of_restart_sender() { all_steps sender restart; }
test_all_of_restart_receiver() { all_steps receiver restart; }
