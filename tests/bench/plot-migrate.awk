# docs/migration.svg: how what a move costs grows with the guest's memory.
BEGIN {
    colour["live"] = "#2f8fe0"; colour["freeze"] = "#e07b1a"
    dash["freeze"] = "stroke-dasharray=\"6 3\""
    size_unit = 1024; short[256] = "¼"; short[512] = "½"
}
END {
    begin(700, 290, "Cost of a move as the guest's memory grows, live and frozen")
    legend(42, "live", "live")
    legend(132, "freeze", "freeze")
    text(686, 20, "end", 12, "median; smallest to largest as a bar")
    panel(1, "memory", "Memory part of the pause, s", 1e6, "Guest memory, GiB")
    panel(2, "total", "Pause, s", 1e6, "Guest memory, GiB")
    panel(3, "all", "Whole move, s", 1e6, "Guest memory, GiB")
    print "</svg>"
}
