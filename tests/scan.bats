# Scanning: -z.
load helper

# Ranges of ports are scanned at an address of their own, or the scan would
# connect to the listeners of other tests, which run at the same time.
APART=127.9.9.9
[ "$(uname)" = Linux ] || APART=127.0.0.1

# serve [HOST]: a listener that accepts any number of clients and sends
# nothing. Sets PORT and SERVER.
serve() {
	local log=server.$((++SERVERS))

	"$SOCKCAT" -v -lkd "${1-127.0.0.1}" 0 >/dev/null 2>"$log" 3>&- &
	SERVER=$!
	STARTED+=("$SERVER")
	wait_until grep -q listening "$log"
	PORT=$(sed -n '1s/.* //p' "$log")
}

# three_ports [HOST]: two open ports and a closed one between or beside them. Sets LOW
# and HIGH, which are open, and SHUT.
three_ports() {
	serve "$@"
	LOW=$PORT
	serve "$@"
	HIGH=$PORT
	if [ "$LOW" -gt "$HIGH" ]; then
		HIGH=$LOW
		LOW=$PORT
	fi
	SHUT=$(free_port)
}

# scan ARGUMENT...: run sockcat -z with an empty standard input.
scan() {
	timeout 60 "$SOCKCAT" -z "$@" </dev/null
}

# ports: the first column of $output, on one line.
ports() {
	awk '{ print $1 }' <<<"$output" | xargs
}

@test "-w 0 tries all addresses of a name" {
	start_listener -k </dev/null
	run -0 "$SOCKCAT" -z -w 0 localhost "$PORT"
}

@test "-z is silent for one port and exits 0 if it is open" {
	serve
	run -0 scan 127.0.0.1 "$PORT"
	[ -z "$output" ]
}

@test "-z is silent for one port and exits 1 if it is closed" {
	run -1 scan 127.0.0.1 "$(free_port)"
	[ -z "$output" ]
}

@test "-z exits as nc.openbsd -z does, for an open and a closed port" {
	local shut

	require_commands nc.openbsd
	serve
	shut=$(free_port)
	for port in "$PORT" "$shut" "$PORT-$PORT" "$shut-$shut"; do
		run nc.openbsd -z 127.0.0.1 "$port"
		[ "$(scan 127.0.0.1 "$port"; echo $?)" = "$status" ]
	done
}

@test "-z finds the ports that nc.openbsd -z finds" {
	local theirs

	require_commands nc.openbsd
	three_ports "$APART"
	theirs=$(nc.openbsd -zv "$APART" "$((LOW - 5))-$((LOW + 5))" 2>&1 |
		sed -n 's/.* \([0-9]*\) port .* succeeded!/\1/p' | xargs)
	run -0 scan "$APART" "$((LOW - 5))-$((LOW + 5))"
	[ "$(ports)" = "$theirs" ]
}

@test "each open port of a list is a line with port, service and milliseconds" {
	three_ports
	run -0 scan 127.0.0.1 "$SHUT,$HIGH,$LOW"
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} =~ ^$LOW\ [^\ ]+\ [0-9]+\.[0-9]{3}$ ]]
	[[ ${lines[1]} =~ ^$HIGH\ [^\ ]+\ [0-9]+\.[0-9]{3}$ ]]
}

@test "a list of one range prints lines, a range of one port does not" {
	serve
	run -0 scan 127.0.0.1 "$PORT-$PORT"
	[ -z "$output" ]
	run -0 scan 127.0.0.1 "$((PORT - 1))-$PORT"
	[[ $output = *"$PORT "* ]]
}

@test "a list without an open port prints nothing and gives status 1" {
	local shut

	shut=$(free_port)
	run -1 scan 127.0.0.1 "0,$shut"
	[ -z "$output" ]
}

