# shellcheck shell=bash
# kill -9 at every step of every command that changes something: afterwards
# gpu-recover brings hardware, xenstore and disk to one view, and nothing is
# left over. The steps are those of libxl-ext/step.h.

gpu=0000:41:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=31 vf_device=56c0 vram=17179869184"
    echo "gpu 0000:42:00.0 id=8086:10c9 class=038000 driver=igb totalvfs=7"
}

# Hardware, xenstore and disk say the same, and what is held lives.
agrees() {
    local count list running
    count=$(attr $gpu sriov_numvfs)
    list=$(xl gpu-list -j | jq -c "[.gpus[].partitions[]]")
    running=$(xenstore-ls -f /sim/domain 2>/dev/null | sed -n 's|.*/uuid = "\(.*\)"|\1|p' | sort || :)
    equal "$1: desired and on" "$count" \
        "$(jq "[.gpus[] | select(.bdf == \"$gpu\") | .partition_count] | add // 0" "$XLGPU_STATE_DIR/layout.json" \
            2>/dev/null || echo 0)"
    equal "$1: recorded and on" "$count" \
        "$(xenstore-read /local/domain/0/gpu/device/0000-41-00-0/count 2>/dev/null || echo 0)"
    equal "$1: on pciback" "$count" "$(for ((i = 0; i < count; i++)); do
        driver_of "$(basename "$(readlink "$pci/devices/$gpu/virtfn$i")")"; done | grep -c pciback)"
    equal "$1: states" "" "$(jq -r '.[].state' <<<"$list" | grep -vE 'free|held' || :)"
    equal "$1: held by what does not run" "" \
        "$(jq -r '.[].uuid // empty' <<<"$list" | grep -vxF "${running:-none}" || :)"
    # A domain that stock xl left half-made keeps its partition until it is destroyed.
    [[ ${half_made-} ]] || equal "$1: held, and in guests" \
        "$(xenstore-ls -f /sim/domain 2>/dev/null | sed -n 's|.*/pci/.* = "\([^ ]*\).*|\1|p' | sort || :)" \
        "$(jq -r '.[] | select(.state == "held").bdf' <<<"$list" | sort)"
    equal "$1: locks of guests that are gone" "" \
        "$(find "$XLGPU_RUN_DIR/held" -type f -printf "%f\n" 2>/dev/null | grep -vxF "${running:-none}" || :)"
    equal "$1: left over on disk" "" "$(find "$XLGPU_STATE_DIR" -name 'layout.json.*' 2>/dev/null)"
    equal "$1: changes" "" "$(xenstore-ls -f /local/domain/0/gpu 2>/dev/null | grep changing || :)"
    equal "$1: memory" "$(jq "[.gpus[] | select(.bdf == \"$gpu\") | .memory // 8388608000] | add // 0" \
        "$XLGPU_STATE_DIR/layout.json" 2>/dev/null || echo 0)" "$(attr $gpu sriov_admin/vf1/profile/vram_quota)"
    equal "$1: autoprobe" "$((count == 0))" "$(attr $gpu sriov_drivers_autoprobe)"
}

# killed PREPARE COMMAND…: at each of its steps, each time after PREPARE.
killed() {
    local prepare=$1 steps=$SIM_DIR/steps n i
    shift
    with_fault_points
    $prepare
    rm -f "$steps"
    XLGPU_STEPS=$steps "$@" >/dev/null 2>&1
    n=$(wc -l <"$steps")
    check "$*: has steps, $n" test "$n" -gt 2
    for ((i = 1; i <= n; i++)); do
        $prepare
        rm -f "$steps"
        { XLGPU_STEPS=$steps XLGPU_KILL_AT=$i "$@" || :; } >/dev/null 2>&1
        equal "$*: steps before it was killed" "$i" "$(wc -l <"$steps")"
        xl gpu-recover >/dev/null 2>&1 || die "$*: gpu-recover after step $i: $(xl gpu-recover 2>&1)"
        agrees "$* killed at step $i ($(tail -n 1 "$steps"))"
    done
}

no_guests() {
    local id
    for id in $(xl list | awk 'NR > 1 && $2 > 0 { print $2 }'); do
        xl gpu-detach "$id" >/dev/null 2>&1 || :
        xl destroy "$id"
    done
}
whole() { no_guests && xl gpu-unpartition $gpu >/dev/null; }
partitioned() { no_guests && xl gpu-partition $gpu 2 >/dev/null; }
plain_guest() { partitioned && xl create "$(guest g 'passthrough = "enabled"' 'gpu = []')" >/dev/null; }
guest_with_one() { plain_guest && xl gpu-attach g >/dev/null; }

test_partition_is_killed_at_every_step() { killed whole xl gpu-partition $gpu 2; }
test_partition_with_resources_is_killed_at_every_step() {
    killed partitioned xl gpu-partition $gpu 4 memory=1024 exec_quantum_ms=7
}
test_unpartition_is_killed_at_every_step() { killed partitioned xl gpu-unpartition $gpu; }
test_create_is_killed_at_every_step() { killed partitioned xl create "$(guest g)"; }
test_attach_is_killed_at_every_step() { killed plain_guest xl gpu-attach g; }
test_detach_is_killed_at_every_step() { killed guest_with_one xl gpu-detach g; }
test_the_command_that_settles_a_guests_end_is_killed_at_every_step() {
    ended() { partitioned && xl create "$(guest g)" >/dev/null && xl destroy g; }
    killed ended xl gpu-list
}
test_recover_is_killed_at_every_step() {
    cut_off() {
        whole
        { XLGPU_KILL_AT=12 xl gpu-partition $gpu 2 || :; } >/dev/null 2>&1
    }
    killed cut_off xl gpu-recover
}

# What stock xl was doing, when it is killed there.
test_stock_xl_create_is_killed_at_every_step() {
    local i half_made=1
    for ((i = 1; i <= 30; i++)); do
        partitioned
        { SIM_KILL_AT=$i xl create "$(guest g)" && break; } >/dev/null 2>&1
        xl gpu-recover >/dev/null 2>&1 || die "gpu-recover after step $i: $(xl gpu-recover 2>&1)"
        agrees "stock xl create killed at step $i"
    done
    check "it was killed at some steps, and at last was not, $i" test "$i" -gt 3 -a "$i" -le 30
}
