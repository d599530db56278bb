# Listening: on which addresses, for whom, and for how long.
load helper

@test "without a host every local address is listened on, with one port" {
	start "$SOCKCAT" -vl 0 </dev/null
	ready
	IFS= read -r -t 30 line <&8
	[ "$line" = "sockcat: listening on [::] port $PORT" ]
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	exits 0 "$PID"
	[ "$(<out)" = word ]
}

@test "localhost is both loopbacks, with one port" {
	start "$SOCKCAT" -vl localhost 0 </dev/null
	ready
	IFS= read -r -t 30 line <&8
	[ "$line" = "sockcat: listening on 127.0.0.1 port $PORT" ]
	run -0 timeout 30 "$SOCKCAT" ::1 "$PORT" <<<word
	exits 0 "$PID"
	[ "$(<out)" = word ]
}

@test "-4 and -6 listen on one family only" {
	start "$SOCKCAT" -4vl 0 </dev/null
	ready
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	exits 0 "$PID"
	run -0 log
	[[ ${lines[0]} = "sockcat: client 127.0.0.1:"*" connected" ]]
	start "$SOCKCAT" -6vl 0 </dev/null
	ready
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	"$SOCKCAT" ::1 "$PORT" <<<word
	exits 0 "$PID"
}

@test "-l -p PORT means -l PORT" {
	start "$SOCKCAT" -vl -p 0 </dev/null
	IFS= read -r -t 30 line <&8
	[[ $line = "sockcat: listening on 0.0.0.0 port "* ]]
	kill "$PID"
	start "$SOCKCAT" -vl -p 0 127.0.0.1 </dev/null
	IFS= read -r -t 30 line <&8
	[[ $line = "sockcat: listening on 127.0.0.1 port "* ]]
}

@test "-s is the local address to listen on" {
	start "$SOCKCAT" -vl -s 127.0.0.1 0 </dev/null
	IFS= read -r -t 30 line <&8
	[[ $line = "sockcat: listening on 127.0.0.1 port "* ]]
}

@test "-v tells of the client and of what was relayed" {
	listen <<<answer
	enter say question shut listen
	exits 0 "$PID"
	run -0 log
	[[ ${lines[0]} =~ ^"sockcat: client 127.0.0.1:"[0-9]+" connected"$ ]]
	[ "${lines[1]}" = "${lines[0]% connected} closed: received 8 bytes, sent 7 bytes" ]
	[ "${#lines[@]}" -eq 2 ]
	[ "$(<heard)" = answer ]
	[ "$(<out)" = question ]
}

@test "a second client is refused while the first is served" {
	mkfifo in
	exec 6<>in
	listen <in
	exec 6<&- 6>in
	mkfifo hold
	exec 7<>hold
	"$ACTOR" "$PORT" say word await <&7 3>&- &
	STARTED+=("$!")
	await holds out word
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[[ $output = *": Connection refused" ]]
}

@test "stdin is not read before a client is there" {
	mkfifo in
	exec 6<>in
	listen <&6
	echo word >&6
	read -r -t 1 -u 6 line
	[ "$line" = word ]
}

@test "a port in use is an error, also if only on one of the addresses" {
	listen </dev/null
	run -1 "$SOCKCAT" -l 127.0.0.1 "$PORT" </dev/null
	[ "$output" = "sockcat: listen on 127.0.0.1 port $PORT: $(why EADDRINUSE)" ]
	run -1 "$SOCKCAT" -l "$PORT" </dev/null
	[ "$output" = "sockcat: listen on 0.0.0.0 port $PORT: $(why EADDRINUSE)" ]
	run -1 "$SOCKCAT" -l localhost "$PORT" </dev/null
	[ "$output" = "sockcat: listen on 127.0.0.1 port $PORT: $(why EADDRINUSE)" ]
}

@test "a port is free again as soon as its listener has ended" {
	# not one that the system may give to somebody else meanwhile
	start "$SOCKCAT" -vl 127.0.0.1 "$("$ACTOR" -p)" <<<first
	ready
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = first ]
	exits 0 "$PID"
	start "$SOCKCAT" -vl 127.0.0.1 "$PORT" <<<second
	ready
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = second ]
}

@test "-w ends the wait for a client, with exit status 4" {
	run -4 timeout 30 "$SOCKCAT" -w 0.2 -l 127.0.0.1 0 </dev/null
	[[ $output =~ ^"sockcat: wait for a client on 127.0.0.1 port "[0-9]+": $(why ETIMEDOUT)"$ ]]
}

@test "-w does not cut short a client that came in time" {
	listen -d -w 4
	enter talk 45
	exits 0 "$PID"
	[ "$(wc -l <out)" -eq 45 ]
}

@test "of many addresses, the port is what nobody has come to" {
	run -4 timeout 30 "$SOCKCAT" -w 0.1 -l 0 </dev/null
	[[ $output =~ ^"sockcat: wait for a client on "(port|0\.0\.0\.0 port)" "[0-9]+": $(why ETIMEDOUT)"$ ]]
}

@test "a signal ends the wait for a client" {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		listen </dev/null
		kill -"${s%:*}" "$PID"
		exits "${s#*:}" "$PID"
	done
}

@test "nohup(1) is respected" {
	start bash -c 'trap "" HUP; exec "$@"' - "$SOCKCAT" -v -l 127.0.0.1 0 \
		</dev/null
	ready
	kill -HUP "$PID"
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	exits 0 "$PID"
	[ "$(<out)" = word ]
}

# private FD: would a command that PID starts not have it?
private() {
	local flags

	flags=$(sed -n 's/^flags:[^0-9]*//p' "/proc/$PID/fdinfo/$1")
	(((8#$flags & 8#2000000) != 0))
}

@test "its sockets are closed on exec" {
	local fd

	[ -r /proc/self/fdinfo/0 ] || skip "no /proc"
	listen -k </dev/null
	come a await
	said connected
	for fd in "/proc/$PID/fd/"*; do
		[[ $(readlink "$fd") != socket:* ]] || private "${fd##*/}"
	done
	go a
}
