# shellcheck shell=bash
# Whole GPUs, and guests and administrators who don't know of xl-gpu.

gpu=0000:41:00.0 other=0000:42:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=31 vram=17179869184"
    echo "gpu $other id=10de:20f1 class=030200 driver=nvidia totalvfs=16"
}

whole() { guest "$1" "gpu = [ \"passthrough,bdf=${2-$gpu}\" ]"; }

test_a_gpu_goes_to_a_guest_and_back_to_its_driver() {
    ok xl create "$(whole w)" >/dev/null
    equal "driver" pciback "$(driver_of $gpu)"
    equal "state" passthrough "$(field '.gpus[0].state')"
    xl destroy w
    wait_for 20 "its driver has it again" eval 'xl gpu-list >/dev/null; [[ $(driver_of $gpu) == xe ]]'
    equal "state" unpartitioned "$(field '.gpus[0].state')"
    equal "records" "" "$(records)"
}

test_it_is_reset_before_and_after() {
    xl create "$(whole w)" >/dev/null
    equal "resets" 1 "$(resets $gpu | awk '{ print ($1 > 0) }')"
    forget_log
    xl destroy w
    xl gpu-list >/dev/null
    log_has "*/$gpu/reset 1 -> ok" "*/pciback/unbind $gpu -> ok" "*/drivers/xe/bind $gpu -> ok"
}

is_back() { [[ $(xl domid w) != "$1" && $(devices w) == "$gpu" ]]; }
test_it_stays_with_its_guest_through_a_reboot() {
    local before
    xl create "$(whole w)" >/dev/null
    before=$(xl domid w)
    xl reboot w
    xl gpu-list >/dev/null
    wait_for 10 "w is back with its device" is_back "$before"
    refused 4 "*assigned as a whole to w*" xl gpu-partition $gpu 2
}

test_what_the_administrator_made_assignable_stays_that() {
    xl pci-assignable-add $gpu
    refused 3 "xl-gpu: $gpu: it is assigned, or assignable, as a whole; take it back with *" xl gpu-partition $gpu 2
    ok xl create "$(whole w)" >/dev/null
    xl destroy w
    xl gpu-list >/dev/null
    equal "driver" pciback "$(driver_of $gpu)"
}

test_it_is_hot_plugged_and_unplugged() {
    xl create "$(guest g 'passthrough = "enabled"' 'gpu = []')" >/dev/null
    ok xl gpu-attach g "passthrough,bdf=$gpu" >/dev/null
    ok xl gpu-attach g "passthrough,bdf=$other" >/dev/null
    refused 8 "xl-gpu: g: it has no partition; name the GPU, *" xl gpu-detach g
    refused 4 "*assigned as a whole to g*" xl gpu-partition $gpu 2
    ok xl gpu-detach g $gpu >/dev/null
    equal "driver" "xe pciback" "$(driver_of $gpu) $(driver_of $other)"
    ok xl gpu-partition $gpu 2 >/dev/null
    refused 4 "*it has 2 partitions*" xl gpu-attach g "passthrough,bdf=$gpu"
}

test_a_gpu_that_is_named_is_taken_whichever_way_it_was_given() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest g 'gpu = [ "partition" ]')" >/dev/null
    ok xl gpu-attach g "passthrough,bdf=$other" >/dev/null
    ok xl gpu-detach g $gpu >/dev/null
    equal "devices" $other "$(devices g)"
    equal "again" "g: it has nothing of that GPU, as before" "$(xl gpu-detach g $gpu)"
    ok xl gpu-detach g $other >/dev/null
    equal "devices" "" "$(devices g)"
}

test_two_can_not_have_the_same_gpu() {
    xl create "$(whole a)" >/dev/null
    refused 4 "xl-gpu: $gpu: it is assigned as a whole to a; *" xl create "$(whole b)"
    refused 2 "*: gpu: the same GPU is named twice; *" \
        xl create "$(guest c "gpu = [ \"passthrough,bdf=$gpu\", \"passthrough,bdf=41:00.0\" ]")"
    refused 8 "*0000:09:00.0: no such GPU on this host; *" xl create "$(whole d 0000:09:00.0)"
}

