# Draws the calls that "sockcat -vvv" has reported, from one trace or two, as a
# sequence diagram: text, or SVG with -v format=svg. The first trace is the left
# column. The arrows between the two follow from the calls.

# One row of the diagram: a time, what is in the two columns, and an arrow that
# points to side 1 or 2, with its label.
function row(side, text, to, label) {
	rows++
	when[rows] = now
	column[rows, side] = text
	toward[rows] = to
	note[rows] = label
}

# An arrow below a call stands in its row, if this has none yet.
function arrow(to, label) {
	if (!rows || called != rows || toward[rows])
		row(1, "", to, label)
	toward[rows] = to
	note[rows] = label
	dotted[rows] = elsewhere[current]
}

# The states of both sides of connection c, where they have changed.
function states(c,    s, changed) {
	if (elsewhere[c])
		state[c, starter[c]] = ""
	for (s = 1; s <= 2; s++)
		changed += state[c, s] != shown[c, s]
	if (!changed)
		return
	row(1, "", 0, "")
	for (s = 1; s <= 2; s++) {
		if (state[c, s] != shown[c, s] && state[c, s] != "")
			column[rows, s] = "[" state[c, s] "]"
		shown[c, s] = state[c, s]
	}
}

function peer(side) {
	return 3 - side
}

# A connection is known by its socket on each side, a socket by side and
# descriptor. The peer may have no trace: then what arrives from it is all that
# tells what it did.
function alone(c, side) {
	return traces < 2 || kind[c] != "udp" && !((c, peer(side)) in seen)
}

function connection_of(side, fd) {
	return (side, fd) in conn ? conn[side, fd] : 0
}

# A trace may begin after socket(2): most sockets are TCP's.
function family_of(side, fd) {
	return (side, fd) in family ? family[side, fd] : "tcp"
}

function new_connection(side, fd) {
	conn[side, fd] = ++connections
	kind[connections] = family_of(side, fd)
	seen[connections, side] = 1
	return connections
}

# The handshake of connection c, which side began, has ended.
function establish(c, side) {
	if (kind[c] != "tcp" || state[c, side] == "ESTABLISHED" || done[c])
		return
	done[c] = 1
	arrow(side, "SYN, ACK")
	arrow(peer(side), "ACK")
	state[c, 1] = state[c, 2] = "ESTABLISHED"
	states(c)
}

function connecting(side, fd, address, result,    c) {
	if (family_of(side, fd) == "udp")
		return
	c = new_connection(side, fd)
	dialled[c] = address
	starter[c] = side
	if (kind[c] == "unix") {
		if (result !~ /^-1/)
			arrow(peer(side), "connect")
		return
	}
	if (result ~ /^-1/ && result !~ /EINPROGRESS/)
		return
	arrow(peer(side), "SYN")
	state[c, side] = "SYN_SENT"
	states(c)
	if (result !~ /^-1/)
		establish(c, side)
}

# The client in the other trace that this connection is from, if any: the first
# that has connected to our address and has not been found.
function client_of(side, ours,    c) {
	for (c = 1; c <= connections; c++)
		if (starter[c] == peer(side) && !((c, side) in seen) &&
		    !refused[c] && same_port(dialled[c], ours))
			return c
	return 0
}

function same_port(a, b) {
	sub(/.*:/, "", a)
	sub(/.*:/, "", b)
	return a == b || b == ""
}

function accepted(side, listener, fd, meaning,    ours, c) {
	ours = meaning ~ / our / ? meaning : ""
	sub(/.* our (port )?/, "", ours)
	sub(/[, ].*/, "", ours)
	family[side, fd] = family_of(side, listener)
	c = client_of(side, ours)
	if (c) {
		conn[side, fd] = c
		seen[c, side] = 1
	} else {
		current = c = new_connection(side, fd)
		starter[c] = peer(side)
		elsewhere[c] = traces > 1
		if (kind[c] == "tcp")
			arrow(side, "SYN")
	}
	establish(c, peer(side))
}

