# shellcheck shell=bash
# Partitions of running guests.

test_a_partition_is_attached_and_detached() {
    on xl gpu-partition $gpu 4
    on "sed '/^gpu/d' /root/guest.cfg >/root/plain.cfg"
    on 'rm -f /root/guest.log; xl create /root/plain.cfg '"'passthrough=\"enabled\"'" >/dev/null 2>&1
    guest_boots

    like "dry run" "guest: would get 0000:01:10.0 in slot 1e" "$(on xl gpu-attach -n guest)"
    equal "states" "free free free free" "$(states)"

    like "attached" "guest: 0000:01:10.0 in slot 1e" "$(on xl gpu-attach guest)"
    equal "states" "held free free free" "$(states)"
    has_traffic
    refused 4 "xl-gpu: guest: it has a partition already; *" xl gpu-attach guest
    refused 4 "*partition 0 is held by guest*" xl gpu-unpartition $gpu

    like "detached" "guest: 0000:01:10.0 detached" "$(on xl gpu-detach guest)"
    equal "states" "free free free free" "$(states)"
    like "detached again" "guest: it has no partition, as before" "$(on xl gpu-detach guest)"
    check "the guest goes on" in_guest true
}

test_a_created_guest_can_swap_its_partition() {
    on xl gpu-partition $gpu 2
    boot
    on xl gpu-detach guest
    equal "states" "free free" "$(states)"
    on xl gpu-attach guest partition,vslot=8 >/dev/null
    equal "states" "held free" "$(states)"
    on xl destroy guest
    wait_for 30 "its partition is free" all_free
}

# QEMU 10.0.13 finds none while the guest's last slot has a device.
test_another_device_finds_a_slot_beside_it() {
    on xl gpu-partition $gpu 2
    on "xl pci-assignable-add $edu" 2>/dev/null
    boot
    on "xl pci-attach guest $edu" 2>/dev/null
    equal "its devices" 2 "$(on xl pci-list guest | grep -c :)"
    on "xl pci-detach guest $edu"
    has_traffic
}

test_a_guest_without_iommu_context_is_refused() {
    on xl gpu-partition $gpu 2
    on "sed '/^gpu/d' /root/guest.cfg >/root/plain.cfg"
    on xl create -p /root/plain.cfg >/dev/null 2>&1
    refused 3 "xl-gpu: guest: it was created without an IOMMU context; *" xl gpu-attach guest
    equal "states" "free free" "$(states)"
}
