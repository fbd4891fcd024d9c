# shellcheck shell=bash
# The Debian package on a host, in the place of the files that scripts/testbed has unpacked there; those are back at the
# end. What needs no Xen is in tests/package.

# shellcheck source=tests/testbed/moving.sh
. "$top/tests/testbed/moving.sh"

stock=../lib/xen-common/bin/xen-utils-wrapper

# All that make install put there.
# shellcheck disable=SC2016 # the host's shell expands it
take_away='set -e; cd /
systemctl -q disable xl-gpu xl-gpu-recover 2>/dev/null
/usr/lib/xl-gpu/divert-xl remove
grep -E "^\./(etc|usr)/" /var/lib/testbed/files | grep -v /igb.conf >/root/unpacked
tar -cf /root/unpacked.tar -T /root/unpacked
xargs -d "\n" rm -f -- </root/unpacked
rm -rf /usr/lib/xl-gpu
systemctl daemon-reload'

# shellcheck disable=SC2016
back='[ -e /root/unpacked.tar ] || exit 0
for id in $(xl list | awk "NR > 1 && \$2 > 0 { print \$2 }"); do xl destroy $id; done
xl gpu-unpartition 01:00.0
XLGPU_REMOVE=anyway dpkg --purge --force-remove-reinstreq xl-gpu
tar -C / -xf /root/unpacked.tar && rm /root/unpacked.tar
/usr/lib/xl-gpu/divert-xl add
systemctl daemon-reload
systemctl -q enable xl-gpu xl-gpu-recover'

put_back() { on "$back" >/dev/null 2>&1 || :; }
trap put_back EXIT

# begin BUILD…: no xl-gpu on the host, and those packages there, in /root/1 and so on.
begin() {
    local n deb
    for n; do
        deb=$("$top/scripts/testbed" deb "$n")
        on "rm -rf /root/$n; mkdir /root/$n"
        "$top/scripts/testbed" put host1 "$deb" "/root/$n"
    done
    on "$take_away"
    is_stock
}

# dpkg_does WORD…: the output is in /root/said on the host.
dpkg_does() { on "$* >/root/said 2>&1" || die "$*: $(on tail -n 3 /root/said | xargs)"; }

install() { dpkg_does "dpkg -i /root/$1/*.deb"; }

is_stock() {
    equal "xl" "$stock" "$(on readlink /usr/sbin/xl)"
    check "xl.stock is gone" on test ! -L /usr/sbin/xl.stock
    equal "whose it is" "xen-utils-common: /usr/sbin/xl" "$(on dpkg -S /usr/sbin/xl)"
    check "it works" on xl list >/dev/null
}

is_ours() {
    equal "xl" /usr/lib/xl-gpu/xl "$(on readlink /usr/sbin/xl)"
    equal "xl.stock" "$stock" "$(on readlink /usr/sbin/xl.stock)"
    equal "whose it is" xl-gpu "$(on dpkg-divert --listpackage /usr/sbin/xl)"
    check "xl works" on xl list >/dev/null
    equal "it knows of gpu=" pass "$(on 'xl gpu-precheck -j || :' | jq -r '.checks[] | select(.check == "wrapper").result')"
}

# When each service was last started, or tried to.
starts() {
    on systemctl show -p InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic,ConditionTimestampMonotonic \
        xl-gpu xl-gpu-recover
}

version() { on "dpkg-query -W -f '\${Version}' xl-gpu"; }

test_a_guest_runs_through_an_upgrade_and_keeps_its_package() {
    local first up before
    begin 1 2
    install 1
    is_ours
    first=$(version)
    equal "services" "enabled enabled" "$(on systemctl is-enabled xl-gpu xl-gpu-recover | xargs)"
    equal "xendomains' time" 25min "$(on systemctl show -P TimeoutStopUSec xendomains)"
    on 'mkdir -p /run/systemd/system/xendomains.service.d; cd /run/systemd/system/xendomains.service.d
        printf "[Service]\nTimeoutStopSec=7min\n" >override.conf; systemctl daemon-reload'
    equal "it can be set" 7min "$(on systemctl show -P TimeoutStopUSec xendomains)"
    on 'rm -r /run/systemd/system/xendomains.service.d; systemctl daemon-reload'
    on xl gpu-partition $gpu 4
    boot
    has_traffic
    up=$(seconds_up)
    before=$(starts)

    install 2
    check "it is a newer one" test "$(version)" != "$first"
    is_ours
    equal "no service was started" "$before" "$(starts)"
    equal "states" "held free free free" "$(states)"
    equal "holder" guest "$(field '.gpus[0].partitions[0].name')"
    check "it has not rebooted" test "$(seconds_up)" -ge "$up"
    has_traffic
    # Its monitor sees to a reboot, and it has the same partition.
    up=$(seconds_up)
    on xl reboot guest
    wait_for 180 "it reboots" younger_than "$up"
    has_traffic
    equal "states" "held free free free" "$(states)"

    # Without the package its next save would lose the device.
    equal "removal is refused" 1 "$(on 'dpkg --remove xl-gpu >/root/said 2>&1; echo $?')"
    like "why" "*xl-gpu: not removed: guests have a partition or a GPU: guest*" "$(on cat /root/said)"
    is_ours
    equal "states" "held free free free" "$(states)"
    has_traffic

    # As at the host's shutdown.
    on "mkdir -p /var/lib/xen/save; SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/xendomains stop" >/dev/null 2>&1
    check "it is gone" no_domain
    equal "nothing is saved" "" "$(on ls /var/lib/xen/save)"
}

test_xl_is_xens_again_once_it_is_removed() {
    begin 1
    install 1
    on xl gpu-partition $gpu 4
    boot
    on xl shutdown guest
    wait_for 120 "it is gone" no_domain
    wait_for 60 "its partition is free" all_free
    dpkg_does dpkg --remove xl-gpu
    is_stock
    check "xl has no verbs of ours" eval "! on xl gpu-list >/dev/null 2>&1"
    check "settings stay" on test -e /etc/xl-gpu/gpu.conf
    check "the layout stays" on test -e /var/lib/xl-gpu/layout.json

    # All is as it was when it comes back.
    install 1
    is_ours
    equal "layout" "as desired" "$(on xl gpu-layout -j | jq -r '.gpus[0].state')"
    equal "states" "free free free free" "$(states)"
    boot
    has_traffic
    on xl destroy guest
    wait_for 120 "its partition is free" all_free

    on xl gpu-unpartition $gpu
    dpkg_does dpkg --purge xl-gpu
    is_stock
    equal "what is left" \
        /etc/xl-gpu/models.d/igb.conf "$(on 'find / -xdev -path /root -prune -o -path /var/lib/dpkg -prune -o \
        -path "*xl-gpu*" ! -type d -print')"
    check "state" on test ! -e /var/lib/xl-gpu
}

# Such a guest may lose its state: that it does not is up to its administrator then.
test_a_guest_outlives_a_removal_that_is_forced() {
    begin 1
    install 1
    on xl gpu-partition $gpu 4
    boot
    dpkg_does XLGPU_REMOVE=anyway dpkg --remove xl-gpu
    is_stock
    has_traffic
    dpkg_does dpkg --purge xl-gpu
    like "it is said" "*xl-gpu: /var/lib/xl-gpu is kept: guests run *" "$(on cat /root/said)"
    check "what is the guest's stays" on test -e /var/lib/xl-gpu/layout.json
    install 1
    equal "states" "held free free free" "$(states)"
    has_traffic
}
