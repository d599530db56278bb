# Signals in every state: SIGINT, SIGTERM and SIGHUP end sockcat and leave no
# socket file behind; SIGPIPE, SIGUSR1 and a stop change nothing.
load helper

# assert_signals_end FUNCTION ARGUMENT...: for each fatal signal, bring a
# sockcat into a state with this function, and send the signal. Harmless
# signals, sent before that, must not end it.
assert_signals_end() {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		open_stdin
		hold_fifo full
		"$@"
		wait_until waits_in_poll
		kill -PIPE "$PID"
		kill -USR1 "$PID"
		stop_process "$PID"
		continue_process "$PID"
		kill -"${s%:*}" "$PID"
		assert_exit "${s#*:}" "$PID"
		[ ! -e sock ]
	done
}

# waits_in_poll: true if sockcat waits in poll(2), or if there is no /proc to
# tell, or if it is busy all the time.
waits_in_poll() {
	[ "$busy" = yes ] || waits_in poll "$PID"
}

# start_between IN OUT ARGUMENT...: start a sockcat with these files as stdin
# and stdout. Returns after its first message.
start_between() {
	local in=$1 out=$2

	shift 2
	start bash -c 'in=$1 out=$2; shift 2; exec "$@" <"$in" >"$out"' - \
		"$in" "$out" "$SOCKCAT" -vv "$@"
	read_log_line
}

connecting() {
	peer_full_backlog
	start_between stdin out ::1 "$PORT"
}

@test "fatal signals end sockcat while it connects" {
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
	assert_signals_end connecting
}

waiting() {
	start_between stdin out "$@" -lU "$WORK/sock"
	[ -e sock ]
}

@test "fatal signals end a listener that waits for a client" {
	assert_signals_end waiting
	assert_signals_end waiting -k
	assert_signals_end waiting -u
}

# connected IN OUT STEP...: connected to a peer that runs these steps.
connected() {
	local in=$1 out=$2

	shift 2
	peer_listen "$@"
	start_between "$in" "$out" -q 100 127.0.0.1 "$PORT"
	wait_log "connected to"
}

@test "fatal signals end sockcat while both sides are idle" {
	assert_signals_end connected stdin out wait
}

@test "fatal signals end sockcat during a fast transfer both ways" {
	busy=yes
	assert_signals_end connected /dev/zero /dev/null echo
}

# stalled IN OUT STEP...: the same, with a pipe or a socket buffer that is
# full.
stalled() {
	connected "$@"
	wait_until io_at_least '[rw]char' 20000
}

@test "fatal signals end sockcat while stdout is blocked" {
	assert_signals_end stalled stdin full send_lines 100000 wait
}

@test "fatal signals end sockcat while the peer does not read" {
	assert_signals_end stalled /dev/zero out small_buffer wait
}

# after_peer_eof: connected to a peer that has half-closed. sockcat has then
# closed its standard output.
after_peer_eof() {
	connected stdin out half_close wait
	[ ! -r "/proc/$PID/fd/1" ] ||
		wait_until test "/proc/$PID/fd/1" -ef "/proc/$PID/fd/2"
}

@test "fatal signals end sockcat after EOF from the peer, while stdin is open" {
	assert_signals_end after_peer_eof
}

@test "fatal signals end sockcat after EOF on stdin, while the peer is connected" {
	assert_signals_end connected /dev/null out wait
}

# serving ARGUMENT...: a listener with a client that does not read and one that
# floods a blocked standard output.
serving() {
	start_between /dev/zero full "$@" -lkU "$WORK/sock"
	start_actor silent silent "$WORK/sock" wait
	start_actor flood flood "$WORK/sock" send_lines 200000 2>/dev/null
	wait_log connected
	wait_log connected
	wait_until io_at_least '[rw]char' 20000
}

@test "fatal signals end a listener with active clients" {
	assert_signals_end serving
}

# send_mebibyte I: print the mebibyte of the file that has this number.
send_mebibyte() {
	tail -c +$(($1 * 1048576 + 1)) file | head -c 1048576
}

@test "SIGSTOP and SIGCONT do not disturb a transfer" {
	[ -r /proc/self/status ] || skip "no /proc"
	random_bytes 6M >file
	peer_listen echo
	open_stdin
	start bash -c 'exec "$@" <stdin' - "$SOCKCAT" 127.0.0.1 "$PORT"
	for ((i = 0; i < 6; i++)); do
		background send_mebibyte "$i" >stdin
		feeder=$!
		stop_process "$PID"
		continue_process "$PID"
		wait "$feeder"
	done
	close_stdin
	assert_exit 0 "$PID"
	cmp file out
}

