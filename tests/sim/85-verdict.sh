# shellcheck shell=bash
# What xl gpu-migrate -n says before anything is moved. The target is this
# host by another way: it has the name and the UUID already, so that nothing
# ever moves, and all other checks are seen.

machine() {
    echo 'gpu 0000:41:00.0 id=8086:56c0 driver=xe totalvfs=4'
    echo 'gpu 0000:42:00.0 id=8086:56c0 driver=xe totalvfs=4 msix=16'
}

set_up() {
    export XLGPU_CONF=$SIM_DIR/gpu.conf
    echo "migrate_command = \"$SIM_DIR/transport\"" >"$XLGPU_CONF"
    there :
    ok xl gpu-partition 0000:41:00.0 2 >/dev/null
    ok xl gpu-partition 0000:42:00.0 2 >/dev/null
    ok xl create "$(guest g 'gpu_state = "guest"')" >/dev/null
    announce 1
}

# there LINE: the shell runs this first on the target.
there() {
    printf '%s\n' '#!/bin/bash' "$1" 'shift' 'exec "$@"' >"$SIM_DIR/transport"
    chmod +x "$SIM_DIR/transport"
}

announce() { xenstore-write "/local/domain/$(xl domid g)/control/feature-suspend" "$1"; }

# verdict STATUS JQ [OPTION…]: of xl gpu-migrate -n -j.
verdict() {
    local status=$1 query=$2 r=0
    shift 2
    xl gpu-migrate -n -j "$@" g h >"$SIM_DIR/verdict" || r=$?
    equal "exit status" "$status" "$r"
    jq -er "$query" "$SIM_DIR/verdict"
}

result() { echo ".checks[] | select(.check == \"$1\").result"; }
message() { echo ".checks[] | select(.check == \"$1\").message"; }

test_the_document_is_as_described() {
    equal "keys" "verdict tracker device_state checks reservation estimate changed" \
        "$(verdict 4 'keys_unsorted | join(" ")')"
    equal "of the estimate" "downtime_ms bytes basis" "$(verdict 4 '.estimate | keys_unsorted | join(" ")')"
    equal "of a check" "check result message remedy" "$(verdict 4 '.checks[0] | keys_unsorted | join(" ")')"
}

test_nothing_changes() {
    local before domains on_disk kept
    before=$(records) domains=$(xenstore-ls -p /sim) on_disk=$(files)
    for kept in layout.json guest held; do like "there is" "*/$kept*" "$on_disk"; done
    equal "the name is taken" fail "$(verdict 4 "$(result name)")"
    equal "so is the UUID" fail "$(verdict 4 "$(result uuid)")"
    equal "records" "$before" "$(records)"
    equal "domains" "$domains" "$(xenstore-ls -p /sim)"
    equal "files" "$on_disk" "$(files)"
}

test_partitions_that_are_alike_count() {
    like "of two GPUs one is alike" '*: 1' "$(verdict 4 "$(message partition)")"
    ok xl create "$(guest other 'gpu = [ "partition,model=flex170" ]')" >/dev/null
    equal "all are held, or of the other GPU" fail "$(verdict 5 "$(result partition)")"
}

test_another_shape_is_a_mismatch_that_says_what_differs() {
    there "echo '0000:41:00.0 bar2=512' >$XLGPU_SYSFS/sim/control; echo '0000:42:00.0 bar2=512' >$XLGPU_SYSFS/sim/control"
    like "BAR 2" '*: BAR 2 has 536870912 bytes there, 268435456 here' "$(verdict 6 "$(message partition)")"
}

test_a_target_without_an_iommu_can_not_have_it() {
    there 'export SIM_XEN_CAPS="hvm pv hap"'
    equal "IOMMU" fail "$(verdict 3 "$(result iommu)")"
}

test_an_older_xen_is_seen() {
    there 'export SIM_XEN_VERSION=4.16.3'
    equal "Xen" "Xen 4.16 there, 4.17 here" "$(verdict 4 "$(message xen)")"
    equal "what runs can't go on there" fail "$(verdict 4 "$(result target)" --mode=live)"
}

test_state_is_believed_of_a_guest_that_announced_suspend() {
    equal "announced" 0 "$(verdict 4 '[.checks[] | select(.check == "device_state")] | length')"
    announce 0
    like "not announced" '*has not announced*' "$(verdict 4 "$(message device_state)")"
}

test_a_partition_that_stock_xl_took_away_does_not_move() {
    ok xl pci-detach g "$(devices g)"
    refused 8 "xl-gpu: g: its partition was taken from it; *" xl gpu-migrate -n g h
}
