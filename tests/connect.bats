# Connecting: names, addresses tried in parallel, and failures.
load helper

need_ipv6() {
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
}

@test "-v reports the address it is connected to" {
	peer_listen read_all
	run -0 timeout 30 "$SOCKCAT" -v 127.0.0.1 "$PORT" <<<word
	[ "$output" = "sockcat: connected to 127.0.0.1 port $PORT" ]
}

@test "-vv reports each attempt and the total bytes" {
	peer_listen read_all send yes
	run -0 --separate-stderr timeout 30 "$SOCKCAT" -vv 127.0.0.1 "$PORT" <<<word
	[ "${stderr_lines[0]}" = "sockcat: trying 127.0.0.1 port $PORT" ]
	[ "${stderr_lines[1]}" = "sockcat: connected to 127.0.0.1 port $PORT" ]
	[ "${stderr_lines[2]}" = "sockcat: received 3 bytes, sent 5 bytes" ]
	[ "$output" = yes ]
}

@test "without -v a successful run reports nothing" {
	peer_listen read_all
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	[ -z "$output" ]
}

@test "a refused connection is reported with its address" {
	PORT=$(free_port)
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = "sockcat: connect to 127.0.0.1 port $PORT: Connection refused" ]
}

@test "when all addresses fail, each failure is reported on its own line" {
	PORT=$(free_port)
	run -1 "$SOCKCAT" localhost "$PORT" </dev/null
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} = "sockcat: connect to localhost port $PORT at [::1]: "* ]]
	[ "${lines[1]}" = \
		"sockcat: connect to localhost port $PORT at 127.0.0.1: Connection refused" ]
}

@test "localhost reaches a server that listens on IPv4 only" {
	peer_listen send yes
	run -0 timeout 30 "$SOCKCAT" localhost "$PORT" </dev/null
	[ "$output" = yes ]
}

@test "-4 and -6 use only one address family" {
	PORT=$(free_port)
	run -1 "$SOCKCAT" -4 localhost "$PORT"
	[ "$output" = "sockcat: connect to localhost port $PORT: Connection refused" ]
	run -1 "$SOCKCAT" -6 -vv localhost "$PORT"
	[ "${lines[0]}" = "sockcat: trying [::1] port $PORT" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "when an address does not answer, the next one is tried in parallel" {
	need_ipv6
	peer_listen send yes
	peer_full_backlog "$PORT"
	run -0 timeout 30 "$SOCKCAT" -vv localhost "$PORT" </dev/null
	[ "${lines[0]}" = "sockcat: trying [::1] port $PORT" ]
	[ "${lines[1]}" = "sockcat: trying 127.0.0.1 port $PORT" ]
	[ "${lines[2]}" = "sockcat: connected to 127.0.0.1 port $PORT" ]
}

# connect_late DELAY ARGUMENT...: connect, and delay the poll(2) that waits for
# the connection: delay_enter=N (microseconds) before it, delay_exit=N after
# it.
connect_late() {
	timeout 30 strace -o calls -e "inject=/^p?poll\$:$1:when=1" \
		"$SOCKCAT" "${@:2}" 127.0.0.1 "$PORT" </dev/null
}

# data_before_reset DELAY: the peer's data is printed and its reset is
# reported.
data_before_reset() {
	run -1 --separate-stderr connect_late "$1"
	[ "$output" = word ]
	[ "$stderr" = "sockcat: receive from 127.0.0.1 port $PORT: Connection reset by peer" ]
}

@test "data is not lost when the peer resets before sockcat checks the attempt" {
	require_commands strace
	peer_listen send word reset
	data_before_reset delay_enter=200000
}

@test "data is not lost when the peer resets while sockcat checks the attempt" {
	require_commands strace
	peer_listen sleep 100 send word reset
	data_before_reset delay_exit=400000
}

@test "a peer that half-closes and then resets counts as connected" {
	require_commands strace
	peer_listen half_close reset
	run -0 connect_late delay_enter=200000 -v
	[ "$output" = "sockcat: connected to 127.0.0.1 port $PORT" ]
}

@test "with -z, the port of a peer that half-closes and then resets is open" {
	require_commands strace
	peer_listen half_close reset
	run -0 connect_late delay_enter=200000 -z
}

@test "-w limits the time to connect, with exit status 4" {
	need_ipv6
	peer_full_backlog
	run -4 timeout 30 "$SOCKCAT" -w 1 ::1 "$PORT" </dev/null
	[ "$output" = "sockcat: connect to [::1] port $PORT: no answer within 1 s (-w)" ]
}

@test "-w reports every address that failed" {
	need_ipv6
	PORT=$(free_port)
	peer_full_backlog "$PORT"
	run -4 timeout 30 "$SOCKCAT" -w 4 localhost "$PORT" </dev/null
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} = *"at [::1]: no answer within "*" s (-w)" ]]
	[[ ${lines[1]} = *"at 127.0.0.1: Connection refused" ]]
}

@test "a signal ends a connection attempt" {
	need_ipv6
	peer_full_backlog
	background "$SOCKCAT" -vv ::1 "$PORT" </dev/null >out 2>err
	PID=$!
	wait_until grep -q trying err
	kill "$PID"
	assert_exit 143 "$PID"
	[ "$(<err)" = "sockcat: trying [::1] port $PORT" ]
}

@test "an IPv6 address may have a zone" {
	need_ipv6
	PORT=$(free_port)
	run -1 "$SOCKCAT" -vv ::1%lo "$PORT"
	[[ $output = *"port $PORT: Connection refused" ]]
	run -1 "$SOCKCAT" fe80::1%1 "$PORT"
	[[ $output = "sockcat: connect to [fe80::1%1] port $PORT: "* ]]
}

