# Reads figures.txt, which tests/bench/run has written, and knows the rows of
# README's table. table.awk and picture.awk draw them.

# A row of the table. With a picture, it has a panel there.
function add_row(title, name, figure, unit, picture) {
	row_title[++rows] = title
	row_name[rows] = name
	row_figure[rows] = figure
	row_unit[rows] = unit
	row_picture[rows] = picture
}

function add_fact(title, name) {
	fact_title[++facts] = title
	fact_name[facts] = name
}

BEGIN {
	peers = split("sockcat nc.openbsd ncat socat", peer, " ")
	option["socat-1M"] = "-b1048576"
	option["socat-4096"] = "backlog=4096"
	column["wall"] = 4
	column["cpu"] = 5
	column["rss"] = 6
	column["count"] = 7
	add_row("1 GiB over TCP", "file", "wall", "s", 1)
	add_row("1 GiB over TCP: CPU time of both ends", "file", "cpu", "s", 1)
	add_row("1 GiB over TCP: memory of the larger end", "file", "rss", "MiB")
	add_row("1 GiB from a pipe to a pipe", "pipe", "wall", "s")
	add_row("1 GiB over a Unix-domain socket", "unix", "wall", "s", 1)
	add_row("1 GiB in each direction at once", "both", "wall", "s", 1)
	add_row("start, connect, send a byte, exit", "one", "wall", "ms", 1)
	add_row("64 MiB from stdin to each of 100 clients", "fanout", "wall", "s", 1)
	add_row("20 lines from each of 1,500 clients", "clients", "wall", "s", 1)
	add_row("scan all 65,535 ports", "ports", "wall", "s", 1)
	add_fact("half-closes at EOF and waits for the answer", "answer")
	add_fact("serves many clients at once", "together")
	add_fact("connects by IPv4 if IPv6 does not answer", "race")
	add_fact("fails if the connection was reset", "reset")
	add_fact("fails if its output is full", "full")
	add_fact("... and makes the sender fail, too", "both-full")
}

$1 ~ /^(machine|system|date|rounds)$/ {
	about[$1] = $0
	sub(/^[^ ]* /, "", about[$1])
}

$1 == "version" {
	version[$2] = $3
}

$1 == "fact" {
	fact[$2, $3] = $4 == "with" ? "with `" $5 (NF > 5 ? " " $6 : "") "`" : $4
}

$1 == "result" {
	for (figure in column)
		result[$2, $3, figure] = $column[figure]
}

function measured(i, who) {
	return (row_name[i], who, row_figure[i]) in result
}

# The number, in the unit of row i; less than 0 if it failed.
function number(i, who,    v) {
	v = result[row_name[i], who, row_figure[i]]
	if (v == "-")
		return -1
	if (row_unit[i] == "ms") # 200 runs
		return v / 200 * 1000
	return row_unit[i] == "MiB" ? v / 1024 : v + 0
}

# The number as text, with its unit.
function text(i, who,    n) {
	n = number(i, who)
	if (n < 0)
		return "fails"
	return sprintf(n < 10 ? "%.2f %s" : "%.1f %s", n,
	    row_unit[i])
}

# The other row of socat, with an option; "" if there is none.
function tuned(i,    who) {
	for (who in option)
		if (measured(i, who))
			return who
	return ""
}

function versions(    k, all) {
	for (k = 1; k <= peers; k++)
		if (peer[k] in version)
			all = all (all == "" ? "" : ", ") peer[k] " " version[peer[k]]
	return all
}
