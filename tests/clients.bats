# Many clients at once, -k: no client may disturb another.
load helper

@test "all clients are served at once: what they send goes to stdout" {
	start_keep_open
	peer_start a wait send $'from a\n' wait
	peer_start b send $'from b\n' wait
	wait_until grep -q b out
	peer_continue a
	wait_until grep -q a out
	[ "$(<out)" = $'from b\nfrom a' ]
	terminate
}

@test "stdin is sent to every connected client" {
	start_keep_open
	peer_start a read 5
	peer_start b read 5
	wait_log connected
	wait_log connected
	send_stdin $'word\n'
	wait_peer a
	wait_peer b
	[ "$(<a)" = word ]
	[ "$(<b)" = word ]
	terminate
}

@test "stdin is not read while no client is connected" {
	start_keep_open
	send_stdin $'first\n'
	peer_start a read 6
	wait_peer a
	wait_log closed
	send_stdin $'second\n'
	peer_start b read 7
	wait_peer b
	[ "$(<a)" = first ]
	[ "$(<b)" = second ]
	terminate
}

@test "a client that half-closes is closed once its pending data has been sent" {
	random_bytes 3M >file
	start_listener -k <file
	peer_start a wait half_close wait read_all
	wait_log connected
	peer_continue a
	peer_continue a
	wait_peer a
	# all that was read from stdin before the half-close, without a gap
	cmp -n "$(wc -c <a)" file a
	terminate
}

@test "EOF on stdin half-closes the clients that have received data" {
	start_listener -k <<<word
	peer_connect read_all send $'thanks\n'
	[ "$(<received)" = word ]
	wait_until file_is out thanks
	terminate
}

@test "a client that connects after EOF on stdin can still send, and is not half-closed" {
	start_listener -k <<<word
	peer_connect read_all
	peer_connect keep_sending 3
	wait_until line_count_is out 3
	terminate
}

@test "with an empty stdin no client is half-closed" {
	start_listener -k </dev/null
	peer_connect keep_sending 15
	wait_until line_count_is out 15
	terminate
}

@test "the listener survives clients that reset, stay silent, or disconnect at once" {
	start_keep_open
	peer_start silent wait
	peer_start quick half_close read_all
	peer_connect send $'word\n' reset
	peer_connect
	peer_connect send $'last\n'
	wait_until grep -q last out
	wait_peer quick
	kill -0 "$PID"
	terminate
}

@test "a client that resets during a transfer does not affect the others" {
	random_bytes 3M >file
	start_keep_open
	peer_start a read 3145728
	peer_start b read 100000 reset
	wait_log connected
	wait_log connected
	cat file >stdin
	wait_peer a
	cmp file a
	terminate
}

@test "a client that stops reading is closed, and the others continue" {
	random_bytes 8M >file
	start_keep_open -w 5
	peer_start stuck small_buffer wait
	peer_start a read 8388608
	wait_log connected
	wait_log connected
	cat file >stdin
	wait_peer a
	cmp file a
	terminate
	run -0 read_log
	[[ $output =~ "sockcat: send to 127.0.0.1:"[0-9]+": $(error_text ETIMEDOUT); "[0-9]+" bytes read but not sent"(", "[0-9]+" sent but not acknowledged")? ]]
}

@test "-w closes only the idle client" {
	start_keep_open -w 4
	peer_start idle read_all
	peer_start a keep_sending 45
	wait_peer idle
	wait_peer a
	wait_until line_count_is out 45
	terminate
}

descriptors() {
	find "/proc/$PID/fd" -type l 2>/dev/null | wc -l
}

same_descriptors() {
	[ "$(descriptors)" -eq "$1" ]
}

@test "1000 short connections leak no descriptors" {
	local before

	start_listener -k </dev/null
	save_log
	before=$(descriptors)
	"$CROWD" "$PORT" 1000 pass
	peer_connect send $'last\n'
	wait_until file_is out last
	wait_until same_descriptors "$before"
	terminate
}

