# Forwarding (-f): each client gets a connection of its own to a destination.
load helper

PROXY=$ROOT/tests/build/proxy

# forward_to_peer STEP... [-- ARGUMENT...]: start a scripted server, and a
# forwarder to it. PORT is the forwarder's, DEST the server's.
forward_to_peer() {
	local steps=()

	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	shift || true
	peer_listen "${steps[@]}"
	DEST=$PORT
	start_listener -f "127.0.0.1:$DEST" "$@"
}

# start_echo: start a server that sends back what it gets, for many clients.
# Sets DEST.
start_echo() {
	local line

	hold_fifo echo.log
	background "$SOCKCAT" -vlk -e cat 127.0.0.1 0 2>echo.log
	IFS= read -r -t 30 line <echo.log
	DEST=${line##* }
}

# ask TEXT [PORT]: print what comes back for the text.
ask() {
	printf '%s' "$1" | timeout 30 "$SOCKCAT" -N 127.0.0.1 "${2-$PORT}"
}

# usage_error MESSAGE ARGUMENT...: sockcat prints this and exits with 2.
usage_error() {
	local message=$1

	shift
	run --separate-stderr timeout 30 "$SOCKCAT" "$@" </dev/null
	[ "$status" -eq 2 ]
	[[ $stderr = "sockcat: $message"* ]]
}

@test "a client's bytes and end reach the destination, and the answer comes back" {
	forward_to_peer read_all send answer
	peer_start client send question half_close read_all
	wait_peer client
	wait_peer
	assert_exit 0 "$PID"
	file_is client answer
	file_is received question
}

@test "-v names the destination, and counts what the client sent and received" {
	start_echo
	start_listener -k -f "127.0.0.1:$DEST"
	[ "$(ask hello)" = hello ]
	wait_log "forwarded to"
	[[ $LINE =~ ^"sockcat: client 127.0.0.1:"[0-9]+" connected, forwarded to \
127.0.0.1 port $DEST"$ ]]
	wait_log closed
	[[ $LINE = *" closed: received 5 bytes, sent 5 bytes" ]]
}

@test "with -k many clients are forwarded at once, until SIGTERM" {
	start_echo
	start_listener -k -f "127.0.0.1:$DEST"
	for i in 1 2 3; do
		peer_start "client$i" send "from $i" wait half_close read_all
	done
	for i in 3 1 2; do
		peer_continue "client$i"
		wait_peer "client$i"
		file_is "client$i" "from $i"
	done
	terminate
}

@test "Unix-domain sockets and TCP are forwarded to each other" {
	start_echo
	background "$SOCKCAT" -lkU -f "127.0.0.1:$DEST" ./socket
	wait_until test -S socket
	start_listener -k -f ./socket
	[ "$(ask 'TCP, Unix, TCP')" = 'TCP, Unix, TCP' ]
	background "$SOCKCAT" -lkU -f ./socket ./second
	wait_until test -S second
	[ "$(printf Unix | "$SOCKCAT" -UN ./second)" = Unix ]
}

@test "a name is looked up in a process of its own, which leaves none behind" {
	start_echo
	getent ahosts "$(hostname)" >/dev/null || skip "the host has no name"
	start_listener -k -f "localhost:$DEST"
	[ "$(ask local)" = local ]
	terminate
	start_listener -k -f "no.such.host.invalid:$DEST"
	peer_connect read 1 || true
	read_log_line
	[[ $LINE = "sockcat: resolve no.such.host.invalid: "?* ]]
	[ -z "$(ps -o pid= --ppid "$PID")" ]
}

@test "a client's half-close does not end the answer, which may come later" {
	forward_to_peer read_all sleep 3000 send answer
	peer_start client send x half_close read_all
	wait_peer client
	file_is client answer
	assert_exit 0 "$PID"
}

@test "the destination's half-close does not end what the client sends" {
	forward_to_peer send first half_close read_all
	peer_start client read_all sleep 500 send second
	wait_peer client
	file_is client first
	wait_peer
	file_is received second
	assert_exit 0 "$PID"
}

# run_ends FIRST PENDING END...: the client or the server ends first, with these
# steps; while what it has sent waits in sockcat if PENDING is "pending". The
# other one writes to the file "rest", and answers after a half-close.
run_ends() {
	local first=$1 pending=$2 steps=(wait) rest=(wait read_all)

	shift 2
	if [ "$pending" = pending ]; then
		steps+=(send_file file wait)
		rest=(small_buffer "${rest[@]}")
	fi
	[ "$1" != half_close ] || rest+=(send answer)
	steps+=("$@")
	if [ "$first" = client ]; then
		start_listening_actor other rest -l "${rest[@]}"
		start_listener -O 4k -o dump -f "127.0.0.1:$PORT"
		start_actor first got "$PORT" "${steps[@]}"
	else
		start_listening_actor first got -l "${steps[@]}"
		start_listener -O 4k -o dump -f "127.0.0.1:$PORT"
		start_actor other rest "$PORT" "${rest[@]}"
	fi
	wait_log forwarded
	peer_continue first
	if [ "$pending" = pending ]; then
		wait_until size_at_least dump 100000
		peer_continue first
	fi
	peer_continue other
}

@test "each end of either side passes as it is, whether data waits or not" {
	local first pending kind sent n=0

	random_bytes 200000 >file
	while read -r first pending kind; do
		echo "$first $pending $kind"
		sent=/dev/null
		[ "$pending" = none ] || sent="file"
		case $kind in
		half-close)
			run_ends "$first" "$pending" half_close read_all
			wait_peer first
			wait_peer other
			file_is got answer
			cmp "$sent" rest
			assert_exit 0 "$PID"
			;;
		close)
			run_ends "$first" "$pending" sleep 0
			wait_peer first
			wait_peer other
			cmp "$sent" rest
			assert_exit 0 "$PID"
			;;
		reset)
			run_ends "$first" "$pending" reset
			wait_peer first
			assert_exit 1 "${PEER_PID[other]}" # it sees no end
			cmp -n "$(wc -c <rest)" file rest
			assert_exit 1 "$PID"
			[[ $(read_log) = *": Connection reset by peer"* ]]
			;;
		esac
		n=$((n + 1))
	done <<-'END'
		client none    half-close
		client none    close
		client none    reset
		client pending half-close
		client pending close
		client pending reset
		server none    half-close
		server none    close
		server none    reset
		server pending half-close
		server pending close
		server pending reset
	END
	[ "$n" -eq 12 ]
}

