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
	require_commands systemd-socket-activate
	PORT=$(free_port)
	start systemd-socket-activate -l "$PORT" \
		"$SOCKCAT" -v -l -a 127.0.0.0/8 </dev/null
	wait_log Listening
	peer_connect send word
	wait_log "client 127.0.0.1:"
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

@test "1,000 clients of a socket of LISTEN_FDS leave no descriptor behind" {
	local before

	[ -d /proc/self/fd ] || skip "no /proc"
	activated tcp 0 -- "$SOCKCAT" -lk
	peer_connect send x
	wait_until file_is out x
	before=$(find "/proc/$PID/fd" -mindepth 1 | wc -l)
	"$CROWD" "$PORT" 1000 pass </dev/null 3>&-
	fd_count_is() {
		[ "$(find "/proc/$PID/fd" -mindepth 1 | wc -l)" -le "$1" ]
	}
	wait_until fd_count_is "$before"
	terminate
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

@test "--idle-exit ends a listener after that time without a client, with status 0" {
	activated tcp 0 -- "$SOCKCAT" -v -lk --idle-exit 0.3
	wait_log listening
	peer_start a send word wait
	wait_until file_is out word
	pause 0.6
	kill -0 "$PID"
	peer_continue a
	assert_exit 0 "$PID"
}

@test "--idle-exit counts from a client that sent and closed at once" {
	start_listener -k -d --idle-exit 0.3
	"$SOCKCAT" --send-only 127.0.0.1 "$PORT" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

@test "--idle-exit ends a listener of -e once no command runs" {
	hold_fifo go
	activated tcp 0 -- "$SOCKCAT" -v -lk --idle-exit 0.3 -e 'read x <go'
	wait_log listening
	peer_start a read_all
	wait_log connected
	pause 0.6
	kill -0 "$PID"
	echo >go
	assert_exit 0 "$PID"
}