# serve_10000 KIB ARGUMENT...: 10,000 clients (or as many as the descriptor
# limit allows) send 20 lines each; the listener uses less than this much
# memory.
serve_10000() {
	local bound=$1 n

	shift
	n=$(($(ulimit -Hn) - 50))
	((n <= 10000)) || n=10000
	[ -z "$SANITIZED" ] || n=500
	start_listener -k "$@" </dev/null
	save_log
	"$CROWD" "$PORT" "$n" say 20
	wait_until line_count_is out $((n * 20))
	[ "$(sed 's/^127[^ ]* //' out | sort -u | wc -l)" -eq $((n * 20)) ]
	if [ -r "/proc/$PID/status" ] && [ -z "$SANITIZED" ]; then
		awk -v bound="$bound" '/VmHWM/ { exit !($2 < bound) }' \
			"/proc/$PID/status"
	fi
	terminate
}

@test "10,000 clients at once need at most 8 MiB of memory" {
	serve_10000 8192
}

@test "10,000 clients at once need at most 16 MiB with -L, and every line is whole" {
	serve_10000 16384 -L
	! grep -qvE '^127\.0\.0\.1:[0-9]+ client [0-9]+ line [0-9]+$' out
}

@test "100 clients at once receive every byte of stdin" {
	random_bytes 64M >file
	start_keep_open
	background "$CROWD" "$PORT" 100 hear file
	CROWD_PID=$!
	for ((i = 0; i < 100; i++)); do
		wait_log connected
	done
	cat file >stdin
	close_stdin
	assert_exit 0 "$CROWD_PID"
	terminate
}

@test "without free descriptors, new clients wait until another disconnects" {
	local c

	[ "$SANITIZED" != valgrind ] || skip "valgrind takes descriptors"
	open_stdin
	start bash -c 'ulimit -n 16; exec "$@"' - "$SOCKCAT" -lkv 127.0.0.1 0 \
		<stdin
	read_port
	for ((c = 0; c < 30; c++)); do
		peer_start "c$c" send $'word\n' wait
	done
	wait_log "cannot accept a client: "
	for ((c = 0; c < 30; c++)); do
		peer_continue "c$c"
	done
	wait_until line_count_is out 30
	terminate
}

@test "without free descriptors, sockcat does not busy-loop" {
	require_commands strace
	open_stdin
	start bash -c 'ulimit -n 8; exec "$@"' - strace -f -o calls \
		-e 'trace=/^p?poll$' "$SOCKCAT" -lkv 127.0.0.1 0 <stdin
	read_port
	for ((c = 0; c < 5; c++)); do
		peer_start "c$c" send $'word\n' wait
	done
	wait_log "cannot accept a client: "
	peer_start last keep_sending 1
	wait "${PEER_PID[last]}" || :
	[ "$(wc -l <calls)" -lt 50 ]
	pkill -P "$PID" -x sockcat || kill "$PID"
}

@test "-M leaves further clients in the backlog" {
	start_keep_open -M 1
	peer_start a send $'from a\n' wait
	wait_until grep -q a out
	peer_start b send $'from b\n'
	wait_peer b
	[ "$(<out)" = "from a" ]
	peer_continue a
	wait_until grep -q b out
	terminate
}

@test "-a accepts only clients from the given networks, and -v reports the others" {
	start "$SOCKCAT" -lkv -a 192.0.2.1,127.1.2.3/16 -a ::1/128 0 </dev/null
	read_port
	"$SOCKCAT" -s 127.1.9.9 127.0.0.1 "$PORT" <<<inside
	wait_until file_is out inside
	run "$SOCKCAT" -s 127.2.0.1 127.0.0.1 "$PORT" <<<outside
	wait_log "client 127.2.0.1:"
	"$SOCKCAT" ::1 "$PORT" <<<six
	wait_until file_is out $'inside\nsix'
	terminate
}

@test "-a takes networks of any prefix length and ignores host bits" {
	local net

	for net in 127.0.0.1 127.0.0.0/31 127.255.255.255/8 0.0.0.0/0 126.0.0.0/7 \
		127.0.0.1/32; do
		start_listener -a "$net" </dev/null
		"$SOCKCAT" 127.0.0.1 "$PORT" <<<"$net"
		assert_exit 0 "$PID"
		[ "$(<out)" = "$net" ]
	done
	for net in 127.0.0.2 127.0.0.2/31 128.0.0.0/1 ::/0 ::1 ::ffff:127.0.0.1; do
		start_listener -w 9 -a "$net" </dev/null
		run "$SOCKCAT" 127.0.0.1 "$PORT" <<<"$net"
		wait_log "rejected (not allowed by -a)"
		kill "$PID"
	done
}

