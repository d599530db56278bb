# -vvv: each socket call with its arguments, its result and what it means.
load helper

has_line() {
	[ -e "$1" ] && grep -q -- "$2" "$1"
}

# run_with_stdin NAME ARGUMENT...: run sockcat in the background; what it writes
# is in NAME.out, what it reports in NAME. The FIFO NAME.in is its standard
# input; the caller opens it.
run_with_stdin() {
	local name=$1

	shift
	mkfifo "$name.in"
	timeout 60 "$SOCKCAT" "$@" <"$name.in" >"$name.out" 2>"$name" \
		3>&- 6>&- 7>&- &
	STARTED+=("$!")
}

# serve ARGUMENT...: let a sockcat listen with -vvv, its standard input being
# descriptor 6; sets PORT. What it reports is in the file "server".
serve() {
	run_with_stdin server -vvv -l "$@"
	exec 6>server.in
	wait_until has_line server ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' server)
}

# show ARGUMENT...: run sockcat with -vvv without input to its end; sets OUTPUT
# to what it reported.
show() {
	OUTPUT=$(timeout 60 "$SOCKCAT" -vvv "$@" 2>&1 </dev/null 3>&- 6>&-) ||
		true
}

# calls FILE: print the calls without their times and without those that only
# learn or tune something. Ports become N, descriptors count from 3 in the order
# in which they appear.
calls() {
	sed -n 's/^[0-9:]*\.[0-9]\{6\} \([a-z]*(.*\)/\1/p' "$1" |
		grep -v -e TCP_NODELAY -e SO_KEEPALIVE -e ^get |
		awk '{
			gsub(/127\.0\.0\.1:[0-9]+/, "127.0.0.1:N")
			split($0, part, /[(),]/)
			fd = part[2]
			if (/^(socket|accept)\(.*\) = [0-9]/) {
				match($0, / = [0-9]+/)
				new = substr($0, RSTART + 3, RLENGTH - 3)
				number[new] = 3 + n++
				sub(/ = [0-9]+/, " = " number[new])
			}
			if (fd in number)
				sub(/\([0-9]+/, "(" number[fd])
			print
		}'
}

@test "a listener shows each call of a conversation" {
	serve 127.0.0.1 0
	run_with_stdin client 127.0.0.1 "$PORT"
	exec 7>client.in
	echo 'Hello, world' >&7
	wait_until has_line server.out 'Hello, world'
	echo 'Hello from a server' >&6
	wait_until has_line client.out 'Hello from a server'
	exec 6>&-
	wait_until has_line server 'shutdown('
	exec 7>&-
	wait_until has_line server 'what is unsent is still sent'
	diff - <(calls server) <<-'END'
		socket(AF_INET, SOCK_STREAM, 0) = 3  a TCP endpoint (protocol 6), non-blocking
		setsockopt(3, SOL_SOCKET, SO_REUSEADDR, 1) = 0  the port can be used again at once
		bind(3, 127.0.0.1:N) = 0  the system chooses a free port
		listen(3, 4096) = 0  about 4096 connections may wait for accept; the system may allow fewer
		accept(3) = 4  127.0.0.1:N is connected to our 127.0.0.1:N, on a socket of its own
		close(3) = 0  no more clients can connect here
		recv(4, 1048576) = 13  data from the peer
		send(4, 20) = 20  taken by the kernel, which will try to deliver it
		shutdown(4, SHUT_WR) = 0  half-close (FIN): the peer will read an end of file
		recv(4, 1048576) = 0  end of file (FIN): the peer will send no more
		close(4) = 0  we are done with it; what is unsent is still sent
	END
}

@test "a client shows each call of a conversation" {
	serve 127.0.0.1 0
	run_with_stdin client -vvv 127.0.0.1 "$PORT"
	exec 7>client.in
	echo hello >&7
	exec 7>&-
	wait_until has_line client 'shutdown('
	echo answer >&6
	wait_until has_line client.out answer
	exec 6>&-
	wait_until has_line client 'what is unsent is still sent'
	diff - <(calls client) <<-'END'
		socket(AF_INET, SOCK_STREAM, 0) = 3  a TCP endpoint (protocol 6), non-blocking
		connect(3, 127.0.0.1:N) = -1 EINPROGRESS  SYN sent; poll tells when the answer comes
		recv(3, 1, MSG_PEEK) = -1 EAGAIN  connected; no data yet
		send(3, 6) = 6  taken by the kernel, which will try to deliver it
		shutdown(3, SHUT_WR) = 0  half-close (FIN): the peer will read an end of file
		recv(3, 1048576) = 7  data from the peer
		recv(3, 1048576) = 0  end of file (FIN): the peer will send no more
		close(3) = 0  we are done with it; what is unsent is still sent
	END
}

