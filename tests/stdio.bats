# Unusual standard input, output and error: full disk, no reader, closed,
# shared with the shell, socket, terminal.
load helper

@test "a full disk on stdout is reported in one line, with exit status 3" {
	[ -c /dev/full ] || skip "no /dev/full"
	peer_listen send word read_all
	run -3 bash -c '"$@" 2>&1 >/dev/full </dev/null' - \
		timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT"
	[ "$output" = "sockcat: write standard output: No space left on device" ]
}

@test "a full disk on stdout makes the sender of a few bytes fail, too" {
	[ -c /dev/full ] || skip "no /dev/full"
	start bash -c 'exec "$@" >/dev/full' - "$SOCKCAT" -v -l 127.0.0.1 0 \
		</dev/null
	read_port
	run -1 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	[[ $output = *" 127.0.0.1 port $PORT: "* ]]
	assert_exit 3 "$PID"
}

@test "when stdout fails, a sender that has sent everything gets a reset" {
	[ -c /dev/full ] || skip "no /dev/full"
	start bash -c 'exec "$@" >/dev/full' - "$SOCKCAT" -v -l 127.0.0.1 0 \
		</dev/null
	read_port
	random_bytes 8M >file
	run -1 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <file
	[[ $output = *" 127.0.0.1 port $PORT: "* ]]
	assert_exit 3 "$PID"
}

@test "when the reader of stdout exits, a sender fails instead of sending to nobody" {
	random_bytes 32M >file
	start bash -c '"$@" 3>&- | head -c 1' - "$SOCKCAT" -v -l 127.0.0.1 0 \
		</dev/null
	read_port
	run -1 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <file
	[[ $output = *" 127.0.0.1 port $PORT: "* ]]
	[ "$(wc -c <out)" -eq 1 ]
}

@test "when the reader of stdout has exited, the exit status is 3, without an error message" {
	peer_listen send_lines 1000000
	run -3 timeout 30 bash -c '"$@" 3>&- | head -n 1; exit ${PIPESTATUS[0]}' - \
		"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = "line 1" ]
}

@test "sockcat notices that the reader of stdout has exited even when it has nothing to write" {
	peer_listen send $'word\n' wait
	run -0 timeout 30 bash -c '"$@" 3>&- | head -n 1; exit ${PIPESTATUS[0]}' - \
		"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = word ]
}

@test "a file is sent completely even if nobody reads stdout" {
	random_bytes 3M >file
	peer_listen read_all
	run timeout 30 bash -c '"$@" <file 3>&- | true' - \
		"$SOCKCAT" 127.0.0.1 "$PORT"
	[ -z "$output" ]
	wait_peer
	cmp file received
}

@test "with a slow reader of stdout no data is lost" {
	random_bytes 2M >file
	peer_listen send_file file
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null |
		while head -c 100000 >>out && [ "$(wc -c <out)" -lt 2097152 ]; do
			sleep 0.01
		done
	cmp file out
}

@test "a closed stdin is like /dev/null" {
	peer_listen send word
	run -0 timeout 30 bash -c '"$@" <&-' - "$SOCKCAT" 127.0.0.1 "$PORT"
	[ "$output" = word ]
	wait_peer
}

@test "a closed stdout is like /dev/null, and no socket gets its descriptor" {
	peer_listen send word read_all
	run -0 timeout 30 bash -c '"$@" >&-' - "$SOCKCAT" 127.0.0.1 "$PORT" \
		<<<question
	[ -z "$output" ]
	wait_peer
	[ "$(<received)" = question ]
}

@test "with a closed stderr, no message is written to a socket" {
	peer_listen send word read_all
	run -0 timeout 30 bash -c '"$@" 2>&-' - "$SOCKCAT" -vv 127.0.0.1 \
		"$PORT" <<<question
	[ "$output" = word ]
	wait_peer
	[ "$(<received)" = question ]
}