@test "clients that connect while the listener is stopped are served later" {
	start_listener -k </dev/null
	save_log
	stop_process "$PID"
	"$CROWD" "$PORT" 100 say 20
	continue_process "$PID"
	wait_until line_count_is out 2000
}

# stop_for SECONDS: stop sockcat for this long.
stop_for() {
	stop_process "$PID"
	sleep "$1"
	continue_process "$PID"
}

@test "the time that sockcat was stopped does not make a -k client idle" {
	start_keep_open -w 1
	peer_start a send $'before\n' wait stay_open 300 send $'after\n' wait
	wait_until file_is out before
	stop_for 1.4
	peer_continue a
	wait_until file_is out $'before\nafter'
	terminate
}

@test "the time that sockcat was stopped does not make a -k client stalled" {
	start_listener -k -w 1 -O 256k </dev/zero
	peer_start a small_buffer wait read 4000000 wait
	wait_until io_at_least '[rw]char' 1048576
	wait_until waits_in_poll
	stop_for 1.4
	peer_continue a
	wait_until size_at_least a 4000000
	terminate
	run -1 grep "not sent" <(read_log)
}

# fill_signal_pipe: fill the pipe through which signals reach the poll loop
# with requests for totals. sockcat has no other pipe.
fill_signal_pipe() {
	local pipe

	pipe=$(find "/proc/$PID/fd" -lname 'pipe:*' | head -n 1)
	tr '\0' '\1' </dev/zero | dd of="$pipe" bs=4096 oflag=nonblock \
		conv=nocreat,notrunc 2>full.error || true
	grep -q "$(error_text EAGAIN)" full.error
}

@test "requests for totals that fill the pipe do not keep SIGTERM from ending sockcat" {
	[ -r /proc/self/status ] || skip "no /proc"
	start_listener -k </dev/null
	stop_process "$PID"
	fill_signal_pipe
	kill -TERM "$PID"
	continue_process "$PID"
	assert_exit 143 "$PID"
}

@test "a second signal ends sockcat if the first cannot be passed on" {
	local child

	require_commands strace
	# the first write is the -v line, the others those of signals
	start strace -o calls -e trace=write -e inject=write:error=EIO:when=2+ \
		"$SOCKCAT" -v -lk 127.0.0.1 0 </dev/null
	read_port
	child=$(<"/proc/$PID/task/$PID/children")
	kill -TERM "$child"
	wait_until grep -q EIO calls
	kill -TERM "$child"
	wait_until grep -q killed calls || kill -KILL "$child"
	assert_exit 143 "$PID"
}

@test "on a terminal, ^Z stops sockcat and fg continues it" {
	require_commands script
	hold_fifo keys
	peer_listen read 4 send $'yes\n' read_all
	background timeout 30 script -qec "bash -mc '$SOCKCAT 127.0.0.1 $PORT
		echo stopped; fg; echo ended'" /dev/null <keys >screen
	PID=$!
	printf 'one\n' >keys
	wait_until grep -q yes screen
	printf '\032' >keys
	wait_until grep -q stopped screen
	printf 'two\n' >keys
	wait_until grep -q two received
	printf '\004' >keys
	wait_until grep -q ended screen
	[ "$(<received)" = $'one\ntwo' ]
	assert_exit 0 "$PID"
}

@test "a signal that the caller ignores stays ignored" {
	local s

	for s in HUP INT TERM; do
		start bash -c "trap '' $s"'; exec "$@"' - "$SOCKCAT" -v -l \
			127.0.0.1 0 </dev/null
		read_port
		kill -"$s" "$PID"
		"$SOCKCAT" 127.0.0.1 "$PORT" <<<word
		assert_exit 0 "$PID"
		[ "$(<out)" = word ]
	done
}

@test "-w does not cancel an alarm that the caller has set" {
	require_commands perl
	require_fault_library
	peer_listen wait
	# the library resolves every name to 127.0.0.1
	for host in 127.0.0.1 a.name; do
		peer_listen wait
		background perl -e 'alarm 2; exec @ARGV' env \
			"FAULT=getaddrinfo:EAI_FAIL:0" \
			"LD_PRELOAD=$FAULT_LIBRARY" \
			"$SOCKCAT" -w 60 -d "$host" "$PORT"
		assert_exit 142 "$!"
		release_fifo peer.control
	done
}
