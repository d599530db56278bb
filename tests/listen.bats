# Listening: addresses, ports, clients and timeouts.
load helper

@test "without a host sockcat listens on all local addresses, on the same port" {
	start "$SOCKCAT" -vl 0 </dev/null
	read_port
	read_log_line
	[ "$LINE" = "sockcat: listening on [::] port $PORT" ]
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

@test "for localhost sockcat listens on both loopback addresses, on the same port" {
	start "$SOCKCAT" -vl localhost 0 </dev/null
	read_port
	read_log_line
	[ "$LINE" = "sockcat: listening on 127.0.0.1 port $PORT" ]
	run -0 timeout 30 "$SOCKCAT" ::1 "$PORT" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

@test "-4 and -6 listen on one address family only" {
	start "$SOCKCAT" -4vl 0 </dev/null
	read_port
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	assert_exit 0 "$PID"
	run -0 read_log
	[[ ${lines[0]} = "sockcat: client 127.0.0.1:"*" connected" ]]
	start "$SOCKCAT" -6vl 0 </dev/null
	read_port
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	"$SOCKCAT" ::1 "$PORT" <<<word
	assert_exit 0 "$PID"
}

@test "-l -p PORT means -l PORT" {
	start "$SOCKCAT" -vl -p 0 </dev/null
	read_log_line
	[[ $LINE = "sockcat: listening on 0.0.0.0 port "* ]]
	kill "$PID"
	start "$SOCKCAT" -vl -p 0 127.0.0.1 </dev/null
	read_log_line
	[[ $LINE = "sockcat: listening on 127.0.0.1 port "* ]]
}

@test "-s is the local address to listen on" {
	start "$SOCKCAT" -vl -s 127.0.0.1 0 </dev/null
	read_log_line
	[[ $LINE = "sockcat: listening on 127.0.0.1 port "* ]]
}

@test "-v reports the client and the number of bytes" {
	start_listener <<<answer
	peer_connect send question half_close read_all
	assert_exit 0 "$PID"
	run -0 read_log
	[[ ${lines[0]} =~ ^"sockcat: client 127.0.0.1:"[0-9]+" connected"$ ]]
	[ "${lines[1]}" = "${lines[0]% connected} closed: received 8 bytes, sent 7 bytes" ]
	[ "${#lines[@]}" -eq 2 ]
	[ "$(<received)" = answer ]
	[ "$(<out)" = question ]
}

@test "without -k, a second client is refused while the first is connected" {
	open_stdin
	start_listener <stdin
	peer_start a send word wait
	wait_until file_is out word
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[[ $output = *": Connection refused" ]]
}

@test "stdin is not read before a client connects" {
	local line

	open_stdin
	start_listener <stdin
	send_stdin $'word\n'
	read -r -t 1 line <stdin
	[ "$line" = word ]
}

@test "a port in use is an error, even if only on one of the addresses" {
	start_listener </dev/null
	run -1 timeout 30 "$SOCKCAT" -l 127.0.0.1 "$PORT" </dev/null
	[[ $output = "sockcat: listen on 127.0.0.1 port $PORT: $(error_text EADDRINUSE) (another program listens there"*")" ]]
	run -1 timeout 30 "$SOCKCAT" -l "$PORT" </dev/null
	[[ $output = "sockcat: listen on 0.0.0.0 port $PORT: $(error_text EADDRINUSE) "* ]]
	run -1 timeout 30 "$SOCKCAT" -l localhost "$PORT" </dev/null
	[[ $output = "sockcat: listen on 127.0.0.1 port $PORT: $(error_text EADDRINUSE) (another program listens there"*")" ]]
}

@test "a port can be reused as soon as its listener has ended" {
	# with port 0 the system could give the port to another program
	start "$SOCKCAT" -vl 127.0.0.1 "$(free_port)" <<<first
	read_port
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = first ]
	assert_exit 0 "$PID"
	start "$SOCKCAT" -vl 127.0.0.1 "$PORT" <<<second
	read_port
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = second ]
}

@test "-w limits the wait for a client, with exit status 4" {
	run -4 timeout 30 "$SOCKCAT" -w 0.2 -l 127.0.0.1 0 </dev/null
	[[ $output =~ ^"sockcat: no client connected to 127.0.0.1 port "[0-9]+" within 0.2 s (-w)"$ ]]
}

@test "-w does not close an active client" {
	start_listener -d -w 4
	peer_connect keep_sending 45
	assert_exit 0 "$PID"
	[ "$(wc -l <out)" -eq 45 ]
}

@test "with several addresses, the -w message names the port" {
	run -4 timeout 30 "$SOCKCAT" -w 0.1 -l 0 </dev/null
	[[ $output =~ ^"sockcat: no client connected to "(port|0\.0\.0\.0 port)" "[0-9]+" within 0.1 s (-w)"$ ]]
}

@test "a signal ends a listener that waits for a client" {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		start_listener </dev/null
		kill -"${s%:*}" "$PID"
		assert_exit "${s#*:}" "$PID"
	done
}

@test "SIGHUP stays ignored under nohup(1)" {
	start bash -c 'trap "" HUP; exec "$@"' - "$SOCKCAT" -v -l 127.0.0.1 0 \
		</dev/null
	read_port
	kill -HUP "$PID"
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

# close_on_exec FD: true if a command that the process PID runs does not
# inherit this descriptor.
close_on_exec() {
	local flags

	flags=$(sed -n 's/^flags:[^0-9]*//p' "/proc/$PID/fdinfo/$1")
	(((8#$flags & 8#2000000) != 0))
}

@test "sockets are close-on-exec" {
	local fd

	[ -r /proc/self/fdinfo/0 ] || skip "no /proc"
	start_listener -k </dev/null
	peer_start a wait
	wait_log connected
	for fd in "/proc/$PID/fd/"*; do
		[[ $(readlink "$fd") != socket:* ]] || close_on_exec "${fd##*/}"
	done
	peer_continue a
}