test_a_create_that_fails_gives_everything_back() {
    xl gpu-partition $gpu 2 >/dev/null
    refused 4 "*it has 2 partitions*" \
        xl create "$(guest g "gpu = [ \"passthrough,bdf=$other\", \"passthrough,bdf=$gpu\" ]")"
    equal "driver" nvidia "$(driver_of $other)"
    equal "locks" "" "$(ls "$XLGPU_RUN_DIR/held" 2>/dev/null)"
}

# ---- Its guest leaves ----

# stocks STATUS SAID COMMAND…: it is stock xl that answers, and nobody else says anything.
stocks() {
    local out r=0
    out=$("${@:3}" 2>&1) || r=$?
    equal "${*:3}: status" "$1" "$r"
    like "${*:3}" "$2" "$out"
}
# What simxl, stock xl here, says of a verb that it has not: it was handed over.
by_stock_xl='command not implemented'

test_its_guest_is_not_saved() {
    local file=$SIM_DIR/saved guest verb
    xl create "$(whole w)" >/dev/null
    for guest in w "$(xl domid w)" "$(field '.gpus[0].uuid')"; do
        for verb in save sa; do
            refused 3 "xl-gpu: $guest: what its GPU holds can't be saved; *" xl $verb "$guest" "$file"
        done
        refused 3 "xl-gpu: $guest: what its GPU holds can't be saved; *" xl save -c "$guest" "$file"
        refused 3 "xl-gpu: $guest: what its GPU holds can't be saved; *" xl save -pD "$guest" "$file"
    done
    equal "it has its device" $gpu "$(devices w)"
    XLGPU_CONF=$SIM_DIR/allow.conf
    echo 'save = "allow"' >"$XLGPU_CONF"
    export XLGPU_CONF
    stocks 1 "$by_stock_xl" xl save w "$file"
}

test_its_guest_does_not_move() {
    local why="xl-gpu: w: it has $gpu as a whole, and a whole GPU doesn't move; xl gpu-detach w $gpu takes it away; *"
    xl create "$(whole w)" >/dev/null
    refused 3 "$why" xl migrate w host2
    refused 3 "$why" xl migrate --live -s ssh w host2
    refused 3 "$why" xl migrate -D w host2
    refused 3 "$why" xl gpu-migrate w host2
    ok xl gpu-detach w $gpu >/dev/null
    stocks 2 "*only with -s '' here" xl migrate w host2
}

test_its_guest_is_not_copied_by_remus() {
    local verb
    xl create "$(whole w)" >/dev/null
    for verb in remus rem; do
        refused 3 "xl-gpu: w: Remus can't copy what its GPU holds; *" xl $verb -F -i 100 w host2
    done
    ok xl gpu-detach w $gpu >/dev/null
    stocks 1 "$by_stock_xl" xl remus -F w host2
}

test_nor_is_one_with_a_partition() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest g)" >/dev/null
    refused 3 "xl-gpu: g: Remus can't copy what its partition holds; *" xl remus g host2
    refused 3 "xl-gpu: g: what its partition holds can't be saved; *" xl save g "$SIM_DIR/saved"
}

test_nor_is_one_that_stock_xl_gave_its_partition() {
    local vf
    xl gpu-partition $gpu 2 >/dev/null
    vf=$(field '.gpus[] | select(.bdf == "'$gpu'").partitions[0].bdf')
    "$XLGPU_STOCK_XL" pci-assignable-add "$vf" 2>/dev/null || :
    xl create "$(guest plain 'gpu = []' "pci = [ \"$vf\" ]")" >/dev/null
    refused 3 "xl-gpu: plain: what its partition holds can't be saved; *" xl save plain "$SIM_DIR/saved"
}

