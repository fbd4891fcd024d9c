# shellcheck shell=bash
# The hypervisor's dirty log has what devices write: on hosts with IOMMU=amd-hd.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# shellcheck source=tests/testbed/moving.sh
. "$top/tests/testbed/moving.sh"

# What of the guest's memory its kernel leaves alone: so it is known where it is. The device and its CPU write to it,
# each to a part of its own, and both to the middle.
first=0x4000 pages=0x3000 device=0x4000:0x2000 cpu="0x5000 0x2000"
# Of the device's writes, in a second.
rate=400

log=$(mktemp)
trap 'rm -f "$log"' EXIT

boot_written() {
    partition_both
    on "xl pci-assignable-add $edu" 2>/dev/null
    on host2 "xl pci-assignable-add $edu" 2>/dev/null
    boot "pci=[\"$edu@1d\"]" memory=128 \
        'cmdline="console=ttyS0 quiet xen_legacy_crash guest.ip=10.77.0.100/24 mem=64M"'
    in_guest scribble start "$cpu" 200
}

# goes_wrong WHAT…: of the hypervisor's patch for tests, tests/testbed/hypervisor; nothing does any more without it.
goes_wrong() { on "xl set-parameters iommu-dirty-test=$*"; }

# rounds SECONDS: of the log, while both write.
rounds() {
    local status=0
    edu_dma "run:$device:$rate:$RANDOM"
    said=$(on "/root/dirty-rounds \$(xl domid guest) $first $pages $1 /root/edu-dma $edu stop") || status=$?
    echo "      $said"
    ((status <= 1)) || die "the rounds do not end"
    written=$(edu_dma log | sed -n 's/^written //p')
    return "$status"
}

# dirty_log on|off|state
dirty_log() { on "/root/dirty-rounds \$(xl domid guest) $first $pages $1"; }

test_the_four_facts() {
    equal "node" all "$(on xenhypfs cat /iommu/log-dirty-dma)"
    equal "checks" "pass pass pass" "$(on xl gpu-precheck -j | jq -r '[.checks[] |
        select(.check == ("migrate_iommu", "migrate_iommu_dirty", "migrate_hypervisor")).result] | join(" ")')"
    boot_written
    equal "verdict" "live iommu guest" \
        "$(on xl gpu-migrate -n -j guest host2 | jq -r '"\(.verdict) \(.tracker) \(.device_state)"')"
}

# Reported is what was written; and each page twice, as part of a large IO page that is not yet split.
test_nothing_is_missed() {
    local seconds=${ROUNDS_SECONDS:-60} reported by_cpu
    boot_written
    rounds "$seconds" || die "pages were missed"
    # A machine that is ten times too slow will do.
    check "the device wrote" test "$written" -ge $((seconds * rate / 10))
    like "none stays dirty" "* 0 missed, 0 stay dirty" "$said"
    reported=$(sed -n 's/.* \([0-9]*\) reported.*/\1/p' <<<"$said")
    by_cpu=$(in_guest scribble writes)
    check "few pages are reported: $reported, of $written and $by_cpu writes" \
        test "$reported" -le $((written + by_cpu + 2 * pages))
}

# PEEK gathers what devices wrote as CLEAN does, and leaves it in the log; nothing of before is in a log that was just
# turned on, be the page a large one or one of those that it was split into.
test_what_each_operation_reports() {
    local wrote="0x4000 0x4a00 0x5fff"
    boot_written
    equal "reported" "large, off and on:
discarded:
peek: $wrote
peek: $wrote
clean: $wrote
clean:
off and on:" "$(on "/root/dirty-rounds \$(xl domid guest) $first $pages operations \
        /root/edu-dma $edu ${wrote//0x/write:0x}")"
}

# Xen splits a large IO page when one page of it is exchanged: what the device wrote beside it is reported, as all of it.
updated() { on "/root/dirty-rounds \$(xl domid guest) $first $pages update 0x4001 /root/edu-dma $edu write:0x4000"; }

test_an_update_of_the_tables_loses_nothing() {
    boot_written
    like "reported" "clean: 0x4000 0x4001 *... 512" "$(updated)"
}

test_a_split_that_loses_bits_is_noticed() {
    boot_written
    goes_wrong lose-split
    like "reported" "clean: 0x4001" "$(updated)"
    goes_wrong
}

# physical ADDRESS: 8 bytes there of host1's memory, or registers, as its QEMU has them.
physical() {
    python3 - "$(<"$top/build/testbed/run/sockets")/host1.qmp" "$1" <<'PYTHON'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile("rw")
f.readline()
def ask(command, **arguments):
    json.dump({"execute": command, "arguments": arguments}, f)
    f.flush()
    for line in f:
        answer = json.loads(line)
        if "return" in answer:
            return answer["return"]
        if "error" in answer:
            sys.exit(line)
ask("qmp_capabilities")
print(ask("human-monitor-command", **{"command-line": "xp /1gx " + sys.argv[2]}).split()[1])
PYTHON
}

# What the IOMMU is to record of edu's accesses, in its device table entry: 3 is all, 0 nothing. The IOMMU's first
# register says where the table is.
recorded() {
    local table=$(($(physical 0xfed80000) & 0xffffffffff000))
    echo $(($(physical $((table + 0x80 * 32))) >> 7 & 3))
}

