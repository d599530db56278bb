# -k without -l: a connection that is lost is made again.
load helper

# start_sender: a sockcat that connects to PORT again and again, with
# an open stdin.
start_sender() {
	open_stdin
	start "$SOCKCAT" -v -k 127.0.0.1 "$PORT" <stdin
}

@test "a connection that the server ends is made again, and stdin goes on" {
	start_listener </dev/null
	local first=$PID port=$PORT

	mv out out_first
	start_sender
	wait_log "connected to"
	send_stdin one
	wait_until file_is out_first one
	kill "$first"
	wait_log "connection to 127.0.0.1 port $port lost: "
	background "$SOCKCAT" -l 127.0.0.1 "$port" </dev/null >second
	wait_log "connected to 127.0.0.1 port $port"
	send_stdin two
	close_stdin
	assert_exit 0 "$PID"
	wait_until file_is second two
}

@test "the first connection, too, is tried until it is there" {
	PORT=$(free_port)
	start_sender
	background "$SOCKCAT" -l 127.0.0.1 "$PORT" </dev/null >received
	wait_log "connected to 127.0.0.1 port $PORT"
	send_stdin data
	close_stdin
	assert_exit 0 "$PID"
	wait_until file_is received data
}

@test "with -c it gives up after that time, with status 4" {
	PORT=$(free_port)
	open_stdin
	run -4 timeout 30 "$SOCKCAT" -k -c 0.3 127.0.0.1 "$PORT" <stdin
}

@test "a server that accepts and closes at once does not make it spin" {
	start "$SOCKCAT" -lkv -e true 127.0.0.1 0 </dev/null
	read_port
	local server=$PID
	open_stdin
	background "$SOCKCAT" -k 127.0.0.1 "$PORT" <stdin 2>lost
	local sender=$!
	wait_until match_count_at_least lost 'lost: closed' 3
	kill "$sender"
	assert_exit 143 "$sender"
	[ "$(wc -l <lost)" -le 6 ]
	kill "$server"
}

@test "with -L no line arrives cut in half" {
	local port

	peer_listen small_buffer read 100000 reset
	port=$PORT
	seq -f 'a line with the number %06.0f and some more text to fill it' \
		1 100000 >lines
	start "$SOCKCAT" -k -L 127.0.0.1 "$port" <lines
	wait_peer
	background "$SOCKCAT" -l 127.0.0.1 "$port" </dev/null >rest
	assert_exit 0 "$PID"
	wait_log "connection to 127.0.0.1 port $port lost: "
	# POSIX does not tell what is unacknowledged
	[ -n "${POSIX_ONLY-}" ] ||
		[[ $LINE = *"; up to "*" bytes not delivered" ]]
	wait_until grep -q 'number 100000 ' rest
	run ! grep -vE '^a line with the number [0-9]{6} and some more text to fill it$' rest
}

@test "with -m no message arrives cut in half, though it has several lines" {
	local port

	peer_listen small_buffer read 100000 reset
	port=$PORT
	seq -f 'message %06.0f begins here, 1\.
goes on for a line,
and ends.' 1 100000 >messages
	start "$SOCKCAT" -k -m 127.0.0.1 "$port" <messages
	wait_peer
	background "$SOCKCAT" -l 127.0.0.1 "$port" </dev/null >rest
	assert_exit 0 "$PID"
	wait_until grep -q 'message 100000 ' rest
	[[ $(head -n 1 rest) == "message "* ]]
}

@test "a line that is not whole yet is for the next connection" {
	local port

	start_listener </dev/null
	local first=$PID
	port=$PORT
	mv out out_first
	open_stdin
	start "$SOCKCAT" -v -k -L 127.0.0.1 "$port" <stdin
	wait_log "connected to"
	send_stdin $'one\ntwo, be'
	wait_until file_is out_first one
	kill "$first"
	wait_log "lost: "
	background "$SOCKCAT" -l 127.0.0.1 "$port" </dev/null >second
	wait_log "connected to"
	send_stdin $'gun\nthree\n'
	close_stdin
	assert_exit 0 "$PID"
	wait_until file_is second $'two, begun\nthree'
}

COLLECT=$ROOT/tests/build/collect

# send_lines NAME: start a collector that is restarted five times, and a sender
# of the file "lines". What the collector got is in NAME.got, what the sender
# says is lost in NAME.lost. Sets SENDER.
send_lines() {
	background "$COLLECT" 6 20000 >"$1.got" 2>"$1.port"
	wait_until line_count_is "$1.port" 1
	background "$SOCKCAT" -k -L -B 16384 -O 8192 127.0.0.1 \
		"$(sed 's/.* //' "$1.port")" <lines 2>"$1.lost"
	SENDER=$!
}

# accounts NAME: each line has arrived once, or was in the part that the sender
# says may be lost, which is exact: the collector does not read after a reset. A
# collector that ends by an EOF reads all, so that nothing is lost then.
accounts() {
	awk -v lines="$(wc -l <lines)" -v width=64 '
		FNR == NR {
			told[++losses] = 0
			if (match($0, "up to [0-9]+"))
				told[losses] = substr($0, RSTART + 6) + 0
			next
		}
		{ how[FNR] = $1; first[FNR] = $2; last[FNR] = $3; cut[FNR] = $4 }
		END {
			for (i = 1; i < FNR; i++) {
				gone = first[i + 1] - last[i] - 1
				said = how[i] == "end" ? 0 : \
				    int((cut[i] + told[i]) / width)
				if (gone == said)
					continue
				print FILENAME, i, how[i], gone, "lost, not", said
				wrong = 1
			}
			exit wrong || FNR != 6 || losses != 5 ||
			    first[1] != 1 || last[FNR] != lines
		}' "$1.lost" "$1.got"
}

@test "50 restarts of a collector: each line arrives whole, once, or is counted" {
	local i senders=()

	[ -z "${POSIX_ONLY-}" ] || skip "POSIX does not tell what is unacknowledged"
	seq -f '%063.0f' 20000 >lines
	for i in {1..10}; do
		send_lines "$i"
		senders+=("$SENDER")
	done
	for i in {1..10}; do
		assert_exit 0 "${senders[i - 1]}"
		wait_until line_count_is "$i.got" 6
		accounts "$i" || {
			cat "$i.lost" "$i.got"
			return 1
		}
	done
}

@test "a signal ends the wait for the next connection" {
	PORT=$(free_port)
	open_stdin
	start "$SOCKCAT" -vv -k 127.0.0.1 "$PORT" <stdin
	wait_log trying
	terminate
}
