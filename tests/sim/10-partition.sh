# shellcheck shell=bash
# Partitions and their guests, on a GPU whose driver is plain SR-IOV.

gpu=0000:41:00.0
vf0=0000:41:10.0
vf1=0000:41:10.2

machine() {
    cat <<END
gpu $gpu id=8086:10c9 subsystem=8086:0001 class=038000 driver=igb totalvfs=7 offset=128 stride=2 vf_device=10ca numa=0
device 0000:00:1f.2 id=8086:2922 class=010601 driver=ahci
END
}

set_up() { model 'model = "igb"' 'match = "8086:10c9"' 'counts = [ 1, 2, 3, 4, 5, 6, 7 ]' 'memory = 2048'; }

# partition COUNT: quietly.
partition() { ok xl gpu-partition $gpu "$1" >/dev/null; }

test_a_gpu_is_partitioned_and_made_whole() {
    equal "state" unpartitioned "$(field '.gpus[0].state')"
    equal "no records" "" "$(records)"
    like "says so" "$gpu: 4 partitions*" "$(xl gpu-partition 41:00.0 4)"
    equal "states" "free free free free" "$(states)"
    log_has "*$gpu/sriov_drivers_autoprobe 0 -> ok" "*$gpu/sriov_numvfs 4 -> ok" "*$vf0/driver_override pciback -> ok" \
        "*/pciback/bind $vf0 -> ok"
    log_lacks "*-> E*"
    forget_log
    ok xl gpu-unpartition $gpu >/dev/null
    equal "count" 0 "$(field '.gpus[0].partition_count')"
    log_has "*/pciback/unbind $vf0 -> ok" "*$gpu/sriov_numvfs 0 -> ok" "*$gpu/sriov_drivers_autoprobe 1 -> ok"
    log_lacks "*-> E*"
}

test_the_count_changes_through_none() {
    partition 2
    forget_log
    partition 7
    log_has "*/pciback/unbind $vf0 -> ok" "*/sriov_numvfs 0 -> ok" "*/sriov_numvfs 7 -> ok"
    equal "states" "free free free free free free free" "$(states)"
    forget_log
    like "says that nothing changes" "*as before" "$(xl gpu-partition $gpu 7)"
    equal "nothing was written" "" "$(log)"
}

test_a_dry_run_writes_nothing() {
    like "says what" "*would have 4 partitions*" "$(xl gpu-partition -n $gpu 4)"
    partition 2
    forget_log
    like "says what" "*would have 4 partitions*" "$(xl gpu-partition -n $gpu 4)"
    check "create -n" xl create -n "$(guest one)"
    equal "nothing was written" "" "$(log)"
}

# falls_short FAULT PATTERN: from 2 partitions to 5 with it; 2 are there after.
falls_short() {
    sim "$gpu $1"
    refused 1 "xl-gpu: $gpu: $2" xl gpu-partition $gpu 5
    sim "$gpu enable_at_most=-1 sriov_numvfs=ok"
    equal "$1: the count is as before" "2 2" "$(attr $gpu sriov_numvfs) $(field '.gpus[0].partition_count')"
    equal "$1: they can be used" "free free" "$(states)"
    equal "$1: dom0 has none" "pciback pciback" "$(driver_of $vf0) $(driver_of $vf1)"
    equal "$1: desired" 2 "$(jq '.gpus[0].partition_count' "$XLGPU_STATE_DIR/layout.json")"
}

test_a_count_that_fails_leaves_the_one_before() {
    partition 2
    falls_short enable_at_most=3 "asked for 5 partitions, the driver enabled 3; *"
    forget_log
    # The old ones can't even be removed.
    sim "$gpu sriov_numvfs=fail:EIO*1"
    refused 1 "xl-gpu: $gpu: *: Input/output error; *" xl gpu-partition $gpu 5
    log_has "*sriov_numvfs 0 -> EIO"
    equal "count" 2 "$(attr $gpu sriov_numvfs)"
    equal "states" "free free" "$(states)"
}

test_a_driver_without_the_means_says_so() {
    sim "$gpu sriov_configure=no"
    refused 3 "xl-gpu: $gpu: its driver can't change the partition count; *" xl gpu-partition $gpu 2
    equal "records" "" "$(records)"
    echo $gpu >"$pci/drivers/igb/unbind"
    refused 3 "xl-gpu: $gpu: no driver is bound to it; *" xl gpu-partition $gpu 2
}

machine_without_pciback_nothing_stays_changed() {
    machine
    echo 'pciback no'
}
test_without_pciback_nothing_stays_changed() {
    like "says so" "*the driver pciback is not loaded; modprobe xen-pciback*" "$(xl gpu-partition $gpu 2 2>&1)"
    equal "count" 0 "$(attr $gpu sriov_numvfs)"
}

test_a_partition_that_can_not_be_bound_undoes_all() {
    sim "/bus/pci/drivers/pciback/bind=fail:EIO*1"
    like "says so" "*$vf0: it can't be made assignable; *" "$(xl gpu-partition $gpu 2 2>&1)"
    equal "count" 0 "$(attr $gpu sriov_numvfs)"
    equal "records" "" "$(records)"
    partition 2
}

