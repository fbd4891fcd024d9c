# docs/scale.svg: what xl-gpu's own part takes as the host's GPUs become more.
BEGIN {
    colour["list"] = "#808890"; colour["create"] = "#2f8fe0"; colour["again"] = "#2f8fe0"; colour["detach"] = "#e07b1a"
    dash["again"] = "stroke-dasharray=\"6 3\""
}
END {
    begin(468, 290, "Cost of xl-gpu's commands as the host's GPUs become more")
    legend(42, "list", "list")
    legend(132, "create", "create")
    legend(232, "again", "again")
    legend(332, "detach", "detach")
    panel(1, "us", "By the clock, ms", 1e3, "GPUs")
    panel(2, "requests", "Requests to xenstored", 1, "GPUs")
    print "</svg>"
}
