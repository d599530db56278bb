# Other netcats as client and as server: a file is sent in each direction.
load helper

# port_is_listening PORT: true if a TCP server listens there, by /proc/net/tcp;
# so it sees no connection.
port_is_listening() {
	grep -qi ":$(printf %04X "$1") 0*:0000 0A" /proc/net/tcp /proc/net/tcp6
}

# start_server COMMAND...: start another netcat that listens on PORT and sends
# a file.
start_server() {
	[ -r /proc/net/tcp ] || skip "no /proc/net/tcp"
	random_bytes 1M >theirs
	random_bytes 1M >ours
	background "$@" <theirs >received
	PID=$!
	wait_until port_is_listening "$PORT"
}

# files_match: true if both sides have received the other's file.
files_match() {
	cmp theirs out
	cmp ours received
}

# connect_to_server: connect sockcat to that server and send a file.
connect_to_server() {
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <ours >out
	assert_exit 0 "$PID"
	files_match
}

# connect_netcat COMMAND...: start a sockcat that listens, and run the other
# netcat with the additional arguments 127.0.0.1 and PORT.
connect_netcat() {
	random_bytes 1M >theirs
	random_bytes 1M >ours
	start_listener <ours
	timeout 30 "$@" 127.0.0.1 "$PORT" <theirs >received
	assert_exit 0 "$PID"
	files_match
}

@test "sockcat connects to sockcat" {
	PORT=$(free_port)
	start_server "$SOCKCAT" -l 127.0.0.1 "$PORT"
	connect_to_server
}

@test "sockcat connects to nc.openbsd" {
	require_commands nc.openbsd
	PORT=$(free_port)
	start_server nc.openbsd -N -l 127.0.0.1 "$PORT"
	connect_to_server
}

@test "nc.openbsd connects to sockcat" {
	require_commands nc.openbsd
	connect_netcat nc.openbsd -N
}

@test "sockcat connects to nc.traditional" {
	require_commands nc.traditional
	PORT=$(free_port)
	start_server nc.traditional -q 5 -l -s 127.0.0.1 -p "$PORT"
	connect_to_server
}

@test "nc.traditional connects to sockcat" {
	require_commands nc.traditional
	connect_netcat nc.traditional -q 5
}

@test "sockcat connects to ncat" {
	require_commands ncat
	PORT=$(free_port)
	start_server ncat -l 127.0.0.1 "$PORT"
	connect_to_server
}

@test "ncat connects to sockcat" {
	require_commands ncat
	connect_netcat ncat
}

@test "sockcat connects to socat" {
	require_commands socat
	PORT=$(free_port)
	start_server socat -t 10 "TCP-LISTEN:$PORT,bind=127.0.0.1,reuseaddr" -
	connect_to_server
}

@test "socat connects to sockcat" {
	require_commands socat
	connect_netcat bash -c 'exec socat -t 10 - "TCP:$1:$2"' -
}

@test "sockcat connects to busybox nc" {
	require_commands busybox
	PORT=$(free_port)
	start_server busybox nc -l -p "$PORT"
	connect_to_server
}

@test "busybox nc connects to sockcat" {
	require_commands busybox
	connect_netcat busybox nc
}
