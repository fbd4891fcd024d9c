# shellcheck shell=bash
# Resets that fail or never end, and partitions that are not handed out.

gpu=0000:41:00.0

machine() { echo "gpu $gpu id=8086:10c9 class=038000 driver=igb totalvfs=7"; }

# The timeout of gpu.conf, small.
with_timeout() {
    export XLGPU_CONF=$SIM_DIR/gpu.conf
    echo 'reset_timeout = 1' >"$XLGPU_CONF"
}
reason() { xenstore-read "/local/domain/0/gpu/device/0000-41-00-0/partition/$1/reason"; }

test_a_reset_that_never_ends_does_not_hang_the_tool() {
    with_timeout
    xl gpu-partition $gpu 2 >/dev/null
    sim '0000:41:00.1 reset=hang'
    like "warning" "*warning: 0000:41:00.1: reset did not end within 1 s, so it is quarantined; *xl gpu-recover*" \
        "$(xl create "$(guest g)" 2>&1 >/dev/null)"
    equal "states" "quarantined held" "$(states)"
    # Whoever waits for the command's output gets it, and nothing keeps a lock.
    ok xl gpu-partition -n $gpu 2 >/dev/null
    xl destroy g
    ok xl gpu-list >/dev/null
    equal "states" "quarantined free" "$(states)"
}

test_a_partition_whose_holder_left_it_broken_is_quarantined() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest g)" >/dev/null
    sim '0000:41:00.1 reset=fail:EIO'
    xl destroy g
    like "warning" "*0000:41:00.1: reset failed: Input/output error, so it is quarantined*" \
        "$(xl gpu-list 2>&1 >/dev/null)"
    equal "reason" "reset failed: Input/output error" "$(reason 0)"
    equal "shown" "reset failed: Input/output error" "$(field '.gpus[0].partitions[0].reason')"
}

test_a_quarantined_partition_is_never_handed_out() {
    xl gpu-partition $gpu 1 >/dev/null
    sim '0000:41:00.1 reset=fail:EIO'
    refuse_all() {
        xl create "$(guest g)" >/dev/null 2>"$SIM_DIR/err" && die "it was handed out"
        like "message" "*xl-gpu: g: there is no room, no partition is free; *" "$(cat "$SIM_DIR/err")"
    }
    refuse_all
    # Although it would work by now.
    sim '0000:41:00.1 reset=ok'
    refuse_all
    equal "states" quarantined "$(states)"
}

test_recover_tries_it_again() {
    xl gpu-partition $gpu 1 >/dev/null
    sim '0000:41:00.1 reset=fail:EIO'
    xl create "$(guest g)" >/dev/null 2>&1 || :
    like "dry run" "0000:41:00.1: would try to reset it again" "$(xl gpu-recover -n)"
    equal "states" quarantined "$(states)"
    like "still broken" "*0000:41:00.1: reset failed: *, so it is quarantined*" "$(xl gpu-recover 2>&1)"
    equal "states" quarantined "$(states)"
    sim '0000:41:00.1 reset=ok'
    ok xl gpu-recover >/dev/null
    equal "states" free "$(states)"
    equal "again" "" "$(xl gpu-recover)"
}

test_a_driver_that_never_answers_does_not_hang_the_tool() {
    export XLGPU_NUMVFS_S=1
    sim "$gpu numvfs=hang"
    like "message" "*xl-gpu: $gpu: its driver did not answer within 1 s; see the kernel's log*" \
        "$(xl gpu-partition $gpu 2 2>&1)"
}

test_a_whole_gpu_whose_reset_fails_is_kept_from_everybody() {
    sim "$gpu reset=fail:EIO"
    xl create "$(guest w "gpu = [ \"passthrough,bdf=$gpu\" ]")" >/dev/null 2>&1 && die "it was handed out"
    refused 4 "*assigned as a whole to nobody, but it is quarantined; *" xl gpu-partition $gpu 2
    sim "$gpu reset=ok"
    ok xl gpu-recover >/dev/null
    ok xl gpu-partition $gpu 2 >/dev/null
}

test_what_is_broken_in_one_gpu_stops_no_other() {
    xl gpu-partition $gpu 3 >/dev/null
    sim '0000:41:00.1 reset=fail:EIO'
    sim '0000:41:00.3 reset=fail:EIO'
    xl create "$(guest a)" >/dev/null 2>&1
    equal "states" "quarantined held free" "$(states)"
    xl create "$(guest b)" >/dev/null 2>&1 && die "the third one is broken too"
    equal "states" "quarantined held quarantined" "$(states)"
}
