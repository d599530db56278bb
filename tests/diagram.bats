# sockcat-diagram: the traces of -vvv as a sequence diagram, and a session of the
# tour in one terminal.
load helper

DIAGRAM=$ROOT/man/sockcat-diagram
TRACES=$ROOT/tests/traces

# draw TRACE...: run sockcat-diagram; sets output. What follows the first column
# is in the lines, with one space for many.
draw() {
	run -0 "$DIAGRAM" "$@"
	output=$(tr -s ' ' <<<"$output" | sed 's/^ *[0-9.]* *//; s/ $//')
}

# trace NAME: write standard input as a trace, one call each millisecond.
trace() {
	awk '{ printf "14:03:07.%06d %s\n", NR * 1000, $0 }' >"$1"
}

@test "a diagram of both ends shows calls, arrows and states" {
	"$DIAGRAM" "$TRACES/server" "$TRACES/client" | diff "$TRACES/diagram" -
}

@test "a diagram has no line over 80 columns" {
	printf '%s\n' "bind(5, /$(printf '%0150d' 0)) = 0  this path is ours" |
		trace long
	run -0 "$DIAGRAM" long "$TRACES/client"
	[ -z "$(awk 'length > 80' <<<"$output")" ]
}

@test "each awk draws the same" {
	require_commands busybox
	mkdir bin
	ln -s "$(command -v busybox)" bin/awk
	PATH=$WORK/bin:$PATH "$DIAGRAM" "$TRACES/server" "$TRACES/client" |
		diff "$TRACES/diagram" -
}

@test "one trace is enough: what arrives tells what the other side did" {
	draw "$TRACES/client"
	diff - <(grep -e '--' -e '\[' <<<"$output") <<-END
		connect(5, 127.0.0.1:8080) ---- SYN ---->
		[SYN_SENT]
		recv(5, 1, MSG_PEEK) = -1 <- SYN, ACK --
		---- ACK ---->
		[ESTABLISHED] [ESTABLISHED]
		send(5, 17) = 17 -- 17 bytes ->
		shutdown(5, SHUT_WR) = 0 ---- FIN ---->
		[FIN_WAIT_2] [CLOSE_WAIT]
		recv(5, 1048576) = 11 <- 11 bytes --
		recv(5, 1048576) = 0 <---- FIN ----
		[TIME_WAIT] [CLOSED]
	END
}

@test "a refused connection is a SYN and a RST" {
	trace client <<-END
		socket(AF_INET, SOCK_STREAM, 0) = 5  a TCP endpoint
		connect(5, 127.0.0.1:8080) = -1 EINPROGRESS (Operation now in progress)  SYN sent
		recv(5, 1, MSG_PEEK) = -1 ECONNREFUSED (Connection refused)  nobody listens there
		close(5) = 0  the endpoint is gone
	END
	draw client
	diff - <(grep -e '--' -e '\[' <<<"$output") <<-END
		connect(5, 127.0.0.1:8080) ---- SYN ---->
		[SYN_SENT]
		recv(5, 1, MSG_PEEK) = -1 <---- RST ----
		[CLOSED]
	END
}

@test "unread data at close is a reset" {
	sed '/recv(6/d; /send(6/d' "$TRACES/server" >server
	sed '/recv(5, 1048576)/d; /shutdown(/d' "$TRACES/client" |
		sed '$d' >client
	echo "14:03:15.101000 recv(5, 1048576) = -1 ECONNRESET (Connection reset by peer)  RST" >>client
	draw server client
	[[ $output = *"close(6) = 0 ---- RST ---->"* ]]
	[[ $output = *$'[CLOSED] [CLOSED]\nrecv(5, 1048576) = -1'* ]]
}

@test "data for a peer that has closed is answered by a reset" {
	sed '/recv(6/d; /send(6/d; s/15\.100902/10.000000/' "$TRACES/server" >server
	sed '/shutdown(/,$d' "$TRACES/client" >client
	draw server client
	[[ $output = *"<- 17 bytes -- send(5, 17) = 17"*"---- RST ---->"* ]]
}

@test "datagrams have no handshake and no states" {
	trace server <<-END
		socket(AF_INET, SOCK_DGRAM, 0) = 5  a UDP endpoint (protocol 17)
		bind(5, 127.0.0.1:8080) = 0  this address and port are ours
	END
	echo "14:03:07.009000 recvfrom(5, 1048576) = 4  from 127.0.0.1:50312" >>server
	trace client <<-END
		socket(AF_INET, SOCK_DGRAM, 0) = 5  a UDP endpoint (protocol 17)
		connect(5, 127.0.0.1:8080) = 0  datagrams go to this address
		send(5, 4) = 4  one datagram
	END
	draw server client
	diff - <(grep -e '--' -e '\[' <<<"$output") <<-END
		<-- 4 bytes -- send(5, 4) = 4
	END
}

@test "a refused datagram comes back to its sender" {
	trace client <<-END
		socket(AF_INET, SOCK_DGRAM, 0) = 5  a UDP endpoint (protocol 17)
		connect(5, 127.0.0.1:8080) = 0  datagrams go to this address
		send(5, 4) = 4  one datagram
		recv(5, 1048576) = -1 ECONNREFUSED (Connection refused)  nobody listens there
	END
	draw client
	[[ $output = *"recv(5, 1048576) = -1 <-- refused --"* ]]
}

