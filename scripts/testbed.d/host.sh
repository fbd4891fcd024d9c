# shellcheck shell=bash
# shellcheck disable=SC2154 # top, out, run, suite, xen, iommu, memory and max_hosts are of scripts/testbed
# The hosts: one QEMU each, and the switch of the network between them. Everything about one that runs is in
# $run/NAME: pid and start time (together they name a process for good), ssh port, serial log, disk overlay.

# From here on QEMU's board has memory above 4 GiB. Then the firmware puts the PCI window for VFs up there too, and
# QEMU 10.0 maps a VF's registers by the lower half of their address only, so its driver would find nothing. SeaBIOS
# leaves that to CPUs of at least 36 address bits; with 35, QEMU wants its own window above memory to be gone.
split_memory=2816

# Switch and control sockets are in a short directory: a unix socket's path has at most 107 bytes.
sockets() { cat "$run/sockets"; }

# The time a process started, in ticks since boot; fails where there is none, or one that has ended and that nobody
# has waited for.
start_time() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # shellcheck disable=SC2086 # the fields after the command's name, which may have blanks
    set -- ${stat##*) }
    [[ $1 != Z ]] || return 1
    echo "${20}"
}

# A process is ours by its pid and its start time, in this boot of this machine.
record_process() {
    local pid=$2 start
    start=$(start_time "$pid") || return 1
    echo "$pid $start $(</proc/sys/kernel/random/boot_id)" >"$1"
}

process_alive() {
    local pid start boot
    read -r pid start boot 2>/dev/null <"$1" || return 1
    [[ $boot == "$(</proc/sys/kernel/random/boot_id)" && $(start_time "$pid") == "$start" ]]
}

end_process() {
    local pid _ tries
    for ((tries = 0; tries < 100; tries++)); do
        process_alive "$1" || return 0
        read -r pid _ <"$1"
        if ((tries < 50)); then kill "$pid" 2>/dev/null; else kill -9 "$pid" 2>/dev/null; fi || true
        sleep 0.1
    done
    say "process $pid does not end"
    return 1
}

running_hosts() {
    local n
    for ((n = 1; n <= max_hosts; n++)); do
        ! process_alive "$run/host$n/process" || echo "host$n"
    done
}

require_running() {
    [[ $1 =~ ^host[1-9]$ ]] || fail "$1" "no such host" "hosts are host1 to host$max_hosts"
    process_alive "$run/$1/process" || fail "$1" "not running" "run scripts/testbed up"
}

