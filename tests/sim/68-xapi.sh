# shellcheck shell=bash
# The xapi plugin: called by the byte as xapi calls it. The machine's domains
# are xenopsd's, of which there is nothing but what that writes into xenstore.

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
xapi=$build/xapi/xl-gpu
# As it is installed, where that is another one.
plugin=$here/../../build/xapi/xl-gpu
manual=$here/../../docs/man/xl-gpu-xapi.8

gpu=0000:41:00.0 other=0000:42:00.0
vf0=0000:41:10.0 vf1=0000:41:10.2
vm_a=6f1e0a52-0a45-4b8e-9d0e-111111111111 vm_b=6f1e0a52-0a45-4b8e-9d0e-222222222222
vm_c=6f1e0a52-0a45-4b8e-9d0e-333333333333

machine() {
    local card='id=8086:10c9 subsystem=8086:0001 class=038000 driver=igb totalvfs=7 offset=128 stride=2 vf_device=10ca'
    echo "gpu $gpu $card numa=0"
    echo "gpu $other $card numa=0"
}

set_up() { model 'model = "igb"' 'match = "8086:10c9"' 'counts = [ 1, 2, 3, 4, 5, 6, 7 ]' 'memory = 2048'; }

# ---- xapi ----

# As xapi's xml.ml escapes a text.
escaped() {
    local s=${1//&/'&amp;'}
    s=${s//</'&lt;'} s=${s//>/'&gt;'}
    printf %s "${s//\"/'&quot;'}"
}

# call FUNCTION [KEY VALUE]…: the bytes that xapi hands to the plugin.
call() {
    local function members='' value struct='<struct/>'
    function=$(escaped "$1")
    shift
    for (( ; $#; )); do
        value="<value>$(escaped "$2")</value>"
        [[ $2 ]] || value='<value/>'
        members+="<member><name>$(escaped "$1")</name>$value</member>"
        shift 2
    done
    [[ ! $members ]] || struct="<struct>$members</struct>"
    printf %s "<methodCall><methodName>$function</methodName><params><param>" \
        "<value>OpaqueRef:0fa5d3b2-3d3e-4c1c-a0a6-2a2f6b1f8a11</value></param><param><value>$struct</value></param>" \
        "</params></methodCall>"
}

# plugin FUNCTION [KEY VALUE]…: its answer is in answer, on one line.
plugin() {
    "$xapi" "$(call "$@")" >"$SIM_DIR/raw" 2>"$SIM_DIR/said" || die "$*: exit status $?: $(cat "$SIM_DIR/said")"
    tr '\n' ' ' <"$SIM_DIR/raw" >"$SIM_DIR/answer"
}

# As xapi reads the answer.
unescaped() { sed -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&quot;/"/g' -e 's/&amp;/\&/g'; }
Value() {
    sed -n 's|.*<string>Success</string>.*<name>Value</name><value><string>\(.*\)</string></value></member>.*|\1|p' \
        "$SIM_DIR/answer" | unescaped
}
# The error's code and parameters, with a bar between them.
ErrorDescription() {
    sed -n 's|.*<string>Failure</string>.*<name>ErrorDescription</name><value><array><data>\(.*\)</data>.*|\1|p' \
        "$SIM_DIR/answer" | sed -e 's|<value><string>||g' -e 's|</string></value>$||' -e 's#</string></value>#|#g' |
        unescaped
}

# value JQ FUNCTION [KEY VALUE]…: of its document.
value() {
    local query=$1
    shift
    plugin "$@"
    Value | jq -r "$query" || die "$*: $(cat "$SIM_DIR/answer")"
}

# fails_with PATTERN FUNCTION [KEY VALUE]…: of the error's words.
fails_with() {
    local pattern=$1
    shift
    plugin "$@"
    like "$*" "$pattern" "$(ErrorDescription)"
    equal "$*: no value" "" "$(Value)"
}

# faults CODE WHY TEXT: the plugin is called with that text.
faults() {
    "$xapi" "$3" >"$SIM_DIR/answer" 2>"$SIM_DIR/said" || die "$3: exit status $?"
    equal "$3" "<?xml version='1.0'?><methodResponse><fault><value><struct><member><name>faultCode</name><value><int>$1\
</int></value></member><member><name>faultString</name><value><string>$2</string></value></member></struct></value>\
</fault></methodResponse>" "$(cat "$SIM_DIR/answer")"
}

# As xenopsd does it, which writes no note of libxl's: vm_starts DOMID UUID NAME [BDF]…
vm_starts() {
    local domid=$1 i
    xenstore-write "/local/domain/$1/vm" "/vm/$2" "/local/domain/$1/name" "$3"
    shift 3
    for ((i = 0; $#; i++)); do
        xenstore-write "/local/domain/0/backend/pci/$domid/0/dev-$i" "$1"
        shift
    done
}
vm_ends() {
    xenstore-rm "/local/domain/$1"
    xenstore-rm "/local/domain/0/backend/pci/$1" 2>/dev/null || :
}

# A boot of the host: nothing is in xenstore, no VF is there.
boots() {
    sim boot
    xenstore-rm /local/domain/0/gpu
}

partitioned() { value .changed partition gpu $gpu count "$1" >/dev/null; }
states_now() { value "[.gpus[] | select(.bdf == \"$gpu\").partitions[].state] | join(\" \")" list; }
reserve() { value .pci reserve vm "$@"; }

# ---- What it is ----

test_it_takes_from_dom0_what_xcp_ng_has() {
    local dynamic
    dynamic=$(readelf --wide --dynamic "$plugin")
    equal "libraries" "libc.so.6 libexpat.so.1 libpci.so.3 libxenstore.so.4 libyajl.so.2" \
        "$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic" | sort | xargs)"
    equal "search paths of its own" "" "$(grep -E 'RPATH|RUNPATH' <<<"$dynamic" || :)"
    equal "newer than glibc 2.17" "" "$(readelf --wide --version-info "$plugin" | grep -o 'GLIBC_[A-Z0-9._]*' | sort -u |
        awk -F'[_.]' '$2 != 2 || $3 > 17 || $0 ~ /PRIVATE|ABI/')"
    equal "newer than pciutils 3.5" "" "$(readelf --wide --version-info "$plugin" | grep -o 'LIBPCI_[0-9.]*' | sort -u |
        awk -F'[_.]' '$2 != 3 || $3 > 5')"
    equal "relocations that glibc 2.17 can't do" "" "$(grep RELR <<<"$dynamic" || :)"
    check "versions are looked at" grep -q 'GLIBC_2\.' <(readelf --wide --version-info "$plugin")
    equal "what was in libpthread and libdl" "" "$(readelf --wide --dyn-syms "$plugin" |
        awk '$7 == "UND" && $8 ~ /^(pthread_|sem_|dl[a-z]|timer_|shm_)/ { print $8 }')"
}

# It could neither create nor destroy a domain.
test_it_has_nothing_that_changes_a_domain() {
    equal "of libxl, of libxc, or of ours" "" "$(nm "$plugin" |
        grep -E ' [A-Za-z] (libxl_|xc_|xlgpu_(domain|start|kept_start|xen_(at|de)tach|recover_migrations))' |
        grep -v ' T libxl_defbool_set$' || :)"
    check "symbols are looked at" grep -q ' T main$' <(nm "$plugin")
}

# With their arguments.
test_the_manual_describes_the_functions() {
    local function args n=0
    while read -r function args; do
        n=$((n + 1))
        plugin "$function" no_such_argument 1
        like "$function is there" "VALUE_NOT_SUPPORTED|*" "$(ErrorDescription)"
        for arg in $args; do
            plugin "$function" "$arg" "?" no_such_argument 1
            equal "$function takes $arg" "VALUE_NOT_SUPPORTED|no_such_argument|1|the function has no such argument" \
                "$(ErrorDescription)"
        done
    done < <(sed -n '/^.SH FUNCTIONS/,/^.SH DOCUMENTS/s/^\.B \([a-z_]* *[][a-z_= ]*\)$/\1/p' "$manual" | tr -d '[]=')
    equal "functions are looked at" 9 "$n"
}

test_the_manual_describes_the_documents() {
    documented() { sed -n "/^.SS $1/,/^.fi/s/^ *\"\([a-z_]*\)\":.*/\1/p" "$manual" | sort -u; }
    keys() { value '[paths[] | strings] | unique[]' "$@"; }
    partitioned 2
    equal "partition" "$(documented partition)" "$(keys partition gpu $gpu count 2)"
    equal "reserve" "$(documented reserve)" "$(keys reserve vm $vm_a)"
    equal "release" "$(documented reserve)" "$(keys release vm $vm_a)"
    equal "pool_facts" "$(documented pool_facts)" "$(keys pool_facts)"
    sim "$vf0 reset=fail:EIO*1"
    reserve $vm_a >/dev/null
    manual=${manual%-xapi.8}.8
    equal "recover" "$(documented "gpu-recover -j")" "$(keys recover)"
    equal "layout" "$(documented "gpu-layout")" "$(keys layout)"
    equal "precheck" "$(documented "gpu-precheck")" "$(keys precheck)"
}

# ---- What it does ----

test_it_lists_as_gpu_list_does() {
    partitioned 3
    equal "the document" "$(xl gpu-list -j | jq -S .)" "$(value . list | jq -S .)"
    equal "one GPU" "$other" "$(value '.gpus | map(.bdf) | join(" ")' list gpu 42:00.0)"
    fails_with "INVALID_DEVICE|0000:43:00.0" list gpu 0000:43:00.0
    fails_with "INVALID_DEVICE|$vf0" list gpu $vf0
}

test_it_prechecks_what_xapi_has() {
    local results
    results=$(value '.checks[] | "\(.check) \(.result)"' precheck)
    check "Xen" grep -qx 'xen pass' <<<"$results"
    check "HVM" grep -qx 'hvm pass' <<<"$results"
    check "pciback" grep -qx 'pciback pass' <<<"$results"
    check "records" grep -qx 'xenstore pass' <<<"$results"
    check "both GPUs" test "$(grep -cx 'sriov pass' <<<"$results")" = 2
    check "xl is nobody's business" test -z "$(grep '^wrapper' <<<"$results" || :)"
    check "xapi moves no such VM" grep -qx 'migrate warn' <<<"$results"
    like "who knows of the IOMMU" "xe host-param-get *" "$(value '.checks[] | select(.check == "iommu").remedy' precheck)"
}

test_a_gpu_is_partitioned_and_made_whole() {
    local document
    document=$(value . partition gpu $gpu count 4 dry_run true)
    equal "would change" true "$(jq .changed <<<"$document")"
    equal "nothing has" 0 "$(attr $gpu sriov_numvfs)"
    equal "changed" "true 4 0" "$(value '"\(.changed) \(.partition_count) \(.before)"' partition gpu $gpu count 4)"
    equal "it has" 4 "$(attr $gpu sriov_numvfs)"
    equal "pciback's" pciback "$(driver_of $vf1)"
    equal "desired" 4 "$(jq '.gpus[0].partition_count' "$XLGPU_STATE_DIR/layout.json")"
    log_has "*drivers/pciback/new_slot $vf0 -> ok" "*drivers/pciback/bind $vf0 -> ok"
    equal "once more" "false 4 4" "$(value '"\(.changed) \(.partition_count) \(.before)"' partition gpu $gpu count 4)"
    equal "another count" "true 2 4" "$(value '"\(.changed) \(.partition_count) \(.before)"' partition gpu 41:00.0 count 2)"
    equal "whole" "true 0 2" "$(value '"\(.changed) \(.partition_count) \(.before)"' unpartition gpu $gpu)"
    equal "it has none" 0 "$(attr $gpu sriov_numvfs)"
    equal "whole already" false "$(value .changed unpartition gpu $gpu)"
    equal "no records" "" "$(records)"
}

test_a_count_that_can_not_be() {
    fails_with "VALUE_NOT_SUPPORTED|count|8|$gpu: *" partition gpu $gpu count 8
    for count in 0 -1 x "" 4x 99999999999999999999; do
        fails_with "VALUE_NOT_SUPPORTED|count|$count|it is not a number above 0; *" partition gpu $gpu count "$count"
    done
    fails_with "VALUE_NOT_SUPPORTED|memory|much|*" partition gpu $gpu count 2 memory much
    fails_with "VALUE_NOT_SUPPORTED|count|2|$gpu: *can't set what a partition gets*" partition gpu $gpu count 2 memory 512
    equal "nothing has changed" 0 "$(attr $gpu sriov_numvfs)"
    sim "$gpu sriov_numvfs=fail:EIO"
    fails_with "XENAPI_PLUGIN_FAILURE|partition|failed|$gpu: *Input/output error*" partition gpu $gpu count 2
}

test_the_layout_is_brought_back_after_a_boot() {
    partitioned 2
    equal "as desired" "false as desired" "$(value '"\(.changed) \(.gpus[0].state)"' layout)"
    boots
    equal "differs" differs "$(value '.gpus[0].state' layout)"
    equal "applied" "true as desired" "$(value '"\(.changed) \(.gpus[0].state)"' layout apply true)"
    equal "it has" 2 "$(attr $gpu sriov_numvfs)"
    equal "once more" false "$(value .changed layout apply true)"
    equal "as gpu-layout -j" "$(xl gpu-layout -j | jq -S .gpus)" "$(value .gpus layout | jq -S .)"
    boots
    sim "$gpu sriov_numvfs=fail:EIO"
    fails_with "XENAPI_PLUGIN_FAILURE|layout|failed|$gpu: *" layout apply true
}

# By the very call of the unit that does it.
test_the_unit_brings_it_back() {
    local unit=$here/../../config/xl-gpu-xapi.service
    partitioned 2
    reserve $vm_a >/dev/null
    boots
    "$xapi" "$(sed -n "s|^ExecStart=/etc/xapi.d/plugins/xl-gpu '\(.*\)'$|\1|p" "$unit")" | tr '\n' ' ' >"$SIM_DIR/answer"
    equal "changed" true "$(Value | jq .changed)"
    equal "states" "reserved free" "$(states_now)"
}

test_it_tells_a_pool_what_is_alike() {
    partitioned 2
    reserve $vm_a >/dev/null
    equal "GPU" "igb 2 1 1" "$(value ".gpus[] | select(.bdf == \"$gpu\") | \"\(.model) \(.count) \(.free) \(.reserved)\"" \
        pool_facts)"
}

# ---- A VM's partition ----

test_a_vm_is_given_a_partition() {
    partitioned 2
    equal "as other-config:pci takes it" "0/$vf0" "$(reserve $vm_a)"
    equal "states" "reserved free" "$(states_now)"
    equal "whose" "$vm_a" "$(value '.gpus[0].partitions[0].uuid' list)"
    equal "reset once" 1 "$(resets $vf0)"
    equal "once more" "false 0/$vf0" "$(value '"\(.changed) \(.pci)"' reserve vm $vm_a)"
    equal "in capitals" "false 0/$vf0" "$(value '"\(.changed) \(.pci)"' reserve vm "${vm_a^^}")"
    equal "another VM" "true 0/$vf1" "$(value '"\(.changed) \(.pci)"' reserve vm $vm_b)"
    fails_with "VM_REQUIRES_VGPU|$vm_c|||$vm_c: *" reserve vm $vm_c
    fails_with "PGPU_INSUFFICIENT_CAPACITY_FOR_VGPU|$gpu||$vm_c: *" reserve vm $vm_c gpu $gpu

    equal "released" "true $vf0" "$(value '"\(.changed) \(.bdf)"' release vm $vm_a)"
    equal "states" "free reserved" "$(states_now)"
    equal "reset for the next one" 2 "$(resets $vf0)"
    equal "released already" "false null null" "$(value '"\(.changed) \(.bdf) \(.pci)"' release vm $vm_a)"
    equal "the next one" "0/$vf0" "$(reserve $vm_c)"
}

test_a_dry_run_takes_nothing() {
    partitioned 2
    equal "would be" "true 0/$vf0" "$(value '"\(.changed) \(.pci)"' reserve vm $vm_a dry_run true)"
    equal "states" "free free" "$(states_now)"
    reserve $vm_a >/dev/null
    equal "would be released" "true 0/$vf0" "$(value '"\(.changed) \(.pci)"' release vm $vm_a dry_run true)"
    equal "states" "reserved free" "$(states_now)"
    fails_with "VALUE_NOT_SUPPORTED|dry_run|yes|*" release vm $vm_a dry_run yes
}

test_a_vm_may_say_which() {
    partitioned 2
    value . partition gpu $other count 1 >/dev/null
    equal "on a GPU" "0/0000:42:10.0" "$(reserve $vm_a gpu $other)"
    fails_with "DEVICE_ALREADY_EXISTS|0000:42:10.0|*" reserve vm $vm_a gpu $gpu
    fails_with "INVALID_DEVICE|43:00.0" reserve vm $vm_b gpu 43:00.0
    equal "of a model" "0/$vf0" "$(reserve $vm_b model igb)"
    fails_with "VM_REQUIRES_VGPU|$vm_c||flex170|*" reserve vm $vm_c model flex170
    echo "groups = [ \"vdi=$gpu\" ]" >>"$XLGPU_CONF"
    equal "of a group" "0/$vf1" "$(reserve $vm_c group vdi)"
    fails_with "VM_REQUIRES_VGPU|6f1e0a52-0a45-4b8e-9d0e-444444444444|vdi||*" \
        reserve vm 6f1e0a52-0a45-4b8e-9d0e-444444444444 group vdi
    fails_with "VALUE_NOT_SUPPORTED|memory|many|*" reserve vm $vm_c memory many
    fails_with "VALUE_NOT_SUPPORTED|model|a,gpu=$other|there is a comma in it" reserve vm $vm_c model a,gpu=$other
}

test_it_is_the_vms_while_that_runs_and_after() {
    partitioned 2
    reserve $vm_a >/dev/null
    vm_starts 7 $vm_a "a VM" $vf0
    equal "held" "held 7 a VM" "$(value '.gpus[0].partitions[0] | "\(.state) \(.domid) \(.name)"' list)"
    fails_with "VM_BAD_POWER_STATE|$vm_a|halted|running" release vm $vm_a
    fails_with "PGPU_IN_USE_BY_VM|$vm_a|$gpu: *" unpartition gpu $gpu
    fails_with "PGPU_IN_USE_BY_VM|$vm_a|$gpu: *" partition gpu $gpu count 4
    vm_ends 7
    equal "kept for its next start" "reserved free" "$(states_now)"
    fails_with "PGPU_IN_USE_BY_VM|$vm_a|$gpu: *" unpartition gpu $gpu
    equal "its own still" "false 0/$vf0" "$(value '"\(.changed) \(.pci)"' reserve vm $vm_a)"
    vm_starts 8 $vm_a "a VM" $vf0
    equal "held again" "held free" "$(states_now)"
    vm_ends 8
    equal "released" true "$(value .changed release vm $vm_a)"
    equal "free" "free free" "$(states_now)"
}

test_it_is_the_vms_after_a_boot_of_the_host() {
    partitioned 2
    reserve $vm_a >/dev/null
    reserve $vm_b >/dev/null
    value . release vm $vm_a >/dev/null
    boots
    fails_with "PGPU_IN_USE_BY_VM|$vm_b|$gpu: partition 1 of 2 is promised to $vm_b; *" partition gpu $gpu count 4
    fails_with "PGPU_IN_USE_BY_VM|$vm_b|*" unpartition gpu $gpu
    equal "applied" true "$(value .changed layout apply true)"
    equal "states" "free reserved" "$(states_now)"
    equal "whose" "$vm_b" "$(value '.gpus[0].partitions[1].uuid' list)"
    # xenstored alone starts anew.
    xenstore-rm /local/domain/0/gpu
    equal "states" "free reserved" "$(states_now)"
    equal "the free one is given" "0/$vf0" "$(reserve $vm_c)"
    fails_with "VM_REQUIRES_VGPU|*" reserve vm $vm_a
}

test_a_promise_that_is_damaged_is_kept_until_it_is_released() {
    partitioned 2
    reserve $vm_a >/dev/null
    echo '{"version":1}' >"$XLGPU_STATE_DIR/promised/$vm_a.json"
    equal "kept" "reserved free" "$(states_now)"
    like "said" "*promised/$vm_a.json: it is damaged: *" "$(cat "$SIM_DIR/said")"
    equal "released" true "$(value .changed release vm $vm_a)"
    equal "states" "free free" "$(states_now)"
    equal "nothing is left" "" "$(ls "$XLGPU_STATE_DIR/promised")"
}

test_what_a_vm_has_without_a_reservation_is_its_own() {
    partitioned 2
    vm_starts 3 $vm_a theirs 0000:00:1f.2 $vf0
    equal "held" "held free" "$(states_now)"
    equal "by" "$vm_a" "$(value '.gpus[0].partitions[0].uuid' list)"
    equal "another one gets another" "0/$vf1" "$(reserve $vm_b)"
    fails_with "VM_REQUIRES_VGPU|*" reserve vm $vm_c
    equal "it is not reset" 0 "$(resets $vf0)"
    equal "and may be kept" "true 0/$vf0" "$(value '"\(.changed) \(.pci)"' reserve vm $vm_a)"
    vm_ends 3
    equal "as with any" "reserved reserved" "$(states_now)"
}

test_a_domain_that_is_none_of_xapis() {
    partitioned 2
    xenstore-write /local/domain/5/vm "/vm/no uuid" /local/domain/5/name "$(printf 'a\tb<&>"')"
    xenstore-write /local/domain/0/backend/pci/5/0/dev-0 $vf0 /local/domain/0/backend/pci/5/0/dev-1 nonsense \
        /local/domain/0/backend/pci/5/0/state-0 1
    equal "its name" "$(printf 'a\tb<&>"')" "$(value '.gpus[0].partitions[0].name' list)"
    fails_with "OPERATION_NOT_ALLOWED|$gpu: *" unpartition gpu $gpu
    equal "not handed out" "0/$vf1" "$(reserve $vm_a)"
}

test_a_partition_that_can_not_be_reset_is_another_ones_gain() {
    partitioned 2
    sim "$vf0 reset=fail:EIO*1"
    equal "the other one" "0/$vf1" "$(reserve $vm_a)"
    equal "states" "quarantined reserved" "$(states_now)"
    equal "tried again" "true $vf0" "$(value '"\(.changed) \(.settled[0].subject)"' recover)"
    equal "states" "free reserved" "$(states_now)"
    equal "nothing to do" "false 0" "$(value '"\(.changed) \(.settled | length)"' recover)"
    sim "$vf1 reset=fail:EIO*1"
    equal "released" true "$(value .changed release vm $vm_a)"
    equal "states" "free quarantined" "$(states_now)"
}

# Whoever waits for the plugin's output, or for the layout, does not wait for the kernel.
test_a_reset_that_hangs_keeps_nobody_waiting() {
    local answer
    echo "reset_timeout = 1" >>"$XLGPU_CONF"
    partitioned 2
    sim "$vf0 reset=hang"
    answer=$(timeout 20 "$xapi" "$(call reserve vm $vm_a)" 2>/dev/null) || die "it does not end"
    like "the other one" "*0/$vf1*" "$answer"
    equal "states" "quarantined reserved" "$(states_now)"
    timeout 20 "$xapi" "$(call layout apply true)" >/dev/null || die "the layout's lock is held"
    sim "$vf0 reset=ok"
}

test_many_at_once_get_one_each() {
    local i
    partitioned 7
    for i in 1 2 3 4 5 6 7 8; do
        "$xapi" "$(call reserve vm 6f1e0a52-0a45-4b8e-9d0e-00000000000$i)" >"$SIM_DIR/answer.$i" 2>/dev/null &
    done
    wait
    equal "each its own" 7 "$(cat "$SIM_DIR"/answer.* | grep -o '0/0000:41:1[0-9.:]*' | sort -u | wc -l)"
    equal "but one" 1 "$(cat "$SIM_DIR"/answer.* | grep -c VM_REQUIRES_VGPU)"
    equal "states" "reserved reserved reserved reserved reserved reserved reserved" "$(states_now)"
}

# After each, nothing is lost and nothing is two VMs'.
test_it_is_killed_at_every_step() {
    local own=$xapi faults=$build/faults/xapi/xl-gpu steps=$SIM_DIR/steps function n i state
    partitioned 1
    for function in reserve release; do
        for ((i = 1, n = 1; i <= n; i++)); do
            if [[ $function == reserve ]]; then
                value . release vm $vm_a >/dev/null
            else
                reserve $vm_a >/dev/null
            fi
            rm -f "$steps"
            { XLGPU_STEPS=$steps XLGPU_KILL_AT=$i "$faults" "$(call $function vm $vm_a)" || :; } >/dev/null 2>&1
            equal "$function: steps before it was killed" "$i" "$(wc -l <"$steps")"
            if ((i == 1)); then
                # How many there are: of one that is not killed.
                [[ $function == reserve ]] && value . release vm $vm_a >/dev/null || reserve $vm_a >/dev/null
                rm "$steps"
                XLGPU_STEPS=$steps "$faults" "$(call $function vm $vm_a)" >/dev/null 2>&1
                n=$(wc -l <"$steps")
                check "$function: has steps, $n" test "$n" -gt 3
            fi
            state=$(states_now)
            if [[ -e $XLGPU_STATE_DIR/promised/$vm_a.json ]]; then
                equal "$function killed at $i: promised" reserved "$state"
            else
                equal "$function killed at $i: not promised" free "$state"
            fi
            equal "$function killed at $i: the next one" "true" "$(value '.bdf != null' reserve vm $vm_a)"
            equal "$function killed at $i: whose" "$vm_a" "$(value '.gpus[0].partitions[0].uuid' list)"
        done
    done
    xapi=$own
}

# ---- What is hostile ----

test_what_is_no_call_is_a_fault() {
    faults -32700 "no element found" ""
    faults -32700 "syntax error" "list"
    faults -32700 "no element found" "<methodCall><methodName>list</methodName>"
    faults -32700 "mismatched tag" "<methodCall></methodName>"
    faults -32600 "an element is none of a call's" "<methodResponse/>"
}

test_entities_do_not_grow() {
    local bomb='<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">' i
    for i in {b..j}; do
        bomb+="<!ENTITY $i \"$(printf "&$(tr b-j a-i <<<"$i");%.0s" {1..10})\">"
    done
    faults -32600 "it has a document type" "$bomb]>$(call list gpu x | sed 's/>x</>\&j;</')"
    faults -32600 "it has a document type" "<!DOCTYPE m SYSTEM 'file:///etc/passwd'>$(call list)"
}

test_wrong_arguments() {
    fails_with "UNKNOWN_XENAPI_PLUGIN_FUNCTION|destroy" destroy vm $vm_a
    fails_with "UNKNOWN_XENAPI_PLUGIN_FUNCTION|List" List
    fails_with "VALUE_NOT_SUPPORTED|gpu||the argument is missing" partition count 2
    fails_with "VALUE_NOT_SUPPORTED|count||the argument is missing" partition gpu $gpu
    fails_with "VALUE_NOT_SUPPORTED|vm||the argument is missing" reserve
    fails_with "VALUE_NOT_SUPPORTED|vm||the argument is missing" release
    fails_with "VALUE_NOT_SUPPORTED|force|true|the function has no such argument" unpartition gpu $gpu force true
    fails_with "VALUE_NOT_SUPPORTED||1|the function has no such argument" list "" 1
    fails_with "VALUE_NOT_SUPPORTED|apply|1|it is neither true nor false" layout apply 1
    for vm in "" x ${vm_a}0 "${vm_a//-/}" "../../../etc/passwd" "${vm_a:0:35}/"; do
        fails_with "UUID_INVALID|VM|$vm" reserve vm "$vm"
        fails_with "UUID_INVALID|VM|$vm" release vm "$vm"
    done
    "$xapi" "$(call partition gpu $gpu count 2 | sed 's|<value>2</value>|<value><int>2</int></value>|')" |
        tr '\n' ' ' >"$SIM_DIR/answer"
    equal "a number" "FIELD_TYPE_ERROR|count" "$(ErrorDescription)"
    "$xapi" "$(call partition gpu $gpu count 2 gpu $other)" | tr '\n' ' ' >"$SIM_DIR/answer"
    equal "twice" "MAP_DUPLICATE_KEY|args|partition||gpu" "$(ErrorDescription)"
    equal "nothing was changed" "0 0" "$(attr $gpu sriov_numvfs) $(attr $other sriov_numvfs)"
    refused 2 "xl-gpu: xl-gpu: this is a plugin, *" "$xapi"
    refused 2 "xl-gpu: xl-gpu: this is a plugin, *" "$xapi" a b
}

test_names_are_only_names() {
    local name
    partitioned 1
    for name in '<a>&"' "'; touch $SIM_DIR/run #" "\$(touch $SIM_DIR/run)" '%s%n%s' '&amp;lt;' ']]>' 'né'; do
        fails_with "*|$name|*" reserve vm $vm_a group "$name"
        fails_with "INVALID_DEVICE|$name" list gpu "$name"
        fails_with "VALUE_NOT_SUPPORTED|$name|$name|*" list "$name" "$name"
        fails_with "UNKNOWN_XENAPI_PLUGIN_FUNCTION|$name" "$name"
        fails_with "UUID_INVALID|VM|$name" release vm "$name"
    done
    check "no shell" test ! -e "$SIM_DIR/run"
    equal "nothing was taken" free "$(states_now)"
}

# The kernel lets an argument have 128 KiB; what is longer never reaches the plugin.
test_long_arguments() {
    local long r=0
    long=$(head -c 130000 /dev/zero | tr '\0' a)
    plugin list gpu "$long"
    equal "all of it comes back" "INVALID_DEVICE|$long" "$(ErrorDescription)"
    plugin "$long"
    equal "as a function" "UNKNOWN_XENAPI_PLUGIN_FUNCTION|$long" "$(ErrorDescription)"
    plugin release vm "$long"
    equal "as a VM" "UUID_INVALID|VM|$long" "$(ErrorDescription)"
    long=$(head -c 43000 /dev/zero | sed 's/\x00/<a>/g')
    faults -32600 "an element is none of a call's" "<methodCall>$long"
    long=$(head -c 10485760 /dev/zero | tr '\0' a)
    { "$xapi" "<methodCall><methodName>$long</methodName></methodCall>" >"$SIM_DIR/answer" 2>/dev/null; } 2>/dev/null || r=$?
    equal "10 MiB: xapi could not run it" "126 " "$r $(cat "$SIM_DIR/answer")"
}
