# shellcheck shell=bash
# The pages of gpu-list --html and gpu-pool-check --html.

xe=0000:41:00.0
spare=0000:42:00.0

machine() {
    echo "gpu $xe id=8086:56c0 subsystem=8086:4905 class=038000 driver=xe totalvfs=31 vram=17179869184"
    echo "gpu $spare id=1002:7461 class=038000 driver=igb totalvfs=4"
}

# shellcheck source=tests/sim/pool.sh
. "$here/pool.sh"

set_up() {
    page=$SIM_DIR/page.html
    ok xl gpu-partition $xe 4 >/dev/null
}

list() { ok xl gpu-list --html "$page" "$@"; }

# rows CAPTION: of that table, each a line of its cells' text.
rows() {
    sed -n "/<caption>$1</,/<\/table>/p" "$page" | sed -n 's/^<tr>//p' |
        sed -e 's|</t[hd]></tr>||' -e 's|</t[hd]>|;|g' -e 's|<small>| |g' -e 's|<[^>]*>||g'
}

# The page is well-formed, and has nothing that could run, or be loaded.
is_sound() {
    check "well-formed" xmllint --noout <(sed -e '/^<!DOCTYPE/d' -e 's|^\(<meta .*\)>$|\1/>|' "$page")
    equal "first line" "<!DOCTYPE html>" "$(head -n 1 "$page")"
    check "UTF-8" iconv -f UTF-8 -t UTF-8 "$page" >/dev/null
    equal "loads, or runs" "" "$(grep -oiE '<(script|img|link|iframe|object|a|form)\b|\b(src|href|action|on[a-z]+) *=|url\(|@import' \
        "$page" || :)"
}

# ---- gpu-list ----

test_the_page_has_what_the_list_has() {
    ok xl create "$(guest g)" >/dev/null
    list
    is_sound
    equal "GPUs" "$xe;flex170 8086:56c0, subsystem 8086:4905;xe;16000 MiB;partitioned;31;4;1;3;
$spare;1002:7461 1002:7461, subsystem 0000:0000;igb;–;unpartitioned;4;0;0;0;" "$(rows GPUs)"
    equal "partitions" "$(xl gpu-list -j | jq -r '.gpus[0].partitions[] |
        "\(.index);\(.bdf);\(.memory / 1048576) MiB;\(.state);" +
        if .uuid then "\(.name) (domid \(.domid)) \(.uuid)" else "–" end')" "$(rows "Partitions of $xe, flex170")"
    like "summary" "*GPUs: 2. Partitions: 4, of which 1 held, 0 reserved, 3 free, 0 being reset, 0 quarantined.*" \
        "$(cat "$page")"
    like "who made it, when" "*Made on <strong>$(uname -n)</strong>, <time datetime=\"$(date -u +%Y-)*>* UTC</time>, by <code>xl gpu-list</code>, xl-gpu [0-9]*" \
        "$(cat "$page")"
}

test_gpus_may_be_named() {
    list $spare
    equal "GPUs" $spare "$(rows GPUs | sed 's/;.*//')"
    refused 8 "xl-gpu: 43:00.0: no such GPU on this host; *" xl gpu-list --html "$SIM_DIR/other" 43:00.0
    check "nothing is written" test ! -e "$SIM_DIR/other"
}

test_a_whole_gpu_has_its_guest() {
    xl gpu-list --html - | grep -q "assigned whole" && die "there is none"
    ok xl create "$(guest g "gpu = [ \"passthrough,bdf=$spare\" ]")" >/dev/null
    list
    is_sound
    like "its guest" "$spare;g (domid *) *-*-*-*-*" "$(rows 'GPUs that are assigned whole')"
}

