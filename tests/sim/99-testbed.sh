# shellcheck shell=bash
# How the testbed keeps what it has built. No host is started.

machine() { echo "gpu 0000:41:00.0 id=8086:56c0 class=038000 driver=xe totalvfs=2"; }

set_up() {
    out=$SIM_DIR/out
    # shellcheck source=scripts/testbed.d/lib.sh
    . "$here/../../scripts/testbed.d/lib.sh"
}

build_it() { echo "made of $content" | tee "$1/it"; }
build_nothing() { false; }

# built HASH: what is said of it.
built() { logged it artefact "$out/suite/it" "$1" build_it 2>&1; }

test_what_is_built_says_how_long_it_took() {
    local content=one
    like "the first time" "testbed: suite/it built in [0-9] s" "$(built 1)"
    equal "the next time" "" "$(built 1)"
    content=two
    like "of another recipe" "testbed: suite/it built in [0-9] s" "$(built 2)"
    equal "it" "made of two" "$(cat "$out/suite/it/it")"
    like "kept" $'20*-* suite/it [0-9] s\n20*-* suite/it [0-9] s' "$(cat "$out/log/built")"
}

test_what_fails_was_not_built() {
    local said r
    # Not before ||, where bash ignores set -e.
    set +e
    said=$(logged it artefact "$out/it" 1 build_nothing 2>&1)
    r=$?
    set -e
    equal "status" 1 "$r"
    like "said" "testbed: it.log: failed as shown; see $out/log/it.log" "$said"
    check "nothing is kept" test ! -e "$out/log/built" -a ! -e "$out/it"
}
