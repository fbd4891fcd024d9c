# shellcheck shell=bash
# kill -9 at every step of xl-gpu, on a real Xen: libxl-ext/step.h. Every
# command on simulated hardware: tests/sim/80-killed.sh.

# steps COMMAND…: how many it has.
faulty() { on "rm -f /tmp/steps; XLGPU_STEPS=/tmp/steps $*"; }
count_steps() { on 'wc -l </tmp/steps'; }

# Hardware, xenstore and disk say the same, and nothing is left over.
agrees() {
    equal "$1: states" "free free" "$(states)"
    equal "$1: changes" "" "$(records | grep changing || :)"
    equal "$1: guests in the records" "" "$(records | grep -E 'uuid|guest/' || :)"
    equal "$1: locks" "" "$(on ls /run/xl-gpu/held)"
    equal "$1: notes of libxl's" "" "$(on 'xenstore-ls -f /libxl/pci 2>/dev/null | grep domid' || :)"
}

test_create_is_killed_at_every_step() {
    local n i
    on xl gpu-partition $gpu 2 >/dev/null
    # Up to stock xl, which here does nothing.
    faulty XLGPU_STOCK_XL=/bin/true /root/xl-gpu-faults xl create /root/guest.cfg
    n=$(count_steps)
    check "it has steps, $n" test "$n" -gt 4
    for ((i = 1; i <= n; i++)); do
        faulty XLGPU_STOCK_XL=/bin/true XLGPU_KILL_AT=$i /root/xl-gpu-faults xl create /root/guest.cfg >/dev/null 2>&1 &&
            die "it was not killed at step $i"
        on xl gpu-recover >/dev/null
        agrees "create killed at step $i of $n"
    done
}