@test "a reset by the client resets the connection to the destination" {
	forward_to_peer read 1 read_all
	peer_start client send x wait reset
	wait_log forwarded
	peer_continue client
	assert_exit 1 "$PID"
	[[ $(read_log) = *": Connection reset by peer"* ]]
	! wait_peer
}

@test "a reset by the destination resets the client, without an end before it" {
	forward_to_peer read 1 reset
	run -1 peer_connect send x read_all
	assert_exit 1 "$PID"
}

@test "a destination that refuses resets the client, and is reported once" {
	DEST=$(free_port)
	start_listener -k -f "127.0.0.1:$DEST"
	for i in 1 2 3; do
		run -1 "$ACTOR" "$PORT" read_all
	done
	kill "$PID"
	read_log >rest
	file_is rest \
		"sockcat: connect to 127.0.0.1 port $DEST: Connection refused"
}

@test "without -k a refusal is exit status 1" {
	start_listener -f "127.0.0.1:$(free_port)"
	run -1 "$ACTOR" "$PORT" read_all
	assert_exit 1 "$PID"
}

@test "with -c the client waits until the destination is there" {
	DEST=$(free_port)
	start_listener -c 30 -f "127.0.0.1:$DEST"
	peer_start client send early half_close read_all
	"$SOCKCAT" -l 127.0.0.1 "$DEST" </dev/null >got 3>&-
	file_is got early
	wait_peer client
	assert_exit 0 "$PID"
}

@test "-c over is exit status 4" {
	start_listener -c 0.3 -f "127.0.0.1:$(free_port)"
	run -1 "$ACTOR" "$PORT" read_all
	assert_exit 4 "$PID"
}

@test "-w ends a client whose connection is idle" {
	forward_to_peer wait -- -w 2
	peer_connect read_all || true
	assert_exit 0 "$PID"
}

@test "-w is how long a destination may take, while others are served" {
	peer_full_backlog
	start_listener -f "[::1]:$PORT" -w 2
	run -1 "$ACTOR" "$PORT" read_all
	assert_exit 4 "$PID"
}

@test "-M lets further clients wait" {
	start_echo
	start_listener -k -M 1 -f "127.0.0.1:$DEST"
	peer_start first send 1 wait half_close read_all
	wait_log connected
	peer_start second send 2 half_close read_all
	pause 0.3
	file_is second ""
	peer_continue first
	wait_peer first
	wait_peer second
	file_is second 2
}

