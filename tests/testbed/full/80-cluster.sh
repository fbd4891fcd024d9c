# shellcheck shell=bash
# A real cluster of two hosts, Corosync and Pacemaker, set up as xl-gpu-pacemaker(7) says: with the commands of that page.
# Its fence agent has this machine end the other host's QEMU. Starting the cluster takes minutes.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# shellcheck source=tests/testbed/moving.sh
. "$top/tests/testbed/moving.sh"

packages=(corosync pacemaker pacemaker-cli-utils crmsh resource-agents libxml2-utils)
work=$(mktemp -d)
# Whether the hosts' switch works.
switch=$work/works

# ---- The cluster ----

# block NAME: from the page, for these hosts: the network is theirs, and its token slower, for they are emulated.
block() {
    sed -n "/^\.\\\\\" block $1\$/,/^\.fi\$/{/^\./!p}" "$top/docs/man/xl-gpu-pacemaker.7" |
        sed -e 's/\\e$/\\/' -e 's/node\([12]\)/host\1/g' -e 's/192\.0\.2\./10.77.0./' -e 's/token: .*/token: 30000/' \
            -e 's|/etc/xen/vm1.cfg|/root/guest.cfg|' -e 's/\<vm1\>/guest/g'
}

# What a test leaves is not for others: a host that it ended is switched on, and no cluster starts guests any more.
end_test() {
    local host
    [[ ! ${fencers+set} ]] || kill "${fencers[@]}" 2>/dev/null || :
    for host in host1 host2; do "$top/scripts/testbed" power "$host" on || :; done
    for host in host1 host2; do stop_cluster "$host"; done
    rm -rf "$work"
}
trap end_test EXIT

