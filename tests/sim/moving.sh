# shellcheck shell=bash
# What the tests of migrations between host1 and host2 are written in.

simcut=$build/tests/sim/simcut

# both COMMAND…: on both hosts.
both() {
    "$@" && at host2 "$@"
}

# boot NAME [LINE…]: a guest that handles suspend.
boot() {
    local file
    file=$(guest_file "$@")
    ok xl create "$file" >/dev/null
    announce "$1"
}

# As guest() of lib.sh, of any name.
guest_file() {
    local file=$SIM_DIR/g.cfg name=${1//\\/\\\\}
    printf '%s\n' "name = \"${name//\"/\\\"}\"" 'type = "hvm"' 'memory = 96' 'gpu = [ "partition" ]' \
        'gpu_state = "guest"' "${@:2}" >"$file"
    echo "$file"
}

announce() { xenstore-write "/local/domain/$(xl domid "$1")/control/feature-suspend" 1; }

# move NAME HOST [OPTION…]
move() { xl gpu-migrate "${@:3}" "$1" "$2" >"$SIM_DIR/out" 2>&1 || die "$(cat "$SIM_DIR/out")"; }

# failed STATUS COMMAND…
failed() {
    local r=0
    "${@:2}" >"$SIM_DIR/out" 2>&1 || r=$?
    equal "$*: status; $(cat "$SIM_DIR/out")" "$1" "$r"
}

# cut before|after|empty FRAME: the next connection is cut there, or the frame emptied; FRAME is as in libxl-ext/migrate/frame.c.
cut() {
    echo "migrate_command = \"$simcut $here/at\"" >"$XLGPU_CONF"
    export SIM_CUT=$SIM_DIR/cut
    echo "$*" >"$SIM_CUT"
}

node_of() { xenstore-read "/sim/domain/$(xl domid "$1")/$2"; }
uuid_of() { node_of "$1" uuid; }
slot_of() { node_of "$1" pci/0 | sed 's/.* //'; }

# copies NAME: of all guests here by that name, also those that come or go.
copies() {
    local n
    for n in $(xenstore-list /sim/domain 2>/dev/null); do
        [[ $(xenstore-read "/sim/domain/$n/name" 2>/dev/null) != "$1"* ]] ||
            echo "$(xenstore-read "/sim/domain/$n/name") $(xenstore-read "/sim/domain/$n/state")"
    done
}

# runs_at HOST NAME: there and nowhere else, with a partition; nothing is left of a move.
runs_at() {
    local other=host2
    [[ $1 == host1 ]] || other=host1
    equal "$2 at $1" "$2 " "$(at "$1" copies "$2")"
    equal "$2 at $other" "" "$(at "$other" copies "$2")"
    equal "its device" 1 "$(at "$1" devices "$2" | wc -w)"
    equal "its record" "$(at "$1" devices "$2")" "$(at "$1" recorded "$2")"
    equal "journals" "" "$(journals)"
}
recorded() { field ".gpus[].partitions[] | select(.uuid == \"$(uuid_of "$1")\").bdf"; }
journals() { both eval 'ls "$XLGPU_STATE_DIR/migration" 2>/dev/null || :'; }

# stays NAME COMMAND…: it goes on here, as it was.
stays() {
    local name=$1 before after
    shift
    before="$(xl domid "$name") $(devices "$name") $(states)"
    "$@"
    after="$(xl domid "$name") $(devices "$name") $(states)"
    equal "$name before and after" "$before" "$after"
    runs_at host1 "$name"
    equal "free there" "$(at host2 devices_of_all | wc -w)" "$(at host2 states | tr ' ' '\n' | grep -c held || :)"
}
devices_of_all() { xenstore-ls -f /sim/domain 2>/dev/null | sed -n 's|.*/pci/.* = "\([^ ]*\).*|\1|p'; }

# All that lives for a guest of this host, and what is in xenstore.
goes_down() {
    local p id
    for p in /proc/[0-9]*; do
        [[ ! $(find "$p/fd" -lname "$XLGPU_RUN_DIR/held/*" 2>/dev/null) ]] || kill -9 "${p#/proc/}"
    done
    for id in $(xenstore-list /sim/domain); do xl destroy "$id"; done
    xenstore-rm /local/domain/0/gpu
    xl gpu-list >/dev/null
}

# What journals say of the host's boot is of another than this.
of_a_former_boot() {
    sed -i -E 's/("boot": *")[0-9a-f]{8}/\100000000/' "$XLGPU_STATE_DIR"/migration/*
}
