# shellcheck shell=bash
# What each PF driver is told, in which order, and what it can't do.

gpu=0000:41:00.0

flex() { echo "gpu $gpu id=8086:56c0 class=038000 totalvfs=31 vf_device=56c0 vram=17179869184 $*"; }
machine() { flex driver=xe; }

# ---- xe, by sriov_admin ----

test_xe_gets_the_models_profile_before_its_partitions() {
    ok xl gpu-partition $gpu 4 >/dev/null
    log_has "*/sriov_drivers_autoprobe 0 -> ok" \
        "*/vf1/profile/vram_quota 4194304000 -> ok" "*/vf4/profile/vram_quota 4194304000 -> ok" \
        "*/pf/profile/exec_quantum_ms 20 -> ok" "*/pf/profile/preempt_timeout_us 20000 -> ok" \
        "*/vf4/profile/exec_quantum_ms 8 -> ok" "*/vf4/profile/preempt_timeout_us 16000 -> ok" \
        "*/sriov_numvfs 4 -> ok" "*/new_slot 0000:41:00.1 -> ok"
    equal memory 4194304000 "$(field '.gpus[0].partitions[3].memory')"
}

test_xe_gets_what_was_asked_for_in_place_of_it() {
    ok xl gpu-partition $gpu 4 memory=1024 exec_quantum_ms=16 preempt_timeout_us=300 >/dev/null
    log_has "*/vf1/profile/vram_quota 1073741824 -> ok" "*/vf1/profile/exec_quantum_ms 16 -> ok" \
        "*/vf1/profile/preempt_timeout_us 300 -> ok" "*/sriov_numvfs 4 -> ok"
    equal memory 1073741824 "$(field '.gpus[0].partitions[0].memory')"
    equal desired "1073741824 16 300" \
        "$(xl gpu-layout -j | jq -r '.gpus[0] | "\(.memory) \(.exec_quantum_ms) \(.preempt_timeout_us)"')"
    # The same again changes nothing; something else does.
    forget_log
    ok xl gpu-partition $gpu 4 memory=1024 exec_quantum_ms=16 preempt_timeout_us=300 >/dev/null
    equal "writes" "" "$(log)"
    ok xl gpu-partition $gpu 4 memory=1024 exec_quantum_ms=17 >/dev/null
    log_has "*/sriov_numvfs 0 -> ok" "*/vf4/profile/exec_quantum_ms 17 -> ok" "*/sriov_numvfs 4 -> ok"
}

test_xe_takes_back_everything_with_its_partitions() {
    xl gpu-partition $gpu 2 >/dev/null
    forget_log
    ok xl gpu-unpartition $gpu >/dev/null
    log_has "*/pciback/unbind 0000:41:00.1 -> ok" "*/sriov_numvfs 0 -> ok" "*/vf1/profile/vram_quota 0 -> ok" \
        "*/vf2/profile/exec_quantum_ms 0 -> ok" "*/sriov_drivers_autoprobe 1 -> ok"
}

# With ECC on, less memory is left than the card has.
machine_xe_uses_the_profile_for_ecc_where_the_other_is_too_big() {
    echo "gpu $gpu id=8086:56c0 class=038000 totalvfs=31 vf_device=56c0 vram=15032385536 driver=xe"
}
test_xe_uses_the_profile_for_ecc_where_the_other_is_too_big() {
    ok xl gpu-partition $gpu 4 >/dev/null
    equal memory 3548381184 "$(field '.gpus[0].partitions[0].memory')"
}

test_more_memory_than_there_is_is_refused_and_nothing_changes() {
    xl gpu-partition $gpu 2 >/dev/null
    refused 1 "xl-gpu: $gpu: vram_quota: No space left on device; see the kernel's log" \
        xl gpu-partition $gpu 4 memory=8192
    equal "count" 2 "$(attr $gpu sriov_numvfs)"
    equal "states" "free free" "$(states)"
    equal "memory" 8388608000 "$(field '.gpus[0].partitions[0].memory')"
    equal "desired" 2 "$(xl gpu-layout -j | jq '.gpus[0].desired_count')"
}