function fin(c, side,    other) {
	other = peer(side)
	if (sent_fin[c, side]++ || gone[c])
		return
	arrow(other, kind[c] == "unix" ? "EOF" : "FIN")
	if (kind[c] == "unix")
		return
	if (state[c, other] == "ESTABLISHED") {
		state[c, other] = "CLOSE_WAIT"
		state[c, side] = "FIN_WAIT_2"
	} else {
		state[c, other] = "TIME_WAIT"
		state[c, side] = "CLOSED"
	}
	states(c)
}

function rst(c, side) {
	if (gone[c]++)
		return
	arrow(peer(side), "RST")
	state[c, 1] = state[c, 2] = "CLOSED"
	states(c)
}

function bytes(n) {
	if (n > 99999)
		return n " B"
	return n (n == 1 ? " byte" : " bytes")
}

function sending(side, c, n) {
	if (n ~ /EPIPE/ && kind[c] == "tcp" && !sent_fin[c, side])
		rst(c, peer(side))
	if (n < 1 && (kind[c] != "udp" || n ~ /^-1/))
		return
	n += 0
	arrow(peer(side), bytes(n))
	on_its_way[c, peer(side)] += n
	if (kind[c] == "tcp" && closed[c, peer(side)])
		rst(c, peer(side))
}

# What arrives without a send in the other trace was sent by another process: the
# command of -e.
function receiving(side, c, result) {
	if (result ~ /ECONNRESET/)
		rst(c, peer(side))
	else if (result ~ /ECONNREFUSED/) {
		refused[c] = 1
		arrow(side, kind[c] == "udp" ? "refused" : "RST")
		state[c, side] = kind[c] == "tcp" ? "CLOSED" : ""
		states(c)
	} else if (result ~ /^-1/)
		return
	else if (result + 0 > 0 && (alone(c, side) ||
	    kind[c] != "udp" && !on_its_way[c, side]))
		arrow(side, bytes(result + 0))
	else if (alone(c, side) && kind[c] != "udp")
		fin(c, peer(side))
	if (on_its_way[c, side] > 0 && result + 0 > 0)
		on_its_way[c, side] -= result
}

# What close() does, if no other process has the connection.
function closing(side, fd, meaning,    c) {
	current = c = connection_of(side, fd)
	delete conn[side, fd]
	if (!c || meaning ~ /has it now/)
		return
	closed[c, side] = 1
	if (kind[c] == "udp" || refused[c] || !connected(c))
		return
	if (kind[c] == "tcp" && !alone(c, side) && on_its_way[c, side] > 0 &&
	    meaning !~ /command/)
		rst(c, side)
	else
		fin(c, side)
}

function connected(c) {
	return kind[c] == "unix" || done[c]
}

# What one call means for the other side.
function act(side, name, fd, args, result, meaning,    c, a) {
	current = 0
	split(args, a, /, */)
	if (name == "socket") {
		family[side, result] = "tcp"
		if (a[2] ~ /DGRAM/)
			family[side, result] = "udp"
		else if (a[1] ~ /UNIX|LOCAL/)
			family[side, result] = "unix"
		return
	}
	if (name == "connect")
		return connecting(side, fd, a[2], result)
	if (name == "listen" && result == 0 && family_of(side, fd) == "tcp")
		return listening(side)
	if (name == "accept" && result ~ /^[0-9]/)
		return accepted(side, fd, result, meaning)
	if (name == "close")
		return closing(side, fd, meaning)
	c = connection_of(side, fd)
	if (name ~ /^send/ && meaning ~ /^one datagram/)
		family[side, fd] = "udp"
	if (!c && family_of(side, fd) == "udp")
		c = new_connection(side, fd)
	if (!c)
		return
	current = c
	if (name ~ /^recv/ && args ~ /MSG_PEEK/ && result !~ /REFUSED|RESET/) {
		if (result !~ /^-1/ || result ~ /EAGAIN/)
			establish(c, side)
	} else if (name ~ /^send/)
		sending(side, c, result)
	else if (name ~ /^recv/)
		receiving(side, c, result)
	else if (name == "shutdown" && result == 0 && args ~ /WR/)
		fin(c, side)
}

