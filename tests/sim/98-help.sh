# shellcheck shell=bash
# What tells how the commands are used: help, man pages, completion.

gpu=0000:41:00.0
other=0001:02:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=7"
    echo "gpu $other id=1002:74a1 class=120000 driver=xe totalvfs=7"
    echo "device 0000:01:00.0 id=8086:10c9 class=020000 driver=igb totalvfs=7"
}

top=$here/../..
pages=$top/docs/man
verbs() { xl-gpu help | sed -n 's/^ \(gpu-[^ ]*\).*/\1/p'; }

# ---- Help ----

test_xl_help_has_stock_xls_verbs_and_ours() {
    check "there are some" test "$(verbs | wc -l)" -gt 10
    equal "both" "$("$XLGPU_STOCK_XL" help)

$(xl-gpu help)" "$(xl help)"
    equal "of stock xl's" "$("$XLGPU_STOCK_XL" help create)" "$(xl help create)"
}

test_help_of_a_verb_is_that_of_its_h() {
    local verb
    for verb in $(verbs); do
        like "$verb" "Usage: xl $verb *" "$(xl help "$verb")"
        equal "$verb" "$(xl "$verb" -h)" "$(xl -v help "$verb")"
    done
    refused 2 "xl-gpu: nosuch: no such verb; *" xl help gpu-nosuch
}

# ---- The man pages ----

# options VERB: those that its help names, and what is to follow them.
options() { xl "$1" -h | sed -n '/^Options:/,$p' | grep -oE '^(-[a-z]|--[a-z-]+(=| [A-Z])?)' | sed 's/ .$//'; }

# options_in TEXT: those of a usage line, or a synopsis, without what follows them.
options_in() { grep -oE '(^|[[ |])(-[a-z]\b|--[a-z-]+)' <<<"$1" | tr -d '[ |' | sort -u | xargs; }

# Neither has one that the other has not.
test_the_manual_has_each_verb_with_its_options() {
    local verb synopsis helped
    for verb in $(verbs); do
        synopsis=$(man -E UTF-8 -l "$pages/xl-gpu.8" 2>/dev/null | sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' |
            awk -v verb="$verb" '$1 == "xl" { on = $2 == verb } on')
        check "$verb is in the synopsis" test "$synopsis"
        helped=$(options "$verb" | tr -d = | sort -u | xargs)
        equal "$verb: options in the synopsis" "$helped" "$(options_in "$synopsis")"
        equal "$verb: options in its usage" "$helped" "$(options_in "$(xl "$verb" -h | head -n 1)")"
        check "$verb is described" grep -qE "^\.B ${verb//-/\\\\?-}( |$)" "$pages/xl-gpu.8"
    done
}

test_each_verb_is_a_page() {
    local verb root=$SIM_DIR/root
    make -s -C "$top" BUILD="${XLGPU_BUILD-build}" -o all install DESTDIR="$root" >/dev/null
    for verb in $(verbs); do
        equal "$verb" "$root/usr/share/man/man8/xl-gpu.8" \
            "$(realpath "$(man -M "$root/usr/share/man" -w "xl-$verb")")"
    done
    check "its completion is not in the place of Xen's" test -e "$root/etc/bash_completion.d/xl-gpu"
    equal "of xl" "" "$(find "$root" -name xl -path '*bash*')"
}

# described DOCUMENT: the keys that xl-gpu(8) has of it.
described() {
    sed -n "/^\.SS.*$1/,/^\.fi/p" "$pages/xl-gpu.8" | sed -n 's/^ *"\([a-z_]*\)":.*/\1/p' | sort -u
}
keys() { jq -r '[paths[] | strings] | unique[]'; }

test_the_documents_are_as_described() {
    equal "gpu-partition" "$(described 'gpu-partition -j')" "$(xl gpu-partition -j $gpu 4 | keys)"
    equal "gpu-unpartition" "$(described 'gpu-unpartition -j')" "$(xl gpu-unpartition -n -j $gpu | keys)"
    equal "gpu-list" "$(described 'gpu-list -j')" "$(xl gpu-list -j | keys)"
    equal "gpu-layout" "$(described 'gpu-layout -j')" "$(xl gpu-layout -j | keys)"
    ok xl create "$(guest g 'gpu = []' 'passthrough = "enabled"')" >/dev/null
    equal "gpu-attach" "$(described 'gpu-attach -j')" "$(xl gpu-attach -j g | keys)"
    equal "gpu-detach" "$(described 'gpu-detach -j')" "$(xl gpu-detach -j g | keys)"
    sim "0000:41:00.1 reset=fail:ENOTTY"
    xl gpu-attach g >/dev/null 2>&1 || :
    sim "0000:41:00.1 reset=ok"
    equal "gpu-recover" "$(described 'gpu-recover -j')" "$(xl gpu-recover -j | keys)"
}

