# Fault injection: one system call fails. Either all data still arrives, or
# sockcat reports the failure in one line and its exit status agrees with it.
# tests/walk.c lists the scenarios, and prints each finding as the command that
# reproduces it. These tests try some uses of each call; "make walk" tries all.
load helper

# walk SCENARIO...: run the fault injection driver.
walk() {
	[ -z "$SANITIZED" ] || skip "$SANITIZED must be loaded first"
	run "$ROOT/tests/build/walk" "$@"
	[ "$status" -ne 77 ] || skip "LD_PRELOAD does not work here"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a failing call does not break a client" {
	walk connect
}

@test "a failing call does not break a listener" {
	walk listen allowed
}

@test "with many clients, a failing call affects only one client" {
	walk many room
}

@test "a failing call does not break the message protocol" {
	walk messages chat
}

@test "a failing call does not stop sockcat from trying a name's other addresses" {
	walk race name
}

@test "a failing call does not break a connection over a Unix-domain socket" {
	walk unix unix-listen
}

@test "when a failing call loses a datagram, sockcat reports it" {
	walk datagrams redial
}

@test "a failing call does not break a UDP listener with one sender" {
	walk sender
}

@test "with many UDP senders, a failing call affects only one sender" {
	walk senders
}

@test "a failing call does not break Unix-domain datagrams" {
	walk unix-datagrams unix-sender unix-senders
}

@test "a failing call does not break a scan" {
	walk scan scan-name scan-udp
}

@test "a failing call does not break the handshake with a proxy" {
	walk socks5 socks4 http
}

@test "a failing call does not break the passing of a socket" {
	walk pass pass-proxy
}

@test "a failing call does not keep -c from trying again" {
	walk retry retry-unix
}

@test "a failing call does not break a command of -e, and leaves none behind" {
	require_fault_library # the commands inherit it
	walk command serve
}

@test "with many commands of -e, a failing call affects only one client" {
	require_fault_library
	walk serve-many
}

@test "a failing call breaks only one client of a forwarder" {
	walk forward forward-name forward-dump
	walk forward-proxy forward-retry forward-datagrams
}

@test "the injected fault does happen, and sockcat reports it" {
	walk connect recv:ECONNRESET:2
	[[ ${lines[0]} = "sockcat: receive from 127.0.0.1 port "* ]]
	[[ $output = *"exit status 1, "*"; it failed; "* ]]
}

# with_fault FAULT ARGUMENT...: run sockcat with this fault.
with_fault() {
	FAULT=$1 LD_PRELOAD=$FAULT_LIBRARY timeout 30 \
		"$SOCKCAT" "${@:2}"
}

@test "ENOBUFS is a full queue: what was not sent is sent a little later" {
	require_fault_library
	peer_listen read_all
	run -0 --separate-stderr with_fault send:ENOBUFS:1 127.0.0.1 "$PORT" \
		<<<word
	[ -z "$stderr" ]
	wait_peer
	file_is received word
	open_stdin
	start with_fault sendto:ENOBUFS:1 -v -luk 127.0.0.1 0 <stdin
	read_port
	peer_start_udp a send hello read 5
	wait_log connected
	send_stdin $'word\n'
	wait_peer a
	file_is a word
	kill "$PID"
}

@test "if the system refuses a large receive buffer, half of it is requested" {
	require_commands strace
	peer_listen_udp read 5
	run -0 timeout 30 strace -o calls -e trace=setsockopt \
		-e inject=setsockopt:error=ENOBUFS:when=2 "$SOCKCAT" -u -q 0 \
		127.0.0.1 "$PORT" <<<word
	wait_peer
	grep -q 'SO_RCVBUF, \[8388608\], 4) = -1 ENOBUFS' calls
	grep -q 'SO_RCVBUF, \[4194304\], 4) = 0' calls
}
