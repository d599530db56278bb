# Closing: EOF and half-close on both sides, timeouts, and data in flight.
load helper

# start_client ARGUMENT...: start a sockcat that connects to PORT, with an open
# stdin. Sets PID.
start_client() {
	open_stdin
	background "$SOCKCAT" "$@" 127.0.0.1 "$PORT" <stdin >out 2>err
	PID=$!
}

@test "64 MiB go through a blocking echo and come back the same" {
	random_bytes 64M >big
	peer_listen echo
	timeout 50 "$SOCKCAT" 127.0.0.1 "$PORT" <big >back
	cmp big back
}

@test "a file sent by pipe and received by pipe is the same" {
	random_bytes 3M >file
	# shellcheck disable=SC2002
	cat file | "$SOCKCAT" -v -l 127.0.0.1 0 2>port 3>&- |
		cat >back 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening port
	PORT=$(sed 's/.* //' port)
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <file | cat >back2
	wait "${STARTED[0]}"
	cmp file back
	cmp file back2
}

@test "EOF on stdin half-closes the socket, and the answer is still received" {
	peer_listen read_all send answer
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<question
	[ "$output" = answer ]
	wait_peer
	[ "$(<received)" = question ]
}

@test "-N half-closes after EOF on stdin, as without it" {
	peer_listen read_all send answer
	run -0 timeout 30 "$SOCKCAT" -N 127.0.0.1 "$PORT" <<<question
	[ "$output" = answer ]
}

@test "a server that half-closes first still receives all of 5 MiB" {
	random_bytes 5M >file
	peer_listen half_close read_all
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <file >out
	wait_peer
	cmp file received
}

@test "a client that half-closes first still receives all of 5 MiB" {
	random_bytes 5M >file
	start_listener <file
	peer_connect half_close read_all
	assert_exit 0 "$PID"
	cmp file received
}

@test "an empty stdin causes no half-close while the peer sends" {
	try_three_times all_lines_received
}

# all_lines_received: true if a peer can send for longer than the time after
# which a silent one sees a half-close.
all_lines_received() {
	peer_listen keep_sending 15
	: >empty
	run timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <empty
	[ "$status" -eq 0 ] && [ "${#lines[@]}" -eq 15 ] &&
		wait_peer
}

@test "an empty stdin causes a half-close when the peer is silent" {
	peer_listen read_all send answer
	: >empty
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <empty
	[ "$output" = answer ]
}

@test "/dev/null as stdin causes no half-close, however long the peer is silent" {
	local null

	for null in /dev/null closed; do
		peer_listen send 'one ' stay_open 1500 send two
		if [ "$null" = closed ]; then
			background timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" \
				<&- >out
		else
			background timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" \
				<"$null" >out
		fi
		PID=$!
		assert_exit 0 "$PID"
		file_is out 'one two'
		wait_peer
	done
}

@test "a listener in the background receives a file that comes after a long pause" {
	start_listener </dev/null # as a shell's & does
	hold_fifo pause
	background "$SOCKCAT" 127.0.0.1 "$PORT" <pause
	sender=$!
	echo A >pause
	wait_until file_is out A
	run -124 timeout 2.6 tail --pid="$sender" -f /dev/null
	echo B >pause
	release_fifo pause
	assert_exit 0 "$sender"
	assert_exit 0 "$PID"
	[ "$(<out)" = $'A\nB' ]
}

@test "with -k, /dev/null as stdin does not half-close the feed of a server" {
	start_keep_open
	background timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >feed
	reader=$!
	wait_log connected
	send_stdin $'one\n'
	wait_until file_is feed one
	run -124 timeout 2.6 tail --pid="$reader" -f /dev/null
	send_stdin $'two\n'
	wait_until file_is feed $'one\ntwo'
	terminate
	assert_exit 0 "$reader"
}

@test "-N half-closes at once, also with /dev/null as stdin" {
	peer_listen read_all send answer
	run -0 timeout 30 "$SOCKCAT" -N 127.0.0.1 "$PORT" </dev/null
	[ "$output" = answer ]
}

@test "-d neither reads stdin nor half-closes" {
	peer_listen keep_sending 15
	run -0 timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT" <<<word
	[ "${#lines[@]}" -eq 15 ]
	wait_peer
	peer_listen send word
	run -0 timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT" </dev/zero
	[ "$output" = word ]
}

