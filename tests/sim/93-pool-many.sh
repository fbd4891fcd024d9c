# shellcheck shell=bash
# A pool of 64 hosts, some of them dead. tests/bench/pool measures the time.

gpu=0000:41:00.0

machine() { echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=31"; }

# shellcheck source=tests/sim/pool.sh
. "$here/pool.sh"

# This host is the 64th.
set_up() {
    ok xl gpu-partition $gpu 4 >/dev/null
    make_pool 63
}

# pool_check STATUS: of xl gpu-pool-check -j, its document in $SIM_DIR/pool.json.
pool_check() {
    local r=0
    forget_starts
    POOL_TEST=$pool xl gpu-pool-check -j >"$SIM_DIR/pool.json" 2>"$SIM_DIR/err" || r=$?
    equal "exit status; $(cat "$SIM_DIR/err")" "$1" "$r"
    equal "on stderr" "" "$(cat "$SIM_DIR/err")"
}
rows() { jq -r "[.hosts[] | $1] | join(\" \")" "$SIM_DIR/pool.json"; }
of() { jq -r ".hosts[] | select(.host == \"$1\") | $2" "$SIM_DIR/pool.json"; }
counted() { jq -r '[.hosts[].verdict] | group_by(.) | map("\(.[0]) \(length)") | join(", ")' "$SIM_DIR/pool.json"; }

left() { grep -lsz "^POOL_TEST=$pool" /proc/[0-9]*/environ || :; }
none_left() { [[ ! $(left) ]]; }

test_all_are_asked_at_once() {
    pool_check 0
    equal "hosts" 64 "$(rows .host | wc -w)"
    equal "verdicts" "alike 64" "$(counted)"
    equal "in the order of gpu.conf, this one first" "${pool_hosts[*]}" "$(rows .host | cut -d ' ' -f 2-)"
    equal "what is run there, and no more" "host07 xl-gpu migrate-receive" "$(grep host07 "$pool/starts")"
    equal "each" 63 "$(sort -u "$pool/starts" | wc -l)"
    equal "once" 63 "$(wc -l <"$pool/starts")"
}

test_dead_ones_are_rows_and_do_not_add_up() {
    local began=$SECONDS
    echo 'pool_timeout = 6' >>"$XLGPU_CONF"
    dies host10 refuses
    dies host20 hangs
    dies host30 garbage
    dies host31 greets
    dies host40 alive
    dies host50 floods
    answers host05 '.gpus[0].count = 2 | .gpus[0].free = 2'
    pool_check 6
    # Three wait until the time is over: one after the other they would take 18 s and more.
    check "within the time of one, on a slow machine: $((SECONDS - began)) s" test $((SECONDS - began)) -lt 16
    equal "verdicts" "alike 57, error 1, no answer 6" "$(counted)"
    equal "asked" 63 "$(sort -u "$pool/starts" | wc -l)"
    equal "refuses" "ssh: connect to host host10 port 22: Connection refused" "$(of host10 '.checks[0].message')"
    equal "hangs" "it does not answer within 6 s" "$(of host20 '.checks[0].message')"
    equal "garbage" "it does not speak xl-gpu's protocol" "$(of host30 '.checks[0].message')"
    equal "greets" "it does not answer within 6 s" "$(of host31 '.checks[0].message')"
    equal "alive" "it does not answer within 6 s" "$(of host40 '.checks[0].message')"
    equal "floods" "it does not speak xl-gpu's protocol" "$(of host50 '.checks[0].message')"
    equal "the odd one" "partition_count fail $gpu: partition count 2, in the pool 4" \
        "$(of host05 '.checks[] | select(.result != "pass") | "\(.check) \(.result) \(.message)"')"
    wait_for 5 "none of them is left: $(left)" none_left
}

test_without_errors_the_status_says_that_one_did_not_answer() {
    dies host10 refuses
    pool_check 8
    like "text" "*host10           no answer*host11*host10           error   ssh: connect to host host10 *" \
        "$(forget_starts && xl gpu-pool-check || :)"
}

test_answers_that_can_not_be_read_are_said() {
    answers host10 '.gpus = 1'
    answers host11 '.gpus[0].model = "a\u001b[2J"'
    answers host12 '.identity = ""'
    frame 1 '{"protocol":"9"}' >"$pool/answer/host13"
    { frame 1 '{"protocol":"1"}' && frame 16 '{"status":"3","why":"libxl is not there","remedy":"boot Xen"}'; } \
        >"$pool/answer/host14"
    { frame 1 '{"protocol":"1"}' && frame 5 '{}'; } >"$pool/answer/host15"
    pool_check 1
    equal "verdicts" "alike 58, no answer 6" "$(counted)"
    like "no list" "its answer can't be read: \"gpus\"*" "$(of host10 '.checks[0].message')"
    like "a name" "its answer can't be read: \"model\"*" "$(of host11 '.checks[0].message')"
    like "identity" "its answer can't be read: \"identity\"*" "$(of host12 '.checks[0].message')"
    equal "another version" "it speaks protocol 9, this host 1" "$(of host13 '.checks[0].message')"
    equal "what it says itself" "libxl is not there; boot Xen" "$(of host14 '.checks[0] | "\(.message); \(.remedy)"')"
    like "something else" "it said reserved where it was not expected" "$(of host15 '.checks[0].message')"
}

test_two_names_of_one_host_are_one() {
    answers host10 '.identity = "of host09"'
    pool_check 0
    equal "hosts" 63 "$(rows .host | wc -w)"
    equal "the first stays" "host08 host09 host11" "$(rows .host | grep -o 'host08 host09 host11')"
}

test_the_few_are_said_to_differ() {
    answers host01 '.gpus[0].device = 1'
    answers host02 '.gpus[0].device = 1'
    pool_check 6
    equal "verdicts" "alike 62, error 2" "$(counted)"
    refused_when_forgotten 6 "xl-gpu: host01: $gpu: device 8086:0001, in the pool 8086:56c0; *" xl gpu-partition --pool 2
}
refused_when_forgotten() { forget_starts && refused "$@"; }
