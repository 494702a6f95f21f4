# SPDX-License-Identifier: BSD-2-Clause
# From the runs of run.sh to medians: a table per shape, and tab-separated rows in the file `result`.
# Reads: captures (shape, bytes; connections and packets; those of a tenth), then runs (shape,
# program, round, real, user, system, peak KiB, end); round "least" is one connection's capture.

# The median of the `n` values list[1] ... list[n].
function median(list, n,    i, j, value) {
    for (i = 2; i <= n; i++) {
        value = list[i]
        for (j = i - 1; j >= 1 && list[j] > value; j--)
            list[j + 1] = list[j]
        list[j + 1] = value
    }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function take_medians(key,    i, n, list) {
    n = runs[key]
    for (i = 1; i <= n; i++) list[i] = real[key, i]
    real_median[key] = median(list, n)
    for (i = 1; i <= n; i++) list[i] = cpu[key, i]
    cpu_median[key] = median(list, n)
    for (i = 1; i <= n; i++) list[i] = peak[key, i]
    peak_median[key] = median(list, n)
}

# How many times as long as the loop over the same capture.
function to_loop(medians, shape, name,    loop) {
    loop = medians[shape, "loop"]
    return loop > 0 && name !~ /tenth/ ? sprintf("%.2f", medians[shape, name] / loop) : "-"
}

# Peak memory beyond that of a capture with one connection, per connection, when all stay open.
function per_connection(shape, name,    key) {
    key = shape SUBSEP name
    if (!(key in least) || shape != "idle") return "-"
    return sprintf("%.0f", (peak_median[key] - least[key]) * 1024 / connections[shape])
}

function show(shape, name,    key, n, ns, real_ratio, cpu_ratio) {
    key = shape SUBSEP name
    real_ratio = to_loop(real_median, shape, name)
    cpu_ratio = to_loop(cpu_median, shape, name)
    n = name ~ /\/tenth$/ ? tenth[shape] : packets[shape]
    ns = end[key] == "ok" ? sprintf("%.0f", cpu_median[key] * 1e9 / n) : "-"
    printf "%-16s %6d %9.3f %9.3f %8s %8s %9s %10.1f %9s %s\n", name, runs[key], real_median[key],
        cpu_median[key], real_ratio, cpu_ratio, ns, peak_median[key] / 1024,
        per_connection(shape, name), end[key] == "ok" ? "" : end[key]
    printf "%s\t%s\t%s\t%d\t%d\t%.4f\t%.4f\t%s\t%s\t%s\t%d\t%s\n", shape, name, end[key], runs[key],
        n, real_median[key], cpu_median[key], real_ratio, cpu_ratio, ns, peak_median[key],
        per_connection(shape, name) >result
}

NR == FNR {
    shapes[++shape_count] = $1
    bytes[$1] = $2
    connections[$1] = $3
    packets[$1] = $4
    tenth[$1] = $6
    next
}

$3 == "least" {
    least[$1, $2] = $7
    next
}

{
    key = $1 SUBSEP $2
    if (!(key in runs)) order[$1, ++programs[$1]] = $2
    i = ++runs[key]
    real[key, i] = $4
    cpu[key, i] = $5 + $6
    peak[key, i] = $7
    if (end[key] == "" || $8 != "ok") end[key] = $8
}

END {
    for (key in runs) take_medians(key)
    print "shape\tprogram\tend\truns\tpackets\treal_s\tcpu_s\treal_to_loop\tcpu_to_loop\t" \
        "cpu_ns_per_packet\tpeak_kib\tbytes_per_connection" >result
    for (s = 1; s <= shape_count; s++) {
        shape = shapes[s]
        printf "\n%s: %d packets, %d connections, %.0f MB\n", shape, packets[shape],
            connections[shape], bytes[shape] / 1e6
        printf "%-16s %6s %9s %9s %8s %8s %9s %10s %9s\n", "program", "runs", "real s", "cpu s",
            "x real", "x cpu", "cpu ns/p", "peak MiB", "B/connec."
        for (p = 1; p <= programs[shape]; p++) {
            show(shape, order[shape, p])
        }
    }
}
