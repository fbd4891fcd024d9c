# shellcheck shell=bash
# The simulation itself, by plain writes: the kernel's rules and errors.

igb=0000:42:00.0
vf0=0000:42:10.0
xe=0000:41:00.0
i915=0000:43:00.0

machine() {
    cat <<END
gpu $xe id=8086:e211 subsystem=8086:1100 class=038000 driver=xe totalvfs=24 vf_device=e212 vram=17179869184 gts=2
gpu $igb id=8086:10c9 class=020000 driver=igb totalvfs=7 offset=128 stride=2 vf_device=10ca numa=1
gpu $i915 id=8086:56c0 class=038000 driver=i915 totalvfs=31 vram=8589934592
gpu 0000:44:00.0 id=1002:74a1 class=120000 driver=gim totalvfs=8 vfs=2
gpu 0000:45:00.0 id=10de:2331 class=030200 driver=nvidia totalvfs=16 offset=300 stride=4
device 0000:00:02.0 id=1234:1111 driver=bochs boot_vga=1
END
}

test_sriov_numvfs_refuses_what_the_kernel_refuses() {
    for text in x '' -1 65536 4x; do fails EINVAL attr $igb sriov_numvfs "$text"; done
    fails ERANGE attr $igb sriov_numvfs 8
    attr $igb sriov_numvfs 0
    attr $igb sriov_numvfs 0x3
    equal "count" 3 "$(attr $igb sriov_numvfs)"
    attr $igb sriov_numvfs 3
    fails EBUSY attr $igb sriov_numvfs 2
    fails ENOENT attr 0000:44:00.0 sriov_numvfs 0
    fails ENOENT attr 0000:45:00.0 sriov_numvfs 4
    echo $xe >"$pci/drivers/xe/unbind"
    fails ENOENT attr $xe sriov_numvfs 1
    like "read-only" "*Permission denied" "$(attr $igb sriov_totalvfs 3 2>&1 || :)"
}

test_vfs_come_and_go_with_the_count() {
    attr $igb sriov_numvfs 2
    equal "links" "0000:42:10.0 0000:42:10.2" "$(for n in 0 1; do
        basename "$(readlink "$pci/devices/$igb/virtfn$n")"; done | xargs)"
    equal "physfn" $igb "$(basename "$(readlink -f "$pci/devices/$vf0/physfn")")"
    equal "device" 0x10ca "$(attr $vf0 device)"
    equal "dom0's driver has it" igbvf "$(driver_of $vf0)"
    attr $igb sriov_numvfs 0
    check "no VF" test ! -e "$pci/devices/$vf0"
    # The address carries over into the bus number.
    attr 0000:45:00.0 sriov_offset >/dev/null
    sim '0000:45:00.0 sriov_configure=yes'
    attr 0000:45:00.0 sriov_numvfs 1
    check "carried" test -e "$pci/devices/0000:46:05.4"
}

test_an_unbound_pf_has_no_vfs() {
    attr $igb sriov_numvfs 2
    echo $igb >"$pci/drivers/igb/unbind"
    equal "count" 0 "$(attr $igb sriov_numvfs)"
    check "no VF" test ! -e "$pci/devices/$vf0"
    echo $igb >"$pci/drivers/igb/bind"
    attr $igb sriov_numvfs 2
}

test_without_autoprobe_only_an_override_lets_bind() {
    attr $igb sriov_drivers_autoprobe 0
    attr $igb sriov_numvfs 1
    check "no driver" test ! -e "$pci/devices/$vf0/driver"
    echo $vf0 >"$pci/drivers/pciback/new_slot"
    bind() { echo $vf0 >"$pci/drivers/pciback/bind"; }
    fails ENODEV bind
    attr $vf0 driver_override pciback
    bind
    equal "driver" pciback "$(driver_of $vf0)"
    fails EBUSY bind
    echo $vf0 >"$pci/drivers/pciback/unbind"
    echo $vf0 >"$pci/drivers/pciback/remove_slot"
    attr $vf0 driver_override ''
    equal "override" '(null)' "$(attr $vf0 driver_override)"
    fails ENODEV bind
}

