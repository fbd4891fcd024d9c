# From lines "MIB ROUND MODE PART N" to lines "MIB MODE PART COUNT MEDIAN SMALLEST LARGEST". "memory" is added: the
# part of the pause that the last pass over the guest's memory takes.
function sort(a, n,    i, j, t) {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && a[j] < a[j - 1]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
}
function add(mib, mode, part, value,    key) {
    key = mib " " mode " " part
    if (!(key in count)) order[++keys] = key
    values[key, ++count[key]] = value
}
/^#/ { next }
{
    add($1, $3, $4, $5)
    move = $1 " " $2 " " $3
    if ($4 == "paused") { paused[move] = $5; moves[++n_moves] = move }
    if ($4 == "device_model" || $4 == "context") other[move] += $5
}
END {
    for (i = 1; i <= n_moves; i++) {
        split(moves[i], word, " ")
        add(word[1], word[3], "memory", paused[moves[i]] - other[moves[i]])
    }
    for (i = 1; i <= keys; i++) {
        n = count[order[i]]
        for (j = 1; j <= n; j++) sorted[j] = values[order[i], j]
        sort(sorted, n)
        median = n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
        printf "%s %d %.0f %.0f %.0f\n", order[i], n, median, sorted[1], sorted[n]
    }
}
