# shellcheck shell=bash
# Migrations that come to nothing: the guest goes on as it was. Time-outs make each of these take minutes.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# shellcheck source=tests/testbed/moving.sh
. "$top/tests/testbed/moving.sh"

# The guest's new monitor is a process of gpu-migrate's: so it is its last word that tells.
ended() { wait_for 300 "gpu-migrate ends" on "grep -q 'not moved, and goes on here' /run/hold/log"; }

# Reboot and shutdown are seen to, though xl's own monitor of Xen 4.17 is gone after a suspend.
is_monitored() {
    local up
    up=$(seconds_up)
    on xl reboot guest
    wait_for 180 "it reboots" younger_than "$up"
    has_traffic
    on xl shutdown guest
    wait_for 120 "it is gone" no_domain
    equal "its partition is free" "free free free free" "$(states)"
}

test_a_guest_that_does_not_acknowledge_the_suspend_goes_on() {
    partition_both
    boot
    migrate_held after-first-round
    on xl pause guest
    on touch /run/hold/after-first-round.go
    ended
    like "why" "*xl-gpu: guest: *suspend*" "$(on cat /run/hold/log)"
    on xl unpause guest
    goes_on_here
    is_monitored
}

# It has taken the request, and is stopped before it has suspended until libxl has given up.
# shellcheck disable=SC2016 # the host's shell expands it
stop_when_it_acknowledges='id=$(xl domid guest); xl sched-credit -d guest -c 10; xl unpause guest
until [ -z "$(xenstore-read /local/domain/$id/control/shutdown)" ]; do sleep 0.1; done; xl pause guest'

test_a_guest_that_suspends_after_the_time_out_goes_on() {
    partition_both
    boot
    migrate_held after-first-round
    on xl pause guest
    on touch /run/hold/after-first-round.go
    # shellcheck disable=SC2016
    wait_for 60 "the suspend is asked for" on '[ "$(xenstore-read /local/domain/$(xl domid guest)/control/shutdown)" = suspend ]'
    on "$stop_when_it_acknowledges"
    sleep 65
    check "it has not suspended" on "xl list guest | grep -q -- '--p---'"
    on 'xl unpause guest; xl sched-credit -d guest -c 0'
    ended
    like "why" "*xl-gpu: guest: *suspend*" "$(on cat /run/hold/log)"
    goes_on_here
    is_monitored
}

# What is asked of it and not done can't be taken back: a guest that lets go later loses its device.
test_a_guest_that_keeps_its_device_stays_as_it_was() {
    partition_both
    boot 'gpu_migrate=["hotplug"]' \
        'cmdline="console=ttyS0 quiet xen_legacy_crash guest.ip=10.77.0.100/24 acpiphp.disable=1"'
    on "xl gpu-migrate guest host2 >/dev/null 2>/tmp/err" && die "it moved"
    like "why" "*xl-gpu: guest: it did not let go of 0000:01:1*" "$(on cat /tmp/err)"
    goes_on_here
}

test_a_target_that_reboots_leaves_the_guest_here() {
    partition_both
    boot
    migrate_held after-first-round
    "$top/scripts/testbed" reboot host2
    on touch /run/hold/after-first-round.go
    ended
    on host2 xl gpu-recover
    goes_on_here
}

test_a_source_that_is_cut_off_settles_at_its_boot() {
    partition_both
    boot
    migrate_held after-first-round
    like "states there" "* reserved *" " $(at host2 states) "
    "$top/scripts/testbed" power host1 off
    "$top/scripts/testbed" power host1 on
    wait_for 120 "boot service" on '[ "$(systemctl show -P ActiveState xl-gpu-recover)" = active ]'
    # That the source is gone, the target knows from a minute of silence alone.
    at host2 wait_for 90 "the target gives up" on '[ -z "$(ls /var/lib/xl-gpu/migration)" ]'
    no_journals
    equal "states here" "free free free free" "$(states)"
    equal "states there" "free free free free" "$(at host2 states)"
    boot
    has_traffic
}

test_a_guest_that_was_resumed_is_monitored() {
    partition_both
    boot
    migrate_held after-quiet
    on host2 "pkill -9 -f xl-gpu"
    on touch /run/hold/after-quiet.go
    ended
    on host2 xl gpu-recover
    goes_on_here
    is_monitored
}