test_only_xe_takes_vfs_from_pciback_by_itself() {
    for bdf in $igb $i915 $xe; do
        attr $bdf sriov_drivers_autoprobe 0
        attr $bdf sriov_numvfs 1
        vf=$(basename "$(readlink "$pci/devices/$bdf/virtfn0")")
        attr "$vf" driver_override pciback
        echo "$vf" >"$pci/drivers/pciback/bind"
    done
    fails EPERM attr $igb sriov_numvfs 0
    fails EPERM attr $i915 sriov_numvfs 0
    attr $xe sriov_numvfs 0
}

test_a_driver_can_fall_short() {
    sim "$igb enable_at_most=3"
    attr $igb sriov_numvfs 5
    equal "count" 3 "$(attr $igb sriov_numvfs)"
    attr $igb sriov_numvfs 0
    sim "$igb numvfs_error=EIO*1"
    fails EIO attr $igb sriov_numvfs 2
    attr $igb sriov_numvfs 2
    attr $igb sriov_numvfs 0
    sim "$igb appear_ms=200"
    attr $igb sriov_numvfs 2
    check "not yet" test ! -e "$pci/devices/$igb/virtfn0"
    wait_for 3 "it appears" test -e "$pci/devices/$igb/virtfn0/vendor"
    sim "read:/bus/pci/devices/$igb/sriov_numvfs=fail:EIO"
    if attr $igb sriov_numvfs 2>/dev/null; then die "the read succeeded"; fi
}

test_a_reset_can_fail_and_hang() {
    attr $igb sriov_numvfs 2
    fails EINVAL attr $vf0 reset 2
    attr $vf0 reset 1
    sim "$vf0 reset=fail:EIO"
    fails EIO attr $vf0 reset 1
    sim "$vf0 reset=hang"
    attr $vf0 reset 1 &
    wait_for 3 "it hangs" log_has "*$vf0/reset 1 -> ..."
    # The others go on.
    attr 0000:42:10.2 reset 1
    sim "$vf0 reset=delay:50"
    wait $!
    equal "resets" "2 1" "$(resets $vf0) $(resets 0000:42:10.2)"
    attr $vf0 reset_method ''
    fails ENOTTY attr $vf0 reset 1
}

test_a_boot_takes_all_back() {
    attr $igb sriov_numvfs 2
    attr $vf0 reset 1
    echo $xe >"$pci/drivers/xe/unbind"
    sim "$igb numvfs_error=EIO"
    sim 'boot offset=1'
    equal "count" 0 "$(attr $igb sriov_numvfs)"
    equal "driver" xe "$(driver_of $xe)"
    attr $igb sriov_numvfs 2
    check "another address" test -e "$pci/devices/0000:42:00.1"
    equal "resets" 0 "$(resets $vf0)"
}

test_an_unplugged_gpu_is_gone() {
    attr $igb sriov_numvfs 2
    sim "$igb unplug"
    check "no PF" test ! -e "$pci/devices/$igb"
    check "no VF" test ! -e "$pci/devices/$vf0"
    sim "$igb plug"
    equal "driver" igb "$(driver_of $igb)"
}

test_gims_vfs_are_there_from_the_start() {
    equal "parameter" 2 "$(cat "$XLGPU_SYSFS/module/gim/parameters/vf_num")"
    equal "count" 2 "$(attr 0000:44:00.0 sriov_numvfs)"
    check "VF" test -e "$pci/devices/0000:44:00.2"
}

# ---- xe ----

admin() { attr $xe "sriov_admin/$1" "${@:2}"; }