test_a_quarantined_partition_says_why() {
    ok xl create "$(guest g)" >/dev/null
    sim "0000:41:00.1 reset=fail:ENOTTY"
    xl destroy g
    wait_for 10 "its reset has failed" eval '[[ $(states) == quarantined* ]]'
    list
    is_sound
    like "why" "0;0000:41:00.1;4000 MiB;quarantined;*reset*" "$(rows "Partitions of $xe, flex170" | head -n 1)"
    like "summary" "*, 1 quarantined.*" "$(cat "$page")"
}

# plain NAME: a guest of stock xl's with partition 0, called so.
plain() {
    printf '%s\n' "name = \"$1\"" 'type = "hvm"' 'pci = [ "41:00.1@6" ]' >"$SIM_DIR/plain.cfg"
    ok xl create "$SIM_DIR/plain.cfg"
}
named() { rows "Partitions of $xe, flex170" | sed -n '1s/^[^;]*;[^;]*;[^;]*;held;\(.*\) (domid .*/\1/p'; }

test_names_are_text() {
    plain "<script>alert(1)</script><b title='x'>&amp;"
    list
    is_sound
    equal "the name" "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b title=&#39;x&#39;&gt;&amp;amp;" "$(named)"
}

test_what_is_no_text_is_replaced() {
    plain $'a\xff\xc3(\xed\xa0\x80\xc0\xafb\x1b[2Jc\x7f\xc2\x9bd\xc3\xa4\xf0\x9f\x8e\x81'
    list
    is_sound
    equal "the name" "a��(�����b�[2Jc��dä🎁" "$(named)"
}

test_the_same_state_is_the_same_page() {
    ok xl create "$(guest g)" >/dev/null
    list
    sed 's|<time.*</time>||' "$page" >"$SIM_DIR/before"
    list
    equal "what differs" "" "$(sed 's|<time.*</time>||' "$page" | diff "$SIM_DIR/before" -)"
}

# ---- The file ----

test_it_is_the_standard_output_too() {
    list
    equal "what differs" "" "$(xl gpu-list --html=- | sed 's|<time.*</time>||' | diff - <(sed 's|<time.*</time>||' "$page"))"
    refused 1 "xl-gpu: standard output: No space left on device" eval 'xl gpu-list --html - >/dev/full'
}

test_its_permissions_are_those_of_any_file() {
    (umask 027 && list)
    equal "a new one" 640 "$(stat -c %a "$page")"
    chmod 604 "$page"
    list
    equal "one that was there" 604 "$(stat -c %a "$page")"
    ln -s page.html "$SIM_DIR/link"
    page=$SIM_DIR/link list
    check "a link stays one" test -L "$SIM_DIR/link"
}

test_it_is_written_whole_or_not_at_all() {
    echo before >"$page"
    refused 1 "xl-gpu: $page: File too large" eval '(trap "" XFSZ && ulimit -f 1 && exec xl gpu-list --html "$page")'
    equal "the file" before "$(cat "$page")"
    equal "left beside it" "" "$(compgen -G "$page.*" || :)"
    refused 1 "xl-gpu: /nonexistent/page: No such file or directory" xl gpu-list --html /nonexistent/page
    refused 2 "xl-gpu: $SIM_DIR: it is no plain file; *" xl gpu-list --html "$SIM_DIR"
    refused 2 "xl-gpu: /dev/null: it is no plain file; *" xl gpu-list --html /dev/null
    check "a device stays one" test -c /dev/null
    ln -s nothing "$SIM_DIR/dangling"
    refused 2 "xl-gpu: $SIM_DIR/dangling: it is no plain file; *" xl gpu-list --html "$SIM_DIR/dangling"
}

test_one_form_at_a_time() {
    refused 2 "xl-gpu: list: usage: *" xl gpu-list -j --html "$page"
    refused 2 "xl-gpu: pool-check: usage: *" xl gpu-pool-check --html "$page" -j
    refused 2 "xl-gpu: list: unknown option; *" xl gpu-list --html
    check "nothing is written" test ! -e "$page"
}

# ---- gpu-pool-check ----

