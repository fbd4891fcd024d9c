# shellcheck shell=bash
# kill -9 of either side of a migration and of its save helper, and cut connections, on real Xen, at chosen steps
# (libxl-ext/step.h) and frames; at every one in simulation.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

copies() { on "$1" "xl list | awk '\$1 ~ /^guest/ { print \$1, \$5 }'"; }

# One copy runs, wherever; $here is that host then. It has its partition, and there is no other.
one_copy() {
    local all host other
    all=$(copies host1; copies host2)
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
    on "$here" "rm -f /tmp/steps; XLGPU_STEPS=/tmp/steps XLGPU_KILL_AT='$1' /root/xl-gpu-faults migrate guest $to" \
        >/dev/null 2>&1 && die "it was not killed at \"$1\""
    like "it came to" "[0-9]* $1" "$(on "$here" tail -n 1 /tmp/steps)"
    sleep 3
}

kill_receiver() {
    local to
    to=$(there)
    on "$to" "rm -f /usr/sbin/xl-gpu /tmp/steps
        printf '#!/bin/sh\nXLGPU_STEPS=/tmp/steps XLGPU_KILL_AT=\"%s\" exec /root/xl-gpu-faults \"\$@\"\n' '$1' >/usr/sbin/xl-gpu; chmod +x /usr/sbin/xl-gpu"
    on "$here" "xl gpu-migrate guest $to" >/dev/null 2>&1 || :
    on "$to" ln -sfn /usr/lib/xl-gpu/xl-gpu /usr/sbin/xl-gpu
    check "it came to \"$1\"" on "$to" "grep -q '$1' /tmp/steps"
    sleep 3
}

kill_helper() {
    on "$here" "rm -f /tmp/steps; XLGPU_SAVE_HELPER=/root/xl-gpu-save-helper-faults XLGPU_STEPS=/tmp/steps \
        XLGPU_KILL_AT='$1' xl gpu-migrate guest $(there)" >/dev/null 2>&1 && die "its helper was not killed at \"$1\""
    like "it came to" "[0-9]* $1" "$(on "$here" tail -n 1 /tmp/steps)"
    sleep 3
}

cut_connection() {
    on "$here" "echo 'migrate_command = \"/root/simcut ssh -o BatchMode=yes\"' >/root/cut.conf; echo '$1' >/root/cut
        XLGPU_CONF=/root/cut.conf SIM_CUT=/root/cut xl gpu-migrate guest $(there)" >/dev/null 2>&1 || :
    check "it was cut $1" on "$here" test ! -e /root/cut
    sleep 3
}

test_one_copy_whatever_is_killed() {
    here=host1
    on xl gpu-partition $gpu 4
    at host2 on xl gpu-partition $gpu 4
    boot
    local n=0 what step
    while IFS=: read -r -u 9 what step; do
        echo "    $what: $step"
        $what "$step"
        if ((n++ % 2)); then settle host1 host2; else settle host2 host1; fi
        one_copy "$what at \"$step\""
    done 9<<'STEPS'
kill_sender:journal opened
kill_sender:xl migrate started
kill_sender:quiet noted
kill_sender:ready heard
kill_sender:GO-SENT
kill_sender:GO sent
kill_sender:xl migrate ended
kill_sender:journal closed
kill_receiver:reserved
kill_receiver:xl migrate-receive started
kill_receiver:ready
kill_receiver:GO-TAKEN
kill_receiver:GO passed on
kill_receiver:report heard
kill_receiver:started told
kill_helper:suspended
kill_helper:sent
cut_connection:before ready
cut_connection:after ready
cut_connection:after go
cut_connection:before started
STEPS
}
