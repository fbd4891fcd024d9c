# shellcheck shell=bash
# As 30-config.sh: a guest that is saved, where the administrator allows it, and comes back.

# shellcheck source=tests/testbed/30-config.sh
. "$top/tests/testbed/30-config.sh"

test_save_and_restore_bring_the_partition_back() {
    on xl gpu-partition $gpu 2
    on "echo 'save = \"allow\"' >>/etc/xl-gpu/gpu.conf"
    boot 'uuid="11112222-3333-4444-5555-666677778888"'
    # The one at hand is another than the guest had, unless it asks for its own.
    on xl save guest /root/guest.save >/dev/null 2>&1
    wait_for 30 "free" all_free
    on xl restore /root/guest.save >/dev/null 2>&1
    equal "states" "held free" "$(states)"
    equal "holder" 11112222-3333-4444-5555-666677778888 "$(field '.gpus[0].partitions[0].uuid')"
    has_traffic

    on xl save guest /root/guest.save >/dev/null 2>&1
    wait_for 30 "free" all_free
    on 'xl create -p /root/guest.cfg '"'name=\"other\"'" 2>/dev/null
    refused 5 "xl-gpu: guest: *" xl restore /root/guest.save
    # With its config, it takes any.
    config 'gpu = [ "partition" ]' 'uuid = "11112222-3333-4444-5555-666677778888"'
    on xl restore /root/test.cfg /root/guest.save >/dev/null 2>&1
    equal "states" "held held" "$(states)"
    equal "holder" guest "$(field '.gpus[0].partitions[1].name')"
    on rm /root/guest.save
}