@test "-a forwards only clients of these networks" {
	start_echo
	start_listener -k -a 192.0.2.0/24 -f "127.0.0.1:$DEST"
	peer_connect read_all || true
	wait_log "rejected (not allowed by -a)"
}

@test "-a @file is read again when it changes" {
	start_echo
	echo 192.0.2.1 >list
	start_listener -k -a @list -f "127.0.0.1:$DEST"
	save_log
	run ask word
	[ "$output" != word ]
	echo 127.0.0.1 >new
	mv new list
	answers() {
		run ask word
		[ "$output" = word ]
	}
	wait_until answers
}

@test "-M n,per limits the clients of one address" {
	start_echo
	start_listener -k -M 10,1 -f "127.0.0.1:$DEST"
	peer_start first send 1 wait half_close read_all
	wait_log connected
	peer_connect read_all || true
	wait_log "rejected (too many of this address, -M)"
	[ "$("$SOCKCAT" -N -s 127.0.0.2 127.0.0.1 "$PORT" <<<other)" = other ]
	peer_continue first
	wait_log "closed"
	wait_log "client 127.0.0.1:"
	[ "$(ask word)" = word ]
}

@test "the dump of -o rebuilds both streams, with the client's label" {
	start_echo
	start_listener -k -o dump -f "127.0.0.1:$DEST"
	random_bytes 100000 >sent
	"$SOCKCAT" -N 127.0.0.1 "$PORT" <sent >back 3>&-
	cmp sent back
	terminate
	for direction in '>' '<'; do
		awk -v d="$direction" '$1 == d {
			for (i = 5; i <= 20 && $i ~ /^[0-9a-f][0-9a-f]$/; i++)
				printf "%s", $i
		}' dump >hex
		od -An -v -tx1 sent | tr -d ' \n' | cmp - hex
	done
	grep -q '^> .* 127\.0\.0\.1:[0-9]* 00000000  ' dump
}

@test "-S and SIGUSR1 report the bytes to and from the destination" {
	forward_to_peer read_all send answer -- -S
	signal() {
		kill -USR1 "$PID"
	}
	signal
	wait_log "sent 0 bytes, received 0 bytes"
	peer_connect send four half_close read_all
	wait_log "sent 4 bytes, received 6 bytes"
}

@test "-y limits what passes in each direction" {
	start_echo
	start_listener -k -y 100k -f "127.0.0.1:$DEST"
	random_bytes 150000 >sent
	SECONDS=0
	"$SOCKCAT" -N 127.0.0.1 "$PORT" <sent >back 3>&-
	cmp sent back
	[ "$SECONDS" -ge 1 ]
}

@test "a slow reader holds up its own connection only" {
	random_bytes 8000000 >file
	hold_fifo server.log
	background "$SOCKCAT" -vlk -e 'cat file' 127.0.0.1 0 2>server.log
	IFS= read -r -t 30 LINE <server.log
	start_listener -k -f "127.0.0.1:${LINE##* }"
	peer_start slow read 1 wait read_all
	wait_log connected
	"$SOCKCAT" -d 127.0.0.1 "$PORT" >fast 3>&-
	cmp file fast
	peer_continue slow
	wait_peer slow
	cmp file slow
}

@test "a destination that takes nothing delays its own client only" {
	peer_full_backlog
	silent=$PORT
	start_listener -k -w 30 -f "[::1]:$silent"
	peer_start waits read_all
	peer_start too read_all
	pause 0.3
	kill -USR1 "$PID"
	wait_log "sent 0 bytes"
	terminate
}

@test "a name server that is silent delays its own client only" {
	need_namespace
	# the resolver asks it for longer than the second client waits
	run -0 in_namespace '' \
		'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n' "
		'$SOCKCAT' -luk --ready 9 127.0.0.1 53 9>ready >asked </dev/null &
		'$SOCKCAT' -lk --ready 9 -e cat 127.0.0.1 7000 9>echo_ready &
		'$SOCKCAT' -vlk -f late.example.org:7000 127.0.0.1 7001 2>log &
		until [ -s ready ] && [ -s echo_ready ] && [ -s log ]; do
			sleep 0.02
		done
		'$SOCKCAT' -d 127.0.0.1 7001 >first 2>&1 & first=\$!
		until [ -s asked ]; do sleep 0.02; done
		echo '127.0.0.1 late.example.org' >/etc/hosts
		timeout 20 '$SOCKCAT' -N 127.0.0.1 7001 <<<word
		kill -0 \$first; status=\$?
		kill \$(jobs -p) 2>/dev/null; exit \$status"
	[ "$output" = word ]
	[ "$(grep -c forwarded log)" -eq 1 ]
}

