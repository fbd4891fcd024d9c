# shellcheck shell=bash
# A whole GPU of those who don't know of xl-gpu. It waits a minute for a guest
# that might be rebooting, so that it is in test-all alone.

# shellcheck source=tests/testbed/45-whole.sh
. "$top/tests/testbed/45-whole.sh"

test_a_plain_pci_guest_keeps_the_whole_gpu() {
    on "xl pci-assignable-add $gpu" 2>/dev/null
    on "xl create -p /root/guest.cfg 'gpu=[]' 'pci=[\"$gpu\"]'" >/dev/null 2>&1
    refused 4 "xl-gpu: 0000:$gpu: it is assigned as a whole to guest; *" xl gpu-partition $gpu 2
    on xl destroy guest
    # What the administrator made assignable stays that, and is said.
    wait_for 60 "nobody has it" eval '[[ $(on xl list | wc -l) == 2 ]]'
    like "refused" "*as a whole*" "$(on "xl gpu-partition $gpu 2" 2>&1)"
    equal "driver" pciback "$(driver)"
    on "xl pci-assignable-remove -r $gpu" 2>/dev/null
    wait_for 90 "it can be partitioned" on "xl gpu-partition $gpu 2"
}