@test "an invalid network is a usage error" {
	local net

	for net in 10.0.0.0/33 ::/129 10.0.0/8 10.0.0.0/ 10.0.0.0/-1 name '' \
		10.0.0.0/8x '1.2.3.4,'; do
		run -2 "$SOCKCAT" -l -a "$net" 0
		[[ $output = "sockcat: -a ${net##*,}"*": must be an address or a network such as 192.0.2.0/24; try 'sockcat -h'" ]]
	done
}

@test "-j forwards what a client sends to all the others, but not to itself" {
	start_keep_open -j
	peer_start a read 7 wait
	peer_start b read 7 wait
	wait_log connected
	wait_log connected
	peer_connect send $'from c\n' half_close read_all
	[ ! -s received ]
	wait_until file_is a "from c"
	wait_until file_is b "from c"
	send_stdin $'from stdin\n'
	wait_until file_is out "from c"
	terminate
}

@test "-L prints whole lines, each prefixed with its client's address" {
	start_keep_open -L
	peer_start a send 'one ' wait send $'two\n'
	peer_start b send $'three\nfour\n' wait
	wait_until grep -q four out
	peer_continue a
	wait_until grep -q two out
	run cat out
	[[ ${lines[0]} =~ ^127.0.0.1:[0-9]+" three"$ ]]
	[ "${lines[1]}" = "${lines[0]%three}four" ]
	[[ ${lines[2]} =~ ^127.0.0.1:[0-9]+" one two"$ ]]
	terminate
}

@test "-L completes a client's unfinished line when the client disconnects" {
	start_keep_open -L
	peer_connect send $'one\ntwo'
	wait_until grep -q two out
	[ "$(sed 's/^[^ ]* //' out)" = $'one\ntwo' ]
	peer_start a send $'more\nthree' wait
	wait_until grep -q more out # then sockcat has read "three" as well
	kill "$PID"
	assert_exit 143 "$PID"
	grep -q " three$" out
}

@test "-L splits a line of more than 64 KiB into labelled pieces" {
	start_keep_open -L
	head -c 150000 /dev/zero | tr '\0' x >line
	peer_connect send_file line send $'y\n'
	wait_until grep -q y out
	[ "$(wc -l <out)" -eq 3 ]
	[ "$(sed 's/^127[^ ]* //' out | awk '{ print length }')" = \
		$'65536\n65536\n18929' ]
	terminate
}

@test "-j with -L forwards whole, labelled lines" {
	start_keep_open -jL
	peer_start a read 1 read_all
	wait_log "connected"
	send_stdin 'our '
	peer_connect send $'from b\n'
	wait_until grep -q "from b" a
	send_stdin $'own\n'
	wait_until grep -q own a
	run cat a
	[[ ${lines[0]} =~ ^127.0.0.1:[0-9]+" from b"$ ]]
	[ "${lines[1]}" = "our own" ]
	grep -qx "${lines[0]}" out
	terminate
}

@test "without -k, -L prints whole lines without a label" {
	start_listener -L </dev/null
	peer_start a send 'one ' wait send $'two\nthree'
	wait_log connected
	peer_continue a
	assert_exit 0 "$PID"
	[ "$(<out)" = $'one two\nthree' ]
}

