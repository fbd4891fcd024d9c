# shellcheck shell=bash
# A pool of two hosts: what differs between them, and one count for both.
# shellcheck disable=SC2034 # of tests/sim/run
hosts=2

gpu=0000:41:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 subsystem=8086:4905 class=038000 driver=igb totalvfs=7 version=5.1 firmware=70"
}

# shellcheck source=tests/sim/moving.sh
. "$here/moving.sh"

set_up() {
    models host1 16384
    models host2 16384
    export XLGPU_MODELS=$SIM_DIR/models-host1
    echo 'pool = [ "host1", "host2" ]' >>"$XLGPU_CONF"
    ok both xl gpu-partition $gpu 2 >/dev/null
}

# models HOST MIB: all kinds of GPUs that are below are one model there, of that memory.
models() {
    local dir=$SIM_DIR/models-$1
    mkdir -p "$dir"
    printf '%s\n' 'model = "one"' 'match = [ "8086:56c0", "8086:56c1", "1002:56c0" ]' "memory = $2" >"$dir/sim.conf"
    echo "export XLGPU_MODELS='$dir'" >>"$SIM_HOSTS/$1"
}

# checked STATUS JQ: of xl gpu-pool-check -j.
checked() {
    local r=0
    xl gpu-pool-check -j >"$SIM_DIR/pool" || r=$?
    equal "exit status; $(jq -r "$differences" "$SIM_DIR/pool")" "$1" "$r"
    jq -er "$2" "$SIM_DIR/pool"
}

# All that is not passed: HOST CHECK RESULT MESSAGE.
differences='[.hosts[] | .host as $host | .checks[] | select(.result != "pass") |
    "\($host) \(.check) \(.result) \(.message)"] | join("\n")'

test_hosts_that_are_alike() {
    at host2 ok xl create "$(guest g)" >/dev/null
    equal "verdicts" "alike: host1 alike, host2 alike" \
        "$(checked 0 '"\(.verdict): " + ([.hosts[] | "\(.host) \(.verdict)"] | join(", "))')"
    equal "checks" "pass" "$(checked 0 '[.hosts[].checks[].result] | unique | join(" ")')"
    equal "room" "host1 one 8589934592 1 2 2 0 0, host2 one 8589934592 1 2 1 1 0" "$(checked 0 '[.hosts[] |
        .host as $host | .rooms[] | "\($host) \(.model) \(.memory) \(.gpus) \(.partition_count) \(.free) \(.held) \(.reserved)"] |
        join(", ")')"
    equal "guests" "host1:, host2: g" "$(checked 0 '[.hosts[] | .host + ":" + ([.gpus[].guests[] | " " + .] | add // "")] |
        join(", ")')"
    equal "changed" false "$(checked 0 '.changed | tostring')"
    like "text" "*host1*alike*one*8192*1*2*0*2*host2*alike*one*8192*1*2*1*1" "$(xl gpu-pool-check)"
    equal "lines" 3 "$(xl gpu-pool-check | wc -l)"
}

test_hosts_may_be_named_and_this_one_is_always_compared() {
    equal "hosts" 2 "$(xl gpu-pool-check -j host2 | jq '.hosts | length')"
    equal "each once" "host1 host2" \
        "$(xl gpu-pool-check -j host2 host1 host2 | jq -r '[.hosts[].host] | join(" ")')"
    sed -i '/^pool/d' "$XLGPU_CONF"
    ok xl gpu-pool-check host2 >/dev/null
    refused 2 "xl-gpu: pool: gpu.conf names no hosts of it; *" xl gpu-pool-check
    refused 2 "xl-gpu: pool: gpu.conf names no hosts of it; *" xl gpu-partition --pool 4
    refused 2 "xl-gpu: a b: it is not a host's name; *" xl gpu-pool-check 'a b'
    refused 2 "xl-gpu: -oProxyCommand=x: it is not a host's name; *" xl gpu-pool-check -- -oProxyCommand=x
}

# ---- What differs ----

# differs CONTROL-LINE 'CHECK MESSAGE': an error; nothing else differs. Neither a count for all nor a migration is
# allowed.
differs() {
    at host2 sim "$gpu $1"
    mixed "$2"
}
mixed() {
    equal "$1" "host2 ${1%% *} fail $gpu: ${1#* }" "$(checked 6 "$differences")"
    like "the line" "*host2            error   $gpu: ${1#* }; *" "$(xl gpu-pool-check || :)"
    forget_log
    refused 6 "xl-gpu: host2: $gpu: ${1#* }; xl gpu-pool-check has all that differs; nothing was changed" \
        xl gpu-partition --pool 4
    equal "writes" "" "$(log)"
    does_not_move
}
does_not_move() {
    [[ -e $SIM_DIR/g.cfg ]] || boot g
    stays g failed 6 xl gpu-migrate g host2
    like "why" "*no partition there is like the guest's: *" "$(cat "$SIM_DIR/out")"
}

