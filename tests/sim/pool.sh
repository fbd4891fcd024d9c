# shellcheck shell=bash
# Pools of many hosts: each is a few lines of shell that answer as this host does, with what is to differ. For tests
# and tests/bench/pool; $pool is the directory of it.

# frame TYPE-NUMBER JSON, as libxl-ext/migrate/frame.h has it. JSON is ASCII here.
frame() {
    local n=${#2}
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x "$1")\\0\\0\\0\\0\\0\\x$(printf %02x $((n >> 8 & 255)))\\x$(printf %02x $((n & 255)))%s" "$2"
}

# make_pool N: host01 to hostN, alike; then answers, dies and gpu.conf can be changed.
make_pool() {
    local i host
    pool=$SIM_DIR/pool
    mkdir -p "$pool/answer" "$pool/how"
    mkfifo "$pool/never"
    pool_facts=$(printf '%s\n' 'say inventory {}' 'hear inventory' |
        "$build/tests/sim/speak" xl-gpu migrate-receive | sed -n 's/^inventory //p')
    pool_hosts=()
    for ((i = 1; i <= $1; i++)); do
        host=$(printf 'host%02d' "$i")
        pool_hosts+=("$host")
        answers "$host" .
    done
    write_ssh
    printf '%s\n' "migrate_command = \"$pool/ssh\"" "pool = [ $(printf '"%s", ' "${pool_hosts[@]}") ]" >"$XLGPU_CONF"
}

# answers HOST JQ: what this host says, changed so.
answers() {
    local facts
    facts=$(jq -c --arg host "$1" '.host = $host | .identity = "of " + $host | '"$2" <<<"$pool_facts")
    { frame 1 '{"protocol":"1","host":"h"}' && frame 17 "$facts"; } >"$pool/answer/$1"
}

# dies HOST HOW: refuses, says what is in $pool/said, hangs, greets and no more, stays alive and says nothing else, prints garbage, floods.
dies() { echo "$2" >"$pool/how/$1"; }

# None answers before all were started: they are asked at once, or nobody ever answers.
write_ssh() {
    cat >"$pool/ssh" <<'END'
#!/bin/bash
pool=${0%/*} host=$1
echo "$*" >>"$pool/starts"
mapfile -t starts <"$pool/starts"
((${#starts[@]} < $(<"$pool/together"))) || : >"$pool/all"
how=
[[ ! -e $pool/how/$host ]] || how=$(<"$pool/how/$host")
case $how in
refuses) echo "ssh: connect to host $host port 22: Connection refused" >&2; exit 255 ;;
says) cat "$pool/said" >&2; exit 255 ;;
hangs) exec sleep 1000 ;;
greets) head -c 35 "$pool/answer/$host"; exec sleep 1000 ;;
alive) head -c 35 "$pool/answer/$host"; while printf '\0\0\0\0\0\0\0\0'; do read -rt 0.2 <>"$pool/never"; done ;;
garbage) echo "Welcome to $host"; exec cat >/dev/null ;;
floods) exec yes "Welcome to $host" ;;
esac
until [[ -e $pool/all ]]; do read -rt 0.05 <>"$pool/never"; done
cat "$pool/answer/$host"
exec cat >/dev/null
END
    chmod 755 "$pool/ssh"
    echo "${#pool_hosts[@]}" >"$pool/together"
}

# forget_starts: the next command is a new one.
forget_starts() { rm -f "$pool/starts" "$pool/all"; }
