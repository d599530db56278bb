# The documents agree with the program: the options, the list of source files,
# and the commands in the examples.
load helper

setup_file() {
	export LC_ALL=C
}

# in_help: print the option letters in the help.
in_help() {
	"$SOCKCAT" -h | sed -n 's/^  -\(.\) .*/\1/p'
}

@test "help, man page and completion list the same options" {
	diff <(in_help | sort) <(in_help | sort -u)
	diff <(in_help | sort) \
		<(sed -n 's/^\.It Fl \(.\)\( .*\)*$/\1/p' "$ROOT/man/sockcat.1" | sort)
	diff <(in_help | sort) \
		<(sed -n '/options="/,/"$/p' "$ROOT/man/sockcat.bash" |
			tr -s ' \t' '\n' | sed -n 's/^-\(.\)$/\1/p' | sort)
}

@test "sockcat accepts the options in the help and no others" {
	local c known

	known=$(in_help | tr -d '\n')
	for c in {0..9} {a..z} {A..Z}; do
		run "$SOCKCAT" "-$c" -w 0 -q 0 192.0.2.1x 0 </dev/null
		if [[ $known = *$c* ]]; then
			[[ $output != *"unknown option"* ]]
		else
			[[ $output = *"unknown option -$c"* ]]
		fi
	done
}

@test "help and man page give an option the same argument" {
	diff <("$SOCKCAT" -h | sed -n 's/^  -\(.\) \([a-z]*\) .*/\1 \2/p' |
		sort) \
		<(sed -n 's/^\.It Fl \(.\)\( Ar \([a-z]*\).*\)*\( ,.*\)*$/\1 \3/p' \
			"$ROOT/man/sockcat.1" | sort)
}

@test "README lists every source file and no others" {
	cd "$ROOT" || return
	diff <(ls -- *.c net/*.c relay/*.c man/* tests/*.c | sort) \
		<(sed -n 's/^| `\([^`]*[^/]\)` |.*/\1/p' README.md | sort)
}

@test "the Makefile lists every source file and header" {
	cd "$ROOT" || return
	for file in *.c net/*.c relay/*.c; do
		grep -q "[[:space:]]${file%.c}.o" Makefile
	done
	grep -q 'HDR = opts.h \$(NET:.o=.h) \$(RELAY:.o=.h)' Makefile
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
	PORT=$("$ACTOR" -p)
	random 1M >file
	recipe "receive a file" </dev/null &
	PID=$!
	STARTED+=("$PID")
	await grep -qs listening said
	recipe "send a file"
	exits 0 "$PID"
	cmp file copy
}

@test "README example: serve a file once" {
	PORT=$("$ACTOR" -p)
	random 1M >file
	recipe "serve a file once" &
	PID=$!
	STARTED+=("$PID")
	await grep -qs listening said
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >got
	exits 0 "$PID"
	cmp file got
}

@test "README example: grab a banner" {
	mkfifo hold
	exec 7<>hold
	in_time banner_arrives
}

banner_arrives() {
	act say $'220 ready\r\n' await <&7
	run recipe "grab a banner"
	[ "$status" -eq 0 ] && [ "$output" = $'220 ready\r' ]
}

@test "README example: send an HTTP request" {
	act hear 18 say $'HTTP/1.0 204 No Content\r\n\r\n'
	run -0 recipe "send an HTTP request"
	[ "${lines[0]}" = $'HTTP/1.0 204 No Content\r' ]
	[ "$(<heard)" = $'GET / HTTP/1.0\r\n\r' ]
}

@test "README example: check whether a port is open" {
	act listen
	run -0 recipe "check whether a port is open"
	PORT=$("$ACTOR" -p)
	run -1 recipe "check whether a port is open"
}

@test "README example: list open ports" {
	act listen
	run -0 recipe "list open ports"
	[[ $output = *"$PORT "* ]]
}

@test "README example: wait until a server is up, then start its client" {
	printf '#!/bin/sh\necho started\n' >client
	chmod +x client
	act listen
	run -0 recipe "wait until a server is up, then start its client"
	[ "$output" = started ]
}

@test "README example: measure connection times" {
	"$SOCKCAT" -v -lkd 127.0.0.1 0 >/dev/null 2>server 3>&- &
	STARTED+=("$!")
	await grep -q listening server
	PORT=$(sed 's/.* //' server)
	run -0 recipe "measure connection times"
	[ "${#lines[@]}" -eq 10 ]
	grep -q "10 attempts, " said
}

@test "README example: relay through a FIFO" {
	FREE=$("$ACTOR" -p)
	act hear 9 say answer
	recipe "relay through a FIFO" &
	PID=$!
	STARTED+=("$PID")
	await grep -qs listening said
	run -0 timeout 30 "$SOCKCAT" -H -W 1 127.0.0.1 "$FREE" <<<question
	[ "$output" = answer ]
	exits 0 "$PID"
}

# many TASK: run the command of a -k listener in the background.
many() {
	PORT=$("$ACTOR" -p)
	recipe "$@" >out </dev/null &
	PID=$!
	STARTED+=("$PID")
	await grep -qs listening said
}

@test "README example: collect log lines from many clients" {
	many "collect log lines from many clients"
	enter say $'one\n'
	enter say two
	await lines_in log 2
	[ "$(sed 's/^127.0.0.1:[0-9]* //' log)" = $'one\ntwo' ]
}

@test "README example: stream a growing log to many clients" {
	echo one >log
	many "stream a growing log to many clients"
	enter hear 4
	[ "$(<heard)" = one ]
	come a hear 4
	await matches said connected 2
	echo two >>log
	exits 0 "${PIDS[a]}"
	[ "$(<a)" = two ]
}

@test "README example: run a chat room" {
	many "run a chat room"
	come a hear 1 listen
	await grep -q connected said
	enter say $'hello\n'
	await grep -q hello a
	await grep -q hello out
}

@test "README example: send a message and quit" {
	PORT=$("$ACTOR" -p)
	"$SOCKCAT" -v -ml 127.0.0.1 "$PORT" </dev/null >out 2>said 3>&- &
	PID=$!
	STARTED+=("$PID")
	await grep -q listening said
	run -0 recipe "send a message and quit"
	exits 0 "$PID"
	[ "$(<out)" = "Hello there." ]
}

@test "README example: run a chat room with the message protocol" {
	many "run a chat room with the message protocol"
	come a hear 1 listen
	await grep -q connected said
	enter say 'Hello there.'
	await grep -qF ' Hello there.' a
	await grep -qF ' Hello there.' out
}

@test "man page example: the script answers messages" {
	PORT=$("$ACTOR" -p)
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
	in_time query_is_answered
}

query_is_answered() {
	play -lu hear 6 say $'answer\n'
	run recipe "send a UDP query"
	[ "$status" -eq 0 ] && [ "$output" = answer ]
}

@test "README example: serve a file on a Unix-domain socket" {
	random 1M >file
	recipe "serve a file on a Unix-domain socket" &
	PID=$!
	STARTED+=("$PID")
	await grep -qs listening said
	timeout 30 "$SOCKCAT" -U ./socket </dev/null >got
	exits 0 "$PID"
	cmp file got
}
