# shellcheck shell=bash
# kill -9 of either side of a migration, on real Xen, at chosen steps (libxl-ext/step.h); at every step in simulation.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

copies() { on "$1" "xl list | awk '\$1 ~ /^guest/ { print \$1, \$5 }'"; }

# One copy runs, wherever; $here is that host then. It has its partition, and there is no other.
one_copy() {
    local all host other
    all="$(copies host1)$(copies host2)"
    like "$1: copies" "guest [rb-]*" "$all"
    equal "$1: how many" 1 "$(grep -c . <<<"$all")"
    [[ $all != *p* ]] || die "$1: it is paused"
    for host in host1 host2; do
        if [[ -n $(copies "$host") ]]; then here=$host; else other=$host; fi
    done
    equal "$1: held at $here" "1" "$(at "$here" states | tr ' ' '\n' | grep -c held)"
    equal "$1: free at $other" "free free free free" "$(at "$other" states)"
    for host in host1 host2; do
        equal "$1: journals of $host" "" "$(on "$host" "grep -lE 'open|go-' /var/lib/xl-gpu/migration/* 2>/dev/null || :")"
    done
    at "$here" has_traffic
}

settle() {
    local n
    for n in 1 2 3; do
        on "$1" xl gpu-recover && on "$2" xl gpu-recover && return
        sleep 5
    done
    die "gpu-recover fails"
}

there() { [[ $here == host1 ]] && echo host2 || echo host1; }

# Which side, and where; the guest moves to and fro.
kill_sender() {
    local to
    to=$(there)
    on "$here" "rm -f /tmp/steps; XLGPU_STEPS=/tmp/steps XLGPU_KILL_AT='$1' /root/xl-gpu-faults migrate $2 guest $to" \
        >/dev/null 2>&1 && die "it was not killed at \"$1\""
    like "it came to" "[0-9]* $1" "$(on "$here" tail -n 1 /tmp/steps)"
    sleep 3
}

kill_receiver() {
    local to
    to=$(there)
    on "$to" "rm -f /usr/sbin/xl-gpu /tmp/steps
        printf '#!/bin/sh\nXLGPU_STEPS=/tmp/steps XLGPU_KILL_AT=\"%s\" exec /root/xl-gpu-faults \"\$@\"\n' '$1' >/usr/sbin/xl-gpu; chmod +x /usr/sbin/xl-gpu"
    on "$here" "xl gpu-migrate $2 guest $to" >/dev/null 2>&1 || :
    on "$to" ln -sfn /usr/lib/xl-gpu/xl-gpu /usr/sbin/xl-gpu
    check "it came to \"$1\"" on "$to" "grep -q '$1' /tmp/steps"
    sleep 3
}

test_one_copy_whatever_is_killed() {
    here=host1
    on xl gpu-partition $gpu 4
    at host2 on xl gpu-partition $gpu 4
    boot
    local n=0 side step
    while IFS=: read -r -u 9 side step; do
        echo "    $side killed at \"$step\""
        kill_"$side" "$step" ""
        if ((n++ % 2)); then settle host1 host2; else settle host2 host1; fi
        one_copy "$side killed at \"$step\""
    done 9<<'STEPS'
sender:journal opened
sender:xl migrate started
sender:quiet noted
sender:ready heard
sender:GO-SENT
sender:GO sent
sender:xl migrate ended
sender:journal closed
receiver:reserved
receiver:xl migrate-receive started
receiver:ready
receiver:GO-TAKEN
receiver:GO passed on
receiver:report heard
receiver:started told
STEPS
}
