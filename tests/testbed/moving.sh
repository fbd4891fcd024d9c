# shellcheck shell=bash
# What tests of guests that move between two hosts are written in.

partition_both() {
    on xl gpu-partition $gpu 4
    at host2 on xl gpu-partition $gpu 4
}

# occupy N: that many partitions of host2 are held, so that a guest gets another VF than it had.
occupy() {
    local n
    for ((n = 1; n <= $1; n++)); do
        at host2 on "xl create /root/guest.cfg 'name=\"other$n\"' 'serial=\"null\"' 'memory=64'" >/dev/null 2>&1
    done
}

uuid_of() { on xl vm-list | sed -n 's/^\([-0-9a-f]*\) .* guest$/\1/p'; }

slot_of() { on "xl pci-list guest" | sed -n '2s/ .*//p'; }

vf_of() { field '.gpus[0].partitions[] | select(.name == "guest").bdf'; }

seconds_up() { in_guest cat /proc/uptime | sed 's/\..*//'; }

# guests HOST: every domain there that is one, or is left of one.
guests() { on "$1" xl list | sed -n 's/^\(guest[^ ]*\) .*/\1/p' | xargs; }

# has_moved: one copy, at host2, with a partition; nothing is left of the move.
has_moved() {
    equal "here" "" "$(guests host1)"
    equal "there" guest "$(guests host2)"
    equal "free here" "free free free free" "$(states)"
    at host2 has_traffic
    no_journals
}

# goes_on_here: the domain that was booted is the one copy, at host1, with its partition; nothing is left of the move.
goes_on_here() {
    equal "domid" "$booted" "$(on xl domid guest)"
    equal "held here" 1 "$(states | grep -o held | wc -l)"
    equal "here" guest "$(guests host1)"
    check "not there" no_guest_there
    has_traffic
    no_journals
}

no_guest_there() {
    local there
    there=$(guests host2) && [[ ! $there ]]
}

no_journals() {
    local host
    for host in host1 host2; do
        equal "journals of $host" "" "$(on "$host" 'ls /var/lib/xl-gpu/migration 2>/dev/null')"
    done
}

# fails STATUS COMMAND…
fails() {
    local status=0
    on "${@:2}" || status=$?
    equal "exit status" "$1" "$status"
}

# migrate_held POINT [VARIABLE=VALUE…]: gpu-migrate in a build for tests, which waits at the point of its save helper.
migrate_held() {
    local point=$1
    shift
    on "rm -rf /run/hold; mkdir /run/hold; $(printf '%s ' "$@") XLGPU_TEST_HOLD=$point XLGPU_TEST_HOLD_DIR=/run/hold \
        XLGPU_SAVE_HELPER=/root/xl-gpu-save-helper-faults setsid xl gpu-migrate guest host2 >/run/hold/log 2>&1 </dev/null &"
    wait_for 180 "the move comes to $point" on test -e "/run/hold/${point%%,*}.here"
}

go_on() {
    on touch "/run/hold/$1.go"
    wait_for 180 "the guest has moved" no_domain
    at host2 wait_for 60 "it runs there" on xl domid guest
}

younger_than() { (($(seconds_up) < $1)); }

has_states() { [[ $(states) == "$1" ]]; }
