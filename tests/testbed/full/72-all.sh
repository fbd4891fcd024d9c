# shellcheck shell=bash
# As 72-leave.sh: a whole GPU, and all guests at once.
# shellcheck disable=SC2034 # of tests/testbed/run
hosts=2

# shellcheck source=tests/testbed/moving.sh
. "$top/tests/testbed/moving.sh"

test_what_a_whole_gpu_holds_is_not_lost_silently() {
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
