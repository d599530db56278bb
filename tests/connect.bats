# Connecting: names, the race of their addresses, and how it fails.
load helper

# The backlog of a port on ::1 is full: who connects there waits. Sets PORT.
stall() {
	rm -f stage
	mkfifo hold stage
	exec 7<>hold
	"$ACTOR" -f "$@" <&7 2>stage 3>&- &
	STARTED+=("$!")
	exec 9<stage
	read -r -t 30 line <&9
	PORT=${line##* }
}

need_ipv6() {
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
}

@test "-v tells whom it is connected to" {
	act listen
	run -0 timeout 30 "$SOCKCAT" -v 127.0.0.1 "$PORT" <<<word
	[ "$output" = "sockcat: connected to 127.0.0.1 port $PORT" ]
}

@test "-vv tells what is tried, and the totals" {
	act listen say yes
	run -0 --separate-stderr timeout 30 "$SOCKCAT" -vv 127.0.0.1 "$PORT" <<<word
	[ "${stderr_lines[0]}" = "sockcat: trying 127.0.0.1 port $PORT" ]
	[ "${stderr_lines[1]}" = "sockcat: connected to 127.0.0.1 port $PORT" ]
	[ "${stderr_lines[2]}" = "sockcat: received 3 bytes, sent 5 bytes" ]
	[ "$output" = yes ]
}

@test "without -v nothing is said" {
	act listen
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	[ -z "$output" ]
}

@test "a refusal names what was tried" {
	PORT=$("$ACTOR" -p)
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = "sockcat: connect to 127.0.0.1 port $PORT: Connection refused" ]
}

@test "when no address answers, each has a line of its own" {
	PORT=$("$ACTOR" -p)
	run -1 "$SOCKCAT" localhost "$PORT" </dev/null
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} = "sockcat: connect to localhost port $PORT at [::1]: "* ]]
	[ "${lines[1]}" = \
		"sockcat: connect to localhost port $PORT at 127.0.0.1: Connection refused" ]
}

@test "localhost reaches a server on either family" {
	act say yes
	run -0 timeout 30 "$SOCKCAT" localhost "$PORT" </dev/null
	[ "$output" = yes ]
}

@test "-4 and -6 leave out the other family" {
	PORT=$("$ACTOR" -p)
	run -1 "$SOCKCAT" -4 localhost "$PORT"
	[ "$output" = "sockcat: connect to localhost port $PORT: Connection refused" ]
	run -1 "$SOCKCAT" -6 -vv localhost "$PORT"
	[ "${lines[0]}" = "sockcat: trying [::1] port $PORT" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "an address that does not answer lets the next one start" {
	need_ipv6
	act say yes
	stall "$PORT"
	run -0 timeout 30 "$SOCKCAT" -vv localhost "$PORT" </dev/null
	[ "${lines[0]}" = "sockcat: trying [::1] port $PORT" ]
	[ "${lines[1]}" = "sockcat: trying 127.0.0.1 port $PORT" ]
	[ "${lines[2]}" = "sockcat: connected to 127.0.0.1 port $PORT" ]
}

# look WHEN ARGUMENT...: connect, and be late to see how that went, by so many
# microseconds: delay_enter=N before it is looked at, delay_exit=N after.
look() {
	timeout 30 strace -o calls -e "inject=/^p?poll\$:$1:when=1" \
		"$SOCKCAT" "${@:2}" 127.0.0.1 "$PORT" </dev/null
}

# heard_reset WHEN: the peer's word is not lost, and its reset is told.
heard_reset() {
	run -1 --separate-stderr look "$1"
	[ "$output" = word ]
	[ "$stderr" = "sockcat: receive from 127.0.0.1 port $PORT: Connection reset by peer" ]
}

@test "what a peer said is heard, though it has reset when it is looked at" {
	need strace
	act say word reset
	heard_reset delay_enter=200000
}

@test "what a peer said is heard, though it resets while it is looked at" {
	need strace
	act nap 100 say word reset
	heard_reset delay_exit=400000
}

@test "a peer that ends and then resets was reached" {
	need strace
	act shut reset
	run -0 look delay_enter=200000 -v
	[ "$output" = "sockcat: connected to 127.0.0.1 port $PORT" ]
}

@test "-w bounds the connecting, with exit status 4" {
	need_ipv6
	stall
	run -4 timeout 30 "$SOCKCAT" -w 1 ::1 "$PORT" </dev/null
	[ "$output" = "sockcat: connect to [::1] port $PORT: $(why ETIMEDOUT)" ]
}

@test "-w names all addresses that did not answer" {
	need_ipv6
	PORT=$("$ACTOR" -p)
	stall "$PORT"
	run -4 timeout 30 "$SOCKCAT" -w 4 localhost "$PORT" </dev/null
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} = *"at [::1]: $(why ETIMEDOUT)" ]]
	[[ ${lines[1]} = *"at 127.0.0.1: Connection refused" ]]
}

