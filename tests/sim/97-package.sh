# shellcheck shell=bash
# Whom the Debian package's prerm finds: while there is one, or it can't be told, it is not removed.

gpu=0000:41:00.0 other=0000:42:00.0

machine() {
    echo "gpu $gpu id=8086:56c0 class=038000 driver=xe totalvfs=31 vram=17179869184"
    echo "gpu $other id=10de:20f1 class=030200 driver=nvidia totalvfs=16"
}

# prerm FUNCTION: of that script, with the xl-gpu that is tested, in a dom0.
prerm() {
    echo control_d >"$SIM_DIR/capabilities"
    sh -c "$(sed -e '/^case /,$d' -e 's|^xl_gpu=.*|xl_gpu=xl-gpu|' -e "s|^state=.*|state='$XLGPU_STATE_DIR'|" \
        -e "s|^capabilities=.*|capabilities='$SIM_DIR/${capabilities-capabilities}'|" "$here/../../debian/xl-gpu.prerm")
        $1"
}
holders() { prerm guests; }

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

test_what_can_not_be_told_is_not_nobody() {
    echo 'pool = 7' >>"$XLGPU_CONF"
    ! holders || die "it can be told"
    equal "where there is no Xen" "" "$(capabilities=none holders)"
}

test_migrations_are_found() {
    ! prerm is_migrating || die "there is none"
    equal "none has moved" "" "$(prerm moved)"
    mkdir -p "$XLGPU_STATE_DIR"/migration "$XLGPU_STATE_DIR"/moved
    printf '{\n    "version": 1,\n    "state": "go-sent"\n}\n' >"$XLGPU_STATE_DIR/migration/u"
    check "one" prerm is_migrating
    printf '{\n    "uuid": "u",\n    "name": "%s",\n    "target": "host2"\n}\n' web >"$XLGPU_STATE_DIR/moved/u.json"
    equal "who has moved" web "$(prerm moved)"
}