# gathered: "4K LARGER" for each time that the log was read since this was last asked: how many IO pages there were.
gathered() {
    on xl dmesg -c | sed -n 's/.*: gathered [0-9]* of \([0-9]*\) 4k, [0-9]* of \([0-9]*\) larger pages.*/\1 \2/p'
}

# a_pass WHICH: of those in $log; sets small and large.
a_pass() { read -r small large < <(sed -n "$1p" "$log"); }

test_turning_it_off_restores_everything() {
    local was_small was_large
    boot_written
    equal "recorded before" 0 "$(recorded)"
    dirty_log on
    equal "recorded while it is on" 3 "$(recorded)"
    dirty_log off
    equal "recorded after" 0 "$(recorded)"

    goes_wrong time
    gathered >/dev/null
    rounds 10 || die "pages were missed"
    gathered >"$log"
    a_pass 1
    was_small=$small was_large=$large
    a_pass '$'
    check "large IO pages are split: $was_large, then $large" test "$large" -lt "$was_large"
    check "into small ones: $was_small, then $small" test "$small" -gt "$was_small"
    rounds 1 || die "pages were missed"
    gathered >"$log"
    goes_wrong
    a_pass 1
    check "they are large again: $was_large, then $large" test "$large" -ge "$was_large"
    check "none is left: $was_small, then $small" test "$small" -le "$was_small"
}

# Xen refuses it; that it is for this reason, its error says.
test_no_device_comes_while_it_is_on() {
    partition_both
    on "xl pci-assignable-add $edu" 2>/dev/null
    boot memory=128
    dirty_log on
    on "xl pci-attach guest $edu" 2>"$log" && die "it came"
    like "why" "*xc_assign_device failed: Invalid cross-device link*" "$(<"$log")"
    equal "its devices" 1 "$(on xl pci-list guest | grep -c :)"
    dirty_log off
}

test_preempted_at_every_step_nothing_is_missed() {
    boot_written
    goes_wrong preempt
    rounds 30 || die "pages were missed"
    goes_wrong
}

# Each of these makes the test above fail.
test_a_missing_flush_is_noticed() { is_noticed no-flush; }
test_bits_that_are_not_cleared_are_noticed() { is_noticed no-clear; }
test_clearing_after_copying_is_noticed() { is_noticed late-clear; }
test_ignored_small_pages_are_noticed() { is_noticed ignore-4k; }
test_ignored_large_pages_are_noticed() { is_noticed ignore-2m; }
test_a_log_without_the_device_is_noticed() { is_noticed no-gather; }

is_noticed() {
    boot_written
    goes_wrong "$1"
    if rounds 20; then
        goes_wrong
        die "it was not noticed"
    fi
    goes_wrong
}

# A page that could not be noted is one that would be missed.
test_a_log_without_memory_can_t_be_read() {
    local status=0
    boot_written
    edu_dma "run:$device:$rate:$RANDOM"
    goes_wrong no-memory
    on "/root/dirty-rounds \$(xl domid guest) $first $pages 60" >"$log" 2>&1 || status=$?
    goes_wrong
    edu_dma stop
    like "why" "*dirty-rounds: reading the log: Cannot allocate memory" "$(<"$log")"
    equal "exit status" 2 "$status"
    dirty_log off
    # With memory again, and the log off in between, it can.
    rounds 10 || die "pages were missed"
}

# The device writes until the migration makes it quiet; what it wrote last is known to it.
test_a_guest_moves_live_while_a_device_writes() {
    boot_written
    in_guest pattern start 16 200
    edu_dma "run:$device:400:7"
    equal "the tracker" iommu "$(on xl gpu-migrate -j guest host2 | jq -r .tracker)"
    has_moved
    like "its memory" "4096 pages, 0 bad, *" "$(at host2 in_guest pattern verify)"
    # It is quiet, and its registers answer again.
    on "setpci -s $edu COMMAND=2; /root/edu-dma $edu stop log" >"$log"
    check "the device wrote" test "$(sed -n 's/^written //p' "$log")" -ge 1000
    # Where no CPU has written since.
    check "what it wrote is there" on host2 "/root/dirty-rounds \$(xl domid guest) $first 0x1000 check" <"$log"
}

# Nobody is left who would turn it off: the save helper is stopped first, so that it does not see gpu-migrate end.
test_a_log_that_was_left_on_is_turned_off() {
    boot_written
    migrate_held after-first-round
    on "pkill -STOP -f '[x]l-gpu-save-helper'; pkill -9 -f '[x]l-gpu migrate'; pkill -9 -f '[x]l-gpu-save-helper'; :"
    wait_for 30 "they end" on "! pgrep -f '[x]l-gpu migrate|[x]l-gpu-save-helper'"
    equal "the log" on "$(dirty_log state)"
    wait_for 120 "gpu-recover is through" on xl gpu-recover
    equal "the log" off "$(dirty_log state)"
    wait_for 120 "and there" on host2 xl gpu-recover
    goes_on_here
    rounds 5 || die "pages were missed"
}