# ---- Guests ----

test_guests_get_a_partition_each() {
    partition 3
    ok xl create "$(guest one)"
    ok xl create "$(guest two)"
    equal "states" "held held free" "$(states)"
    equal "names" "one two" "$(field '[.gpus[0].partitions[].name // empty] | join(" ")')"
    like "in slot 1e" "0000:41:10.2 1e" "$(xenstore-read "/sim/domain/$(xl domid two)/pci/0")"
    check "was reset" test "$(resets $vf0)" -ge 1
    xl destroy one
    wait_for 5 "its partition is free" eval '[[ $(states) == "free held free" ]]'
    ok xl create "$(guest three)"
    equal "states" "held held free" "$(states)"
}

test_a_reboot_keeps_the_partition() {
    partition 2
    ok xl create "$(guest one)"
    ok xl create "$(guest two)"
    xl destroy one
    before=$(field '.gpus[0].partitions[1] | .bdf + .uuid')
    xl reboot two
    wait_for 5 "a time without a domain" no_domain two
    # Nobody else gets it meanwhile.
    equal "states" "free held" "$(states)"
    ok xl create "$(guest three)"
    wait_for 5 "it is back" is_built two
    equal "same partition" "$before" "$(field '.gpus[0].partitions[1] | .bdf + .uuid')"
    equal "states" "held held" "$(states)"
}

test_what_is_in_use_stays() {
    partition 2
    ok xl create "$(guest one)"
    forget_log
    refused 4 "xl-gpu: $gpu: partition 0 is held by one; *" xl gpu-partition $gpu 4
    refused 4 "xl-gpu: $gpu: partition 0 is held by one; *" xl gpu-unpartition $gpu
    refused 4 "xl-gpu: *: domain one (*) runs already; *" xl create "$(guest one)"
    equal "nothing was written" "" "$(log)"
    ok xl create "$(guest two)"
    refused 5 "xl-gpu: three: there is no room, no partition is free; *" xl create "$(guest three)"
    check "no domain" no_domain three
}

test_a_failed_reset_takes_another_partition() {
    partition 2
    sim "$vf0 reset=fail:EIO"
    like "warned" "*$vf0: reset failed: Input/output error*quarantined*" "$(xl create "$(guest one)" 2>&1)"
    equal "states" "quarantined held" "$(states)"
    refused 5 "xl-gpu: two: *no room*" eval 'xl create "$(guest two)" 2>&1 | tail -n 1 >&2; exit ${PIPESTATUS[0]}'
    xl destroy one
    wait_for 5 "free" eval '[[ $(states) == "quarantined free" ]]'
}

test_a_guest_whose_processes_live_keeps_it() {
    partition 1
    ok xl create "$(guest one)"
    kill -9 "$(monitor one)"
    equal "states" held "$(states)"
    dm=$(device_model one)
    kill -STOP "$dm"
    xl destroy one
    equal "while its device model is there" held "$(states)"
    kill -CONT "$dm"
    wait_for 5 "free" all_free
}

test_a_killed_xl_loses_no_partition() {
    partition 1
    for n in 1 2 3 4 5 6 7; do
        xl_killed_at "$n" xl create "$(guest "g$n")"
        xl destroy "g$n" 2>/dev/null || :
        wait_for 5 "step $n: free" all_free
    done
    ok xl create "$(guest last)"
    equal "states" held "$(states)"
}

test_hot_plug() {
    partition 2
    printf '%s\n' 'name = "plain"' 'type = "hvm"' 'passthrough = "enabled"' >"$SIM_DIR/plain.cfg"
    xl create "$SIM_DIR/plain.cfg"
    ok xl gpu-attach plain >/dev/null
    equal "states" "held free" "$(states)"
    SIM_GUEST_KEEPS_DEVICES=1 refused 1 "xl-gpu: plain: it did not let go of $vf0 and keeps it; *" xl gpu-detach plain
    equal "states" "held free" "$(states)"
    ok xl gpu-detach plain >/dev/null
    equal "states" "free free" "$(states)"
}

test_after_a_boot_no_record_of_what_is_gone_is_left() {
    partition 4
    ok xl create "$(guest one)"
    xl destroy one
    wait_for 5 "free" all_free
    # The host's xenstored starts empty too.
    sim 'boot offset=1'
    xenstore-rm /local/domain/0/gpu
    xenstore-rm /libxl/pci
    equal "count" 0 "$(field '.gpus[0].partition_count')"
    partition 2
    equal "new addresses" "0000:41:00.1 0000:41:00.3" "$(field '[.gpus[0].partitions[].bdf] | join(" ")')"
    ok xl create "$(guest one)"
}

test_xen_that_does_not_answer_is_said() {
    SIM_XEN_DOWN=1 refused 1 "xl-gpu: libxl: can't talk to Xen; *" xl gpu-list
}
