# shellcheck shell=bash
# The resource agents for Pacemaker, whose tools are simulated (simcrm): what each action does to the guest, and says.
# shellcheck disable=SC2034 # of tests/sim/run
hosts=2

gpu=0000:41:00.0

machine() { echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=4 vram=17179869184"; }

# shellcheck source=tests/sim/moving.sh
. "$here/moving.sh"

cib=${SIM_HOSTS-}/cib
agents=$here/../../scripts/ocf/resource.d/xl-gpu

set_up() {
    both xl gpu-partition $gpu 2 >/dev/null
    both with_pacemaker
    mkdir "$cib"
    printf '%s\n' '1 host1 member' '2 host2 member' >"$cib/nodes"
    resources_are Started
    config=$(guest_file g)
    memory=$(($(field '.gpus[0].partitions[0].memory') >> 20))
    kind=xl-gpu.model.flex170.memory.$memory
}

with_pacemaker() {
    local tool
    for tool in cibadmin crm_attribute crm_resource crm_node attrd_updater; do ln -s "$here/simcrm" "$SIM_DIR/bin/$tool"; done
}

resources_are() { printf 'Full List of Resources:\n  * vm1\t(ocf:xl-gpu:domain):\t %s\n' "$1" >"$cib/resources"; }

# agent ACTION [KEY=VALUE…]: of the resource vm1; its exit reasons are in $SIM_DIR/reason.
agent() {
    local action=$1 r=0
    shift
    env OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=vm1 OCF_RESOURCE_TYPE=domain HA_LOGFACILITY=none HA_LOGFILE=/dev/null \
        OCF_RESKEY_config="$config" OCF_RESKEY_CRM_meta_timeout=30000 OCF_RESKEY_CRM_meta_interval=10000 \
        "$@" "$agents/${agent-domain}" "$action" >"$SIM_DIR/out" 2>"$SIM_DIR/said" || r=$?
    sed -n 's/^ocf-exit-reason://p' "$SIM_DIR/said" >"$SIM_DIR/reason"
    return "$r"
}
probe() { agent monitor OCF_RESKEY_CRM_meta_interval=0; }

# gives STATUS ACTION [KEY=VALUE…]
gives() {
    local r=0
    agent "${@:2}" || r=$?
    equal "${*:2}: status; $(cat "$SIM_DIR/said")" "$1" "$r"
}
because() { like "reason" "$1" "$(cat "$SIM_DIR/reason")"; }
probes() {
    local r=0
    probe || r=$?
    equal "probe: status; $(cat "$SIM_DIR/said")" "$1" "$r"
}

# Where even nobody can read it, which ocf-tester looks at.
installed_agents() {
    local dir
    dir=$(mktemp -d)
    cp -r "$agents/../.." "$dir/ocf"
    chmod -R a+rX "$dir"
    echo "$dir"
}

test_ocf_tester_passes() {
    local dir
    dir=$(installed_agents)
    ocf-tester -n vm1 -o "config=$config" "$dir/ocf/resource.d/xl-gpu/domain" >"$SIM_DIR/out" 2>&1 || die "$(cat "$SIM_DIR/out")"
    like "it says" "*passed all tests" "$(cat "$SIM_DIR/out")"
    ocf-tester -n partitions "$dir/ocf/resource.d/xl-gpu/partitions" >"$SIM_DIR/out" 2>&1 || die "$(cat "$SIM_DIR/out")"
    rm -r "$dir"
}

test_a_guest_is_started_watched_and_stopped() {
    probes 7
    gives 0 start
    equal "states" "held free" "$(states)"
    gives 0 monitor
    probes 0
    gives 0 start
    equal "once" "g " "$(copies g)"
    gives 0 stop
    equal "states, at once" "free free" "$(states)"
    gives 7 monitor
    gives 0 stop
}

test_a_guest_that_is_gone_is_not_running() {
    gives 0 start
    xl destroy g
    gives 7 monitor
}

test_a_reboot_is_no_failure() {
    local end=$((SECONDS + 4))
    export SIM_REBOOT_MS=2000
    gives 0 start
    xl reboot g
    while ((SECONDS < end)); do gives 0 monitor; done
    wait_for 20 "it has rebooted" rebooted g
}
rebooted() { (($(xl domid "$1") > 1)); }

test_what_is_not_known_is_not_stopped() {
    gives 0 start
    gives 1 monitor SIM_XEN_DOWN=1
    gives 1 stop SIM_XEN_DOWN=1 OCF_RESKEY_CRM_meta_timeout=3000
    gives 0 monitor
}

test_what_does_not_shut_down_is_destroyed() {
    gives 0 start
    xenstore-write /sim/deaf 1
    gives 0 stop OCF_RESKEY_shutdown_timeout=2
    check "it is gone" no_domain g
    check "its partition is free" all_free
}

test_a_config_can_be_missing_or_wrong() {
    gives 0 validate-all
    gives 6 validate-all OCF_RESKEY_config=g.cfg
    because 'config: "g.cfg" is not an absolute path'
    gives 6 monitor OCF_RESKEY_migrate_mode=restart
    gives 6 start OCF_RESKEY_shutdown_timeout=soon
    config=$(guest_file 12)
    gives 6 validate-all
    because "*xl takes the name 12 for a domid; rename it"
    echo 'name = "g"' >"$config"
    gives 6 start
    because "*it has no gpu=*"
    config=$SIM_DIR/none.cfg
    probes 7
    gives 5 start
    because "*: this node does not have it"
    gives 0 stop
}

test_a_guest_is_stopped_without_its_config() {
    gives 0 start
    rm "$config"
    gives 0 monitor
    gives 0 stop
    check "it is gone" no_domain g
}

test_a_guest_is_stopped_by_the_name_that_it_was_started_with() {
    gives 0 start
    config=$(guest_file h)
    probes 0
    gives 0 stop
    check "it is gone" no_domain g
}

test_no_room_is_said() {
    ok xl create "$(guest a)" >/dev/null
    ok xl create "$(guest b)" >/dev/null
    gives 1 start OCF_RESKEY_CRM_meta_timeout=6000
    because "g: there is no room, no partition is free; *"
}

# ---- Moves ----

to_host2=OCF_RESKEY_CRM_meta_migrate_target=host2

test_a_planned_move_is_one_live_migration() {
    both probes 7
    gives 0 start
    announce g
    at host2 ok xl create "$(guest other)" >/dev/null
    gives 0 migrate_to $to_host2
    at host2 gives 0 migrate_from OCF_RESKEY_CRM_meta_migrate_source=host1
    runs_at host2 g
    gives 7 monitor
    at host2 gives 0 monitor
    # Twice.
    gives 0 stop
    at host2 gives 0 start
    runs_at host2 g
    # And back, after it has ended there.
    at host2 gives 0 stop
    gives 0 start
    runs_at host1 g
}

test_a_node_may_have_another_address() {
    echo host2 >"$cib/address-second"
    gives 0 start
    announce g
    gives 1 migrate_to OCF_RESKEY_CRM_meta_migrate_target=second
    gives 0 migrate_to OCF_RESKEY_CRM_meta_migrate_target=second OCF_RESKEY_address_attribute=lan
    runs_at host2 g
}

test_a_guest_that_can_not_move_goes_on() {
    gives 0 start
    stays g gives 1 migrate_to $to_host2
    because "*suspend*"
    announce g
    at host2 ok xl create "$(guest a)" >/dev/null
    at host2 ok xl create "$(guest b)" >/dev/null
    stays g gives 1 migrate_to $to_host2
    because "g: it can't move to host2: *"
    stays g gives 2 migrate_to
}

test_another_guest_of_its_name_there_is_left_alone() {
    local uuid
    guest_file g 'uuid = "11111111-2222-3333-4444-555555555555"' >/dev/null
    gives 0 start
    announce g
    at host2 create_g
    at host2 probes 7
    uuid=$(at host2 uuid_of g)
    gives 1 migrate_to $to_host2
    because "g: it can't move to host2: *name*"
    at host2 gives 0 stop
    at host2 partitions start
    equal "what it has is not the cluster's" 1 "$(published xl-gpu node-host2)"
    gives 0 monitor
    equal "that one" "$uuid" "$(at host2 uuid_of g)"
}
create_g() { ok xl create "$(guest_file g)" 'uuid="66666666-7777-8888-9999-000000000000"' >/dev/null; }

# A restart is the cluster's to do.
test_it_is_never_restarted_by_a_move() {
    guest_file g 'gpu_migrate = [ "restart" ]' >/dev/null
    echo 'allow_restart = 1' >>"$XLGPU_CONF"
    gives 0 start
    announce g
    stays g gives 1 migrate_to $to_host2
}

test_what_has_not_come_is_said() {
    at host2 gives 1 migrate_from OCF_RESKEY_CRM_meta_timeout=3000
    at host2 because "g: it has not come*"
}

test_a_move_that_takes_too_long_is_called_off() {
    gives 0 start
    announce g
    printf '%s\n' '#!/bin/sh' 'exec sleep 1000' >"$SIM_DIR/bin/hangs"
    chmod +x "$SIM_DIR/bin/hangs"
    echo "migrate_command = \"$SIM_DIR/bin/hangs\"" >"$XLGPU_CONF"
    gives 1 migrate_to $to_host2 OCF_RESKEY_CRM_meta_timeout=3000
    echo "migrate_command = \"$here/at\"" >"$XLGPU_CONF"
    gives 0 monitor
}

# ---- What is cut off ----

# move_killed SENDER-STEP [RECEIVER-STEP]
move_killed() {
    both with_fault_points
    [[ ! ${2-} ]] || printf 'export %q\n' "XLGPU_KILL_AT=$2" >"$SIM_HOSTS/host2.also"
    { XLGPU_KILL_AT=$1 xl gpu-migrate g host2 & wait $! || :; } >/dev/null 2>&1
}
unsettled() { grep -lE '"(open|go-[a-z]*)"' "$XLGPU_STATE_DIR"/migration/* 2>/dev/null || :; }

# What Pacemaker does when a migrate_to has failed.
test_a_stop_ends_what_a_move_left() {
    local steps
    for steps in 'journal opened' 'ready heard' 'GO sent' 'GO-SENT:ready' 'GO sent:GO-TAKEN' 'xl migrate ended'; do
        echo "    killed at $steps"
        gives 0 start
        announce g
        move_killed "${steps%:*}" "$([[ $steps != *:* ]] || echo "${steps#*:}")"
        at host2 gives 0 stop OCF_RESKEY_CRM_meta_timeout=150000
        gives 0 stop OCF_RESKEY_CRM_meta_timeout=150000
        equal "$steps: copies" "" "$(both copies g)"
        equal "$steps: unsettled" "" "$(both unsettled)"
        both check "$steps: all is free" all_free
        at host2 gives 0 start
        runs_at host2 g
        at host2 gives 0 stop
    done
}

# In the middle of a move, which either host may have ended.
both_went_down() {
    gives 0 start
    announce g
    move_killed 'GO sent' 'GO-TAKEN'
    both goes_down
    both of_a_former_boot
}

# A node that went down in the middle: the guest is started elsewhere, and the node comes back.
test_a_node_that_comes_back_starts_nothing() {
    both_went_down
    check "something is left" test "$(both unsettled)"
    both probes 7
    equal "unsettled" "" "$(both unsettled)"
    gives 0 start
    at host2 xl gpu-recover
    runs_at host1 g
}

# By hand, before the cluster runs on it again.
test_what_the_cluster_may_have_started_is_not_started_by_recover() {
    both_went_down
    both is_a_node
    both refused 4 '*g: the end of this host cut its migration off*' xl gpu-recover
    equal "copies" "" "$(both copies g)"
    check "what is left stays" test "$(both unsettled)"
    ok xl gpu-recover --outside-cluster >/dev/null
    equal "it is no guest of the cluster's" "g " "$(at host2 copies g)"
}
is_a_node() { : >"$XLGPU_COROSYNC_CONF"; install -m 755 /dev/null "$XLGPU_COROSYNC"; }

# Debian's package leaves its settings.
test_without_corosync_a_host_is_no_node() {
    both_went_down
    both is_a_node
    both removes_corosync
    ok xl gpu-recover >/dev/null
    equal "copies" "g " "$(at host2 copies g)"
}
removes_corosync() { rm "$XLGPU_COROSYNC"; }

lost_host2() {
    gives 0 start
    announce g
    gives 0 migrate_to $to_host2
    at host2 xl destroy g
    echo 'migrate_command = "false"' >"$XLGPU_CONF"
    printf '%s\n' '1 host1 member' '2 host2 lost' >"$cib/nodes"
}

test_a_guest_whose_node_was_fenced_is_started_elsewhere() {
    lost_host2
    gives 0 start
    gives 0 monitor
}

test_without_fencing_it_is_not() {
    lost_host2
    echo false >"$cib/fencing"
    gives 1 start OCF_RESKEY_CRM_meta_timeout=6000
    because "*moved to host2, which does not say whether it runs*"
}

# It left the cluster without being fenced, and its guests run on.
test_a_node_that_answers_is_believed() {
    gives 0 start
    announce g
    gives 0 migrate_to $to_host2
    printf '%s\n' '1 host1 member' '2 host2 lost' >"$cib/nodes"
    gives 1 start OCF_RESKEY_CRM_meta_timeout=6000
    because "*moved to host2, and runs; *"
    runs_at host2 g
}

test_a_node_that_is_there_is_asked() {
    lost_host2
    printf '%s\n' '1 host1 member' '2 host2 member' >"$cib/nodes"
    gives 1 start OCF_RESKEY_CRM_meta_timeout=6000
}

test_a_host_outside_of_the_cluster_is_asked() {
    lost_host2
    printf '%s\n' '1 host1 member' '3 host3 lost' >"$cib/nodes"
    gives 1 start OCF_RESKEY_CRM_meta_timeout=6000
}

# ---- Utilization ----

partitions() { agent=partitions agent "$@" || die "partitions $1: $(cat "$SIM_DIR/said")"; }
published() { sed -n "s/^$1 //p" "$cib/${2-node-host1}"; }

test_a_resource_needs_what_its_config_says() {
    probes 7
    equal "any" "xl-gpu 1" "$(cat "$cib/resource-vm1")"
    guest_file g 'gpu = [ "partition,model=flex170,memory='$memory'" ]' >/dev/null
    probes 7
    equal "a kind" "xl-gpu 1,xl-gpu.memory.$memory 1,xl-gpu.model.flex170 1,$kind 1" "$(sort "$cib/resource-vm1" | paste -sd ,)"
    guest_file g >/dev/null
    probes 7
    equal "any" "xl-gpu 1" "$(cat "$cib/resource-vm1")"
    guest_file g "gpu = [ \"passthrough,bdf=$gpu\" ]" >/dev/null
    probes 7
    equal "none" "" "$(cat "$cib/resource-vm1")"
    guest_file g >/dev/null
    probes 7
    n=$(wc -l <"$cib/writes")
    both probes 7
    equal "writes" "$n" "$(wc -l <"$cib/writes")"
    guest_file g 'gpu = [ "partition,memory=512" ]' >/dev/null
    agent monitor OCF_RESKEY_CRM_meta_interval=0 OCF_RESKEY_utilization=false || :
    equal "the administrator's" "xl-gpu 1" "$(cat "$cib/resource-vm1")"
}

test_a_node_has_what_the_cluster_can_use() {
    local n
    probes 7
    partitions start
    like "kinds" "*$kind*" "$(cat "$cib/node-host1")"
    equal "all" 2 "$(published xl-gpu)"
    equal "status" "2 of 2" "$(published $kind status-host1)"
    # What Pacemaker itself takes off.
    gives 0 start
    partitions monitor
    equal "with its guest" 2 "$(published xl-gpu)"
    equal "of the kind, which it did not ask for" 1 "$(published $kind)"
    equal "status" "1 of 1" "$(published $kind status-host1)"
    # What it knows nothing of.
    ok xl create "$(guest other)" >/dev/null
    partitions monitor
    equal "with another" 1 "$(published xl-gpu)"
    n=$(wc -l <"$cib/writes")
    partitions monitor
    equal "writes, where nothing has changed" "$n" "$(wc -l <"$cib/writes")"
    xl destroy other
    gives 0 stop
    partitions monitor
    equal "all again" "2 2" "$(published xl-gpu) $(published $kind)"
    xl gpu-unpartition $gpu >/dev/null
    partitions monitor
    equal "none" "0 0" "$(published xl-gpu) $(published $kind)"
    partitions stop
    agent=partitions gives 7 monitor
}

test_a_config_that_changes_takes_nothing_from_who_runs() {
    guest_file g 'gpu = [ "partition,model=flex170,memory='$memory'" ]' >/dev/null
    probes 7
    gives 0 start
    partitions start
    equal "with its guest" "2 2" "$(published xl-gpu) $(published $kind)"
    guest_file g >/dev/null
    partitions monitor
    equal "its next start needs less" "2 2" "$(published xl-gpu) $(published $kind)"
    sed -i 's/^name.*/name = "other"/' "$config"
    partitions monitor
    equal "it has another name" "2 2" "$(published xl-gpu) $(published $kind)"
    rm "$config"
    partitions monitor
    equal "it can't be read" "2 2" "$(published xl-gpu) $(published $kind)"
    agent=partitions gives 1 monitor SIM_CIB_DOWN=1
    because "what vm1 needs can't be read: *"
    equal "what the cluster says can't be read" "2 2" "$(published xl-gpu) $(published $kind)"
}

test_a_gpu_that_is_being_changed_is_not_offered() {
    with_fault_points
    partitions start
    { XLGPU_KILL_AT='file renamed' xl gpu-partition $gpu 1 & wait $! || :; } >/dev/null 2>&1
    partitions monitor
    equal "none" 0 "$(published xl-gpu)"
    xl gpu-recover >/dev/null
    partitions monitor
    equal "all" "$(partition_count)" "$(published xl-gpu)"
}

partition_count() { field '.gpus[0].partition_count'; }

test_a_guest_that_reboots_or_comes_is_no_stranger() {
    local end=$((SECONDS + 4))
    export SIM_REBOOT_MS=2000
    both probes 7
    gives 0 start
    announce g
    both partitions start
    xl reboot g
    while ((SECONDS < end)); do
        partitions monitor
        equal "in its reboot" 2 "$(published xl-gpu)"
    done
    wait_for 20 "it has rebooted" rebooted g
    wait_for 20 "it is built" is_built g
    announce g
    gives 0 migrate_to $to_host2
    at host2 partitions monitor
    equal "before its migrate_from" 2 "$(published xl-gpu node-host2)"
}

test_who_has_no_room_is_in_the_status() {
    probes 7
    ok xl create "$(guest a)" >/dev/null
    ok xl create "$(guest b)" >/dev/null
    partitions start
    equal "it runs elsewhere" "" "$(published xl-gpu.no-room status-host1)"
    resources_are Stopped
    partitions monitor
    equal "it is stopped" "vm1: there is no room, no partition is free" "$(published xl-gpu.no-room status-host1)"
    equal "none for the cluster" "0 0 of 0" "$(published xl-gpu) $(published $kind status-host1)"
    resources_are 'Stopped (disabled)'
    partitions monitor
    equal "it is to be stopped" "" "$(published xl-gpu.no-room status-host1)"
    resources_are Stopped
    xl destroy a
    partitions monitor
    equal "one is free" "" "$(published xl-gpu.no-room status-host1)"
    equal "one for the cluster" 1 "$(published xl-gpu)"
}

test_a_resource_that_is_no_more_is_forgotten() {
    ok xl create "$(guest other)" >/dev/null
    gives 0 start
    partitions start
    equal "its own" 1 "$(published xl-gpu)"
    cp "$(guest_file h)" "$SIM_DIR/h.cfg"
    guest_file g >/dev/null
    config=$SIM_DIR/h.cfg
    agent monitor OCF_RESOURCE_INSTANCE=vm2 OCF_RESKEY_CRM_meta_interval=0 || :
    printf 'Full List of Resources:\n  * vm2\t(ocf:xl-gpu:domain):\t Stopped\n' >"$cib/resources"
    rm "$cib/resource-vm1"
    partitions monitor
    equal "nobody's" 0 "$(published xl-gpu)"
    check "it is forgotten" test ! -e "$XLGPU_RUN_DIR/cluster/vm1"
}

# ---- Names ----

test_names_and_paths_are_never_commands() {
    local name
    cd "$SIM_DIR" || return
    mkdir here
    cd here || return
    for name in "g\$(touch X)'\"" '-n' 'a b;`touch X`' '*%s\'; do
        config=$SIM_DIR/$name=\$\(touch\ X\).cfg
        cp "$(guest_file "$name")" "$config"
        both probes 7
        gives 0 start
        gives 0 monitor
        partitions start
        xenstore-write "/local/domain/$(domid_of "$name")/control/feature-suspend" 1
        gives 0 migrate_to $to_host2
        at host2 gives 0 migrate_from
        at host2 gives 0 stop
        gives 0 start
        gives 0 stop
        equal "$name: files that it has made" "" "$(ls -A)"
    done
    gives 1 start OCF_RESKEY_CRM_meta_timeout=6000 OCF_RESKEY_config="$(guest_file a 'gpu = [ "partition,model=$(touch X)" ]')"
    config=$(guest_file g)
    gives 0 start
    gives 1 migrate_to OCF_RESKEY_CRM_meta_migrate_target='-oProxyCommand=touch X'
    gives 1 migrate_to OCF_RESKEY_CRM_meta_migrate_target='host2;touch X'
    equal "files" "" "$(ls -A)"
}
domid_of() { xl list | tail -n +3 | awk '{ print $(NF - 4) }' | head -n 1; }
