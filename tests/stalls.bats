# Clients and a standard output that read slowly or not at all, with -k.
load helper

@test "a client that stops reading is closed, and the others continue" {
	random_bytes 8M >file
	start_keep_open -w 5
	peer_start stuck small_buffer wait
	peer_start a read 8388608
	wait_log connected
	wait_log connected
	file_reaches a
	terminate
	run -0 read_log
	[[ $output =~ "sockcat: send to 127.0.0.1:"[0-9]+": $(error_text ETIMEDOUT); "[0-9]+" bytes read but not sent"(", "[0-9]+" sent but not acknowledged")? ]]
}

@test "when the reader of stdout exits, the listener ends with exit status 3" {
	hold_fifo pipe
	open_stdin
	background "$SOCKCAT" -v -lk 127.0.0.1 0 <stdin >pipe 2>err
	PID=$!
	wait_until grep -q listening err
	release_fifo pipe
	assert_exit 3 "$PID"
}

# slow_reader FILE: copy standard input to the file, at about 3 MB/s.
slow_reader() {
	while head -c 65536 >>"$1" && [ -e reading ]; do
		pause 0.02
	done
}

# start_slow_stdout ARGUMENT...: start a listener with -k whose standard output
# is read slowly.
start_slow_stdout() {
	touch reading
	hold_fifo slow
	background slow_reader slow_out <slow
	start bash -c 'exec "$@" >slow' - "$SOCKCAT" -v -lk "$@" 127.0.0.1 0
	read_port
}

# start_floods: start three clients that send without end.
start_floods() {
	local name

	for name in a b c; do
		peer_start "$name" send_lines 100000000
	done
}

# quiet_beside_floods: beside clients that flood the slow standard output,
# another client's line is printed.
quiet_beside_floods() {
	start_floods
	wait_until test -s slow_out
	peer_connect send $'quiet\n'
	wait_until grep -aq quiet slow_out
	terminate
}

@test "with a slow stdout, a client that floods does not block a quiet client" {
	start_slow_stdout -B 16k </dev/null
	quiet_beside_floods
}

@test "with a slow stdout, clients that flood MiBs do not block a quiet client" {
	start_slow_stdout -I 1M </dev/null
	quiet_beside_floods
}

@test "with a slow stdout, 300 idle clients and floods do not block a quiet client" {
	start_slow_stdout -I 1M </dev/null
	start_crowd 300 stay
	quiet_beside_floods
}

# start_filtered: start a listener with -k. What it prints, except for the lines
# of a flood, is in the file "others".
start_filtered() {
	hold_fifo lines
	background grep -a --line-buffered -v line <lines >others
	start bash -c 'exec "$@" >lines' - "$SOCKCAT" -v -lk 127.0.0.1 0
	read_port
}

# quiet_is_printed: while the floods last, the line that the client "quiet"
# then sends is printed.
quiet_is_printed() {
	wait_until io_at_least wchar 3000000
	peer_continue quiet
	wait_until grep -q quiet others
	terminate
}

@test "300 idle clients and floods do not block a quiet client" {
	start_filtered </dev/null
	start_crowd 300 stay
	peer_start quiet wait send $'\nquiet\n' wait
	start_floods
	quiet_is_printed
}

@test "300 clients that flood do not block a quiet client" {
	start_filtered </dev/null
	peer_start quiet wait send $'\nquiet\n' wait
	start_crowd 300 say 100000000
	quiet_is_printed
}

@test "a stalled client is closed although another client floods" {
	start_slow_stdout -w 1 </dev/zero
	peer_start a echo
	peer_start stuck small_buffer wait
	wait_log "bytes read but not sent"
	terminate
}

@test "a client that reads slowly but steadily is not closed as stalled" {
	random_bytes 6M >file
	start_keep_open -w 4 -O 256k
	peer_start a read_slowly 250 read 5267456
	wait_log connected
	file_reaches a
	terminate
}

@test "with -j, a flood on stdin does not block a client" {
	start_listener -kj </dev/zero
	peer_start a echo
	peer_start b send $'quiet\n' read_all
	wait_until grep -aq quiet out
	terminate
}

@test "what a client sent is printed even if it is closed for stalling" {
	start_listener -kL -w 1 </dev/zero
	peer_start stuck small_buffer send last wait
	wait_log "bytes read but not sent"
	terminate
	[ "$(sed 's/^[^ ]* //' out)" = last ]
}

@test "a signal ends the listener even if stdout is blocked and lines are unfinished" {
	hold_fifo full
	start bash -c 'exec "$@" >full' - "$SOCKCAT" -v -lkL 127.0.0.1 0 \
		</dev/null
	read_port
	peer_start a send unfinished wait
	peer_start b send_lines 1000000
	wait_log connected
	wait_log connected
	terminate
}

