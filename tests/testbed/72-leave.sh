# shellcheck shell=bash
# xl's own ways by which a guest leaves its host, and all guests at once.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# shellcheck source=tests/testbed/moving.sh
. "$top/tests/testbed/moving.sh"

test_save_does_not_lose_a_device_silently() {
    on xl gpu-partition $gpu 4
    boot
    refused 3 "xl-gpu: guest: what its partition holds can't be saved; *" xl save guest /root/guest.saved
    check "no file" on test ! -e /root/guest.saved
    equal "it runs" "held free free free" "$(states)"

    # xendomains, when the host goes down, would save it; it is shut down instead.
    on "mkdir -p /var/lib/xen/save; SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/xendomains stop" >/dev/null 2>&1
    check "it is gone" no_domain
    equal "nothing is saved" "" "$(on ls /var/lib/xen/save)"
    check "it was shut down, not killed" on "grep -q '^guest: poweroff' /root/guest.log"
}

test_neither_does_that_of_a_whole_gpu() {
    boot "gpu=[\"passthrough,bdf=$gpu\"]"
    refused 3 "xl-gpu: guest: what its GPU holds can't be saved; *" xl save guest /root/guest.saved
    check "no file" on test ! -e /root/guest.saved
    refused 3 "xl-gpu: guest: it has 0000:$gpu as a whole, *" xl migrate guest host2
    refused 3 "xl-gpu: guest: Remus can't copy what its GPU holds; *" xl remus -F guest host2
    equal "it has it" "passthrough guest" "$(field '.gpus[0] | "\(.state) \(.name)"')"
}

test_a_host_is_evacuated() {
    partition_both
    boot
    on "xl create -p /root/guest.cfg 'name=\"second\"' 'serial=\"null\"' 'gpu_state=\"none\"' 'gpu_migrate=[\"live\"]'" \
        >/dev/null 2>&1
    equal "the plan" "guest live host2, second none null" \
        "$(on xl gpu-evacuate -n -j host2 | jq -r '[.guests[] | "\(.name) \(.verdict) \(.host)"] | sort | join(", ")')"
    equal "nothing has happened" "held held free free" "$(states)"
    on xl gpu-evacuate host2 && die "not all could leave"
    check "one has moved" no_domain guest
    at host2 has_traffic
    equal "the other goes on" "free held free free" "$(states)"
}

# Over ssh, which takes its time to an emulated host.
test_a_pool_is_compared_and_gets_one_count() {
    on "sed -i '/^pool/d' /etc/xl-gpu/gpu.conf; printf '%s\n' 'pool = [ \"host1\", \"host2\" ]' 'pool_timeout = 120' \
        >>/etc/xl-gpu/gpu.conf"
    on xl gpu-partition $gpu 4
    at host2 on xl gpu-partition $gpu 2
    equal "what differs" "host2 partition_count fail" "$(on 'xl gpu-pool-check -j || [ $? = 6 ]' | jq -r '.hosts[] |
        .host as $host | .checks[] | select(.result == "fail") | "\($host) \(.check) \(.result)"')"
    on xl gpu-partition --pool 2
    equal "counts" "2 2" "$(on xl gpu-pool-check -j | jq -r '[.hosts[].gpus[].partition_count] | join(" ")')"
    on "sed -i '/^pool/d' /etc/xl-gpu/gpu.conf"
}
