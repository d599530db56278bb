# Draws bars as SVG, after figures.awk has read the figures: a panel for each
# row that has a picture, a bar for each program.

function escaped(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}

function label(x, y, class, s) {
	printf "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", x, y,
	    (class == "" ? "" : " class=\"" class "\""), escaped(s)
}

function bar(i, who, name, x, y, most,    n, width) {
	n = number(i, who)
	label(x + 130, y, "name", name)
	if (n >= 0) {
		width = most > 0 ? n / most * 165 : 0
		printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"12\"%s/>\n",
		    x + 138, y - 10, (width < 1 ? 1 : width),
		    (who == "sockcat" ? " class=\"own\"" : "")
	}
	label(x + 144 + (n < 0 ? 0 : width), y, "", text(i, who))
}

# The programs of row i in order, into who and name; returns how many.
function bars(i, who, name,    k, n, other) {
	n = 0
	for (k = 1; k <= peers; k++)
		if (measured(i, peer[k])) {
			who[++n] = peer[k]
			name[n] = peer[k]
		}
	other = tuned(i)
	if (other != "") {
		who[++n] = other
		name[n] = "socat " option[other]
	}
	return n
}

function panel(i, x, y,    k, n, who, name, most) {
	n = bars(i, who, name)
	most = 0
	for (k = 1; k <= n; k++)
		if (number(i, who[k]) > most)
			most = number(i, who[k])
	label(x, y, "title", row_title[i])
	for (k = 1; k <= n; k++)
		bar(i, who[k], name[k], x, y + 4 + 17 * k, most)
}

# A panel for which nothing was measured is left out.
function has_panel(i,    who, name) {
	return row_picture[i] && bars(i, who, name) > 0
}

# The lengths of the bars, in words.
function described(    i, k, n, who, name, all) {
	for (i = 1; i <= rows; i++) {
		if (!has_panel(i))
			continue
		n = bars(i, who, name)
		all = all row_title[i] ": "
		for (k = 1; k <= n; k++)
			all = all name[k] " " text(i, who[k]) (k < n ? ", " : ".\n")
	}
	return all
}

END {
	for (i = 1; i <= rows; i++)
		panels += has_panel(i)
	height = 78 + int((panels + 1) / 2) * 118
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" " \
	    "height=\"%d\" viewBox=\"0 0 800 %d\" role=\"img\" " \
	    "aria-labelledby=\"t d\">\n", height, height
	print "<title id=\"t\">sockcat beside other netcats</title>"
	printf "<desc id=\"d\">%s</desc>\n", escaped(described())
	print "<style>\n" \
	    "text { font: 12px sans-serif; fill: #1f2328 }\n" \
	    ".name { text-anchor: end }\n" \
	    ".title { font-weight: bold; font-size: 13px }\n" \
	    ".page { fill: #fff }\n" \
	    "rect { fill: #848d97 }\n" \
	    ".own { fill: #0969da }\n" \
	    "@media (prefers-color-scheme: dark) {\n" \
	    "text { fill: #e6edf3 }\n" \
	    ".page { fill: #0d1117 }\n" \
	    "rect { fill: #6e7681 }\n" \
	    ".own { fill: #2f81f7 }\n" \
	    "}\n</style>"
	print "<rect class=\"page\" width=\"800\" height=\"" height "\"/>"
	label(20, 26, "title", "Less is better")
	panels = 0
	for (i = 1; i <= rows; i++)
		if (has_panel(i)) {
			panel(i, panels % 2 ? 415 : 20, 56 + int(panels / 2) * 118)
			panels++
		}
	label(20, height - 14, "", about["machine"] ", " about["system"] "; " \
	    versions() "; " about["date"])
	print "</svg>"
}