@test "clients that disconnect with an unfinished line cannot end the listener" {
	[ "$SANITIZED" != valgrind ] || skip "valgrind takes descriptors"
	hold_fifo full
	start bash -c 'ulimit -n 32; exec "$@" >full' - \
		"$SOCKCAT" -v -lkL 127.0.0.1 0 </dev/null
	read_port
	peer_start flood send_lines 50000
	for ((c = 0; c < 60; c++)); do
		peer_connect send unfinished || :
	done
	background cat <full >out
	wait_until match_count_at_least out unfinished 60
	terminate
}

# eofs_and_flood_arrived: true if two clients have half-closed, and a third has
# sent more than a pipe holds.
eofs_and_flood_arrived() {
	awk -v at=":$(printf %04X "$PORT")" '
		$2 ~ at "$" && $4 == "08" { eofs++ }
		$2 ~ at "$" && $5 > "00000000:00018000" { flood = 1 }
		END { exit eofs < 2 || !flood }' /proc/net/tcp
}

@test "half-closed clients whose partial line is not yet printed keep their place" {
	[ -r /proc/self/wchan ] || skip "no /proc"
	hold_fifo full
	open_stdin
	start bash -c 'exec "$@" <stdin >full' - "$SOCKCAT" -v -lkL -M 3 \
		-I 1M -q 60 127.0.0.1 0
	read_port
	for name in a b; do
		peer_start "$name" send $'line\npartial' wait half_close read_all
		wait_log connected
		IFS= read -r -t 30 _ <full
	done
	peer_start flood wait send_lines 50000 half_close wait
	wait_log connected
	# one turn sees the EOFs, then the flood that blocks standard output
	stop_process "$PID"
	peer_continue a
	peer_continue b
	peer_continue flood
	peer_start next wait
	wait_until eofs_and_flood_arrived
	continue_process "$PID"
	wait_until io_at_least wchar 60000
	wait_until waits_in poll "$PID"
	send_stdin $'word\n'
	wait_until file_is a word
	wait_until file_is b word
	terminate
}

# has_read_stdin BYTES: true if sockcat has read this much of the file that is its
# standard input (or if there is no /proc to tell). A checker reads other files.
has_read_stdin() {
	[ ! -r "/proc/$PID/fdinfo/0" ] || awk -v n="$1" '
		/^pos:/ && $2 >= n { found = 1 }
		END { exit !found }' "/proc/$PID/fdinfo/0"
}

@test "what a peer does not take after the end is given up after ten seconds" {
	local began

	peer_listen small_buffer wait send x wait
	head -c 1M /dev/zero >file
	start "$SOCKCAT" -W 1 -O 64k 127.0.0.1 "$PORT" <file
	wait_until has_read_stdin 100000
	wait_until waits_in poll "$PID"
	began=$SECONDS
	peer_continue
	assert_exit 1 "$PID"
	[ "$((SECONDS - began))" -lt 30 ]
	[[ $(read_log) = *"$(error_text ETIMEDOUT); "*" bytes read but not sent"* ]]
}

@test "a client that reads a little now and then cannot hold up the others for ever" {
	random_bytes 8M >file
	start_keep_open -w 2 -O 4k
	peer_start slow small_buffer trickle
	peer_start a read 8388608
	wait_log connected
	wait_log connected
	file_reaches a
	terminate
	[[ $(read_log) = *"sockcat: send to 127.0.0.1:"*"$(error_text ETIMEDOUT); "*" bytes read but not sent"* ]]
}

@test "the connection of a stalled client is reset, so that it does not take the end for EOF" {
	random_bytes 8M >file
	start_keep_open -w 1
	peer_start stuck small_buffer wait read_all 2>stuck_log
	wait_log connected
	background cat file >stdin
	wait_log "bytes read but not sent"
	wait_log closed
	peer_continue stuck
	assert_exit 1 "${PEER_PID[stuck]}"
	terminate
}

@test "-W with -L ends with the last line that it counts, also if stdout is blocked" {
	awk 'BEGIN { for (i = 0; i < 9000; i++) print "line " i }' >bytes
	hold_fifo full
	start bash -c 'exec "$@" >full' - "$SOCKCAT" -v -lL -W 8000 127.0.0.1 0 \
		</dev/null
	read_port
	stop_process "$PID"
	peer_start a send_file bytes wait
	wait_until all_sent "$(wc -c <bytes)"
	continue_process "$PID"
	wait_log connected
	head -n 8000 bytes >counted
	head -c "$(wc -c <counted)" <full >received
	cmp counted received
	assert_exit 0 "$PID"
}

# all_sent BYTES: true if a connection to PORT has this many bytes to be read
# (or if there is no /proc to tell).
all_sent() {
	[ ! -r /proc/net/tcp ] || grep -q \
		":$(printf '%04X [^ ]* [^ ]* [^:]*:%08X ' "$PORT" "$1")" /proc/net/tcp
}

@test "a listener ends if stdout fails when a client leaves an unfinished line" {
	[ -c /dev/full ] || skip "no /dev/full"
	start bash -c 'exec "$@" >/dev/full' - "$SOCKCAT" -v -lkL 127.0.0.1 0 \
		</dev/null
	read_port
	peer_start idle wait
	wait_log connected
	peer_connect send unfinished
	assert_exit 3 "$PID"
}