function listening(side) {
	row(side, "[LISTEN]", 0, "")
}

# Reading: "TIME CALL(ARGUMENTS) = RESULT  MEANING", from each trace.
FNR == 1 { traces++ }

function seconds(t,    part) {
	split(t, part, ":")
	return part[1] * 3600 + part[2] * 60 + part[3]
}

match($0, /[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]+ /) {
	rest = substr($0, RSTART + RLENGTH)
	if (rest !~ /^[a-z]+\(.*\) = / || rest ~ /^(poll|read|write)\(/)
		next
	i = ++calls[traces]
	at[traces, i] = seconds(substr($0, RSTART, RLENGTH - 1))
	if (i > 1 && at[traces, i] < at[traces, i - 1] - 43200)
		at[traces, i] += 86400 # midnight
	line[traces, i] = rest
	next
}

# They belong to the time of the call before, at the start to that of the next.
/\.\.\. [0-9]+ lines? left out/ {
	i = ++calls[traces]
	line[traces, i] = $0
	at[traces, i] = i > 1 ? at[traces, i - 1] : -1
}

function perform(side, s,    i, meaning, name, args, result, fd) {
	if (s ~ /^\.\.\./) {
		row(side, s, 0, "")
		return
	}
	i = index(s, "  ")
	meaning = i ? substr(s, i + 2) : ""
	if (i)
		s = substr(s, 1, i - 1)
	sub(/ \([^()]*\)$/, "", s) # the text of the error
	row(side, s, 0, "")
	called = rows
	name = s
	sub(/\(.*/, "", name)
	i = index(s, ") = ")
	result = substr(s, i + 4)
	args = substr(s, length(name) + 2, i - length(name) - 2)
	fd = args
	sub(/,.*/, "", fd)
	if (name ~ /^(bind|listen|accept)$/)
		server[side] = 1
	act(side, name, fd, args, result, meaning)
}

function title(side) {
	if (side > traces)
		return "the other side"
	return server[side] ? "server" : "client"
}

# Text: 7 columns of time, 29 for each side, 12 for the arrow.
function wrapped(s, width, out,    n, cut) {
	for (n = 0; length(s) > width; n++) {
		for (cut = width; cut > 12 && substr(s, cut, 1) != " "; )
			cut--
		if (cut <= 12)
			cut = width
		out[n] = substr(s, 1, cut)
		s = "  " substr(s, cut + 1)
	}
	out[n] = s
	return n + 1
}

function repeat(c, n,    s) {
	while (n-- > 0)
		s = s c
	return s
}

function arrow_text(to, label, line,    n, left) {
	if (!to)
		return ""
	n = 14 - length(label) - 3
	left = int(n / 2)
	if (to == 1)
		return "<" repeat(line, left) " " label " " repeat(line, n - left)
	return repeat(line, n - left) " " label " " repeat(line, left) ">"
}

function print_row(t, l, m, r,    s) {
	s = sprintf("%7s %-28s %-14s %s", t, l, m, r)
	sub(/ +$/, "", s)
	print s
}

function print_text(    i, j, n, l, r, t) {
	print_row("seconds", title(1), "", title(2))
	for (i = 1; i <= rows; i++) {
		t = sprintf("%.3f", when[i] - start)
		if (i > 1 && t == last)
			t = ""
		else
			last = t
		split("", l)
		split("", r)
		n = wrapped(column[i, 1], 28, l)
		j = wrapped(column[i, 2], 28, r)
		n = j > n ? j : n
		for (j = 0; j < n; j++)
			print_row(j ? "" : t, l[j],
			    j ? "" : arrow_text(toward[i], note[i], \
			    dotted[i] ? "." : "-"), r[j])
	}
}

# SVG: a line of text is 18 high, a column of text 8 wide.
function escaped(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function svg_text(x, y, class, s) {
	if (s != "")
		printf "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", x, y,
		    class == "" ? "" : " class=\"" class "\"", escaped(s)
}

function svg_arrow(y, to, label, dots,    from, tip) {
	from = to == 1 ? 436 : 328
	tip = to == 1 ? 328 : 436
	printf "<path%s d=\"M%d %dH%dm%d -4l%d 4l%d 4\"/>\n",
	    dots ? " stroke-dasharray=\"2 3\"" : "", from, y + 4, tip,
	    to == 1 ? 7 : -7, to == 1 ? -7 : 7, to == 1 ? 7 : -7
	svg_text(382, y - 1, "label", label)
}

function svg_column(x, y, s,    out, n, j) {
	n = wrapped(s, 30, out)
	for (j = 0; j < n; j++)
		svg_text(x, y + 18 * j, s ~ /^\[/ ? "state" : "", out[j])
	return n
}

function svg_head(height) {
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" " \
	    "height=\"%d\" viewBox=\"0 0 720 %d\" role=\"img\" " \
	    "aria-labelledby=\"t\">\n", height, height
	print "<title id=\"t\">The socket calls of a " title(1) " and of " \
	    (title(2) ~ /^the/ ? "" : "a ") title(2) \
	    ", and what they send</title>"
	print "<style>\n" \
	    "text { font: 13px monospace; fill: #1f2328; white-space: pre }\n" \
	    "rect { fill: #ffffff }\n" \
	    ".label { font-size: 11px; text-anchor: middle }\n" \
	    ".time { fill: #59636e }\n" \
	    ".state { fill: #0550ae }\n" \
	    ".title { font-weight: bold }\n" \
	    "path { stroke: #59636e; fill: none }\n" \
	    "@media (prefers-color-scheme: dark) {\n" \
	    "text { fill: #e6edf3 } rect { fill: #0d1117 }\n" \
	    ".time { fill: #9198a1 } .state { fill: #79c0ff }\n" \
	    "path { stroke: #9198a1 }\n}\n</style>"
	printf "<rect width=\"720\" height=\"%d\"/>\n", height
}

# The drawing is kept until its height is known.
function print_svg(    i, y, n, m, t, out) {
	y = 46
	for (i = 1; i <= rows; i++) {
		n = wrapped(column[i, 1], 30, out)
		m = wrapped(column[i, 2], 30, out)
		top[i] = y
		y += 18 * (m > n ? m : n)
	}
	svg_head(y)
	svg_text(76, 22, "title", title(1))
	svg_text(450, 22, "title", title(2))
	for (i = 1; i <= rows; i++) {
		t = sprintf("%.3f", when[i] - start)
		if (t != last)
			svg_text(10, top[i], "time", last = t)
		svg_column(76, top[i], column[i, 1])
		svg_column(450, top[i], column[i, 2])
		if (toward[i])
			svg_arrow(top[i], toward[i], note[i], dotted[i])
	}
	print "</svg>"
}

# Which trace has the next call? A call of both at the same time: the first.
function earlier() {
	if (next_call[1] > calls[1])
		return 2
	if (next_call[2] > calls[2])
		return 1
	return at[2, next_call[2]] < at[1, next_call[1]] ? 2 : 1
}

END {
	next_call[1] = next_call[2] = 1
	for (i = 1; i <= 2; i++)
		if (at[i, 1] == -1)
			at[i, 1] = at[i, 2]
	if (!(calls[1] + calls[2]))
		exit 1
	for (total = calls[1] + calls[2]; total > 0; total--) {
		side = earlier()
		now = at[side, next_call[side]]
		if (!rows)
			start = now
		perform(side, line[side, next_call[side]++])
	}
	if (format == "svg")
		print_svg()
	else
		print_text()
}
