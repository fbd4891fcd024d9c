# docs/tracker.svg: the trackers beside each other.
BEGIN { colour["auto"] = "#2f8fe0"; colour["content"] = "#e07b1a" }
END {
    width = 416
    begin(472, 280, "Parts of the pause, by the IOMMU's dirty bits and by content")
    legend(42, "auto", "iommu")
    legend(132, "content", "content")
    n = split("types map hash send memory total", part, " ")
    split("types|map|hash|send|memory part|pause", name, "|")
    n_modes = split("auto content", mode, " ")
    bars("Parts of the pause, s", 1e6, n, part, name, n_modes, mode)
    print "</svg>"
}
