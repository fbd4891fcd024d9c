# shellcheck shell=bash
# The rules of the design that hold on one host, each by its number. Rules 5
# and 6, about pools and migration, are decided in policy: tests/unit. Rule
# 7's races are in 70-races.sh, its crashes in 80-killed.sh.

gpu=0000:41:00.0 other=0000:42:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=31 vf_device=56c0 vram=17179869184"
    echo "gpu $other id=8086:56c1 class=038000 driver=xe totalvfs=31 vf_device=56c1 vram=6442450944"
}

test_rule_1_one_partition_for_a_guest_but_several_whole_gpus() {
    xl gpu-partition $gpu 4 >/dev/null
    refused 2 "*: gpu: more than one partition, a guest can have one; *" \
        xl create "$(guest g 'gpu = [ "partition", "partition" ]')"
    refused 2 "*: pci= names 0000:41:00.2, which is a partition; leave it to gpu=" \
        xl create "$(guest g 'pci = [ "41:00.2" ]')"
    ok xl create "$(guest g "gpu = [ \"partition\", \"passthrough,bdf=$other\" ]")" >/dev/null
    refused 4 "xl-gpu: g: it has a partition already; *" xl gpu-attach g
    equal "its devices" "0000:41:00.1 0000:42:00.0" \
        "$(devices g)"
}

test_rule_2_the_partition_is_assigned_and_the_choice_may_be_narrowed() {
    xl gpu-partition $gpu 2 >/dev/null
    xl gpu-partition $other 3 >/dev/null
    refused 2 "*: gpu: unknown key \"index\"; *" xl create "$(guest a 'gpu = [ "partition,index=1" ]')"
    refused 8 "*it is a partition, not a GPU; *" xl gpu-partition 41:00.1 2
    ok xl create "$(guest a 'gpu = [ "partition,model=flex140" ]')" >/dev/null
    ok xl create "$(guest b 'gpu = [ "partition,memory=8000" ]')" >/dev/null
    ok xl create "$(guest c "gpu = [ \"partition,gpu=$other\" ]")" >/dev/null
    equal "flex170's" "b -" "$(field '[.gpus[0].partitions[] | .name // "-"] | join(" ")')"
    equal "flex140's" "a c -" "$(field '[.gpus[1].partitions[] | .name // "-"] | join(" ")')"
    refused 5 "xl-gpu: d: no GPU of that model is partitioned; *" \
        xl create "$(guest d 'gpu = [ "partition,model=max1550" ]')"
}

test_rule_3_a_gpu_is_whole_or_partitioned() {
    xl gpu-partition $gpu 2 >/dev/null
    refused 4 "xl-gpu: $gpu: it has 2 partitions; xl gpu-unpartition makes it whole" \
        xl create "$(guest w "gpu = [ \"passthrough,bdf=$gpu\" ]")"
    xl gpu-unpartition $gpu >/dev/null
    ok xl create "$(guest w "gpu = [ \"passthrough,bdf=$gpu\" ]")" >/dev/null
    refused 4 "xl-gpu: $gpu: it is assigned as a whole to w; end that guest first" xl gpu-partition $gpu 2
    refused 4 "xl-gpu: $gpu: it is assigned as a whole to w; end that guest first" \
        xl create "$(guest x "gpu = [ \"passthrough,bdf=$gpu\" ]")"
    xl destroy w
    ok xl gpu-partition $gpu 2 >/dev/null
    equal "its driver again" xe "$(driver_of $gpu)"
}

test_rule_4_the_count_stays_while_a_partition_is_in_use() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest g)" >/dev/null
    forget_log
    refused 4 "xl-gpu: $gpu: partition 0 is held by g; end its guests first, *" xl gpu-partition $gpu 4
    refused 4 "xl-gpu: $gpu: partition 0 is held by g; *" xl gpu-unpartition $gpu
    refused 3 "xl-gpu: $gpu: 3 partitions is not a valid count; valid counts are 1, 2, 4, 5, 8, 16" \
        xl gpu-partition $gpu 3
    equal "writes" "" "$(log)"
}

test_rule_8_a_partition_that_changes_hands_is_reset_first() {
    local before
    xl gpu-partition $gpu 2 >/dev/null
    before=$(resets 0000:41:00.1)
    xl create "$(guest g)" >/dev/null
    check "reset before g had it" test "$(resets 0000:41:00.1)" -gt "$before"
    before=$(resets 0000:41:00.1)
    xl destroy g
    xl gpu-list >/dev/null
    check "reset after g had it" test "$(resets 0000:41:00.1)" -gt "$before"

    # One whose reset fails is quarantined, and the others go on working.
    sim '0000:41:00.1 reset=fail:EIO'
    xl create "$(guest h)" >/dev/null 2>&1
    equal "states" "quarantined held" "$(states)"
    equal "it has" "0000:41:00.2" "$(devices h)"
}

test_rule_9_the_records_are_for_dom0_alone() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest g)" >/dev/null
    equal "nodes that others may read" "" "$(xenstore-ls -fp /local/domain/0/gpu | grep -v '(n0)$' || :)"
    equal "what the guest is told of the layout" "" "$(xenstore-ls "/local/domain/$(xl domid g)" 2>/dev/null |
        grep -i gpu || :)"
}

machine_rule_10_the_console_of_dom0_stays() {
    echo "gpu $gpu id=8086:56c0 class=030000 driver=xe totalvfs=31 vram=17179869184 boot_vga=1"
}
test_rule_10_the_console_of_dom0_stays() {
    refused 3 "xl-gpu: $gpu: it drives dom0's console; take another GPU" \
        xl create "$(guest w "gpu = [ \"passthrough,bdf=$gpu\" ]")"
    like "warning" "*warning: $gpu: it drives dom0's console*" "$(xl gpu-partition $gpu 2 2>&1 >/dev/null)"
    equal "its driver" xe "$(driver_of $gpu)"
    refused 2 "*: a partition is never the guest's primary graphics; leave gfx_passthru out" \
        xl create "$(guest g 'gfx_passthru = 1')"
}
