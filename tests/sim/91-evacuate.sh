# shellcheck shell=bash
# Guests that leave a host for several others: each for the one with the best
# verdict, of those the first, as far as there is room.
# shellcheck disable=SC2034 # of tests/sim/run
hosts=3

gpu=0000:41:00.0

machine() { echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=4"; }

# shellcheck source=tests/sim/moving.sh
. "$here/moving.sh"

all() { "$@" && at host2 "$@" && at host3 "$@"; }
journals() { all eval 'ls "$XLGPU_STATE_DIR/migration" 2>/dev/null || :'; }

set_up() { all xl gpu-partition $gpu 4 >/dev/null; }

# free_at HOST N: of its four partitions so many are left.
free_at() {
    local n
    for ((n = $2; n < 4; n++)); do at "$1" ok xl create "$(guest "of-$1-$n")" >/dev/null; done
}

# evacuated STATUS EXPECTED [ARGUMENT…]: what becomes of each guest, in a list of "NAME VERDICT HOST RESULT"; what is
# said besides is in $SIM_DIR/err.
evacuated() {
    local r=0
    xl gpu-evacuate -j "${@:3}" >"$SIM_DIR/out" 2>"$SIM_DIR/err" || r=$?
    equal "${*:3}" "$2" "$(jq -r '[.guests[] | "\(.name) \(.verdict) \(.host // "-") \(.result)"] | join(", ")' \
        "$SIM_DIR/out")"
    equal "${*:3}: status; $(cat "$SIM_DIR/err")" "$1" "$r"
}

# What one host's guests are, and all hosts' partitions and files: nothing of it changes by -n.
guests_of() {
    { xenstore-ls -f /sim/domain 2>/dev/null || :; } | sed -n 's|^/sim/domain/[0-9]*/name = "\(.*\)"|\1|p' | sort | xargs
}
everywhere() { all guests_of && all states && all files; }

# planned and evacuated, as is expected of both: "would move" is "moved" then.
planned_and_evacuated() {
    local before
    before=$(everywhere)
    evacuated "$1" "$2" -n "${@:3}"
    equal "after -n" "$before" "$(everywhere)"
    evacuated "$1" "${2//would move/moved}" "${@:3}"
    equal "journals" "" "$(journals)"
}

test_each_goes_where_there_is_room() {
    free_at host2 1
    free_at host3 2
    boot a && boot b && boot c
    planned_and_evacuated 0 "a live host2 would move, b live host3 would move, c live host3 would move" host2 host3
    equal "here" "" "$(guests_of)"
    check "all is free here" all_free
    like "there" "a *" "$(at host2 guests_of)"
    like "there" "b c *" "$(at host3 guests_of)"
    equal "held there" "held held held held" "$(at host3 states)"
}

test_of_hosts_that_are_alike_the_first_is_taken() {
    boot a
    evacuated 0 "a live host3 would move" -n host3 host2
    evacuated 0 "a live host2 would move" -n host2 host3
}

test_the_best_verdict_comes_before_the_first_host() {
    boot a 'gpu_migrate = [ "live", "restart" ]'
    echo 'export SIM_XEN_VERSION=4.16.3' >>"$SIM_HOSTS/host2"
    evacuated 0 "a restart host2 would move" -n --allow-restart host2
    planned_and_evacuated 0 "a live host3 would move" --allow-restart host2 host3
    equal "there" a "$(at host3 guests_of)"
}

test_the_last_one_finds_the_room_taken_that_the_others_will_have() {
    free_at host2 2
    boot a && boot b && boot c
    planned_and_evacuated 5 \
        "a live host2 would move, b live host2 would move, c none - others take all that is free there" host2
    equal "here" c "$(guests_of)"
    equal "its partition" held "$(states | tr ' ' '\n' | grep -v free)"
}

# Of a guest of 96 MiB, with what Xen and the device model need for it: 129.5 MiB.
test_memory_is_shared_likewise() {
    echo "export SIM_XEN_FREE_MIB=258 SIM_XEN_CMDLINE='dom0_mem=1G'" >>"$SIM_HOSTS/host2"
    boot a && boot b
    evacuated 5 "a live host2 would move, b none - others take all that is free there" -n host2
    evacuated 0 "a live host2 would move, b live host3 would move" -n host2 host3
}

test_memory_is_not_counted_where_dom0_gives_of_its_own() {
    echo 'export SIM_XEN_FREE_MIB=130' >>"$SIM_HOSTS/host2"
    boot a && boot b
    planned_and_evacuated 0 "a live host2 would move, b live host2 would move" host2
}

test_a_full_host_is_passed_over() {
    free_at host2 0
    boot a
    evacuated 5 "a none - every matching partition there is held" -n host2
    planned_and_evacuated 0 "a live host3 would move" host2 host3
}

test_a_host_that_does_not_answer_is_said_once_and_passed_over() {
    boot a && boot b
    planned_and_evacuated 0 "a live host3 would move, b live host3 would move" nowhere host3
    equal "said of it" 1 "$(grep -c '^xl-gpu: nowhere: the connection ended; ' "$SIM_DIR/err")"
}

test_a_guest_that_can_not_move_keeps_nobody_here() {
    boot a && boot b && boot c
    ok xl pci-detach a "$(devices a)"
    planned_and_evacuated 8 \
        "a none - it can't move, see above, b live host2 would move, c live host2 would move" host2 host3
    equal "said of it" 1 "$(grep -c '^xl-gpu: a: its partition was taken from it; ' "$SIM_DIR/err")"
    equal "here" a "$(guests_of)"
    equal "there" "b c" "$(at host2 guests_of)"
}

test_a_paused_guest_stays_and_the_others_leave() {
    boot a && boot b
    xenstore-write "/sim/domain/$(xl domid a)/state" paused
    planned_and_evacuated 4 "a none - it is paused, b live host2 would move" host2
}

test_a_host_that_answers_with_an_error_is_passed_over() {
    boot a
    echo "no setting" >"$SIM_DIR/broken.conf"
    echo "export XLGPU_CONF=$SIM_DIR/broken.conf" >>"$SIM_HOSTS/host2"
    evacuated 1 "a none - no offer from there, see above" -n host2
    equal "said of it" 1 "$(grep -c '^xl-gpu: .*broken.conf: it can' "$SIM_DIR/err")"
    evacuated 0 "a live host3 moved" host2 host3
}

test_a_host_that_is_named_twice_is_counted_once() {
    free_at host2 1
    boot a && boot b
    evacuated 5 "a live host2 would move, b none - others take all that is free there" -n host2 host2
}

test_no_host_answers() {
    boot a && boot b
    planned_and_evacuated 8 "a none - no host answers, b none - no host answers" nowhere elsewhere
    equal "said of each" 2 "$(grep -cE '^xl-gpu: (nowhere|elsewhere): the connection ended; ' "$SIM_DIR/err")"
    equal "here" "a b" "$(guests_of)"
}

test_without_hosts_it_is_the_pool_but_for_this_one() {
    echo "pool = [ \"host2\", \"$(hostname)\", \"host3\" ]" >>"$XLGPU_CONF"
    free_at host2 0
    boot a
    planned_and_evacuated 0 "a live host3 would move"
    equal "said" "" "$(cat "$SIM_DIR/err")"
}

test_the_list_says_the_same_in_words() {
    free_at host2 1
    boot a && boot b
    xl gpu-evacuate -n host2 >"$SIM_DIR/out" || equal "status" 5 $?
    equal "the list" "Guest Verdict To Result
a live host2 would move
b none - others take all that is free there" "$(tr -s ' ' <"$SIM_DIR/out")"
}
