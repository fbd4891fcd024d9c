# shellcheck shell=bash
# What is lost when a host boots comes back.

layout=/var/lib/xl-gpu/layout.json

# No guest is started at boot, none is saved for it, and no GPU is desired.
clean_boot() {
    on "rm -rf /etc/xen/auto $layout; xl destroy guest; systemctl -q disable xendomains; systemctl stop xendomains
        rm -rf /var/lib/xen/save; systemctl reset-failed" 2>/dev/null || :
}

# since_boot UNIT PROPERTY: one of systemd's times, in microseconds.
since_boot() { on systemctl show --value -p "$2TimestampMonotonic" "$1"; }

# before FIRST SECOND THAN: both as "unit property".
before() {
    local first second
    # shellcheck disable=SC2086 # a unit and a property
    first=$(since_boot $1) second=$(since_boot $2)
    ((first > 0 && second > first)) || die "\"$1\" at $first us is not before \"$2\" at $second us"
}

# The driver of each partition.
# shellcheck disable=SC2016 # the host's shell expands it
drivers() { on 'for vf in /sys/bus/pci/devices/0000:01:00.0/virtfn*; do basename $(readlink -f $vf/driver); done' | xargs; }

test_a_host_that_boots_has_its_layout_before_its_guests() {
    clean_boot
    trap clean_boot EXIT
    on xl gpu-partition $gpu 4
    # One is desired of a GPU that was taken out.
    on "printf %s '{\"version\":1,\"gpus\":[{\"bdf\":\"0000:01:00.0\",\"partition_count\":4},
        {\"bdf\":\"0000:09:00.0\",\"partition_count\":2}]}' >$layout"
    on "mkdir -p /etc/xen/auto; cd /etc/xen/auto; ln -s /root/guest.cfg 2-guest
        sed -e '/^gpu/d' -e '/^name/d' /root/guest.cfg >1-lost
        printf '%s\n' 'name = \"lost\"' 'gpu = [ \"partition,gpu=09:00.0\" ]' >>1-lost
        rm -f /root/guest.log; systemctl -q enable xendomains 2>/dev/null"
    "$top/scripts/testbed" reboot host1

    before "xen ActiveEnter" "xl-gpu InactiveExit"
    before "xl-gpu ExecMainExit" "xendomains InactiveExit"

    # What can't be had is said, and stops nothing.
    equal "the unit" failed "$(on systemctl show --value -p ActiveState xl-gpu)"
    like "it says why" "*xl-gpu: 0000:09:00.0: *" "$(on journalctl -b -o cat -u xl-gpu)"
    equal "count" 4 "$(on xenstore-read /local/domain/0/gpu/device/0000-01-00-0/count)"
    equal "drivers" "pciback pciback pciback pciback" "$(drivers)"
    like "the desired layout stays" "*0000:09:00.0*" "$(on cat $layout)"

    equal "states" "held free free free" "$(states)"
    equal "holder" guest "$(field '.gpus[0].partitions[0].name')"
    check "the guest that finds no GPU" no_domain lost 2>/dev/null
    guest_boots
    has_traffic
}

test_the_init_script_does_the_same() {
    trap clean_boot EXIT
    local script='SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/xl-gpu'
    on xl gpu-partition $gpu 3
    on "cp $layout /tmp/layout.json; xl gpu-unpartition $gpu; cp /tmp/layout.json $layout"
    on "$script start" >/dev/null 2>&1
    equal "states" "free free free" "$(states)"
    check "again, with nothing to do" on "$script restart" >/dev/null 2>&1
    check "status" on "$script status" >/dev/null

    on "printf %s '{\"version\":1,\"gpus\":[{\"bdf\":\"0000:09:00.0\",\"partition_count\":2}]}' >$layout"
    check "a failure is its own" eval "! on '$script start' >/dev/null 2>&1"
    like "it says why" "*xl-gpu: 0000:09:00.0: *" "$(on "$script start" 2>&1 || :)"
}