@test "a failed call shows its errno by name and text" {
	show 127.0.0.1 1
	[[ $OUTPUT = *" = -1 ECONNREFUSED (Connection refused)  nobody"* ]]
	[[ $OUTPUT = *"close("*") = 0  the endpoint is gone"* ]]
	serve 127.0.0.1 0
	show -l 127.0.0.1 "$PORT"
	[[ $OUTPUT = *"bind("*":$PORT) = -1 EADDRINUSE ("*")  another socket"* ]]
	show -U ./none
	[[ $OUTPUT = *"connect("*", ./none) = -1 ENOENT ("*")  there is no file"* ]]
	show -s 192.0.2.1 127.0.0.1 1
	[[ $OUTPUT = *"bind("*", 192.0.2.1:0) = -1 EADDRNOTAVAIL ("* ]]
}

@test "each option of a socket is shown by its name" {
	show -rT ef -I 64k -O 1M 127.0.0.1 1
	[[ $OUTPUT = *"setsockopt("*", IPPROTO_TCP, TCP_NODELAY, 1) = 0  a few"* ]]
	[[ $OUTPUT = *"setsockopt("*", SOL_SOCKET, SO_RCVBUF, 65536) = 0  room"* ]]
	[[ $OUTPUT = *"setsockopt("*", SOL_SOCKET, SO_SNDBUF, 1048576) = 0  room"* ]]
	[[ $OUTPUT = *"setsockopt("*", SOL_SOCKET, SO_REUSEADDR, 1) = 0  the port"* ]]
	[[ $OUTPUT = *"setsockopt("*", IPPROTO_IP, IP_TOS, 184) = 0  in each"* ]]
}

@test "an IPv6 socket is shown as one, with IPV6_V6ONLY" {
	[ -e /proc/net/if_inet6 ] || skip "no IPv6"
	show -w 0 -l ::1 0
	[[ $OUTPUT = *"socket(AF_INET6, SOCK_STREAM, 0) = "* ]]
	[[ $OUTPUT = *"setsockopt("*", IPPROTO_IPV6, IPV6_V6ONLY, 1) = 0  IPv4 clients"* ]]
	[[ $OUTPUT = *"bind("*", [::1]:0) = 0  the system chooses"* ]]
}

@test "datagrams are shown as such" {
	serve -u 127.0.0.1 0
	run_with_stdin client -uvvv -q 30 127.0.0.1 "$PORT"
	exec 7>client.in
	echo hello >&7
	wait_until has_line server ' = 6  a datagram from 127.0.0.1:'
	has_line client 'socket(AF_INET, SOCK_DGRAM, 0) = .*  a UDP endpoint'
	has_line client 'connect(.* = 0  datagrams go to this address'
	has_line client 'send(.*, 6) = 6  one datagram; nobody tells'
	echo answer >&6
	wait_until has_line client 'recv(.*) = 7  a datagram from the peer'
}

@test "a Unix-domain socket is shown by its path" {
	run_with_stdin server -lUvvv ./socket
	exec 6>server.in
	wait_until has_line server ': listening on '
	has_line server 'socket(AF_UNIX, SOCK_STREAM, 0) = .*  a Unix-domain end'
	has_line server 'bind(.*, ./socket) = 0  this path is ours'
	exec 6>&-
	show -U ./socket
	[[ $OUTPUT = *"connect("*", ./socket) = 0  connected"* ]]
}

@test "a full send buffer is shown as a wait" {
	serve 127.0.0.1 0
	mkfifo blocked
	exec 7<>blocked
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >blocked 3>&- 6>&- &
	STARTED+=("$!")
	head -c 64M /dev/zero >&6 3>&- &
	STARTED+=("$!")
	wait_until has_line server '  the send buffer is full; '
}

@test "without the third -v no call is shown" {
	run -1 "$SOCKCAT" -vv 127.0.0.1 1 </dev/null
	[[ $output != *" = "* ]]
}

# made FILE: what strace has seen: the name, the descriptor, the option if there
# is one, and the result of each call. Closes of other descriptors than sockets
# are left out.
made() {
	awk '{ sub(/^[0-9]+ +/, "") }
		!/^[a-z0-9_]+\(.* = / { next }
		{
			result = $0
			sub(/.*\) += /, "", result)
			split(result, part, " ")
			result = part[1] == -1 ? "-1 " part[2] : part[1]
			name = $0
			sub(/\(.*/, "", name)
			split(substr($0, length(name) + 2), arg, /[,)] */)
			if (name == "close" && !(arg[1] in socket))
				next
			if (name == "sendto" && /NULL, 0\)/)
				name = "send"
			if (name == "recvfrom")
				name = "recv"
			sub(/^accept4$/, "accept", name)
			if (name ~ /^(socket|accept)$/ && result >= 0)
				socket[result] = 1
			if (name == "close")
				delete socket[arg[1]]
			print name, arg[1], name ~ /sockopt/ ? arg[3] : "", result
		}' "$1"
}

