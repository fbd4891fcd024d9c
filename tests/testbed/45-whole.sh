# shellcheck shell=bash
# A GPU assigned as a whole.

whole="gpu=[\"passthrough,bdf=$gpu\"]"
driver() { on "basename \$(readlink /sys/bus/pci/devices/0000:$gpu/driver)"; }

test_a_whole_gpu_goes_to_its_guest_and_back_to_its_driver() {
    boot "$whole"
    equal "the guest's device" "0x8086 0x10c9" "$(in_guest 'cd /sys/bus/pci/devices/0000:00:1e.0; cat vendor device' | xargs)"
    equal "driver" pciback "$(driver)"
    equal "state" "passthrough guest" "$(field '.gpus[0] | "\(.state) \(.name)"')"

    # Rule 3: whole or partitioned, and no change while it is in use.
    refused 4 "xl-gpu: 0000:$gpu: it is assigned as a whole to guest; *" xl gpu-partition $gpu 2
    refused 4 "*it is assigned as a whole to guest; *" "xl create -p /root/guest.cfg 'name=\"g2\"' '$whole'"

    on xl destroy guest
    wait_for 60 "it is igb's again" eval '[[ $(on xl gpu-list >/dev/null; driver) == igb ]]'
    on xl gpu-partition $gpu 2
    refused 4 "xl-gpu: 0000:$gpu: it has 2 partitions; *" "xl create -p /root/guest.cfg '$whole'"
}
