# Draws README's table, after figures.awk has read the figures.

function cell(i, who) {
	return measured(i, who) ? text(i, who) : "-"
}

function fact_cell(i, who) {
	return (fact_name[i], who) in fact ? fact[fact_name[i], who] : "-"
}

function row(title, i, is_fact,    k) {
	printf "| %s |", title
	for (k = 1; k <= peers; k++)
		printf " %s |", is_fact ? fact_cell(i, peer[k]) : cell(i, peer[k])
	print is_fact ? "" : " " cell(i, tuned(i)) " |"
}

# The last column of the costs is for another one, or "".
function head(title, last,    k) {
	printf "| %s |", title
	for (k = 1; k <= peers; k++)
		printf " %s |", peer[k]
	printf "%s\n|---|", last == "" ? "" : " " last " |"
	for (k = 1; k <= peers + (last != ""); k++)
		printf "--:|"
	print ""
}

END {
	head("Time, CPU time, memory: less is better", "socat, tuned")
	for (i = 1; i <= rows; i++)
		row(row_title[i], i, 0)
	print "\nTuned: with `-b1048576`; for the 1,500 clients, with `backlog=4096`. A" \
	    "\ndash: the program cannot do this, or there is nothing to tune.\n"
	head("Behaviour")
	for (i = 1; i <= facts; i++)
		row(fact_title[i], i, 1)
	printf "\nMedians of %d runs on %s: %s, %s;\n%s.\n", about["rounds"],
	    about["date"], about["machine"], about["system"], versions()
}
