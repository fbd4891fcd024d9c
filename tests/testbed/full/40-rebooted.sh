# shellcheck shell=bash
# As 40-hotplug.sh: a guest that was given its partition, and reboots.

test_an_attached_partition_survives_a_reboot() {
    on xl gpu-partition $gpu 2
    on "sed '/^gpu/d' /root/guest.cfg >/root/plain.cfg"
    on 'rm -f /root/guest.log; xl create /root/plain.cfg '"'passthrough=\"enabled\"'" >/dev/null 2>&1
    guest_boots
    on xl gpu-attach guest >/dev/null
    domid=$(on xl domid guest)
    seen=''

    on "rm -f /root/guest.log"
    (in_guest reboot -f || :) >/dev/null 2>&1
    for ((i = 0; i < 8; i++)); do
        seen+="$(states)
"
    done
    wait_for 120 "the guest is up again" guest_is_up
    [[ $(on xl domid guest) != "$domid" ]] || die "it did not reboot"
    equal "states during the reboot" "held free" "$(sort -u <<<"${seen%$'\n'}")"
    like "same slot" "*igbvf" "$(in_guest readlink /sys/bus/pci/devices/0000:00:1f.0/driver)"

    # Nobody has a lock for it, so its end shows by its absence alone.
    on xl destroy guest 2>/dev/null
    equal "it may be rebooting" "held free" "$(states)"
    wait_for 90 "its partition is free" all_free
}