test_what_xe_would_clamp_is_refused() {
    refused 3 "xl-gpu: $gpu: its driver xe can't set exec_quantum_ms that high; it takes at most 100000" \
        xl gpu-partition $gpu 4 exec_quantum_ms=100001
}

# ---- xe, by debugfs ----

machine_an_older_xe_gets_all_quotas_by_debugfs() { flex driver=xe xe_sysfs=no; }
test_an_older_xe_gets_all_quotas_by_debugfs() {
    ok xl gpu-partition $gpu 2 memory=2048 >/dev/null
    log_has "*/gt0/pf/exec_quantum_ms 20 -> ok" "*/gt0/vf1/exec_quantum_ms 16 -> ok" \
        "*/gt0/vf1/preempt_timeout_us 32000 -> ok" "*/gt0/vf1/lmem_quota 2147483648 -> ok" \
        "*/gt0/vf1/ggtt_quota 2013265920 -> ok" "*/gt0/vf1/doorbells_quota 120 -> ok" \
        "*/gt0/vf1/contexts_quota 1024 -> ok" "*/gt0/vf2/contexts_quota 1024 -> ok" "*/sriov_numvfs 2 -> ok"
    equal memory 2147483648 "$(field '.gpus[0].partitions[0].memory')"
    forget_log
    ok xl gpu-unpartition $gpu >/dev/null
    log_has "*/sriov_numvfs 0 -> ok" "*/gt0/vf2/lmem_quota 0 -> ok" "*/restore_auto_provisioning 1 -> ok"
}
machine_an_older_xe_without_a_profile_sets_no_memory() {
    echo "gpu $gpu id=8086:9999 class=038000 totalvfs=7 driver=xe xe_sysfs=no vram=17179869184"
}
test_an_older_xe_without_a_profile_sets_no_memory() {
    refused 3 "xl-gpu: $gpu: its driver xe can't set memory alone before Linux 7.0; *" \
        xl gpu-partition $gpu 2 memory=2048
    ok xl gpu-partition $gpu 2 exec_quantum_ms=5 >/dev/null
}

# ---- i915 ----

machine_i915_gets_all_quotas_of_the_profile() { flex driver=i915; }
test_i915_gets_all_quotas_of_the_profile() {
    ok xl gpu-partition $gpu 4 exec_quantum_ms=9 >/dev/null
    log_has "*/prelim_iov/pf/gt/exec_quantum_ms 20 -> ok" "*/prelim_iov/vf1/gt/exec_quantum_ms 9 -> ok" \
        "*/prelim_iov/vf1/gt/lmem_quota 4194304000 -> ok" "*/prelim_iov/vf1/gt/ggtt_quota 1006632960 -> ok" \
        "*/prelim_iov/vf1/gt/doorbells_quota 60 -> ok" "*/prelim_iov/vf1/gt/contexts_quota 1024 -> ok" \
        "*/prelim_iov/vf4/gt/contexts_quota 1024 -> ok" "*/sriov_numvfs 4 -> ok"
    equal memory 4194304000 "$(field '.gpus[0].partitions[0].memory')"
}

machine_i915_is_told_to_disable_only_after_pciback_let_go() { flex driver=i915; }
test_i915_is_told_to_disable_only_after_pciback_let_go() {
    xl gpu-partition $gpu 2 >/dev/null
    forget_log
    ok xl gpu-unpartition $gpu >/dev/null
    log_has "*/pciback/unbind 0000:41:00.2 -> ok" "*/sriov_numvfs 0 -> ok" "*/vf1/gt/lmem_quota 0 -> ok" \
        "*/pf/auto_provisioning 1 -> ok"
}

machine_i915_provisions_itself_where_no_profile_is_known() {
    echo "gpu $gpu id=8086:4680 class=030000 totalvfs=7 driver=i915"
}
test_i915_provisions_itself_where_no_profile_is_known() {
    ok xl gpu-partition $gpu 3 >/dev/null
    log_lacks "*_quota *"
    refused 3 "xl-gpu: $gpu: its driver i915 can't set some of what a partition gets; *" \
        xl gpu-partition $gpu 4 exec_quantum_ms=9
}

# ---- gim ----

