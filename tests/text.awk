# A model of the message protocol's receiver. Each input line is one
# conversation in hexadecimal bytes; the output is what must be printed, one
# byte per line.

# Add the white space that has been read: one space if it had a line feed.
function flush_space() {
	message = message (line_feed ? " 20" : space)
	space = ""
	line_feed = 0
}

function print_message() {
	n = split(message " 0a", byte, " ")
	for (j = 1; j <= n; j++)
		print byte[j]
	message = ""
	started = 0
}

{
	message = space = ""
	line_feed = started = escaped = 0
	for (i = 1; i <= NF; i++) {
		if (!escaped && $i == "5e")
			break
		if (!escaped && $i ~ /^(20|09|0a|0b|0c|0d)$/) {
			if (started)
				space = space " " $i
			line_feed = line_feed || (started && $i == "0a")
			continue
		}
		flush_space()
		started = 1
		if (!escaped && $i == "5c") {
			escaped = 1
			continue
		}
		message = message " " (escaped && $i == "0a" ? "20" : $i)
		if (!escaped && $i == "2e")
			print_message()
		escaped = 0
	}
	if (escaped)
		message = message " 5c"
	if (started)
		print_message()
}