# pool_page STATUS
pool_page() {
    local r=0
    forget_starts
    xl gpu-pool-check --html "$page" >"$SIM_DIR/out" 2>&1 || r=$?
    equal "status" "$1" "$r"
    equal "printed" "" "$(cat "$SIM_DIR/out")"
    is_sound
}
alike() { xl gpu-unpartition $xe >/dev/null && xl gpu-partition $xe 4 >/dev/null && sim "$spare unplug"; }

test_a_pool_that_is_alike() {
    alike
    make_pool 2
    pool_page 0
    equal "hosts" "$(uname -n);alike;flex170;4000 MiB;1;4;0;0;4;
host01;alike;flex170;4000 MiB;1;4;0;0;4;
host02;alike;flex170;4000 MiB;1;4;0;0;4;" "$(rows 'Room by host')"
    equal "models" "flex170;4000 MiB;3;3;12;0;0;12;" "$(rows 'Room by model')"
    equal "GPUs" "$(uname -n);0;4;–
host01;0;4;–
host02;0;4;–" "$(rows GPUs | cut -d ';' -f 1,6-8)"
    check "nothing differs" grep -q '<p>Nothing differs.</p>' "$page"
    like "the verdict" '*<span class="word free">alike</span>*' "$(grep 'class="verdict"' "$page")"
}

test_what_differs_has_its_remedy() {
    alike
    make_pool 4
    answers host01 '.gpus[0].count = 2 | .gpus[0].free = 1 | .gpus[0].held = 1 | .gpus[0].partition_memory = 8388608000'
    answers host02 '.gpus[0].firmware = "71"'
    dies host03 says
    echo "ssh: <b>\"host03\"</b> & 'others'" >"$pool/said"
    pool_page 6
    equal "differences" "host01;error;$xe: partition count 2, in the pool 4;xl gpu-partition --pool gives all the same count
host02;warning;$xe: firmware 71, in the pool not known;have the same firmware on all GPUs
host03;error;ssh: &lt;b&gt;&quot;host03&quot;&lt;/b&gt; &amp; &#39;others&#39;;see whether migrate_command of gpu.conf reaches it, and whether xl-gpu is installed there" \
        "$(rows 'What differs')"
    equal "hosts" "$(uname -n) alike 4, host01 error 1, host02 warning 4, host03 no answer –, host04 alike 4" \
        "$(rows 'Room by host' | awk -F ';' '{ printf "%s%s %s %s", s, $1, $2, $9; s = ", " }')"
    equal "models" "flex170 4000 MiB 3 12, flex170 8000 MiB 1 1" \
        "$(rows 'Room by model' | awk -F ';' '{ printf "%s%s %s %s %s", s, $1, $2, $3, $8; s = ", " }')"
    like "the verdict" '*<span class="word bad">error</span>*' "$(grep 'class="verdict"' "$page")"
}

test_who_has_what_of_each_host() {
    alike
    ok xl create "$(guest '<b>')" >/dev/null
    make_pool 1
    answers host01 '.gpus[0].guests = ["two", "one"] | .gpus[0].held = 2 | .gpus[0].free = 2'
    pool_page 0
    equal "GPUs" "$(uname -n);1;3;&lt;b&gt;
host01;2;2;two, one" "$(rows GPUs | cut -d ';' -f 1,6- | sed 's/;xe.*//')"
}

# Its inventory says all the same; without its name.
test_a_guest_whose_name_can_not_be_sent_has_its_uuid() {
    alike
    plain $'a\xff'
    make_pool 1
    pool_page 0
    equal "guest" "$(xl gpu-list -j | jq -r '.gpus[].partitions[].uuid // empty')" \
        "$(rows GPUs | sed -n 1p | cut -d ';' -f 8)"
}

test_a_page_that_can_not_be_written_is_said() {
    make_pool 1
    refused 1 "xl-gpu: /nonexistent/page: No such file or directory" xl gpu-pool-check --html /nonexistent/page
}
