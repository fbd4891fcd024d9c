# shellcheck shell=bash
# Guests that move between two hosts.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# shellcheck source=tests/testbed/moving.sh
. "$top/tests/testbed/moving.sh"

test_a_guest_moves_live() {
    partition_both
    occupy 1
    boot
    in_guest pattern start 24 200
    uuid=$(uuid_of) slot=$(slot_of) up=$(seconds_up) vf=$(vf_of)
    equal "verdict" "live content guest" \
        "$(on xl gpu-migrate -n -j guest host2 | jq -r '"\(.verdict) \(.tracker) \(.device_state)"')"
    said=$(on xl gpu-migrate guest host2)
    like "the pause in its parts" \
        "*: pause: *, target_dm [0-9]* us, target_devices [0-9]* us, vf [0-9]* us, *, unpause [0-9]* us, *" "$said"
    has_moved
    equal "held there" "held held free free" "$(at host2 states)"
    equal "UUID" "$uuid" "$(at host2 uuid_of)"
    equal "slot" "$slot" "$(at host2 slot_of)"
    check "it has another VF" test "$(at host2 vf_of)" != "$vf"
    check "it goes on" test "$(at host2 seconds_up)" -ge "$up"
    like "its memory" "6144 pages, 0 bad, *" "$(at host2 in_guest pattern verify)"
    fails 4 xl create /root/guest.cfg
    at host2 on xl destroy guest
    at host2 wait_for 60 "its partition is free there" has_states "held free free free"
    boot
}

# boot_edu: with the edu device, which host2 has at the same place. Page 0 has data that the device fetches, and writes
# later to page 2.
boot_edu() {
    on "xl pci-assignable-add $edu" 2>/dev/null
    on host2 "xl pci-assignable-add $edu" 2>/dev/null
    boot "pci=[\"$edu@1d\"]"
    in_guest devpages start 3
    mapfile -t gfns < <(in_guest devpages gfns)
    in_guest devpages fill 0 5
    in_guest devpages fill 2 7
    edu_dma "read:${gfns[0]}"
}

test_pages_that_only_a_device_wrote_move() {
    partition_both
    boot_edu
    migrate_held after-first-round
    edu_dma "write:${gfns[2]}"
    go_on after-first-round
    check "what the device wrote has come" at host2 in_guest devpages is 2 5
}

# The test above can fail.
test_a_tracker_that_is_blind_to_them_loses_them() {
    partition_both
    boot_edu
    migrate_held after-first-round "XLGPU_TEST_BLIND_GFNS=${gfns[2]}-${gfns[2]}"
    edu_dma "write:${gfns[2]}"
    go_on after-first-round
    check "the old page has come" at host2 in_guest devpages is 2 7
}

test_a_guest_restarts_there() {
    partition_both
    boot 'gpu_migrate=["restart"]'
    uuid=$(uuid_of)
    fails 7 xl gpu-migrate guest host2
    goes_on_here
    on host2 rm -f /root/guest.log
    on xl gpu-migrate --allow-restart guest host2
    equal "UUID" "$uuid" "$(at host2 uuid_of)"
    at host2 guest_boots
    has_moved
}
