# shellcheck shell=bash
# What the scripts here share.

top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
passed=0 failed=0

# verdict STATUS WHAT: one line, and counts it.
verdict() {
    if (($1)); then
        failed=$((failed + 1))
        echo "FAILED: $2"
    else
        passed=$((passed + 1))
        echo "ok: $2"
    fi
}

# reports DIRECTORY: the files that report something. No report is what the leak
# sanitizer says of a child whose parent had another thread: the child has not,
# but the list of threads is still the parent's.
reports() {
    grep -rlvE '^==[0-9]+==Running thread [0-9]+ was not suspended\. False leaks are possible\.$' "$1" | sort
}

# must DIRECTORY KIND COMMAND…: a program with an error of that kind leaves a
# report: a directory that stays empty says something.
must() {
    local dir=$1 kind=$2 r=0
    shift 2
    "$@" >/dev/null 2>&1 || :
    [[ $(reports "$dir") ]] || r=1
    verdict "$r" "an error is seen: $kind"
    rm -f "$dir"/*
}

# all_quiet DIRECTORY: there is no report in it; prints what there is.
all_quiet() {
    local found file
    mapfile -t found < <(reports "$1")
    for file in "${found[@]}"; do
        echo "== $file"
        head -n 60 "$file"
    done
    verdict "${#found[@]}" "reports in ${1#"$top/"}: ${#found[@]}"
}

# counted COMMAND…: tests that end with "N passed, N failed"; counts them.
counted() {
    local log r=0 line
    log=$(mktemp)
    "$@" 2>&1 | tee "$log" || r=$?
    line=$(tail -n 1 "$log")
    rm -f "$log"
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        ((r == 0 || BASH_REMATCH[2])) || verdict "$r" "${1##*/}: its exit status"
    else
        verdict 1 "${1##*/}: ended early"
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    ((failed == 0 && passed > 0))
}