# shown FILE: the same, as -vvv has shown it.
shown() {
	awk '$2 ~ /^[a-z]+\(.*\)?/ && /^[0-9:.]+ / && !/getaddrinfo/ {
			text = substr($0, length($1) + 2)
			name = text
			sub(/\(.*/, "", name)
			split(substr(text, length(name) + 2), arg, /[,)] */)
			result = text
			sub(/.*\) = /, "", result)
			if (match(text, /\) = /))
				result = substr(text, RSTART + 4)
			split(result, part, " ")
			result = part[1] == -1 ? "-1 " part[2] : part[1]
			times = 1
			if (/ times more$/)
				times = $(NF - 2)
			while (times-- > 0)
				print name, arg[1],
				    name ~ /sockopt/ ? arg[3] : "", result
		}' "$1"
}

# stroll NAME ARGUMENT...: run sockcat under strace in the background, with the
# FIFO NAME.in as its standard input.
stroll() {
	local name=$1

	shift
	[ -p "$name.in" ] || mkfifo "$name.in"
	timeout 60 strace -D -e trace=network,close -o "$name.calls" "$SOCKCAT" \
		-vvv "$@" <"$name.in" >"$name.out" 2>"$name" 3>&- 6>&- 7>&- 8>&- &
	STROLLED=$!
	STARTED+=("$STROLLED")
}

# same_calls NAME...: each has shown what it made.
same_calls() {
	local name

	for name; do
		wait_until has_line "$name.calls" '^+++ '
		diff <(made "$name.calls") <(shown "$name")
	done
}

