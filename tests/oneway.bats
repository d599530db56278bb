# While one direction is quiet, full or over, the other one passes each byte as
# it comes, and then its end: as a client and as a server, without an option.
# Netcats differ in these twelve cells.
load helper

ONES=1111111111

# start_as ROLE OUTPUT STEP...: start sockcat as "client" or "server", with the
# FIFOs "stdin" and OUTPUT, and its peer, which writes to the file "received".
start_as() {
	local run=(bash -c 'exec "${@:2}" <stdin >"$1"' - "$2" "$SOCKCAT" -v)

	if [ "$1" = client ]; then
		peer_listen "${@:3}"
		start "${run[@]}" 127.0.0.1 "$PORT"
	else
		start "${run[@]}" -l 127.0.0.1 0
		read_port
		start_actor peer received "$PORT" "${@:3}"
	fi
	wait_log connected
}

# start_printing ROLE STEP...: the same; what is printed goes through a pipe to
# the file "printed". READER ends with that pipe.
start_printing() {
	open_stdin
	hold_fifo output
	background cat <output >printed
	READER=$!
	start_as "$1" output "${@:2}"
	release_fifo output
}

# The steps of a peer that sends byte after byte, each once it is told to.
SAYS=()
for ((i = 0; i < ${#ONES}; i++)); do
	SAYS+=(wait send 1)
done

# passes_in: the peer's bytes are printed one by one, then the pipe ends.
passes_in() {
	local i

	for ((i = 1; i <= ${#ONES}; i++)); do
		peer_continue
		wait_until size_at_least printed "$i"
	done
	peer_continue
	assert_exit 0 "$READER"
	[ "$(<printed)" = "$ONES" ]
}

# passes_out: those of stdin are received one by one, then an end.
passes_out() {
	local i

	for ((i = 1; i <= ${#ONES}; i++)); do
		send_stdin 1
		wait_until size_at_least received "$i"
	done
	close_stdin
	wait_peer
	[ "$(<received)" = "$ONES" ]
}

# long: a time after which one might give up.
long() {
	pause 1.2
}

in_beside_quiet() {
	start_printing "$1" "${SAYS[@]}" wait half_close read_all
	long
	passes_in
	close_stdin
	wait_peer
	assert_exit 0 "$PID"
}

out_beside_quiet() {
	start_printing "$1" read_all half_close
	long
	passes_out
	assert_exit 0 "$PID"
}

in_beside_full() {
	start_printing "$1" small_buffer "${SAYS[@]}" wait half_close wait
	background cat /dev/zero >stdin
	wait_until io_at_least rchar 100000
	passes_in
	terminate
}

out_beside_full() {
	open_stdin
	hold_fifo output
	start_as "$1" output fill read_all
	wait_until io_at_least wchar 50000
	passes_out
	terminate
}

in_after_end() {
	start_printing "$1" "${SAYS[@]}" wait half_close read_all
	close_stdin
	long
	passes_in
	wait_peer
	assert_exit 0 "$PID"
}

out_after_end() {
	start_printing "$1" half_close read_all
	assert_exit 0 "$READER"
	long
	passes_out
	assert_exit 0 "$PID"
}

@test "a client passes what it receives while stdin is quiet" {
	in_beside_quiet client
}

@test "a server passes what it receives while stdin is quiet" {
	in_beside_quiet server
}

@test "a client passes what it receives while its peer does not read" {
	in_beside_full client
}

@test "a server passes what it receives while its peer does not read" {
	in_beside_full server
}

@test "a client passes what it receives after the end of stdin" {
	in_after_end client
}

@test "a server passes what it receives after the end of stdin" {
	in_after_end server
}

@test "a client sends stdin while its peer is quiet" {
	out_beside_quiet client
}

@test "a server sends stdin while its peer is quiet" {
	out_beside_quiet server
}

@test "a client sends stdin while nobody reads stdout" {
	out_beside_full client
}

@test "a server sends stdin while nobody reads stdout" {
	out_beside_full server
}

@test "a client sends stdin after the peer's end" {
	out_after_end client
}

@test "a server sends stdin after the peer's end" {
	out_after_end server
}
