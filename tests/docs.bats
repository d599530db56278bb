# The documents agree with the program: the options, the list of source files,
# and the commands in the examples.
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

# recipe TASK: run the command for this task in README's table, with the ports
# of the test. Its sockcat runs with -v and writes stderr to $WORK/said.
recipe() {
	local command

	command=$(sed -n "s/^| $1 | \`\(.*\)\` |\$/\1/p" "$ROOT/README.md")
	[ -n "$command" ]
	command=${command//\\|/|}
	command=${command//8080/$PORT}
	command=${command//8081/$FREE}
	command=${command//host/127.0.0.1}
	mkdir -p bin
	printf '#!/bin/sh\nexec "%s" -v "$@" 2>>"%s/said"\n' "$SOCKCAT" \
		"$WORK" >bin/sockcat
	chmod +x bin/sockcat
	PATH=$WORK/bin:$PATH timeout 30 bash -c "$command" 3>&-
}

@test "README example: receive a file, send a file" {
	PORT=$(free_port)
	random_bytes 1M >file
	recipe "receive a file" </dev/null &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -qs listening said
	recipe "send a file"
	assert_exit 0 "$PID"
	cmp file copy
}

@test "README example: serve a file once" {
	PORT=$(free_port)
	random_bytes 1M >file
	recipe "serve a file once" &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -qs listening said
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >got
	assert_exit 0 "$PID"
	cmp file got
}

@test "README example: grab a banner" {
	try_three_times banner_arrives
}

banner_arrives() {
	peer_listen send $'220 ready\r\n' wait
	run recipe "grab a banner"
	[ "$status" -eq 0 ] && [ "$output" = $'220 ready\r' ]
}

@test "README example: send an HTTP request" {
	peer_listen read 18 send $'HTTP/1.0 204 No Content\r\n\r\n'
	run -0 recipe "send an HTTP request"
	[ "${lines[0]}" = $'HTTP/1.0 204 No Content\r' ]
	[ "$(<received)" = $'GET / HTTP/1.0\r\n\r' ]
}

@test "README example: check whether a port is open" {
	peer_listen read_all
	run -0 recipe "check whether a port is open"
	PORT=$(free_port)
	run -1 recipe "check whether a port is open"
}

@test "README example: list open ports" {
	peer_listen read_all
	run -0 recipe "list open ports"
	[[ $output = *"$PORT "* ]]
}

@test "README example: wait until a server is up, then start its client" {
	printf '#!/bin/sh\necho started\n' >client
	chmod +x client
	peer_listen read_all
	run -0 recipe "wait until a server is up, then start its client"
	[ "$output" = started ]
}

@test "README example: measure connection times" {
	"$SOCKCAT" -v -lkd 127.0.0.1 0 >/dev/null 2>server 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening server
	PORT=$(sed 's/.* //' server)
	run -0 recipe "measure connection times"
	[ "${#lines[@]}" -eq 10 ]
	grep -q "10 attempts, " said
}

@test "README example: relay through a FIFO" {
	FREE=$(free_port)
	peer_listen read 9 send answer
	recipe "relay through a FIFO" &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -qs listening said
	run -0 timeout 30 "$SOCKCAT" -H -W 1 127.0.0.1 "$FREE" <<<question
	[ "$output" = answer ]
	assert_exit 0 "$PID"
}

# many TASK: run the command of a -k listener in the background.
many() {
	PORT=$(free_port)
	recipe "$@" >out </dev/null &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -qs listening said
}

@test "README example: collect log lines from many clients" {
	many "collect log lines from many clients"
	peer_connect send $'one\n'
	peer_connect send two
	wait_until line_count_is log 2
	[ "$(sed 's/^127.0.0.1:[0-9]* //' log)" = $'one\ntwo' ]
}

@test "README example: stream a growing log to many clients" {
	echo one >log
	many "stream a growing log to many clients"
	peer_connect read 4
	[ "$(<received)" = one ]
	peer_start a read 4
	wait_until match_count_is said connected 2
	echo two >>log
	wait_peer a
	[ "$(<a)" = two ]
}

@test "README example: run a chat room" {
	many "run a chat room"
	peer_start a read 1 read_all
	wait_until grep -q connected said
	peer_connect send $'hello\n'
	wait_until grep -q hello a
	wait_until grep -q hello out
}

@test "README example: join a chat room, or talk to a server" {
	peer_listen read 6 send $'answer\n'
	run -0 recipe "join a chat room, or talk to a server" <<<hello
	[ "$output" = answer ]
	[ "$(<received)" = hello ]
}

@test "README example: send a message and quit" {
	PORT=$(free_port)
	"$SOCKCAT" -v -ml 127.0.0.1 "$PORT" </dev/null >out 2>said 3>&- &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -q listening said
	run -0 recipe "send a message and quit"
	assert_exit 0 "$PID"
	[ "$(<out)" = "Hello there." ]
}

@test "README example: run a chat room with the message protocol" {
	many "run a chat room with the message protocol"
	peer_start a read 1 read_all
	wait_until grep -q connected said
	peer_connect send 'Hello there.'
	wait_until grep -qF ' Hello there.' a
	wait_until grep -qF ' Hello there.' out
}

@test "man page example: the script answers messages" {
	PORT=$(free_port)
	sed -n 's/\\e/\\/g; /^coproc/,/^done/p' "$ROOT/man/sockcat.1" >script
	sed -i "s|sockcat -ml 8080|'$SOCKCAT' -ml 127.0.0.1 $PORT|" script
	timeout 30 bash script 3>&- &
	STARTED+=("$!")
	for ((i = 0; i < 500; i++)); do
		printf '%s' '3\.14 \^ \\.' | timeout 30 "$SOCKCAT" -q 20 -W 1 -m 127.0.0.1 \
			"$PORT" >answer 2>/dev/null && break
		sleep 0.05
	done
	[ "$(<answer)" = 'You said: 3.14 ^ \.' ]
}

@test "README example: send a UDP query" {
	try_three_times query_is_answered
}

query_is_answered() {
	peer_listen_udp read 6 send $'answer\n'
	run recipe "send a UDP query"
	[ "$status" -eq 0 ] && [ "$output" = answer ]
}

@test "README example: serve a file on a Unix-domain socket" {
	random_bytes 1M >file
	recipe "serve a file on a Unix-domain socket" &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -qs listening said
	timeout 30 "$SOCKCAT" -U ./socket </dev/null >got
	assert_exit 0 "$PID"
	cmp file got
}

@test "README example: forward a port" {
	FREE=$(free_port)
	peer_listen read 9 send $'answer\n'
	recipe "forward a port" &
	STARTED+=("$!")
	wait_until grep -qs listening said
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$FREE" <<<question
	[ "$output" = answer ]
	[ "$(<received)" = question ]
}

@test "README example: run a service for each client, like inetd" {
	many "run a service for each client, like inetd"
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "${lines[0]}" = "Hello, 127.0.0.1" ]
	[ -n "${lines[1]}" ]
}

@test "README example: serve a file to many clients" {
	random_bytes 100k >file
	many "serve a file to many clients"
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >a
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >b
	cmp file a
	cmp file b
}

@test "README example: serve a file over HTTP" {
	echo text >file
	many "serve a file over HTTP"
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" \
		< <(printf 'GET / HTTP/1.0\r\nA: b\r\n\r\n')
	[ "${lines[0]}" = $'HTTP/1.0 200 OK\r' ]
	[ "${lines[-1]}" = text ]
}

@test "README example: print datagrams with their senders" {
	many "print datagrams with their senders"
	printf hello | timeout 30 "$SOCKCAT" -u -q 0 127.0.0.1 "$PORT"
	wait_until grep -q '^127.0.0.1:[0-9]* hello$' out
}
