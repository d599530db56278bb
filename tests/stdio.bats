# Standard input, output and error as the shell left them: full, gone, closed,
# shared.
load helper

@test "a full disk on stdout is one line and exit status 3" {
	[ -c /dev/full ] || skip "no /dev/full"
	act say word listen
	run -3 bash -c '"$@" 2>&1 >/dev/full </dev/null' - \
		timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT"
	[ "$output" = "sockcat: write standard output: No space left on device" ]
}

@test "a reader of stdout that has gone is exit status 3 without noise" {
	act flood 1000000
	run -3 timeout 30 bash -c '"$@" 3>&- | head -n 1; exit ${PIPESTATUS[0]}' - \
		"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = "line 1" ]
}

@test "a reader of stdout that goes while nothing is said is noticed" {
	mkfifo hold
	exec 7<>hold
	act say $'word\n' await <&7
	run -3 timeout 30 bash -c '"$@" 3>&- | head -n 1; exit ${PIPESTATUS[0]}' - \
		"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = word ]
}

@test "a file is sent whole though nobody reads stdout" {
	random 3M >file
	act listen
	run timeout 30 bash -c '"$@" <file 3>&- | true' - \
		"$SOCKCAT" 127.0.0.1 "$PORT"
	[ -z "$output" ]
	exits 0 "$ACTOR_PID"
	cmp file heard
}

@test "a slow reader of stdout loses nothing" {
	random 2M >file
	act send file
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null |
		while head -c 100000 >>out && [ "$(wc -c <out)" -lt 2097152 ]; do
			sleep 0.01
		done
	cmp file out
}

@test "stdin closed is as an empty stdin" {
	act say word listen
	run -0 timeout 30 bash -c '"$@" <&-' - "$SOCKCAT" 127.0.0.1 "$PORT"
	[ "$output" = word ]
	exits 0 "$ACTOR_PID"
}

@test "stdout closed is as /dev/null, and no socket takes its place" {
	act say word listen
	run -0 timeout 30 bash -c '"$@" >&-' - "$SOCKCAT" 127.0.0.1 "$PORT" \
		<<<question
	[ -z "$output" ]
	exits 0 "$ACTOR_PID"
	[ "$(<heard)" = question ]
}

@test "stderr closed: what would be said there goes to no socket" {
	act say word listen
	run -0 timeout 30 bash -c '"$@" 2>&-' - "$SOCKCAT" -vv 127.0.0.1 \
		"$PORT" <<<question
	[ "$output" = word ]
	exits 0 "$ACTOR_PID"
	[ "$(<heard)" = question ]
}

@test "all three closed, a transfer is still whole" {
	act say word listen
	run -0 timeout 30 bash -c '"$@" <&- >&- 2>&-' - "$SOCKCAT" -v \
		127.0.0.1 "$PORT"
	exits 0 "$ACTOR_PID"
	[ ! -s heard ]
}

@test "a stdin that cannot be read is one line and exit status 3" {
	act say word listen
	run -3 --separate-stderr timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </
	[ "$output" = word ]
	[ "$stderr" = "sockcat: read standard input: Is a directory" ]
}

# nonblocking FD: does the shell's own descriptor say O_NONBLOCK?
nonblocking() {
	local flags

	flags=$(awk '/^flags/ { print $2 }' "/proc/$BASHPID/fdinfo/$1")
	((flags & 04000))
}

@test "descriptors shared with the shell stay blocking" {
	[ -r /proc/self/fdinfo/0 ] || skip "no /proc/self/fdinfo"
	mkfifo in out
	exec 5<>in 6<>out
	act say word hear 1
	"$SOCKCAT" 127.0.0.1 "$PORT" <&5 >&6 3>&- &
	PID=$!
	STARTED+=("$PID")
	read -r -N 4 -u 6 word
	[ "$word" = word ]
	run ! nonblocking 5
	run ! nonblocking 6
	printf x >&5
	exits 0 "$PID"
	run ! nonblocking 5
	run ! nonblocking 6
}

@test "a socket serves as stdin and stdout" {
	need socat
	act echo
	echo question >in
	timeout 30 socat -t 5 EXEC:"$SOCKCAT 127.0.0.1 $PORT" - <in >out
	[ "$(<out)" = question ]
}
@test "stdout opened for reading too, as 1<>fifo, is written like any other" {
	local line

	mkfifo pipe
	exec 5<>pipe # what nobody had open would be lost with its writer
	act say $'word\n'
	timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT" 1<>pipe 3>&- 5>&- &
	PID=$!
	STARTED+=("$PID")
	IFS= read -r -t 30 line <&5
	exits 0 "$PID"
	[ "$line" = word ]
}

# on_terminal ARGUMENT...: run sockcat on a terminal, traced; nobody types.
on_terminal() {
	need script strace
	mkfifo keys
	exec 7<>keys
	timeout 30 script -qec "strace -o calls -e trace=poll \
		$SOCKCAT $* 127.0.0.1 $PORT" /dev/null <keys >screen 7<&- 3>&-
}

@test "on a terminal, the peer's end is the end at once" {
	act say $'word\n'
	on_terminal
	grep -q word screen
	run ! grep -qE '^poll.*, [0-9]+\)' calls
}

@test "-q holds for terminals too" {
	act say $'word\n'
	on_terminal -q 3
	grep -q word screen
	grep -qE '^poll.*, (3000|2[0-9]{3})\)' calls
}
