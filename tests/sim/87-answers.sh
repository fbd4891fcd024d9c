# shellcheck shell=bash
# A host with a migration that was cut off: what it says when it is asked what
# became of it, and what it refuses until that is settled.

uuid=11111111-2222-3333-4444-555555555555
id=aaaaaaaa-0000-0000-0000-000000000001
other_id=aaaaaaaa-0000-0000-0000-000000000002

machine() { echo 'gpu 0000:41:00.0 id=8086:56c0 driver=xe totalvfs=4'; }

set_up() { ok xl gpu-partition 0000:41:00.0 2 >/dev/null; }

# outcome ID: a QUERY frame as migrate/frame.h has it, and the answer's state.
outcome() {
    local text="{\"question\":\"outcome\",\"uuid\":\"$uuid\",\"id\":\"$1\"}"
    { printf '\16\0\0\0\0\0\0%b' "\\x$(printf %02x ${#text})" && printf %s "$text"; } |
        xl-gpu migrate-receive | tr -d '\0' | sed -n 's/.*"state":"\([a-z]*\)".*/\1/p'
}

# tombstone ID: the guest left this host, by that migration or before it.
tombstone() {
    mkdir -p "$XLGPU_STATE_DIR/moved"
    cat >"$XLGPU_STATE_DIR/moved/$uuid.json" <<END
{"version":1,"uuid":"$uuid","id":"$1","name":"g","config_path":"","target":"host2","when":1}
END
}

journal() { echo "$XLGPU_STATE_DIR/migration/$uuid.json"; }

# killed STATE MODE [SIDE STOPPED]: what a receiver left that was killed, or gpu-migrate, in another boot of the host.
killed() {
    mkdir -p "$XLGPU_STATE_DIR/migration"
    cat >"$(journal)" <<END
{"version":1,"side":"${3-target}","state":"$1","id":"$id","uuid":"$uuid","boot":"","mode":"$2","name":"g","peer":"host1",
"config_path":"","began":1,"domid":0,"gpu":"","bdf":"","index":0,"vslot":0,"process":"","quiet":[],"detached":false,
"stopped":${4-false}}
END
}

# Its config, as it was created with.
kept() {
    mkdir -p "$XLGPU_STATE_DIR/guest"
    jq -nc --arg hex "$(printf 'name = "g"\ntype = "hvm"\nmemory = 96\ngpu = [ "partition" ]\nuuid = "%s"\n' $uuid |
        od -An -v -tx1 | tr -d ' \n')" '{version: 1, name: "g", path: "", config_hex: $hex}' \
        >"$XLGPU_STATE_DIR/guest/$uuid.json"
}

runs_with_a_partition() {
    check "it runs" eval 'xl domid g >/dev/null'
    equal "states" "held free" "$(states)"
    equal "holder" $uuid "$(field '.gpus[0].partitions[0].uuid')"
}

test_what_was_never_heard_of_is_aborted_durably() {
    equal "the answer" aborted "$(outcome $id)"
    equal "on disk" aborted "$(jq -r .state "$(journal)")"
    equal "again" aborted "$(outcome $id)"
}

test_a_guest_that_has_moved_on_was_here() {
    tombstone $other_id
    equal "the answer" runs "$(outcome $id)"
}

test_a_tombstone_from_before_the_migration_says_nothing() {
    tombstone $id
    equal "the answer" aborted "$(outcome $id)"
}

test_a_guest_that_somebody_started_here_runs() {
    equal "before" aborted "$(outcome $id)"
    ok xl create "$(guest g "uuid = \"$uuid\"")" >/dev/null
    equal "then" runs "$(outcome $id)"
}

test_what_was_not_told_to_start_is_aborted() {
    killed open live
    equal "the answer" aborted "$(outcome $id)"
    equal "on disk" aborted "$(jq -r .state "$(journal)")"
    equal "locks" "" "$(ls "$XLGPU_RUN_DIR/held")"
}

test_what_can_not_be_started_is_aborted() {
    killed go-taken restart
    equal "the answer" aborted "$(outcome $id 2>/dev/null)"
}

test_what_xl_is_still_creating_is_not_known() {
    killed go-taken restart
    mkdir -p "$XLGPU_RUN_DIR/held"
    cp "$(command -v sleep)" "$SIM_DIR/xl"
    (exec 9>"$XLGPU_RUN_DIR/held/$uuid" && flock 9 && exec "$SIM_DIR/xl" 300) &
    wait_for 10 "its lock is taken" eval '! flock -n "$XLGPU_RUN_DIR/held/$uuid" true'
    equal "the answer" unknown "$(outcome $id 2>/dev/null)"
    kill $!
    equal "on disk" go-taken "$(jq -r .state "$(journal)")"
}

test_a_guest_that_is_moving_keeps_what_it_has() {
    ok xl create "$(guest g "uuid = \"$uuid\"")" >/dev/null
    killed go-taken live
    refused 4 '*g: a migration of it is not settled*' xl gpu-detach g
    rm "$(journal)"
    ok xl gpu-detach g >/dev/null
}

test_recover_leaves_no_journal_of_what_came_to_nothing() {
    equal "before" aborted "$(outcome $id)"
    ok xl gpu-recover >/dev/null
    check "it is forgotten" test ! -e "$(journal)"
    equal "then" aborted "$(outcome $id)"
}

# ---- The host has booted since, and xenstored is empty ----

test_a_guest_that_went_down_with_its_target_is_started_there() {
    killed go-taken live
    kept
    equal "the answer" runs "$(outcome $id)"
    runs_with_a_partition
}

# The source may have the guest again, which only it knows.
test_such_a_guest_is_not_started_before_its_source_asks() {
    killed go-taken live
    kept
    refused 1 "xl-gpu: g: it went down with this host as it came from host1, *" xl gpu-recover
    refused 1 "xl-gpu: g: it went down with this host as it came from host1, *" xl gpu-recover -n
    ! xl domid g >/dev/null 2>&1 || die "it runs"
    equal "on disk" go-taken "$(jq -r .state "$(journal)")"
}

test_a_restart_goes_on_at_a_target_that_booted() {
    killed go-taken restart
    kept
    equal "the answer" runs "$(outcome $id)"
    runs_with_a_partition
}

test_a_guest_that_was_not_shut_down_for_its_restart_is_not_started() {
    killed open restart source false
    kept
    ok xl gpu-recover >/dev/null
    ! xl domid g >/dev/null 2>&1 || die "it runs"
    check "it is settled" test ! -e "$(journal)"
}

test_a_guest_that_was_shut_down_for_a_restart_is_started_by_a_source_that_booted() {
    killed open restart source true
    kept
    ok xl gpu-recover >/dev/null
    runs_with_a_partition
    check "it is settled" test ! -e "$(journal)"
}
