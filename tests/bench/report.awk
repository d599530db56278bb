# Reports the medians of what tests/bench/run has recorded, their ratios, and
# whether the limits are met. Input lines are: case peer wall cpu rss count.

function median(list,    n, a, i, j, t) {
	n = split(list, a, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && a[j - 1] + 0 > a[j] + 0; j--) {
			t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
		}
	return a[int((n + 1) / 2)]
}

# "-" is a value that was not measured.
function add_value(key, v) {
	if (v != "-")
		values[key] = values[key] " " v
}

function value(name, peer, figure,    key) {
	key = name SUBSEP peer SUBSEP figure
	return key in values ? median(values[key]) : "-"
}

# The smallest median of the other programs.
function best(name, figure,    i, k, v, min) {
	min = "-"
	for (i = 1; i <= rows; i++) {
		split(row[i], k, SUBSEP)
		if (k[1] != name || k[2] ~ /^(sockcat|plain|loop)/)
			continue
		v = value(name, k[2], figure)
		if (v != "-" && (min == "-" || v + 0 < min + 0))
			min = v
	}
	return min
}

function ratio(own, other) {
	if (own == "-" || other == "-" || other + 0 == 0)
		return "-"
	return sprintf("%.2f", own / other)
}

function print_table(    i, k, w, c) {
	printf "CPU: %s; caches: %s\n\n", cpu, caches
	printf "%-13s %-14s %9s %6s %9s %6s %9s %10s\n", "case", "peer",
	    "wall s", "ratio", "cpu s", "ratio", "rss KiB", "count"
	for (i = 1; i <= rows; i++) {
		split(row[i], k, SUBSEP)
		w = value(k[1], k[2], "wall")
		c = value(k[1], k[2], "cpu")
		printf "%-13s %-14s %9s %6s %9s %6s %9s %10s\n", k[1], k[2],
		    w, ratio(value(k[1], "sockcat", "wall"), w),
		    c, ratio(value(k[1], "sockcat", "cpu"), c),
		    value(k[1], k[2], "rss"), value(k[1], k[2], "count")
	}
}

function number(v) {
	return v == "-" ? "null" : v
}

function print_json(    i, k) {
	printf "{\"cpu\":\"%s\",\"caches\":\"%s\",\"results\":\n", cpu, caches
	for (i = 1; i <= rows; i++) {
		split(row[i], k, SUBSEP)
		printf "%s{\"case\":\"%s\",\"peer\":\"%s\",\"wall\":%s," \
		    "\"cpu\":%s,\"rss\":%s,\"count\":%s}",
		    i == 1 ? "[" : ",\n ", k[1], k[2],
		    number(value(k[1], k[2], "wall")),
		    number(value(k[1], k[2], "cpu")),
		    number(value(k[1], k[2], "rss")),
		    number(value(k[1], k[2], "count"))
	}
	print "]}"
}

function print_figures(    i, k) {
	for (i = 1; i <= rows; i++) {
		split(row[i], k, SUBSEP)
		print "result", k[1], k[2], value(k[1], k[2], "wall"),
		    value(k[1], k[2], "cpu"), value(k[1], k[2], "rss"),
		    value(k[1], k[2], "count")
	}
}

function print_limit(name, figure, peer, max,    own, other, outcome) {
	own = value(name, "sockcat", figure)
	if (own == "-")
		return
	other = 1
	if (peer == "best")
		other = best(name, figure)
	else if (peer != "-")
		other = value(name, peer, figure)
	outcome = own + 0 <= max * other ? "met" : "MISSED"
	if (other == "-")
		outcome = "not measured"
	printf "%-13s %-6s %6s %-14s at most %5s: %s\n", name, figure,
	    peer == "-" ? own : ratio(own, other),
	    peer == "-" ? "" : "of " peer, max, outcome
}

FILENAME ~ /bars$/ {
	if ($0 !~ /^#/ && NF == 4)
		limit[++limits] = $0
	next
}

NF >= 5 {
	key = $1 SUBSEP $2
	if (!(key in known))
		row[++rows] = key
	known[key]
	add_value(key SUBSEP "wall", $3)
	add_value(key SUBSEP "cpu", $4)
	add_value(key SUBSEP "rss", $5)
	add_value(key SUBSEP "count", NF > 5 ? $6 : "-")
}

END {
	if (form == "json")
		print_json()
	if (form == "figures")
		print_figures()
	if (form != "text")
		exit
	print_table()
	print ""
	for (i = 1; i <= limits; i++) {
		split(limit[i], b, " ")
		print_limit(b[1], b[2], b[3], b[4])
	}
}
