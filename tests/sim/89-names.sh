# shellcheck shell=bash
# shellcheck disable=SC2016 # what looks like a command is a name
# Names of guests and hosts that would mean something to a shell, or to ssh:
# they are refused, or are one word of what is run.

gpu=0000:41:00.0

machine() { echo "gpu $gpu id=8086:56c0 driver=xe totalvfs=4"; }

# What is run in the place of ssh and stock xl notes its arguments, one on a
# line, and an empty line. A name that was interpreted makes a file here.
set_up() {
    export XLGPU_CONF=$SIM_DIR/gpu.conf XLGPU_LOG_DIR=$SIM_DIR
    mkdir "$SIM_DIR/here"
    cd "$SIM_DIR/here" || exit
    echo "migrate_command = \"$SIM_DIR/transport\"" >"$XLGPU_CONF"
    target 'exec "${@:2}"'
    noting stock "[[ \$1 == migrate ]] || exec $XLGPU_STOCK_XL \"\$@\""
    export XLGPU_STOCK_XL=$SIM_DIR/stock
    ok xl gpu-partition $gpu 2 >/dev/null
}

noting() {
    printf '%s\n' '#!/bin/bash' 'printf "%s\n" "$@" "" >>"$0.args"' "$2" >"$SIM_DIR/$1"
    chmod +x "$SIM_DIR/$1"
}
target() { noting transport "$1"; }
arguments() { paste -sd '|' "$SIM_DIR/$1.args" 2>/dev/null || :; }
forget() { rm -f "$SIM_DIR/$1.args"; }
nothing_was_interpreted() { equal "files that a name has made" "" "$(ls -A "$SIM_DIR/here")"; }

# guest_called NAME: runs, with a partition, and has announced suspend.
guest_called() {
    local quote='"' text=${1//\\/\\\\}
    [[ $1 != *\"* ]] || quote="'"
    ok xl create "$(guest g "name = $quote$text$quote" 'gpu_state = "guest"')" >/dev/null
    domid=$(xl domid "$1")
    xenstore-write "/local/domain/$domid/control/feature-suspend" 1
}

evil=('a b' 'a;touch b' '$(touch b)' '`touch b`' 'a|touch b' 'a&' "a'b" 'a"b' 'a>b' 'a\b' '*' 'a%b' $'a\ntouch b')
no_hosts=("${evil[@]}" '' '-oProxyCommand=touch b' 'root@-oProxyCommand' '-' 'a/b' "$(printf '%256s' '' | tr ' ' a)")

test_what_is_no_host_is_refused_before_anything_is_run() {
    local host
    guest_called g
    for host in "${no_hosts[@]}"; do
        refused 2 "xl-gpu: *: it is not a host's name; name a host as ssh knows it" xl gpu-migrate -n -- g "$host"
        refused 2 "xl-gpu: *: it is not a host's name; *" xl gpu-migrate --mode=restart --allow-restart -- g "$host"
        refused 2 "xl-gpu: *: it is not a host's name; *" xl gpu-evacuate -n -- there "$host"
        refused 2 "xl-gpu: *: it is not a host's name; *" xl migrate -- g "$host"
    done
    refused 2 "xl-gpu: migrate: unknown option; *" xl gpu-migrate -n g -oProxyCommand=x
    equal "run" "" "$(arguments transport)"
    nothing_was_interpreted
}

test_an_evacuation_to_no_host_is_refused_where_no_guest_runs_too() {
    refused 2 "xl-gpu: a b: it is not a host's name; *" xl gpu-evacuate 'a b'
}

test_a_host_is_one_word() {
    local host
    guest_called g
    for host in there root@there '[fe80::1]' there.example:22 a_b; do
        forget transport
        xl gpu-migrate -n g "$host" >/dev/null 2>&1 || :
        equal "$host: run" "$host|xl-gpu|migrate-receive|" "$(arguments transport)"
    done
}

test_a_guests_name_is_not_in_what_is_run_on_the_target() {
    local name
    for name in "${evil[@]:0:12}" '-rf' '--help' '../../b'; do
        forget transport
        guest_called "$name"
        like "$name: the document" '{*"verdict": "none"*' "$(xl gpu-migrate -n -j -- "$name" there)"
        equal "$name: run" "there|xl-gpu|migrate-receive|" "$(arguments transport)"
        xl destroy "$domid"
    done
    nothing_was_interpreted
}

test_a_name_with_control_characters_is_refused() {
    refused 3 "xl-gpu: *: the name or the path of its config is not UTF-8, or has control characters; rename it" \
        xl create "$(guest g 'name = "a\nb"')"
    check "the partitions are free" all_free
}

# frame TYPE TEXT
frame() {
    printf '%b\0\0\0%b%s' "\\x$(printf %02x "$1")" \
        "$(printf '\\x%02x' 0 0 $((${#2} / 256)) $((${#2} % 256)))" "$2"
}

# A target that takes every guest: what it says, it says beforehand.
kind_target() {
    frame 1 '{"protocol":"1","host":"there"}'
    frame 3 "$(jq -nc '{protocol: 1, host: "there", xen: {major: 4, minor: 17, features: []}, iommu: true,
        memory_free: 1000000000000, dom0_shrinks: false, name_free: true, uuid_free: true,
        room: {state: "free", free: 1, differs: ""}, absent: []}')"
    frame 5 '{"bdf":"0000:41:00.1"}'
    frame 6 '{}'
}

# xl has a shell read the last of them.
test_the_command_that_stock_xl_runs_is_constant() {
    local name
    unset XLGPU_TRANSPORT
    kind_target >"$SIM_DIR/kind"
    target "cat ${SIM_DIR@Q}/kind; exec cat >/dev/null"
    for name in 'a b' '$(touch b)' '`touch b`' "a'; touch b; '" '-s'; do
        guest_called "$name"
        forget stock
        xl gpu-migrate -- "$name" there >/dev/null 2>&1 || :
        equal "$name: run" "migrate|-s||$domid|/usr/lib/xl-gpu/xl-gpu transport|" "$(arguments stock)"
        xl destroy "$domid"
    done
    nothing_was_interpreted
}
