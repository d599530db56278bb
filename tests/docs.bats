# The documents agree with the program: the options and the list of source files.
load helper

setup_file() {
	export LC_ALL=C
}

# listed: print a line for each option: letter or -, long name, argument or -.
listed() {
	"$SOCKCAT" --list-options | awk -F '\t' '{
		print ($1 == "" ? "-" : $1), $2, ($3 == "" ? "-" : $3)
	}'
}

# manual_rows: print the line that starts each option in the man page, as it
# has to be by the list of options.
manual_rows() {
	listed | awk '
		$3 != "-" { argument = " Ar " $3 }
		$3 == "-" { argument = "" }
		$1 != "-" { print ".It Fl " $1 argument " , Fl -" $2 argument }
		$1 == "-" { print ".It Fl -" $2 argument }'
}

# help_rows: print the rows of the help without their texts, each as letter or
# -, long name, argument or -.
help_rows() {
	"$SOCKCAT" -h | sed -n 's/^  \(    \|-\(.\), \)--\([^ ]*\) \([^ ]*\)  .*/\2 \3 \4/p' |
		sed 's/^ /- /; s/ $/ -/'
}

@test "each option has one letter at most, and one long name" {
	diff <(listed | grep -v '^-' | cut -c1 | sort) \
		<(listed | grep -v '^-' | cut -c1 | sort -u)
	diff <(listed | cut -d ' ' -f 2 | sort) \
		<(listed | cut -d ' ' -f 2 | sort -u)
}

@test "the help has a row for each option, with its letter, name, argument and text" {
	diff <(listed | sort) <(help_rows | sort)
	"$SOCKCAT" --list-options | while IFS=$'\t' read -r line; do
		"$SOCKCAT" -h | grep -qF -- " ${line##*$'\t'}"
	done
}

@test "no line of the help is longer than 80 columns" {
	run -0 "$SOCKCAT" -h
	run -1 grep -E '.{81}' <<<"$output"
}

@test "the help ends with the names of the manuals" {
	run -0 "$SOCKCAT" -h
	[ "${lines[-1]}" = "Manual: man sockcat, man sockcat-sockets" ]
	[ -f "$ROOT/man/sockcat.1" ] && [ -f "$ROOT/man/sockcat-sockets.7" ]
}

@test "the list of options is for programs: the help and itself do not show it" {
	run -0 "$SOCKCAT" -h
	[[ $output != *list-options* ]]
	run -0 "$SOCKCAT" --list-options
	[[ $output != *list-options* ]]
	run -0 awk -F '\t' 'NF != 4 || $4 == ""' <<<"$output"
	[ -z "$output" ]
}

@test "the man page lists the options in the help, with the same arguments" {
	diff <(manual_rows | sort) <(grep '^\.It Fl' "$ROOT/man/sockcat.1" | sort)
}

# sections: print the help's headings, and below each its options, in order.
sections() {
	"$SOCKCAT" -h | sed -n 's/^\([A-Z][a-z ]*\):$/\1/p
		s/^  -\(.\), --.*/\1/p; s/^ *\(--[^ ]*\) .*/-\1/p' | sed 's/^---/-/'
}

@test "the man page has the options in the order of the help, in its groups" {
	diff <(sections) <(sed -n '/^\.Sh OPTIONS/,/^\.Sh BEHAVIOUR/{
		s/^\.Ss //p; s/^\.It Fl \([^ ]*\).*/\1/p; }' "$ROOT/man/sockcat.1")
	diff <(sections) <(sed -n '/^The options, by purpose/,/^\.El/{
		s/^\.It //p; s/^\.Fl //p; }' "$ROOT/man/sockcat.1" |
		awk '/^[A-Z][a-z]/ { print; next } { gsub(" ", "\n"); print }')
}

@test "'make completions' would change nothing" {
	local shell

	for shell in bash zsh fish; do
		"$SOCKCAT" --list-options |
			awk -v shell=$shell -f "$ROOT/man/completion.awk" |
			diff "$ROOT/man/sockcat.$shell" -
	done
}

@test "sockcat accepts the long options in the help" {
	local name

	while read -r _ name _; do
		run -2 "$SOCKCAT" "--$name" --no-such-option </dev/null
		[[ $output != *"unknown option --$name"* ]]
	done < <(listed)
}

@test "sockcat accepts the options in the help and no others" {
	local c known

	known=$(listed | cut -c1 | tr -d '\n-')
	for c in {0..9} {a..z} {A..Z}; do
		run "$SOCKCAT" "-$c" -w 0 -q 0 -c 0 192.0.2.1x 0 </dev/null
		if [[ $known = *$c* ]]; then
			[[ $output != *"unknown option"* ]]
		else
			[[ $output = *"unknown option -$c"* ]]
		fi
	done
}

@test "the change log begins with the version of the program" {
	[ "sockcat $(sed -n 's/^## //p' "$ROOT/CHANGELOG.md" | head -1)" = \
		"$("$SOCKCAT" -V)" ]
}

@test "the Debian package has the version of the program" {
	run -0 head -1 "$ROOT/packaging/debian/changelog"
	[[ $output = "sockcat ($("$SOCKCAT" -V | cut -d ' ' -f 2)-"* ]]
}

@test "CONTRIBUTING lists every source file and no others" {
	cd "$ROOT" || return
	diff <(find -- *.c base/*.c cli/*.c net/*.c relay/*.c man/* \
		packaging/* tests/*.c \
		-prune -type f | sort) \
		<(sed -n 's/^| `\([^`]*[^/]\)` |.*/\1/p' CONTRIBUTING.md | sort)
}

@test "the Makefile lists every source file and header" {
	cd "$ROOT" || return
	for file in *.c base/*.c cli/*.c net/*.c relay/*.c; do
		grep -q "[[:space:]]${file%.c}.o" Makefile
	done
	grep -q 'HDR = .*\$(BASE:.o=.h) \$(CLI:.o=.h) \$(NET:.o=.h) \$(RELAY:.o=.h)' Makefile
}
