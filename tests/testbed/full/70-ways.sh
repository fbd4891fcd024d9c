# shellcheck shell=bash
# As 70-migrate.sh: the other ways in which a guest moves, a device that writes late, a full target, a hostile name.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# shellcheck source=tests/testbed/70-migrate.sh
. "$top/tests/testbed/70-migrate.sh"

# page_at_source GFN: its first bytes in the suspended guest, as the device model sees them.
page_at_source() { on "xl qemu-monitor-command guest 'xp /4wx $(($1 * 4096))'" | sed 's/^[^:]*: //'; }

# migrate_while_it_writes [VARIABLE=VALUE…]: the guest's kernel turns edu off when it suspends, as edu has no driver;
# this one goes on, and is told to write after the last pass. What the page held here then is in $before and $after.
migrate_while_it_writes() {
    migrate_held after-suspend,after-last-pass "$@"
    on setpci -s $edu COMMAND=6
    on touch /run/hold/after-suspend.go
    wait_for 120 "the last pass is over" on test -e /run/hold/after-last-pass.here
    before=$(page_at_source "${gfns[2]}")
    edu_dma "write:${gfns[2]}" || :
    after=$(page_at_source "${gfns[2]}")
    go_on after-last-pass
}

test_a_quiet_device_writes_nothing_that_is_lost() {
    partition_both
    boot_edu
    migrate_while_it_writes
    equal "the page here" "$before" "$after"
    check "is the page there" at host2 in_guest devpages is 2 7
}

# The test above can fail.
test_a_device_that_is_not_quiet_writes_what_is_lost() {
    partition_both
    boot_edu
    migrate_while_it_writes XLGPU_TEST_NOT_QUIET=1
    check "the page here changes" test "$before" != "$after"
    check "and the change is lost" at host2 in_guest devpages is 2 7
}

test_a_guest_moves_frozen() {
    partition_both
    boot
    in_guest pattern start 24 200
    up=$(seconds_up)
    like "it is suspended before the first page" "*suspended*round 1:*" "$(on "xl gpu-migrate --mode=freeze guest host2 2>&1")"
    has_moved
    check "it goes on" test "$(at host2 seconds_up)" -ge "$up"
    like "its memory" "6144 pages, 0 bad, *" "$(at host2 in_guest pattern verify)"
}

test_a_guest_moves_by_hot_plug() {
    partition_both
    boot 'gpu_migrate=["hotplug"]'
    in_guest pattern start 24 200
    uuid=$(uuid_of) up=$(seconds_up)
    on xl gpu-migrate guest host2
    has_moved
    equal "UUID" "$uuid" "$(at host2 uuid_of)"
    like "its memory" "6144 pages, 0 bad, *" "$(at host2 in_guest pattern verify)"
    check "it goes on" test "$(at host2 seconds_up)" -ge "$up"
}

# To none of xl, its receiver, ssh and the logs.
test_a_name_is_never_a_command() {
    # shellcheck disable=SC2016 # nobody shall expand it
    local name='-o b'\''c $(touch evil)`touch evil`;touch evil'
    partition_both
    on host1 "cat >/root/name" <<<"$name"
    on host2 "cat >/root/name" <<<"$name"
    # shellcheck disable=SC2016 # the host's shell expands it
    on 'rm -f /root/guest.log; xl create /root/guest.cfg "name=\"$(cat /root/name)\""' >/dev/null 2>&1
    guest_boots
    # shellcheck disable=SC2016
    on 'xl gpu-migrate -- "$(cat /root/name)" host2'
    # shellcheck disable=SC2016
    check "it has moved" on host2 'xl domid -- "$(cat /root/name)"'
    equal "what was run" "" "$(on host1 'find / -xdev -maxdepth 3 -name evil'; on host2 'find / -xdev -maxdepth 3 -name evil')"
}

test_a_full_target_leaves_the_guest_here() {
    on xl gpu-partition $gpu 2
    at host2 on xl gpu-partition $gpu 2
    occupy 2
    boot 'gpu_migrate=["restart"]'
    up=$(seconds_up)
    fails 5 xl gpu-migrate --allow-restart guest host2
    goes_on_here
    check "it was not stopped" test "$(seconds_up)" -ge "$up"
}
