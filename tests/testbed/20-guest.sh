# shellcheck shell=bash
# A guest and its partition, from create to its end.

test_a_guest_boots_with_its_partition() {
    on xl gpu-partition $gpu 4
    boot
    # shellcheck disable=SC2016
    uuid=$(on 'basename $(xenstore-read /local/domain/$(xl domid guest)/vm)')

    equal "states" "held free free free" "$(states)"
    equal "the list names the holder" "$uuid" "$(field '.gpus[0].partitions[0].uuid')"
    equal "its name" guest "$(field '.gpus[0].partitions[0].name')"
    equal "held" 1 "$(field '.gpus[0].held')"

    # The guest's own driver runs on it, at the slot that was given.
    like "driver" "*igbvf" "$(in_guest readlink /sys/bus/pci/devices/0000:00:1e.0/driver)"
    has_traffic

    # The records are there, for dom0 alone.
    like "record" "*uuid = \"$uuid\"*" "$(records)"
    equal "nodes for others than dom0" 0 "$(records | grep -vc '(n0)$' || :)"
}

test_a_reboot_keeps_the_partition() {
    on xl gpu-partition $gpu 4
    # So that the first is not merely found again.
    on "xl create -p /root/guest.cfg 'name=\"first\"'" 2>/dev/null
    boot
    before=$(field '.gpus[0].partitions[1] | .bdf + " " + .uuid')
    reboots_with "held held free free"
    equal "same partition, same guest" "$before" "$(field '.gpus[0].partitions[1] | .bdf + " " + .uuid')"
}

test_a_partition_is_reset_before_it_is_free() {
    on xl gpu-partition $gpu 1
    on "xl create -p /root/guest.cfg" 2>/dev/null
    # libxl resets too, and does not look at the result: here it is what
    # settles the record that must.
    on 'xl destroy guest' 2>/dev/null
    wait_for 30 "qemu is gone" on '! pgrep -f "xen-domid [1-9]" >/dev/null'
    on 'strace -f -qq -e trace=openat -o /tmp/trace xl gpu-list' >/dev/null
    check "xl-gpu resets it" on "grep -q '01:10.0/reset' /tmp/trace"
    equal "states" free "$(states)"
}

test_a_failed_reset_quarantines() {
    on xl gpu-partition $gpu 2
    # A device without a way to be reset has no attribute "reset".
    on 'echo > /sys/bus/pci/devices/0000:01:10.0/reset_method'
    like "warned" "*0000:01:10.0: reset failed: *quarantined*" \
        "$(on 'xl create -p /root/guest.cfg' 2>&1)"
    equal "states" "quarantined held" "$(states)"
    refused 5 "xl-gpu: *no room*" "xl create -p /root/guest.cfg 'name=\"second\"'"
    on 'xl destroy guest'
    on 'echo default > /sys/bus/pci/devices/0000:01:10.0/reset_method'
    wait_for 30 "the other is free" eval '[[ $(states) == "quarantined free" ]]'
    # Partitioning anew ends the quarantine.
    on xl gpu-partition $gpu 4
    equal "states" "free free free free" "$(states)"
}

test_what_is_in_use_is_not_repartitioned() {
    on xl gpu-partition $gpu 4
    on 'xl create -p /root/guest.cfg' 2>/dev/null
    before=$(on xl gpu-list -l)
    refused 4 "xl-gpu: 0000:$gpu: partition 0 is held by guest; *" xl gpu-partition $gpu 2
    refused 4 "xl-gpu: 0000:$gpu: partition 0 is held by guest; *" xl gpu-partition -n $gpu 2
    refused 4 "xl-gpu: 0000:$gpu: partition 0 is held by guest; *" xl gpu-unpartition $gpu
    equal "nothing changed" "$before" "$(on xl gpu-list -l)"

    on xl destroy guest
    wait_for 30 "free" all_free
    on xl gpu-partition $gpu 2
    equal "states" "free free" "$(states)"
    on xl gpu-unpartition $gpu
    equal "count" 0 "$(field '.gpus[0].partition_count')"
}

test_the_fifth_guest_finds_no_room() {
    on xl gpu-partition $gpu 4
    for n in 1 2 3 4; do on "xl create -p /root/guest.cfg 'name=\"g$n\"'" 2>/dev/null; done
    equal "states" "held held held held" "$(states)"
    before=$(records)
    refused 5 "xl-gpu: g5: there is no room, no partition is free; *" \
        "xl create -p /root/guest.cfg 'name=\"g5\"'"
    equal "no record" "$before" "$(records)"
    check "no domain" no_domain g5
    equal "no lock" 4 "$(on 'ls /run/xl-gpu/held' | wc -l)"
}

test_a_guest_that_runs_is_not_created_twice() {
    on xl gpu-partition $gpu 4
    on 'xl create -p /root/guest.cfg' 2>/dev/null
    refused 4 "xl-gpu: /root/guest.cfg: domain guest (*) runs already; *" xl create -p /root/guest.cfg
    equal "states" "held free free free" "$(states)"
}

test_a_guest_of_plain_pci_is_respected() {
    on xl gpu-partition $gpu 2
    on "sed '/^gpu/d' /root/guest.cfg >/root/plain.cfg"
    on "xl create -p /root/plain.cfg 'name=\"plain\"' 'pci=[\"01:10.0\"]'" 2>/dev/null
    equal "states" "held free" "$(states)"
    equal "holder" plain "$(field '.gpus[0].partitions[0].name')"
    on 'xl create -p /root/guest.cfg' 2>/dev/null
    equal "the other one" guest "$(field '.gpus[0].partitions[1].name')"
    refused 4 "*partition 0 is held by plain*" xl gpu-unpartition $gpu
}

test_a_killed_create_leaves_no_reservation() {
    on xl gpu-partition $gpu 2
    # Stock xl is a process that waits, and is killed.
    on "printf '#!/bin/sh\nexec sleep 100\n' >/tmp/slow-xl; chmod +x /tmp/slow-xl"
    on 'XLGPU_STOCK_XL=/tmp/slow-xl xl create /root/guest.cfg >/dev/null 2>&1 & echo $! >/tmp/pid'
    wait_for 20 "reserved" eval '[[ $(states) == "reserved free" ]]'
    refused 4 "*partition 0 is reserved by *" xl gpu-unpartition $gpu
    on 'kill -9 $(cat /tmp/pid)'
    wait_for 10 "free" eval '[[ $(states) == "free free" ]]'
}