# converse TARGET LISTEN...: a listener and a client, both under strace, talk.
converse() {
	local server target=$1

	shift
	stroll server "$@"
	server=$STROLLED
	exec 6>server.in
	wait_until has_line server ': listening on '
	PORT=$(sed -n '/: listening on .* port /{s/.* //p;q;}' server)
	# shellcheck disable=SC2086 # options are words
	stroll client ${target//PORT/$PORT}
	exec 7>client.in
	echo hello >&7
	wait_until has_line server.out hello
	echo answer >&6
	wait_until has_line client.out answer
	exec 7>&- 6>&-
	CLIENT=$STROLLED SERVER=$server
}

@test "each call of a TCP conversation is shown once, in order, and no other" {
	require_commands strace
	converse "127.0.0.1 PORT" -l 127.0.0.1 0
	wait "$CLIENT" "$SERVER"
	same_calls server client
}

@test "each call of a server of all addresses and of its client is shown" {
	require_commands strace
	converse "-q 1 -I 64k -O 64k 127.0.0.1 PORT" -q 1 -l 0
	wait "$CLIENT" "$SERVER"
	same_calls server client
}

@test "each call of a Unix conversation is shown" {
	require_commands strace
	converse "-U ./socket" -l -U ./socket
	wait "$CLIENT" "$SERVER"
	same_calls server client
}

@test "each call of UDP conversations is shown" {
	require_commands strace
	converse "-u -q 1 127.0.0.1 PORT" -u -l -q 1 127.0.0.1 0
	wait "$CLIENT" || true
	kill "$SERVER" || true
	wait "$SERVER" || true
	same_calls server client
	rm server.in client.in
	converse "-u -q 1 127.0.0.1 PORT" -u -l -k -q 1 127.0.0.1 0
	wait "$CLIENT" || true
	same_calls client
}

@test "each call of a server for many is shown, and those of a reset" {
	require_commands strace
	stroll server -l -k -M 2 127.0.0.1 0
	local server=$STROLLED
	exec 6>server.in
	wait_until has_line server ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' server)
	stroll one 127.0.0.1 "$PORT"
	exec 7>one.in
	stroll two -r 127.0.0.1 "$PORT"
	exec 8>two.in
	echo one >&7
	echo two >&8
	wait_until has_line server.out one
	wait_until has_line server.out two
	exec 7>&- 8>&-
	wait_until has_line server 'client .* closed.*'
	kill "$server"
	wait "$server" || true
	same_calls server one two
}

@test "each call of attempts that fail is shown, and of a scan" {
	require_commands strace
	for args in '127.0.0.1 1' '-z 127.0.0.1 1-3' '-s 192.0.2.1 127.0.0.1 1' \
		'-l 192.0.2.1 8080' '-U ./none' '-u 127.0.0.1 1' \
		'-4 -z 127.0.0.1 1'; do
		# shellcheck disable=SC2086 # options are words
		timeout 60 strace -e trace=network,close -o fail.calls "$SOCKCAT" \
			-vvv $args </dev/null 2>fail 3>&- || true
		same_calls fail
	done
}

# listen_for NAME ARGUMENT...: a listener without -vvv, which reports in the file
# NAME; sets PORT.
listen_for() {
	local name=$1

	shift
	timeout 60 "$SOCKCAT" -v -l "$@" </dev/null >"$name.out" 2>"$name" 3>&- &
	STARTED+=("$!")
	wait_until has_line "$name" ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' "$name")
}

@test "each call that passes the socket is shown: the receiver has it" {
	require_commands strace
	listen_for target 127.0.0.1 0
	echo hello | timeout 60 "$ROOT/tests/build/receive" strace -D \
		-e trace=network,close -o pass.calls "$SOCKCAT" -vvv -F \
		127.0.0.1 "$PORT" 2>pass 3>&-
	wait_until has_line target.out hello
	sed -i '/^descriptor\|^blocking/d' pass
	same_calls pass
	grep -q 'sendmsg(1, SCM_RIGHTS, .*) = 1  the receiver gets a copy' pass
	grep -q 'close(.*) = 0  we are done with it; the receiver has it now$' pass
	run ! grep -q shutdown pass
}

@test "each call through a proxy is shown" {
	local granted=05000001000000000000

	require_commands strace
	mkfifo proxy_log
	"$ROOT/tests/build/proxy" read 3 send 0500 read 10 send "$granted" echo \
		>asked 2>proxy_log 3>&- &
	STARTED+=("$!")
	IFS= read -r -t 30 line <proxy_log
	echo hello >question
	timeout 60 strace -e trace=network,close -o proxied.calls "$SOCKCAT" \
		-vvv -x "127.0.0.1:${line##* }" 192.0.2.1 80 <question >out \
		2>proxied 3>&-
	[ "$(<out)" = hello ]
	same_calls proxied
	grep -q 'close(.*) = 0  we are done with it; what is unsent' proxied
}

@test "each call for a command is shown: the command may have the socket" {
	require_commands strace
	stroll server -l -e 'cat' 127.0.0.1 0
	local server=$STROLLED
	exec 6>server.in
	wait_until has_line server ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' server)
	[ "$(echo hello | timeout 60 "$SOCKCAT" 127.0.0.1 "$PORT" 3>&- 6>&-)" = \
		hello ]
	wait "$server"
	same_calls server
	grep -q 'close(.*) = 0  we are done with it; the command may have it$' server
}

@test "each call of a forwarder is shown" {
	require_commands strace
	listen_for target -k 127.0.0.1 0
	stroll server -l -f "127.0.0.1:$PORT" 127.0.0.1 0
	local server=$STROLLED
	exec 6>server.in
	wait_until has_line server ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' server)
	echo hello | timeout 60 "$SOCKCAT" -q 0 127.0.0.1 "$PORT" 3>&- 6>&-
	wait_until has_line target.out hello
	wait "$server"
	same_calls server
}

@test "a full Unix backlog is one line and a count" {
	require_commands strace
	timeout 60 "$SOCKCAT" -v -l -k -M 1 -b 0 -U ./socket </dev/null \
		2>server 3>&- &
	STARTED+=("$!")
	wait_until has_line server ': listening on '
	for i in 1 2; do
		mkfifo "$i.in"
		timeout 60 "$SOCKCAT" -v -U ./socket <"$i.in" 2>"$i" 3>&- &
		STARTED+=("$!")
	done
	exec 6>1.in 7>2.in
	wait_until has_line server ' connected'
	wait_until has_line 1 connected
	wait_until has_line 2 connected
	timeout 60 strace -e trace=network,close -o late.calls "$SOCKCAT" -w 1 \
		-vvv -U ./socket </dev/null 2>late 3>&- || true
	[ "$(grep -c 'connect(.*the backlog is full' late)" -eq 1 ]
	grep -q 'connect(.* = -1 EAGAIN  [0-9]* times more' late
	same_calls late
}

@test "a standard error that was full is told how many lines were left out" {
	mkfifo errors client.in
	serve 127.0.0.1 0
	exec 8<>errors
	head -c 65536 /dev/zero >&8
	timeout 60 "$SOCKCAT" -vvv 127.0.0.1 "$PORT" <client.in 2>&8 3>&- 6>&- &
	STARTED+=("$!")
	exec 7>client.in
	wait_until has_line server ': client .* connected'
	echo one >&7
	wait_until has_line server.out one
	head -c 65536 <&8 >/dev/null
	echo two >&7
	run -0 timeout 10 head -n 2 <&8
	[[ ${lines[0]} = '... '[0-9]*' line'*' left out' ]]
	[[ ${lines[1]} = *' send('*', 4) = 4  '* ]]
}

@test "-vvvv shows bytes of addresses and data, states, and who is ready" {
	run_with_stdin server -vvvv -l 127.0.0.1 0
	exec 6>server.in
	wait_until has_line server ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' server)
	run_with_stdin client -vvvv 127.0.0.1 "$PORT"
	exec 7>client.in
	echo 'Hello, whole world' >&7
	wait_until has_line server.out world
	wait_until has_line server ' write(1, 19) = 19'
	exec 7>&-
	wait_until has_line server ' end of file (FIN)'
	grep -q "    sockaddr: 02 00 $(printf '%02x %02x' $((PORT / 256)) \
		$((PORT % 256))) 7f 00 00 01\$" client
	grep -q ' read(0, .*) = 19  our input' client
	grep -q '    data: 48 65 6c 6c 6f 2c 20 77 68 6f 6c 65 20 77 6f 72 ...  Hello, whole wor$' server
	grep -q ' poll(.* can be read' server
	[ "$(uname)" != Linux ] ||
		[ -n "${POSIX_ONLY-}" ] ||
		grep -q '    ESTABLISHED, 0 not acknowledged, 0 unread' server
}

@test "-vvvv shows each poll that waits: to connect, to scan, with a command" {
	run_with_stdin server -vvvv -l -e cat 127.0.0.1 0
	exec 6>server.in
	wait_until has_line server ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' server)
	echo hello | timeout 60 "$SOCKCAT" -vvvv 127.0.0.1 "$PORT" >out 2>client 3>&-
	grep -q ' poll(.* = 1  [0-9]* can be written$' client
	grep -q ' poll(.* = 1  [0-9]* can be read$' server
	timeout 60 "$SOCKCAT" -vvvv -z 127.0.0.1 1 </dev/null 2>scan 3>&- || true
	grep -q ' poll(.* ms) = 1 ' scan
	run ! grep -q ' poll(.* 2 can be' client server scan
}

# is_now TIME: is it a time of day of the last minute?
is_now() {
	local seconds

	[[ $1 =~ ^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}$ ]]
	seconds=$(($(date -d "${1%.*}" +%s) - $(date +%s)))
	((seconds > -60 && seconds <= 0)) || ((seconds > 86300))
}