@test "a port that is listed twice is tried once" {
	three_ports
	run -0 --separate-stderr scan -v 127.0.0.1 \
		"$HIGH,$LOW,$LOW-$LOW,$HIGH,$LOW"
	[ "$(ports)" = "$LOW $HIGH" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "the name of a service is printed, and - without one or with -n" {
	local port=8080

	getent services 8080/tcp >/dev/null || skip "no services(5)"
	"$SOCKCAT" -v -lkd 127.0.0.1 "$port" 2>log 3>&- &
	STARTED+=("$!")
	wait_until grep -q . log
	grep -q listening log || skip "port 8080 is in use"
	run -0 scan 127.0.0.1 "1,$port"
	[[ $output = "8080 http-alt "* ]]
	run -0 scan -n 127.0.0.1 "1,$port"
	[[ $output = "8080 - "* ]]
}

@test "services may be given by name, also one with a hyphen" {
	getent services http-alt >/dev/null || skip "no services(5)"
	run scan -v 127.0.0.1 http-alt,ssh
	[[ ${lines[0]} = "sockcat: connect to 127.0.0.1 port 22: "* ]]
	[[ $output = *"sockcat: connect to 127.0.0.1 port 8080: "* ]]
}

@test "a malformed list is a usage error that names the word" {
	local word

	for word in 80- -80x 1-65536 65536 80x 1-2-3 nosuchservice; do
		run -2 scan 127.0.0.1 "22,$word,80"
		[[ $output = "sockcat: port $word: not a number up to 65535"* ]]
	done
	run -2 scan 127.0.0.1 22,90-80
	[ "$output" = "sockcat: port 90-80: the range goes backwards; use '-z 127.0.0.1 80-90'" ]
	run -2 scan 127.0.0.1 80,
	[ "$output" = "sockcat: 127.0.0.1 80,: leave out the comma; use '-z 127.0.0.1 80'" ]
	for word in ',' '80,,81' ''; do
		run -2 scan 127.0.0.1 "$word"
		[[ $output = "sockcat: port '': not a number"* ]]
	done
	run -2 scan -n 127.0.0.1 http
	[[ $output = "sockcat: port http: "* ]]
	run -2 scan 127.0.0.1 "$(printf 'a%.0s' {1..5000})"
	[[ $output = "sockcat: port aaaa"* ]]
	run -2 scan 127.0.0.1 "$(printf %0300d 80)"
	[[ $output = "sockcat: port 0000"* ]]
}

@test "what -z excludes is a usage error that names both" {
	run -2 scan -l 127.0.0.1 1
	[[ $output = "sockcat: -l and -z cannot be combined"* ||
		$output = "sockcat: -z and -l cannot be combined"* ]]
	run -2 scan -k 127.0.0.1 1-2
	[[ $output = "sockcat: port 1-2: -k with -z takes only one port"* ]]
}

@test "-v reports each port in order, open or why not" {
	three_ports
	run -0 --separate-stderr scan -v 127.0.0.1 "$LOW,$HIGH,1"
	[ "${#stderr_lines[@]}" -eq 3 ]
	[ "${stderr_lines[0]}" = \
		"sockcat: connect to 127.0.0.1 port 1: Connection refused" ]
	[ "${stderr_lines[1]}" = \
		"sockcat: connection to 127.0.0.1 port $LOW succeeded: open" ]
	[ "${stderr_lines[2]}" = \
		"sockcat: connection to 127.0.0.1 port $HIGH succeeded: open" ]
}

@test "-v loses no line if standard error is read slowly" {
	local n=0

	while read -r _; do
		n=$((n + 1))
	done < <(scan -v 127.0.0.1 1-5000 2>&1 >/dev/null 3>&-)
	[ "$n" -eq 5000 ]
}

@test "all addresses of a name are tried for each port" {
	three_ports
	run -0 --separate-stderr scan -v localhost "$LOW,$HIGH"
	[ "$(ports)" = "$LOW $HIGH" ]
	[ "${stderr_lines[0]}" = "sockcat: connection to localhost port $LOW at 127.0.0.1 succeeded: open" ]
	run -1 scan -6 localhost "$LOW"
	[ -z "$output" ]
}

@test "a name that does not resolve is reported" {
	run -1 scan nosuch.invalid 80
	[[ $output = "sockcat: resolve nosuch.invalid: "* ]]
	run -1 scan -n localhost 80
	[ "$output" = "sockcat: resolve localhost: not a numeric address (-n)" ]
}

@test "-z reads nothing from standard input" {
	serve
	printf 'first\nsecond\n' >input
	exec 7<input
	run -0 "$SOCKCAT" -z 127.0.0.1 "$PORT,1" <&7
	read -r line <&7
	[ "$line" = first ]
}

@test "-z sends nothing" {
	"$SOCKCAT" -v -ld 127.0.0.1 0 >received 2>log 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening log
	run -0 "$SOCKCAT" -z 127.0.0.1 "$(sed 's/.* //' log)" <<<text
	wait "${STARTED[0]}"
	[ ! -s received ]
}

@test "all ports of a loopback host can be scanned" {
	three_ports "$APART"
	run -0 scan -w 30 "$APART" 1-65535
	output=$'\n'$output
	[[ $output = *$'\n'"$LOW "*$'\n'"$HIGH "* ]]
}

@test "a connection to itself is not open" {
	need_namespace
	# the system has only this port to choose from
	run -1 timeout 60 unshare -rn sh -c 'ip link set lo up
		echo "40000 40000" >/proc/sys/net/ipv4/ip_local_port_range
		exec "$0" -zv 127.0.0.1 40000' "$SOCKCAT"
	[ "$output" = \
		"sockcat: connect to 127.0.0.1 port 40000: Connection refused" ]
	run unshare -rn sh -c 'ip link set lo up
		echo "40000 40000" >/proc/sys/net/ipv4/ip_local_port_range
		exec timeout 60 "$0" -c 1 127.0.0.1 40000 </dev/null' "$SOCKCAT"
	[ "$status" -eq 1 ] || [ "$status" -eq 4 ]
}

@test "few descriptors are enough to scan all ports" {
	three_ports "$APART"
	run -0 timeout 60 bash -c 'ulimit -n 12 && exec "$0" -z "$1" 1-65535' \
		"$SOCKCAT" "$APART" </dev/null 3>&-
	output=$'\n'$output
	[[ $output = *$'\n'"$LOW "*$'\n'"$HIGH "* ]]
}

@test "few descriptors are enough where a name has two addresses" {
	three_ports
	run -0 timeout 60 bash -c 'ulimit -n 9 && exec "$0" -z localhost "$1"' \
		"$SOCKCAT" "$LOW,$HIGH,1-2000" </dev/null 3>&-
	[ "$(ports | tr ' ' '\n' | tail -2 | xargs)" = "$LOW $HIGH" ]
}

@test "no descriptor at all is an error with status 3" {
	run -3 timeout 60 bash -c 'ulimit -n 5 && exec "$0" -z 127.0.0.1 1-20' \
		"$SOCKCAT" </dev/null 3>&-
	[[ $output = "sockcat: "*"$(error_text EMFILE)" ]]
}

@test "a full disk is an error with status 3" {
	[ -c /dev/full ] || skip "no /dev/full"
	three_ports
	run -3 bash -c '"$0" -z 127.0.0.1 "$1" >/dev/full' "$SOCKCAT" \
		"$LOW,$HIGH"
	[[ $output = "sockcat: write standard output: No space left"* ]]
}

@test "a reader of standard output that has gone gives status 3 and no message" {
	serve
	mkfifo gone
	exec 7<>gone
	"$SOCKCAT" -zk -i 0.05 127.0.0.1 "$PORT" >gone 2>err 7>&- 3>&- &
	STARTED+=("$!")
	read -r line <&7
	exec 7>&-
	assert_exit 3 "$!"
	[[ $(<err) = "sockcat: "*" attempts, "* ]] && line_count_is err 1
}

@test "-k repeats a port until -W attempts, and reports the totals" {
	serve
	run -0 --separate-stderr scan -k -W 3 -i 0.01 127.0.0.1 "$PORT"
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} =~ ^1\ [0-9]+\.[0-9]{3}$ ]]
	[[ ${lines[2]} =~ ^3\ [0-9]+\.[0-9]{3}$ ]]
	[[ $stderr =~ ^sockcat:\ 3\ attempts,\ 3\ answered\ \(100\.0%\),\ min\ [0-9.]+,\ mean\ [0-9.]+,\ max\ [0-9.]+\ ms$ ]]
}

