# Under a service manager: sockets that it passes, and telling it the state.
load helper

ACTIVATE=$ROOT/tests/build/activate

# activated KIND ADDRESS... -- COMMAND...: start a command with these sockets.
# Sets PORTS and PID.
activated() {
	rm -f ports
	start "$ACTIVATE" "$@" </dev/null
	wait_until test -e ports
	mapfile -t PORTS <ports
	PORT=${PORTS[0]-}
}

# activation_fails KIND ADDRESS -- COMMAND...: the exit status has to be 2; the
# output is its error.
activation_fails() {
	run -2 timeout 30 "$ACTIVATE" "$@" </dev/null
}

# activated_by_systemd SOCKET... -- ARGUMENT...: the same with systemd's own
# program: a socket is a port or a path. Stdin is /dev/null.
activated_by_systemd() {
	local sockets=()

	require_commands systemd-socket-activate
	while [ "$1" != -- ]; do
		sockets+=(-l "$1")
		shift
	done
	start systemd-socket-activate "${sockets[@]}" "$SOCKCAT" "${@:2}" \
		</dev/null
	wait_log Listening
}

@test "-l without a port listens on the socket of LISTEN_FDS" {
	activated tcp 0 -- "$SOCKCAT" -v -l
	read_log_line
	[ "$LINE" = "sockcat: listening on 127.0.0.1 port $PORT" ]
	peer_connect send word
	assert_exit 0 "$PID"
	file_is out word
}

@test "-lk serves all sockets of LISTEN_FDS" {
	local p

	activated tcp 0 0 0 -- "$SOCKCAT" -v -lk
	[ "${#PORTS[@]}" -eq 3 ]
	for p in "${PORTS[@]}"; do
		PORT=$p
		peer_connect send "$p"$'\n'
	done
	wait_until line_count_is out 3
	[ "$(sort out)" = "$(printf '%s\n' "${PORTS[@]}" | sort)" ]
	terminate
}

@test "-lu takes a socket for datagrams" {
	activated udp 0 -- "$SOCKCAT" -v -luk
	wait_log listening
	peer_connect_udp send word
	wait_until file_is out word
	terminate
}

# asked KIND OPERAND...: a listener gets a socket of this kind, a question from such
# a client, and answers it.
asked() {
	hold_fifo answers
	rm -f ports out
	start "$ACTIVATE" "$1" 0 -- "$SOCKCAT" -vvv -luk <answers
	wait_until test -s ports
	background "$SOCKCAT" -u -W 1 -q 20 "${@:2}" "$(<ports)" <<<question >answer
	wait_until file_is out question
	echo hello >answers
	wait_until file_is answer hello
}

@test "-lu of LISTEN_FDS answers, and -vvv shows it" {
	asked udp 127.0.0.1
	wait_log "sendto("
	terminate
}

@test "-lu of LISTEN_FDS answers from the address that was asked" {
	timeout 30 "$SOCKCAT" -uq 0 -s 127.0.0.9 127.0.0.2 9 </dev/null ||
		skip "the system lacks 127.0.0.2"
	asked udp-any -s 127.0.0.9 127.0.0.2
	terminate
}

@test "a path of LISTEN_FDS needs no -U, and its file stays" {
	activated unix ./sock -- "$SOCKCAT" -v -l
	wait_log "listening on ./sock"
	timeout 30 "$SOCKCAT" -U ./sock <<<word
	assert_exit 0 "$PID"
	file_is out word
	[ -S ./sock ]
}

@test "-l -e serves a socket of LISTEN_FDS" {
	activated tcp 0 -- "$SOCKCAT" -v -lk -e 'echo "$TCPLOCALPORT"'
	wait_log listening
	peer_connect read_all
	file_is received "$PORT"
	terminate
}

@test "a dual socket shows and allows IPv4 clients as such" {
	PORT=$(free_port)
	activated_by_systemd "$PORT" -- -v -l -a 127.0.0.0/8
	peer_connect send word
	wait_log "client 127.0.0.1:"
	assert_exit 0 "$PID"
	file_is out word
}

@test "systemd-socket-activate passes a port and a path at once" {
	PORT=$(free_port)
	activated_by_systemd "$PORT" "$WORK/sock" -- -v -lk -e 'echo "$PROTO"'
	run -0 timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT"
	[ "$output" = TCP ]
	run -0 timeout 30 "$SOCKCAT" -d -U sock
	[ "$output" = UNIX ]
	terminate
}

