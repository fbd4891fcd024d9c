# shellcheck shell=bash
# As 60-killed.sh: the command that settles a guest's end. It takes a guest
# for each step, so that it is in test-all alone.

# shellcheck source=tests/testbed/60-killed.sh
. "$top/tests/testbed/60-killed.sh"

test_release_is_killed_at_every_step() {
    local n=99 i
    for ((i = 1; i <= n; i++)); do
        on xl gpu-partition $gpu 2 >/dev/null
        on xl create -p /root/guest.cfg >/dev/null 2>&1
        on xl destroy guest >/dev/null 2>&1
        wait_for 60 "its lock is free" on 'flock -n /run/xl-gpu/held/* true'
        if faulty XLGPU_KILL_AT=$i /root/xl-gpu-faults list >/dev/null 2>&1; then n=$i; fi
        on xl gpu-recover >/dev/null
        agrees "release killed at step $i"
    done
    check "it has steps, $n" test "$n" -gt 3
}
