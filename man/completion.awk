# Writes the completion of sockcat's options for one shell, from the help text:
# sockcat -h | awk -v shell=bash -f man/completion.awk ("make completions").

# An option letter: "  -w secs   time limit for connecting and for an idle connection".
/^  -[^-] / {
	letter = substr($0, 4, 1)
	letters[++n] = letter
	rest = substr($0, 6)
	if (rest !~ /^ /) {
		argument[letter] = $2
		sub(/^[^ ]+/, "", rest)
	}
	sub(/^ +/, "", rest)
	help[letter] = rest
}

# Long options: "  --wait         -w  --send-buffer  -O".
/^  --/ {
	for (i = 1; i < NF; i += 2)
		name[substr($(i + 1), 2)] = substr($i, 3)
}

END {
	if (shell == "zsh")
		print "#compdef sockcat"
	print "# Completion for sockcat(1). \"make completions\" wrote this."
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else
		fish()
}

# What completes an argument of this name: files, commands, hosts or nothing.
function completer(word) {
	if (word == "file" || word == "command")
		return word
	return word ~ /^(addr|host|proxy)/ ? "host" : "none"
}

# Quote for a shell.
function quote(text) {
	gsub(/'/, "'\\''", text)
	return "'" text "'"
}

# A case of bash for the options with such an argument, if there are any.
function bash_case(kind, action,    i, c, letter_set, names) {
	for (i = 1; i <= n; i++) {
		c = letters[i]
		if (!(c in argument) || completer(argument[c]) != kind)
			continue
		letter_set = letter_set c
		names = names " | \\\n\t\t--" name[c]
	}
	if (letter_set != "")
		printf "\t-[%s]%s)\n\t\t%s\n\t\treturn\n\t\t;;\n",
		    letter_set, names, action
}

function bash_fill(how) {
	return "mapfile -t COMPREPLY < <(compgen " how " -- \"$word\")"
}

function bash(    i) {
	print "_sockcat() {"
	print "\tlocal word=${COMP_WORDS[COMP_CWORD]}"
	print "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]}"
	print "\tlocal unixsock=' (-[[:alnum:]]*U|--unixsock) '"
	print "\tlocal options=\""
	for (i = 1; i <= n; i++)
		print "\t\t-" letters[i] " --" name[letters[i]]
	print "\t\""
	print "\n\t# the last letter of a group takes the argument"
	print "\t[[ $before != -[!-]* ]] || before=-${before: -1}"
	print "\tcase $before in"
	bash_case("file", bash_fill("-A file"))
	bash_case("command", bash_fill("-A command"))
	bash_case("host", bash_fill("-A hostname"))
	bash_case("none", "COMPREPLY=()")
	print "\tesac"
	print "\tif [[ $word = -* ]]; then"
	print "\t\t" bash_fill("-W \"$options\"")
	print "\telif [[ \" ${COMP_WORDS[*]} \" =~ $unixsock ]]; then"
	print "\t\t" bash_fill("-A file")
	print "\telse"
	print "\t\t" bash_fill("-A hostname")
	print "\tfi"
	print "}"
	print "complete -F _sockcat sockcat"
}

function zsh_spec(c,    text, action) {
	text = help[c]
	gsub(/[][\\]/, "\\\\&", text)
	if (!(c in argument))
		return "'*'{-" c ",--" name[c] "}" quote("[" text "]")
	action = completer(argument[c])
	action = action == "file" ? "_files" : action == "host" ? "_hosts" \
	    : action == "command" ? "_command_names" : " "
	return "'*'{-" c "+,--" name[c] "=}" \
	    quote("[" text "]:" argument[c] ":" action)
}

function zsh(    i) {
	print "_sockcat_operand() {"
	print "\tif (( ${words[(I)-[[:alnum:]]#U|--unixsock]} )); then"
	print "\t\t_files"
	print "\telse"
	print "\t\t_alternative 'hosts:host:_hosts' 'ports:port:_ports'"
	print "\tfi"
	print "}"
	print "\nsetopt local_options extended_glob"
	print "_arguments -s -S -A '-*' \\"
	for (i = 1; i <= n; i++)
		print "\t" zsh_spec(letters[i]) " \\"
	print "\t'*:operand:_sockcat_operand'"
}

function fish_option(c,    kind, how) {
	if (c in argument) {
		kind = completer(argument[c])
		how = kind == "file" ? " -r -F" : kind == "command" \
		    ? " -x -a '(__fish_complete_command)'" : kind == "host" \
		    ? " -x -a '(__fish_print_hostnames)'" : " -x"
	}
	return "complete -c sockcat -s " c " -l " name[c] how " -d " \
	    quote(help[c])
}

function fish(    i) {
	print "complete -c sockcat -f"
	print "complete -c sockcat -n '__fish_contains_opt -s U unixsock' -F"
	print "complete -c sockcat -n 'not __fish_contains_opt -s U unixsock'" \
	    " -a '(__fish_print_hostnames)'"
	for (i = 1; i <= n; i++)
		print fish_option(letters[i])
}
