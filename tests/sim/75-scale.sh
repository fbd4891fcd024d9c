# shellcheck shell=bash
# What a reservation asks of xenstored does not depend on how many partitions
# other GPUs have. tests/bench/scale measures the time.

gpu=0000:41:00.0 other=0000:51:00.0 third=0000:61:00.0

machine() {
    local bdf
    for bdf in $gpu $other $third; do
        echo "gpu $bdf id=8086:10c9 class=038000 driver=igb totalvfs=30"
    done
}

# counted ARGUMENT…: xl-gpu's requests; and nothing, where it fails.
counted() {
    local file=$SIM_DIR/counted
    rm -f "$file"
    COUNT_XS=$file LD_PRELOAD="$build/tests/bench/count_xs.so $build/tests/sim/simxen.so" \
        XLGPU_STOCK_XL=/bin/true "${XLGPU_BIN-$build/xl-gpu}" "$@" >/dev/null
    cut -d ' ' -f 1 "$file"
}

# Requests of a reservation; with what it reserved given back.
reservation() {
    counted xl create "$(guest g "gpu = [ \"partition,gpu=$gpu\" ]")"
    xl gpu-list >/dev/null
}

others() {
    xl gpu-partition $other "$1" >/dev/null
    xl gpu-partition $third "$1" >/dev/null
}

test_a_reservation_asks_no_more_where_other_gpus_have_more_partitions() {
    local alone few many
    ok xl gpu-partition $gpu 2 >/dev/null
    alone=$(reservation)
    others 2
    few=$(reservation)
    others 30
    many=$(reservation)
    check "it was counted: $alone" test "$alone" -gt 20
    equal "requests with 60 partitions on other GPUs" "$few" "$many"
    check "a few nodes for each GPU: $alone alone, $few with two others" test $((few - alone)) -le 20
    xl create "$(guest h "gpu = [ \"partition,gpu=$other\" ]")" >/dev/null
    equal "requests with a guest on another GPU" "$few" "$(reservation)"
}

test_a_guest_that_takes_its_own_over_asks_no_more_either() {
    local uuid=uuid='"6b1cd0d8-9d4a-4e29-8b44-0d6f2b6d3f0e"' file few
    ok xl gpu-partition $gpu 2 >/dev/null
    file=$(guest g "gpu = [ \"partition,gpu=$gpu\" ]" "$uuid")
    others 2
    counted xl create "$file" >/dev/null
    few=$(counted xl create "$file")
    others 30
    counted xl create "$file" >/dev/null
    equal "requests with 60 partitions on other GPUs" "$few" "$(counted xl create "$file")"
}