@test "-k counts attempts that fail, and gives status 1 if all do" {
	local port

	port=$(free_port)
	run -1 --separate-stderr scan -k -W 2 -i 0.01 127.0.0.1 "$port"
	[ "$output" = $'1 -\n2 -' ]
	[ "$stderr" = "sockcat: 2 attempts, 0 answered (0.0%)" ]
}

@test "-k prints the totals also when a signal ends it" {
	serve
	"$SOCKCAT" -zk -i 0.05 127.0.0.1 "$PORT" >out 2>err 3>&- </dev/null &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -q '^2 ' out
	kill "$PID"
	assert_exit 143 "$PID"
	[[ $(<err) =~ ^sockcat:\ [0-9]+\ attempts,\ [0-9]+\ answered ]]
}

@test "of thousands of attempts, one without an answer is not rounded away" {
	require_fault_library
	serve
	FAULT=connect:ECONNREFUSED:1 LD_PRELOAD=$FAULT_LIBRARY \
		"$SOCKCAT" -zk -i 0.001 127.0.0.1 "$PORT" >out 2>err 3>&- </dev/null &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -q '^2100 ' out
	kill "$PID"
	assert_exit 143 "$PID"
	[[ $(<err) = *" answered (99.9%), min "* ]]
}

@test "-k notices that a port opens" {
	local port

	port=$(free_port)
	"$SOCKCAT" -zk -i 0.02 127.0.0.1 "$port" >out 2>err 3>&- </dev/null &
	STARTED+=("$!")
	wait_until grep -q -- '-$' out
	"$SOCKCAT" -lkd 127.0.0.1 "$port" >/dev/null 3>&- &
	STARTED+=("$!")
	wait_until grep -q '\.' out
}

