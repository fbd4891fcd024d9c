# From the summary (summary.awk) of tests/bench/scale, lines "GPUS COLUMN us|requests N MEDIAN SMALLEST LARGEST", to its
# table.
function cell(gpus, column,    key) {
    key = gpus " " column " us"
    return sprintf("%.1f (%.1f–%.1f) ms, %d", median[key] / 1e3, smallest[key] / 1e3, largest[key] / 1e3,
        median[gpus " " column " requests"])
}
{
    key = $1 " " $2 " " $3
    median[key] = $5; smallest[key] = $6; largest[key] = $7
    if ($3 == "us") rounds = $4
    if (!($1 in seen)) { seen[$1] = 1; sizes[++n_sizes] = $1 }
}
END {
    print "Medians of " rounds ", with the smallest and the largest; requests to xenstored.\n"
    print "| GPUs | list | create | again | detach |"
    print "|---|---|---|---|---|"
    for (i = 1; i <= n_sizes; i++)
        print "| " sizes[i] " | " cell(sizes[i], "list") " | " cell(sizes[i], "create") " | " \
            cell(sizes[i], "again") " | " cell(sizes[i], "detach") " |"
    print "\n![What each takes as the host's GPUs become more](scale.svg)"
}
