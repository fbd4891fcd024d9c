# shellcheck shell=bash
# What users of other tools report, where no other file has it: one scenario
# each, named after the report.

gpu=0000:41:00.0 other=0000:42:00.0

machine() {
    echo "gpu $gpu id=8086:10c9 class=038000 driver=igb totalvfs=7"
    echo "gpu $other id=8086:10c9 class=038000 driver=igb totalvfs=7"
}

machine_no_driver_bound_is_said_with_what_to_do() { echo "gpu $gpu id=8086:56c0 class=038000 totalvfs=31"; }
test_no_driver_bound_is_said_with_what_to_do() {
    refused 3 "xl-gpu: $gpu: no driver is bound to it; load a PF driver with SR-IOV, *" xl gpu-partition $gpu 4
    like "precheck" "*$gpu: no driver is bound*" "$(xl gpu-precheck)"
    equal "state" unavailable "$(field '.gpus[0].state')"
}

test_the_same_partition_after_a_reboot_of_the_guest() {
    xl gpu-partition $gpu 3 >/dev/null
    xl create "$(guest a)" >/dev/null
    xl create "$(guest b)" >/dev/null
    xl destroy a
    xl gpu-list >/dev/null
    # The first one is free by now, and b keeps the second.
    xl reboot b
    xl gpu-list >/dev/null
    xl create "$(guest c)" >/dev/null
    wait_for 10 "b is back" is_built b
    equal "b has" "0000:41:00.2" "$(devices b)"
    equal "holders" "c b -" "$(field '[.gpus[0].partitions[] | .name // "-"] | join(" ")')"
}

test_only_what_truly_conflicts_is_refused() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest a)" >/dev/null
    ok xl gpu-partition $other 4 >/dev/null
    ok xl gpu-unpartition $other >/dev/null
    ok xl create "$(guest b "gpu = [ \"passthrough,bdf=$other\" ]")" >/dev/null
    ok xl create "$(guest c)" >/dev/null
}

test_success_is_not_believed_but_read_back() {
    sim "$gpu enable_at_most=2"
    refused 1 "xl-gpu: $gpu: asked for 4 partitions, the driver enabled 2; *" xl gpu-partition $gpu 4
    equal "count" 0 "$(attr $gpu sriov_numvfs)"
    equal "desired" "as desired" "$(xl gpu-layout -j | jq -r '.gpus[0].state')"
}

test_partitions_that_come_late_are_waited_for() {
    sim "$gpu appear_ms=700"
    ok xl gpu-partition $gpu 4 >/dev/null
    equal "states" "free free free free" "$(states)"
}

# The keys that xl-gpu(8) describes for a command.
manual=$(dirname "${BASH_SOURCE[0]}")/../../docs/man/xl-gpu.8
described() { sed -n "/^\.SS gpu-$1 -j/,/^\.fi/p" "$manual" | sed -n 's/^ *"\([a-z_]*\)":.*/\1/p' | sort -u; }
test_the_json_is_as_it_is_described() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest a)" >/dev/null
    local verb
    for verb in list layout; do
        equal "gpu-$verb" "$(described $verb)" \
            "$(xl gpu-$verb -j | jq -r 'paths | map(select(type == "string")) | last' | sort -u)"
    done
}

