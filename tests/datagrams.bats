# UDP datagrams, -u: one sender or many.
load helper

@test "a late answer is printed; -q quits after silence" {
	peer_listen_udp read 6 sleep 300 send $'answer\n'
	run -0 timeout 30 "$SOCKCAT" -u -q 5 127.0.0.1 "$PORT" <<<query
	[ "$output" = answer ]
	[ "$(<received)" = query ]
}

@test "-q 0 sends stdin and quits" {
	peer_listen_udp read 6
	run -0 timeout 30 "$SOCKCAT" -u -q 0 127.0.0.1 "$PORT" <<<query
	wait_peer
	[ "$(<received)" = query ]
}

@test "a refused datagram is an error with exit status 1" {
	PORT=$(free_port)
	run -1 timeout 30 "$SOCKCAT" -4 -u 127.0.0.1 "$PORT" <<<query
	[[ $output = "sockcat: "*" 127.0.0.1 port $PORT: Connection refused"* ]]
	[ "${#lines[@]}" -eq 1 ]
}

@test "localhost reaches a server on either family, and nothing sent is lost" {
	peer_listen_udp read 12 send $'yes\n'
	{ echo first; echo other; } >input
	run -0 timeout 30 "$SOCKCAT" -u -L -W 1 -q 20 localhost "$PORT" <input
	[ "$output" = yes ]
	[ "$(<received)" = $'first\nother' ]
	start "$SOCKCAT" -6 -vlu -W 1 ::1 0 <<<answer
	read_port
	run -0 timeout 30 "$SOCKCAT" -u localhost "$PORT" <<<query
	assert_exit 0 "$PID"
	[ "$(<out)" = query ]
}

@test "a listener answers its first sender and ignores the others" {
	open_stdin
	start_listener -u <stdin
	peer_start_udp a send $'one\n' read 7 send $'two\n'
	wait_log connected
	wait_until file_is out one
	peer_connect_udp send $'other\n'
	send_stdin $'answer\n'
	wait_peer a
	wait_until file_is out $'one\ntwo'
	[ "$(<a)" = answer ]
	kill "$PID"
}

@test "-k receives from all senders, and sends stdin to all of them" {
	start_keep_open -u
	for ((i = 0; i < 50; i++)); do
		peer_start_udp "c$i" send "$i"$'\n' read 7
	done
	for ((i = 0; i < 50; i++)); do
		wait_log connected
	done
	wait_until line_count_is out 50
	send_stdin $'answer\n'
	for ((i = 0; i < 50; i++)); do
		wait_peer "c$i"
		[ "$(<"c$i")" = answer ]
	done
	kill "$PID"
}

# max_burst: print how many small datagrams fit into the largest receive
# buffer. The kernel doubles its size, and counts 832 bytes for each datagram.
max_burst() {
	echo $(($(cat /proc/sys/net/core/rmem_max 2>/dev/null || echo 0) / 420))
}

@test "9,000 senders need at most 1 KiB each, and -w removes them" {
	local n=9000 rss

	((n < $(ulimit -Hn) - 50)) || n=$(($(ulimit -Hn) - 50))
	[ -z "$SANITIZED" ] || n=500
	(($(max_burst) >= n)) || skip "the receive buffer is too small"
	# a file, because a pipe may be full when they all are removed
	start bash -c 'exec "$@" 2>saved_log' - \
		"$SOCKCAT" -v -luk -w 2 127.0.0.1 0 </dev/null
	wait_until grep -q listening saved_log
	PORT=$(sed -n 's/.*listening.* port //p' saved_log)
	"$CROWD" -u "$PORT" "$n" say 1
	wait_until line_count_is out "$n"
	if [ -r "/proc/$PID/status" ] && [ -z "$SANITIZED" ]; then
		rss=$(awk '/VmHWM/ { print $2 }' "/proc/$PID/status")
		[ "$rss" -lt $((4096 + n)) ]
	fi
	wait_until match_count_is saved_log ' closed: ' "$n"
	kill "$PID"
}