@test "-i waits between two ports" {
	three_ports
	"$SOCKCAT" -z -i 60 127.0.0.1 "$LOW,$HIGH" >out 3>&- </dev/null &
	STARTED+=("$!")
	wait_until grep -q "^$LOW " out
	run ! grep -q "^$HIGH " out
	run -0 scan -i 0.01 127.0.0.1 "$LOW,$HIGH"
	[ "$(ports)" = "$LOW $HIGH" ]
}

@test "-p is the local port of every attempt" {
	local from

	from=$(free_port)
	three_ports
	run -0 scan -p "$from" 127.0.0.1 "1,$LOW,$HIGH"
	[ "$(ports)" = "$LOW $HIGH" ]
	wait_until grep -q "client 127.0.0.1:$from connected" server.1
	wait_until grep -q "client 127.0.0.1:$from connected" server.2
}

@test "-p with -R scans one port after the other" {
	local from

	from=$(free_port)
	run -1 scan -v -R -p "$from" 127.0.0.1 1-20
	[ "${#lines[@]}" -eq 20 ]
	[ "$(grep -c "Connection refused" <<<"$output")" -eq 20 ]
}

@test "-s is the local address of every attempt" {
	serve
	run -0 scan -s 127.0.0.9 127.0.0.1 "$PORT"
	wait_until grep -q "client 127.0.0.9:[0-9]* connected" server.1
	run -1 scan -v -s 192.0.2.1 127.0.0.1 "$PORT"
	[[ $output = *"from 192.0.2.1: $(error_text EADDRNOTAVAIL) (no interface here has this address)" ]]
}

# udp_server: a port that takes datagrams and does not reply. Sets PORT.
udp_server() {
	local log=udp.$((++SERVERS))

	"$SOCKCAT" -v -lkud 127.0.0.1 0 >/dev/null 2>"$log" 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening "$log"
	PORT=$(sed -n '1s/.* //p' "$log")
}

