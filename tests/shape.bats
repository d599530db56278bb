# Shaping the traffic: the rate (-y), the delay between lines (-i), CR LF (-C)
# and telnet (-t).
load helper

# connect_with ARGUMENT...: run sockcat with these arguments as a client of the
# listening peer. Its standard output is the file "out".
connect_with() {
	timeout 60 "$SOCKCAT" "$@" 127.0.0.1 "$PORT" >out
}

# sent_is TEXT STDIN ARGUMENT...: with these arguments and this standard input,
# a TCP server receives the text and nothing else.
sent_is() {
	peer_listen read_all
	printf '%s' "$2" | connect_with "${@:3}"
	wait_peer
	printf '%s' "$1" | cmp - received
}

# printed_is TEXT PEER_TEXT STEP ARGUMENT...: a server sends PEER_TEXT by this
# step; with these arguments, sockcat prints the text.
printed_is() {
	peer_listen "$3" "$2" half_close read_all
	connect_with "${@:4}" </dev/null
	wait_peer
	printf '%s' "$1" | cmp - out
}

# CR LF

@test "-C sends CR LF for each line feed that has no CR before it" {
	sent_is $'\r\none\r\ntwo\r\n\r\r\n\rend' $'\none\ntwo\r\n\r\r\n\rend' -C
}

@test "-C: a CR and its line feed may come in two reads" {
	sent_is $'\r\none\r\ntwo\r\n\r\n' $'\none\ntwo\r\n\n' -C -B 1
}

@test "-C does not change what is received" {
	printed_is $'one\ntwo\r\n' $'one\ntwo\r\n' send -C
}

@test "-C changes a large file just as sed does" {
	base64 -w 30 <(random_bytes 2M) >file
	sed $'s/$/\r/' file >expected
	peer_listen read_all
	connect_with -C <file
	wait_peer
	cmp expected received
}

@test "-C with -L and -u: each line is one datagram that ends in CR LF" {
	start_listener -u -W 3
	printf 'one\ntwo\r\nthree\n' |
		timeout 60 "$SOCKCAT" -C -L -u 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	printf 'one\r\ntwo\r\nthree\r\n' | cmp - out
}

@test "-C with -m: the line feed after a message becomes CR LF" {
	sent_is $'one\r\ntwo.\r\nth\\\nree.\r\n' $'one\ntwo.th\\\nree.' -C -m
}

@test "-C with -j: other clients get CR LF, standard output does not" {
	start_keep_open -j -C
	peer_start a read 8
	wait_log connected
	peer_start b send $'one\ntwo' half_close read_all
	wait_peer a
	printf 'one\r\ntwo' | cmp - a
	wait_until file_is out $'one\ntwo'
}

@test "-C with -j and -L: other clients get the label and CR LF" {
	start_keep_open -j -L -C
	peer_start a read 1 read_all
	wait_log connected
	peer_connect send $'one\n'
	wait_until grep -q one out
	wait_until match_count_is a $'^127.0.0.1:[0-9]* one\r$' 1
	match_count_is out '^127.0.0.1:[0-9]* one$' 1
}

# Telnet

NEGOTIATION=$'a\xff\xfb\x01b\xff\xfd\x03\xff\xfc\x01\xff\xfe\x03c\xff\xfa\x18\x01x\xff\xff\xff\xf0d\xff\xf1e'

@test "-t answers WILL with DONT and DO with WONT, and nothing else" {
	peer_listen send "$NEGOTIATION" half_close read_all
	connect_with -t </dev/null
	wait_peer
	printf '\xff\xfe\x01\xff\xfc\x03' | cmp - received
}

@test "-t removes commands and subnegotiations from what is received" {
	printed_is abcde "$NEGOTIATION" send -t
}

@test "-t: another command than SE ends a subnegotiation, too" {
	printed_is abc $'a\xff\xfa\x18x\xff\xfb\x01b\xff\xfay\xff\xf1c' send -t
}

