# shellcheck shell=bash
# xl gpu-precheck, from the hardware and Xen to the exit status.

manual=$(dirname "${BASH_SOURCE[0]}")/../../docs/man/xl-gpu.8
xe=0000:41:00.0
vga=0000:00:02.0

machine() {
    cat <<END
gpu $xe id=8086:e212 class=038000 driver=xe totalvfs=12 vram=17179869184
device $vga id=1a03:2000 class=030000 driver=ast boot_vga=1
END
}

# results CHECK: those of all of that name, in order.
results() { precheck | jq -r --arg c "$1" '[.checks[] | select(.check == $c).result] | join(" ")'; }
messages() { precheck | jq -r --arg c "$1" '.checks[] | select(.check == $c).message'; }
# Its status is looked at where it matters.
precheck() { xl gpu-precheck -j || :; }

status_of() {
    local r=0
    "$@" >"$SIM_DIR/out" || r=$?
    echo "$r"
}

boot_messages() {
    printf '(XEN) %s\n' banner "$@" >"$SIM_DIR/console"
    export SIM_XEN_CONSOLE=$SIM_DIR/console
}

test_a_host_that_can_do_it_passes() {
    boot_messages "Interrupt remapping enabled"
    equal "status, text" 0 "$(status_of xl gpu-precheck)"
    check "text" grep -q '^xen  *pass  *this is dom0 of Xen 4\.17$' "$SIM_DIR/out"
    equal "status, JSON" 0 "$(status_of xl gpu-precheck -j)"
    equal "results" "pass pass pass pass pass pass pass" "$(for c in xen hvm iommu interrupt_remapping pciback \
        xenstore layout; do results $c; done | xargs)"
    equal "GPUs" "warn pass" "$(results sriov)"
    like "the GPU" "*$xe: its driver xe offers up to 12 partitions" "$(messages sriov)"
    equal "the VGA drives the console" "warn pass" "$(results console)"
}

test_an_xl_that_was_installed_over_the_wrapper_is_seen() {
    equal "the wrapper" pass "$(results wrapper)"
    rm "$XLGPU_WRAPPER"
    echo '#!/bin/sh' >"$XLGPU_WRAPPER"
    equal "another" warn "$(results wrapper)"
}

test_the_manual_describes_the_document() {
    equal "keys" "$(sed -n '/^.SS gpu-precheck -j/,/^.fi/s/^ *"\([a-z_]*\)":.*/\1/p' "$manual" |
        sort -u)" "$(precheck | jq -r '[paths[] | strings] | unique[]')"
    equal "remedies are null where passed, and only there" true \
        "$(precheck | jq '[.checks[] | (.remedy == null) == (.result == "pass")] | all')"
}

test_a_failed_check_is_status_3_in_text_and_json() {
    export SIM_XEN_CAPS="hvm pv hap shadow"
    equal "status, text" 3 "$(status_of xl gpu-precheck)"
    check "remedy" grep -q '^iommu  *fail .*; enable the IOMMU in the firmware' "$SIM_DIR/out"
    equal "status, JSON" 3 "$(status_of xl gpu-precheck -j)"
    equal "result" fail "$(results iommu)"
    equal "migration" warn "$(results migrate_iommu)"
    equal "verdict" "none: there is no IOMMU: no guest can have a partition" "$(messages migrate)"
}

test_an_old_xen_fails() {
    export SIM_XEN_VERSION=4.16.2
    equal "result" fail "$(results xen)"
}

test_where_xen_is_silent_the_rest_is_still_told() {
    export SIM_XEN_DOWN=1
    equal "status" 3 "$(status_of xl gpu-precheck -j 2>/dev/null)"
    equal "xen" fail "$(results xen 2>/dev/null)"
    equal "iommu" warn "$(results iommu 2>/dev/null)"
    equal "GPUs" "warn pass" "$(results sriov 2>/dev/null)"
}

test_what_xen_said_at_its_start_is_used() {
    equal "not known" "warn warn" "$(results interrupt_remapping) $(results migrate_iommu_dirty)"
    boot_messages "AMD-Vi: IOMMU Extended Features:" "- Host Dirty" "Interrupt remapping disabled"
    equal "known" "warn pass" "$(results interrupt_remapping) $(results migrate_iommu_dirty)"
    like "the log is another fact" "*does not include DMA" "$(messages migrate_hypervisor)"
    like "verdict" "at best live (tracker content)*" "$(messages migrate)"
}

test_a_driver_that_is_not_bound_fails() {
    echo $xe >"$pci/drivers/xe/unbind"
    equal "results" "fail fail" "$(results sriov)"
    like "message" "*$xe: no driver is bound to it" "$(messages sriov)"
}

machine_a_gpu_with_a_model_file_is_meant_to_work() {
    machine
    echo "gpu 0000:42:00.0 id=8086:e20b class=038000 driver=xe totalvfs=12"
}
test_a_gpu_with_a_model_file_is_meant_to_work() {
    for gpu in $xe 0000:42:00.0; do
        echo $gpu >"$pci/drivers/xe/unbind"
        equal "results" "$([[ $gpu == "$xe" ]] && echo warn fail pass || echo warn pass warn)" "$(results sriov)"
        echo $gpu >"$pci/drivers/xe/bind"
    done
}

machine_partitions_are_the_same_on_all_gpus() {
    machine
    echo "gpu 0000:42:00.0 id=8086:e212 class=038000 driver=xe totalvfs=12 vram=17179869184"
}
test_partitions_are_the_same_on_all_gpus() {
    equal "alike" pass "$(results homogeneous)"
    ok xl gpu-partition 42:00.0 2 >/dev/null
    equal "unlike" warn "$(results homogeneous)"
    equal "what" "0000:42:00.0: it is unlike $xe: partition count 2 and 0" "$(messages homogeneous)"
}

machine_nvidia_partitions_need_its_manager() {
    echo "gpu 0000:45:00.0 id=10de:2331 class=030200 driver=nvidia totalvfs=16"
}
test_nvidia_partitions_need_its_manager() {
    equal "mediator" warn "$(results mediator)"
    equal "status" 0 "$(status_of xl gpu-precheck)"
}

test_the_desired_layout_is_compared() {
    ok xl gpu-partition $xe 2 >/dev/null
    equal "there" pass "$(results layout)"
    sed -i 's/0000:41/0000:51/' "$XLGPU_STATE_DIR/layout.json"
    equal "result" warn "$(results layout)"
    like "message" "*0000:51:00.0" "$(messages layout)"
}

test_nothing_is_changed() {
    ok xl gpu-partition $xe 2 >/dev/null
    local before
    before=$(records)
    forget_log
    precheck >"$SIM_DIR/out"
    equal "writes" "" "$(log)"
    equal "records" "$before" "$(records)"
}
