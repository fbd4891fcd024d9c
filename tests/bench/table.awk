# From the summary's lines to a table for each size, as Markdown: parts down, modes across.
function number(n) { return sprintf(n < 1e6 ? "%.3f" : n < 1e8 ? "%.2f" : "%.0f", n / 1e6) }
function cell(mib, mode, part,    key) {
    key = mib " " mode " " part
    if (!(key in median)) return "-"
    return number(median[key]) " (" number(smallest[key]) "–" number(largest[key]) ")"
}
function change(mib, part,    with, without) {
    with = median[mib " live " part]; without = median[mib " live-plain " part]
    return sprintf("%+.2f s", (with - without) / 1e6)
}
function row(mib, part, name,    i, line) {
    if (part ~ /^(shutdown|create)$/ && !((mib, "restart") in rounds)) return
    line = "| " name
    for (i = 1; i <= n_modes; i++)
        if ((mib, modes[i]) in rounds) line = line " | " cell(mib, modes[i], part)
    print line " |"
}
function table(mib,    i, head, rule) {
    head = "| Guest of " mib " MiB"; rule = "|---"
    for (i = 1; i <= n_modes; i++)
        if ((mib, modes[i]) in rounds) {
            head = head " | " modes[i] ", n=" rounds[mib, modes[i]]
            rule = rule "|---"
        }
    print head " |"; print rule "|"
    for (i = 1; i <= n_parts; i++) row(mib, parts[i], names[i])
    print ""
    for (i = 1; i <= n_modes; i++)
        if (fails[mib, modes[i]])
            printf "Failed and tried again, %s: %d.\n\n", modes[i], fails[mib, modes[i]]
    if ((mib, "live-plain") in rounds && (mib, "live") in rounds)
        printf "Compression, live: the stream of %.0f MB goes over as %.0f MB (without: %.0f MB); it changes the " \
            "pause by %s and the whole command by %s.\n\n", median[mib " live bytes"] / 1e6,
            median[mib " live wire"] / 1e6, median[mib " live-plain wire"] / 1e6,
            change(mib, "total"), change(mib, "all")
    if (median[mib " freeze memory"] && (mib, "live") in rounds)
        printf "Memory part of the pause: live is %.2f of freeze.\n\n",
            median[mib " live memory"] / median[mib " freeze memory"]
    printf "The machine's own noise, fixed work before each round: %s s on this machine, %s s in dom0.\n\n",
        cell(mib, "noise", "machine"), cell(mib, "noise", "dom0")
}
BEGIN {
    n_modes = split("live freeze live-plain freeze-plain restart", modes, " ")
    n_parts = split("freeze device_model types map hash send context memory restore target_dm target_devices vf " \
        "target_end target shutdown commit unpause create settle resume total all bytes wire", parts, " ")
    split("Guest's freeze, s|Device model's save, s|Types, s|Map, s|Hash and compare, s|Send, s|" \
        "State of the vCPUs, s|**Memory part of the pause**, s|Target: rest of the stream, s|" \
        "Target: device model, s|Target: other devices, s|Target: VF, s|Target: until it is ready, s|" \
        "**Target's device model and VF**, s|Shutdown, s|Commit, s|Resume, s|Create, s|Records, as it runs, s|" \
        "**Commit and resume**, s|**Pause**, s|Whole command, s|Stream, MB|On the wire, MB", names, "|")
}
{
    key = $1 " " $2 " " $3
    median[key] = $5; smallest[key] = $6; largest[key] = $7
    if ($3 == "failed") fails[$1, $2] = $4
    if ($3 == "all") rounds[$1, $2] = $4
    if (!($1 in seen)) { seen[$1] = 1; sizes[++n_sizes] = $1 }
}
END {
    print "Medians, with the smallest and the largest. -plain is without compression.\n"
    for (s = 1; s <= n_sizes; s++) table(sizes[s])
}