test_xe_shares_out_what_was_not_given() {
    attr $xe sriov_numvfs 4
    share=$(admin vf1/profile/vram_quota)
    equal "all the same" "$share $share" "$(admin vf2/profile/vram_quota) $(admin vf4/profile/vram_quota)"
    equal "of 16 GiB but 128 MiB" $(((17179869184 - 134217728) / 4 / 2097152 * 2097152)) "$share"
    fails EBUSY admin vf1/profile/vram_quota 1073741824
    attr $xe sriov_numvfs 0
    equal "released" 0 "$(admin vf1/profile/vram_quota)"
}

test_xe_keeps_to_quotas_until_they_are_released() {
    admin vf1/profile/vram_quota 1000000000
    equal "rounded up" 1000341504 "$(admin vf1/profile/vram_quota)"
    fails ENOSPC admin vf2/profile/vram_quota 17179869184
    attr $xe sriov_numvfs 2
    equal "none for the others" 0 "$(admin vf2/profile/vram_quota)"
    attr $xe sriov_numvfs 0
    equal "released" 0 "$(admin vf1/profile/vram_quota)"
    admin .bulk_profile/vram_quota 209715200
    equal "for each" 209715200 "$(admin vf24/profile/vram_quota)"
}

test_xe_scheduling() {
    admin .bulk_profile/exec_quantum_ms 999999
    equal "clamped" "100000 100000" "$(admin pf/profile/exec_quantum_ms) $(admin vf3/profile/exec_quantum_ms)"
    admin vf3/profile/preempt_timeout_us 0x10
    equal "any base" 16 "$(admin vf3/profile/preempt_timeout_us)"
    fails EOPNOTSUPP admin vf1/profile/sched_priority normal
    admin .bulk_profile/sched_priority normal
    equal "priority" "low [normal]" "$(admin vf1/profile/sched_priority)"
    fails EINVAL admin .bulk_profile/sched_priority high
    admin pf/profile/sched_priority high
    equal "priority" "low normal [high]" "$(admin pf/profile/sched_priority)"
}

test_xe_debugfs_turns_the_automatic_off() {
    dri=$XLGPU_SYSFS/kernel/debug/dri/$xe
    echo 1073741824 >"$dri/sriov/vf1/tile0/vram_quota"
    equal "the older tree" 1073741824 "$(cat "$dri/gt0/vf1/lmem_quota")"
    attr $xe sriov_numvfs 1
    echo_restore() { echo 1 >"$dri/sriov/restore_auto_provisioning"; }
    fails EBUSY echo_restore
    attr $xe sriov_numvfs 0
    equal "not released" 1073741824 "$(admin vf1/profile/vram_quota)"
    echo_restore
    equal "released" 0 "$(admin vf1/profile/vram_quota)"
    check "the media GT has no memory" test ! -e "$dri/gt1/vf1/lmem_quota"
    check "but contexts" test -e "$dri/gt1/vf1/contexts_quota"
}

machine_xe_of_a_kernel_before_its_sysfs() {
    echo "gpu $xe id=8086:e211 driver=xe totalvfs=24 vram=17179869184 xe_sysfs=no debugfs_new=no"
}
test_xe_of_a_kernel_before_its_sysfs() {
    check "no sysfs" test ! -e "$pci/devices/$xe/sriov_admin"
    equal "debugfs" gt0 "$(ls "$XLGPU_SYSFS/kernel/debug/dri/$xe")"
}

# ---- i915 ----

test_i915_is_provisioned_by_hand_or_by_itself() {
    iov() { attr $i915 "drm/card2/prelim_iov/$1" "${@:2}"; }
    attr $i915 sriov_numvfs 2
    fails ESTALE iov pf/auto_provisioning 1
    attr $i915 sriov_numvfs 0
    equal "released" 0 "$(iov vf1/gt/lmem_quota)"

    iov vf1/gt/lmem_quota 1073741824
    equal "by hand now" 0 "$(iov pf/auto_provisioning)"
    fails ENODATA attr $i915 sriov_numvfs 1
    iov vf1/gt/ggtt_quota 1073741824
    iov vf1/gt/contexts_quota 1024
    iov vf1/gt/doorbells_quota 60
    attr $i915 sriov_numvfs 1
    attr $i915 sriov_numvfs 0
    equal "kept" 1073741824 "$(iov vf1/gt/lmem_quota)"
    fails ENODATA attr $i915 sriov_numvfs 2
    check "also by its card" test -e "$XLGPU_SYSFS/class/drm/card2/prelim_iov/vf31/gt/exec_quantum_ms"
}

