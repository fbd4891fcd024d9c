# shellcheck shell=bash
# What a host that moves a guest here may say, and does not mean well: the
# receiver says what is wrong, and nothing is left of it. speak.c says what
# each test has it say.

uuid=
magic='Xen saved domain, xl format\n \0 \r'

machine() { echo 'gpu 0000:41:00.0 id=8086:56c0 driver=xe totalvfs=4'; }

# MOVING is what a true source says of a guest here, which is gone then.
set_up() {
    export XLGPU_CONF=$SIM_DIR/gpu.conf XLGPU_LOG_DIR=$SIM_DIR
    with_fault_points
    # shellcheck disable=SC2016
    script transport 'tee "${0%/*}/said" | "${@:2}"'
    echo "migrate_command = \"$SIM_DIR/transport\"" >"$XLGPU_CONF"
    ok xl gpu-partition 0000:41:00.0 2 >/dev/null
    ok xl create "$(guest g 'gpu_state = "guest"')" >/dev/null
    xl gpu-migrate -n g h >/dev/null 2>&1 || :
    tail -c +9 "$SIM_DIR/said" >"$SIM_DIR/moving.json"
    uuid=$(jq -r .uuid "$SIM_DIR/moving.json")
    xl destroy g
    wait_for 10 "the guest's end" all_free
    stand_in
}

script() {
    printf '%s\n' '#!/bin/bash' "${@:2}" >"$SIM_DIR/$1"
    chmod +x "$SIM_DIR/$1"
}

# In the place of stock xl: a stream that has a line END is a guest's, which
# is there then, and unpaused at GO.
stand_in() {
    # shellcheck disable=SC2016
    script stock "xl=$XLGPU_STOCK_XL" '[[ $1 == migrate-receive ]] || exec $xl "$@"' \
        'printf "xl migration receiver ready, send binary domain data.\n"' \
        'while read -r line && [[ ! $line =~ ^END ]]; do :; done 2>/dev/null' \
        '[[ $line =~ ^END ]] || exit 1' \
        "\$xl create /dev/null 'name=\"g--incoming\"' 'uuid=\"$uuid\"' || exit 1" \
        'printf "domain received, ready to unpause\0"' \
        'read -r -d "" || { $xl destroy g--incoming; exit 1; }' \
        'printf "my copy unpause results are as follows\0\0"'
    export XLGPU_STOCK_XL=$SIM_DIR/stock
}

# ---- What is said ----

# moving [JQ]: with that changed.
moving() { echo "say moving $(jq -c "${1-.}" "$SIM_DIR/moving.json")"; }

# reserve MODE [JQ]
reserve() {
    echo "say reserve $(jq -nc --arg mode "$1" --arg id "$(cat /proc/sys/kernel/random/uuid)" \
        '{id: $id, mode: $mode, source: "h", kept: ""} | '"${2-.}")"
}

# kept CONFIG [JQ]: the member of RESERVE.
kept() {
    jq -nc --arg hex "$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n')" \
        '{version: 1, name: "g", path: "/etc/xen/g.cfg", config_hex: $hex} | '"${2-.}"' | tojson'
}

# file PRINTF-FORMAT…: a new file with that; its name.
file() {
    local name
    name=$(mktemp "$SIM_DIR/bytes.XXXXXX")
    # shellcheck disable=SC2059
    printf "$@" >"$name"
    echo "$name"
}

# many N TEXT: so often.
many() { printf "%.0s$2" $(seq "$1"); }

le32() {
    local n=$1
    printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24 & 255))
}

