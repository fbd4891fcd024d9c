# shellcheck shell=bash
# What the benchmarks make of their figures. Nothing here is measured: their scripts run on a copy of the page.

machine() { echo "gpu 0000:41:00.0 id=8086:56c0 class=038000 driver=xe totalvfs=31"; }

set_up() {
    top=$(cd "$here/../.." && pwd -P)
    mkdir -p "$SIM_DIR/copy/tests"
    cp -r "$top/tests/bench" "$SIM_DIR/copy/tests"
    cp -r "$top/docs" "$SIM_DIR/copy/docs"
    bench=$SIM_DIR/copy/tests/bench page=$SIM_DIR/copy/docs/benchmarks.md
}

# section NAME: what the page has for it.
section() { sed -n "/^<!-- $1: begin -->$/,/^<!-- $1: end -->$/p" "$page" | sed '1d; $d'; }

test_each_section_is_measured_or_says_that_it_is_not() {
    local name
    for name in $(sed -n 's/^<!-- \([-.0-9a-z]*\): begin -->$/\1/p' "$page"); do
        check "$name" grep -qE '^(Measured on .* at .*: |Not measured yet: )' <<<"$(section "$name")"
    done
}

test_what_make_bench_runs_has_a_place() {
    local name
    for name in $(sed -n 's|^\ttests/bench/\([a-z]*\).*|\1|p' "$top/Makefile"); do
        check "$name" grep -qxE "<!-- $name(-[.0-9]*)?: begin -->" "$page"
    done
}

test_what_is_published_takes_the_place_of_what_was_said() {
    echo '| a table |' | "$bench/publish" create 'on 2026-01-02 at abc' >/dev/null
    like "the section" $'\nMeasured on 2026-01-02 at abc: *.\n\n| a table |' "$(section create)"
    equal "others" "$(sed '/^<!-- create: begin/,/^<!-- create: end/d' "$top/docs/benchmarks.md")" \
        "$(sed '/^<!-- create: begin/,/^<!-- create: end/d' "$page")"
}

# moves MIB MODE LINE: three of them, as tests/bench/migrate keeps them.
moves() {
    local i
    for i in 1 2 3; do
        (. "$bench/lib.sh" && echo "1 g: pause: $3" | parts | sed "s/^/$1 $i $2 /")
        printf '%s\n' "$1 $i $2 all 9000000" "$1 $i noise machine 1"
    done
}
rows() { awk -f "$bench/summary.awk" | awk -f "$bench/table.awk" >"$SIM_DIR/table"; }
has_row() { check "row: $1" grep -qxF "$1" "$SIM_DIR/table"; }

test_the_parts_of_a_pause_are_rows() {
    {
        moves 256 live "freeze 250000 us, target_dm 1500000 us, vf -, target 1790000 us, unpause 40000 us"
        moves 256 restart "shutdown 2000000 us, commit 10000 us, create 3000000 us"
        moves 512 live "vf 250000 us"
    } | rows
    has_row '| Target: device model, s | 1.50 (1.50–1.50) | - |'
    has_row '| Target: VF, s | - | - |'
    has_row "| **Target's device model and VF**, s | 1.79 (1.79–1.79) | - |"
    has_row '| Resume, s | 0.040 (0.040–0.040) | - |'
    has_row '| Shutdown, s | - | 2.00 (2.00–2.00) |'
    has_row '| Create, s | - | 3.00 (3.00–3.00) |'
    has_row '| Target: VF, s | 0.250 (0.250–0.250) |'
    equal "restarts of 512 MiB" 1 "$(grep -c '^| Create' "$SIM_DIR/table")"
}

# is_svg: the input is one.
is_svg() {
    local svg
    svg=$(cat)
    like "a plot" "<svg xmlns=*<title>*</svg>" "$svg"
    equal "marks" "$1" "$(grep -cE "<(circle|rect) .* fill=\"#(2f8fe0|e07b1a)\"" <<<"$svg")"
    ! grep -qi 'nan\|inf' <<<"$svg" || die "$svg"
}
plot() { awk -f "$bench/summary.awk" | awk -f "$bench/plot.awk" -f "$bench/plot-$1.awk"; }

test_a_plot_is_drawn_of_each() {
    local n column
    for n in 1 8 64; do
        for column in create detach; do printf '%s\n' "$n 1 $column us ${n}000" "$n 1 $column requests 84"; done
    done | plot scale | is_svg $((3 * 2 * 2 + 3))
    for column in auto content; do
        printf '%s\n' "256 1 $column paused 2000000" "256 1 $column total 3000000" "256 1 $column map 1000000"
    done | plot tracker | is_svg $((2 * 3 + 2))
    for n in 256 512; do printf '%s\n' "$n 1 live all ${n}000" "$n 1 freeze all ${n}000"; done |
        plot migrate | is_svg $((2 * 2 + 2))
}

# Of dead hosts one is waited for 5 s, however quick all else is.
test_a_pool_that_takes_too_long_fails_the_benchmark() {
    local r=0
    "$top/tests/bench/pool" 1 1 >"$SIM_DIR/out" 2>&1 || r=$?
    equal "status" 1 "$r"
    like "missed" "*| three of them are dead | [0-9].* | 1: missed |*longer than 1 s*" "$(cat "$SIM_DIR/out")"
}
