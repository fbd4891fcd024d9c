# shellcheck shell=bash
# Many commands at the same time. Rule 7: no partition is handed to two
# guests, and none is lost. tests/campaign does the rounds of this file again
# and again.

gpu=0000:41:00.0 other=0000:51:00.0

machine() {
    echo "gpu $gpu id=8086:10c9 class=038000 driver=igb totalvfs=31"
    echo "gpu $other id=8086:10c9 class=038000 driver=igb totalvfs=32"
}

# A guest's simulated monitor and device model ask xenstored all the time
# whether it lives; those of 64 guests leave no time for others. Here one
# process that waits for the domain's end has the guest's descriptors instead.
quiet_guests() {
    export SIM_XL=$XLGPU_STOCK_XL XLGPU_STOCK_XL=$SIM_DIR/bin/stock-xl
    cat >"$XLGPU_STOCK_XL" <<'END'
#!/bin/bash
"$SIM_XL" "$@" || exit
name=${2##*/}
domain=/sim/domain/$("$SIM_XL" domid "${name%.cfg}")
xenstore-watch -n 2 "$domain/uuid" </dev/null >/dev/null 2>&1 &
# shellcheck disable=SC2046
kill -KILL $(xenstore-read "$domain/monitor" "$domain/dm")
END
    chmod 755 "$XLGPU_STOCK_XL"
    trap 'xenstore-rm /sim/domain 2>/dev/null' EXIT
}

partitions() {
    quiet_guests
    xl gpu-partition $gpu 31 >/dev/null
    xl gpu-partition $other 32 >/dev/null
}

# g N M: names from gN to gM.
names() { seq -f "$1%g" "$2" "$3"; }

# Guests that run, without a partition, and can be given one. Nobody has
# their locks: they were created without gpu=.
plain_guests() {
    local name domain nodes=()
    for name; do
        domain=/sim/domain/$((1000 + ${#nodes[@]}))
        nodes+=("$domain/name" "$name" "$domain/type" hvm "$domain/passthrough" enabled "$domain/memory" 96
            "$domain/vcpus" 1 "$domain/ready" 1 "$domain/uuid" "$(</proc/sys/kernel/random/uuid)")
    done
    xenstore-write "${nodes[@]}"
}

# As those that were created with gpu=, and have given their partition back;
# this shell has their locks, until drop_locks.
take_locks() {
    local uuid lock
    locks=()
    mkdir -p "$XLGPU_RUN_DIR/held"
    for uuid in $(xenstore-ls -f /sim/domain | sed -n 's|.*/uuid = "\(.*\)"|\1|p'); do
        exec {lock}>>"$XLGPU_RUN_DIR/held/$uuid"
        flock "$lock"
        locks+=("$lock")
    done
}
drop_locks() {
    local lock
    for lock in "${locks[@]}"; do exec {lock}>&-; done
}

# Command lines for together().
creates() {
    local name
    for name; do echo "xl create $(guest "$name")"; done
}
attaches() { printf 'xl gpu-attach %s\n' "$@"; }
detaches() { printf 'xl gpu-detach %s\n' "$@"; }
destroys() { printf 'xl destroy %s\n' "$@"; }

# together: the command lines of stdin, all at once: those of xl-gpu wait for
# the layout's lock until the last one has come so far. "2 of 0, 1 of 5" in
# $statuses then says how they ended, $SIM_DIR/said what they said.
together() {
    local line words lock pid r pids=() binary=${XLGPU_BIN-$build/xl-gpu}
    mkdir -p "$XLGPU_RUN_DIR" "$SIM_DIR/each"
    exec {lock}>>"$XLGPU_RUN_DIR/layout"
    flock "$lock"
    while read -r line; do
        read -ra words <<<"$line"
        "${words[@]}" </dev/null >/dev/null 2>"$SIM_DIR/each/${#pids[@]}" {lock}>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        until [[ /proc/$pid/exe -ef $binary || ! -e /proc/$pid/exe ]]; do sleep 0.02; done
    done
    exec {lock}>&-
    statuses=
    for pid in "${pids[@]}"; do
        r=0
        wait "$pid" || r=$?
        statuses+=$r$'\n'
    done
    statuses=$(sort -n <<<"${statuses%$'\n'}" | uniq -c | awk '{ printf "%s%d of %d", n++ ? ", " : "", $1, $2 }')
    cat "$SIM_DIR"/each/* >"$SIM_DIR/said"
    rm -rf "$SIM_DIR/each"
}

# "BDF UUID" of each device that a guest has, by simulated libxl's word.
in_guests() {
    xenstore-ls -f /sim/domain 2>/dev/null | awk -F'"' '
        { split($1, node, "/") }
        $1 ~ /\/uuid *= $/ { uuid[node[4]] = $2 }
        $1 ~ /\/pci\/[0-9]+ *= $/ { split($2, value, " "); bdf[++n] = value[1]; of[n] = node[4] }
        END { for (i = 1; i <= n; i++) print bdf[i], uuid[of[i]] }' | sort
}

# Of 64: one was told that there is no room, each other has one of its own.
all_but_one_have_one() {
    local list
    equal "statuses" "63 of 0, 1 of 5" "$statuses"
    equal "messages" 1 "$(wc -l <"$SIM_DIR/said")"
    like "message" "xl-gpu: *: there is no room, no partition is free; *" "$(cat "$SIM_DIR/said")"
    list=$(field '[.gpus[].partitions[]] | tojson')
    equal "states" held "$(jq -r '[.[].state] | unique | join(" ")' <<<"$list")"
    equal "partitions, and guests that have one" "63 63" \
        "$(jq -r '"\([.[].bdf] | unique | length) \([.[].uuid] | unique | length)"' <<<"$list")"
    equal "who has what, by libxl and by the records" "$(in_guests)" \
        "$(jq -r '.[] | "\(.bdf) \(.uuid)"' <<<"$list" | sort)"
}

all_are_free() { [[ $(field '[.gpus[].partitions[].state] | "\(unique | join(" ")) \(length)"') == "free 63" ]]; }
# None is lost, and nobody has left anything.
all_are_free_again() {
    wait_for 60 "all partitions are free" all_are_free
    equal "devices of guests" "" "$(in_guests)"
    equal "guests in the records" "" "$(xenstore-list /local/domain/0/gpu/guest 2>/dev/null)"
    equal "notes of libxl" "" "$(xenstore-ls -f /libxl/pci 2>/dev/null | grep domid || :)"
}

# ---- 64 at once, on 63 free partitions ----

round_of_creates() {
    # shellcheck disable=SC2046
    set -- $(names g 1 64)
    together < <(creates "$@")
    all_but_one_have_one
    together < <(destroys "$@")
    equal "statuses of destroy" "63 of 0, 1 of 1" "$statuses"
    all_are_free_again
}

round_of_attaches() {
    # shellcheck disable=SC2046
    set -- $(names p 1 64)
    plain_guests "$@"
    take_locks
    together < <(attaches "$@")
    all_but_one_have_one
    together < <(destroys "$@")
    equal "statuses of destroy" "64 of 0" "$statuses"
    drop_locks
    all_are_free_again
}

test_rule_7_no_partition_is_handed_to_two_guests_and_none_is_lost() {
    partitions
    round_of_creates
}

test_no_partition_is_attached_to_two_guests() {
    partitions
    # shellcheck disable=SC2046
    plain_guests $(names p 1 64)
    # shellcheck disable=SC2046
    together < <(attaches $(names p 1 64))
    all_but_one_have_one
}

test_creates_and_attaches_do_not_get_the_same_partition() {
    partitions
    # shellcheck disable=SC2046
    plain_guests $(names p 1 32)
    # shellcheck disable=SC2046
    together < <(creates $(names g 1 32); attaches $(names p 1 32))
    all_but_one_have_one
}

# ---- Other commands at once ----

machine_partitions_detached_at_the_same_time_are_free() {
    echo "gpu $gpu id=8086:10c9 class=038000 driver=igb totalvfs=16"
}
test_partitions_detached_at_the_same_time_are_free() {
    xl gpu-partition $gpu 16 >/dev/null
    # shellcheck disable=SC2046
    plain_guests $(names p 1 16)
    # shellcheck disable=SC2046
    together < <(attaches $(names p 1 16))
    equal "statuses of gpu-attach" "16 of 0" "$statuses"
    # shellcheck disable=SC2046
    together < <(detaches $(names p 1 16))
    equal "statuses of gpu-detach" "16 of 0" "$statuses"
    equal "states" "free 16" "$(field '.gpus[0].partitions | "\([.[].state] | unique | join(" ")) \(length)"')"
}

# again N STATUSES COMMAND…: ends with one of these each time. Where not, it
# says so in $SIM_DIR/wrong.
again() {
    local n=$1 statuses=$2 r said
    shift 2
    while ((n--)); do
        r=0
        said=$("$@" 2>&1 >/dev/null) || r=$?
        [[ " $statuses " == *" $r "* ]] || echo "$*: $r: $said" >>"$SIM_DIR/wrong"
    done
}

machine_many_commands_at_once_leave_one_view() {
    echo "gpu $gpu id=8086:10c9 class=038000 driver=igb totalvfs=2"
    echo "gpu $other id=8086:10c9 class=038000 driver=igb totalvfs=2"
}
in_records() { field '.gpus[].partitions[] | select(.state == "held") | "\(.bdf) \(.uuid)"' | sort; }

test_many_commands_at_once_leave_one_view() {
    local g count pids=()
    ok xl gpu-partition $gpu 2 >/dev/null
    plain_guests p
    again 12 "0 4" xl gpu-partition $other 2 & pids+=($!)
    again 12 "0 4" xl gpu-unpartition $other & pids+=($!)
    again 12 "0 4" xl gpu-unpartition $gpu & pids+=($!)
    again 12 "0 4" xl gpu-partition $gpu 2 & pids+=($!)
    for g in a b c; do
        guest "$g" >/dev/null
        again 8 "0 4 5" xl create "$SIM_DIR/$g.cfg" & pids+=($!)
        again 12 "0 1" xl destroy "$g" & pids+=($!)
    done
    again 10 "0 4 5" xl gpu-attach p & pids+=($!)
    again 10 "0 4 8" xl gpu-detach p & pids+=($!)
    again 20 0 xl gpu-list -l & pids+=($!)
    again 6 0 xl gpu-recover & pids+=($!)
    wait "${pids[@]}"
    equal "ended otherwise" "" "$(cat "$SIM_DIR/wrong" 2>/dev/null)"

    # One that was destroyed last may still be on its way out.
    (wait_for 20 "one view" eval '[[ $(in_guests) == "$(in_records)" ]]') 2>/dev/null ||
        equal "who has what, by libxl and by the records" "$(in_guests)" "$(in_records)"
    for g in a b c; do xl destroy "$g" 2>/dev/null || :; done
    xl gpu-detach p >/dev/null 2>&1 || :
    wait_for 20 "all partitions are free" eval '[[ "$(states) $(states 1)" =~ ^(free| )*$ ]]'
    ok xl gpu-recover >/dev/null
    for g in $gpu $other; do
        count=$(attr "$g" sriov_numvfs)
        equal "$g: desired" "$count" \
            "$(jq "[.gpus[] | select(.bdf == \"$g\") | .partition_count] | add // 0" "$XLGPU_STATE_DIR/layout.json")"
        equal "$g: listed" "$count" "$(field ".gpus[] | select(.bdf == \"$g\") | .partitions | length")"
    done
    equal "locks" "" "$(ls "$XLGPU_RUN_DIR/held")"
    equal "changes" "" "$(xenstore-ls -f /local/domain/0/gpu | grep changing || :)"
}