@test "a signal ends the connecting" {
	need_ipv6
	stall
	"$SOCKCAT" -vv ::1 "$PORT" </dev/null >out 2>err 3>&- &
	PID=$!
	STARTED+=("$PID")
	await grep -q trying err
	kill "$PID"
	exits 143 "$PID"
	[ "$(<err)" = "sockcat: trying [::1] port $PORT" ]
}

@test "a zone is a part of an IPv6 literal" {
	need_ipv6
	PORT=$("$ACTOR" -p)
	run -1 "$SOCKCAT" -vv ::1%lo "$PORT"
	[[ $output = *"port $PORT: Connection refused" ]]
	run -1 "$SOCKCAT" fe80::1%1 "$PORT"
	[[ $output = "sockcat: connect to [fe80::1%1] port $PORT: "* ]]
}

@test "a service name does for a port" {
	getent services http >/dev/null || skip "no services(5)"
	run timeout 30 "$SOCKCAT" -vv 127.0.0.1 http </dev/null
	[[ $output = "sockcat: trying 127.0.0.1 port 80"* ]]
}

@test "-s and -p are the local address and port" {
	local from

	from=$("$ACTOR" -p)
	listen </dev/null
	run -0 timeout 30 "$SOCKCAT" -s 127.0.0.2 -p "$from" 127.0.0.1 "$PORT" \
		<<<word
	exits 0 "$PID"
	[[ $(log) = "sockcat: client 127.0.0.2:$from connected"* ]]
}

@test "-s leaves only the addresses of its family" {
	PORT=$("$ACTOR" -p)
	run -1 "$SOCKCAT" -s 127.0.0.1 ::1 "$PORT"
	[ "$output" = "sockcat: connect to [::1] port $PORT: $(why EAFNOSUPPORT)" ]
}

@test "a local port in use is named" {
	listen </dev/null
	run -1 "$SOCKCAT" -p "$PORT" 127.0.0.1 1
	[ "$output" = "sockcat: connect to 127.0.0.1 port 1 from 0.0.0.0 port $PORT: $(why EADDRINUSE)" ]
}
@test "with a local port too, the addresses race" {
	local from

	need_ipv6
	from=$("$ACTOR" -p)
	act say yes
	stall "$PORT"
	run -0 timeout 30 "$SOCKCAT" -p "$from" localhost "$PORT" </dev/null
	[ "$output" = yes ]
}

# in_house HOSTS RESOLVER COMMAND: run it in a shell where these are /etc/hosts
# and /etc/resolv.conf, and the network is nothing but a loopback.
in_house() {
	need unshare ip
	unshare -rmn true 2>/dev/null || skip "no namespaces"
	printf '%b' "$1" >hosts
	printf '%b' "$2" >resolv
	unshare -rmn bash -c "ip link set lo up
		mount --bind hosts /etc/hosts
		mount --bind resolv /etc/resolv.conf
		$3"
}

@test "an address that the resolver gives twice is taken once" {
	run -1 in_house '127.0.0.1 twice\n127.0.0.1 twice\n' '' \
		"'$SOCKCAT' -4 twice 1"
	[ "$output" = "sockcat: connect to twice port 1: Connection refused" ]
	run -4 in_house '127.0.0.1 twice\n127.0.0.1 twice\n' '' \
		"'$SOCKCAT' -4 -w 0 -l twice 0"
}

@test "-w bounds the look-up of a name" {
	need socat
	run -4 in_house '' 'nameserver 127.0.0.1\n' \
		"socat -u UDP4-RECV:53,bind=127.0.0.1 /dev/null 3>&- & socat=\$!
		for ((i = 0; i < 500; i++)); do
			grep -q ':0035 ' /proc/net/udp && break
			sleep 0.02
		done
		'$SOCKCAT' -w 0.5 slow.example.org 80
		status=\$?; kill \$socat; exit \$status"
	[ "$output" = "sockcat: resolve slow.example.org: $(why ETIMEDOUT)" ]
}
