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

@test "a client that has ended and closed is not told to have failed" {
	start_keep_open
	peer_connect send x
	wait_until file_is out x
	for i in 1 2 3; do
		send_stdin "$i"
		pause 0.1
	done
	terminate
	[[ $(read_log) != *"send to"* ]]
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

@test "a client that comes after EOF on stdin is half-closed once it is silent" {
	start_listener -k <<<word
	peer_connect read_all
	peer_connect read_all
	peer_connect read_all
	terminate
}

@test "-lk -q ends once stdin has ended and no client has been active" {
	start_listener -k -q 0.3 <<<word
	peer_connect read_all
	[ "$(<received)" = word ]
	assert_exit 0 "$PID"
}

# late_is_printed: a client comes after the end of stdin, and is silent for longer
# than -q, but not so long that it is half-closed. Another one keeps the listener.
late_is_printed() {
	start_listener -k -q 0.5 <<<word &&
		background sh -c 'while sleep 0.1; do echo talk; done |
			"$1" 127.0.0.1 "$2" >first' sh "$SOCKCAT" "$PORT" &&
		wait_until file_is first word &&
		peer_connect sleep 800 send $'late\n' half_close read_all &&
		terminate &&
		grep -q late out
}

@test "-lk -q does not close a client that it has not half-closed yet" {
	try_three_times late_is_printed
}

@test "-lk -q does not count the time of a slow reader of stdout" {
	head -c 400000 /dev/zero >file
	hold_fifo pipe
	start bash -c 'exec "$@" >pipe' - \
		"$SOCKCAT" -v -lk -q 0.5 127.0.0.1 0 <<<word
	read_port
	timeout 30 "$SOCKCAT" -N 127.0.0.1 "$PORT" <file
	pause 1
	head -c 400000 <pipe >received
	cmp file received
	assert_exit 0 "$PID"
}

@test "-lk -q sends the last line of stdin before it ends, also an unfinished one" {
	start_keep_open -j -L -q 0
	peer_start client read_all
	wait_log connected
	send_stdin unfinished
	close_stdin
	wait_peer client
	[ "$(<client)" = unfinished ]
	assert_exit 0 "$PID"
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
	file_reaches a
	terminate
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
# limit allows) send 5 lines each; the listener uses less than this much
# memory.
serve_10000() {
	local bound=$1 n

	shift
	n=$(($(ulimit -Hn) - 50))
	((n <= 10000)) || n=10000
	[ -z "$SANITIZED" ] || n=500
	start_listener -k "$@" </dev/null
	save_log
	"$CROWD" "$PORT" "$n" say 5
	wait_until line_count_is out $((n * 5))
	[ "$(sed 's/^127[^ ]* //' out | sort -u | wc -l)" -eq $((n * 5)) ]
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
	random_bytes 16M >file
	start_keep_open
	start_crowd 100 hear file
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
	wait_log "accept a client: "
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
	wait_log "accept a client: "
	peer_start last keep_sending 1
	wait "${PEER_PID[last]}" || :
	[ "$(wc -l <calls)" -lt 50 ]
	pkill -P "$PID" -x sockcat || kill "$PID"
}

@test "-M leaves further clients in the backlog" {
	start_keep_open -M 1
	peer_start a send $'from a\n' stay_open 500 wait
	wait_until grep -q a out
	peer_start b send $'from b\n'
	wait_peer b
	[ "$(<out)" = "from a" ]
	peer_continue a
	wait_peer a
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
	for net in 127.0.0.2 127.0.0.2/31 128.0.0.0/1 ::/0 ::1 ::ffff:127.0.0.2; do
		start_listener -w 60 -a "$net" </dev/null
		run "$SOCKCAT" 127.0.0.1 "$PORT" <<<"$net"
		wait_log "rejected (not allowed by -a)"
		kill "$PID"
	done
}

@test "an IPv4-mapped IPv6 address is the IPv4 address, in -a, -l, -s and hosts" {
	local net

	for net in ::ffff:127.0.0.1 ::ffff:127.0.0.0/104 ::ffff:0:0/96; do
		start "$SOCKCAT" -v -l -a "$net" ::ffff:127.0.0.1 0 </dev/null
		read_log_line
		[[ $LINE = "sockcat: listening on 127.0.0.1 port "* ]]
		"$SOCKCAT" -s ::ffff:127.0.0.1 ::ffff:127.0.0.1 "${LINE##* }" <<<"$net"
		assert_exit 0 "$PID"
		[ "$(<out)" = "$net" ]
	done
	run -2 "$SOCKCAT" -l -a ::ffff:0:0/95 0
}

@test "-M n,per limits the clients of one address" {
	start_listener -k -M 10,2 </dev/null
	peer_start one wait
	peer_start two wait
	wait_log connected
	wait_log connected
	run timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	wait_log "rejected (too many of this address, -M)"
	background "$SOCKCAT" -s 127.0.0.2 127.0.0.1 "$PORT" <<<other
	wait_log "client 127.0.0.2:"
	wait_until file_is out other
	wait_log closed
	peer_continue one
	wait_log closed
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<again
	wait_until file_is out $'other\nagain'
	wait_log closed
	peer_start three wait
	wait_log connected
	run timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	wait_log "rejected (too many of this address, -M)"
	terminate
}

@test "-M n,per takes the addresses of an IPv6 network of 64 bits for one" {
	need_namespace
	unshare -rmn ip -6 addr add fd00::1/64 dev lo 2>/dev/null ||
		skip "no IPv6"
	run -0 in_namespace '' '' "
		ip addr add fd00::1/64 dev lo nodad
		ip addr add fd00::ffff:0:0:2/64 dev lo nodad
		ip addr add fd00:0:0:1::1/64 dev lo nodad
		'$SOCKCAT' -vlkd -M 10,1 fd00::1 7000 2>log &
		until grep -q listening log; do sleep 0.02; done
		'$SOCKCAT' -d fd00::1 7000 &
		until grep -q connected log; do sleep 0.02; done
		for from in fd00:0:0:1::1 fd00::ffff:0:0:2; do
			'$SOCKCAT' -w 20 -s \$from fd00::1 7000 </dev/null
		done
		kill \$(jobs -p); wait"
	[ "$(grep -c connected log)" -eq 2 ]
	grep -q '^sockcat: client \[fd00::ffff:0:0:2\].* rejected' log
}

@test "an invalid network is a usage error" {
	local net

	for net in 10.0.0.0/33 ::/129 10.0.0/8 10.0.0.0/ 10.0.0.0/-1 a/b '' \
		10.0.0.0/8x '1.2.3.4,' '*' 10.0.0.1-9; do
		run -2 timeout 30 "$SOCKCAT" -l -a "$net" 0
		[[ $output = "sockcat: -a ${net##*,}"*": "*network* ]]
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

@test "-L adds no line feed to what stdin sends to clients" {
	open_stdin
	start_listener -k -L -i 0.01 <stdin
	peer_start client read_all
	wait_log connected
	send_stdin $'one\ntwo'
	close_stdin
	wait_peer client
	printf 'one\ntwo' | cmp - client
	terminate
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

@test "a client that has disconnected takes at most one read of stdin" {
	random_bytes 3M >file
	start_listener -k <file
	stop_process "$PID"
	"$CROWD" "$PORT" 1 pass
	continue_process "$PID"
	wait_log closed
	peer_connect read 2097152
	cmp <(tail -c 2097152 file) received
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
	stop_process "$PID"
	for c in a:3 x:1 b:2 c:2 d:2; do
		head -c $((70000 * ${c#*:})) /dev/zero | tr '\0' "${c%:*}" >bytes
		peer_connect send_file bytes
		wait_until closed_clients_is $((++n))
	done
	continue_process "$PID"
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

# served_by NETS: does a listener with -a NETS serve 127.0.0.1?
served_by() {
	start_listener -k -a "$1" </dev/null
	peer_start a read_all
	read_log_line
	kill "$PID"
	[[ $LINE == *" connected" ]]
}

@test "-a: the first network that has the address decides, !net is an exception" {
	served_by 127.0.0.1,!127.0.0.0/8
	run ! served_by !127.0.0.1,127.0.0.0/8
	served_by !192.0.2.1,127.0.0.0/8
	run ! served_by 192.0.2.1,!127.0.0.0/8
}

@test "-a: a list that begins with an exception allows the rest" {
	served_by !192.0.2.0/24
	run ! served_by !127.0.0.0/8
	run ! served_by 192.0.2.0/24,!192.0.2.1
}

@test "-a takes names, which are looked up at the start" {
	served_by localhost
	run ! served_by !localhost
	run -2 "$SOCKCAT" -l -n -a localhost 0
	run -1 "$SOCKCAT" -l -a nobody.invalid 0
	[[ $output == "sockcat: resolve nobody.invalid"* ]]
}

# lists LINE...: the list of allowed clients is made anew, as one should: under
# another name, then renamed.
lists() {
	printf '%s\n' "$@" >new
	mv new list
}

# serves OPTION...: does the listener on PORT write what we send? It may serve
# us already, or not yet.
serves() {
	: >out
	run timeout 30 "$SOCKCAT" "$@" 127.0.0.1 "$PORT" <<<word
	[ -s out ]
}

@test "-a @file: one item a line, with comments" {
	lists '# friends' '' ' 127.0.0.1 # we' '192.0.2.0/24'
	served_by @list
	lists '!127.0.0.1'
	run ! served_by @list
	lists '!192.0.2.1'
	served_by @list
	printf '127.0.0.1\r\n' >list
	served_by @list
	printf 'localhost' >list
	served_by @list
	run ! served_by !127.0.0.1,@list
	served_by @list,!127.0.0.1
}

@test "-a with an empty file serves nobody" {
	: >list
	run ! served_by @list
	served_by @list,127.0.0.1
}

@test "-a @file may be a pipe, which is read once" {
	mkfifo list
	background bash -c 'echo 127.0.0.1 >list'
	served_by @list
}

@test "-a @file is read again when it changes" {
	lists 192.0.2.1
	start_listener -k -a @list </dev/null
	run ! serves
	lists 127.0.0.1
	wait_until serves
	lists 192.0.2.1
	wait_until eval '! serves'
	terminate
}

# rejected N: is a further sender the Nth that was rejected, or a later one?
rejected() {
	serves -uq 0
	match_count_at_least saved_log rejected "$1"
}

@test "-a @file is read again with -u, too, and there for each datagram" {
	lists 192.0.2.1
	start_listener -uk -a @list </dev/null
	save_log
	wait_until rejected 1
	lists 127.0.0.1
	wait_until serves -uq 0
	lists 192.0.2.1
	wait_until rejected "$(($(grep -c rejected saved_log) + 1))"
	terminate
}

# reported TEXT: a client that is served makes the listener look at the list.
reported() {
	serves
	grep -q "$1" saved_log
}

@test "-a @file: a wrong line keeps the old list, and is reported once" {
	lists 127.0.0.1
	start_listener -k -a @list </dev/null
	save_log
	lists 192.0.2.1 '192.0.2.0/33'
	wait_until reported "line 2"
	mv list gone
	wait_until reported "$(error_text ENOENT)"
	echo nobody.invalid >gone
	mv gone list
	wait_until reported "cannot be looked up"
	pause 0.6
	serves
	[ "$(grep 'sockcat: -a' saved_log)" = "\
sockcat: -a @list: line 2: 192.0.2.0/33: must be an address, a name or a network such as 192.0.2.0/24; the old list stays
sockcat: -a @list: $(error_text ENOENT); the old list stays
sockcat: -a @list: line 1: nobody.invalid: cannot be looked up; the old list stays" ]
	terminate
}

@test "-a @file that is wrong at the start ends the listener, which says where" {
	run -3 "$SOCKCAT" -l --allow @missing 0
	[ "$output" = "sockcat: --allow @missing: $(error_text ENOENT)" ]
	lists 127.0.0.1 @other
	run -2 "$SOCKCAT" -l -a @list 0
	[ "$output" = "sockcat: -a @list: line 2: @other: must be an address, a name or a network such as 192.0.2.0/24" ]
	lists nobody.invalid
	run -1 "$SOCKCAT" -l -a @list 0
	[[ $output == *"-a @list: line 1: nobody.invalid: cannot be looked up" ]]
	run -2 "$SOCKCAT" -n -l -a @list 0
}

@test "-a: what to type instead of a path, or of !@file" {
	lists 127.0.0.1
	run -2 "$SOCKCAT" -l -a ./list 0
	[ "$output" = "sockcat: -a ./list: use @./list for the networks in a file" ]
	run -2 "$SOCKCAT" -l --allow '!@list' 0
	[ "$output" = "sockcat: --allow !@list: use @list, with ! before its lines" ]
}
