# shellcheck shell=bash
# What the end-to-end tests are written in. A test file is a list of
#
#     test_it_does_this() { …; }
#
# functions, run in their order by tests/testbed/run. Each begins with no
# guest and an unpartitioned GPU on every host, and fails at its first command
# that fails. A file that needs host2 says "hosts=2".

gpu=01:00.0
# QEMU's edu device: see edu_dma.
edu=00:10.0
export gpu edu

# on [HOST] COMMAND…: runs it on that host, host1 if none is named; what it
# prints and its status are the host's.
on() {
    local on=${host:-host1}
    if [[ $1 =~ ^host[1-9]$ ]]; then
        on=$1
        shift
    fi
    "$top/scripts/testbed" run "$on" "$@"
}

# at HOST FUNCTION…: one of these functions, with that host in host1's place.
at() {
    local host=$1
    shift
    "$@"
}

# check WHAT COMMAND…: fails the test, saying WHAT, when the command fails.
check() {
    local what=$1
    shift
    "$@" || die "$what"
}

die() {
    echo "      $*" >&2
    exit 1
}

# equal WHAT EXPECTED ACTUAL
equal() { [[ $3 == "$2" ]] || die "$1: expected \"$2\", got \"$3\""; }

# like WHAT PATTERN ACTUAL: PATTERN is a shell pattern.
like() {
    # shellcheck disable=SC2053
    [[ $3 == $2 ]] || die "$1: expected $2, got \"$3\""
}

# refused STATUS PATTERN COMMAND…: the command on the host ends with that
# status and one line on stderr like PATTERN, and prints nothing.
refused() {
    local status=$1 pattern=$2 out err r=0
    shift 2
    err=$(mktemp)
    out=$(on "$@" 2>"$err") || r=$?
    equal "$*: exit status" "$status" "$r"
    equal "$*: lines on stderr" 1 "$(wc -l <"$err")"
    like "$*: message" "$pattern" "$(cat "$err")"
    equal "$*: output" "" "$out"
    rm -f "$err"
}

# field JQ: of xl gpu-list -l -j.
field() { on xl gpu-list -l -j | jq -r "$1"; }

# All partitions' states, in order, on one line.
states() { field '[.gpus[0].partitions[].state] | join(" ")'; }

# The records, without the two directories that are there when empty too.
records() { on 'xenstore-ls -p /local/domain/0/gpu 2>/dev/null || :' | grep -vE '^(device|guest) = ""' || :; }

# wait_for SECONDS WHAT COMMAND…
wait_for() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || die "not within the time: $what"
        sleep 1
    done
}

# in_guest COMMAND…
in_guest() { on /root/guest-run guest "'$*'"; }

# edu_dma read:GFN|write:GFN…: the edu device of the guest reads a page of it
# into its buffer, or writes its buffer there. No CPU of the guest has a part.
edu_dma() { on "/root/edu-dma $edu $*"; }

# Its partition's driver works: packets go out and come back.
has_traffic() { wait_for 60 "traffic through the partition" in_guest ping -c 1 -w 3 10.77.0.1; }

guest_is_up() { on "grep -q '^guest: up' /root/guest.log"; }
no_domain() { ! on "xl domid ${1:-guest}"; }

guest_boots() {
    (wait_for 240 "the guest boots" guest_is_up) || die "its console ends with: $(on tail -n 3 /root/guest.log)"
}

# boot [KEY=VALUE…]: creates the guest and waits for it; $booted is its domid.
boot() {
    local args=''
    (($#)) && args=$(printf " '%s'" "$@")
    on "rm -f /root/guest.log; xl create /root/guest.cfg$args" >/dev/null 2>&1
    guest_boots
    # shellcheck disable=SC2034 # of moving.sh
    booted=$(on xl domid guest)
}

# reboots_with STATES: the guest reboots from within; its partitions have these all the while, also when no domain is
# there, and its device is where it was.
reboots_with() {
    local domid seen='' i
    domid=$(on xl domid guest)
    on "rm -f /root/guest.log"
    (in_guest reboot -f || :) >/dev/null 2>&1
    for ((i = 0; i < 8; i++)); do
        seen+="$(states)
"
    done
    wait_for 120 "the guest is up again" guest_is_up
    equal "states during the reboot" "$1" "$(sort -u <<<"${seen%$'\n'}")"
    [[ $(on xl domid guest) != "$domid" ]] || die "it did not reboot"
    like "same slot" "*igbvf" "$(in_guest readlink /sys/bus/pci/devices/0000:00:1e.0/driver)"
}

# No guest, no partitions, whatever the test before left.
clean_up() {
    local n
    for ((n = 1; n <= ${hosts-1}; n++)); do at "host$n" clean_up_host; done
}

clean_up_host() {
    # shellcheck disable=SC2016
    on 'for id in $(xl list | awk "NR > 1 && \$(NF - 4) > 0 { print \$(NF - 4) }"); do xl destroy $id & done; wait' >/dev/null 2>&1
    on "rm -rf /var/lib/xl-gpu/migration /var/lib/xl-gpu/moved; ln -sfn /usr/lib/xl-gpu/xl-gpu /usr/sbin/xl-gpu
        rm -f /etc/xl-gpu/models.d/bad.conf; sed -i '/^save/d' /etc/xl-gpu/gpu.conf"
    (wait_for 120 "all partitions are free" all_free) || die "$(on 'xl list; xl gpu-list -l' 2>&1)"
    # The whole GPU of a guest is its driver's again by now.
    on "[ -e /sys/bus/pci/devices/0000:$gpu/driver ] || echo 0000:$gpu >/sys/bus/pci/drivers/igb/bind
        ip link set \$(ls /sys/bus/pci/devices/0000:$gpu/net) up"
    on "xl gpu-unpartition $gpu; xl pci-assignable-remove $edu || :" >/dev/null 2>&1
}

all_free() {
    local all
    all=$(field '[.gpus[0] | .state, .partitions[].state] | join(" ")') && [[ $all =~ ^(un.*|partitioned)( free)*$ ]]
}
