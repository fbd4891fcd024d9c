# What the plots share: awk -f plot.awk -f plot-NAME.awk, of summary.awk's lines. The second file says which modes it
# has, by their colours (colour and dash), and in the end which panels. Middle greys and colours, as the page below may
# be light or dark.
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
function begin(w, h, title) {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\"" \
        " font-family=\"sans-serif\" role=\"img\">\n<title>%s</title>\n", w, h, w, h, title
}
function legend(x, mode, what) {
    line(x, 16, x + 28, 16, "stroke=\"" colour[mode] "\" stroke-width=\"2\" " dash[mode])
    point(x + 14, 16, mode)
    text(x + 36, 20, "start", 12, what)
}

# The step of at most five ticks up to max: 1, 2 or 5 times a power of ten.
function step(max,    s) {
    s = 10 ^ int(log(max / 5) / log(10) - (max < 5))
    if (s * 5 >= max) return s
    if (s * 2 * 5 >= max) return s * 2
    if (s * 5 * 5 >= max) return s * 5
    return s * 10
}
function x_of(size) { return left + size / largest_size * width }
function y_of(value) { return top + height - value / unit / scale * height }

function heights(title, max,    s, v) {
    s = step(max)
    scale = s * int(max / s + 0.999)
    text(left + width / 2, top - 14, "middle", 13, title)
    for (v = 0; v <= scale + s / 1000; v += s) {
        line(left, y_of(v * unit), left + width, y_of(v * unit), "stroke=\"" grey "\" stroke-opacity=\"0.3\"")
        text(left - 6, y_of(v * unit) + 4, "end", 12, sprintf("%.6g", v))
    }
    line(left, top, left, top + height, "stroke=\"" grey "\"")
    line(left, top + height, left + width, top + height, "stroke=\"" grey "\"")
}
function below(what,    i) {
    for (i = 1; i <= n_sizes; i++) {
        line(x_of(sizes[i]), top + height, x_of(sizes[i]), top + height + 4, "stroke=\"" grey "\"")
        text(x_of(sizes[i]), top + height + 17, "middle", 12,
            sizes[i] in short ? short[sizes[i]] : sprintf("%.3g", sizes[i] / size_unit))
    }
    text(left + width / 2, top + height + 34, "middle", 12, what)
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
# The largest value of these parts, of all sizes and modes.
function largest(n, part,    i, j, m, key, max) {
    max = 0
    for (i = 1; i <= n_sizes; i++)
        for (m in colour)
            for (j = 1; j <= n; j++) {
                key = sizes[i] " " m " " part[j]
                if (key in biggest && biggest[key] / unit > max) max = biggest[key] / unit
            }
    return max
}
# A part as the size grows, in that unit; what the sizes are.
function panel(number, what, title, of, sizes_are,    m, max, part) {
    left = 42 + (number - 1) * 232
    unit = of
    part[1] = what
    max = largest(1, part)
    if (!max) return
    heights(title, max)
    below(sizes_are)
    for (m in colour) curve(m, what)
}
# Parts of the one size beside each other, with a bar for each mode.
function bars(title, of, n, part, name, n_modes, mode,    i, m, x, w, key, max) {
    left = 42
    unit = of
    max = largest(n, part)
    if (!max) return
    heights(title, max)
    w = width / n / (n_modes + 1)
    for (i = 1; i <= n; i++) {
        for (m = 1; m <= n_modes; m++) {
            key = sizes[1] " " mode[m] " " part[i]
            if (!(key in median)) continue
            x = left + (i - 1) * width / n + (m - 0.5) * w
            printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", \
                x, y_of(median[key]), w * 0.9, top + height - y_of(median[key]), colour[mode[m]]
            line(x + w * 0.45, y_of(smallest[key]), x + w * 0.45, y_of(biggest[key]), "stroke=\"" grey "\"")
        }
        text(left + (i - 0.5) * width / n, top + height + 17, "middle", 12, name[i])
    }
}
BEGIN { grey = "#808890"; top = 62; height = 180; width = 184; size_unit = 1 }
$2 in colour {
    key = $1 " " $2 " " $3
    median[key] = $5; smallest[key] = $6; biggest[key] = $7
    if (!($1 in seen)) { seen[$1] = 1; sizes[++n_sizes] = $1 }
    if ($1 + 0 > largest_size) largest_size = $1 + 0
}