test_rule_5_another_vendor_is_an_error() {
    differs id=1002:56c0 "vendor device 1002:56c0, in the pool 8086:56c0"
}

test_rule_5_another_device_is_an_error() {
    differs id=8086:56c1 "device device 8086:56c1, in the pool 8086:56c0"
}

test_rule_5_another_subsystem_is_an_error() {
    differs subsystem=8086:4906 "subsystem subsystem 8086:4906, in the pool 8086:4905"
}

test_rule_5_other_memory_is_an_error() {
    models host2 8192
    mixed "memory memory 8192 MiB, in the pool 16384 MiB"
}

# The one error that a count for all mends.
test_rule_5_another_count_is_an_error() {
    at host2 ok xl gpu-partition $gpu 4 >/dev/null
    equal "difference" "host2 partition_count fail $gpu: partition count 4, in the pool 2" \
        "$(checked 6 "$differences")"
    does_not_move
    xl destroy g
    wait_for 10 "the guest's end" all_free
    ok xl gpu-partition --pool 4 >/dev/null
    equal "verdict" alike "$(checked 0 .verdict)"
}

test_rule_5_another_count_is_an_error_where_no_memory_is_known() {
    sed -i /memory/d "$SIM_DIR"/models-host?/sim.conf
    at host2 ok xl gpu-partition $gpu 4 >/dev/null
    does_not_move
    like "why" "*the partition count of its GPU is 4 there, 2 here*" "$(cat "$SIM_DIR/out")"
}

# warns CONTROL-LINE 'CHECK MESSAGE': and nothing is refused for it.
warns() {
    at host2 sim "$gpu $1"
    equal "$2" "host2 ${2%% *} warn $gpu: ${2#* }" "$(checked 0 "$differences")"
    equal "verdicts" "warning alike warning" "$(checked 0 '[.verdict, .hosts[].verdict] | join(" ")')"
    like "the line" "*host2            warning $gpu: ${2#* }; *" "$(xl gpu-pool-check)"
    boot g
    move g host2
    runs_at host2 g
    at host2 xl destroy g
    at host2 wait_for 10 "the guest's end" all_free
    ok xl gpu-partition --pool 4 >/dev/null
}

test_rule_5_another_driver_version_is_a_warning() {
    warns version=5.2 "driver_version driver version 5.2, in the pool 5.1"
}

test_rule_5_other_firmware_is_a_warning() {
    warns firmware=71 "firmware firmware 71, in the pool 70"
}

test_a_driver_of_the_kernels_own_has_its_version() {
    both sim "$gpu version="
    equal "verdict" alike "$(checked 0 .verdict)"
    equal "version" "Linux $(uname -r)" "$(checked 0 '.hosts[0].gpus[0].driver_version')"
}

test_a_host_without_a_gpu_is_said() {
    at host2 xl gpu-unpartition $gpu >/dev/null
    at host2 sim "$gpu unplug"
    equal "difference" "host2 gpus fail no GPU there can be partitioned" "$(checked 6 "$differences")"
    refused 6 "xl-gpu: host2: no GPU there can be partitioned; *" xl gpu-partition --pool 4
}

test_a_host_that_does_not_answer_is_a_row() {
    sed -i 's/^pool.*/pool = [ "host1", "nowhere", "host2" ]/' "$XLGPU_CONF"
    equal "hosts" "host1 alike, nowhere no answer, host2 alike" \
        "$(checked 8 '[.hosts[] | "\(.host) \(.verdict)"] | join(", ")')"
    equal "the check" "nowhere answer fail" "$(checked 8 "$differences" | sed 's/ [^ ]*at: .*//')"
    refused 8 "xl-gpu: nowhere: *" xl gpu-partition --pool 4
    equal "counts" "2 2" "$(counts)"
}

# ---- One count for all ----

# On both hosts: of partitions, and as desired.
counts() { both attr $gpu sriov_numvfs | xargs; }
desired() { both desired_here | xargs; }
desired_here() { xl gpu-layout -j | jq '.gpus[0].desired_count'; }
unchanged() {
    equal "counts" "2 2" "$(counts)"
    equal "desired" "2 2" "$(desired)"
    equal "states" "free free free free" "$(both states | xargs)"
    equal "layouts" "as desired as desired" "$(both eval 'xl gpu-layout -j | jq -r ".gpus[0].state"' | xargs)"
}