# What stock xl refuses, or does not know, it says itself.
test_what_stock_xl_would_not_do_goes_to_it() {
    xl create "$(whole w)" >/dev/null
    xl create "$(guest plain 'gpu = []')" >/dev/null
    for what in 'save plain x' 'remus plain host2' 'save nobody x' 'save w' 'save w a b c' 'save -x w a' 'remus w' \
        'remus -x w host2'; do
        # shellcheck disable=SC2086
        stocks 1 "$by_stock_xl" xl $what
    done
    export SIM_XEN_DOWN=1
    stocks 1 "$by_stock_xl" xl save w x
    stocks 1 "$by_stock_xl" xl remus w host2
}

test_what_can_not_be_known_is_not_passed_over() {
    xl create "$(whole w)" >/dev/null
    export SIM_XEN_LISTS=no
    refused 1 "xl-gpu: libxl: can't list domains" xl save w x
    refused 1 "xl-gpu: libxl: can't list domains" xl migrate w host2
    refused 1 "xl-gpu: libxl: can't list domains" xl remus w host2
}

# ---- Those who don't know of xl-gpu ----

stock() { "$XLGPU_STOCK_XL" "$@"; }
plain_guest() { guest "$1" 'gpu = []' "pci = [ \"$2\" ]"; }

test_a_whole_gpu_of_a_plain_pci_guest_is_its_own() {
    stock pci-assignable-add $gpu
    stock create "$(plain_guest p $gpu)" >/dev/null
    refused 4 "xl-gpu: $gpu: it is assigned as a whole to p; *" xl gpu-partition $gpu 2
    refused 4 "xl-gpu: $gpu: it is assigned as a whole to p; *" xl create "$(whole w)"
    stock destroy p
}

test_a_partition_of_a_plain_pci_guest_is_its_own() {
    local n
    xl gpu-partition $gpu 2 >/dev/null
    stock create "$(plain_guest p 0000:41:00.1)" >/dev/null
    # Nobody looked since: the next create must see it itself, and not reset it.
    n=$(resets 0000:41:00.1)
    ok xl create "$(guest g)" >/dev/null
    equal "resets under p" "$n" "$(resets 0000:41:00.1)"
    equal "holders" "p g" "$(field '[.gpus[0].partitions[].name] | join(" ")')"
    refused 4 "*partition 0 is held by p; *" xl gpu-unpartition $gpu
    refused 5 "xl-gpu: h: there is no room, *" xl create "$(guest h)"
}

test_a_partitioned_gpu_that_is_made_assignable_whole_has_no_partitions() {
    xl gpu-partition $gpu 2 >/dev/null
    stock pci-assignable-add $gpu
    refused 5 "xl-gpu: g: no GPU is partitioned; *" xl create "$(guest g)"
    equal "state" passthrough "$(field '.gpus[0].state')"
    equal "layout" differs "$(xl gpu-layout -j | jq -r '.gpus[0].state')"
    # Whole, it is still what is desired that counts.
    refused 4 "*its desired layout has partitions; *" xl create "$(whole w)"
    stock pci-assignable-remove -r $gpu
    ok xl gpu-layout --apply >/dev/null
    equal "states" "free free" "$(states)"
}

test_partitions_that_dom0_uses_are_left_to_it() {
    echo 2 >"$pci/devices/$gpu/sriov_numvfs"
    equal "driver" xe "$(driver_of 0000:41:00.1)"
    refused 5 "xl-gpu: g: dom0 may be using that GPU's partitions; *" \
        xl create "$(guest g "gpu = [ \"partition,gpu=$gpu\" ]")"
    refused 4 "xl-gpu: $gpu: partition 0 is in use by dom0's driver xe; *" xl gpu-partition $gpu 2
    refused 4 "xl-gpu: $gpu: it has 2 partitions; *" xl create "$(whole w)"
}
