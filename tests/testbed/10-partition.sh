# shellcheck shell=bash
# Partitioning of a GPU, without guests.

test_a_whole_gpu_is_listed() {
    equal "state" unpartitioned "$(field '.gpus[0].state')"
    equal "count" 0 "$(field '.gpus[0].partition_count')"
    equal "no records" "" "$(records)"
}

test_a_gpu_is_partitioned_and_made_whole() {
    like "says so" "0000:$gpu: 4 partitions*" "$(on xl gpu-partition $gpu 4)"
    equal "count" 4 "$(field '.gpus[0].partition_count')"
    equal "states" "free free free free" "$(states)"
    equal "running" "4" "$(on xenstore-read /local/domain/0/gpu/device/0000-01-00-0/count)"
    equal "desired" '{"version":1,"gpus":[{"bdf":"0000:01:00.0","device":"8086:10c9","partition_count":4}]}' \
        "$(on cat /var/lib/xl-gpu/layout.json)"
    # Each can be assigned by Xen at once.
    equal "assignable" 4 "$(on xl pci-assignable-list | wc -l)"

    on xl gpu-unpartition $gpu
    equal "count" 0 "$(field '.gpus[0].partition_count')"
    equal "no VF is left" "" "$(on 'lspci -d 8086:10ca')"
    equal "desired" '{"version":1,"gpus":[]}' "$(on cat /var/lib/xl-gpu/layout.json)"
}

test_the_count_can_be_changed_and_kept() {
    on xl gpu-partition $gpu 2
    on xl gpu-partition 0000:$gpu 7
    equal "states" "free free free free free free free" "$(states)"
    on xl gpu-partition $gpu 4
    like "says that nothing changes" "*as before" "$(on xl gpu-partition $gpu 4)"
    equal "states" "free free free free" "$(states)"
}

test_a_dry_run_changes_nothing() {
    like "says what" "*would have 4 partitions*" "$(on xl gpu-partition -n $gpu 4)"
    like "says what" "*would have 4 partitions*" "$(on xl -N gpu-partition $gpu 4)"
    equal "count" 0 "$(field '.gpus[0].partition_count')"
    equal "no records" "" "$(records)"
}

test_bad_input_gets_one_line() {
    refused 2 "xl-gpu: $gpu: COUNT is not a number above 0; *" xl gpu-partition 4 $gpu
    refused 2 "xl-gpu: 4: it is not a PCI address; *" xl gpu-partition 4 4
    refused 2 "xl-gpu: 01:00: it is not a PCI address; *" xl gpu-partition 01:00 4
    refused 8 "xl-gpu: 09:00.0: no such GPU on this host; *" xl gpu-partition 09:00.0 4
    refused 8 "xl-gpu: 00:00.0: no such GPU on this host; *" xl gpu-list 00:00.0
    refused 2 "xl-gpu: 0: COUNT is not a number above 0; *" xl gpu-partition $gpu 0
    refused 2 "xl-gpu: -4: *" xl gpu-partition $gpu -- -4
    refused 2 "xl-gpu: 4x: COUNT is not a number above 0; *" xl gpu-partition $gpu 4x
    refused 2 "xl-gpu: 99999999999999999999: *" xl gpu-partition $gpu 99999999999999999999
    refused 3 "xl-gpu: 0000:$gpu: 8 partitions is not a valid count; valid counts are 1, 2, 3, 4, 5, 6, 7" \
        xl gpu-partition $gpu 8
    refused 3 "xl-gpu: 0000:$gpu: its driver igb can't set *" xl gpu-partition $gpu 4 memory=512
    refused 2 "xl-gpu: partition: *usage: xl gpu-partition*" xl gpu-partition $gpu
    refused 2 "xl-gpu: list: unknown option; usage: *" xl gpu-list -x
    refused 2 "xl-gpu: frobnicate: no such verb; *" xl gpu-frobnicate
    refused 8 "xl-gpu: nosuch: no such domain; *" xl gpu-attach nosuch
    refused 8 "xl-gpu: nosuch: no such domain; *" xl gpu-detach nosuch
    equal "nothing changed" 0 "$(field '.gpus[0].partition_count')"
    equal "no records" "" "$(records)"
}

test_a_gpu_without_driver_can_not_be_partitioned() {
    on 'echo 0000:01:00.0 >/sys/bus/pci/drivers/igb/unbind'
    equal "state" unavailable "$(field '.gpus[0].state')"
    refused 3 "xl-gpu: 0000:$gpu: no driver is bound to it; *" xl gpu-partition $gpu 4
    on 'echo 0000:01:00.0 >/sys/bus/pci/drivers/igb/bind'
    equal "state" unpartitioned "$(field '.gpus[0].state')"
}

test_a_bad_model_file_takes_no_gpu_away() {
    on 'echo "model = \"\"" >/etc/xl-gpu/models.d/bad.conf'
    like "warned" "*bad.conf: model is not a word *; the model is left out*" "$(on xl gpu-list 2>&1 >/dev/null)"
    equal "the other file is read" igb "$(field '.gpus[0].model' 2>/dev/null)"
    on 'rm /etc/xl-gpu/models.d/bad.conf'
}

# The keys of the man page's description, and those that come out.
test_the_json_is_what_the_man_page_says() {
    on xl gpu-partition $gpu 1
    equal "keys" "$(sed -n '/^.SS gpu-list -j/,/^.fi/s/^ *"\([a-z_]*\)":.*/\1/p' "$top/docs/man/xl-gpu.8" | sort -u)" \
        "$(field '[.. | objects | keys[]] | unique | .[]' | sort -u)"
    equal "types" "string string string string string string string boolean number number number array number number array" \
        "$(field '.gpus[0] | [.bdf, .vendor, .device, .subsystem, .model, .driver, .state, .console, .memory,
            .partition_count, .partition_max, .valid_counts, .held, .reserved, .partitions] | map(type) | join(" ")')"
}

test_lost_records_are_made_again() {
    on xl gpu-partition $gpu 4
    on xenstore-rm /local/domain/0/gpu
    equal "states" "free free free free" "$(states)"
    like "records" "*count = \"4\"*" "$(records)"
}