start_network() {
    local dir tries
    process_alive "$run/switch" && return
    dir=$(mktemp -d "${TMPDIR:-/tmp}/testbed.XXXXXX")
    echo "$dir" >"$run/sockets"
    alone vde_switch --sock "$dir/switch" --mode 600 --daemon --pidfile "$dir/switch.pid" \
        </dev/null >"$run/switch.log" 2>&1
    # It is in the background before it has written its pid.
    for ((tries = 0; tries < 50; tries++)); do
        [[ ! -s $dir/switch.pid ]] || ! record_process "$run/switch" "$(<"$dir/switch.pid")" || return 0
        sleep 0.1
    done
    fail network "vde_switch does not start" "see $run/switch.log"
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# choose_machine: sets qemu, iommu_device (options) and hypervisor (a file).
# shellcheck disable=SC2054 # the commas are QEMU's
choose_machine() {
    qemu=(qemu-system-x86_64)
    iommu_device=(-device intel-iommu,intremap=on,device-iotlb=on)
    hypervisor=$out/$suite/image/xen
    [[ $iommu == amd-hd* ]] || return 0
    qemu=("$out/qemu/qemu-system-x86_64" -L /usr/share/qemu -L /usr/share/seabios)
    [[ $iommu == amd-hd-stock ]] || hypervisor=$out/$suite/hypervisor/xen
    iommu_device=(-device amd-iommu,intremap=on,dirty=on)
    # The GPU's then has no dirty bits.
    [[ $iommu != amd-hd-some ]] || iommu_device+=(-device amd-iommu,intremap=on,port=port1)
}

start_host() {
    local dir=$run/$1
    rm -rf "$dir"
    mkdir -p "$dir"
    free_port >"$dir/port"
    qemu-img create -q -f qcow2 -F raw -b "$out/$suite/image/disk.img" "$dir/disk.qcow2"
    run_host "$1"
    write_ssh_config
}

# Where a device of ours is in dom0: igb at 01:00.0, edu at 00:10.0.
run_host() {
    local host=$1 n=${1#host} dir=$run/$1 image=$out/$suite/image port mac=52:54:00:77 qemu iommu_device hypervisor
    # Without monitor and cpuidle, Xen would idle in MWAIT, which TCG refuses; without rdtscp, each RDTSCP of a guest
    # would be an SVM exit that Xen can't decode.
    local cpu=EPYC,+svm,+npt,-monitor,-rdtscp board=()
    if ((memory >= split_memory)); then
        cpu+=,phys-bits=35 board=(-global q35-pcihost.pci-hole64-size=0)
    fi
    choose_machine
    port=$(<"$dir/port")
    # shellcheck disable=SC2054 # the commas are QEMU's
    local args=(
        -name "$host" -display none -vga none -nodefaults -daemonize -pidfile "$dir/pid"
        -machine q35,kernel-irqchip=split -accel "tcg,thread=multi,tb-size=512" -smp 2
        -m "$memory" -cpu "$cpu" "${board[@]}"
        -kernel "$hypervisor" -append "$xen_command_line"
        -initrd "$image/vmlinuz $dom0_command_line testbed.host=$host,$image/initrd.img"
        -serial "file:$dir/serial.log" -qmp "unix:$(sockets)/$host.qmp,server=on,wait=off"
        -drive "file=$dir/disk.qcow2,if=none,id=disk,cache=unsafe" -device virtio-blk-pci,drive=disk
        -netdev "user,id=outside,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22"
        -device "virtio-net-pci,netdev=outside,mac=$mac:00:0$n,romfile="
        -netdev "vde,id=hosts,sock=$(sockets)/switch" -device "virtio-net-pci,netdev=hosts,mac=$mac:01:0$n,romfile="
        -device pcie-root-port,id=port1,bus=pcie.0,addr=4.0,chassis=1,slot=1
        -netdev "vde,id=gpu,sock=$(sockets)/switch" -device "igb,bus=port1,netdev=gpu,mac=$mac:02:0$n,romfile="
        # Its DMA may reach all of a guest's memory.
        -device edu,bus=pcie.0,addr=10.0,dma_mask=0xffffffffff
        # Last: an AMD IOMMU is a PCI device too, and takes the first place that is free.
        "${iommu_device[@]}"
    )
    alone "${qemu[@]}" "${args[@]}" >"$dir/qemu.log" 2>&1 ||
        fail "$host" "QEMU does not start: $(tail -n 1 "$dir/qemu.log")" "see $out/log/$host-qemu.log"
    record_process "$dir/process" "$(<"$dir/pid")"
}

# Eager, for where Xen switches the FPU lazily a domain finds another one's registers there, under QEMU.
xen_command_line='console=com1 com1=115200,8n1 dom0_mem=1200M,max:1200M dom0_max_vcpus=1 cpuidle=0 bootscrub=0 sched=credit
 spec-ctrl=no,eager-fpu iommu=on,no-sharept,verbose loglvl=all guest_loglvl=all'
xen_command_line=${xen_command_line//$'\n'/}
dom0_command_line='root=/dev/vda rw console=hvc0 mitigations=off systemd.show_status=no net.ifnames=0'

write_ssh_config() {
    local dir host
    for dir in "$run"/host?; do
        host=${dir##*/}
        [[ -e $dir/port ]] || continue
        printf '%s\n' "Host $host" "  Port $(<"$dir/port")" "  ControlPath $(sockets)/$host.ssh"
    done >"$run/ssh_config.tmp"
    printf '%s\n' 'Host *' '  HostName 127.0.0.1' '  User root' '  HostKeyAlias testbed' '  IdentitiesOnly yes' \
        "  IdentityFile \"$out/keys/id\"" "  UserKnownHostsFile \"$out/keys/known_hosts\"" \
        '  GlobalKnownHostsFile /dev/null' '  StrictHostKeyChecking yes' '  BatchMode yes' '  LogLevel ERROR' \
        '  ServerAliveInterval 30' '  ServerAliveCountMax 8' '  Ciphers aes128-gcm@openssh.com' \
        >>"$run/ssh_config.tmp"
    mv "$run/ssh_config.tmp" "$run/ssh_config"
}

host_ssh() { ssh -F "$run/ssh_config" "$@"; }

# Waits until a host answers, has booted and has Xen's tools. Its ssh connection stays open for the commands to
# come, as a process of its own.
wait_host() {
    local host=$1 dir=$run/$1 deadline=$((SECONDS + 600))
    until alone host_ssh -M -N -f -o ConnectTimeout=5 "$host" </dev/null >/dev/null 2>"$dir/ssh.log"; do
        process_alive "$dir/process" || fail "$host" "QEMU ended" "see scripts/testbed console $host"
        ((SECONDS < deadline)) || fail "$host" "does not answer: $(tail -n 1 "$dir/ssh.log")" \
            "see scripts/testbed console $host"
        sleep 0.5
    done
    host_ssh "$host" 'systemctl is-system-running --wait; timeout 60 xl list' >"$dir/boot.log" 2>&1 ||
        fail "$host" "Xen's tools do not answer: $(tail -n 1 "$dir/boot.log")" "see scripts/testbed console $host"
}

# A boot of dom0 is known by the kernel's boot id. Not by the connection that stays open: it may outlive the network.
boot_id() {
    host_ssh -o ControlPath=none -o ConnectTimeout=5 "$1" cat /proc/sys/kernel/random/boot_id 2>/dev/null </dev/null
}

# As an administrator reboots a host: its services end, dom0 shuts down, Xen resets the machine, QEMU loads them anew.
reboot_host() {
    local host=$1 dir=$run/$1 deadline before now
    before=$(boot_id "$host") || fail "$host" "does not answer" "see scripts/testbed console $host"
    host_ssh "$host" systemctl reboot >"$dir/reboot.log" 2>&1 </dev/null || true
    host_ssh -O exit "$host" 2>/dev/null || true
    deadline=$((SECONDS + 600))
    until now=$(boot_id "$host") && [[ $now != "$before" ]]; do
        process_alive "$dir/process" || fail "$host" "QEMU ended" "see scripts/testbed console $host"
        ((SECONDS < deadline)) || fail "$host" "does not come back" "see scripts/testbed console $host"
        sleep 0.5
    done
    wait_host "$host"
}

stop_host() {
    local dir=$run/$1 log
    [[ ! -e $dir/port ]] || host_ssh -O exit "$1" 2>/dev/null || true
    end_process "$dir/process" || return 1
    # What it said stays readable, also for who asks why it did not come up.
    mkdir -p "$out/log"
    for log in serial qemu; do
        [[ ! -e $dir/$log.log ]] || mv "$dir/$log.log" "$out/log/$1-$log.log"
    done
    rm -rf "$dir"
}

stop_network() {
    end_process "$run/switch" || return 1
    [[ ! -s $run/sockets ]] || rm -rf -- "$(sockets)"
}
