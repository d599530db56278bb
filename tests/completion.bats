# Completion in bash, zsh and fish, each tried in the shell itself where it is
# installed.
load helper

setup_file() {
	export LC_ALL=C
}

# in_bash WORD...: print what bash offers for the last of these words.
in_bash() {
	bash --norc -c '. "$0"
		COMP_WORDS=(sockcat "$@") COMP_CWORD=$#
		_sockcat
		printf "%s\n" "${COMPREPLY[@]}"' "$ROOT/man/sockcat.bash" "$@"
}

# in_zsh TEXT: print the arguments of sockcat after zsh has completed the text.
in_zsh() {
	mkdir -p functions
	cp "$ROOT/man/sockcat.zsh" functions/_sockcat
	rm -f typed
	zsh -f -c '
		zmodload zsh/zpty
		zpty shell zsh -f -i
		zpty -w shell "cd $1; fpath=($1/functions \$fpath)"
		zpty -w shell "autoload -U compinit; compinit -D -u"
		zpty -w shell "sockcat() print -r -- \"\$@\" >typed"
		zpty -w shell "sockcat $2"$'\''\t'\''
		zpty -w shell exit
		while zpty -r shell line; do :; done
	' - "$WORK" "$1" >/dev/null 3>&-
	cat typed
}

# in_fish TEXT: print what fish offers for this text, without descriptions.
in_fish() {
	HOME=$WORK fish --no-config -c "source '$ROOT/man/sockcat.fish'
		complete -C 'sockcat $1'" 3>&- | sed 's/\t.*//'
}

# options: print the letters and long names of all options.
options() {
	"$SOCKCAT" --list-options |
		awk -F '\t' '$1 != "" { print "-" $1 } { print "--" $2 }'
}

@test "bash completes every option" {
	diff <(options | sort) <(in_bash - | sort)
	[ "$(in_bash --unixs)" = --unixsock ]
	[ "$(in_bash -l --unixs)" = --unixsock ]
}

@test "bash offers no options for an option's argument" {
	[ -z "$(in_bash -w -)" ]
	[ -z "$(in_bash -lw '')" ]
	[ -z "$(in_bash --wait '')" ]
	[ "$(in_bash --lines --unixs)" = --unixsock ]
}

@test "bash completes files after -U" {
	touch socket
	[ "$(in_bash -U ./so)" = ./socket ]
	[ "$(in_bash -lU ./so)" = ./socket ]
	[ "$(in_bash -l --unixsock ./so)" = ./socket ]
	[ -z "$(in_bash -l ./so)" ]
}

@test "zsh completes options, long ones too" {
	require_commands zsh
	[ "$(in_zsh --unixs)" = "--unixsock" ]
	[ "$(in_zsh '-l --keep')" = "-l --keep-open" ]
	[ "$(in_zsh '--wai')" = "--wait" ]
}

@test "zsh completes files after -U" {
	require_commands zsh
	touch socket
	[ "$(in_zsh '-lU ./so')" = "-lU ./socket" ]
}

@test "fish completes every option" {
	require_commands fish
	diff <(options | grep '^--' | sort) <(in_fish -- | sort)
	diff <(options | sort) <({ in_fish -; } | sort)
	[ "$(in_fish --unixs)" = --unixsock ]
}

@test "fish completes files after -U" {
	require_commands fish
	touch socket
	[ "$(in_fish '-U so')" = socket ]
	[ -z "$(in_fish '-l so')" ]
}

# nameless SHELL: print SHELL's completion for two options without a letter, and
# one with.
nameless() {
	printf '%s\t%s\t%s\t%s\n' w wait secs 'a limit' '' stamp '' 'the time' \
		'' join group 'a group' |
		awk -v shell="$1" -f "$ROOT/man/completion.awk"
}

@test "an option without a letter is completed in all shells" {
	mkdir -p man
	for shell in bash zsh fish; do
		nameless "$shell" >"man/sockcat.$shell"
	done
	ROOT=$WORK
	diff <(in_bash - | sort) <(printf '%s\n' --join --stamp --wait -w)
	[ -z "$(in_bash --join '')" ]
	grep -qxF $'\t\'*\'--join=\'[a group]:group: \' \\' man/sockcat.zsh
	grep -qxF "complete -c sockcat -l join -x -d 'a group'" man/sockcat.fish
}

@test "bash completes the values of -X, -T and -K, and after an equals sign" {
	touch file
	[ "$(in_bash -X ht)" = http ]
	[ "$(in_bash --tos low | sort | head -1)" = lowcost ]
	[ "$(in_bash -K keepi | head -1)" = keepidle= ]
	[ "$(in_bash --hex-dump = "fi")" = file ]
	[ "$(in_bash --proxy-type = con)" = connect ]
}

@test "bash completes an interface after the % of an address" {
	[ -d /sys/class/net/lo ] || skip "no list of interfaces"
	[[ $'\n'$(in_bash fe80::1%l)$'\n' = *$'\nfe80::1%lo\n'* ]]
}

@test "zsh completes the values of -X, -T and -K" {
	require_commands zsh
	[ "$(in_zsh '-X htt')" = "-X http" ]
	[ "$(in_zsh '-T lowd')" = "-T lowdelay" ]
	[ "$(in_zsh '-K keepcn')" = "-K keepcnt=" ]
}

@test "zsh completes an interface after the % of an address" {
	require_commands zsh
	[ "$(compgen -G '/sys/class/net/l*')" = /sys/class/net/lo ] ||
		skip "lo is not the only interface with an l"
	[ "$(in_zsh 'fe80::1%l')" = "fe80::1%lo" ]
}

@test "fish completes the values of -X, -T and -K" {
	require_commands fish
	[ "$(in_fish '-X htt')" = http ]
	[ "$(in_fish '-T lowd')" = lowdelay ]
	[ "$(in_fish '-K keepcn')" = keepcnt= ]
}

@test "fish completes hosts, and an interface after the % of an address" {
	require_commands fish
	mkdir -p .ssh
	echo 'Host example-host' >.ssh/config
	[ "$(in_fish 'example-h')" = example-host ]
	[ "$(in_fish '-x example-h')" = example-host ]
	[ -d /sys/class/net/lo ] || skip "no list of interfaces"
	[[ $'\n'$(in_fish 'fe80::1%l')$'\n' = *$'\nfe80::1%lo\n'* ]]
}