@test "with stdin, stdout and stderr closed, sockcat still runs and sends nothing" {
	peer_listen send word
	run -0 timeout 30 bash -c '"$@" <&- >&- 2>&-' - "$SOCKCAT" -v \
		127.0.0.1 "$PORT"
	wait_peer
	[ ! -s received ]
}

@test "where there is no /dev/null, as in a chroot, no message is written to a socket" {
	unshare -rm mount -t tmpfs none /dev 2>/dev/null || skip "no namespaces"
	peer_listen send word read_all
	run -0 timeout 30 unshare -rm bash -c 'mount -t tmpfs none /dev
		exec "$@" 2>&-' - "$SOCKCAT" -vv 127.0.0.1 "$PORT" <<<question
	[ "$output" = word ]
	wait_peer
	[ "$(<received)" = question ]
}

@test "a read error on stdin is reported in one line, with exit status 3" {
	peer_listen read_all
	run -3 --separate-stderr timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </
	[ "$stderr" = "sockcat: read standard input: Is a directory" ]
}

# nonblocking FD: true if this descriptor of the shell has O_NONBLOCK.
nonblocking() {
	local flags

	flags=$(awk '/^flags/ { print $2 }' "/proc/$BASHPID/fdinfo/$1")
	((flags & 04000))
}

@test "descriptors shared with the shell stay blocking" {
	[ -r /proc/self/fdinfo/0 ] || skip "no /proc/self/fdinfo"
	local in out word

	mkfifo in out
	exec {in}<>in {out}<>out
	peer_listen send word read 1
	background "$SOCKCAT" 127.0.0.1 "$PORT" <&"$in" >&"$out"
	PID=$!
	read -r -N 4 -u "$out" word
	[ "$word" = word ]
	run ! nonblocking "$in"
	run ! nonblocking "$out"
	printf x >&"$in"
	assert_exit 0 "$PID"
	run ! nonblocking "$in"
	run ! nonblocking "$out"
}

@test "a socket can be stdin and stdout" {
	require_commands socat
	peer_listen echo
	echo question >in
	timeout 30 socat -t 5 EXEC:"$SOCKCAT 127.0.0.1 $PORT" - <in >out
	[ "$(<out)" = question ]
}

@test "with one socket as stdin and stdout, EOF from the peer is passed on while stdin stays open" {
	local caller

	start_listening_actor caller from_peer -l read_all send late
	exec {caller}<>"/dev/tcp/127.0.0.1/$PORT"
	peer_listen send bye half_close read_all
	background timeout 30 "$SOCKCAT" -q 20 127.0.0.1 "$PORT" \
		<&"$caller" >&"$caller"
	exec {caller}>&-
	wait_peer caller
	wait_peer
	[ "$(<from_peer)" = bye ]
	[ "$(<received)" = late ]
}

@test "stdout may be open for reading too, as in 1<>fifo" {
	local line

	hold_fifo pipe # without this, the data is lost when its writer exits
	peer_listen send $'word\n'
	background timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT" 1<>pipe
	PID=$!
	IFS= read -r -t 30 line <pipe
	assert_exit 0 "$PID"
	[ "$line" = word ]
}

# on_terminal ARGUMENT...: run sockcat under strace on a terminal without
# input.
on_terminal() {
	require_commands script strace
	hold_fifo keys
	timeout 30 script -qec "strace -o calls -e 'trace=/^p?poll\$' \
		$SOCKCAT $* 127.0.0.1 $PORT" /dev/null <keys >screen 3>&-
}

@test "on a terminal, sockcat quits at once when the peer closes" {
	peer_listen send $'word\n'
	on_terminal
	grep -q word screen
	run ! grep -qE '^poll.*, [1-9][0-9]*\)|^ppoll.*tv_n?sec=[1-9]' calls
}

@test "-q also applies on a terminal" {
	peer_listen send $'word\n'
	on_terminal -q 3
	grep -q word screen
	grep -qE '^p?poll.*(, (3000|2[0-9]{3})\)|tv_sec=(3, tv_nsec=0\}|2,))' \
		calls
}
