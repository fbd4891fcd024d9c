# shellcheck shell=bash
# Dirty bits alone are no dirty log: on hosts with IOMMU=amd-hd-some, where only one of two IOMMUs has them, and with
# IOMMU=amd-hd-stock, where the hypervisor does not know them.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# shellcheck source=tests/testbed/moving.sh
. "$top/tests/testbed/moving.sh"

case $IOMMU in
    amd-hd-some)
        node=some why="*the hypervisor's dirty log includes only some DMA*" refusal="Operation not supported" ;;
    amd-hd-stock)
        node='' why="*the hypervisor's dirty log does not include DMA*" refusal="Invalid argument" ;;
esac

test_the_hypervisor_s_word_is_what_counts() {
    equal "node" "$node" "$(on 'xenhypfs cat /iommu/log-dirty-dma 2>/dev/null' || :)"
    like "the console" "*Host Dirty*" "$(on xl dmesg)"
    partition_both
    boot
    equal "verdict" "live content guest" \
        "$(on xl gpu-migrate -n -j guest host2 | jq -r '"\(.verdict) \(.tracker) \(.device_state)"')"
    like "why" "$why" "$(on xl gpu-migrate -n -j guest host2 | jq -r '.checks[] | select(.check == "tracker").message')"
}

# dirty_log on|off
dirty_log() { on "/root/dirty-rounds \$(xl domid guest) 0 1 $1" 2>&1; }

# Not only xl-gpu: whoever asks it.
test_xen_itself_refuses_the_log() {
    partition_both
    on xl create -p /root/guest.cfg 2>/dev/null
    like "it is refused" "*log-dirty mode: $refusal" "$(dirty_log on || :)"
    on xl destroy guest
    on "xl pci-assignable-add $edu" 2>/dev/null
    on "xl create -p /root/guest.cfg 'gpu=[]' 'pci=[\"$edu\"]'" 2>/dev/null
    case $IOMMU in
        amd-hd-some) equal "where that device's IOMMU has them" "" "$(dirty_log on; dirty_log off)" ;;
        amd-hd-stock) like "for any device" "*log-dirty mode: $refusal" "$(dirty_log on || :)" ;;
    esac
}

test_a_guest_moves_by_content() {
    partition_both
    boot
    in_guest pattern start 24 200
    on xl gpu-migrate guest host2
    has_moved
    like "its memory" "6144 pages, 0 bad, *" "$(at host2 in_guest pattern verify)"
}
