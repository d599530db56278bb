# Whatever state one direction is in, the data of the other arrives whole and
# sockcat ends. There are 12 states, each as a client and as a server.
load helper

# with_stdio IN OUT COMMAND...: become the command, with these files or
# "closed" as stdin and stdout.
with_stdio() {
	local in=$1 out=$2

	shift 2
	[ "$out" = closed ] && exec >&- || exec >"$out"
	[ "$in" = closed ] && exec <&- || exec <"$in"
	exec "$@"
}

# exchange IN OUT STEP...: start a sockcat as a client or a server, as ROLE
# says, with the options QUIT, and the peer of these steps. Sets PID.
exchange() {
	local in=$1 out=$2

	shift 2
	rm -f received relayed
	if [ "$ROLE" = client ]; then
		peer_listen "$@"
		start with_stdio "$in" "$out" "$SOCKCAT" "${QUIT[@]}" \
			127.0.0.1 "$PORT"
		return
	fi
	start with_stdio "$in" "$out" "$SOCKCAT" -v -l "${QUIT[@]}" 127.0.0.1 0
	read_port
	start_actor peer received "$PORT" "$@"
}

# receives IN: what the peer sends is printed whole, whatever stdin is.
receives() {
	exchange "$1" relayed send_file file half_close wait
	wait_until cmp -s file relayed
	if [ "$1" = /dev/zero ]; then
		peer_continue # its end is a reset: it has not read all
		assert_exit 1 "$PID"
	else
		assert_exit 0 "$PID"
		peer_continue
	fi
	cmp file relayed
}

# sends OUT STEP...: stdin reaches the peer whole, whatever the peer sends and
# whatever stdout is.
sends() {
	exchange file "$@"
	assert_exit 0 "$PID"
	wait_peer
	cmp file received
}

# sends_late: the peer ends first; what stdin sends after a pause of more than
# a second still reaches it.
sends_late() {
	open_stdin
	exchange stdin relayed send bye half_close read_all
	wait_until file_is relayed bye
	run timeout 5 tail --pid="$PID" -f /dev/null
	kill -0 "$PID" 2>/dev/null || return
	send_stdin late
	close_stdin
	assert_exit 0 "$PID"
	wait_peer
	file_is received late
}

# eleven_states: all but the last.
eleven_states() {
	local in

	random_bytes 300k >file
	: >empty
	echo word >word
	open_stdin
	for in in closed /dev/null empty word stdin /dev/zero; do
		receives "$in"
	done
	sends relayed read_all
	sends relayed half_close read_all
	sends relayed send bye half_close read_all
	sends relayed send_lines 20000 read_all
	sends closed send bye read_all
}

@test "a client relays all data in eleven states of the other direction, and quits" {
	ROLE=client QUIT=()
	eleven_states
	run ! sends_late # a second of silence is the limit
}

@test "a server relays all data in eleven states of the other direction, and quits" {
	ROLE=server QUIT=()
	eleven_states
	run ! sends_late
}

@test "with a long -q, data is relayed also after a long pause" {
	QUIT=(-q 20)
	for ROLE in client server; do
		sends_late
	done
}

@test "with a long -q, data is relayed in all other states too" {
	QUIT=(-q "${SANITIZED:+1}2.5") # 12.5 under a checker
	for ROLE in client server; do
		eleven_states
	done
}

@test "two relays in one loop pass on their own data, and end alone" {
	timeout 10 "$ROOT/tests/build/relays"
}
