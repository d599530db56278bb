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

# calls FILE: print the calls without the name of the program and without those
# that only learn or tune something. Ports become N, descriptors count from 3 in
# the order in which they appear, and the text of an error is left out.
calls() {
	sed -n 's/^sockcat: \([a-z]*(.*\)/\1/p' "$1" |
		grep -v -e TCP_NODELAY -e SO_KEEPALIVE -e ^get |
		awk '{
			gsub(/port [0-9]+/, "port N")
			if (/ = -1 E/)
				sub(/ \([^)]*\)  /, "  ")
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
	wait_until has_line server 'the connection is gone'
	diff - <(calls server) <<-'END'
		socket(AF_INET, SOCK_STREAM) = 3  a TCP endpoint, not connected yet
		setsockopt(3, SO_REUSEADDR, 1) = 0  the port can be used again at once
		bind(3, 127.0.0.1 port N) = 0  this address and port are ours
		listen(3, 4096) = 0  up to 4096 clients may wait to be accepted
		accept(3) = 4  a connection from 127.0.0.1 port N, on a socket of its own
		close(3) = 0  no more clients can connect
		recv(4, 1048576) = 13  data from the peer
		send(4, 20) = 20  handed to the kernel, which delivers it
		shutdown(4, SHUT_WR) = 0  half-close: the peer will read an end of file
		recv(4, 1048576) = 0  end of file: the peer will send no more
		close(4) = 0  the connection is gone
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
	wait_until has_line client 'the connection is gone'
	diff - <(calls client) <<-'END'
		socket(AF_INET, SOCK_STREAM) = 3  a TCP endpoint, not connected yet
		connect(3, 127.0.0.1 port N) = -1 EINPROGRESS  the handshake has begun; poll(2) tells when it ends
		recv(3, 1, MSG_PEEK) = -1 EAGAIN  connected; no data yet
		send(3, 6) = 6  handed to the kernel, which delivers it
		shutdown(3, SHUT_WR) = 0  half-close: the peer will read an end of file
		recv(3, 1048576) = 7  data from the peer
		recv(3, 1048576) = 0  end of file: the peer will send no more
		close(3) = 0  the connection is gone
	END
}

@test "a failed call shows its errno by name and text" {
	show 127.0.0.1 1
	[[ $OUTPUT = *" = -1 ECONNREFUSED (Connection refused)  nobody"* ]]
	[[ $OUTPUT = *"close("*") = 0  the endpoint is gone"* ]]
	serve 127.0.0.1 0
	show -l 127.0.0.1 "$PORT"
	[[ $OUTPUT = *"bind("*" port $PORT) = -1 EADDRINUSE ("*")  taken"* ]]
	show -U ./none
	[[ $OUTPUT = *"connect("*", ./none) = -1 ENOENT ("*")  there is no"* ]]
	show -s 192.0.2.1 127.0.0.1 1
	[[ $OUTPUT = *"bind("*", 192.0.2.1 port 0) = -1 EADDRNOTAVAIL ("* ]]
}

@test "each option of a socket is shown by its name" {
	show -rT ef -I 64k -O 1M 127.0.0.1 1
	[[ $OUTPUT = *"setsockopt("*", TCP_NODELAY, 1) = 0  even"* ]]
	[[ $OUTPUT = *"setsockopt("*", SO_RCVBUF, 65536) = 0  room"* ]]
	[[ $OUTPUT = *"setsockopt("*", SO_SNDBUF, 1048576) = 0  room"* ]]
	[[ $OUTPUT = *"setsockopt("*", SO_REUSEADDR, 1) = 0  the port"* ]]
	[[ $OUTPUT = *"setsockopt("*", IP_TOS, 184) = 0  routers"* ]]
}

@test "an IPv6 socket is shown as one, with IPV6_V6ONLY" {
	[ -e /proc/net/if_inet6 ] || skip "no IPv6"
	show -w 0 -l ::1 0
	[[ $OUTPUT = *"socket(AF_INET6, SOCK_STREAM) = "* ]]
	[[ $OUTPUT = *"setsockopt("*", IPV6_V6ONLY, 1) = 0  IPv4 clients"* ]]
	[[ $OUTPUT = *"bind("*", [::1] port 0) = 0  this address"* ]]
}

@test "datagrams are shown as such" {
	serve -u 127.0.0.1 0
	run_with_stdin client -uvvv -q 30 127.0.0.1 "$PORT"
	exec 7>client.in
	echo hello >&7
	wait_until has_line server ' = 6  a datagram from 127.0.0.1 port '
	has_line client 'socket(AF_INET, SOCK_DGRAM) = .*  a UDP endpoint'
	has_line client 'connect(.* = 0  datagrams go to this address'
	has_line client 'send(.*, 6) = 6  handed to the kernel, as one datagram'
	echo answer >&6
	wait_until has_line client 'recv(.*) = 7  a datagram from the peer'
}

@test "a Unix-domain socket is shown by its path" {
	run_with_stdin server -lUvvv ./socket
	exec 6>server.in
	wait_until has_line server ': listening on '
	has_line server 'socket(AF_UNIX, SOCK_STREAM) = .*  a Unix-domain end'
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
