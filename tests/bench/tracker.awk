# From the summary of moves and work (summary.awk), and lines "PHASE DIRTY-4K 4K DIRTY-LARGER LARGER US" of gatherings:
# the tables of tests/bench/tracker.
function s(n) { return sprintf("%.2f", n / 1e6) }
function cell(mode, part, unit,    key) {
    key = mode " " part
    if (unit == "n") return sprintf("%d (%d–%d)", median[key], smallest[key], largest[key])
    return s(median[key]) " (" s(smallest[key]) "–" s(largest[key]) ")"
}
function row(part, name, unit) { print "| " name " | " cell("auto", part, unit) " | " cell("content", part, unit) " |" }
function middle(phase, field,    i, j, n, a, t) {
    n = count[phase]
    for (i = 1; i <= n; i++) a[i] = seen[phase, field, i]
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && a[j] < a[j - 1]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
    return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}
{ mib = $1; key = $2 " " $3; n[key] = $4; median[key] = $5; smallest[key] = $6; largest[key] = $7 }
END {
    while ((getline line <gathered) > 0) {
        split(line, w, " ")
        i = ++count[w[1]]
        for (f = 2; f <= 6; f++) seen[w[1], f, i] = w[f]
    }
    print "Medians, with the smallest and the largest. The device writes to " rate " pages a second at random.\n"
    print "| Guest of " mib " MiB, n=" n["auto paused"] " | iommu | content |"
    print "|---|---|---|"
    row("memory", "**Memory part of the pause**, s"); row("total", "**Pause**, s"); row("types", "Types, s")
    row("map", "Map, s"); row("hash", "Hash and compare, s"); row("send", "Send, s")
    row("rounds", "Rounds", "n"); row("pages", "Pages sent", "n"); row("last", "of these, in the pause", "n")

    small = (middle("small", 6) - middle("large", 6)) / (middle("small", 3) - middle("large", 3))
    large = (middle("large", 6) - small * middle("large", 3)) / middle("large", 5)
    dirty = (middle("written", 6) - middle("small", 6)) / middle("written", 2)
    print "\n| Gathering, by the hypervisor's clock | per GiB that is mapped |"
    print "|---|---|"
    printf "| IO pages of 4 KiB, none dirty | %.1f ms |\n", small * 262144 / 1e3
    printf "| IO pages of 2 MiB, none dirty | %.2f ms |\n", large * 512 / 1e3
    printf "| Each page of 4 KiB that is dirty, besides | %.2f µs |\n", dirty
    printf "\nMedians of %d, %d and %d gatherings, of %d larger and %d small pages, then of %d small ones, then with " \
        "%d of them dirty.\n", count["large"], count["small"], count["written"], middle("large", 5),
        middle("large", 3), middle("small", 3), middle("written", 2)

    print "\n| Guest writes 64 MiB, n=" n["off work"] " | s |"
    print "|---|---|"
    print "| No log | " cell("off", "work") " |"
    print "| Xen's log, without the device's bits | " cell("log", "work") " |"
    print "| with them, as the iommu tracker has it | " cell("gathers", "work") " |"
}
