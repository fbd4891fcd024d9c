# shellcheck shell=bash
# The testbed's own interface, which other scripts stand on.

testbed() { "$top/scripts/testbed" "$@"; }

# status_of COMMAND…: its exit status.
status_of() {
    local r=0
    "$@" >/dev/null 2>&1 || r=$?
    echo "$r"
}

test_run_is_as_ssh() {
    equal "the words are joined" "a b" "$(on echo a '"b"')"
    equal "exit status" 7 "$(status_of on exit 7)"
    equal "standard input" "through" "$(echo through | on cat)"
    equal "standard error" "there" "$(on 'echo there >&2' 2>&1 >/dev/null)"
}

test_files_come_and_go() {
    local dir
    dir=$(mktemp -d)
    echo content >"$dir/a file"
    echo other >"$dir/b"
    testbed put host1 "$dir/a file" "$dir/b" /tmp
    equal "put" "content" "$(on "cat '/tmp/a file'")"
    mkdir "$dir/back"
    testbed get host1 '/tmp/b' "$dir/back"
    equal "get" "other" "$(cat "$dir/back/b")"
    rm -r "$dir"
}

test_a_host_is_what_it_should_be() {
    local xen=${XEN:-4.17}
    like "status" "host1 running * $xen intel [1-9]*" "$(testbed status)"
    like "console" "*Xen version $xen*" "$(testbed console host1)"
    equal "stock xl below the wrapper" "$xen" "$(on xl info xen_version | cut -d. -f1,2)"
    like "igb" "*82576*" "$(on lspci -s $gpu)"
    like "edu" "*1234:11e8*" "$(on lspci -n -d 1234:11e8)"
    equal "its name" "10.77.0.1 host1" "$(on getent hosts host1 | tr -s ' ')"
    equal "ssh to itself by name" "host1" "$(on ssh host1 hostname)"
}

test_wrong_use_gets_one_line() {
    local other=4.20
    [[ ${XEN-} != "$other" ]] || other=4.17
    equal "no such host" 1 "$(status_of testbed run host7 true)"
    equal "no such host to reboot" 1 "$(status_of testbed reboot host7)"
    equal "none to reboot" 2 "$(status_of testbed reboot)"
    equal "no such command" 2 "$(status_of testbed frobnicate)"
    equal "no such version" 2 "$(status_of testbed up --xen 4.2)"
    equal "another Xen than runs" 4 "$(status_of testbed up --xen $other)"
    equal "no such memory" 2 "$(status_of testbed up --memory 6G)"
    equal "other memory than runs" 4 "$(status_of testbed up --memory 2816)"
    equal "no such IOMMU" 2 "$(status_of testbed up --iommu amd)"
    equal "another IOMMU than runs" 4 "$(status_of testbed up --iommu amd-hd)"
    equal "one line" 1 "$(testbed run host7 true 2>&1 | wc -l)"
}
