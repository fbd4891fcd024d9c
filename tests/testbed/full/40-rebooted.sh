# shellcheck shell=bash
# As 40-hotplug.sh: a guest that was given its partition, and reboots.

test_an_attached_partition_survives_a_reboot() {
    on xl gpu-partition $gpu 2
    on "sed '/^gpu/d' /root/guest.cfg >/root/plain.cfg"
    on 'rm -f /root/guest.log; xl create /root/plain.cfg '"'passthrough=\"enabled\"'" >/dev/null 2>&1
    guest_boots
    on xl gpu-attach guest >/dev/null
    reboots_with "held free"

    # Nobody has a lock for it, so its end shows by its absence alone.
    on xl destroy guest 2>/dev/null
    equal "it may be rebooting" "held free" "$(states)"
    wait_for 90 "its partition is free" all_free
}