@test "-t: a command may come byte by byte" {
	peer_listen send_bytewise "$NEGOTIATION" half_close read_all
	connect_with -t -B 1 </dev/null
	wait_peer
	file_is out abcde
	printf '\xff\xfe\x01\xff\xfc\x03' | cmp - received
}

@test "-t: IAC IAC is one byte 255 on standard output" {
	printed_is $'a\xffb\xff\xff' $'a\xff\xffb\xff\xff\xff\xff' send -t
}

@test "-t: a byte 255 on standard input is sent twice" {
	sent_is $'a\xff\xffb\xff\xff\xff\xff' $'a\xffb\xff\xff' -t
}

@test "-t on both sides passes any file" {
	random_bytes 1M >ours
	head -c 300000 /dev/zero | tr '\0' '\377' >theirs
	start_listener -t <theirs
	timeout 60 "$SOCKCAT" -t 127.0.0.1 "$PORT" <ours >got
	assert_exit 0 "$PID"
	cmp ours out
	cmp theirs got
}

# requests N: print N requests of a telnet peer.
requests() {
	yes $'\xff\xfd\x01\xff\xfb\x01' | head -n "$1" | tr -d '\n'
}

@test "-t never answers between the two bytes of a pair" {
	local i steps=()

	for ((i = 0; i < 300; i++)); do
		steps+=(send $'\xff\xfd\x01' read 3001)
	done
	# single bytes between the pairs, so that pairs begin at all positions
	head -c 1M /dev/zero | tr '\0' '\377' | fold -b -w 1000 >file
	peer_listen small_buffer "${steps[@]}" read_all
	connect_with -t -O 4k <file
	wait_peer
	mv received raw
	# each 255 of the file twice, and 300 answers
	size_at_least raw $((2 * 1048576 + 1048 + 300 * 3))
	peer_listen send_file raw
	connect_with -t </dev/null
	cmp file out
}

@test "-t: a peer that reads gets an answer to each of many requests" {
	requests 5000 >requests
	peer_listen send_file requests read 30000
	connect_with -t </dev/null
	wait_peer
}

@test "-t: pending answers to a peer that does not read are limited" {
	[ -r /proc/self/status ] || skip "no /proc/PID/status"
	[ -z "$SANITIZED" ] || skip "$SANITIZED needs memory of its own"
	requests 100 >some
	for ((i = 0; i < 300; i++)); do
		cat some
	done >block
	for ((i = 0; i < 150; i++)); do
		cat block
	done >requests
	start_listener -t </dev/null
	peer_start a small_buffer send_file requests send end wait
	wait_until file_is out end
	[ "$(awk '/VmHWM/ { print $2 }' "/proc/$PID/status")" -lt 16000 ]
	peer_continue a
}

@test "-t with -k: each client has a state of its own" {
	start_keep_open -t
	peer_start a send $'a\xff' wait send $'\xfb\x01A' half_close read 3
	wait_until file_is out a
	peer_connect send b
	wait_until file_is out ab
	peer_continue a
	wait_until file_is out abA
	wait_peer a
	printf '\xff\xfe\x01' | cmp - a
}

@test "-t with -k -j: a byte 255 is passed on as a pair" {
	start_keep_open -t -j
	peer_start a read 4
	wait_log connected
	peer_start b send $'x\xff\xffy' half_close read_all
	wait_peer a
	printf 'x\xff\xffy' | cmp - a
	wait_until file_is out $'x\xffy'
}

@test "-t: the data mark of a synch, which is urgent, is removed too" {
	peer_listen send $'a\xff' send_urgent $'\xf2' send b
	connect_with -t </dev/null
	wait_peer
	file_is out ab
}

@test "-t with -L and -m: commands do not count as text" {
	printed_is $'one\n' $'o\xff\xf1ne\xff\xf1\n' send -t -L
	printed_is $'one.\n' $'\xff\xfb\x2eo\xff\xf1ne\xff\xf1.' send -t -m
}

@test "-t with -C: CR LF and pairs" {
	sent_is $'\xff\xff\r\n\xff\xff' $'\xff\n\xff' -t -C
}

