# From the summary (summary.awk) of moves, gatherings and work: the tables of tests/bench/tracker.
function s(n) { return sprintf("%.2f", n / 1e6) }
function cell(mode, part, unit,    key) {
    key = mode " " part
    if (unit == "n") return sprintf("%d (%d–%d)", median[key], smallest[key], largest[key])
    return s(median[key]) " (" s(smallest[key]) "–" s(largest[key]) ")"
}
function row(part, name, unit) { print "| " name " | " cell("auto", part, unit) " | " cell("content", part, unit) " |" }
{ mib = $1; key = $2 " " $3; n[key] = $4; median[key] = $5; smallest[key] = $6; largest[key] = $7 }
END {
    print "Medians, with the smallest and the largest. The device writes to " rate " pages a second at random.\n"
    print "| Guest of " mib " MiB, n=" n["auto paused"] " | iommu | content |"
    print "|---|---|---|"
    row("memory", "**Memory part of the pause**, s"); row("total", "**Pause**, s"); row("types", "Types, s")
    row("map", "Map, s"); row("hash", "Hash and compare, s"); row("send", "Send, s")
    row("rounds", "Rounds", "n"); row("pages", "Pages sent", "n"); row("last", "of these, in the pause", "n")

    print "\n![Parts of the pause, by each tracker](tracker-" xen ".svg)"

    small = (median["small us"] - median["large us"]) / (median["small 4k"] - median["large 4k"])
    large = (median["large us"] - small * median["large 4k"]) / median["large larger"]
    dirty = (median["written us"] - median["small us"]) / median["written dirty"]
    print "\n| Gathering, by the hypervisor's clock | per GiB that is mapped |"
    print "|---|---|"
    printf "| IO pages of 4 KiB, none dirty | %.1f ms |\n", small * 262144 / 1e3
    printf "| IO pages of 2 MiB, none dirty | %.2f ms |\n", large * 512 / 1e3
    printf "| Each page of 4 KiB that is dirty, besides | %.2f µs |\n", dirty
    printf "\nMedians of %d, %d and %d gatherings, of %d larger and %d small pages, then of %d small ones, then with " \
        "%d of them dirty.\n", n["large us"], n["small us"], n["written us"], median["large larger"],
        median["large 4k"], median["small 4k"], median["written dirty"]

    print "\n| Guest writes 64 MiB, n=" n["off work"] " | s |"
    print "|---|---|"
    print "| No log | " cell("off", "work") " |"
    print "| Xen's log, without the device's bits | " cell("log", "work") " |"
    print "| with them, as the iommu tracker has it | " cell("gathers", "work") " |"
}
