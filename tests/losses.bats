# What cannot be delivered is reported, and what can be is delivered, also at
# the edges: resets that come late, stdin that fails, limits of 0.
load helper

# fails_with TEXT STATUS COMMAND...: it exits with this status and prints one
# line that contains the text.
fails_with() {
	local text=$1 status=0

	timeout 30 "${@:3}" >out 2>err || status=$?
	[ "$status" -eq "$2" ] && line_count_is err 1 && grep -qF -- "$text" err ||
		{ echo "status $status: $(<err)" && return 1; }
}

# A peer that has closed resets the connection when it is sent something.

@test "a reset for the last block sent is reported, with exit status 1" {
	local path=$WORK/path

	peer_listen half_close
	open_stdin
	start "$SOCKCAT" -v 127.0.0.1 "$PORT" <stdin
	wait_peer
	send_stdin lost
	close_stdin
	assert_exit 1 "$PID"
	read_log | grep -qE "send to .*: ($(error_text EPIPE)|$(error_text ECONNRESET))"

	start_actor peer received -l "$path" half_close
	wait_until test -S "$path"
	open_stdin
	start "$SOCKCAT" -v -U "$path" <stdin
	wait_peer
	send_stdin lost
	close_stdin
	assert_exit 1 "$PID"
	read_log | grep -q "send to $path: "
}

@test "a refusal of the last datagram is reported, with exit status 1" {
	PORT=$(free_port)
	echo lost >file
	fails_with "127.0.0.1 port $PORT: $(error_text ECONNREFUSED)" 1 \
		"$SOCKCAT" -u -q 0 127.0.0.1 "$PORT" <file
}

@test "with -k, a reset for the last block that a client was sent is reported" {
	start_keep_open
	peer_start client wait reset
	wait_log connected
	send_stdin data
	close_stdin
	peer_continue client
	wait_log "$(error_text ECONNRESET)"
	terminate
}

@test "with -t, a reset that comes when an answer is sent is not taken for EOF" {
	local i

	for ((i = 0; i < 10; i++)); do
		# IAC DO 1, whose answer meets a socket that is gone
		peer_listen send $'data\xff\xfd\x01' wait reset
		open_stdin
		start "$SOCKCAT" -t 127.0.0.1 "$PORT" <stdin
		wait_until file_is out data
		peer_continue
		assert_exit 1 "$PID"
		close_stdin
	done
}

@test "with -t and answers pending, a peer's reset does not drop stdin in silence" {
	open_stdin
	peer_listen send $'\xff\xfd\x01' half_close wait reset
	start "$SOCKCAT" -t 127.0.0.1 "$PORT" <stdin
	peer_continue
	wait_peer
	send_stdin lost
	close_stdin
	assert_exit 1 "$PID"
	read_log | grep -q "127.0.0.1 port $PORT: "
}

# A peer that ends first.

@test "a peer that ends without having sent a byte receives all of stdin" {
	peer_listen half_close read_all
	open_stdin
	start "$SOCKCAT" 127.0.0.1 "$PORT" <stdin
	send_stdin early
	wait_until file_is received early
	pause 1.5 # longer than stdin may be silent otherwise
	send_stdin late
	close_stdin
	wait_peer
	[ "$(<received)" = earlylate ]
	assert_exit 0 "$PID"
}

@test "with -q, stdin may not be silent after a receiver's end" {
	peer_listen half_close read_all
	open_stdin
	start "$SOCKCAT" -q 0.2 127.0.0.1 "$PORT" <stdin
	assert_exit 0 "$PID"
}

@test "a receiver that resets ends sockcat while stdin is idle" {
	peer_listen half_close wait reset
	open_stdin
	start "$SOCKCAT" 127.0.0.1 "$PORT" <stdin
	peer_continue
	assert_exit 1 "$PID"
}

# stdin that fails: the receiver must not take a part for the whole.

@test "when stdin fails, the receiver gets a reset instead of an EOF" {
	mkdir directory
	start_listener </dev/null
	fails_with "read standard input: $(error_text EISDIR)" 3 \
		"$SOCKCAT" 127.0.0.1 "$PORT" <directory
	assert_exit 1 "$PID"
}

@test "when stdin fails in the middle, the receiver does not take a part for the whole" {
	require_fault_library
	random_bytes 300K >file
	start_listener </dev/null
	FAULT=read:EIO:3 LD_PRELOAD=$FAULT_LIBRARY fails_with \
		"read standard input: $(error_text EIO)" 3 \
		"$SOCKCAT" -B 64k 127.0.0.1 "$PORT" <file
	assert_exit 1 "$PID"
}

@test "with -k, a stdin that fails resets the clients that were sent a part" {
	require_fault_library
	export FAULT=read:EIO:2
	LD_PRELOAD=$FAULT_LIBRARY
	export LD_PRELOAD
	start_keep_open
	unset LD_PRELOAD
	peer_start client read_all
	wait_log connected
	send_stdin part
	wait_until file_is client part
	send_stdin more
	wait_log "read standard input: $(error_text EIO)"
	assert_exit 1 "${PEER_PID[client]}"
	terminate
}

# Limits.

@test "a file size limit on stdout is a full disk: one line, status 3, and a reset" {
	random_bytes 100K >file
	start bash -c 'ulimit -f 8; exec "$@" >limited' - \
		"$SOCKCAT" -v -l 127.0.0.1 0 </dev/null
	read_port
	run -1 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <file
	assert_exit 3 "$PID"
	read_log | grep -q "write standard output: $(error_text EFBIG)"
}

@test "a command of -e has the default action of SIGXFSZ" {
	start_listener -e 'ulimit -f 0; echo x >file' </dev/null
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	wait "$PID" || status=$?
	[ "$(kill -l $((status - 128)))" = XFSZ ]
}

@test "a stdin of /dev/null that is open for writing only has nothing to say" {
	start "$SOCKCAT" -v -l 127.0.0.1 0 0>/dev/null
	read_port
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<data
	assert_exit 0 "$PID"
	[ "$(<out)" = data ]
}

@test "a reader that leaves when all is done is no failure" {
	peer_listen send word wait
	hold_fifo pipe
	start bash -c 'exec "$@" >pipe' - "$SOCKCAT" -H 127.0.0.1 "$PORT" \
		</dev/null
	head -c 4 <pipe
	release_fifo pipe
	assert_exit 0 "$PID"
}

# -w 0: what can be done without waiting is done.

@test "-w 0 sends what stdin has, and quits" {
	local path=$WORK/path

	peer_listen_udp read 2
	timeout 30 "$SOCKCAT" -u -w 0 127.0.0.1 "$PORT" < <(echo x)
	wait_peer
	[ "$(<received)" = x ]

	peer_listen read_all
	echo x >file
	timeout 30 "$SOCKCAT" -w 0 127.0.0.1 "$PORT" <file
	wait_peer
	[ "$(<received)" = x ]

	start_actor peer received -l "$path" read_all
	wait_until test -S "$path"
	echo x | timeout 30 "$SOCKCAT" -w 0 -U "$path"
	wait_peer
	[ "$(<received)" = x ]
}

@test "-w 0 receives what has arrived, and quits although both sides stay open" {
	peer_listen send word wait
	open_stdin
	start "$SOCKCAT" -w 0 127.0.0.1 "$PORT" <stdin
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}
