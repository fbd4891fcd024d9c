# shellcheck shell=bash
# The desired layout: kept over a reboot of the host, applied by the boot
# service, never at the cost of what is not understood.

gpu=0000:41:00.0 other=0000:42:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=31 vram=17179869184"
    echo "gpu $other id=8086:10c9 class=038000 driver=igb totalvfs=7"
}

# The host boots anew: hardware as it was at first, xenstore empty.
reboot_host() {
    xenstore-rm /local/domain/0/gpu
    rm -rf "$XLGPU_RUN_DIR"
    sim "boot ${1-}"
}
layout() { xl gpu-layout -j | jq -r "[.gpus[] | .state] | join(\", \")"; }

test_the_desired_layout_comes_back_after_a_reboot() {
    xl gpu-partition $gpu 4 exec_quantum_ms=7 >/dev/null
    xl gpu-partition $other 3 >/dev/null
    reboot_host
    equal "states" "" "$(states)"
    equal "layout" "differs, differs" "$(layout)"
    ok xl gpu-layout --apply >/dev/null
    equal "layout" "as desired, as desired" "$(layout)"
    equal "states" "free free free free" "$(states)"
    equal "time slice" 7 "$(attr $gpu sriov_admin/vf4/profile/exec_quantum_ms)"
    ok xl create "$(guest g)" >/dev/null
}

test_bdfs_are_read_again() {
    xl gpu-partition $other 2 >/dev/null
    equal "before" "0000:42:00.1" "$(field '.gpus[1].partitions[0].bdf')"
    reboot_host offset=128
    ok xl gpu-layout --apply >/dev/null
    equal "after" "0000:42:10.0" "$(field '.gpus[1].partitions[0].bdf')"
}

test_what_can_not_be_applied_is_said_and_does_not_stop_the_rest() {
    local r=0
    xl gpu-partition $gpu 4 >/dev/null
    xl gpu-partition $other 2 >/dev/null
    reboot_host
    sim "$gpu unplug"
    xl gpu-layout --apply >/dev/null 2>"$SIM_DIR/err" || r=$?
    equal "exit status" 8 "$r"
    like "message" "xl-gpu: $gpu: no such GPU on this host, 4 partitions are desired; *" "$(cat "$SIM_DIR/err")"
    equal "states" "free free" "$(states)"
    equal "layout" "as desired, absent" "$(layout)"
}

test_another_gpu_in_its_place_is_left_alone() {
    xl gpu-partition $gpu 4 >/dev/null
    reboot_host
    sed -i 's/8086:56c0/8086:56c1/' "$XLGPU_STATE_DIR/layout.json"
    equal "layout" "another GPU, as desired" "$(layout)"
    refused_status=0
    xl gpu-layout --apply >/dev/null 2>"$SIM_DIR/err" || refused_status=$?
    equal "exit status" 1 "$refused_status"
    like "message" "*it is another GPU than the desired 8086:56c1; *" "$(cat "$SIM_DIR/err")"
    equal "count" 0 "$(attr $gpu sriov_numvfs)"
}

test_applied_twice_it_changes_nothing() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest g)" >/dev/null
    forget_log
    ok xl gpu-layout --apply >/dev/null
    equal "writes" "" "$(log)"
    equal "states" "held free" "$(states)"
}

test_a_dry_run_says_what_would_fail_and_does_nothing() {
    xl gpu-partition $gpu 4 >/dev/null
    reboot_host
    forget_log
    ok xl gpu-layout --apply -n >/dev/null
    sim "$gpu unplug"
    xl gpu-layout --apply -n >/dev/null 2>&1 && die "the GPU is gone"
    equal "writes" "" "$(log)"
}

test_a_damaged_layout_file_is_kept_and_stops_nobody_else() {
    xl gpu-partition $gpu 2 >/dev/null
    echo '{ "gpus": 3' >"$XLGPU_STATE_DIR/layout.json"
    refused 1 "xl-gpu: $XLGPU_STATE_DIR/layout.json: it is not a layout of xl-gpu's; *" xl gpu-layout --apply
    refused 1 "*it is not a layout of xl-gpu's*" xl gpu-partition $gpu 4
    equal "the file" '{ "gpus": 3' "$(cat "$XLGPU_STATE_DIR/layout.json")"
    equal "count" 2 "$(attr $gpu sriov_numvfs)"
    ok xl create "$(guest g)" >/dev/null
}

test_what_nobody_desires_is_shown_and_left() {
    echo 2 >"$pci/devices/$other/sriov_numvfs"
    equal "layout" "as desired, not desired" "$(layout)"
    ok xl gpu-layout --apply >/dev/null
    equal "count" 2 "$(attr $other sriov_numvfs)"
}

# ---- xenstored starts empty ----

test_records_are_made_again_and_guests_keep_what_they_have() {
    local uuid
    xl gpu-partition $gpu 4 >/dev/null
    xl create "$(guest a)" >/dev/null
    xl create "$(guest w "gpu = [ \"passthrough,bdf=$other\" ]")" >/dev/null
    uuid=$(field '.gpus[0].partitions[0].uuid')
    xenstore-rm /local/domain/0/gpu
    ok xl create "$(guest b)" >/dev/null
    equal "holders" "a b - -" "$(field '[.gpus[0].partitions[] | .name // "-"] | join(" ")')"
    equal "uuid" "$uuid" "$(field '.gpus[0].partitions[0].uuid')"
    refused 4 "*assigned as a whole to w*" xl gpu-partition $other 2
}

# ---- Where it goes ----

machine_placement_is_as_gpu_conf_says() {
    echo "gpu $gpu id=8086:10c9 class=038000 driver=igb totalvfs=7 numa=0"
    echo "gpu $other id=8086:10c9 class=038000 driver=igb totalvfs=7 numa=1"
}
test_placement_is_as_gpu_conf_says() {
    export XLGPU_CONF=$SIM_DIR/gpu.conf SIM_CPUS=0:4,1:4
    xl gpu-partition $gpu 4 >/dev/null
    xl gpu-partition $other 4 >/dev/null
    held() { field '[.gpus[].held] | join(" ")'; }

    echo 'placement = "breadth-first"' >"$XLGPU_CONF"
    xl create "$(guest a)" >/dev/null
    xl create "$(guest b)" >/dev/null
    equal "spread" "1 1" "$(held)"
    echo 'placement = "depth-first"' >"$XLGPU_CONF"
    xl create "$(guest c)" >/dev/null
    xl create "$(guest d)" >/dev/null
    equal "packed" "3 1" "$(held)"
    xl create "$(guest e 'cpus = "5-7"')" >/dev/null
    equal "near its CPUs" "3 2" "$(held)"
    echo "groups = [ \"vdi=$other\" ]" >"$XLGPU_CONF"
    xl create "$(guest f 'gpu = [ "partition,group=vdi" ]')" >/dev/null
    equal "in its group" "3 3" "$(held)"
    refused 5 "xl-gpu: x: no GPU of that group is partitioned; *" \
        xl create "$(guest x 'gpu = [ "partition,group=render" ]')"
    echo 'placement = "best"' >"$XLGPU_CONF"
    refused 1 "xl-gpu: $XLGPU_CONF: placement is neither \"depth-first\" nor \"breadth-first\"; *" xl gpu-list
    echo 'placement = [ "depth-first" ]' >"$XLGPU_CONF"
    refused 1 "xl-gpu: $XLGPU_CONF: placement is neither *" xl gpu-list
}
