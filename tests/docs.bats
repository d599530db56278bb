# What is written is what is: one set of options everywhere, and recipes that
# work.
load helper

setup_file() {
	export LC_ALL=C
}

in_help() {
	"$SOCKCAT" -h | sed -n 's/^  -\(.\) .*/\1/p'
}

@test "help, manual and completion know the same options" {
	diff <(in_help | sort) <(in_help | sort -u)
	diff <(in_help | sort) \
		<(sed -n 's/^\.It Fl \(.\)\( .*\)*$/\1/p' "$ROOT/man/sockcat.1" | sort)
	diff <(in_help | sort) \
		<(sed -n '/options="/,/"$/p' "$ROOT/man/sockcat.bash" |
			tr -s ' \t' '\n' | sed -n 's/^-\(.\)$/\1/p' | sort)
}

@test "every option in the help is taken, and no other" {
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

@test "an option takes an argument where help and manual say so" {
	diff <("$SOCKCAT" -h | sed -n 's/^  -\(.\) \([a-z]*\) .*/\1 \2/p' |
		sort) \
		<(sed -n 's/^\.It Fl \(.\)\( Ar \([a-z]*\).*\)*\( ,.*\)*$/\1 \3/p' \
			"$ROOT/man/sockcat.1" | sort)
}

@test "every source file is in README's list, and the list is true" {
	cd "$ROOT" || return
	diff <(ls -- *.c net/*.c man/* tests/*.c | sort) \
		<(sed -n 's/^| `\([^`]*[^/]\)` |.*/\1/p' README.md | sort)
}

@test "the Makefile knows every source file" {
	cd "$ROOT" || return
	for file in *.c net/*.c; do
		grep -q "[[:space:]]${file%.c}.o" Makefile
	done
	for file in *.h net/*.h; do
		grep -q "[[:space:]]$file" Makefile
	done
}

# recipe TITLE: the command in README's table, for our ports and files. The
# sockcat that it runs says on $WORK/said when it listens.
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

@test "recipes: receive a file, send a file" {
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

@test "recipe: serve a file once" {
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

@test "recipe: grab a banner" {
	mkfifo hold
	exec 7<>hold
	in_time grabbed
}

grabbed() {
	act say $'220 ready\r\n' await <&7
	run recipe "grab a banner"
	[ "$status" -eq 0 ] && [ "$output" = $'220 ready\r' ]
}

@test "recipe: talk HTTP by hand" {
	act hear 18 say $'HTTP/1.0 204 No Content\r\n\r\n'
	run -0 recipe "talk HTTP by hand"
	[ "${lines[0]}" = $'HTTP/1.0 204 No Content\r' ]
	[ "$(<heard)" = $'GET / HTTP/1.0\r\n\r' ]
}

@test "recipe: see if a port answers" {
	act listen
	run -0 recipe "see if a port answers"
	PORT=$("$ACTOR" -p)
	run -1 recipe "see if a port answers"
}

@test "recipe: relay through a FIFO" {
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

# many TITLE: run the recipe of a -k listener in the background.
many() {
	PORT=$("$ACTOR" -p)
	recipe "$@" >out </dev/null &
	PID=$!
	STARTED+=("$PID")
	await grep -qs listening said
}

@test "recipe: collect the lines of many" {
	many "collect the lines of many"
	enter say $'one\n'
	enter say two
	await lines_in log 2
	[ "$(sed 's/^127.0.0.1:[0-9]* //' log)" = $'one\ntwo' ]
}

@test "recipe: show a file to many as it grows" {
	echo one >log
	many "show a file to many as it grows"
	enter hear 4
	[ "$(<heard)" = one ]
	come a hear 4
	await matches said connected 2
	echo two >>log
	exits 0 "${PIDS[a]}"
	[ "$(<a)" = two ]
}

@test "recipe: let many chat" {
	many "let many chat"
	come a hear 1 listen
	await grep -q connected said
	enter say $'hello\n'
	await grep -q hello a
	await grep -q hello out
}

@test "recipe: send a message and leave" {
	PORT=$("$ACTOR" -p)
	"$SOCKCAT" -v -ml 127.0.0.1 "$PORT" </dev/null >out 2>said 3>&- &
	PID=$!
	STARTED+=("$PID")
	await grep -q listening said
	run -0 recipe "send a message and leave"
	exits 0 "$PID"
	[ "$(<out)" = "Hello there." ]
}

@test "recipe: hold a chat of messages" {
	many "hold a chat of messages"
	come a hear 1 listen
	await grep -q connected said
	enter say 'Hello there.'
	await grep -qF ' Hello there.' a
	await grep -qF ' Hello there.' out
}

@test "the manual's script answers messages" {
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

@test "recipe: ask by datagram" {
	in_time asked
}

asked() {
	play -lu hear 6 say $'answer\n'
	run recipe "ask by datagram"
	[ "$status" -eq 0 ] && [ "$output" = answer ]
}

@test "recipe: serve at a path" {
	random 1M >file
	recipe "serve at a path" &
	PID=$!
	STARTED+=("$PID")
	await grep -qs listening said
	timeout 30 "$SOCKCAT" -U ./socket </dev/null >got
	exits 0 "$PID"
	cmp file got
}