@test "clients are forwarded through a proxy" {
	local line

	mkfifo proxy_log
	"$PROXY" read 3 send 0500 read 10 send 05000001000000000000 \
		send 6869 >asked 2>proxy_log 3>&- &
	STARTED+=("$!")
	IFS= read -r -t 30 line <proxy_log
	start_listener -x "127.0.0.1:${line##* }" -f 192.0.2.1:99
	peer_connect read 2
	file_is received hi
	wait_log "forwarded to 192.0.2.1 port 99 through 127.0.0.1 port"
}

@test "300 idle connections are kept, and pass bytes when they come" {
	start_echo
	start_listener -k -f "127.0.0.1:$DEST"
	save_log
	hold_fifo crowd
	background "$CROWD" "$PORT" 300 stay <crowd >crowd_out
	wait_until match_count_is saved_log forwarded 300
	[ "$(ask busy)" = busy ]
	release_fifo crowd
	wait_until match_count_is saved_log closed 301
}

@test "-w ends idle connections also where there are many" {
	start_echo
	start_listener -k -w 1 -f "127.0.0.1:$DEST"
	save_log
	hold_fifo crowd
	background "$CROWD" "$PORT" 100 stay <crowd >crowd_out
	wait_until match_count_is saved_log forwarded 100
	wait_until match_count_is saved_log closed 100
}

@test "a destination that is the listener itself is a usage error" {
	port=$(free_port)
	usage_error "-f 127.0.0.1:$port: this is the listener itself" \
		-lk -f "127.0.0.1:$port" "$port"
	usage_error "-f localhost:$port: this is the listener itself" \
		-lk -f "localhost:$port" 127.0.0.1 "$port"
	usage_error "-f ./socket: this is the listener itself" \
		-lkU -f ./socket ./socket
}

@test "a destination without a port, or with an invalid one, is a usage error" {
	usage_error "-f example.org: must be host:port" -lk -f example.org 99
	usage_error "-f ::1: must be host:port" -lk -f ::1 99
	usage_error "-f x:70000: invalid port" -lk -f x:70000 99
	usage_error "-x and -u cannot be combined" -lku -x p -f x:99 99
	usage_error "-f /x: a proxy connects to a host" -lk -x p -f /x 99
}

@test "-K sets options of both sides" {
	local n

	start_echo
	start "$SOCKCAT" -vvv -lk -K keepcnt=7 -f "127.0.0.1:$DEST" 127.0.0.1 0
	save_log
	wait_until grep -q listening saved_log
	PORT=$(sed -n 's/.*listening on .* port //p' saved_log)
	n=$(grep -c 'TCP_KEEPCNT, 7) = 0' saved_log)
	[ "$(ask hello)" = hello ]
	wait_until match_count_is saved_log 'TCP_KEEPCNT, 7) = 0' $((n + 1))
}