@test "datagrams of every size arrive whole, each printed with one write" {
	local n

	require_commands strace
	for n in 1 1400 9000 65507; do
		random_bytes "$n" >file
		start strace -o calls -e trace=write "$SOCKCAT" -vlu -W 1 \
			127.0.0.1 0 </dev/null
		read_port
		timeout 30 "$SOCKCAT" -u -q 0 -B 65507 127.0.0.1 "$PORT" <file
		assert_exit 0 "$PID"
		cmp file out
		[ "$(grep -c '^write(1,' calls)" -eq 1 ]
	done
}

@test "a datagram that is too long is reported, not truncated" {
	start_listener -u </dev/null
	random_bytes 65508 >file
	run -1 timeout 30 "$SOCKCAT" -u -B 65508 127.0.0.1 "$PORT" <file
	[ "$output" = "sockcat: send to 127.0.0.1 port $PORT: Message too long; 65508 bytes read but not sent" ] ||
		[[ $output = *"essage too l"* ]]
	kill "$PID"
	[ ! -s out ]
}

@test "each read becomes one datagram, of at most 1400 bytes unless -B is given" {
	require_commands strace
	random_bytes 3000 >file
	peer_listen_udp read 1400 read 1400 read 200
	timeout 30 strace -o calls -e trace=network "$SOCKCAT" -u -q 0 \
		127.0.0.1 "$PORT" <file
	[ "$(sed -n 's/^send.* = //p' calls)" = $'1400\n1400\n200' ]
	wait_peer
	cmp file received
}

@test "-L sends each line as a datagram" {
	require_commands strace
	peer_listen_udp read 4 read 5 read 3
	printf 'one\nthree\nend' >input
	timeout 30 strace -o calls -e trace=network "$SOCKCAT" -u -L -q 0 \
		127.0.0.1 "$PORT" <input
	[ "$(sed -n 's/^send.* = //p' calls)" = $'4\n6\n3' ]
}

@test "-m sends each message as a datagram, without a line feed" {
	require_commands strace
	start_listener -u -m </dev/null
	printf 'One.\n Two\nthree. End ^ not this.' >input
	timeout 30 strace -o calls -e trace=network "$SOCKCAT" -u -m \
		127.0.0.1 "$PORT" <input
	assert_exit 0 "$PID"
	[ "$(<out)" = $'One.\nTwo three.\nEnd' ]
	grep -qF '"One."' calls
	grep -qF '"Two\nthree."' calls
	grep -qF '"End ^"' calls
}

@test "the end of a datagram also ends the message" {
	start_listener -u -m -W 3 </dev/null
	peer_connect_udp send 'One' send 'Two. Three'
	assert_exit 0 "$PID"
	[ "$(<out)" = $'One\nTwo.\nThree' ]
}

@test "a message too long for a datagram is an error" {
	start_listener -u -m -w 2 </dev/null
	{ head -c 65507 /dev/zero | tr '\0' x; printf .; } >input
	run -1 timeout 30 "$SOCKCAT" -u -m 127.0.0.1 "$PORT" <input
	[[ $output = *"Message too l"* ]]
	{ head -c 70000 /dev/zero | tr '\0' x; printf .; } >input
	run -1 timeout 30 "$SOCKCAT" -u -m 127.0.0.1 "$PORT" <input
	[ "$output" = "sockcat: send to 127.0.0.1 port $PORT: $(error_text EMSGSIZE)" ]
	[ ! -s out ]
}

@test "-L labels each sender's lines, and -j forwards them" {
	start_listener -ukjL </dev/null
	peer_start_udp a send first read_all
	wait_log connected
	peer_connect_udp send $'one\ntwo'
	wait_until grep -q two out
	[ "$(sed 's/^127.0.0.1:[0-9]* //' out)" = $'first\none\ntwo' ]
	wait_until grep -q one a
	kill "$PID"
}

# rejects_sender OPTIONS: a sender that -a does not allow is rejected, the next
# one is accepted.
rejects_sender() {
	start_listener "$1" -a 127.0.0.2 </dev/null
	peer_connect_udp send $'one\n'
	wait_log "rejected (not allowed by -a)"
	"$SOCKCAT" -u -q 0 -s 127.0.0.2 127.0.0.1 "$PORT" <<<two
	wait_until file_is out two
	kill "$PID"
}

@test "without -k the first sender that -a allows becomes the peer" {
	rejects_sender -u
}