test_all_hosts_get_the_count() {
    equal "says so" "host1: $gpu: 4 partitions, before 2 host2: $gpu: 4 partitions, before 2" \
        "$(xl gpu-partition --pool 4 | xargs)"
    equal "counts" "4 4" "$(counts)"
    equal "desired" "4 4" "$(desired)"
    equal "states" "free free free free free free free free" "$(both states | xargs)"
    both forget_log
    equal "again" "host1: $gpu: 4 partitions, as before host2: $gpu: 4 partitions, as before" \
        "$(xl gpu-partition --pool 4 | xargs)"
    equal "writes" "" "$(both log)"
    ok both xl create "$(guest g)" >/dev/null
}

test_a_dry_run_changes_nothing() {
    both forget_log
    equal "says what" "host1: $gpu: would have 4 partitions, before 2 host2: $gpu: would have 4 partitions, before 2" \
        "$(xl gpu-partition --pool -n 4 | xargs)"
    equal "writes" "" "$(both log)"
    unchanged
}

test_none_is_changed_when_one_can_not() {
    at host2 ok xl create "$(guest g)" >/dev/null
    both forget_log
    refused 4 "xl-gpu: host2: $gpu: partition 0 is held by g; *" xl gpu-partition --pool 4
    refused 4 "xl-gpu: host2: $gpu: partition 0 is held by g; *" xl gpu-partition --pool -n 4
    at host2 xl destroy g
    at host2 wait_for 10 "the guest's end" all_free
    refused_by_both 3 "8 partitions is not a valid count" 8
    refused_by_both 3 "its driver igb can't set what a partition gets" 4 memory=1024
    equal "writes" "" "$(both log | grep -v /reset || :)"
    unchanged
}
refused_by_both() {
    failed "$1" xl gpu-partition --pool "${@:3}"
    equal "$2" "xl-gpu: host1: $gpu: $2 xl-gpu: host2: $gpu: $2" "$(sed 's/;.*//' "$SIM_DIR/out" | paste -sd ' ')"
}

test_a_failure_half_way_is_undone() {
    at host2 sim "$gpu enable_at_most=3"
    forget_log
    refused 1 "xl-gpu: host2: $gpu: asked for 4 partitions, the driver enabled 3; *" xl gpu-partition --pool 4
    log_has "*sriov_numvfs 4 -> ok" "*sriov_numvfs 0 -> ok" "*sriov_numvfs 2 -> ok"
    at host2 sim "$gpu enable_at_most=-1"
    unchanged
    ok xl gpu-partition --pool 4 >/dev/null
}

test_what_was_desired_is_put_back_too() {
    at host2 ok xl gpu-unpartition $gpu >/dev/null
    both eval 'rm "$XLGPU_STATE_DIR/layout.json"'
    at host2 sim "$gpu enable_at_most=1"
    failed 1 xl gpu-partition --pool 4
    equal "counts" "2 0" "$(counts)"
    equal "desired" "0 0" "$(desired)"
}

# killed STEP: gpu-partition --pool is, there.
killed() {
    local status=0
    with_fault_points
    { XLGPU_KILL_AT=$1 xl gpu-partition --pool 4 & wait $! || status=$?; } 2>/dev/null
    equal "status" 137 "$status"
    wait_for 20 "the layouts are free again" both layout_is_free
}

layout_is_free() { flock -n "$XLGPU_RUN_DIR/layout" true; }

test_one_that_is_killed_once_it_is_planned_has_changed_nothing() {
    both forget_log
    killed 'pool planned'
    equal "writes" "" "$(both log)"
    unchanged
}

test_one_that_is_killed_once_it_is_set_is_undone_by_the_hosts() {
    killed 'pool set'
    unchanged
}

# What another host runs there next is this.
test_a_host_that_is_lost_half_way_is_said_and_the_others_are_as_before() {
    both with_fault_points
    echo "export XLGPU_KILL_AT='pool layout set here'" >"$SIM_HOSTS/host2.also"
    refused 1 "xl-gpu: host2: *" xl gpu-partition --pool 4
    equal "count" 2 "$(attr $gpu sriov_numvfs)"
    equal "it has changed" 4 "$(at host2 attr $gpu sriov_numvfs)"
    checked 6 "$differences" >/dev/null
    ok xl gpu-partition --pool 4 >/dev/null
    equal "counts" "4 4" "$(counts)"
}

# document STATUS: of gpu-partition --pool -j 4, which fails: each host's GPUs and why it failed there, and "changed".
document() {
    local r=0
    xl gpu-partition --pool -j 4 >"$SIM_DIR/out" 2>"$SIM_DIR/err" || r=$?
    equal "status; $(cat "$SIM_DIR/err")" "$1" "$r"
    check "it is said too" grep -q '^xl-gpu: host2: ' "$SIM_DIR/err"
    jq -r '([.hosts[] | .host, (.gpus[] | .before, .partition_count, .changed), .reason] | map(tostring) | join(" ")) +
        " | \(.changed)"' "$SIM_DIR/out"
}

