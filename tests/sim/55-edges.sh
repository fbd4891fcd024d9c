# shellcheck shell=bash
# What must hold when something does not answer, comes late or was cut off.

gpu=0000:41:00.0 other=0000:42:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=31 vf_device=56c0 vram=17179869184"
    echo "gpu $other id=8086:10c9 class=038000 driver=igb totalvfs=7"
}
killed_at() { { XLGPU_KILL_AT=$1 "${@:2}" || :; } >/dev/null 2>&1; }
changing() { xenstore-read /local/domain/0/gpu/device/0000-41-00-0/changing 2>/dev/null || :; }

test_what_can_not_be_read_is_not_taken_for_free() {
    export SIM_REBOOT_MS=4000
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest g)" >/dev/null
    xl reboot g
    sim "$gpu read:sriov_numvfs=fail:EIO"
    xl gpu-list >/dev/null 2>&1
    xl gpu-list >/dev/null 2>&1
    refused 4 "*partition 0 is * by *" xl gpu-unpartition $gpu
    xl create "$(guest h)" >/dev/null
    wait_for 10 "g is back" is_built g
    equal "g has" "0000:41:00.1" "$(devices g)"
    equal "h has" "0000:41:00.2" "$(devices h)"
}

machine_a_gpu_that_its_driver_still_has_is_not_reset() { machine; echo "pciback no"; }
test_a_gpu_that_its_driver_still_has_is_not_reset() {
    refused 3 "*the driver pciback is not loaded; *" xl create "$(guest w "gpu = [ \"passthrough,bdf=$gpu\" ]")"
    equal "resets" 0 "$(resets $gpu)"
    equal "driver" xe "$(driver_of $gpu)"
    equal "records" "" "$(records)"
}

test_a_device_that_stock_xl_is_just_attaching_is_left_to_it() {
    xl gpu-partition $other 1 >/dev/null
    xl create "$(guest o 'gpu = []')" >/dev/null
    local id
    id=$(xl domid o)
    xenstore-write "/libxl/pci/0000-41-00-0/domid" "$id" "/libxl/pci/0000-42-00-1/domid" "$id"
    refused 4 "*libxl says that a domain has it; *" xl create "$(guest w "gpu = [ \"passthrough,bdf=$gpu\" ]")"
    refused 5 "*no room*" xl create "$(guest g)"
    equal "notes" "$id $id" "$(xenstore-read /libxl/pci/0000-41-00-0/domid /libxl/pci/0000-42-00-1/domid | xargs)"
    # Its domain is gone: what is left is a killed xl's.
    xl destroy o
    ok xl create "$(guest g)" >/dev/null
}

test_the_same_command_finishes_what_was_cut_off() {
    local n
    with_fault_points
    xl gpu-partition $gpu 4 memory=2048 >/dev/null
    for n in 1 2 3 4 5 6 7 8; do
        xl gpu-partition $gpu 4 memory=2048 >/dev/null
        killed_at $n xl gpu-partition $gpu 4 memory=1024
        ok xl gpu-partition $gpu 4 memory=1024 >/dev/null
        equal "memory after step $n" 1073741824 "$(attr $gpu sriov_admin/vf4/profile/vram_quota)"
        equal "changing after step $n" "" "$(changing)"
    done
    killed_at 5 xl gpu-partition $gpu 4 memory=512
    ok xl gpu-layout --apply >/dev/null
    equal "layout" "as desired" "$(xl gpu-layout -j | jq -r '.gpus[0].state')"
    equal "memory" "$(jq '.gpus[0].memory' "$XLGPU_STATE_DIR/layout.json")" \
        "$(attr $gpu sriov_admin/vf4/profile/vram_quota)"
}

test_placement_knows_what_partitions_have_now() {
    xl gpu-partition $gpu 4 memory=1024 >/dev/null
    like "said" "*: 4 partitions, made anew" "$(xl gpu-partition $gpu 4 memory=2048)"
    refused 5 "*no partition has that memory*" xl create "$(guest g 'gpu = [ "partition,memory=1024" ]')"
    ok xl create "$(guest g 'gpu = [ "partition,memory=2048" ]')" >/dev/null
}

test_a_driver_that_hangs_is_not_asked_again() {
    export XLGPU_NUMVFS_S=1
    sim "$gpu numvfs=hang"
    like "message" "*its driver did not answer within 1 s; *xl gpu-recover*" "$(xl gpu-partition $gpu 4 2>&1)"
    check "the change is noted" test "$(changing)"
    equal "autoprobe" 0 "$(attr $gpu sriov_drivers_autoprobe)"
    # Others are served meanwhile.
    ok xl gpu-partition $other 1 >/dev/null
    ok xl create "$(guest g)" >/dev/null
    sim "$gpu numvfs=ok"
    wait_for 5 "it answers" test -e "$pci/devices/$gpu/virtfn3"
    ok xl gpu-recover >/dev/null
    equal "states" "free free free free" "$(states 0)"
    equal "changing" "" "$(changing)"
}

test_a_partition_that_the_kernel_does_not_let_go_of_hangs_nobody() {
    export XLGPU_CONF=$SIM_DIR/gpu.conf
    echo 'reset_timeout = 1' >"$XLGPU_CONF"
    xl gpu-partition $other 2 >/dev/null
    sim '0000:42:00.1 driver_override=hang'
    refused 1 "xl-gpu: 0000:42:00.1: the kernel does not let go of it; *" xl gpu-unpartition $other
    sim '0000:42:00.1 driver_override=ok'
    ok xl gpu-unpartition $other >/dev/null
}

test_a_gpu_that_went_away_in_the_middle_of_a_change() {
    with_fault_points
    killed_at 6 xl gpu-partition $gpu 2
    check "it was in the middle" test "$(changing)"
    refused 4 "*a change of its layout was cut off; xl gpu-recover finishes that" \
        xl create "$(guest w "gpu = [ \"passthrough,bdf=$gpu\" ]")"
    sim "$gpu unplug"
    ok xl gpu-recover >/dev/null
    equal "changing" "" "$(changing)"
}

machine_gims_change_is_finished_too() { echo "gpu $gpu id=1002:74a1 class=120000 driver=gim totalvfs=8 vfs=1"; }
test_gims_change_is_finished_too() {
    local n
    with_fault_points
    for n in 2 3 4 5 6 7 8; do
        killed_at $n xl gpu-partition $gpu 1
        ok xl gpu-recover >/dev/null
        equal "changing after step $n" "" "$(changing)"
        ok xl gpu-partition $gpu 1 >/dev/null
        equal "states after step $n" free "$(states)"
    done
}

test_a_partition_that_is_just_being_reset_is_waited_for() {
    xl gpu-partition $other 1 >/dev/null
    xl create "$(guest g)" >/dev/null
    sim '0000:42:00.1 reset=delay:2000*1'
    xl destroy g
    xl gpu-list >/dev/null &
    sleep 0.7
    ok xl create "$(guest h)" >/dev/null
    wait
    equal "states" held "$(states 1)"
}

test_a_dry_run_sees_what_the_run_would() {
    xl gpu-partition $other 2 >/dev/null
    xenstore-rm /local/domain/0/gpu
    xl create -n "$(guest g)" >/dev/null 2>&1 || die "the run would succeed"
    equal "records" "" "$(records)"
    ok xl create "$(guest g)" >/dev/null
}