stop_cluster() {
    on "$1" "pkill -9 '^pacemaker'; pkill -9 corosync; systemctl stop pacemaker corosync
        rm -rf /var/lib/pacemaker/cib/* /var/lib/pacemaker/pengine/* /var/lib/corosync/* /run/xl-gpu/cluster" >/dev/null 2>&1 || :
}

install_on() {
    "$top/scripts/testbed" packages "$1" "${packages[@]}"
    "$top/scripts/testbed" put "$1" "$top/tests/testbed/fence_testbed" /usr/sbin
    "$top/scripts/testbed" put "$1" "$work/corosync.conf" /etc/corosync
    # A daemon that is killed stays so.
    on "$1" 'mkdir -p /etc/systemd/system/pacemaker.service.d
        printf "[Service]\nRestart=no\n" >/etc/systemd/system/pacemaker.service.d/test.conf
        systemctl daemon-reload'
}

# agents_may_go: the word of their package's removal; the cluster runs on host1 or not.
agents_may_go() { on sh /root/xl-gpu-pacemaker.prerm remove; }

# cluster HOST: up, with the guest on that host.
cluster() {
    local node other=host2
    [[ $1 == host1 ]] || other=host1
    block corosync >"$work/corosync.conf"
    for node in host1 host2; do
        install_on "$node"
        fence_for "$node"
        on "$node" rm -f /root/guest.log
    done
    "$top/scripts/testbed" put host1 "$top/debian/xl-gpu-pacemaker.prerm" /root
    check "without a cluster the agents may go" agents_may_go
    on host1 'corosync-keygen >/dev/null && scp -p /etc/corosync/authkey host2:/etc/corosync/'
    for node in host1 host2; do on "$node" 'systemctl start corosync && systemctl start pacemaker'; done
    wait_for 300 "both are online" online host1 host2
    check "while it has no use for them, too" agents_may_go
    # Where there is no choice.
    { echo set -e; echo crm configure primitive fence stonith:fence_testbed params 'pcmk_host_list="host1 host2"'
        echo crm configure property stonith-enabled=true stonith-action=off stonith-timeout=180s
        echo crm node standby "$other"
        block partitions; block guest; } >"$work/commands"
    "$top/scripts/testbed" put host1 "$work/commands" /root
    on "crm_attribute --type op_defaults --name timeout --update 60s; bash /root/commands" >"$work/crm" 2>&1 ||
        die "the page's commands: $(cat "$work/crm")"
    guest_on "$1"
    on crm node online "$other" >/dev/null 2>&1
    wait_for 120 "$other publishes what it has" publishes "$other"
}

# publishes HOST [N]: how many partitions the cluster can use there.
publishes() {
    local n
    n=$(on crm_attribute --type nodes --node "$1" --utilization --name xl-gpu --query --quiet) && [[ $n == "${2-$n}" ]]
}

online() {
    local nodes host re
    nodes=$(on crm_mon -1)
    for host; do
        re=$'Online:[^\n]*'" $host "
        [[ $nodes =~ $re ]] || return
    done
    [[ $nodes == *"partition with quorum"* ]]
}

# ---- Fencing ----

# fence_for HOST: what its fence agent asks for is done, as long as the switch works. Both processes end with the test.
fence_for() {
    local host=$1
    on "$host" 'rm -rf /run/fence; mkdir /run/fence; mkfifo /run/fence/pipe'
    rm -f "$work/$host.pipe"
    mkfifo "$work/$host.pipe"
    "$top/scripts/testbed" run "$host" 'exec cat <>/run/fence/pipe' >"$work/$host.pipe" 2>/dev/null </dev/null &
    fencers+=($!)
    answer "$host" <"$work/$host.pipe" >/dev/null 2>&1 &
    fencers+=($!)
}

answer() {
    local n action target word
    while read -r n action target; do
        word=failed
        # Pacemaker gives up after some attempts: they take their time.
        if [[ ! -e $switch ]]; then
            sleep 8
        elif "$top/scripts/testbed" power "$target" "$action"; then
            word='done'
        fi
        echo "$n $action $target $word" >>"$work/fenced"
        "$top/scripts/testbed" run "$1" "touch /run/fence/$n.$word" </dev/null || :
    done
}

fenced() { cat "$work/fenced" 2>/dev/null || :; }
tried_to_fence() { [[ $(fenced) == *" off $1 failed"* ]]; }

# ---- The guest ----

# The fault is nobody's to see to: a person does nothing from here on.
end_host() { "$top/scripts/testbed" power "$1" off; }

runs_on() { [[ $(on crm_resource --resource guest --locate 2>/dev/null) == *"is running on: $1"* ]]; }
status() { on crm_mon -1Arf; }

guest_on() {
    wait_for 400 "the guest runs on $1" runs_on "$1"
    at "$1" wait_for 180 "it boots" guest_is_up
    at "$1" has_traffic
}

move_to() {
    on crm resource move guest "$1" >/dev/null 2>&1
    wait_for 400 "it has moved to $1" runs_on "$1"
    on crm resource clear guest >/dev/null 2>&1
}

# ---- Tests ----

test_ocf_tester_passes() {
    local said
    partition_both
    "$top/scripts/testbed" packages host1 "${packages[@]}"
    # Its 20 s for each action are not meant for emulated hosts.
    on "sed 's/meta_timeout=20000/meta_timeout=180000/' /usr/sbin/ocf-tester >/root/ocf-tester"
    said=$(on 'bash /root/ocf-tester -n guest -o config=/root/guest.cfg /usr/lib/ocf/resource.d/xl-gpu/domain 2>&1') ||
        die "$said"
    like "it says" "*passed all tests" "$said"
}

test_xendomains_is_switched_off_and_guests_run_on() {
    on xl gpu-partition $gpu 4
    boot
    has_traffic
    on systemctl start xendomains
    block xendomains >"$work/xendomains"
    "$top/scripts/testbed" put host1 "$work/xendomains" /root
    on sh -e /root/xendomains
    equal "it is" inactive "$(on 'systemctl is-active xendomains || :')"
    has_traffic
    on 'rm -r /etc/systemd/system/xendomains.service.d; systemctl daemon-reload'
}

test_a_planned_move_is_one_live_migration() {
    local uuid up said
    touch "$switch"
    partition_both
    at host2 occupy 1
    cluster host1
    uuid=$(uuid_of) up=$(seconds_up)
    like "what the guest needs" "*xl-gpu=1*" "$(on crm_resource --resource guest --utilization --get-parameter xl-gpu | sed 's/^/xl-gpu=/')"
    in_guest pattern start 24 200
    move_to host2
    equal "UUID" "$uuid" "$(at host2 uuid_of)"
    check "it goes on" test "$(at host2 seconds_up)" -ge "$up"
    like "its memory" "6144 pages, 0 bad, *" "$(at host2 in_guest pattern verify)"
    check "gone here" no_domain
    at host2 has_traffic
    no_journals
    equal "held there" "held held free free" "$(at host2 states)"
    said=$(status)
    equal "migrations" 1 "$(on crm_mon -1o | grep -c 'migrate_from')"
    [[ $said != *"Failed Resource Actions"* ]] || die "$said"
    equal "nobody was fenced" "" "$(fenced)"
    ! said=$(agents_may_go 2>&1) || die "agents that the cluster uses may go"
    like "why" "*not removed: the cluster runs on this node, and has resources of these agents*" "$said"
}

# Without fencing nothing is started, with it everything, and the node that comes back starts nothing of its own.
test_a_killed_nodes_guest_is_started_on_the_other() {
    local said
    rm -f "$switch"
    partition_both
    cluster host2
    on host2 sync
    on rm -f /root/guest.log
    end_host host2
    wait_for 400 "host1 asks for host2 to be ended" tried_to_fence host2
    sleep 60
    check "it is not started" no_domain
    like "the cluster says why" "*host2: UNCLEAN*" "$(status)"

    touch "$switch"
    guest_on host1
    like "it was fenced" "* off host2 done*" "$(fenced)"
    equal "its partition" "held free free free" "$(states)"

    "$top/scripts/testbed" power host2 on
    on host2 xl gpu-partition $gpu 4
    fence_for host2
    on host2 'systemctl start corosync && systemctl start pacemaker'
    wait_for 400 "host2 is back" online host1 host2
    sleep 20
    on host2 xl gpu-recover
    check "it runs on host1" runs_on host1
    check "and not on host2" no_guest_there
}

# held_by_others HOST: all that it has.
held_by_others() {
    local n
    for n in 1 2; do
        on "$1" "xl create -p /root/guest.cfg 'name=\"other$n\"' 'serial=\"null\"' 'memory=64'" >/dev/null 2>&1
    done
}

has_no_room() { [[ $(status 2>/dev/null) == *xl-gpu.no-room*"guest: there is no room, no partition is free"* ]]; }

test_a_guest_waits_for_a_partition() {
    local said
    touch "$switch"
    on xl gpu-partition $gpu 2
    on host2 xl gpu-partition $gpu 2
    cluster host2
    held_by_others host1
    wait_for 120 "what host1 has is known" publishes host1 0
    on rm -f /root/guest.log
    end_host host2
    wait_for 400 "the reason is in the status" has_no_room
    said=$(status)
    check "it is stopped: $said" grep -q 'guest.*(ocf:xl-gpu:domain):.*Stopped' <<<"$said"
    [[ $said != *"Failed Resource Actions"* ]] || die "$said"
    check "it does not run" no_domain

    on xl destroy other1
    guest_on host1
    equal "its partition" "held held" "$(states)"
    said=$(status)
    [[ $said == *guest* && $said != *no-room* ]] || die "the reason is still there: $said"
}