@test "a UDP port that refuses is closed" {
	run -1 scan -uv 127.0.0.1 "$(free_port)"
	[[ $output = *": Connection refused" ]]
}

@test "a UDP port that replies is open" {
	require_commands socat
	PORT=$(free_port)
	socat -d -d "UDP4-RECVFROM:$PORT,bind=127.0.0.1,fork" 'SYSTEM:echo reply' \
		2>log 3>&- &
	STARTED+=("$!")
	wait_until grep -q "starting accept loop\|receiving" log
	run -0 --separate-stderr scan -uv -w 20 127.0.0.1 "$PORT,1"
	[[ $output =~ ^$PORT\ [^\ ]+\ [0-9]+\.[0-9]{3}$ ]]
	[[ ${stderr_lines[1]} = *"port $PORT succeeded: open" ]]
}

@test "a UDP port that does not reply is open or filtered" {
	udp_server
	run -0 --separate-stderr scan -uv -w 0.3 127.0.0.1 "$PORT,1"
	[[ $output =~ ^$PORT\ [^\ ]+\ \?$ ]]
	[[ $stderr = *"port $PORT: open or filtered"* ]]
	run -0 scan -u -w 0.3 127.0.0.1 "$PORT"
	[ -z "$output" ]
	run -0 scan -uk -W 1 -w 0.3 127.0.0.1 "$PORT"
	[ "${lines[0]}" = "1 ?" ]
}

# need_namespace: skip the test if it cannot make a network of its own.
need_namespace() {
	require_commands unshare ip
	unshare -rn ip link set lo up 2>/dev/null || skip "no network namespaces"
}

# in_namespace COMMAND...: run it in a network of its own that drops what is
# sent to 192.0.2.0/24: nobody has these addresses.
in_namespace() {
	unshare -rn sh -c 'ip link set lo up
		ip route add 192.0.2.0/24 dev lo
		exec "$@"' - timeout 60 "$@" </dev/null 3>&-
}

@test "a port that does not answer is not open" {
	need_namespace
	run -1 in_namespace "$SOCKCAT" -zv -w 0.2 192.0.2.7 80
	[ "$output" = \
		"sockcat: connect to 192.0.2.7 port 80: no answer within 0.2 s (-w)" ]
}

@test "ports that fail at once are not waited for" {
	need_namespace
	run -1 unshare -rn timeout 30 "$SOCKCAT" -zv -w 100 192.0.2.7 1-600
	[ "${#lines[@]}" -eq 600 ]
	[[ ${lines[599]} = *"port 600: $(error_text ENETUNREACH)" ]]
}

@test "a thousand ports that do not answer are tried at the same time" {
	need_namespace
	run -1 in_namespace "$SOCKCAT" -zv -w 0.5 192.0.2.7 1-1000
	[ "${#lines[@]}" -eq 1000 ]
	[[ ${lines[999]} = *"port 1000: no answer within 0.5 s (-w)" ]]
}

@test "results that are known are printed before later ones" {
	three_ports
	"$SOCKCAT" -zv -i 60 127.0.0.1 "$LOW,$HIGH" >out 2>err 3>&- </dev/null &
	STARTED+=("$!")
	wait_until grep -q "^$LOW " out
	grep -q "port $LOW succeeded: open" err
}

@test "a port has 3 seconds to answer unless -w is given" {
	require_commands strace
	udp_server
	run -0 timeout 60 strace -o calls -e 'trace=/^p?poll$' \
		"$SOCKCAT" -zu 127.0.0.1 "$PORT"
	grep -qE '(, (3000|2[0-9]{3})|tv_sec=(3, tv_nsec=0\}|2,).*)\) += 0 \(T' \
		calls
}

@test "-k waits for a second between two attempts unless -i is given" {
	require_commands strace
	serve
	run -0 timeout 60 strace -o calls -e 'trace=/^p?poll$' \
		"$SOCKCAT" -zk -W 2 127.0.0.1 "$PORT"
	grep -qE '(, (1000|[5-9][0-9]{2})|tv_sec=(1, tv_nsec=0\}|0, tv_nsec=[5-9][0-9]{8}).*)\) += 0 \(T' \
		calls
}

