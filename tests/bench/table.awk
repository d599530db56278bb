# Draws README's table, after figures.awk has read the figures.

function cell(i, who,    other) {
	if (!measured(i, who))
		return "-"
	other = who == "socat" ? tuned(i) : ""
	return text(i, who) (other == "" ? "" : " (" text(i, other) ")")
}

function fact_cell(i, who) {
	return (fact_name[i], who) in fact ? fact[fact_name[i], who] : "-"
}

function row(title, i, is_fact,    k) {
	printf "| %s |", title
	for (k = 1; k <= peers; k++)
		printf " %s |", is_fact ? fact_cell(i, peer[k]) : cell(i, peer[k])
	print ""
}

function head(title,    k) {
	printf "| %s |", title
	for (k = 1; k <= peers; k++)
		printf " %s |", peer[k]
	printf "\n|---|"
	for (k = 1; k <= peers; k++)
		printf "--:|"
	print ""
}

END {
	head("Cost: less is better")
	for (i = 1; i <= rows; i++)
		row(row_title[i], i, 0)
	print "\nIn brackets: socat with `-b1048576`; for the 1,500 clients, with" \
	    "\n`backlog=4096`. A dash: the program cannot do this.\n"
	head("Behaviour")
	for (i = 1; i <= facts; i++)
		row(fact_title[i], i, 1)
	printf "\nMedians of %d runs on %s: %s, %s;\n%s.\n", about["rounds"],
	    about["date"], about["machine"], about["system"], versions()
}
