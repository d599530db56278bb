# Unusual standard input, output and error: full disk, no reader, closed,
# shared with the shell, socket, terminal.
load helper

@test "a full disk on stdout is one line and exit status 3" {
	[ -c /dev/full ] || skip "no /dev/full"
	peer_listen send word read_all
	run -3 bash -c '"$@" 2>&1 >/dev/full </dev/null' - \
		timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT"
	[ "$output" = "sockcat: write standard output: No space left on device" ]
}

@test "a reader of stdout that has gone is exit status 3 without noise" {
	peer_listen send_lines 1000000
	run -3 timeout 30 bash -c '"$@" 3>&- | head -n 1; exit ${PIPESTATUS[0]}' - \
		"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = "line 1" ]
}

@test "a reader of stdout that goes while nothing is said is noticed" {
	peer_listen send $'word\n' wait
	run -3 timeout 30 bash -c '"$@" 3>&- | head -n 1; exit ${PIPESTATUS[0]}' - \
		"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = word ]
}

@test "a file is sent whole though nobody reads stdout" {
	random_bytes 3M >file
	peer_listen read_all
	run timeout 30 bash -c '"$@" <file 3>&- | true' - \
		"$SOCKCAT" 127.0.0.1 "$PORT"
	[ -z "$output" ]
	wait_peer
	cmp file received
}

@test "a slow reader of stdout loses nothing" {
	random_bytes 2M >file
	peer_listen send_file file
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null |
		while head -c 100000 >>out && [ "$(wc -c <out)" -lt 2097152 ]; do
			sleep 0.01
		done
	cmp file out
}

@test "stdin closed is as an empty stdin" {
	peer_listen send word read_all
	run -0 timeout 30 bash -c '"$@" <&-' - "$SOCKCAT" 127.0.0.1 "$PORT"
	[ "$output" = word ]
	wait_peer
}

@test "stdout closed is as /dev/null, and no socket takes its place" {
	peer_listen send word read_all
	run -0 timeout 30 bash -c '"$@" >&-' - "$SOCKCAT" 127.0.0.1 "$PORT" \
		<<<question
	[ -z "$output" ]
	wait_peer
	[ "$(<received)" = question ]
}

@test "stderr closed: what would be said there goes to no socket" {
	peer_listen send word read_all
	run -0 timeout 30 bash -c '"$@" 2>&-' - "$SOCKCAT" -vv 127.0.0.1 \
		"$PORT" <<<question
	[ "$output" = word ]
	wait_peer
	[ "$(<received)" = question ]
}

@test "all three closed, a transfer is still whole" {
	peer_listen send word read_all
	run -0 timeout 30 bash -c '"$@" <&- >&- 2>&-' - "$SOCKCAT" -v \
		127.0.0.1 "$PORT"
	wait_peer
	[ ! -s received ]
}

@test "a stdin that cannot be read is one line and exit status 3" {
	peer_listen send word read_all
	run -3 --separate-stderr timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </
	[ "$output" = word ]
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

@test "a socket serves as stdin and stdout" {
	require_commands socat
	peer_listen echo
	echo question >in
	timeout 30 socat -t 5 EXEC:"$SOCKCAT 127.0.0.1 $PORT" - <in >out
	[ "$(<out)" = question ]
}

@test "stdout opened for reading too, as 1<>fifo, is written like any other" {
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
	timeout 30 script -qec "strace -o calls -e trace=poll \
		$SOCKCAT $* 127.0.0.1 $PORT" /dev/null <keys >screen 3>&-
}

@test "on a terminal, the peer's end is the end at once" {
	peer_listen send $'word\n'
	on_terminal
	grep -q word screen
	run ! grep -qE '^poll.*, [0-9]+\)' calls
}

@test "-q holds for terminals too" {
	peer_listen send $'word\n'
	on_terminal -q 3
	grep -q word screen
	grep -qE '^poll.*, (3000|2[0-9]{3})\)' calls
}