@test "the units of systemd are well-formed" {
	local unit

	require_commands systemd-analyze
	mkdir units
	for unit in "$ROOT"/packaging/systemd/*; do
		sed -e "s|/usr/local/bin/sockcat|$SOCKCAT|; /^Documentation=/d" \
			"$unit" >"units/$(basename "${unit/@/@8080}")"
	done
	run systemd-analyze verify units/*
	[[ $output != *"Failed to connect"* && $output != *"not permitted"* ]] ||
		skip "systemd-analyze does not run here"
	[[ $output != *"$WORK/units"* && $output != *sockcat-* ]]
}

# unit NAME VARIABLE=VALUE: the command of the unit of this name serves a socket,
# as systemd runs it: each ${VARIABLE} is one argument.
unit() {
	local command=() words word

	read -ra words < <(sed -n 's/^ExecStart=[^ ]* //p' \
		"$ROOT/packaging/systemd/sockcat-$1@.service")
	for word in "${words[@]}"; do
		case $word in
		'${'*) command+=("${2#*=}") ;;
		*) command+=("$word") ;;
		esac
	done
	activated tcp 0 -- "$SOCKCAT" "${command[@]}"
	wait_log listening
}

@test "the commands of the units serve a socket" {
	unit exec COMMAND='read x; echo "command $x"'
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	[ "$output" = "command word" ]
	[ -z "${POSIX_ONLY-}" ] || skip "built without the other's -K dead"
	unit forward DEST="127.0.0.1:$PORT"
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<again
	[ "$output" = "command again" ]
}

@test "s6 waits until --ready tells that it listens" {
	require_commands s6-supervise s6-svwait s6-svc
	PORT=$(free_port)
	mkdir service
	echo 5 >service/notification-fd
	cat >service/run <<-END
		#!/bin/sh
		exec "$SOCKCAT" -lk --ready 5 -e 'echo served' 127.0.0.1 $PORT
	END
	chmod +x service/run
	background s6-supervise service
	wait_until test -p service/supervise/control
	s6-svwait -U -t 30000 service
	run -0 timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT"
	[ "$output" = served ]
	s6-svc -xd service
}

@test "a socket that s6 passes as standard input: the error tells a command that works" {
	local command

	require_commands s6-ipcserver-socketbinder
	run -2 s6-ipcserver-socketbinder ./sock "$SOCKCAT" -l
	[[ $output == *"standard input is a socket that listens; use sh -c"* ]]
	command=${output#*; use }
	command=${command//exec sockcat/exec \"$SOCKCAT\" -v}
	start s6-ipcserver-socketbinder ./sock sh -c "$command"
	wait_log "listening on ./sock"
	timeout 30 "$SOCKCAT" -U ./sock <<<word
	assert_exit 0 "$PID"
	file_is out word
}

@test "a socket of another kind than -u says is a usage error" {
	activation_fails udp 0 -- "$SOCKCAT" -l
	[ "$output" = "sockcat: LISTEN_FDS: descriptor 3 is a socket for datagrams: add -u" ]
	activation_fails tcp 0 -- "$SOCKCAT" -lu
	[ "$output" = "sockcat: LISTEN_FDS: descriptor 3 is a socket for streams: leave out -u" ]
}

@test "a connection of LISTEN_FDS is a usage error that tells the way" {
	activation_fails pair x -- "$SOCKCAT" -l
	[[ $output == *"descriptor 3 is a connection (Accept=yes)"*"StandardInput=socket" ]]
}

@test "LISTEN_FDS is ignored if a port is given, or LISTEN_PID is not ours" {
	activated udp 0 -- "$SOCKCAT" -v -l 127.0.0.1 0
	read_port
	peer_connect send word
	assert_exit 0 "$PID"
	file_is out word
	ACTIVATE_PID=other activation_fails tcp 0 -- "$SOCKCAT" -l
	[[ $output == *"-l requires a port"* ]]
}

@test "commands do not inherit what the service manager tells us" {
	local want=none

	NOTIFY_SOCKET=$WORK/none activated tcp 0 -- "$SOCKCAT" -lk -e \
		'env | grep -e ^LISTEN_ -e ^NOTIFY_ || echo none'
	peer_connect read_all
	file_is received "$want"
	terminate
}

@test "a socket that listens as standard input: the error tells a command that works" {
	local command

	activation_fails tcp 0 -- sh -c 'exec "$0" -l <&3' "$SOCKCAT"
	[[ $output == *"standard input is a socket that listens; use sh -c"* ]]
	command=${output#*; use }
	command=${command//exec sockcat/exec \"$SOCKCAT\"}
	activated tcp 0 -- sh -c "exec <&3; $command"
	peer_connect send word
	assert_exit 0 "$PID"
	file_is out word
}

# memory: print the resident memory of the started sockcat, in KiB; 0 under a
# checker, which keeps what was freed.
memory() {
	[ -z "$SANITIZED" ] || { echo 0 && return; }
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$PID/status"
}

# is_idle N: has it no child, not even a zombie, and at most N descriptors?
is_idle() {
	[ -z "$(<"/proc/$PID/task/$PID/children")" ] &&
		[ "$(find "/proc/$PID/fd" -mindepth 1 | wc -l)" -le "$1" ]
}

# serves_many COMMAND...: 1,000 clients leave nothing behind that 100 did not; under
# a checker, which forks slowly, 200.
serves_many() {
	local open kib many=1000

	[ -r "/proc/$$/task/$$/children" ] || skip "no /proc tells the children"
	activated tcp 0 -- "$SOCKCAT" --ready 9 "$@" 9>ready
	wait_until test -s ready
	open=$(find "/proc/$PID/fd" -mindepth 1 | wc -l)
	"$CROWD" "$PORT" 100 pass </dev/null 3>&-
	wait_until is_idle "$open"
	kib=$(memory)
	[ -z "$SANITIZED" ] || many=200
	"$CROWD" "$PORT" "$many" pass </dev/null 3>&-
	wait_until is_idle "$open"
	(($(memory) <= kib + 256)) || {
		echo "$kib KiB, then $(memory)"
		return 1
	}
	terminate
}

@test "1,000 clients of a socket of LISTEN_FDS leave nothing behind" {
	serves_many -lk
}

@test "1,000 commands of a socket of LISTEN_FDS leave nothing behind" {
	serves_many -lk -e true
}

# activate_often COMMAND...: 500 times, each for one client.
activate_often() {
	local n=500

	[ -z "$SANITIZED" ] || n=20
	run -0 timeout 300 "$ACTIVATE" -n "$n" tcp 0 -- "$SOCKCAT" "$@" </dev/null
	[ "${lines[-1]}" = "0 clients, 0 descriptors, no process, no memory" ]
}

@test "1,000 activations leave nothing behind: half of them to relay, half to run a command" {
	activate_often -l
	activate_often -l -e 'read x; echo "$x"'
}

@test "--ready: the port is written to the descriptor, which is closed" {
	local port

	hold_fifo ready
	start "$SOCKCAT" -l --ready 5 127.0.0.1 0 5>ready </dev/null
	read -r -t 30 port <ready
	PORT=$port
	peer_connect send word
	assert_exit 0 "$PID"
	file_is out word
}

@test "--ready with a path writes an empty line" {
	start "$SOCKCAT" -lU --ready 5 ./sock 5>ready </dev/null
	wait_until line_count_is ready 1
	[ "$(wc -c <ready)" -eq 1 ]
	timeout 30 "$SOCKCAT" -U ./sock <<<word
	assert_exit 0 "$PID"
}

@test "--ready with 0, 1, 2 or a closed descriptor is a usage error" {
	run -2 "$SOCKCAT" -l --ready 2 0
	[[ $output == *--ready* ]]
	run -2 "$SOCKCAT" -l --ready 77 0
	[ "$output" = "sockcat: --ready 77: the descriptor is not open" ]
}

# states PATH: start a manager at the path; its file "states" has what it is
# told.
states() {
	background "$SOCKCAT" -v -lukUL "$1" >states 2>manager </dev/null
	wait_until grep -qs listening manager
}

@test "NOTIFY_SOCKET is told READY=1 and STOPPING=1" {
	states ./manager.sock
	NOTIFY_SOCKET=$WORK/manager.sock start "$SOCKCAT" -l 127.0.0.1 0 \
		</dev/null
	wait_until grep -q READY=1 states
	run ! grep -q STOPPING states
	terminate
	wait_until grep -q STOPPING=1 states
}

@test "NOTIFY_SOCKET may be an abstract name" {
	[ "$(uname)" = Linux ] || skip "Linux has these names"
	states "@sockcat-$$"
	NOTIFY_SOCKET=@sockcat-$$ start "$SOCKCAT" -lk -e true 127.0.0.1 0 \
		</dev/null
	wait_until grep -q READY=1 states
	terminate
	wait_until grep -q STOPPING=1 states
}

# is_used ARGUMENT...: a listener with a short --idle-exit stays while it has the
# client "a", which may come late on a busy machine.
is_used() {
	activated tcp 0 -- "$SOCKCAT" -v -lk --idle-exit "$SLOW" "$@"
	peer_start a send word wait half_close read_all
	wait_log connected || return
	pause "$((SLOW * 3 / 2)).5"
	kill -0 "$PID"
}

@test "--idle-exit ends a listener after that time without a client, with status 0" {
	try_three_times is_used
	peer_continue a
	assert_exit 0 "$PID"
	file_is out word
}

@test "--idle-exit ends a forwarder once nobody is forwarded" {
	peer_listen wait
	try_three_times is_used -f "127.0.0.1:$PORT"
	peer_continue a
	peer_continue
	assert_exit 0 "$PID"
}

# ends_after_word: one that has been sent a word, by a client that closed at once.
ends_after_word() {
	start_listener -k -d --idle-exit "$SLOW"
	"$SOCKCAT" --send-only 127.0.0.1 "$PORT" <<<word
	assert_exit 0 "$PID" && [ "$(<out)" = word ]
}

@test "--idle-exit counts from a client that sent and closed at once" {
	try_three_times ends_after_word
}

@test "--idle-exit ends a listener of -e once no command runs" {
	try_three_times is_used -e cat
	peer_continue a
	assert_exit 0 "$PID"
}
