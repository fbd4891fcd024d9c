# shellcheck shell=bash
# Two hosts, and what guests bring along for tests of migration.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# boot_edu: a guest with a partition and the edu device, which stays assignable.
boot_edu() {
    on "xl pci-assignable-add $edu" 2>/dev/null
    boot "pci=[\"$edu@1d\"]"
}

test_the_hosts_reach_each_other() {
    for pair in "host1 host2" "host2 host1"; do
        read -r from to <<<"$pair"
        equal "ssh by name" "$to" "$(on "$from" ssh "$to" hostname)"
        equal "xl there" 4 "$(on "$from" ssh "$to" xl info xen_major)"
    done
    equal "functions go there" host2 "$(at host2 on hostname)"
}

test_both_have_the_same_devices() {
    on xl gpu-partition $gpu 4
    at host2 on xl gpu-partition $gpu 4
    equal "devices" "$(on lspci -n)" "$(on host2 lspci -n)"
    equal "states" "free free free free" "$(at host2 states)"
}

test_a_guest_boots_on_either() {
    for host in host1 host2; do
        on xl gpu-partition $gpu 4
        boot
        has_traffic
        equal "states" "held free free free" "$(states)"
    done
}

test_the_pattern_finds_what_is_not_its_own() {
    on xl gpu-partition $gpu 4
    boot
    in_guest pattern start 16 1000
    before=$(in_guest pattern changes)
    sleep 2
    check "it changes" test "$(in_guest pattern changes)" -gt "$before"
    like "verify" "4096 pages, 0 bad, *" "$(in_guest pattern verify)"
    in_guest pattern pause
    in_guest pattern spoil 7
    like "a stale page" "bad: page 7 *4096 pages, 1 bad, *" "$(in_guest pattern verify | xargs || :)"
}

test_edu_writes_where_no_cpu_does() {
    on xl gpu-partition $gpu 4
    boot_edu
    in_guest devpages start 3
    mapfile -t gfns < <(in_guest devpages gfns)
    in_guest devpages fill 0 5
    edu_dma "read:${gfns[0]}" "write:${gfns[2]}"
    check "the page between is zero" in_guest devpages is 1 0
    check "the data arrived" in_guest devpages is 2 5
}