# ---- Xen ----

device() { xenstore-read "/libxl/pci/0000-42-10-0/$1" 2>/dev/null; }

# plain NAME: a guest with the VF by pci=.
plain() {
    printf '%s\n' "name = \"$1\"" 'type = "hvm"' "pci = [ \"$vf0@6\" ]" >"$SIM_DIR/$1.cfg"
    xl create "$SIM_DIR/$1.cfg"
}

test_xl_gives_a_device_to_one_domain() {
    attr $igb sriov_numvfs 1
    refused 1 "*not assignable*" plain one
    check "nothing is left" no_domain one
    xl pci-assignable-add $vf0
    plain one
    equal "libxl's note" "$(xl domid one)" "$(device domid)"
    refused 1 "*not assignable*" plain two
    check "in use" eval "! xl pci-assignable-remove $vf0 2>/dev/null"
    xl destroy one
    check "the note is gone" eval '! device domid'
    xl pci-assignable-remove -r $vf0
    equal "its driver has it again" igbvf "$(driver_of $vf0)"
}

test_a_domain_reboots_with_its_device() {
    attr $igb sriov_numvfs 1
    xl pci-assignable-add $vf0
    plain one
    before=$(xl domid one)
    uuid=$(xenstore-read "/sim/domain/$before/uuid")
    xl reboot one
    wait_for 5 "a time without it" no_domain one
    wait_for 5 "it is back" is_built one
    check "another domid" test "$(xl domid one)" != "$before"
    equal "the same UUID" "$uuid" "$(xenstore-read "/sim/domain/$(xl domid one)/uuid")"
    equal "its device" "$(xl domid one)" "$(device domid)"
}

test_a_killed_xl_leaves_what_it_left() {
    attr $igb sriov_numvfs 1
    xl pci-assignable-add $vf0
    # Steps 4 and 5 are between libxl's note and its record of the device.
    for n in 1 2 3 4 5 6 7; do
        xl_killed_at "$n" plain "g$n"
        if ((n > 1)); then xl destroy "g$n"; fi
        equal "step $n: no domain" 2 "$(xl list | wc -l)"
        if ((n == 4 || n == 5)); then
            check "step $n: the note stays" device domid >/dev/null
            xenstore-rm /libxl/pci/0000-42-10-0/domid
        fi
    done
    SIM_KILL_AT=8 plain last
}

test_a_lock_lives_with_the_domain() {
    exec {lock}>"$SIM_DIR/lock"
    flock "$lock"
    attr $igb sriov_numvfs 1
    xl pci-assignable-add $vf0
    plain one
    exec {lock}>&-
    check "taken" eval '! flock -n "$SIM_DIR/lock" true'
    kill -9 "$(monitor one)"
    check "its device model has it too" eval '! flock -n "$SIM_DIR/lock" true'
    xl destroy one
    wait_for 5 "free" flock -n "$SIM_DIR/lock" true
}

machine_many_gpus_are_no_burden() {
    for ((n = 0; n < 64; n++)); do
        printf 'gpu 00%02x:01:00.0 id=8086:56c0 class=038000 driver=xe totalvfs=32 vfs=32 vram=17179869184\n' $n
    done
}
test_many_gpus_are_no_burden() {
    equal "devices" 2112 "$(ls "$pci/devices" | wc -l)"
    equal "vendors" 2112 "$(cat "$pci"/devices/*/vendor | grep -c 0x8086)"
}