@test "-H keeps the sending side open after EOF on stdin" {
	peer_listen read 5 keep_sending 3
	run -0 timeout 30 "$SOCKCAT" -H 127.0.0.1 "$PORT" <<<word
	[ "${#lines[@]}" -eq 3 ]
	wait_peer
}

# save_until_eof: copy standard input to the file "out"; create "seen" at its
# EOF.
save_until_eof() {
	cat >out && echo closed >seen
}

@test "when the peer half-closes, stdout is closed and stdin is still sent" {
	peer_listen send bye half_close read_all
	open_stdin
	hold_fifo pipe
	background save_until_eof <pipe
	background "$SOCKCAT" -q 10 127.0.0.1 "$PORT" <stdin >pipe
	PID=$!
	release_fifo pipe
	wait_until file_is seen closed
	[ "$(<out)" = bye ]
	kill -0 "$PID"
	send_stdin $'late\n'
	close_stdin
	assert_exit 0 "$PID"
	wait_peer
	[ "$(<received)" = late ]
}


@test "an idle stdin does not keep sockcat running after the peer has closed" {
	peer_listen send bye
	start_client
	assert_exit 0 "$PID"
	[ "$(<out)" = bye ]
	[ ! -s err ]
}

@test "with -q 0, sockcat quits when the peer closes" {
	peer_listen send bye
	start_client -q 0
	assert_exit 0 "$PID"
	[ "$(<out)" = bye ]
}

@test "-q quits when the peer is silent for this long after EOF on stdin" {
	peer_listen read_all send answer wait
	# 13 seconds under a checker
	run -0 timeout 30 "$SOCKCAT" -q "${SANITIZED:+1}3" 127.0.0.1 "$PORT" <<<question
	[ "$output" = answer ]
	[ "$(<received)" = question ]
}

@test "-q 0 quits once everything read from stdin has been sent" {
	random_bytes 2M >file
	peer_listen read_all wait
	timeout 30 "$SOCKCAT" -q 0 127.0.0.1 "$PORT" <file
	peer_continue
	wait_peer
	cmp file received
}

@test "with -q 0, a peer that sends at the same time still receives everything" {
	random_bytes 2M >file
	peer_listen send busy send_lines 5000 read_all
	timeout 30 "$SOCKCAT" -q 0 127.0.0.1 "$PORT" <file >out
	wait_peer
	cmp file received
}

@test "a reset while receiving is reported, after the data that arrived before it" {
	peer_listen send word read 1 reset
	start_client
	wait_until test -s out
	send_stdin $'more\n'
	assert_exit 1 "$PID"
	[ "$(<out)" = word ]
	[ "$(<err)" = "sockcat: receive from 127.0.0.1 port $PORT: Connection reset by peer" ]
}

@test "a reset while sending is reported with the number of unsent bytes" {
	peer_listen small_buffer read 10 send word reset
	run -1 --separate-stderr timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/zero
	[ "$output" = word ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr =~ ^"sockcat: "[a-z]+" "[a-z]+" 127.0.0.1 port $PORT: "(Connection reset by peer|Broken pipe)"; "[0-9]+" bytes read but not sent"$ ]]
}

@test "everything is received from a peer that sends but does not read" {
	local hwm

	peer_listen small_buffer send_lines 200000 wait
	start "$SOCKCAT" -w 5 127.0.0.1 "$PORT" </dev/zero
	wait_until grep -qx "line 200000" out
	if [ -r "/proc/$PID/status" ]; then
		hwm=$(awk '/VmHWM/ { print $2 }' "/proc/$PID/status")
		[ -n "$SANITIZED" ] || [ "$hwm" -lt 8192 ]
	fi
	assert_exit 1 "$PID"
	[[ $(read_log) = *"$(error_text ETIMEDOUT); "*" bytes read but not sent"* ]]
	[ "$(wc -l <out)" -eq 200000 ]
}

@test "a stalled connection does not busy-loop" {
	require_commands strace
	peer_listen small_buffer wait
	run -1 timeout 30 strace -c -e 'trace=/^p?poll$' "$SOCKCAT" -w 1 \
		127.0.0.1 "$PORT" </dev/zero
	calls=$(awk '$NF ~ /^p?poll$/ { print $4 }' <<<"$output")
	[ "$calls" -lt 100 ]
}

@test "-w closes an idle connection" {
	peer_listen send word wait
	start_client -w 3
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
	[ ! -s err ]
}