@test "a Unix-domain connection has no packets, only its ends" {
	trace client <<-END
		socket(AF_UNIX, SOCK_STREAM, 0) = 5  a Unix-domain endpoint
		connect(5, ./socket) = 0  connected
		send(5, 6) = 6  taken by the kernel
		shutdown(5, SHUT_WR) = 0  half-close
	END
	draw client
	[[ $output = *"connect(5, ./socket) = 0 -- connect -->"* ]]
	[[ $output = *"shutdown(5, SHUT_WR) = 0 ---- EOF ---->"* ]]
	[[ $output != *SYN* && $output != *FIN* && $output != *"["* ]]
}

@test "lines that a trace has left out are shown as such" {
	sed '/setsockopt/s/.*/... 12 lines left out/' "$TRACES/server" >server
	draw server
	[[ $output = *"lines left out"* ]]
}

@test "a trace may go on after midnight" {
	sed 's/^14:03:1/00:00:1/; s/^14:03:0/23:59:5/' "$TRACES/client" >client
	run -0 "$DIAGRAM" client
	[[ $output = *$'\n'" 15.589 recv"* ]]
}

@test "SVG is well-formed, and knows light and dark" {
	"$DIAGRAM" -s "$TRACES/server" "$TRACES/client" >diagram.svg
	grep -q 'prefers-color-scheme: dark' diagram.svg
	grep -q '>SYN, ACK</text>' diagram.svg
	[ "$(grep -c '^<path' diagram.svg)" -eq \
		"$(grep -c -e '-[ ->]*$\|--' "$TRACES/diagram")" ]
	require_commands xmllint
	xmllint --noout diagram.svg
}

@test "a session runs in one terminal, with a question before each output" {
	cat >page.7 <<-'END'
		.Sh 1. A short one
		A server
		.Fn listens :
		.Pp
		.Em Terminal 1
		.Bd -literal -compact
		.No $ Sy sockcat -v -l -U ./socket
		sockcat: listening on ./socket
		.Ed
		.Em Terminal 2
		.Bd -literal -compact
		.\" with -v -q 5
		$ sockcat -vvv -U ./socket
		.\" until connected
		.Em (as in session 1)
		sockcat: connected to ./socket
		.Sy hello
		12:00:00.000000 send(5, 6) = 6  the peer can read it
		.Ed
		.Bd -literal -compact
		.\" diagram 2
		this is not read
		.Ed
		.Em Terminal 1
		.Bd -literal -compact
		sockcat: client unix:1 connected
		hello
		.Sy ^C
		.Ed
	END
	PATH=${SOCKCAT%/*}:$PATH run -0 "$DIAGRAM" -p page.7 -r 1 \
		< <(yes '') 3>&-
	output=$(sed -e 's/ (uid [0-9]*, pid [0-9]*)//' -e '/^2| [0-9]/d' \
		-e '/^ /{/send/!d;}' -e 's/^ *[0-9.]* send/send/' <<<"$output")
	diff - <(echo "$output") <<-'END'

		1. A short one

		A server listens():
		1| $ sockcat -v -l -U ./socket
		What will Terminal 1 print? 
		1| sockcat: listening on ./socket
		2| $ sockcat -v -q 5 -vvv -U ./socket
		2| sockcat: trying ./socket
		2| sockcat: connected to ./socket
		What will Terminal 2 print? 
		2| hello
		What will Terminal 2 print? 

		seconds client                                      the other side
		send(5, 6) = 6               -- 6 bytes -->
		What will Terminal 1 print? 
		1| sockcat: client unix:1 connected
		1| hello
		1| ^C
	END
}

@test "sockcat-diagram says what it cannot draw" {
	run -1 "$DIAGRAM" /no/such/trace
	[ "$output" = "sockcat-diagram: cannot read /no/such/trace" ]
	echo nothing >empty
	run -1 "$DIAGRAM" empty
	[[ $output = *"no calls in empty: use the lines of sockcat -vvv" ]]
	run -1 "$DIAGRAM" -r 99
	[ "$output" = "sockcat-diagram: the tour has no session 99" ]
	run -2 "$DIAGRAM"
	run -2 "$DIAGRAM" -r 1 trace
}

@test "the diagrams in the tour are those of its sessions" {
	local page=$ROOT/man/sockcat-sockets.7

	"$ROOT/man/redraw" <"$page" | diff "$page" -
	[ "$(grep -c '^\.\\" diagram' "$page")" -ge \
		"$(grep -c '^\.Sh [0-9]' "$page")" ]
	"$ROOT/man/redraw" -s 1 <"$page" | diff "$ROOT/man/first-session.svg" -
}

@test "make html has each page and its diagram" {
	local page

	require_commands make mandoc
	mkdir copy
	cp -R "$ROOT/Makefile" "$ROOT/man" copy
	mkdir -p copy/tests
	cp -R "$TRACES" copy/tests
	make -s -C copy html 3>&-
	for page in "$ROOT"/man/*.[17]; do
		[ -s "copy/html/${page##*/}.html" ]
	done
	grep -q '<img src="half-close.svg"' copy/html/sockcat-sockets.7.html
	grep -q 'href="sockcat.1.html"' copy/html/sockcat-myths.7.html
	grep -q SYN copy/html/half-close.svg
}