# stream JSON [MAGIC BYTEORDER FLAGS DATA-LENGTH JSON-LENGTH]: the stream's
# first block.
stream() {
    local json=$1 len=$((${#1} + 1))
    echo "pack $(file "${2-$magic}$(le32 "${3-0x01020304}")$(le32 "${4-1}")$(le32 0)$(le32 "${5-$((len + 4))}")$(
        )$(le32 "${6-$len}")%s\0" "$json")"
}

# config [JQ]: what libxl has of the guest.
config() {
    jq -c --arg uuid "$uuid" '[.partition | capture(":(?<bus>..):(?<dev>..)\\.(?<fn>.)")][0] as $bdf |
        {c_info: {name: "g", uuid: $uuid}, pcidevs: [{bus: 65, dev: ($bdf.dev | tonumber), func: ($bdf.fn | tonumber),
        vdevfn: 48}]} | '"${1-.}" "$SIM_DIR/moving.json"
}

receiving() {
    moving
    reserve "${1-live}"
    echo "hear receiving"
}

# ---- What comes of it ----

open_journals() { grep -lsE '"state":"(open|go-taken)"' "$XLGPU_STATE_DIR"/migration/* || :; }
processes() { grep -lsz "^HOSTILE=$1" /proc/[0-9]*/environ || :; }
none_left() { [[ ! $(processes "$1") ]]; }

nothing_is_left() {
    wait_for 10 "the end of all processes: $(processes "$1")" none_left "$1"
    equal "open journals" "" "$(open_journals)"
    equal "the kept config" "" "$(ls "$XLGPU_STATE_DIR/guest" 2>/dev/null)"
    equal "domains" "" "$(xenstore-ls -f /sim/domain 2>/dev/null | grep name || :)"
    equal "partitions" "free free" "$(states)"
    for lock in "$XLGPU_RUN_DIR"/{held,moving}/*; do
        [[ ! -e $lock ]] || check "$lock is free" flock -n "$lock" true
    done
}

# What was said of the failure, on either way.
reasons() {
    sed -n 's/^refused //p' "$SIM_DIR/answer" | jq -r '.why + "; " + .remedy'
    cat "$SIM_DIR/answer.err"
}

# says STATUS REASON LINE…: to these lines the receiver answers with such a
# reason alone, and ends with that status.
says() {
    local status=$1 reason=$2 r=0
    shift 2
    HOSTILE=$BASHPID speak xl-gpu migrate-receive < <(printf '%s\n' "$@") >"$SIM_DIR/answer" 2>"$SIM_DIR/answer.err" ||
        r=$?
    equal "${*: -1}: exit status; $(reasons)" "$status" "$r"
    equal "lines of reasons" 1 "$(reasons | wc -l)"
    like "${*: -1}: the reason" "$reason" "$(reasons)"
}

# refuses REASON LINE…: so that nothing is left.
refuses() {
    local reason=$1
    shift
    says 1 "$reason" "$@"
    nothing_is_left "$BASHPID"
}

speak() { "$build/tests/sim/speak" "$@"; }

gone='source: the connection ended*'
damaged='g: the stream is damaged; try again'

# ---- Frames ----

test_what_is_no_frame_is_refused() {
    local no="source: it does not speak xl-gpu's protocol; *"
    refuses "$no" "raw $(file 'Welcome to this host\n')"
    refuses "$no" "raw $(file '\x04\x00\x00\x01\x00\x00\x00\x00')"
    refuses "$no" "head moving $((4 * 1024 * 1024 + 1))"
    refuses "$no" "head moving 0xffffffff"
    refuses "$no" "head 19 0"
    refuses "$no" "head 255 4"
}

test_what_ends_in_the_middle_is_refused() {
    refuses "$gone" "head moving 100"
    refuses "$gone" "raw $(file '\x02\x00\x00')"
    refuses "$gone" "$(moving)" "hear offer" "head reserve 100"
}

test_who_only_asks_may_go() {
    local r=0
    printf '%s\n' "$(moving)" "hear offer" | speak xl-gpu migrate-receive >"$SIM_DIR/answer" || r=$?
    equal "status" 0 "$r"
    equal "answers" "hello offer " "$(cut -d ' ' -f 1 "$SIM_DIR/answer" | tr '\n' ' ')"
}

test_what_comes_first_must_be_a_question() {
    local type
    for type in hello offer reserved receiving data ready go started close abort aborted state refused; do
        refuses "source: $type is not what may come first; install*" "say $type {}"
    done
    refuses 'reserve: it was not said for which guest*' "$(reserve live)"
}

test_what_comes_out_of_order_is_refused() {
    local type
    for type in go reserve moving query close ready; do
        refuses "g: $type came during the stream; install*" "$(receiving)" "say $type {}"
    done
    for type in data reserve close started; do
        refuses "source: it said $type where go was expected*" "$(moving)" \
            "$(reserve restart ".kept = $(kept 'name="g"
gpu=["partition"]')")" "hear receiving" "say $type {}"
    done
}

# ---- JSON ----

test_a_moving_that_can_not_be_read_is_refused() {
    refuses 'moving: it is no JSON object; *' "say moving {"
    refuses 'moving: it is no JSON object; *' "say moving [1,2]"
    refuses 'moving: it is no JSON object; *' "say moving"
    refuses 'moving: it is no JSON object; *' "send moving $(file '\xff\xfe')"
    refuses 'moving: it is no JSON object; *' "send moving $(file '%s' "$(many 65536 '[[[[[[[[[[[[[[[[')")"
    refuses 'moving: it is no JSON object; *' "send moving $(file '%s' "$(many 65536 '{"a":')")"
    refuses 'moving: "uuid"*' "$(moving '.uuid = "../../../../etc/passwd"')"
    refuses 'moving: "uuid"*' "$(moving '.uuid = 7')"
    refuses 'moving: "uuid"*' "$(moving 'del(.uuid)')"
    refuses 'moving: "name"*' "$(moving '.name = "a\nb"')"
    refuses 'moving: "name"*' "$(moving '.name = "\u0000a"')"
    refuses 'moving: "name"*' "$(moving '.name = "\u001b[2J"')"
    refuses 'moving: "memory"*' "$(moving '.memory = -1')"
    refuses 'moving: "vslot"*' "$(moving '.vslot = 4294967295')"
    refuses 'moving: "domid"*' "$(moving '.domid = 1e99')"
}

test_absurd_numbers_get_an_offer() {
    local r=0
    printf '%s\n' "$(moving '.shape.msix = 0 | .domid = 4294967295' | sed 's/"memory":[0-9]*/"memory":9223372036854775807/g')" "hear offer" |
        speak xl-gpu migrate-receive >"$SIM_DIR/answer" 2>"$SIM_DIR/answer.err" || r=$?
    equal "status; $(reasons)" 0 "$r"
    equal "the room" other_shape "$(sed -n 's/^offer //p' "$SIM_DIR/answer" | jq -r .room.state | tr ' ' _)"
}

test_the_reason_is_said_of_a_name_of_any_length() {
    says 5 "$(many 1024 a): no partition*" "$(moving '.name = "'"$(many 1024 a)"'" | .shape.msix = 1')" "$(reserve live)"
}

test_a_reserve_that_can_not_be_read_is_refused() {
    local no="reserve: what is asked for can't be read; *" change
    for change in '.id = "../../etc/passwd"' '.id = ""' 'del(.id)' '.mode = "auto"' '.mode = "$(id)"' '.mode = 1' \
        '.source = null' 'del(.kept)' '.kept = "{"' '.kept = ("[" * 100000)' \
        ".kept = $(kept x '.config_hex = "00"')" ".kept = $(kept x '.config_hex = "zz"')" \
        ".kept = $(kept x '.name = "a\nb"')" ".kept = $(kept x '.version = 9')"; do
        refuses "$no" "$(moving)" "$(reserve live "$change")"
    done
    refuses "$no" "$(moving)" "say reserve not JSON"
}

test_what_was_aborted_is_not_taken_up_again() {
    local asked
    asked=$(reserve live)
    printf '%s\n' "$(query outcome "$uuid" "$(jq -r .id <<<"${asked#say reserve }")")" "hear state" |
        speak xl-gpu migrate-receive >"$SIM_DIR/answer"
    equal "what became of it" aborted "$(sed -n 's/^state //p' "$SIM_DIR/answer" | jq -r .state)"
    says 4 '*: a migration of it is aborted at this host; *' "$(moving)" "$asked" "hear receiving"
    nothing_is_left "$BASHPID"
}

# ---- A layout for the pool ----

test_a_layout_that_is_out_of_order_is_refused_and_undone() {
    local plan='say layout {"step":"plan","count":4,"memory":0,"exec_quantum_ms":0,"preempt_timeout_us":0,"dry_run":false}'
    local set='say layout {"step":"set"}' no='layout: a step came out of its order; install*'
    refuses 'layout: "step"*' "say layout {}"
    refuses 'layout: "step"*' 'say layout {"step":"all"}'
    refuses 'layout: it is no JSON object; *' "say layout $(many 1000 '[')"
    refuses 'layout: "count"*' 'say layout {"step":"plan","count":65536}'
    refuses 'layout: "dry_run"*' "${plan/false/0}"
    refuses "$no" "$set"
    refuses "$no" "$plan" "hear layout" 'say layout {"step":"keep"}'
    refuses "$no" "$plan" "hear layout" "$plan"
    refuses "$no" "$plan" "hear layout" "$set" "hear layout" "$set"
    refuses 'source: it said go where layout was expected*' "$plan" "hear layout" "$set" "hear layout" "say go {}"
    printf '%s\n' "$plan" "hear layout" "$set" "hear layout" | HOSTILE=$BASHPID speak xl-gpu migrate-receive >/dev/null ||
        die "status $?"
    nothing_is_left "$BASHPID"
    equal "count" 2 "$(attr 0000:41:00.0 sriov_numvfs)"
}

# ---- A kept config ----

# restarts STATUS REASON CONFIG: a restart with that config ends so.
restarts() {
    says "$1" "$2" "$(moving)" "$(reserve restart ".kept = $(kept "$3")")" "hear receiving" "say go {}"
    nothing_is_left "$BASHPID"
}

test_a_config_that_is_not_the_guests_is_refused() {
    refuses 'g: its config did not come*' "$(moving)" "$(reserve restart)" "hear receiving"
    restarts 3 'g: its kept config does not ask for a partition*' 'name="g"'
    restarts 3 'g: its kept config does not ask for a partition*' 'this is no config'
    restarts 3 'g: its kept config does not ask for a partition*' "$(printf '\xff\xfe')"
    restarts 2 'g: gpu: more than one partition*' "$(printf '%s\n' 'name="g"' 'gpu=["partition", "partition"]')"
    restarts 3 'g: its kept config is of another guest*' "$(printf '%s\n' 'name="g"' 'gpu=["partition"]' \
        'uuid="00000000-0000-0000-0000-000000000001"')"
}

# The guest was renamed since it was created as "other".
renamed() {
    moving
    reserve restart ".kept = $(kept "$(printf '%s\n' 'name="other"' 'gpu=["partition"]')" '.name = "other"')"
    echo "hear receiving"
}
take_its_name() { xl create "$(guest other 'gpu = []')" >/dev/null; }

test_a_restart_under_a_name_that_is_taken_is_refused() {
    take_its_name
    says 4 'other: domain * there has its name or UUID; *' "$(renamed)"
    equal "partitions" "free free" "$(states)"
}

is_receiving() { grep -q ^receiving "$SIM_DIR/answer"; }

test_a_guest_whose_name_is_taken_meanwhile_is_not_said_to_run() {
    local r=0
    {
        renamed
        wait_for 20 "the reservation" is_receiving
        take_its_name
        echo "say go {}"
    } | speak xl-gpu migrate-receive >"$SIM_DIR/answer" 2>"$SIM_DIR/answer.err" || r=$?
    equal "status" 1 "$r"
    equal "the last word" refused "$(tail -n 1 "$SIM_DIR/answer" | cut -d ' ' -f 1)"
    equal "partitions" "free free" "$(states)"
    equal "open journals" "" "$(open_journals)"
}

# ---- The stream ----

test_a_block_that_is_damaged_is_refused() {
    refuses "$damaged" "$(receiving)" "say data"
    refuses "$damaged" "$(receiving)" "say data x123"
    refuses "$damaged" "$(receiving)" "say data z123"
    truncate -s 64M "$SIM_DIR/bomb"
    refuses "$damaged" "$(receiving)" "pack $SIM_DIR/bomb"
    refuses "$damaged" "$(receiving)" "$(stream "$(config)")" "say data z123"
}

# head REASON STREAM-ARGUMENTS…
head_is_refused() {
    local reason=$1
    shift
    refuses "g: the head of the stream is refused: $reason*" "$(receiving)" "$(stream "$@")"
}

test_a_head_that_is_not_the_guests_is_refused() {
    head_is_refused 'it is not what xl migrate sends' "$(config)" "${magic/saved/raved}"
    head_is_refused 'it is not what xl migrate sends' "$(config)" "$magic" 0x04030201
    head_is_refused 'it has no config as JSON' "$(config)" "$magic" 0x01020304 0
    head_is_refused 'its head has no sane length' "$(config)" "$magic" 0x01020304 1 0xffffffff
    head_is_refused 'its config has no sane length' "$(config)" "$magic" 0x01020304 1 100 101
    head_is_refused 'its config is not JSON' 'not JSON'
    head_is_refused 'its config is nested too deep' "$(many 1000 '[')"
    head_is_refused 'it is of another guest' "$(config '.c_info.uuid = "00000000-0000-0000-0000-000000000001"')"
    head_is_refused 'it has a device that was not spoken of' "$(config '.pcidevs[0].bus = 1')"
    head_is_refused 'it has a device that was not spoken of' "$(config '.pcidevs += [{}]')"
    head_is_refused 'its pcidevs is not a list' "$(config '.pcidevs = {}')"
    refuses 'g: the head of the stream is refused: it has a device that was not spoken of*' \
        "$(receiving hotplug)" "$(stream "$(config)")"
}

test_a_source_that_goes_away_leaves_nothing() {
    refuses "$gone" "$(moving)" "$(reserve live)"
    refuses "$gone" "$(receiving)"
    refuses "$gone" "$(receiving)" "$(stream "$(config)")"
    refuses "$gone" "$(receiving)" "$(stream "$(config)")" "head data 1000"
    refuses "$gone" "$(receiving)" "$(stream "$(config)")" "pack $(file 'memory\nEND\n')" "hear ready"
    refuses "$gone" "$(receiving)" "$(stream "$(config)")" "pack $(file 'memory\nEND\n')" "hear ready" "head go 2"
}

# Were it not so, the others would refuse what is well.
test_a_source_that_does_all_well_is_served() {
    printf '%s\n' "$(receiving)" "$(stream "$(config)")" "pack $(file 'memory\nEND\n')" "hear ready" "say go {}" \
        "hear started" "say close {}" | speak xl-gpu migrate-receive >"$SIM_DIR/answer"
    equal "answers" "hello offer reserved receiving ready started state " \
        "$(cut -d ' ' -f 1 "$SIM_DIR/answer" | tr '\n' ' ')"
}

test_what_was_on_its_way_as_it_was_refused_is_passed_over() {
    says 1 "$damaged" "$(receiving)" "say data x123" "$(stream "$(config)")" "say data x" "say abort {}"
    equal "the last word" "aborted {}" "$(tail -n 1 "$SIM_DIR/answer")"
    equal "journals" "" "$(ls "$XLGPU_STATE_DIR/migration")"
}

# ---- One that stalls ----

test_a_source_that_is_silent_is_gone() {
    export XLGPU_SILENCE_S=1
    refuses 'source: it does not answer*' hold
    refuses 'source: it does not answer*' "$(receiving)" hold
    refuses 'source: it does not answer*' "$(receiving)" "$(stream "$(config)")" hold
    refuses 'source: it does not answer*' "$(receiving)" "$(stream "$(config)")" "pack $(file 'memory\nEND\n')" hold
    # It may have asked us by then, and gone on: nobody asks again.
    equal "journals" "" "$(ls "$XLGPU_STATE_DIR/migration")"
}

test_a_source_that_is_alive_and_does_nothing_is_gone() {
    export XLGPU_SILENCE_S=8 XLGPU_STALL_S=2
    refuses 'source: it is there, but does not go on; see what xl-gpu waits for there' alive
    refuses 'source: it is there, but does not go on; see what xl-gpu waits for there' "$(receiving)" alive
    refuses 'source: it is there, but does not go on; see what xl-gpu waits for there' "$(receiving)" "$(stream "$(config)")" \
        "pack $(file 'memory\nEND\n')" alive
}

# It would take us for dead.
test_a_source_that_waits_for_a_lock_here_hears_that_we_are_alive() {
    (exec 9>"$XLGPU_RUN_DIR/layout" && flock 9 && exec sleep 5) &
    wait_for 10 "the lock is taken" eval '! flock -n "$XLGPU_RUN_DIR/layout" true'
    export HEAR_ALIVE=1
    refuses 'source: the connection ended*' "$(moving)" "$(reserve freeze)" "hear reserved"
    like "what it heard" "*alive offer*reserved*" "$(cut -d' ' -f1 "$SIM_DIR/answer" | xargs)"
}

# ---- Questions ----

query() { echo "say query {\"question\":\"$1\",\"uuid\":\"$2\",\"id\":\"$3\"}"; }

test_a_question_that_names_nothing_is_refused() {
    refuses 'query: it names no guest*' "$(query outcome ../../etc/passwd "$uuid")"
    refuses 'query: it names no migration*' "$(query outcome "$uuid" ../../etc/passwd)"
    refuses 'query: it names no migration*' "$(query settled "$uuid" '')"
    refuses 'query: it names no guest*' 'say query {}'
    refuses 'query: it names no guest*' 'say query'
}

# The guest went to a host that sends the question back here.
test_a_question_goes_round_a_bounded_number_of_times() {
    local state hops
    # shellcheck disable=SC2016
    script transport 'echo >>"${0%/*}/asked"' 'exec "${@:2}"'
    mkdir -p "$XLGPU_STATE_DIR/moved"
    jq -nc --arg uuid "$uuid" '{version: 1, uuid: $uuid, id: "", name: "g", config_path: "", target: "h", when: 0}' \
        >"$XLGPU_STATE_DIR/moved/$uuid.json"
    for hops in 0 -100 7 8 x; do
        : >"$SIM_DIR/asked"
        state=$(printf '%s\n' "$(query runs "$uuid" "$hops")" "hear state" |
            speak xl-gpu migrate-receive | sed -n 's/^state //p')
        equal "$hops: state" '{"state":"unknown"}' "$state"
        check "$hops: asked" test "$(wc -l <"$SIM_DIR/asked")" -le 8
    done
}
