# shellcheck shell=bash
# Guests that move between two hosts.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

partition_both() {
    on xl gpu-partition $gpu 4
    at host2 on xl gpu-partition $gpu 4
}

# Not the first partition there, so that it is another VF after the move.
occupy() { at host2 on "xl create /root/guest.cfg 'name=\"other\"' 'serial=\"null\"' 'memory=64'" >/dev/null 2>&1; }

uuid_of() { on xl vm-list | sed -n 's/^\([-0-9a-f]*\) .* guest$/\1/p'; }
slot_of() { on "xl pci-list guest" | sed -n '2s/ .*//p'; }
seconds_up() { in_guest cat /proc/uptime | sed 's/\..*//'; }

test_a_guest_moves_live() {
    partition_both
    occupy
    boot
    uuid=$(uuid_of) slot=$(slot_of) up=$(seconds_up)
    on xl gpu-migrate guest host2
    check "gone here" no_domain
    equal "free here" "free free free free" "$(states)"
    equal "held there" "held held free free" "$(at host2 states)"
    equal "UUID" "$uuid" "$(at host2 uuid_of)"
    equal "slot" "$slot" "$(at host2 slot_of)"
    check "it goes on" test "$(at host2 seconds_up)" -ge "$up"
    at host2 has_traffic
}
