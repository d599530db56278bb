# Writes the completion of sockcat's options for one shell, from their list:
# sockcat --list-options | awk -v shell=bash -f man/completion.awk ("make
# completions"). A line of it has a letter, a name, an argument and a help text,
# separated by tabs. The letter and the argument may be empty.
BEGIN {
	FS = "\t"
}

{
	letter[++n] = $1
	name[n] = $2
	argument[n] = $3
	help[n] = $4
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
	if (words(word) != "")
		return "words"
	return word ~ /^(addr|host|proxy)/ ? "host" : "none"
}

# The words that an argument of this name may be; "": any.
function words(argument) {
	if (argument == "type")
		return "4 5 http connect socks4 socks4a socks5 socks5h"
	if (argument == "tos")
		return "ef va le cs0 cs1 cs2 cs3 cs4 cs5 cs6 cs7 af11 af12 " \
		    "af13 af21 af22 af23 af31 af32 af33 af41 af42 af43 " \
		    "critical inetcontrol lowcost lowdelay netcontrol " \
		    "reliability throughput"
	if (argument == "name=val")
		return "keepidle= keepintvl= keepcnt= user-timeout= dead= " \
		    "device= mark= priority= ttl= mss= congestion= " \
		    "nodelay=0 mptcp"
	return ""
}

# Quote for a shell.
function quote(text) {
	gsub(/'/, "'\\''", text)
	return "'" text "'"
}

# A case of bash for the options with such an argument, if there are any.
function bash_case(kind, action,    i, letters, names) {
	for (i = 1; i <= n; i++) {
		if (argument[i] == "" || completer(argument[i]) != kind)
			continue
		letters = letters letter[i]
		names = names " | \\\n\t\t--" name[i]
	}
	if (names == "")
		return
	if (letters != "")
		names = " | -[" letters "]" names
	printf "\t%s)\n\t\t%s\n\t\treturn\n\t\t;;\n", substr(names, 4), action
}

# Fill in the answer of compgen; what is left of the word starts after "cut".
function bash_fill(how, cut) {
	cut = cut == "" ? "$word" : "${word" cut "}"
	return "mapfile -t COMPREPLY < <(compgen " how " -- \"" cut "\")"
}

# The cases of bash for the options whose argument is one of some words.
function bash_words(    i) {
	for (i = 1; i <= n; i++)
		if (argument[i] != "" && words(argument[i]) != "")
			printf "\t-%s | --%s)\n\t\t%s\n\t\treturn\n\t\t;;\n", \
			    letter[i], name[i], \
			    bash_fill("-W '" words(argument[i]) "'")
}

function bash_letter(i) {
	return letter[i] == "" ? "" : "-" letter[i] " "
}

function bash(    i) {
	print "_sockcat() {"
	print "\tlocal word=${COMP_WORDS[COMP_CWORD]}"
	print "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]}"
	print "\tlocal unixsock=' (-[[:alnum:]]*U|--unixsock) '"
	print "\tlocal options=\""
	for (i = 1; i <= n; i++)
		print "\t\t" bash_letter(i) "--" name[i]
	print "\t\""
	print "\n\t# --name=value is three words"
	print "\tif [[ $word = = ]]; then"
	print "\t\tword="
	print "\telif [[ $before = = ]]; then"
	print "\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]}"
	print "\tfi"
	print "\t# the last letter of a group takes the argument"
	print "\t[[ $before != -[!-]* ]] || before=-${before: -1}"
	print "\tcase $before in"
	bash_case("file", bash_fill("-A file"))
	bash_case("command", bash_fill("-A command"))
	bash_case("host", bash_fill("-A hostname"))
	bash_words()
	bash_case("none", "COMPREPLY=()")
	print "\tesac"
	print "\tif [[ $word = *%* ]]; then"
	print "\t\t" bash_fill("-P \"${word%%\\%*}%\" \\\n\t\t\t" \
	    "-W \"$(ls /sys/class/net 2>/dev/null)\"", "##*%")
	print "\telif [[ $word = -* ]]; then"
	print "\t\t" bash_fill("-W \"$options\"")
	print "\telif [[ \" ${COMP_WORDS[*]} \" =~ $unixsock ]]; then"
	print "\t\t" bash_fill("-A file")
	print "\telse"
	print "\t\t" bash_fill("-A hostname")
	print "\tfi"
	print "}"
	print "complete -F _sockcat sockcat"
}

# What zsh writes for an option: a letter and a name, or a name alone.
function zsh_names(i, after_letter, after_name) {
	if (letter[i] == "")
		return "'*'--" name[i] after_name
	return "'*'{-" letter[i] after_letter ",--" name[i] after_name "}"
}

function zsh_spec(i,    text, action) {
	text = help[i]
	gsub(/[][\\]/, "\\\\&", text)
	if (argument[i] == "")
		return zsh_names(i, "", "") quote("[" text "]")
	action = completer(argument[i])
	if (action == "words")
		action = "(" words(argument[i]) ")"
	else
		action = action == "file" ? "_files" : action == "host" \
		    ? "_hosts" : action == "command" ? "_command_names" : " "
	return zsh_names(i, "+", "=") \
	    quote("[" text "]:" argument[i] ":" action)
}

function zsh(    i) {
	print "_sockcat_operand() {"
	print "\tif (( ${words[(I)-[[:alnum:]]#U|--unixsock]} )); then"
	print "\t\t_files"
	print "\telif compset -P '*%'; then"
	print "\t\t_net_interfaces"
	print "\telse"
	print "\t\t_alternative 'hosts:host:_hosts' 'ports:port:_ports'"
	print "\tfi"
	print "}"
	print "\nsetopt local_options extended_glob"
	print "_arguments -s -S -A '-*' \\"
	for (i = 1; i <= n; i++)
		print "\t" zsh_spec(i) " \\"
	print "\t'*:operand:_sockcat_operand'"
}

function fish_option(i,    kind, how, short) {
	if (argument[i] != "") {
		kind = completer(argument[i])
		if (kind == "words")
			how = " -x -a " quote(words(argument[i]))
		else
		how = kind == "file" ? " -r -F" : kind == "command" \
		    ? " -x -a '(__fish_complete_command)'" : kind == "host" \
		    ? " -x -a '(__fish_print_hostnames)'" : " -x"
	}
	if (letter[i] != "")
		short = " -s " letter[i]
	return "complete -c sockcat" short " -l " name[i] how " -d " \
	    quote(help[i])
}

function fish(    i) {
	print "complete -c sockcat -f"
	print "complete -c sockcat -n '__fish_contains_opt -s U unixsock' -F"
	print "complete -c sockcat -n 'not __fish_contains_opt -s U unixsock'" \
	    " -a '(__fish_print_hostnames)'"
	print "complete -c sockcat -a \"(string match -r '.*%' -- " \
	    "(commandline -ct))(__fish_print_interfaces)\""
	for (i = 1; i <= n; i++)
		print fish_option(i)
}
