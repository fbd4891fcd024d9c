# From the summary's lines to docs/migration.svg: how what a move costs grows with the guest's memory. Middle greys and
# colours, as the page below may be light or dark.
function text(x, y, anchor, size, what) {
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" fill=\"%s\">%s</text>\n", \
        x, y, anchor, size, grey, what
}
function line(x1, y1, x2, y2, style) {
    printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, style
}
function point(x, y, mode) {
    printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x, y, colour[mode]
}
# The step of at most five ticks up to max: 1, 2 or 5 times a power of ten.
function step(max,    s) {
    s = 10 ^ int(log(max / 5) / log(10) - (max < 5))
    if (s * 5 >= max) return s
    if (s * 2 * 5 >= max) return s * 2
    if (s * 5 * 5 >= max) return s * 5
    return s * 10
}
function x_of(mib) { return left + mib / largest_mib * width }
function y_of(us) { return top + height - us / 1e6 / scale * height }

function axes(title, s,    v, i) {
    text(left + width / 2, top - 14, "middle", 13, title)
    for (v = 0; v <= scale + s / 1000; v += s) {
        line(left, y_of(v * 1e6), left + width, y_of(v * 1e6), "stroke=\"" grey "\" stroke-opacity=\"0.3\"")
        text(left - 6, y_of(v * 1e6) + 4, "end", 12, sprintf("%.6g", v))
    }
    line(left, top, left, top + height, "stroke=\"" grey "\"")
    line(left, top + height, left + width, top + height, "stroke=\"" grey "\"")
    for (i = 1; i <= n_sizes; i++) {
        line(x_of(sizes[i]), top + height, x_of(sizes[i]), top + height + 4, "stroke=\"" grey "\"")
        text(x_of(sizes[i]), top + height + 17, "middle", 12,
            sizes[i] in short ? short[sizes[i]] : sprintf("%.3g", sizes[i] / 1024))
    }
    text(left + width / 2, top + height + 34, "middle", 12, "Guest memory, GiB")
}
function curve(mode, part,    i, key, points) {
    for (i = 1; i <= n_sizes; i++) {
        key = sizes[i] " " mode " " part
        if (!(key in median)) continue
        points = points sprintf("%.1f,%.1f ", x_of(sizes[i]), y_of(median[key]))
        line(x_of(sizes[i]), y_of(smallest[key]), x_of(sizes[i]), y_of(biggest[key]), "stroke=\"" colour[mode] "\"")
        point(x_of(sizes[i]), y_of(median[key]), mode)
    }
    printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" %s/>\n", \
        points, colour[mode], dash[mode]
}
function panel(number, part, title,    i, m, key, max) {
    left = 42 + (number - 1) * 232
    max = 0
    for (i = 1; i <= n_sizes; i++)
        for (m in colour) {
            key = sizes[i] " " m " " part
            if (key in biggest && biggest[key] / 1e6 > max) max = biggest[key] / 1e6
        }
    if (!max) return
    scale = step(max) * int(max / step(max) + 0.999)
    axes(title, step(max))
    for (m in colour) curve(m, part)
}
function legend(x, mode, what) {
    line(x, 16, x + 28, 16, "stroke=\"" colour[mode] "\" stroke-width=\"2\" " dash[mode])
    point(x + 14, 16, mode)
    text(x + 36, 20, "start", 12, what)
}
BEGIN {
    grey = "#808890"; top = 62; height = 180; width = 184
    colour["live"] = "#2f8fe0"; colour["freeze"] = "#e07b1a"
    dash["freeze"] = "stroke-dasharray=\"6 3\""
    short[256] = "¼"; short[512] = "½"
}
$2 == "live" || $2 == "freeze" {
    key = $1 " " $2 " " $3
    median[key] = $5; smallest[key] = $6; biggest[key] = $7
    if (!($1 in seen)) { seen[$1] = 1; sizes[++n_sizes] = $1 }
    if ($1 + 0 > largest_mib) largest_mib = $1 + 0
}
END {
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 290\" width=\"700\" height=\"290\"" \
        " font-family=\"sans-serif\" role=\"img\">"
    print "<title>Cost of a move as the guest's memory grows, live and frozen</title>"
    legend(42, "live", "live")
    legend(132, "freeze", "freeze")
    text(686, 20, "end", 12, "median; smallest to largest as a bar")
    panel(1, "memory", "Memory part of the pause, s")
    panel(2, "total", "Pause, s")
    panel(3, "all", "Whole move, s")
    print "</svg>"
}