@test "a signal ends a scan at once" {
	udp_server
	"$SOCKCAT" -zuvv -w 600 127.0.0.1 "$PORT" >out 2>err 3>&- </dev/null &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -q trying err
	kill "$PID"
	assert_exit 143 "$PID"
}

@test "-v reports each address of a closed port, as connecting does" {
	local shut

	shut=$(free_port)
	run -1 scan -v localhost "$shut"
	connecting=$(timeout 60 "$SOCKCAT" localhost "$shut" 2>&1 </dev/null) ||
		true
	[ "$output" = "$connecting" ]
	run -1 scan -v localhost "$shut,1"
	[ "$(tail -2 <<<"$output")" = "$connecting" ]
}

@test "several words of ports follow a host" {
	three_ports
	run -0 scan 127.0.0.1 "$HIGH" "$SHUT,1-3" "$LOW"
	[ "$(ports)" = "$LOW $HIGH" ]
	run -0 --separate-stderr scan -v 127.0.0.1 "$LOW" "$LOW" "$LOW"
	[ -z "$output" ] && [ "${#stderr_lines[@]}" -eq 1 ]
}

@test "each of several hosts needs an open port" {
	three_ports
	run -0 scan 127.0.0.1 "$HIGH" "$LOW" localhost "1,$LOW"
	[ "$(cut -d' ' -f1,2 <<<"$output")" = "127.0.0.1 $LOW
127.0.0.1 $HIGH
localhost $LOW" ]
	run -1 scan 127.0.0.1 "$LOW" localhost 1
	[[ $output =~ ^127\.0\.0\.1\ $LOW\ - ]]
	run -1 scan 127.0.0.1 "$LOW" 127.0.0.9 "$LOW"
}

@test "a host that does not resolve is closed, the others are tried" {
	serve
	run -1 --separate-stderr scan nosuch..invalid 80 127.0.0.1 "$PORT"
	[[ $output = "127.0.0.1 $PORT "* ]]
	[[ $stderr = "sockcat: resolve nosuch..invalid: "* ]]
}

@test "a host without a port, or a network, is a usage error" {
	run -2 scan localhost 80 other
	[[ $output = "sockcat: missing port after host 'other'"*"such as http,https"* ]]
	run -2 scan localhost
	[[ $output = "sockcat: missing port after host 'localhost'"* ]]
	run -2 scan 10.0.0.0/24 22
	[ "$output" = "sockcat: 10.0.0.0/24 22: a network is no host; scan its hosts, such as '-z 10.0.0.1 22'" ]
	run -2 scan ::1 22 2001:db8::/64 22
	[ "$output" = "sockcat: 2001:db8::/64: a network is no host; scan its hosts, such as '-z 2001:db8:: 22'" ]
	run -2 scan -k 127.0.0.1 1 127.0.0.2 1
	[[ $output = *"-k with -z takes only one port"* ]]
}

@test "-zU tells whether somebody listens at a path" {
	run -1 scan -v -U path
	[ "$output" = "sockcat: connect to path: No such file or directory" ]
	"$SOCKCAT" -v -lkdU path >/dev/null 2>log 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening log
	run -0 scan -U path
	[ -z "$output" ]
	run -0 scan -v -U path
	[ "$output" = "sockcat: connection to path succeeded: open" ]
}

@test "-zuU tells whether somebody has bound a path, and leaves no file" {
	"$SOCKCAT" -v -lkduU path >received 2>log 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening log
	before=$(ls -A)
	run -0 scan -u -U path
	[ "$(ls -A)" = "$before" ]
	[ ! -s received ]
	run -1 scan -u -U other
}

@test "-t has no effect on a scan" {
	serve
	run -0 scan -t 127.0.0.1 "$PORT"
	[ -z "$output" ]
}

# socks_proxy: microsocks. Sets PROXY.
socks_proxy() {
	require_commands microsocks
	PROXY=127.0.0.1:$(free_port)
	microsocks -i 127.0.0.1 -p "${PROXY#*:}" >/dev/null 2>&1 3>&- &
	STARTED+=("$!")
	wait_until "$SOCKCAT" -z 127.0.0.1 "${PROXY#*:}"
}

@test "-x scans through a SOCKS proxy" {
	three_ports "$APART"
	socks_proxy
	run -0 --separate-stderr scan -v -x "$PROXY" "$APART" "1,$LOW,$HIGH"
	[ "$(ports)" = "$LOW $HIGH" ]
	[ "${stderr_lines[0]}" = "sockcat: connect to $APART port 1 through 127.0.0.1 port ${PROXY#*:}: Connection refused" ]
	[ "${stderr_lines[1]}" = "sockcat: connection to $APART port $LOW through 127.0.0.1 port ${PROXY#*:} succeeded: open" ]
	run -0 scan -x "$PROXY" "$APART" "1-700,$LOW"
	[ "$(ports)" = "$LOW" ]
	run -1 scan -x "$PROXY" "$APART" 1
	run -0 scan -x "$PROXY" "$APART" "$LOW" 127.0.0.1 "${PROXY#*:}"
	[ "$(ports)" = "$APART 127.0.0.1" ]
}

@test "-x scans through an HTTP proxy" {
	local proxy

	require_commands ncat
	three_ports "$APART"
	proxy=$(free_port)
	ncat -l 127.0.0.1 "$proxy" --proxy-type http >/dev/null 2>&1 3>&- &
	STARTED+=("$!")
	wait_until "$SOCKCAT" -z 127.0.0.1 "$proxy"
	run -0 --separate-stderr scan -v -X connect -x "127.0.0.1:$proxy" \
		"$APART" "1-120,$LOW"
	[ "$(ports)" = "$LOW" ]
	[[ ${stderr_lines[0]} = *": HTTP/1."*" 504 "* ]]
}

@test "a proxy that is not there ends the scan with one line" {
	run -1 scan -v -x "127.0.0.1:$(free_port)" 127.0.0.1 1-500
	[ "${#lines[@]}" -eq 1 ]
	[[ $output = "sockcat: connect to the proxy 127.0.0.1 port "*": Connection refused" ]]
}

@test "a proxy that does not answer leaves its ports closed" {
	serve
	run -1 scan -v -w 0.3 -x "127.0.0.1:$PORT" 127.0.0.1 1,2
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} = *"port 2 through 127.0.0.1 port $PORT: no answer within 0.3 s (-w)" ]]
}

