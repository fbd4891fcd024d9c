# shellcheck shell=bash
# As 20-guest.sh: every way in which a guest ends takes a guest that boots.

# ends_by WHAT COMMAND…: the guest ends so, and its partition is free.
ends_by() {
    local what=$1
    shift
    boot
    equal "$what: held before" "held free free free" "$(states)"
    "$@" >/dev/null 2>&1 || :
    wait_for 60 "$what: the domain ends" no_domain
    wait_for 30 "$what: its partition is free" all_free
    equal "$what: no guest is in the records" "" "$(on 'xenstore-ls /local/domain/0/gpu/guest 2>/dev/null || :')"
}

test_every_end_of_a_guest_frees_its_partition() {
    on xl gpu-partition $gpu 4
    ends_by "xl destroy" on xl destroy guest
    ends_by "xl shutdown" on xl shutdown guest
    ends_by "poweroff inside" in_guest poweroff -f
    ends_by "a crash" in_guest "echo c >/proc/sysrq-trigger"
}
