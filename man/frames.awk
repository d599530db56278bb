# Draws the frames that man/record has captured as an animated SVG. A line of
# text that stays for several frames is one element, which CSS shows for this
# time. Where nothing moves, the last frame is seen.

function escaped(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}

# One more line has gone: keep it, with the time in which it was there.
function keep(place, until) {
	if (shown[place] == "")
		return
	n++
	from[n] = since[place]
	to[n] = until
	where[n] = place
	what[n] = shown[place]
}

function set_line(place, s) {
	if (shown[place] == s)
		return
	keep(place, time)
	shown[place] = s
	since[place] = time
}

# The frame is complete: the lines that it does not have are empty.
function end_frame(    t) {
	for (t = 1; t <= 2; t++) {
		while (row[t] < lines)
			set_line(t SUBSEP (++row[t]), "")
		row[t] = 0
	}
}

/^= / {
	if (NR > 1)
		end_frame()
	else
		start = $2
	time = $2 - start
	next
}

{
	terminal = substr($0, 1, 1)
	s = substr($0, 2)
	sub(/ +$/, "", s)
	if (++row[terminal] <= lines)
		set_line(terminal SUBSEP row[terminal], s)
}

function draw_line(i,    k, x, y, s) {
	split(where[i], k, SUBSEP)
	x = 20
	y = top[k[1]] + k[2] * 18
	s = what[i]
	printf "<text"
	if (to[i] < time || from[i] > 0)
		printf " style=\"animation-name:%s\"%s", name(i),
		    (to[i] < time ? " class=\"gone\"" : "")
	printf " x=\"%d\" y=\"%d\">", x, y
	if (s ~ /^\$ /)
		print "$ <tspan>" escaped(substr(s, 3)) "</tspan></text>"
	else
		print escaped(s) "</text>"
}

# The animation of line i. Lines that come and go together share one.
function name(i,    key) {
	key = from[i] "-" to[i]
	if (!(key in names)) {
		names[key] = "a" ++animations
		rules = rules animation(names[key], from[i] / time * 100,
		    to[i] / time * 100)
	}
	return names[key]
}

function animation(id, start, end,    s) {
	s = "@keyframes " id " { "
	if (start > 0)
		s = s "0% { visibility: hidden } "
	s = s sprintf("%.2f%% { visibility: visible } ", start)
	if (end < 100)
		s = s sprintf("%.2f%% { visibility: hidden } ", end)
	return s "}\n"
}

function terminal_box(t, title) {
	printf "<rect x=\"10\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
	    top[t] - 24, width - 20, lines * 18 + 36
	printf "<text class=\"title\" x=\"20\" y=\"%d\">%s</text>\n", top[t] - 6,
	    title
}

END {
	for (t = 1; t <= 2; t++)
		for (i = 1; i <= lines; i++)
			keep(t SUBSEP i, time)
	width = columns * 8.43 + 40
	top[1] = 34
	top[2] = top[1] + lines * 18 + 46
	height = top[2] + lines * 18 + 22
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" " \
	    "height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" " \
	    "aria-labelledby=\"t d\">\n", width, height, width, height
	print "<title id=\"t\">" title "</title>"
	print "<desc id=\"d\">" desc "</desc>"
	for (i = 1; i <= n; i++)
		name(i)
	printf "<style>\n" \
	    "text { font: 14px monospace; fill: #e6edf3; white-space: pre; " \
	    "animation: %.2fs step-end infinite }\n" \
	    "tspan { fill: #7ee787 }\n" \
	    ".title { fill: #8b949e; font-size: 12px }\n" \
	    ".gone { visibility: hidden }\n" \
	    "rect { fill: #161b22; stroke: #30363d }\n" \
	    "@media (prefers-reduced-motion: reduce) { " \
	    "text { animation-name: none !important } }\n%s</style>\n", time, rules
	terminal_box(1, "Terminal 1")
	terminal_box(2, "Terminal 2")
	for (i = 1; i <= n; i++)
		draw_line(i)
	print "</svg>"
}