@test "a name may have more addresses than there are descriptors" {
	require_commands unshare ip mount
	unshare -rmn true 2>/dev/null || skip "no namespaces"
	for ((i = 1; i < 41; i++)); do
		echo "127.0.0.$i many"
	done >hosts
	: >resolv
	run -1 timeout 60 unshare -rmn bash -c 'ip link set lo up
		mount --bind hosts /etc/hosts
		mount --bind resolv /etc/resolv.conf
		ulimit -n 16
		"$0" -4 many 1
		exec "$0" -4zv many 1,2' "$SOCKCAT" </dev/null 3>&-
	[ "$(grep -c ": Connection refused" <<<"$output")" -eq 120 ]
	[ "${#lines[@]}" -eq 120 ]
}

@test "services have their names where lanes hold all descriptors" {
	getent services 8080/tcp >/dev/null || skip "no services(5)"
	"$SOCKCAT" -v -lkd "$APART" 8080 2>log 3>&- &
	STARTED+=("$!")
	wait_until grep -q . log
	grep -q listening log || skip "port 8080 is in use"
	for limit in 9 10 12 16; do
		run -0 timeout 60 bash -c \
			'ulimit -n "$1" && exec "$0" -z "$2" 7900-8300' \
			"$SOCKCAT" "$limit" "$APART" </dev/null 3>&-
		[[ $output = "8080 http-alt "* ]]
	done
}