# start_collector: start a listener with -uk, whose standard input is
# the FIFO "answers", which prints to the file "collected". Sets DEST.
start_collector() {
	local line

	hold_fifo collector.log
	hold_fifo answers
	background "$SOCKCAT" -vlukL 127.0.0.1 0 <answers >collected \
		2>collector.log
	IFS= read -r -t 30 line <collector.log
	DEST=${line##* }
}

@test "each sender of datagrams has a connection of its own" {
	start_collector
	start_listener -ku -f "127.0.0.1:$DEST"
	for i in 1 2; do
		peer_start_udp "client$i" send "from $i" read 6
		wait_until match_count_is collected "from $i" 1
	done
	[ "$(cut -d ' ' -f 1 collected | sort -u | wc -l)" -eq 2 ]
	echo hello >answers
	for i in 1 2; do
		wait_peer "client$i"
		file_is "client$i" hello
	done
	terminate
	read_log >rest
	[ "$(grep -c 'closed: received 6 bytes, sent 6 bytes' rest)" -eq 2 ]
}

@test "datagrams pass whole: empty ones, and those of 65,507 bytes" {
	local n

	peer_listen_udp wait send answer
	DEST=$PORT
	start_listener -u -o dump -f "127.0.0.1:$DEST"
	random_bytes 65507 >datagram
	"$ACTOR" -u "$PORT" send_empty 1 send_file datagram \
		send_empty 1 read 6 >out2 3>&- &
	STARTED+=("$!")
	peer_continue
	wait "$!"
	file_is out2 answer
	terminate
	n=$(grep -c '^>' dump)
	[ "$n" -eq $(((65507 + 15) / 16 + 2)) ] # an empty one has a line
}

@test "a name is looked up while datagrams wait, and all its addresses are tried" {
	start_collector
	getent ahosts "$(hostname)" >/dev/null || skip "the host has no name"
	start_listener -ku -f "localhost:$DEST"
	peer_connect_udp send one send two
	wait_until match_count_is collected "one\|two" 2
	peer_connect_udp send three
	wait_until match_count_is collected three 1
}

@test "datagrams at once reach the third address, if two have refused" {
	need_namespace
	run -0 in_namespace "$(printf '127.0.0.%d many\n' 1 2 3)" '' "
		timeout 30 '$SOCKCAT' -ul -W 3 --ready 9 127.0.0.3 7000 \
			>collected 9>there 3>&- & collector=\$!
		'$SOCKCAT' -lku --ready 9 -f many:7000 127.0.0.1 7001 \
			9>ready 3>&- & forwarder=\$!
		until [ -s there ] && [ -s ready ]; do sleep 0.02; done
		'$ACTOR' -u 7001 send one send two send three
		wait \$collector; status=\$?; kill \$forwarder; exit \$status"
	file_is collected onetwothree
}

@test "a refused datagram is reported once, and later ones are tried again" {
	DEST=$(free_port)
	start_listener -ku -f "127.0.0.1:$DEST"
	hold_fifo lines
	background "$SOCKCAT" -uL 127.0.0.1 "$PORT" <lines >answered
	for i in 1 2 3; do
		echo "$i" >lines
		pause 0.1
	done
	wait_log "send to 127.0.0.1:$DEST for client"
	[[ $LINE = *": Connection refused" ]]
	start_on "$DEST"
	echo 4 >lines
	wait_until file_is collected 4
	kill "$PID"
	[[ $(read_log) != *refused* ]]
}

# start_on PORT: the file "collected" gets the datagrams that come to the port.
start_on() {
	background "$SOCKCAT" -ul --ready 9 127.0.0.1 "$1" >collected 9>ready
	wait_until test -s ready
}

@test "a sender is forgotten after -w without datagrams" {
	start_collector
	start_listener -ku -w 0.3 -f "127.0.0.1:$DEST"
	peer_connect_udp send x
	wait_log "closed: received 1 byte, sent 0 bytes"
	peer_connect_udp send y
	wait_log "closed: received 1 byte, sent 0 bytes"
}

@test "without -k the first sender is forwarded, until it is idle" {
	start_collector
	start_listener -u -w 3 -f "127.0.0.1:$DEST"
	peer_start_udp first send first wait
	wait_until match_count_is collected first 1
	peer_connect_udp send second
	assert_exit 0 "$PID"
	match_count_is collected second 0
	start_listener -u -w 0.3 -f "127.0.0.1:$DEST"
	assert_exit 4 "$PID"
}

@test "-M limits the senders, and -a chooses them" {
	start_collector
	start_listener -ku -M 1 -f "127.0.0.1:$DEST"
	peer_start_udp first send 1 wait
	wait_log connected
	peer_connect_udp send 2
	wait_log "rejected: too many clients (-M)"
	terminate
	start_listener -ku -a 192.0.2.0/24 -f "127.0.0.1:$DEST"
	peer_connect_udp send 3
	wait_log "rejected (not allowed by -a)"
}

@test "answers to forwarded datagrams leave from the address that was asked" {
	start_collector
	start "$SOCKCAT" -vlku -4 -f "127.0.0.1:$DEST" 0.0.0.0 0
	read_port
	timeout 30 "$SOCKCAT" -uq 0 -s 127.0.0.9 127.0.0.2 9 </dev/null ||
		skip "the system lacks 127.0.0.2"
	"$SOCKCAT" -u -W 1 -q 20 -s 127.0.0.9 127.0.0.2 "$PORT" \
		<<<question >answer 3>&- &
	STARTED+=("$!")
	wait_until match_count_is collected question 1
	echo hello >answers
	wait "$!"
	file_is answer hello
}

@test "Unix datagrams and UDP are forwarded to each other, and no file is left" {
	export TMPDIR=$WORK
	start_collector
	background "$SOCKCAT" -lkuU -f "127.0.0.1:$DEST" ./socket
	wait_until test -S socket
	start_listener -ku -f ./socket
	peer_start_udp client send question read 6
	wait_until match_count_is collected question 1
	echo hello >answers
	wait_peer client
	file_is client hello
	terminate
	[ -z "$(find . -name 'sockcat.*')" ]
}

@test "answers to a sender that has gone are reported once with -v" {
	start_collector
	start "$SOCKCAT" -vlkuU -f "127.0.0.1:$DEST" ./socket
	wait_log "listening"
	"$SOCKCAT" -uU -q 0 -s ./client ./socket <<<question
	wait_until match_count_is collected question 1
	echo one >answers
	wait_log "send to client"
	[[ $LINE = *": No such file or directory" ]]
	echo two >answers
	terminate
	read_log >rest
	grep -q 'closed: received 9 bytes' rest
	match_count_is rest 'send to' 0
}

@test "a path that is bound again gets datagrams again" {
	start_listener -ku -f ./dest
	hold_fifo lines
	background "$SOCKCAT" -uL 127.0.0.1 "$PORT" <lines
	for i in 1 2; do
		start_path "$i"
		echo "$i" >lines
		wait_until file_is "got$i" "$i"
		kill "$SERVER"
		wait "$SERVER" || true
		echo lost >lines
		wait_log "dest"
		wait_log ": Connection refused"
	done
}

# start_path N: datagrams to ./dest go to the file gotN. Sets SERVER.
start_path() {
	background "$SOCKCAT" -ulU ./dest >"got$1"
	SERVER=$!
	wait_until test -S dest
}

@test "-w resets a pair whose reader takes nothing, and reports it" {
	random_bytes 8M >file
	peer_listen send_file file wait
	start_listener -w 1 -f "127.0.0.1:$PORT"
	peer_start stuck small_buffer wait read_all 2>stuck_log
	wait_log "bytes read but not sent"
	[[ $LINE = "sockcat: send to client 127.0.0.1:"*"$(error_text ETIMEDOUT); "* ]]
	assert_exit 1 "$PID"
	peer_continue stuck
	assert_exit 1 "${PEER_PID[stuck]}"
}

@test "-q of a forwarder does not count the time of a slow reader" {
	random_bytes 8M >file
	peer_listen send_file file half_close wait
	start_listener -q 0.5 -f "127.0.0.1:$PORT"
	peer_start slow small_buffer half_close wait read_all
	pause 1
	peer_continue slow
	wait_peer slow
	cmp file slow
}

# serves_two: the time counts from the end of the first client, which stays for
# longer than that.
serves_two() {
	start_listener -k --idle-exit "$SLOW" -f "127.0.0.1:$DEST" &&
		peer_connect sleep "$((1500 * SLOW))" send x half_close read_all &&
		[ "$(ask hello)" = hello ] && assert_exit 0 "$PID"
}

@test "--idle-exit of a forwarder counts from its last client" {
	start_echo
	try_three_times serves_two
}

# serves_then_ends: a client that comes in time is served; then the forwarder
# ends.
serves_then_ends() {
	start_listener -k --idle-exit "$SLOW" -f "127.0.0.1:$DEST"
	[ "$(ask hello)" = hello ] && assert_exit 0 "$PID"
}

@test "--idle-exit ends a forwarder after that time without a client" {
	start_echo
	try_three_times serves_then_ends
}

@test "a program that closes after its answer does not lose it" {
	start_listener -k -f "127.0.0.1:$(free_port)"
	terminate
	hold_fifo server.log
	background "$SOCKCAT" -vlk -e 'echo answer' 127.0.0.1 0 2>server.log
	IFS= read -r -t 30 LINE <server.log
	start_listener -k -f "127.0.0.1:${LINE##* }"
	for i in 1 2 3 4 5; do
		[ "$(ask 'a question that nobody reads')" = answer ]
	done
}

@test "Redis works through a forwarder" {
	require_commands redis-server redis-cli
	background redis-server --port 0 --unixsocket "$WORK/redis" --save "" \
		>/dev/null
	wait_until test -S redis
	start_listener -k -f ./redis
	[ "$(redis-cli -p "$PORT" set key value)" = OK ]
	[ "$(redis-cli -p "$PORT" get key)" = value ]
}
