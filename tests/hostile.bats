# Hostile and strange peers: they must not disturb the others.
load helper

# scaled N: print N, or less under a checker, which makes each client slow.
scaled() {
	[ -z "$SANITIZED" ] && echo "$1" || echo $(($1 / 20))
}

# transfer_during_flood ARGUMENT...: send a file to one client while many
# others connect and disconnect.
transfer_during_flood() {
	random_bytes 8M >file
	start_keep_open -O 64k "$@"
	save_log
	peer_start a read_slowly 100 read 7979008
	wait_until grep -q connected saved_log
	background cat file >stdin
	timeout 50 "$CROWD" "$PORT" "$(scaled 5000)" pass
	wait_peer a
	cmp file a
	peer_connect send $'last\n'
	wait_until file_is out last
	terminate
}

@test "a flood of short connections does not disturb a transfer" {
	transfer_during_flood
}

@test "with -M, a flood of waiting clients does not disturb a transfer" {
	transfer_during_flood -M 3
}

@test "200 clients that neither send nor read do not block another" {
	random_bytes 1M >file
	start_keep_open
	start_crowd 200 stay
	peer_start a send $'word\n' read 1048576
	wait_log connected
	file_reaches a
	wait_until file_is out word
	terminate
}

@test "a slow reader and a slow writer do not disturb the others" {
	random_bytes 4M >file
	start_keep_open -w 60 # the writer reads nothing until it has sent all
	peer_start reader read_slowly 50 read 3989504
	peer_start writer send_spaced 3000 half_close read_all
	peer_start a read 4194304
	peer_start b send $'word\n' read 4194304
	for ((i = 0; i < 4; i++)); do
		wait_log connected
	done
	background cat file >stdin
	for name in a b reader writer; do
		wait_peer "$name"
	done
	cmp file a
	cmp file b
	cmp file reader
	wait_until line_count_is out 3001
	[ "$(sort out | uniq -c | tr -s ' ')" = $' 3000 drip\n 1 word' ]
	terminate
}

@test "50,000 segments of one byte each are all received" {
	local n

	n=$(scaled 50000)
	start_listener </dev/null
	peer_connect send_digits "$n"
	assert_exit 0 "$PID"
	awk -v n="$n" 'BEGIN { while (n-- > 0) printf "%d", i++ % 10 }' |
		cmp - out
}

@test "bytes around urgent data arrive, and sockcat does not busy-loop" {
	require_commands strace
	start strace -o calls -e 'trace=/^p?poll$' "$SOCKCAT" -v -l 127.0.0.1 0 \
		</dev/null
	read_port
	peer_start a send one send_urgent x send two wait send_urgent yz wait \
		send three
	wait_until file_is out onetwo
	peer_continue a
	wait_until file_is out onetwoy
	peer_continue a
	assert_exit 0 "$PID"
	[ "$(<out)" = onetwoythree ]
	[ "$(wc -l <calls)" -lt 50 ]
}

@test "urgent data from one client does not disturb the others" {
	start_keep_open
	peer_start a send_urgent x wait send $'a\n'
	peer_start b send $'b\n'
	wait_until file_is out b
	peer_continue a
	wait_until file_is out $'b\na'
	terminate
}

# assert_reset PID FILE: the sockcat exits with 1; the file has its standard
# error, one line that reports a reset.
assert_reset() {
	assert_exit 1 "$1"
	[[ $(<"$2") =~ ^"sockcat: "(send to|receive from|connect to)" 127.0.0.1"(:|" port ")[0-9]+": "(Connection reset by peer|Broken pipe)("; "[0-9]+" bytes read but not sent")?$ ]]
}

TEXT="Twelve bytes"