@test "with -w, the half-close waits until the peer has been silent" {
	# a server that takes an early half-close for a client that has gone
	peer_listen read 9 stay_open 300 send answer
	run -0 timeout 30 "$SOCKCAT" -w 5 127.0.0.1 "$PORT" <<<question
	[ "$output" = answer ]
	wait_peer
	# nor may the question come when the server has long been silent
	peer_listen read 9 stay_open 300 send answer
	run -0 timeout 30 "$SOCKCAT" -w 20 127.0.0.1 "$PORT" < <(
		pause 1.5
		echo question
	)
	[ "$output" = answer ]
	wait_peer
	# with -N it does not wait
	peer_listen read_all send answer
	run -0 timeout 30 "$SOCKCAT" -N -w 20 127.0.0.1 "$PORT" <<<question
	[ "$output" = answer ]
}

@test "time for which sockcat was stopped does not count, even if less than -w" {
	peer_listen read 4 wait
	open_stdin
	start "$SOCKCAT" -w 2 127.0.0.1 "$PORT" <stdin
	send_stdin word
	wait_until file_is received word
	stop_process "$PID"
	pause 1.5
	continue_process "$PID"
	pause 1
	kill -0 "$PID"
	send_stdin more
	assert_exit 0 "$PID"
}

@test "-q that ends the wait says so at -v" {
	peer_listen read_all wait
	start "$SOCKCAT" -v -q 0.2 127.0.0.1 "$PORT" <<<word
	assert_exit 0 "$PID"
	read_log | grep -qx 'sockcat: the other side was silent for 0.2 s (-q)'
}

@test "-w does not close a connection on which the peer sends" {
	peer_listen keep_sending 45
	start_client -w 4
	assert_exit 0 "$PID"
	[ "$(wc -l <out)" -eq 45 ]
}

@test "bytes are forwarded as soon as they arrive" {
	peer_listen send_bytewise a read 1 send_bytewise b read 1
	start_client
	wait_until file_is out a
	send_stdin x
	wait_until file_is out ab
	send_stdin y
	wait_peer
	[ "$(<received)" = xy ]
}

@test "-B limits the size of a read" {
	require_commands strace
	random_bytes 10000 >file
	peer_listen read_all
	run -0 timeout 30 strace -e trace=read "$SOCKCAT" -B 1k \
		127.0.0.1 "$PORT" <file
	[ "$(grep -c '^read(0,.*= 1024$' <<<"$output")" -eq 9 ]
	cmp file received
}

@test "64 MiB need at most 300 reads and 600 writes" {
	require_commands strace
	random_bytes 64M >big
	peer_listen read_all
	timeout 50 strace -f -c -o calls "$SOCKCAT" 127.0.0.1 "$PORT" <big
	wait_peer
	cmp big received
	awk '$NF ~ /^(read|readv|recv|recvfrom)$/ { r += $4 }
	    $NF ~ /^(write|writev|send|sendto)$/ { w += $4 }
	    END { exit !(r <= 300 && w <= 600) }' calls
}

@test "on a fatal signal, sockcat dies of that signal" {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		peer_listen send word wait
		start_client
		wait_until test -s out
		kill -"${s%:*}" "$PID"
		assert_exit "${s#*:}" "$PID"
	done
}

# receives_all_though_it_sends: the peer sends within the half second for which
# sockcat waits.
receives_all_though_it_sends() {
	peer_listen small_buffer wait send late read_all
	start "$SOCKCAT" -vvv -q 0 -O 1M 127.0.0.1 "$PORT" <file
	wait_log 'shutdown('
	peer_continue
	wait_peer && assert_exit 0 "$PID" && cmp file received
}

@test "a peer that still sends when sockcat quits receives all data" {
	random_bytes 300k >file
	try_three_times receives_all_though_it_sends
}

@test "--send-only throws away what the peer sends, and quits once all is sent" {
	random_bytes 3M >file
	peer_listen send noise read_all wait
	start "$SOCKCAT" --send-only 127.0.0.1 "$PORT" <file
	assert_exit 0 "$PID"
	[ ! -s out ]
	peer_continue
	wait_peer
	cmp file received
}

@test "with --send-only a reset is an error, also if all was sent before" {
	open_stdin
	peer_listen read 1 reset
	start "$SOCKCAT" --send-only 127.0.0.1 "$PORT" <stdin
	send_stdin xyz
	wait_peer
	wait_log "$(error_text ECONNRESET)"
	assert_exit 1 "$PID"
}