@test "a port may be a service name" {
	getent services http >/dev/null || skip "no services(5)"
	run timeout 30 "$SOCKCAT" -vv 127.0.0.1 http </dev/null
	[[ $output = "sockcat: trying 127.0.0.1 port 80"* ]]
}

@test "-s and -p set the local address and port" {
	local from

	from=$(free_port)
	start_listener </dev/null
	run -0 timeout 30 "$SOCKCAT" -s 127.0.0.2 -p "$from" 127.0.0.1 "$PORT" \
		<<<word
	assert_exit 0 "$PID"
	[[ $(read_log) = "sockcat: client 127.0.0.2:$from connected"* ]]
}

@test "-s allows only remote addresses of its own family" {
	PORT=$(free_port)
	run -1 "$SOCKCAT" -s 127.0.0.1 ::1 "$PORT"
	[ "$output" = "sockcat: connect to [::1] port $PORT: -s 127.0.0.1 is IPv4 and ::1 is IPv6; use an IPv6 address with -s" ]
}

@test "a local port in use is reported" {
	start_listener </dev/null
	run -1 "$SOCKCAT" -p "$PORT" 127.0.0.1 1
	[ "$output" = "sockcat: connect to 127.0.0.1 port 1 from 0.0.0.0 port $PORT: $(error_text EADDRINUSE) (another program uses this port)" ]
}

@test "addresses are tried in parallel also with a fixed local port" {
	local from

	need_ipv6
	from=$(free_port)
	peer_listen send yes
	peer_full_backlog "$PORT"
	run -0 timeout 30 "$SOCKCAT" -p "$from" localhost "$PORT" </dev/null
	[ "$output" = yes ]
}

@test "an address that the resolver returns twice is used once" {
	need_namespace
	run -1 in_namespace '127.0.0.1 twice\n127.0.0.1 twice\n' '' \
		"'$SOCKCAT' -4 twice 1"
	[ "$output" = "sockcat: connect to twice port 1: Connection refused" ]
	run -4 in_namespace '127.0.0.1 twice\n127.0.0.1 twice\n' '' \
		"'$SOCKCAT' -4 -w 0 -l twice 0"
}

@test "the addresses of a name are tried with the families in turn" {
	need_namespace
	run -1 in_namespace '127.0.0.1 many\n127.0.0.2 many\n::1 many\nfd00::1 many\n' \
		'' "ip addr add fd00::1/128 dev lo nodad
		'$SOCKCAT' -vv many 1 </dev/null"
	run -0 awk '/ trying /{ printf $3 ~ /^\[/ ? "6" : "4" }' <<<"$output"
	[ "$output" = 6464 ] || [ "$output" = 4646 ]
}

@test "after an address that refuses, the next one is tried at once" {
	need_ipv6
	need_namespace
	hold_fifo end
	run -4 in_namespace "::1 many\n$(printf '127.0.0.%d many\n' {1..80})" '' \
		"'$ACTOR' -f 7000 <end 2>full 3>&- & actor=\$!
		until grep -qs listening full; do sleep 0.02; done
		timeout 30 '$SOCKCAT' -vv -w 3 many 7000 </dev/null
		status=\$?; kill \$actor; exit \$status"
	[ "$(grep -c ' trying ' <<<"$output")" -eq 81 ]
}

@test "-w limits the time of a name lookup" {
	[ "$SANITIZED" != valgrind ] || skip "a lookup that is cut off frees nothing"
	require_commands socat
	need_namespace
	run -4 in_namespace '' 'nameserver 127.0.0.1\n' \
		"socat -u UDP4-RECV:53,bind=127.0.0.1 /dev/null 3>&- & socat=\$!
		for ((i = 0; i < 500; i++)); do
			grep -q ':0035 ' /proc/net/udp && break
			sleep 0.02
		done
		'$SOCKCAT' -w 0.5 slow.example.org 80
		status=\$?; kill \$socat; exit \$status"
	[ "$output" = "sockcat: resolve slow.example.org: no answer within 0.5 s (-w)" ]
}

@test "-w 0 takes what answers at once" {
	peer_listen read_all
	run -0 timeout 30 "$SOCKCAT" -v -w 0 127.0.0.1 "$PORT" </dev/null
	[[ $output = "sockcat: connected to 127.0.0.1 port $PORT" ]]
	PORT=$(free_port)
	run -1 timeout 30 "$SOCKCAT" -w 0 127.0.0.1 "$PORT" </dev/null
	[[ $output = *": Connection refused" ]]
}

@test "a local port whose connection has just ended is an error that says to wait" {
	require_commands unshare ip
	unshare -rn true 2>/dev/null || skip "no namespaces"
	export SOCKCAT
	run -1 timeout 60 unshare -rn bash -c 'ip link set lo up
		echo 0 >/proc/sys/net/ipv4/tcp_timestamps
		"$SOCKCAT" -vlk -e "cat >received" 127.0.0.1 8080 2>log &
		until grep -q listening log; do sleep 0.02; done
		"$SOCKCAT" -N -p 8081 127.0.0.1 8080 <<<one || exit 99
		"$SOCKCAT" -N -p 8081 127.0.0.1 8080 <<<two
		status=$?
		kill $!
		exit $status' 3>&-
	[ "$output" = "sockcat: connect to 127.0.0.1 port 8080 from 0.0.0.0 port 8081: $(error_text EADDRNOTAVAIL) (the same connection ended less than a minute ago; wait, or use another -p)" ]
}

@test "an address that is written short is shown in full" {
	PORT=$(free_port)
	run -1 timeout 30 "$SOCKCAT" 127.1 "$PORT" </dev/null
	[ "$output" = "sockcat: connect to 127.1 port $PORT at 127.0.0.1: Connection refused" ]
}