machine_gim_takes_its_count_when_it_is_loaded() {
    echo "gpu $gpu id=1002:74a1 class=120000 driver=gim totalvfs=8 vfs=1"
    echo "gpu 0000:42:00.0 id=1002:74a1 class=120000 driver=gim totalvfs=8 vfs=1"
}
test_gim_takes_its_count_when_it_is_loaded() {
    # The reload is planned for all its GPUs, and the count that is there can be used.
    refused 3 "xl-gpu: $gpu: its driver gim takes the count when it is loaded (vf_num=1,1); \
*options gim vf_num=8,1*modprobe -r gim, *modprobe gim*" xl gpu-partition $gpu 8
    refused 3 "*always has partitions*" xl gpu-unpartition $gpu
    ok xl gpu-partition $gpu 1 >/dev/null
    ok xl gpu-partition 0000:42:00.0 1 >/dev/null
    equal states "free free" "$(states 0) $(states 1)"
    # Not while a guest has a partition of any of them.
    xl create "$(guest g 'gpu = [ "partition,gpu=42:00.0" ]')" >/dev/null
    refused 4 "xl-gpu: 0000:42:00.0: partition 0 is held by g; *" xl gpu-partition $gpu 8
    log_lacks "*/sriov_numvfs *"
}

# ---- NVIDIA ----

machine_nvidia_partitions_need_the_vgpu_manager() {
    echo "gpu $gpu id=10de:20f1 class=030200 driver=nvidia totalvfs=16"
}
test_nvidia_partitions_need_the_vgpu_manager() {
    refused 3 "xl-gpu: $gpu: its partitions need NVIDIA's vGPU manager, *; assign the whole GPU: *" \
        xl gpu-partition $gpu 4
    ok xl create "$(guest g "gpu = [ \"passthrough,bdf=$gpu\" ]")" >/dev/null
    equal "its state" passthrough "$(field '.gpus[0].state')"
}

machine_nvidias_driver_is_asked_to_let_go() {
    echo "gpu $gpu id=10de:20f1 class=030200 driver=nvidia totalvfs=16"
}
test_nvidias_driver_is_asked_to_let_go() {
    local lock=$SIM_DIR/driver/nvidia/gpus/$gpu/unbindLock
    export XLGPU_PROC=$SIM_DIR
    mkdir -p "$(dirname "$lock")"
    # One that never gives it.
    ln -s /dev/zero "$lock"
    refused 4 "xl-gpu: $gpu: its driver does not let go of it; *nvidia-smi" \
        xl create "$(guest g "gpu = [ \"passthrough,bdf=$gpu\" ]")"
    equal "driver" nvidia "$(driver_of $gpu)"
    rm "$lock"
    echo 0 >"$lock"
    ok xl create "$(guest g "gpu = [ \"passthrough,bdf=$gpu\" ]")" >/dev/null
    equal "lock" 1 "$(cat "$lock")"
}

machine_nvidia_partitions_go_by_sriov_manage() {
    echo "gpu $gpu id=10de:20f1 class=030200 driver=nvidia totalvfs=16 vfs=4 sriov_configure=yes"
}
test_nvidia_partitions_go_by_sriov_manage() {
    export XLGPU_SRIOV_MANAGE=$SIM_DIR/sriov-manage
    refused 3 "*partitions of that GPU need its vendor's vGPU manager; *" \
        xl create "$(guest g "gpu = [ \"partition,gpu=$gpu\" ]")"
    refused 3 "xl-gpu: $gpu: only its sriov-manage can take its partitions away; install *" xl gpu-unpartition $gpu

    # Reports success whatever happened.
    printf '#!/bin/sh\n:\n' >"$XLGPU_SRIOV_MANAGE"
    chmod 755 "$XLGPU_SRIOV_MANAGE"
    refused 1 "xl-gpu: $gpu: sriov-manage -d: partitions are still there; *" xl gpu-unpartition $gpu
    printf '#!/bin/sh\n[ "$1" = -d ] && echo 0 >%s\n' "$pci/devices/$gpu/sriov_numvfs" >"$XLGPU_SRIOV_MANAGE"
    ok xl gpu-unpartition $gpu >/dev/null
    equal "its partitions" 0 "$(attr $gpu sriov_numvfs)"
}
