# shellcheck shell=bash
# gpu= in a domain config, and xl's own behaviour around it.

# config LINE…: /root/test.cfg, the guest's with these lines instead of gpu=.
config() {
    printf '%s\n' "$@" | on "{ sed '/^gpu/d' /root/guest.cfg; cat; } >/root/test.cfg"
}

# bad STATUS PATTERN LINE…: refused, and nothing is left behind.
bad() {
    local status=$1 pattern=$2
    shift 2
    config "$@"
    refused "$status" "$pattern" xl create -p /root/test.cfg
    check "no domain" no_domain
    equal "states" "free free free free" "$(states)"
    equal "no lock" "" "$(on 'ls /run/xl-gpu/held 2>/dev/null || :')"
}

test_a_bad_config_gets_one_line_and_leaves_nothing() {
    on xl gpu-partition $gpu 4
    bad 2 "*gpu: more than one partition, a guest can have one*" 'gpu = [ "partition", "partition" ]'
    bad 2 "*gpu: unknown key \"colour\"*" 'gpu = [ "partition,colour=red" ]'
    bad 2 "*gpu: 1:2 is not a PCI address*" 'gpu = [ "partition,gpu=1:2" ]'
    bad 2 "*gpu: 1:2 is not a PCI address*" 'gpu = [ "passthrough,bdf=1:2" ]'
    bad 4 "*it has 4 partitions*" 'gpu = [ "passthrough,bdf=01:00.0" ]'
    bad 8 "*no such GPU*" 'gpu = [ "passthrough,bdf=09:00.0" ]'
    bad 5 "*no such GPU*" 'gpu = [ "partition,gpu=09:00.0" ]'
    bad 5 "*no partition has that memory*" 'gpu = [ "partition,memory=511" ]'
    bad 5 "*no GPU of that model*" 'gpu = [ "partition,model=flex170" ]'
    bad 2 "*\"vgpu\" is neither*" 'gpu = [ "vgpu" ]'
    bad 2 "*gpu is not a list*" 'gpu = "partition"'
    bad 2 "*no string*" 'gpu = [ [ "partition" ] ]'
    bad 2 "*gpu_state is neither*" 'gpu = [ "partition" ]' 'gpu_state = "host"'
    bad 2 "*gpu_migrate is not*" 'gpu = [ "partition" ]' 'gpu_migrate = [ "never" ]'
    bad 2 "*PVH*" 'gpu = [ "partition" ]' 'type = "pvh"'
    bad 2 "*memory equal to maxmem*" 'gpu = [ "partition" ]' 'maxmem = 512'
    bad 2 "*passthrough=*disabled*" 'gpu = [ "partition" ]' 'passthrough = "disabled"'
    bad 2 "*primary graphics*" 'gpu = [ "partition" ]' 'gfx_passthru = 1'
    bad 2 "*stub domain*" 'gpu = [ "partition" ]' 'device_model_stubdomain_override = 1'
    bad 2 "*slot 1f is taken*" 'gpu = [ "partition,vslot=1f" ]' 'pci = [ "00:10.0@1f" ]'
    bad 2 "*uuid is not a UUID*" 'gpu = [ "partition" ]' 'uuid = "guest"'
    bad 2 "*names no domain*" 'gpu = [ "partition" ]' 'name = ""'
}

test_keys_narrow_the_choice_and_set_the_slot() {
    on xl gpu-partition $gpu 4
    config 'gpu = [ "partition,memory=512,model=igb,gpu=01:00.0,vslot=6" ]'
    on xl create -p /root/test.cfg 2>/dev/null
    equal "states" "held free free free" "$(states)"
    equal "slot" 6 "$(on xenstore-read /local/domain/0/gpu/device/0000-01-00-0/partition/0/vslot)"
    like "slot in the guest" "06.0 *0000:01:10.0*" "$(on xl pci-list guest | tail -n 1)"
}

test_a_dry_run_of_create_reserves_nothing() {
    on xl gpu-partition $gpu 4
    before=$(records)
    like "names the partition" '*"pcidevs"*' "$(on xl create -n /root/guest.cfg 2>/dev/null)"
    like "names the partition" '*"pcidevs"*' "$(on xl -N create /root/guest.cfg 2>/dev/null)"
    equal "records" "$before" "$(records)"
    equal "no lock" "" "$(on 'ls /run/xl-gpu/held 2>/dev/null || :')"
}

test_a_guest_that_libxl_refuses_leaves_its_partition_free() {
    on xl gpu-partition $gpu 4
    config 'gpu = [ "partition" ]' 'disk = [ "phy:/dev/no-such-disk,xvda,w" ]'
    ! on xl create /root/test.cfg >/dev/null 2>&1 || die "it was created"
    equal "states" "free free free free" "$(states)"
}

# same COMMAND…: output, messages and status are those of stock xl.
same() {
    local ours stock r=0 s=0
    # Put together there: ssh does not keep the order of the two.
    ours=$(on "{ $*; } 2>&1") || r=$?
    stock=$(on "{ ${*/xl /\/usr\/lib\/xl-gpu\/stock\/xl }; } 2>&1") || s=$?
    equal "$*: status" "$s" "$r"
    equal "$*: output" "$stock" "$ours"
}

test_other_commands_are_stock_xls() {
    same 'xl vm-list'
    same 'xl -f info xen_caps'
    same 'xl'
    same 'xl help create'
    same 'xl nosuchverb'
    same "xl domid 'a name with blanks'"
    same "xl domid ''"
    same 'xl create'
    same 'xl create /nonexistent.cfg'
    same 'xl create -z /root/guest.cfg'
    same 'xl create a b c'
    same 'xl restore'
    same 'xl restore /nonexistent'
    same "xl create -n /dev/null 'uuid=\"11112222-3333-4444-5555-666677778888\"' 'name=\"a b\"' 'type=\"hvm\"' memory=64"
    same "xl -N create /dev/null 'uuid=\"11112222-3333-4444-5555-666677778888\"' 'name=\"a b\"' 'type=\"hvm\"' memory=64"
    same "xl cre -n /dev/null 'uuid=\"11112222-3333-4444-5555-666677778888\"' 'name=\"x\"' 'type=\"hvm\"' 'memory=' "
}

test_help_has_stock_xls_verbs_and_ours() {
    equal "both" "$(on '/usr/lib/xl-gpu/stock/xl help; echo; xl-gpu help')" "$(on xl help)"
    like "one of ours" "Usage: xl gpu-list *" "$(on xl help gpu-list)"
}

test_a_guest_without_gpu_is_stock_xls() {
    on "sed '/^gpu/d' /root/guest.cfg >'/root/a name with blanks.cfg'"
    on "xl create -p '/root/a name with blanks.cfg'" >/dev/null 2>&1
    equal "no device" "" "$(on xl pci-list guest | tail -n +2)"
    equal "no records" "" "$(records)"
    equal "no lock" "" "$(on 'ls /run/xl-gpu/held 2>/dev/null || :')"
}

test_signals_reach_xl() {
    on "sed '/^gpu/d' /root/guest.cfg >/root/plain.cfg"
    # In the foreground xl is the very process that was started.
    # shellcheck disable=SC2016
    like "the process, and its status after SIGTERM" "*/bin/xl 143" \
        "$(on 'xl create -F /root/plain.cfg >/dev/null 2>&1 & pid=$!
            until xl domid guest >/dev/null 2>&1; do sleep 1; done
            readlink /proc/$pid/exe; kill $pid; wait $pid; echo $?' | paste -sd " ")"
}