@test "--stamp: each line of -v starts with the time of day" {
	run -1 "$SOCKCAT" --stamp -vv 127.0.0.1 1 </dev/null
	[[ ${lines[0]} = *' sockcat: trying 127.0.0.1 port 1' ]]
	is_now "${lines[0]%% *}"
	[[ ${lines[1]} = *' sockcat: connect to 127.0.0.1 port 1: '* ]]
	is_now "${lines[1]%% *}"
}

@test "--stamp -L: each line received starts with the time of day" {
	"$SOCKCAT" -v --stamp -L -l 127.0.0.1 0 </dev/null >out 2>server 3>&- &
	STARTED+=("$!")
	wait_until has_line server ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' server)
	printf 'one\ntwo\nthree' | "$SOCKCAT" -N 127.0.0.1 "$PORT" 3>&-
	wait "${STARTED[-1]}"
	[ "$(sed 's/^[0-9:]*\.[0-9]* //' out)" = $'one\ntwo\nthree' ]
	while read -r time _; do
		is_now "$time"
	done <out
}

@test "--stamp -L -k: the time comes before the label" {
	"$SOCKCAT" -v --stamp -Lk -l 127.0.0.1 0 </dev/null >out 2>server 3>&- &
	STARTED+=("$!")
	wait_until has_line server ': listening on '
	PORT=$(sed -n 's/.*: listening on .* port //p' server)
	printf 'one\ntwo' | "$SOCKCAT" -N 127.0.0.1 "$PORT" 3>&- &
	STARTED+=("$!")
	wait_until has_line out two
	kill "${STARTED[0]}"
	is_now "$(sed -n '1s/ .*//p' out)"
	[ "$(sed 's/^[0-9:]*\.[0-9]* 127\.0\.0\.1:[0-9]* //' out)" = $'one\ntwo' ]
}
