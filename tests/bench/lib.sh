# shellcheck shell=bash
# What the benchmarks on the testbed share. Nothing waits for ever: what does not come in its time ends the benchmark,
# with the reason.

say() { echo "bench: $*" >&2; }
die() { say "$*"; exit 1; }

# on [-t SECONDS] HOST COMMAND…: runs it there.
on() {
    local limit=120
    if [[ $1 == -t ]]; then
        limit=$2
        shift 2
    fi
    timeout -k 10 "$limit" "$top/scripts/testbed" run "$@" </dev/null
}

now_us() { echo "${EPOCHREALTIME/./}"; }

# Each line of the input with the time at which it came, in µs.
stamp() {
    local line
    while IFS= read -r line; do echo "$(now_us) $line"; done
}

# Of stamped lines, what gpu-migrate says at its end: lines "PART N", of µs or bytes. What it does not know is left out.
parts() {
    sed 's/^[0-9]* //' | awk '
        sub(/^.*: pause: /, "") { n = split($0, part, ", "); for (i = 1; i <= n; i++) print part[i] }
        /MiB sent as [0-9]+ MiB$/ { print "bytes", $(NF - 5) * 1048576; print "wire", $(NF - 1) * 1048576 }' |
        sed '/ -$/d; s/ us$//'
}

# wait_up HOST LOG SECONDS: until the guest with that serial log has booted. The host waits itself: each command that
# is sent there takes time from the guest.
wait_up() {
    on -t "$3" "$1" "until grep -q '^guest: up' $2 2>/dev/null; do sleep 0.2; done" ||
        die "$1: the guest does not boot; its serial log ends: $(on "$1" "tail -n 3 $2" 2>&1)"
}

# Emulated, a MiB of memory costs boot, fill and move each some time.
boot_limit() { echo $((300 + $1 / 2)); }
move_limit() { echo $((600 + 2 * $1)); }

# start_pattern HOST NAME MIB: the guest keeps changing a sixteenth of its memory, and has data in half of it.
start_pattern() {
    local limit
    limit=$(boot_limit "$3")
    on -t $((limit + 10)) "$1" \
        "GUEST_RUN_TIMEOUT=$limit /root/guest-run $2 'pattern start $(($3 / 2)) 200 $(($3 / 16))'" >/dev/null ||
        die "$1: $2: no pattern can be started in its memory"
}

# create_guest HOST NAME CONFIG MIB [KEY=VALUE…]: also waits for it.
create_guest() {
    local host=$1 name=$2 config=$3 mib=$4 more='' out
    shift 4
    (($# == 0)) || more=$(printf " '%s'" "$@")
    out=$(on -t "$(boot_limit "$mib")" "$host" "rm -f /root/$name.log
        xl create $config memory=$mib$more" 2>&1) || die "$host: xl create: $out"
    wait_up "$host" "/root/$name.log" "$(boot_limit "$mib")"
    start_pattern "$host" "$name" "$mib"
}

# No guest on either host, nothing left of a migration, partitions on both.
empty_hosts() {
    local host
    for host in host1 host2; do
        # shellcheck disable=SC2016 # the host's shell expands it
        on "$host" 'for id in $(xl list | awk "NR > 1 && \$2 > 0 { print \$2 }"); do xl destroy $id; done
            rm -rf /var/lib/xl-gpu/migration /var/lib/xl-gpu/moved
            sed -i "/^compress/d" /etc/xl-gpu/gpu.conf' >/dev/null 2>&1 || :
        partition "$host"
    done
}

# A partition is free some time after its guest has gone.
partition() {
    local host=$1 end=$((SECONDS + 120)) out
    until out=$(on "$host" xl gpu-partition 01:00.0 4 2>&1); do
        ((SECONDS < end)) || die "$host: xl gpu-partition: $out"
        sleep 2
    done
}

other() { if [[ $1 == host1 ]]; then echo host2; else echo host1; fi; }

# The machine's own noise: the same work each time, on this machine and in dom0. Prints "machine US" and "dom0 US".
calibrate() {
    local began
    began=$(now_us)
    head -c 512M /dev/zero | sha256sum >/dev/null
    echo "machine $(($(now_us) - began))"
    # shellcheck disable=SC2016 # the host's shell expands it
    on host1 'b=$EPOCHREALTIME; head -c 8M /dev/zero | sha256sum >/dev/null; e=$EPOCHREALTIME
        echo dom0 $((${e/./} - ${b/./}))'
}

# What the sources are that are measured; what the benchmarks write themselves is no change of them.
commit() {
    local at
    at=$(git -C "$top" describe --always 2>/dev/null) || { echo 'an unknown commit' && return; }
    git -C "$top" diff --quiet HEAD -- . ':!docs/benchmarks.md' ':!docs/*.svg' || at+=-dirty
    echo "$at"
}