@test "-a and -M reject senders" {
	rejects_sender -uk
	start_listener -uk -M 1 </dev/null
	peer_connect_udp send $'one\n'
	wait_log connected
	peer_connect_udp send $'two\n'
	wait_log "rejected: too many clients (-M)"
	file_is out one
	kill "$PID"
}

@test "-M n,per limits the senders of one address" {
	start_listener -uk -M 10,1 </dev/null
	peer_connect_udp send $'one\n'
	wait_log connected
	peer_connect_udp send $'two\n'
	wait_log "rejected: too many of this address (-M)"
	"$SOCKCAT" -u -q 0 -s 127.0.0.2 127.0.0.1 "$PORT" <<<three
	wait_until file_is out $'one\nthree'
	kill "$PID"
}

@test "-w ends a listener: exit status 4 without a sender, 0 with one" {
	run -4 timeout 30 "$SOCKCAT" -lu -w 0.2 127.0.0.1 0 </dev/null
	start_listener -u -w 5 </dev/null
	peer_connect_udp send word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

@test "100,000 small datagrams are all received" {
	local n=5000 i

	(($(max_burst) >= n)) || skip "the receive buffer is too small"
	[ -z "$SANITIZED" ] || n=100
	start_listener -uk </dev/null
	for ((i = 1; i <= 20; i++)); do
		peer_connect_udp send_datagrams "$n"
		wait_until line_count_is out $((i * n))
	done
	kill "$PID"
}

@test "sockcat and nc.openbsd exchange datagrams" {
	require_commands nc.openbsd
	start_listener -u <<<answer
	query_with nc.openbsd -u 127.0.0.1 "$PORT"
	kill "$PID"
	PORT=$(free_port)
	background nc.openbsd -u -l 127.0.0.1 "$PORT" <<<answer >received
	wait_until udp_bound
	run -0 timeout 30 "$SOCKCAT" -u -W 1 -q 20 127.0.0.1 "$PORT" <<<query
	[ "$output" = answer ]
	wait_until file_is received query
}

udp_bound() {
	grep -qi ":$(printf %04X "$PORT") " /proc/net/udp /proc/net/udp6
}

@test "sockcat and socat exchange datagrams over IPv4 and IPv6" {
	local at

	require_commands socat
	for at in 4:127.0.0.1 6:::1; do
		start "$SOCKCAT" -vlu "${at#*:}" 0 <<<answer
		read_port
		if [ "${at%%:*}" = 4 ]; then
			to="UDP4:127.0.0.1:$PORT"
		else
			to="UDP6:[::1]:$PORT"
		fi
		query_with socat - "$to"
		kill "$PID"
	done
	PORT=$(free_port)
	background socat "UDP4-LISTEN:$PORT,bind=127.0.0.1" EXEC:cat
	wait_until udp_bound
	run -0 timeout 30 "$SOCKCAT" -u -W 1 -q 20 127.0.0.1 "$PORT" <<<query
	[ "$output" = query ]
}

@test "sockcat and ncat exchange datagrams" {
	require_commands ncat
	start_listener -u <<<answer
	query_with ncat -u 127.0.0.1 "$PORT"
	kill "$PID"
	PORT=$(free_port)
	background ncat -u -l 127.0.0.1 "$PORT" <<<answer >received 2>/dev/null
	wait_until udp_bound
	run -0 timeout 30 "$SOCKCAT" -u -W 1 -q 20 127.0.0.1 "$PORT" <<<query
	[ "$output" = answer ]
	wait_until file_is received query
}

# send_to_two N: send N datagrams to the first address of localhost, and one more
# when nobody receives them there any more, but somebody does at the second one.
# The receivers write to "first" and "out".
send_to_two() {
	open_stdin
	start "$SOCKCAT" -vul ::1 0 </dev/null
	read_port
	background "$SOCKCAT" -uL localhost "$PORT" <stdin 2>err
	CLIENT=$!
	seq "$1" >stdin
	wait_until grep -qx "$1" out
	terminate
	start "$SOCKCAT" -vul 127.0.0.1 "$PORT" </dev/null
	read_port
	send_stdin $'last\n'
}

@test "what an address has not answered is sent to the next one: 1,024 datagrams" {
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
	send_to_two 3
	wait_until file_is out $'1\n2\n3\nlast'
	kill "$CLIENT" "$PID"
	send_to_two 1024
	assert_exit 1 "$CLIENT"
	[[ $(<err) = *"Connection refused"* ]]
	[ ! -s out ]
}

@test "a refusal is reported even if sockcat quits at once" {
	local port

	port=$(free_port)
	try_three_times is_refused "$port" query -q 0 localhost
	try_three_times is_refused "$port" 'bye^' -m 127.0.0.1
}

# is_refused PORT TEXT ARGUMENT...: send the text; true if sockcat reports a
# refusal. On a busy machine the ICMP error may arrive after sockcat has quit.
is_refused() {
	local port=$1 text=$2

	shift 2
	run timeout 30 "$SOCKCAT" -u "$@" "$port" <<<"$text"
	[ "$status" -eq 1 ] &&
		[[ $output = *" port $port: Connection refused"* ]]
}

@test "a caret reaches a server on the other address family before sockcat quits" {
	start_listener -um </dev/null
	try_three_times send_bye
	assert_exit 0 "$PID"
}

# send_bye: send a message; true if it arrives. If the ICMP error comes too
# late, sockcat cannot try the next address.
send_bye() {
	timeout 30 "$SOCKCAT" -u -m localhost "$PORT" <<<'bye^' || :
	wait_until file_is out bye
}

@test "datagrams that arrived before a refusal are printed" {
	open_stdin
	peer_listen_udp read 6 send $'one\n' send $'two\n' send $'three\n'
	background "$SOCKCAT" -u 127.0.0.1 "$PORT" <stdin >out 2>err
	PID=$!
	send_stdin $'query\n'
	wait_peer
	send_stdin $'late\n'
	assert_exit 1 "$PID"
	[ "$(<out)" = $'one\ntwo\nthree' ]
	[[ $(<err) = *"Connection refused"* ]]
}

# udp_queued: true if a datagram waits at PORT.
udp_queued() {
	awk -v at=":$(printf %04X "$PORT")" '
		$2 ~ at "$" && $5 !~ /:00000000$/ { found = 1 }
		END { exit !found }' /proc/net/udp
}

@test "strangers' datagrams do not hide those that arrived before a refusal" {
	[ -r /proc/net/udp ] || skip "no /proc"
	start_listener -u <<<word
	stop_process "$PID"
	peer_start_udp a send one wait send two
	wait_until udp_queued
	peer_connect_udp send stranger
	peer_connect_udp send stranger
	peer_continue a
	wait_peer a
	continue_process "$PID"
	assert_exit 1 "$PID"
	[ "$(<out)" = onetwo ]
	[[ $(read_log) = *": Connection refused"* ]]
}

@test "-W counts messages that end with their datagram" {
	start_listener -u -m -W 1 </dev/null
	peer_connect_udp send one send two
	assert_exit 0 "$PID"
	[ "$(<out)" = one ]
}

@test "a datagram too long for one client is not lost for the others" {
	random_bytes 65536 >file
	start_listener -uk -B 70000 <file
	peer_connect_udp send a
	wait_log "Message too l"
	peer_connect_udp send b
	wait_until file_is out ab
	kill "$PID"
}

@test "after a datagram too long for it, a client gets the next one" {
	random_bytes 65536 >file
	start_keep_open -u -B 70000
	peer_start_udp client send a read 5
	wait_until file_is out a
	cat file >stdin
	wait_log "Message too l"
	cat file >stdin
	wait_log "Message too l"
	send_stdin later
	wait_peer client
	file_is client later
	terminate
}

# spaced_lines: print a line every 100 ms.
spaced_lines() {
	while echo line; do
		sleep 0.1
	done
}

@test "with -k, senders that -w forgets do not hide those that stay" {
	local n=400 lines

	[ "$SANITIZED" != valgrind ] || n=100 # it is slow

	(($(max_burst) >= n)) || skip "the receive buffer is too small"
	start_listener -uk -w 3 </dev/null
	save_log
	hold_fifo crowd
	background "$CROWD" -u "$PORT" "$n" half <crowd
	wait_until match_count_is saved_log closed $((n / 2))
	lines=$(wc -l <out)
	wait_until line_count_at_least out $((lines + 2 * n))
	terminate
	[ "$(grep -c ' connected$' saved_log)" -eq "$n" ]
}

@test "with -k, -w forgets a silent sender even if stdin is sent to it" {
	open_stdin
	start_listener -uk -w 1 <stdin
	background spaced_lines >stdin
	peer_start_udp a send $'hello\n' read 10 read_all
	wait_log connected
	wait_log closed
	wait_until size_at_least a 10
	terminate
}

@test "a datagram that arrives between bind and connect is not printed" {
	local from

	require_commands strace
	from=$(free_port)
	peer_listen_udp read 6 send $'answer\n'
	background timeout 30 strace -o calls -e trace=connect \
		-e inject=connect:delay_enter=2000000 "$SOCKCAT" -u -W 1 -q 20 \
		-p "$from" 127.0.0.1 "$PORT" <<<query >out 2>err
	PID=$!
	PORT=$from wait_until udp_bound
	PORT=$from peer_connect_udp send $'stranger\n'
	assert_exit 0 "$PID"
	[ "$(<out)" = answer ]
	[ ! -s err ]
}

@test "a broadcast address can be sent to without an option" {
	start "$SOCKCAT" -v -4 -lu -W 1 0 </dev/null
	read_port
	timeout 30 "$SOCKCAT" -u -q 0 127.255.255.255 "$PORT" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

@test "with -w, sockcat waits that long for an answer, and after each for the next" {
	peer_listen_udp read 6 sleep 1300 send one sleep 1300 send two
	run -0 timeout 30 "$SOCKCAT" -u -w 2 127.0.0.1 "$PORT" <<<query
	[ "$output" = onetwo ]
}

@test "fewer datagrams, messages or lines than -W within the time are status 4" {
	peer_listen_udp read 6 wait
	run -4 timeout 30 "$SOCKCAT" -u -W 1 -w 0.2 127.0.0.1 "$PORT" <<<query
	peer_listen send $'one\n' wait
	run -4 timeout 30 "$SOCKCAT" -L -W 2 -q 0.2 127.0.0.1 "$PORT" <<<query
	[ "$output" = one ]
	peer_listen send 'One. ' wait
	run -4 timeout 30 "$SOCKCAT" -m -W 2 -w 0.2 127.0.0.1 "$PORT" <<<query.
	# the peer's end is no lack of time
	peer_listen send 'One. '
	run -0 timeout 30 "$SOCKCAT" -m -W 2 -w 5 127.0.0.1 "$PORT" </dev/null
}

@test "with -L, -W counts lines" {
	peer_listen send $'one\ntwo\nthree\nfour' wait
	run -0 timeout 30 "$SOCKCAT" -L -W 2 127.0.0.1 "$PORT" </dev/null
	[ "$output" = $'one\ntwo' ]
}

@test "a line that leaves as several datagrams is told at -v, with the cure" {
	peer_listen_udp read 2001
	printf '%02000d\n' 0 >line
	start "$SOCKCAT" -v -u 127.0.0.1 "$PORT" <line
	wait_log 'standard input is sent in datagrams of 1400 bytes; use -L'
}

# asks_at ASKED FROM [OPTION...]: a client bound to FROM, connected to ASKED,
# hears the answer of a listener on the wildcard address.
asks_at() {
	local asked=$1 from=$2

	shift 2
	start "$SOCKCAT" -vlu "$@" 0 <<<answer
	read_port
	run -0 timeout 30 "$SOCKCAT" -u -W 1 -q 5 -s "$from" "$asked" "$PORT" \
	    <<<query
	kill "$PID" 2>/dev/null || true
	[ "$output" = answer ]
}

@test "answers leave from the address that was asked" {
	[ -z "${POSIX_ONLY-}" ] || skip "POSIX alone does not tell"
	can_bind_loopback_2 || skip "the system lacks 127.0.0.2"
	asks_at 127.0.0.2 127.0.0.9 -4
	asks_at 127.0.0.2 127.0.0.9 -4 -k
	asks_at 127.0.0.2 127.0.0.9
	asks_at ::1 ::1 -6
	asks_at ::1 ::1 -6 -k
}

# can_bind_loopback_2: true if all of 127.0.0.0/8 is this machine's.
can_bind_loopback_2() {
	timeout 30 "$SOCKCAT" -4 -u -q 0 -s 127.0.0.9 127.0.0.2 9 </dev/null
}