@test "when a signal ends the listener, its clients see EOF and no reset" {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		start_keep_open
		peer_start "${s%:*}" send $'word\n' read_all
		wait_until file_is out word
		kill -"${s%:*}" "$PID"
		assert_exit "${s#*:}" "$PID"
		wait_peer "${s%:*}"
		[[ $(read_log) = *"closed: received 5 bytes, sent 0 bytes" ]]
	done
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
		sleep 0.02
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

@test "with a slow stdout, a client that floods does not block a quiet client" {
	start_slow_stdout -B 16k </dev/null
	for name in a b c; do
		peer_start "$name" send_lines 100000000
	done
	wait_until test -s slow_out
	peer_connect send $'quiet\n'
	wait_until grep -aq quiet slow_out
	terminate
}

@test "with a slow stdout, clients that flood MiBs do not block a quiet client" {
	start_slow_stdout -I 1M </dev/null
	for name in a b c; do
		peer_start "$name" send_lines 100000000
	done
	wait_until test -s slow_out
	peer_connect send $'quiet\n'
	wait_until grep -aq quiet slow_out
	terminate
}

# start_crowd N ACTION...: start so many clients of PORT, which run until
# teardown. Returns once all are connected.
start_crowd() {
	local i

	hold_fifo crowd
	background "$CROWD" "$PORT" "$@" <crowd >crowd_out 2>/dev/null
	for ((i = 0; i < $1; i++)); do
		wait_log connected
	done
}

@test "with a slow stdout, 300 idle clients and floods do not block a quiet client" {
	start_slow_stdout -I 1M </dev/null
	start_crowd 300 stay
	for name in a b c; do
		peer_start "$name" send_lines 100000000
	done
	wait_until test -s slow_out
	peer_connect send $'quiet\n'
	wait_until grep -aq quiet slow_out
	terminate
}

# has_written BYTES: true if sockcat has written so much (or if there is no
# /proc to tell).
has_written() {
	[ ! -r "/proc/$PID/io" ] || awk -v n="$1" '
		/^wchar/ && $2 >= n { found = 1 }
		END { exit !found }' "/proc/$PID/io"
}

# start_filtered: start a listener with -k. What it prints, except for the lines
# of a flood, is in the file "others".
start_filtered() {
	hold_fifo lines
	background grep -a --line-buffered -v line <lines >others
	start bash -c 'exec "$@" >lines' - "$SOCKCAT" -v -lk 127.0.0.1 0
	read_port
}

@test "300 idle clients and floods do not block a quiet client" {
	start_filtered </dev/null
	start_crowd 300 stay
	peer_start quiet wait send $'\nquiet\n' wait
	for name in a b c; do
		peer_start "$name" send_lines 100000000
	done
	wait_until has_written 10000000
	peer_continue quiet
	wait_until grep -q quiet others
	terminate
}

@test "300 clients that flood do not block a quiet client" {
	start_filtered </dev/null
	peer_start quiet wait send $'\nquiet\n' wait
	start_crowd 300 say 100000000
	wait_until has_written 10000000
	peer_continue quiet
	wait_until grep -q quiet others
	terminate
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
	background cat file >stdin
	wait_peer a
	cmp file a
	terminate
}

@test "with -j, a flood on stdin does not block a client" {
	start_listener -kj </dev/zero
	peer_start a echo
	peer_start b send $'quiet\n' read_all
	wait_until grep -aq quiet out
	terminate
}

@test "a client that has disconnected takes at most one read of stdin" {
	random_bytes 3M >file
	start_listener -k <file
	kill -STOP "$PID"
	"$CROWD" "$PORT" 1 pass
	kill -CONT "$PID"
	wait_log closed
	peer_connect read 2097152
	cmp <(tail -c 2097152 file) received
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

@test "a line of exactly 64 KiB is not split" {
	start_keep_open -L
	{ head -c 65536 /dev/zero | tr '\0' x; printf '\nend\n'; } >bytes
	peer_connect send_file bytes
	wait_until grep -q end out
	line_count_is out 2
	terminate
}

@test "clients waiting to be read keep their turn when another disconnects" {
	local c n=0

	hold_fifo pipe
	start bash -c 'exec "$@" >pipe' - \
		"$SOCKCAT" -v -lk -I 208k -B 70000 127.0.0.1 0 </dev/null
	read_port
	kill -STOP "$PID"
	for c in a:3 x:1 b:2 c:2 d:2; do
		head -c $((70000 * ${c#*:})) /dev/zero | tr '\0' "${c%:*}" >bytes
		peer_connect send_file bytes
		wait_until closed_clients_is $((++n))
	done
	kill -CONT "$PID"
	head -c 700000 <pipe >received
	[ "$(tr -s abcdx <received)" = axbcdabcda ]
	terminate
}

# closed_clients_is N: true if the kernel has received everything from this
# many clients of PORT, and their FINs (or if there is no /proc to tell).
closed_clients_is() {
	[ ! -r /proc/net/tcp ] || match_count_is /proc/net/tcp \
		" ........:$(printf %04X "$PORT") ........:.... 08 " "$1"
}

@test "the answer of a program behind the listener reaches a client that has half-closed" {
	local n

	hold_fifo loop
	start bash -c 'exec "$@" <loop >loop' - "$SOCKCAT" -v -lk 127.0.0.1 0
	read_port
	for ((n = 1; n <= 5; n++)); do
		run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<"query $n"
		[ "$output" = "query $n" ]
	done
	terminate
}

@test "a half-closed client is closed once stdin has been silent; the others stay" {
	start_keep_open
	peer_start b read_all
	wait_log connected
	peer_connect half_close read_all
	send_stdin $'word\n'
	wait_until file_is b word
	terminate
	wait_peer b
}

@test "a half-closed client is closed at once when -M needs its place" {
	start_keep_open -M 1 -q 60
	peer_start a half_close read_all
	wait_log connected
	peer_start b send $'from b\n' read 5
	wait_peer a
	wait_until file_is out "from b"
	send_stdin $'to b\n'
	wait_peer b
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
		-I 1M 127.0.0.1 0
	read_port
	for name in a b; do
		peer_start "$name" send $'line\npartial' wait half_close read_all
		wait_log connected
		IFS= read -r -t 30 _ <full
	done
	peer_start flood wait send_lines 50000 half_close wait
	wait_log connected
	# one turn sees the EOFs, then the flood that blocks standard output
	kill -STOP "$PID"
	peer_continue a
	peer_continue b
	peer_continue flood
	peer_start next wait
	wait_until eofs_and_flood_arrived
	kill -CONT "$PID"
	wait_until has_written 60000
	wait_until grep -qE 'poll|^0$' "/proc/$PID/wchan"
	send_stdin $'word\n'
	wait_until file_is a word
	wait_until file_is b word
	terminate
}

@test "a client that reads a little now and then cannot hold up the others for ever" {
	random_bytes 8M >file
	start_keep_open -w 2 -O 4k
	peer_start slow small_buffer trickle
	peer_start a read 8388608
	wait_log connected
	wait_log connected
	background cat file >stdin
	wait_peer a
	cmp file a
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

# all_received_quickly: true if a client receives all of a file although -w is
# only 4 ms. On a busy machine that may take longer.
all_received_quickly() {
	start_listener -k -O 4k -w 0.004 <file
	background "$ACTOR" "$PORT" small_buffer read 65536 >received 2>/dev/null
	wait "$!" && cmp -s file received
}

@test "-w of a few milliseconds does not close a client at once" {
	[ "$SANITIZED" != valgrind ] || skip "valgrind is too slow for it"
	random_bytes 64k >file
	wait_until all_received_quickly
}

@test "-W prints the unfinished line at the end even if stdout is blocked" {
	awk 'BEGIN { for (i = 0; i < 8000; i++) print "line " i
		printf "unfinished" }' >bytes
	hold_fifo full
	start bash -c 'exec "$@" >full' - "$SOCKCAT" -v -lL -W 1 127.0.0.1 0 \
		</dev/null
	read_port
	kill -STOP "$PID"
	peer_start a send_file bytes wait
	wait_until all_sent "$(wc -c <bytes)"
	kill -CONT "$PID"
	wait_log connected
	head -c "$(wc -c <bytes)" <full >received
	cmp bytes received
	assert_exit 0 "$PID"
}

# all_sent BYTES: true if a connection to PORT has this many bytes to be read
# (or if there is no /proc to tell).
all_sent() {
	[ ! -r /proc/net/tcp ] || grep -q \
		":$(printf '%04X [^ ]* [^ ]* [^:]*:%08X ' "$PORT" "$1")" /proc/net/tcp
}

@test "keepalive is set on clients and on servers" {
	require_commands strace
	start strace -f -o calls -e trace=setsockopt,accept "$SOCKCAT" -v -l \
		127.0.0.1 0 </dev/null
	read_port
	run -0 timeout 30 strace -o theirs -e trace=setsockopt "$SOCKCAT" \
		127.0.0.1 "$PORT" <<<word
	assert_exit 0 "$PID"
	grep -q 'SO_KEEPALIVE, \[1\], 4) *= 0' theirs
	sed -n '/accept(.*= [0-9]/,$p' calls | grep -q 'SO_KEEPALIVE, \[1\], 4) *= 0'
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

@test "a client that disconnects before it is sent more causes no message" {
	start_keep_open
	peer_start a read 2
	wait_log connected
	send_stdin $'1\n'
	wait_peer a
	send_stdin $'2\n'
	wait_log " closed: "
	send_stdin $'3\n'
	kill "$PID"
	assert_exit 143 "$PID"
	run -1 grep "send to" <(read_log)
}
