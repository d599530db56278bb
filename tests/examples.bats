# man/examples: the sessions of the tour in C. They are compiled here, and talk
# with each other and with sockcat.
load helper

setup_file() {
	local source name

	export BUILT=$BATS_FILE_TMPDIR
	for source in "$ROOT"/man/examples/*.c; do
		name=${source##*/}
		compile "$source" "$BUILT/${name%.c}" 2>"$BUILT/$name.errors" \
			3>&- &
	done
	wait
}

# compile SOURCE PROGRAM: as a student would who wants to know of every mistake.
compile() {
	# shellcheck disable=SC2086 # it may have options
	${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -Wall -Wextra \
		-Wpedantic -Wshadow -Wconversion -Werror -o "$2" "$1"
}

# serve NAME ARGUMENT...: run an example in the background that listens on PORT.
# What it prints is in the file "out". Sets PID.
serve() {
	local name=$1

	shift
	background "$BUILT/$name" "$@" >out 2>errors </dev/null
	PID=$!
}

# ask COMMAND...: run a client until a server answers it; its output is in the
# file "got". Its input is the file "input".
ask() {
	touch input
	wait_until ask_once "$@"
}

ask_once() {
	timeout 20 "$@" <input >got 2>refused 3>&-
}


# fill_up N: connect so many clients, which stay.
fill_up() {
	hold_fifo crowd
	background "$CROWD" "$PORT" "$1" stay <crowd >crowd_out
	wait_until file_is crowd_out connected
}

@test "each example compiles without a warning" {
	[ -z "$(cat "$BUILT"/*.errors)" ]
}

@test "examples: server and client" {
	PORT=$(free_port)
	serve server "$PORT"
	ask "$BUILT/client" "$PORT"
	assert_exit 0 "$PID"
	[ "$(<out)" = "Hello, server" ]
	[ "$(<got)" = "Hello, client" ]
}

@test "examples: the server with sockcat as its client" {
	PORT=$(free_port)
	serve server "$PORT"
	echo "Hello from afar" >input
	ask "$SOCKCAT" -q 20 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	[ "$(<out)" = "Hello from afar" ]
	[ "$(<got)" = "Hello, client" ]
}

@test "examples: the client with sockcat as its server" {
	open_stdin
	send_stdin $'It is me\n'
	start_listener -q 20 <stdin
	background "$BUILT/client" "$PORT" >got
	wait_until file_is out "Hello, server"
	close_stdin
	assert_exit 0 "$PID"
	wait_until file_is got "It is me"
}

@test "examples: the answer comes after the whole question" {
	PORT=$(free_port)
	serve answer "$PORT"
	echo "What time is it?" >input
	ask "$BUILT/question" "$PORT"
	assert_exit 0 "$PID"
	[ "$(<out)" = "What time is it?" ]
	[ "$(<got)" = "It's noon." ]
}

@test "examples: the question is answered by sockcat" {
	start_listener -e 'cat; echo yes'
	echo question >input
	ask "$BUILT/question" "$PORT"
	[ "$(<got)" = $'question\nyes' ]
}

@test "examples: clients wait in the backlog until they are accepted" {
	PORT=$(free_port)
	hold_fifo enter
	background "$BUILT/backlog" "$PORT" 4 <enter >out
	wait_until file_is out "listening; press Enter to accept"
	fill_up 3
	run ! grep accepted out
	echo >enter
	wait_until match_count_is out accepted 3
}

@test "examples: a listener keeps the port, TIME_WAIT only without SO_REUSEADDR" {
	[ "$(uname)" = Linux ] || skip "systems differ in what they allow"
	echo bye >bye
	start_listener <bye # so it is the first to close
	run -0 "$BUILT/reuse" "$PORT"
	[ "${lines[0]}" = "SO_REUSEADDR 0: $(error_text EADDRINUSE)" ]
	[ "${lines[1]}" = "SO_REUSEADDR 1: $(error_text EADDRINUSE)" ]
	timeout 20 "$BUILT/client" "$PORT" >got 3>&-
	assert_exit 0 "$PID"
	run -0 "$BUILT/reuse" "$PORT"
	[ "${lines[0]}" = "SO_REUSEADDR 0: $(error_text EADDRINUSE)" ]
	[ "${lines[1]}" = "SO_REUSEADDR 1: bound" ]
}

@test "examples: datagrams are sent back to their senders" {
	PORT=$(free_port)
	serve udp-server "$PORT"
	ask "$BUILT/udp-client" "$PORT" "Hello there"
	[ "$(<got)" = "Hello there" ]
	wait_until has_text out "11 bytes from port "
	run -1 "$BUILT/udp-client" "$(free_port)" Hello
}

has_text() {
	grep -q -- "$2" "$1"
}

@test "examples: the datagram server with sockcat as its client" {
	PORT=$(free_port)
	serve udp-server "$PORT"
	ask "$BUILT/udp-client" "$PORT" ready
	printf hello >input
	ask "$SOCKCAT" -u -W 1 -q 20 127.0.0.1 "$PORT"
	[ "$(<got)" = hello ]
}

@test "examples: a send to a peer that is gone succeeds once, then fails" {
	start_listener
	hold_fifo enter
	background "$BUILT/reset" "$PORT" <enter >got 2>errors
	wait_log connected
	kill -KILL "$PID"
	wait "$PID" || true
	echo one >enter
	wait_until file_is got "the kernel took 4 bytes"
	wait_until reset_is_noticed
	grep -q "Broken pipe" errors
}

# The reset needs a moment to come back.
reset_is_noticed() {
	echo two >enter
	pause 0.05
	[ -s errors ]
}

@test "examples: a Unix-domain socket" {
	serve unix-server ./socket
	ask "$BUILT/unix-client" ./socket
	assert_exit 0 "$PID"
	[ "$(<got)" = Hello ]
	[ ! -e socket ]
	serve unix-server ./socket
	echo question >input
	ask "$SOCKCAT" -U -q 20 ./socket
	[ "$(<got)" = question ]
}

@test "examples: a client of IPv4, and one of IPv6" {
	[ -e /proc/net/if_inet6 ] && grep -q . /proc/net/if_inet6 ||
		skip "no IPv6"
	PORT=$(free_port)
	serve both "$PORT"
	ask "$SOCKCAT" 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	[ "$(<out)" = "a client of 127.0.0.1" ]
	serve both "$PORT"
	ask "$SOCKCAT" ::1 "$PORT"
	assert_exit 0 "$PID"
	[ "$(<out)" = "a client of ::1" ]
}

@test "examples: many clients of one process" {
	PORT=$(free_port)
	serve many "$PORT"
	printf 'ready\n' >input
	ask "$SOCKCAT" -q 20 127.0.0.1 "$PORT"
	fill_up 50
	peer_connect send hello half_close read_all
	[ "$(<received)" = hello ]
}

@test "examples: a message ends with a dot, and a conversation with a caret" {
	open_stdin
	start_listener -m <stdin
	background "$BUILT/dot" "$PORT" "Hello from client" >got
	wait_until file_is out "Hello from client."
	send_stdin 'One. Two.^'
	assert_exit 0 "$PID"
	wait_until file_is got $'One\nTwo'
}

@test "examples: port and address are in network byte order" {
	run -0 "$BUILT/order" 127.0.0.1 8080
	[ "${lines[1]}" = "sin_port     1f 90" ]
	[ "${lines[2]}" = "sin_addr     7f 00 00 01" ]
}

@test "examples: lines are found in pieces of any size" {
	PORT=$(free_port)
	serve lines "$PORT"
	ask "$ACTOR" "$PORT" send $'one\ntwo\n' send th send_bytewise $'ree\n'
	assert_exit 0 "$PID"
	[ "$(grep ^line out)" = $'line: one\nline: two\nline: three' ]
}

@test "examples: what a full buffer does not take is sent later" {
	start_listener -d
	stop_process "$PID"
	random_bytes 8M >file
	background "$BUILT/send-all" "$PORT" <file >got
	SENDER=$!
	wait_until waits_in poll "$SENDER"
	continue_process "$PID"
	assert_exit 0 "$SENDER"
	assert_exit 0 "$PID"
	cmp file out
}

@test "examples: the wildcard address is each address of this machine" {
	[ "$(uname)" = Linux ] || skip "127.0.0.2 is Linux's"
	PORT=$(free_port)
	serve everywhere "$PORT"
	ask "$SOCKCAT" 127.0.0.2 "$PORT"
	assert_exit 0 "$PID"
	[[ $(<out) = "127.0.0."*" is connected to our 127.0.0.2:$PORT" ]]
}

@test "examples: a datagram to nobody is sent, and refused later" {
	run -1 timeout 20 "$BUILT/nobody" "$(free_port)"
	[ "${lines[0]}" = sent ]
	[ "${lines[1]}" = "recv: Connection refused" ]
}

@test "examples: a command for each client" {
	PORT=$(free_port)
	serve spawn "$PORT" tr a-z A-Z
	echo hello >input
	ask "$BUILT/question" "$PORT"
	[ "$(<got)" = HELLO ]
	ask "$SOCKCAT" 127.0.0.1 "$PORT"
	[ "$(<got)" = HELLO ]
}

@test "examples: the addresses of a name are tried in turn" {
	start_listener
	run -0 timeout 20 "$BUILT/lookup" localhost "$PORT"
	[[ ${lines[-1]} = "127.0.0.1 port $PORT: connected" ]]
	run -1 "$BUILT/lookup" no-such-host.invalid "$PORT"
	[[ $output = "getaddrinfo: "* ]]
}