test_the_document_of_a_failure_says_which_hosts_were_changed() {
    at host2 ok xl create "$(guest g)" >/dev/null
    equal "planned" "host1 2 2 false null host2 $gpu: partition 0 is held by g | false" "$(document 4)"
    at host2 xl destroy g
    at host2 wait_for 10 "the guest's end" all_free
    at host2 sim "$gpu enable_at_most=3"
    like "undone" "host1 2 2 false null host2 2 2 false $gpu: asked for 4 partitions, * | false" "$(document 1)"
    unchanged
    at host2 sim "$gpu enable_at_most=-1"
    both with_fault_points
    echo "export XLGPU_KILL_AT='pool layout set here'" >"$SIM_HOSTS/host2.also"
    like "lost" "host1 2 2 false null host2 2 null true * | true" "$(document 1)"
}

# Its second GPU can't have the count, and by then its first one can't be given back its own.
second=0000:51:00.0
machine_a_host_that_can_not_go_back_is_not_said_to_be_as_before() { machine; machine | sed "s/$gpu/$second/"; }
test_a_host_that_can_not_go_back_is_not_said_to_be_as_before() {
    both xl gpu-partition $second 2 >/dev/null
    at host2 sim "$second enable_at_most=3"
    at host2 sim "$second numvfs=delay:2000"
    { wait_for 20 "the first one is set" eval '(($(at host2 attr $gpu sriov_numvfs) == 4))'
        at host2 sim "$gpu numvfs=fail:EIO*20"; } &
    like "left" "host1 2 2 false 2 2 false null host2 2 null true 2 null true *; xl gpu-recover there | true" "$(document 1)"
    wait
}

test_a_host_is_evacuated_to_its_pool() {
    boot g
    equal "to" "g live host2" "$(xl gpu-evacuate -j | jq -r '.guests[] | "\(.name) \(.verdict) \(.host)"')"
    runs_at host2 g
    sed -i '/^pool/d' "$XLGPU_CONF"
    refused 2 "xl-gpu: pool: gpu.conf names no hosts of it; *" xl gpu-evacuate
}

# ---- "changed" ----

changed() { jq -r '.changed | tostring'; }

test_json_says_whether_anything_was_changed() {
    equal "would" true "$(xl gpu-partition --pool -n -j 4 | changed)"
    equal "pool" true "$(xl gpu-partition --pool -j 4 | changed)"
    equal "pool, again" false "$(xl gpu-partition --pool -j 4 | changed)"
    equal "each" "host1 $gpu 4 4 false, host2 $gpu 4 4 false" "$(xl gpu-partition --pool -j 4 |
        jq -r '[.hosts[] | "\(.host) \(.gpus[] | "\(.bdf) \(.before) \(.partition_count) \(.changed)")"] | join(", ")')"
    boot g
    equal "migrate -n" true "$(xl gpu-migrate -n -j g host2 | changed)"
    equal "migrate" true "$(xl gpu-migrate -j g host2 | changed)"
    equal "migrate, again" false "$(xl gpu-migrate -j g host2 | changed)"
    like "in words" "g: it runs at host2 already" "$(xl gpu-migrate g host2)"
    equal "evacuate" false "$(xl gpu-evacuate -j host2 | changed)"
    equal "evacuate there" true "$(at host2 xl gpu-evacuate -j host1 | changed)"
    at host2 xl gpu-recover --forget=g >/dev/null || die "not forgotten"
    equal "forget, again" false "$(at host2 xl gpu-recover -j --forget=g | changed)"
}

# ---- The manual ----

manual=$here/../../docs/man/xl-gpu.8
described() { sed -n "/^\.SS $1/,/^\.fi/p" "$manual" | sed -n 's/^ *"\([a-z_]*\)":.*/\1/p' | sort -u; }
keys() { jq -r 'paths | map(select(type == "string")) | last' | sort -u; }

test_the_documents_are_as_described() {
    equal "gpu-pool-check" "$(described 'gpu-pool-check -j')" "$(xl gpu-pool-check -j | keys)"
    equal "gpu-partition --pool" "$(described 'gpu-partition --pool -j')" "$(xl gpu-partition --pool -j 4 | keys)"
    boot g
    # Its checks are described with gpu-precheck's.
    equal "gpu-migrate" "$({ described 'gpu-migrate -j'; described 'gpu-precheck -j'; } | sort -u)" \
        "$(xl gpu-migrate -n -j g host2 | keys)"
    equal "gpu-evacuate" "$(described 'gpu-evacuate -j')" "$(xl gpu-evacuate -n -j host2 | keys)"
}
