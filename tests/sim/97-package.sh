# shellcheck shell=bash
# Whom the Debian package's prerm finds: while there is one it is not removed.

gpu=0000:41:00.0 other=0000:42:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=31 vram=17179869184"
    echo "gpu $other id=10de:20f1 class=030200 driver=nvidia totalvfs=16"
}

# The function of that script, with the xl-gpu that is tested.
holders() {
    sh -c "$(sed -n '/^guests() {/,/^}/p' "$here/../../debian/xl-gpu.prerm" | sed 's|/usr/lib/xl-gpu/xl-gpu|xl-gpu|')
        guests"
}

test_nobody() {
    equal "no partitions" "" "$(holders)"
    xl gpu-partition $gpu 2 >/dev/null
    equal "free ones" "" "$(holders)"
    xl create "$(guest plain 'gpu = []')" >/dev/null
    equal "a guest without one" "" "$(holders)"
}

test_who_has_a_partition() {
    xl gpu-partition $gpu 4 >/dev/null
    xl create "$(guest web)" >/dev/null
    xl create "$(guest 'db 2')" >/dev/null
    xl create "$(guest plain 'gpu = []')" >/dev/null
    equal "two" "db 2 web" "$(holders)"
    xl destroy web
    equal "one has ended" "db 2" "$(holders)"
}

test_who_was_given_one_while_running() {
    xl gpu-partition $gpu 2 >/dev/null
    xl create "$(guest late 'gpu = []' 'passthrough = "enabled"')" >/dev/null
    xl gpu-attach late >/dev/null
    equal "one" late "$(holders)"
}

test_who_has_a_whole_gpu() {
    xl create "$(guest whole "gpu = [ \"passthrough,bdf=$other\" ]")" >/dev/null
    equal "one" whole "$(holders)"
}