@test "-t refuses WILL and DO just as nc.openbsd and ncat do" {
	local nc

	for nc in nc.openbsd ncat; do
		require_commands $nc
		peer_listen send $'\xff\xfb\x01\xff\xfd\x03' read 6
		hold_fifo quiet
		background $nc -t 127.0.0.1 "$PORT" <quiet >/dev/null
		wait_peer
		mv received theirs
		peer_listen send $'\xff\xfb\x01\xff\xfd\x03' read 6
		connect_with -t </dev/null
		wait_peer
		cmp received theirs
	done
}

# The delay between lines

@test "-i: the next line waits, while the other direction goes on" {
	start_listener -i 1000 < <(printf 'one\ntwo\n')
	peer_start a read 4 send answer wait
	wait_until file_is out answer
	file_is a one
	terminate
	read_log >log_end
	grep -q 'sent 4 bytes' log_end
}

@test "-i sends all lines in order, also one without a line feed" {
	sent_is $'one\ntwo\n\nthree' $'one\ntwo\n\nthree' -i 0.05
}

@test "-i sends all lines before -q 0 ends the connection" {
	sent_is $'one\ntwo\nthree' $'one\ntwo\nthree' -i 0.05 -q 0
}

@test "-i: the half-close does not wait after the last line" {
	sent_is $'one\n' $'one\n' -i 1000
}

@test "-i: a peer that ends first still gets all lines" {
	peer_listen half_close read_all
	printf 'one\ntwo\nthree' | connect_with -i 1.5
	wait_peer
	file_is received $'one\ntwo\nthree'
}

@test "-i: a connection whose next line waits is not idle" {
	peer_listen read_all
	printf 'one\ntwo' | connect_with -i 1 -w 0.2
	wait_peer
	file_is received $'one\ntwo'
}

@test "-i: once no line waits, -w closes an idle connection" {
	open_stdin
	peer_listen read 4 read_all
	send_stdin $'one\n'
	connect_with -i 1000 -w 0.2 <stdin
	wait_peer
	file_is received one
}

@test "-i with -k: every client gets each line" {
	start_keep_open -i 0.1
	peer_start a read 8
	peer_start b read 8
	wait_log connected
	wait_log connected
	send_stdin $'one\ntwo\n'
	wait_peer a
	wait_peer b
	cmp a b
}

@test "-i with -k: a long line stays as it is" {
	base64 -w 0 <(random_bytes 200k) >file
	start_listener -k -i 0.01 < <(cat file; exec cat)
	peer_connect read "$(wc -c <file)"
	cmp file received
}

@test "-i with -u: each line is one datagram" {
	start_listener -u -W 3
	printf 'one\ntwo\nthree\n' |
		timeout 60 "$SOCKCAT" -i 0.01 -u 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	file_is out $'one\ntwo\nthree'
}

@test "-i with -m: messages wait instead of lines" {
	start_listener -m -i 1000 < <(printf 'one\ntwo. three.^')
	peer_start a read 9 send end. wait
	wait_until file_is out end.
	file_is a $'one\ntwo.'
	terminate
}

@test "-i 0 sends at once" {
	sent_is $'one\ntwo' $'one\ntwo' -i 0
}

# The rate

# sends_at_rate RATE BYTES COMMAND...: the command, which transfers so many bytes
# at this rate, never takes less time than it should, nor twice as long, and
# does not keep the CPU busy.
sends_at_rate() {
	local start=$EPOCHREALTIME TIMEFORMAT='%U %S'

	{ time "${@:3}" 2>/dev/null; } 2>cpu
	awk "BEGIN { t = $EPOCHREALTIME - $start; w = $2 / $1
		print t, w; exit !(t > 0.98 * w - 0.02 && t < 2 * w * $SLOW) }"
	[ -n "$SANITIZED" ] || awk '{ exit !($1 + $2 < 0.3) }' cpu
}

send_slowly() {
	peer_listen read_all
	sends_at_rate 40000 80000 connect_with -y 40000 <file
	wait_peer
	cmp file received
}

