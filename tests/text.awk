# The message protocol, as the receiver shall print it: a line of hexadecimal
# bytes for each conversation in, a byte a line out.

function space() {
	said = said (fed ? " 20" : blank)
	blank = ""
	fed = 0
}

function show() {
	n = split(said " 0a", byte, " ")
	for (j = 1; j <= n; j++)
		print byte[j]
	said = ""
	begun = 0
}

{
	said = blank = ""
	fed = begun = escaped = 0
	for (i = 1; i <= NF; i++) {
		if (!escaped && $i == "5e")
			break
		if (!escaped && $i ~ /^(20|09|0a|0b|0c|0d)$/) {
			if (begun)
				blank = blank " " $i
			fed = fed || (begun && $i == "0a")
			continue
		}
		space()
		begun = 1
		if (!escaped && $i == "5c") {
			escaped = 1
			continue
		}
		said = said " " (escaped && $i == "0a" ? "20" : $i)
		if (!escaped && $i == "2e")
			show()
		escaped = 0
	}
	if (escaped)
		said = said " 5c"
	if (begun)
		show()
}