# ---- Completion ----

# completes LINE: the candidates, on one line.
completes() {
    bash --norc --noprofile -c '
        . "$1"
        COMP_LINE=$2 COMP_POINT=${#2}
        read -ra COMP_WORDS <<<"$2"
        [[ $2 != *" " ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _xl_gpu "${COMP_WORDS[0]}"
        ((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"
    ' - "$top/scripts/bash-completion" "$1" 2>"$SIM_DIR/said" | sed 's/ *$//' | paste -sd ' '
    equal "said of $1" "" "$(cat "$SIM_DIR/said")"
}

test_verbs_are_completed() {
    equal "all" "$(verbs | sort | xargs)" "$(completes 'xl gpu-')"
    equal "one" gpu-migrate "$(completes 'xl -v gpu-m')"
    equal "of xl-gpu" "pool-check" "$(completes 'xl-gpu po')"
    equal "of help" "gpu-pool-check" "$(completes 'xl help gpu-po')"
    equal "of xl-gpu's help" "pool-check" "$(completes 'xl-gpu help po')"
    like "beside stock xl's" "*gpu-list*" "$(completes 'xl ')"
    equal "stock xl's, by Xen's own" create "$(completes 'xl creat')"
    equal "nothing of ours" "" "$(completes 'xl create gpu')"
}

test_options_are_those_of_the_help() {
    local verb
    for verb in $(verbs); do
        equal "$verb" "$({ echo -h; options "$verb"; } | sort | xargs)" \
            "$(completes "xl $verb -" | tr ' ' '\n' | sort | xargs)"
    done
    equal "modes" "live freeze" "$(completes 'xl gpu-migrate --mode=l') $(completes 'xl gpu-migrate --mode=f')"
}

test_gpus_are_completed() {
    equal "all" "$gpu $other" "$(completes 'xl gpu-list ')"
    equal "behind the last colon" 00.0 "$(completes 'xl gpu-partition 0000:41:')"
    equal "without the PCI domain" 00.0 "$(completes 'xl gpu-partition 41:')"
    equal "of xl-gpu" "$gpu" "$(completes 'xl-gpu unpartition 0000')"
    ok xl gpu-partition $gpu 2 >/dev/null
    equal "no partitions" "$gpu $other" "$(completes 'xl gpu-list ')"
    model 'model = "nic"' 'match = [ "8086:10C9" ]'
    equal "one of a model file" "0000:01:00.0 $gpu $other" "$(completes 'xl gpu-list ')"
    equal "what is said of each partition" "memory=" "$(completes "xl gpu-partition $gpu 4 mem")"
    equal "without a GPU" "memory=" "$(completes "xl gpu-partition --pool 4 mem")"
}

test_domains_and_hosts_are_completed() {
    printf '%s\n' '# pool = [ "none" ]' 'pool_timeout = 3' 'pool = [ "host1",' '  "root@host2" ] # both' >>"$XLGPU_CONF"
    ok xl gpu-partition $gpu 2 >/dev/null
    ok xl create "$(guest 'a' 'name = "a b"')" >/dev/null
    ok xl create "$(guest g 'gpu = []')" >/dev/null
    equal "domains" 'a\ b g' "$(completes 'xl gpu-migrate ')"
    equal "one" g "$(completes 'xl gpu-detach g')"
    equal "hosts" "host1 root@host2" "$(completes 'xl gpu-migrate -n g ')"
    equal "of a pool" "host1 root@host2" "$(completes 'xl gpu-pool-check ')"
    equal "behind =" "host1 root@host2" "$(completes 'xl gpu-recover --peer-is-dead=')"
    equal "what is attached" "partition passthrough,bdf=$gpu passthrough,bdf=$other" "$(completes 'xl gpu-attach g ')"
}

test_it_changes_nothing_and_waits_for_nobody() {
    local before began=$SECONDS
    printf '%s\n' '#!/bin/bash' "echo \"\$*\" >>'$SIM_DIR/run'" 'sleep 60' >"$SIM_DIR/bin/xl"
    before=$(files)
    equal "no domain is known" "" "$(completes 'xl gpu-detach ')"
    check "it waits for $((SECONDS - began)) s" test $((SECONDS - began)) -lt 20
    equal "what was run" list "$(cat "$SIM_DIR/run")"
    equal "files" "$before" "$(files)"
    rm "$SIM_DIR/bin/xl"
    unset XLGPU_CONF
    equal "without a host of Xen's" "" "$(XLGPU_SYSFS=/nonexistent XLGPU_MODELS=/nonexistent completes 'xl gpu-list ')"
    equal "hosts" "" "$(XLGPU_CONF=/nonexistent completes 'xl gpu-evacuate ')"
}
