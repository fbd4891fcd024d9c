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