@test "a reset after each byte that a client sends: all sent bytes are printed" {
	local n

	for ((n = 0; n <= ${#TEXT}; n++)); do
		start_listener <<<"$TEXT"
		peer_connect send "${TEXT:0:n}" reset
		read_log | grep -v ' client ' >err
		assert_reset "$PID" err
		[ "$(<out)" = "${TEXT:0:n}" ]
	done
}

@test "a reset after each byte that a client receives" {
	local n

	for ((n = 1; n <= ${#TEXT}; n++)); do
		start_listener <<<"$TEXT"
		peer_connect read "$n" reset
		read_log | grep -v ' client ' >err
		assert_reset "$PID" err
		[ "$(<received)" = "${TEXT:0:n}" ]
	done
}

@test "a reset after each byte that a server sends: all sent bytes are printed" {
	local n

	for ((n = 0; n <= ${#TEXT}; n++)); do
		peer_listen read 1 send "${TEXT:0:n}" reset
		background "$SOCKCAT" 127.0.0.1 "$PORT" <<<"$TEXT" >out 2>err
		assert_reset "$!" err
		[ "$(<out)" = "${TEXT:0:n}" ]
	done
}

@test "a reset after each byte that a server receives" {
	local n

	for ((n = 1; n <= ${#TEXT}; n++)); do
		peer_listen read "$n" reset
		background "$SOCKCAT" 127.0.0.1 "$PORT" <<<"$TEXT" >out 2>err
		assert_reset "$!" err
		[ "$(<received)" = "${TEXT:0:n}" ]
	done
}

@test "resets of many clients, after each byte: all sent bytes are printed" {
	local n want=

	start_keep_open
	peer_start witness read_all
	wait_log connected
	for ((n = 1; n <= ${#TEXT}; n++)); do
		peer_connect send "${TEXT:0:n}" reset
		want+=${TEXT:0:n}
		wait_until file_is out "$want"
		send_stdin "$n"$'\n'
		peer_connect send "$n"
		want+=$n
		wait_until file_is out "$want"
	done
	wait_until line_count_is witness "${#TEXT}"
	terminate
}

@test "a message cut off by a reset is printed as if the client had half-closed" {
	local n text='One. Tw\.o
three\^. Four^five'

	for end in half_close reset; do
		start_keep_open -m -d
		save_log
		for ((n = 1; n <= ${#text}; n++)); do
			peer_connect send "${text:0:n}" $end
			wait_until match_count_is saved_log closed "$n"
		done
		terminate
		mv out "$end"
	done
	[ "$(wc -l <half_close)" -gt 40 ]
	cmp half_close reset
}

# million BYTES: print these bytes (as for printf's %b) 1,024,000 times.
million() {
	local i bytes

	printf -v bytes '%1000s' ''
	printf '%b' "${bytes// /"$1"}" >some
	for ((i = 0; i < 10; i++)); do
		cat some some >twice
		mv twice some
	done
	cat some
}

# memory_is_small: true if sockcat has used less than 8 MiB.
memory_is_small() {
	[ -z "$SANITIZED" ] || return 0
	[ -r "/proc/$PID/status" ] || return 0
	awk '/VmHWM/ { exit !($2 < 8192) }' "/proc/$PID/status"
}

# printed_before_eof BYTES: print how many of these bytes must be printed
# before EOF. Up to a fragment of 64 KiB may be kept back.
printed_before_eof() {
	echo $(($1 > 66000 ? $1 - 66000 : $1))
}

# check_garbage NAME BYTES WANT END [LAST]: the peer of this name sends BYTES a
# million times, then LAST. WANT must be printed as many times, then END.
check_garbage() {
	{
		million "$2"
		printf '%s' "${5-}"
	} >bytes
	{
		million "$3"
		printf '%b' "$4"
	} >want
	start_listener -m </dev/null
	peer_start "$1" send_file bytes wait
	wait_until size_at_least out "$(printed_before_eof "$(wc -c <want)")"
	wait_log connected
	memory_is_small
	peer_continue "$1"
	assert_exit 0 "$PID"
	cmp want out
}

@test "-m copes with MiBs of garbage in little memory" {
	check_garbage nul '\0000' '\0000' '\n'
	check_garbage ff '\0377' '\0377' '\n'
	check_garbage backslash '\\\\' '\\' '\n'
	check_garbage caret '\\^' '^' '\n'
	check_garbage white ' \n\t' '' 'x.\n' x.
	check_garbage lines '\\\n' ' ' '\n'
}

@test "a message with MiBs of white space needs little memory" {
	{
		printf 'One'
		million '\n \t'
		printf 'two.'
	} >bytes
	start_listener -m </dev/null
	peer_start a send_file bytes wait
	wait_until grep -q 'two\.' out
	[ "$(tr -s ' ' <out)" = "One two." ]
	memory_is_small
}

@test "an empty datagram is not EOF, neither for a listener nor for a client" {
	local how

	for how in -u -uL -um -ukL; do
		start_listener "$how" </dev/null
		peer_connect_udp send_empty 2 send 'one.' send_empty 1 \
			send 'two.' send_empty 1
		wait_until grep -q two out
		grep -q one out
		kill "$PID"
	done
	peer_listen_udp read 6 send_empty 1 send $'one\n' send_empty 2 \
		send $'two\n'
	run -0 timeout 30 "$SOCKCAT" -u -W 5 -q 20 127.0.0.1 "$PORT" <<<query
	[ "$output" = $'one\ntwo' ]
}

# word_received: send a word; true if it is printed. A full receive buffer may
# drop it: call this until it succeeds.
word_received() {
	peer_connect_udp send word && grep -q word out
}

@test "a flood of empty datagrams does not block another sender" {
	start_listener -uk </dev/null
	peer_connect_udp send_empty 20000
	wait_until word_received
	kill "$PID"
}

@test "datagrams of the maximum size pass both ways, over UDP and Unix sockets" {
	local at

	random_bytes 65507 >theirs
	random_bytes 65507 >ours
	for at in 127.0.0.1 "-U $WORK/sock"; do
		if [ "$at" = 127.0.0.1 ]; then
			start_listener -u -k -B 65507 <ours
			at="127.0.0.1 $PORT"
		else
			start "$SOCKCAT" -v -lukU -B 65507 "$WORK/sock" <ours
			wait_log listening
		fi
		# shellcheck disable=SC2086
		timeout 30 "$SOCKCAT" -u -W 1 -q 20 -B 65507 $at <theirs >received
		cmp ours received
		wait_until cmp -s theirs out
		kill "$PID"
	done
}

# in_two_namespaces COMMAND: run a shell command in a network namespace with a
# link to another one, "far". Here is 10.1.0.1; there are 10.2.0.2 and
# 2001:db8::2, to which this side has no route.
in_two_namespaces() {
	require_commands unshare ip
	unshare -rn ip link add near type veth peer name far 2>/dev/null ||
		skip "no namespaces with links"
	timeout 60 unshare -rmn bash -c '
		mount -t tmpfs none /run && mkdir /run/netns &&
		ip netns add far && ip link add near type veth peer name far &&
		ip link set far netns far || exit 77
		echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
		echo 0 >/proc/sys/net/ipv4/conf/near/rp_filter
		ip addr add 10.1.0.1/32 dev near
		ip addr add 2001:db8:1::1/128 dev near nodad
		ip link set lo up; ip link set near up
		far() { ip netns exec far "$@"; }
		far ip addr add 10.2.0.2/32 dev far
		far ip addr add 2001:db8::2/128 dev far nodad
		far ip link set far up
		mac=$(ip -o link show near | sed "s/.*ether //; s/ .*//")
		for at in 10.1.0.1 2001:db8:1::1; do
			far ip route add "$at" dev far
			far ip neigh add "$at" lladdr "$mac" dev far
		done
		'"$1" 3>&- || {
		[ "$?" -ne 77 ] || skip "no network namespaces"
		return 1
	}
}

@test "a UDP listener survives a first sender to which there is no route" {
	local at

	for at in 10.1.0.1 2001:db8:1::1; do
		in_two_namespaces "
			'$SOCKCAT' -lu $at 5000 </dev/null >out 2>err & pid=\$!
			until grep -q :1388 /proc/net/udp /proc/net/udp6; do
				sleep 0.02
			done
			for ((i = 0; i < 500; i++)); do
				far '$SOCKCAT' -u -q 0 $at 5000 <<<lost
				grep -qs 'reply to client' err && break
				sleep 0.02
			done
			for ((i = 0; i < 100 && \$(stat -c %s out) == 0; i++)); do
				'$SOCKCAT' -u -q 0 $at 5000 <<<word
				sleep 0.02
			done
			kill \$pid"
		[ "$(sort -u out)" = word ]
		grep -q "^sockcat: reply to client .*2]*:[0-9]*: $(error_text ENETUNREACH)" err
	done
}

@test "80,000 UDP senders do not keep SIGTERM waiting, and 65,536 are remembered" {
	[ -z "$SANITIZED" ] || skip "$SANITIZED needs too much memory for this"
	PORT=$(free_port)
	start "$SOCKCAT" -luk 127.0.0.1 "$PORT" </dev/null
	save_log
	wait_until "$CROWD" -u "$PORT" 1 addresses
	wait_until too_many_senders
	[ "$(grep -c . saved_log)" -eq 1 ]
	terminate
}

# too_many_senders: send from 80,000 addresses; true if one was rejected. On a
# busy machine some datagrams are lost.
too_many_senders() {
	"$CROWD" -u "$PORT" 80000 addresses
	grep -q 'rejected: too many clients (-M)' saved_log
}

@test "a flood from senders that -a rejects keeps neither stdin nor SIGTERM waiting" {
	local i

	open_stdin
	start "$SOCKCAT" -v -luk -a 127.0.0.2 127.0.0.1 0 <stdin
	read_port
	hold_fifo hello
	echo hello >hello
	background "$SOCKCAT" -u -s 127.0.0.2 127.0.0.1 "$PORT" <hello >received
	wait_until file_is out hello
	for i in 1 2 3 4; do
		background "$ACTOR" -u "$PORT" send_empty 2000000000 2>/dev/null
	done
	wait_log "client 127.0.0.1:"
	send_stdin $'word\n'
	wait_until file_is received word
	terminate
}

@test "a stderr that nobody reads stops neither a listener nor SIGTERM" {
	start_listener -k </dev/null # from here on the test reads no log
	"$CROWD" "$PORT" 2000 pass
	peer_connect send $'last\n'
	wait_until grep -q last out
	terminate
}

@test "resets fill a stderr that nobody reads, also without -v" {
	PORT=$(free_port)
	start "$SOCKCAT" -lk 127.0.0.1 "$PORT" </dev/null
	wait_until "$CROWD" "$PORT" 1 pass 2>/dev/null
	"$CROWD" "$PORT" 1500 reset
	peer_connect send $'last\n'
	wait_until grep -q last out
	terminate
}

# most_accepts FILE: print how many clients were accepted at most between two
# calls of poll(2), other than those of lines for standard error.
most_accepts() {
	awk '/poll.\[\{fd=2,/ { next }
		/poll/ { n = 0 }
		/^accept.* = [0-9]/ && ++n > most { most = n }
		END { print most + 0 }' "$1"
}

@test "at most 64 clients are accepted before sockcat looks at anything else" {
	local tracer

	require_commands strace
	[ -r "/proc/$$/task/$$/children" ] || skip "no /proc"
	start strace -I 2 -o calls -e 'trace=/^accept,/^p?poll$' "$SOCKCAT" \
		-v -lk 127.0.0.1 0 </dev/null
	read_port
	tracer=$PID
	PID=$(tr -d ' ' <"/proc/$tracer/task/$tracer/children")
	# shellcheck disable=SC2034 # teardown looks at it
	STOPPED[$PID]=yes
	kill -STOP "$PID"
	hold_fifo crowd
	background "$CROWD" "$PORT" 200 stay <crowd >crowd_out
	wait_until grep -q connected crowd_out
	continue_process "$PID"
	for ((i = 0; i < 200; i++)); do
		wait_log connected
	done
	kill "$PID"
	assert_exit 143 "$tracer"
	[ "$(most_accepts calls)" = 64 ]
}