@test "-y limits what is sent, and leaves the CPU idle" {
	random_bytes 80000 >file
	try_three_times send_slowly
}

receive_slowly() {
	peer_listen send_file file
	sends_at_rate 40000 80000 connect_with -y 40000 </dev/null
	cmp file out
}

@test "-y limits what is received" {
	random_bytes 80000 >file
	try_three_times receive_slowly
}

# two_clients_send: two clients of the listener send 40,000 bytes each.
two_clients_send() {
	peer_start a send_file file half_close read_all
	peer_start b send_file file half_close read_all
	wait_until size_at_least out 80000
}

serve_slowly() {
	: >out
	start_keep_open -y 40000
	sends_at_rate 40000 80000 two_clients_send
	terminate
}

@test "-y with -k limits all clients together" {
	random_bytes 40000 >file
	try_three_times serve_slowly
}

@test "-y with -k: a client that sends a lot does not stop another" {
	head -c 2M /dev/zero >file
	start_keep_open -y 1000
	peer_start a send_file file
	wait_until size_at_least out 1
	peer_connect send hello
	wait_until grep -qa hello out
}

@test "-y: a connection that waits for its next bytes is not idle" {
	sent_is abc abc -y 1 -w 0.5
}

@test "-y: a peer whose bytes wait is not silent" {
	printed_is abcd abcd send -y 1 -q 0.5 -w 0.5
}

@test "-y: what stdin still has is sent after the peer's end" {
	peer_listen half_close read_all
	printf abcd | connect_with -y 1 -q 0.5
	wait_peer
	file_is received abcd
}

@test "-y does not divide a datagram, also if it is larger than the limit" {
	start_listener -u -y 500 -W 1
	printf '%01000d' 7 | timeout 60 "$SOCKCAT" -u -y 500 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	file_is out "$(printf '%01000d' 7)"
}

@test "-y with -u -k: a sender whose datagrams wait is not forgotten" {
	start_listener -u -k -y 100 -w 0.5
	peer_start_udp a send "$(printf '%0150d' 1)" send "$(printf '%0150d' 2)" \
		send three wait
	wait_until grep -q three out
	wait_log connected
	run ! wait_log_mentions closed
}

# wait_log_mentions TEXT: true if a line of the log that has come contains it.
wait_log_mentions() {
	while IFS= read -r -t 0.1 LINE <&"${HELD_FD[log]}"; do
		[[ $LINE != *$1* ]] || return 0
	done
	return 1
}

@test "-y in both directions passes all bytes with -L, -m and -C" {
	seq 3000 >lines
	peer_listen send_file lines read_all
	connect_with -y 1M -L <lines
	wait_peer
	cmp lines out
	cmp lines received
	sed $'s/$/\r/' lines >expected
	peer_listen read_all
	connect_with -y 1M -C -t <lines
	wait_peer
	cmp expected received
}

# Unix-domain sockets, and what makes no sense

@test "-y, -i, -C and -t work on a Unix-domain socket" {
	start "$SOCKCAT" -v -t -l -U ./socket
	wait_log listening
	printf 'one\ntwo\xff' |
		timeout 60 "$SOCKCAT" -y 1000 -i 0.01 -C -t -U ./socket
	assert_exit 0 "$PID"
	printf 'one\r\ntwo\xff' | cmp - out
}

@test "-t with -u, -C and -y with -z, and a rate of 0 are usage errors" {
	run -2 "$SOCKCAT" -t -u 127.0.0.1 9
	[[ $output = *"-t and -u cannot be combined"* ]]
	for option in -C "-y 1"; do
		# shellcheck disable=SC2086 # the option and its argument
		run -2 "$SOCKCAT" $option -z 127.0.0.1 9
		[[ $output = *"${option% *} and -z cannot be combined"* ]]
	done
	run -2 "$SOCKCAT" -y 0 127.0.0.1 9
	[[ $output = *"-y 0: must be 1 to 1T"* ]]
	run -2 "$SOCKCAT" -i x 127.0.0.1 9
	[[ $output = *"-i x: give seconds"* ]]
}