# The document of VERB, with these arguments, is as that of TITLE is described.
documented() {
    local title=$1 verb=$2
    shift 2
    xl "gpu-$verb" -j "$@" >"$SIM_DIR/document" || die "gpu-$verb -j $*"
    equal "gpu-$verb: keys" "$(described "$title")" \
        "$(jq -r 'paths | map(select(type == "string")) | last' "$SIM_DIR/document" | sort -u)"
}
changed() { equal "$1" "$2" "$(jq -r '.changed | tostring' "$SIM_DIR/document")"; }
test_every_command_says_in_json_whether_it_changed_anything() {
    documented partition partition -n $gpu 2 && changed "a dry run would" true
    equal "writes" "" "$(log)"
    documented partition partition $gpu 2 && changed "partition" true
    documented partition partition $gpu 2 && changed "partition, again" false
    documented list list && changed "list" false
    documented layout layout && changed "layout" false
    documented layout layout --apply && changed "layout --apply of what is" false
    xl gpu-precheck -j >"$SIM_DIR/document" || :
    changed "precheck" false
    xl create "$(guest g 'gpu = []' 'passthrough = "enabled"')" >/dev/null
    documented attach attach -n g && changed "attach -n" true
    documented attach attach g && changed "attach" true
    refused 4 "xl-gpu: g: it has a partition already; *" xl gpu-attach -j g
    documented attach detach -n g && changed "detach -n" true
    documented attach detach g && changed "detach" true
    documented attach detach g && changed "detach, again" false
    equal "in words" "g: it has no partition, as before" "$(xl gpu-detach g)"
    documented partition unpartition $gpu && changed "unpartition" true
    documented partition unpartition $gpu && changed "unpartition, again" false
    documented layout layout -n --apply && changed "nothing is desired" false
}

test_what_runs_by_itself_is_changed_to_be_desired() {
    xl gpu-partition $gpu 2 >/dev/null
    rm "$XLGPU_STATE_DIR/layout.json"
    documented partition partition $gpu 2 && changed "it is desired from now on" true
    documented partition partition $gpu 2 && changed "again" false
}

test_recover_says_in_json_what_it_changed() {
    with_fault_points
    { XLGPU_KILL_AT='file renamed' xl gpu-partition $gpu 2 & wait $! || :; } 2>/dev/null
    documented recover recover -n && changed "recover -n" true
    documented recover recover && changed "recover" true
    xl gpu-recover -j >"$SIM_DIR/document"
    changed "recover, again" false
    xl gpu-partition $gpu 2 >/dev/null
    sim '0000:41:00.1 reset=fail:EIO'
    xl create "$(guest g)" >/dev/null 2>&1
    xl gpu-recover -j >"$SIM_DIR/document" 2>/dev/null || :
    changed "one that stays in quarantine" false
    sim '0000:41:00.1 reset=ok'
    documented recover recover && changed "one that leaves it" true
    equal "what" "0000:41:00.1 try to reset it again" "$(jq -r '.settled[] | "\(.subject) \(.action)"' "$SIM_DIR/document")"
}

test_bad_input_changes_nothing_and_takes_one_line() {
    refused 2 "xl-gpu: 01:00: it is not a PCI address; *" xl gpu-partition 01:00 2
    refused 8 "xl-gpu: 09:00.0: no such GPU on this host; *" xl gpu-partition 09:00.0 2
    refused 2 "xl-gpu: 0: COUNT is not a number above 0; *" xl gpu-partition $gpu 0
    refused 2 "xl-gpu: colour=red: it is none of memory=, *" xl gpu-partition $gpu 2 colour=red
    refused 2 "xl-gpu: memory=much: memory is not a number above 0; *" xl gpu-partition $gpu 2 memory=much
    refused 3 "xl-gpu: $gpu: its driver igb can't set what a partition gets; *" xl gpu-partition $gpu 2 memory=512
    refused 3 "xl-gpu: $gpu: 8 partitions is not a valid count; *" xl gpu-partition $gpu 8
    equal "writes" "" "$(log)"
}

test_each_verb_says_how_it_is_used() {
    local verb
    for verb in $(xl-gpu help | sed -n 's/^ gpu-\([a-z-]*\) .*/\1/p'); do
        like "gpu-$verb -h" "Usage: xl gpu-$verb *Options:*" "$(xl "gpu-$verb" -h)"
        refused 2 "xl-gpu: $verb: unknown option; usage: xl gpu-$verb *" xl "gpu-$verb" --absurd
    done
    equal "the last of them" pool-check "$verb"
    for verb in attach detach migrate partition unpartition; do
        refused 2 "xl-gpu: $verb: usage: xl gpu-$verb *" xl "gpu-$verb"
    done
}
