# Retrying: -c.
load helper

# retry ARGUMENT...: run sockcat in the background; its output is in out and
# err, its pid in CLIENT.
retry() {
	timeout 60 "$SOCKCAT" "$@" >out 2>err 3>&- </dev/null &
	CLIENT=$!
	STARTED+=("$CLIENT")
}

# answer ARGUMENT...: a listener that sends "hello" to one client.
answer() {
	echo hello | timeout 60 "$SOCKCAT" -l "$@" 3>&- &
	STARTED+=("$!")
}

# tried N: has sockcat made this many attempts?
tried() {
	grep -qs trying err && [ "$(grep -c trying err)" -ge "$1" ]
}

@test "-c tries again until a refused port answers" {
	PORT=$(free_port)
	retry -vv -c 50 127.0.0.1 "$PORT"
	wait_until tried 2
	answer 127.0.0.1 "$PORT"
	assert_exit 0 "$CLIENT"
	[ "$(<out)" = hello ]
}

@test "-c reports no failure once it is connected" {
	PORT=$(free_port)
	retry -v -c 50 127.0.0.1 "$PORT"
	answer 127.0.0.1 "$PORT"
	assert_exit 0 "$CLIENT"
	[ "$(<err)" = "sockcat: connected to 127.0.0.1 port $PORT" ]
}

@test "-c reports the last attempt when its time is over, with status 4" {
	PORT=$(free_port)
	run -4 timeout 60 "$SOCKCAT" -c 0.5 localhost "$PORT" </dev/null
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} = "sockcat: connect to localhost port $PORT at [::1]: "* ]]
	[ "${lines[1]}" = \
		"sockcat: connect to localhost port $PORT at 127.0.0.1: Connection refused for 0.5 s (-c)" ]
}

@test "-c 0 tries once, and reports why that failed, with status 4" {
	PORT=$(free_port)
	run -4 timeout 60 "$SOCKCAT" -vv -c 0 127.0.0.1 "$PORT" </dev/null
	[ "$output" = "sockcat: trying 127.0.0.1 port $PORT
sockcat: connect to 127.0.0.1 port $PORT: Connection refused" ]
	peer_listen send hello
	run -0 timeout 60 "$SOCKCAT" -c 0 127.0.0.1 "$PORT" </dev/null
	[ "$output" = hello ]
}

@test "-c with -vv reports each attempt" {
	PORT=$(free_port)
	run -4 timeout 60 "$SOCKCAT" -vv -c 0.25 127.0.0.1 "$PORT" </dev/null
	[ "${#lines[@]}" -ge 4 ]
	[ $((${#lines[@]} % 2)) -eq 0 ]
	[ "${lines[2]}" = "sockcat: trying 127.0.0.1 port $PORT" ]
	[ "${lines[3]}" = \
		"sockcat: connect to 127.0.0.1 port $PORT: Connection refused" ]
}

@test "-c waits 0.1 seconds, then twice as long each time, at most one second" {
	require_commands strace
	PORT=$(free_port)
	run -4 timeout 60 strace -o calls -e 'trace=/^p?poll$' \
		"$SOCKCAT" -c 3 127.0.0.1 "$PORT" </dev/null
	# the timeouts of the waits on no descriptor, rounded up to 50 ms
	run sed -n 's/.*\[{fd=-1}, .*], 2, \([0-9]*\)) .*= 0 (Timeout)/\1/p;
		s/.*\[{fd=-1}, .*], 2, {tv_sec=\([0-9]*\), tv_nsec=\([0-9]*\)[0-9]\{6\}}.*= 0 (Timeout)/\1000 \2/p' calls
	run awk '{ ms = NF == 2 ? $1 + $2 : $1
		printf "%d ", int((ms + 49) / 50) * 50 }' <<<"$output"
	[[ $output = "100 200 400 800 1000 "* ]]
}

@test "-c tries a name again that does not resolve" {
	run -4 timeout 60 "$SOCKCAT" -vv -c 2 nosuch..invalid 80 </dev/null
	[ "${#lines[@]}" -ge 2 ]
	[[ ${lines[0]} = "sockcat: resolve nosuch..invalid: "* ]]
	run -4 timeout 60 "$SOCKCAT" -c 0.3 nosuch..invalid 80 </dev/null
	[ "${#lines[@]}" -eq 1 ]
	[[ $output = "sockcat: resolve nosuch..invalid: "* ]]
}

@test "-c connects once a name resolves" {
	require_commands unshare ip mount
	unshare -rmn true 2>/dev/null || skip "no namespaces"
	: >hosts
	: >resolv
	export SOCKCAT
	run -0 timeout 60 unshare -rmn bash -c 'ip link set lo up
		mount --bind hosts /etc/hosts
		mount --bind resolv /etc/resolv.conf
		echo hello | "$SOCKCAT" -v -l 127.0.0.1 7000 2>log &
		until grep -qs listening log; do sleep 0.02; done
		"$SOCKCAT" -vv -c 50 late.test 7000 </dev/null 2>err &
		client=$!
		until grep -qs resolve err; do sleep 0.02; done
		echo 127.0.0.1 late.test >hosts
		wait $client' 3>&-
	[ "$output" = hello ]
}

@test "-c tries again when the host is unreachable" {
	require_commands unshare
	unshare -rn true 2>/dev/null || skip "no namespaces"
	run -4 timeout 60 unshare -rn "$SOCKCAT" -vv -c 0.3 192.0.2.1 80 </dev/null
	[ "$(grep -c trying <<<"$output")" -ge 2 ]
	[[ ${lines[1]} = *": Network"*"unreachable" ]]
}

# through_proxy STEP...: run -c once through a scripted proxy that then ends.
through_proxy() {
	local line option=$1

	hold_fifo proxy_log
	background "$ROOT/tests/build/proxy" "${@:2}" >asked 2>proxy_log
	IFS= read -r -t 30 line <proxy_log
	run timeout 60 "$SOCKCAT" -vv -c 1 -X "$option" \
		-x "127.0.0.1:${line##* }" example.org 22 </dev/null
	tries=$(grep -c trying <<<"$output")
}

# socks5_refuses CODE, http_refuses CODE: the same with a proxy that refuses.
socks5_refuses() {
	through_proxy 5 read 3 send 0500 read 18 send "05${1}0001"
}

http_refuses() {
	through_proxy connect read_head \
		send "$(printf 'HTTP/1.1 %s x\r\n\r\n' "$1" | od -An -v -tx1 | tr -d ' \n')"
}

@test "-c tries again when the proxy cannot reach the host" {
	for code in 03 04 05 06; do
		socks5_refuses "$code"
		[ "$status" -eq 4 ]
		[ "$tries" -ge 2 ]
	done
	for code in 502 503 504; do
		http_refuses "$code"
		[ "$status" -eq 4 ]
		[ "$tries" -ge 2 ]
	done
}

@test "other refusals of a proxy end -c at once" {
	for code in 01 02 07 09; do
		socks5_refuses "$code"
		[ "$status" -eq 1 ]
		[ "$tries" -eq 1 ]
	done
	through_proxy 4 read 21 send 005b000000000000
	[ "$status" -eq 1 ]
	[ "$tries" -eq 1 ]
	http_refuses 403
	[ "$status" -eq 1 ]
	[ "$tries" -eq 1 ]
}

@test "-c waits for a Unix-domain socket that is missing or refuses" {
	retry -vv -c 50 -U ./socket
	wait_until tried 2
	"$ACTOR" -l "$PWD/stale" reset >/dev/null 2>log 3>&- </dev/null &
	STARTED+=("$!")
	wait_until test -S stale
	kill -9 "${STARTED[-1]}"
	wait "${STARTED[-1]}" || true
	mv stale socket # nobody listens any more
	wait_until grep -q refused err
	answer -U ./socket
	assert_exit 0 "$CLIENT"
	[ "$(<out)" = hello ]
}

@test "-c leaves no private socket of a Unix datagram client behind" {
	mkdir tmp
	TMPDIR=$PWD/tmp run -4 timeout 60 "$SOCKCAT" -c 0.5 -uU ./socket </dev/null
	[ "$output" = "sockcat: connect to ./socket: No such file or directory for 0.5 s (-c)" ]
	[ -z "$(ls tmp)" ]
}

@test "other failures end -c at once" {
	run -1 timeout 60 "$SOCKCAT" -c 600 -4 ::1 1 </dev/null
	[ "$output" = "sockcat: resolve ::1: not an IPv4 address (-4)" ]
	run -1 timeout 60 "$SOCKCAT" -c 600 -n localhost 1 </dev/null
	[ "$output" = "sockcat: resolve localhost: not a numeric address (-n)" ]
	run -1 timeout 60 "$SOCKCAT" -c 600 -s 192.0.2.1 127.0.0.1 1 </dev/null
	[[ $output = *"from 192.0.2.1: $(error_text EADDRNOTAVAIL) (no interface here has this address)" ]]
	run -1 timeout 60 "$SOCKCAT" -z -c 600 -s 192.0.2.1 127.0.0.1 1 </dev/null
	[[ $output = *"from 192.0.2.1: $(error_text EADDRNOTAVAIL) (no interface here has this address)" ]]
}

@test "-c tries again when one address refuses and another cannot be used" {
	PORT=$(free_port)
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
	run -4 timeout 60 "$SOCKCAT" -c 0.3 -s ::1 localhost "$PORT" </dev/null
	[ "${#lines[@]}" -eq 2 ]
}

@test "a signal ends the wait of -c at once" {
	PORT=$(free_port)
	"$SOCKCAT" -vv -c 600 127.0.0.1 "$PORT" >out 2>err 3>&- </dev/null &
	PID=$!
	STARTED+=("$PID")
	wait_until tried 4
	kill "$PID"
	assert_exit 143 "$PID"
}

# is_killed_asking OPTION...: SIGTERM ends sockcat at once while it waits for a name
# server that takes the question and does not reply.
is_killed_asking() {
	require_commands unshare ip mount socat
	unshare -rmn true 2>/dev/null || skip "no namespaces"
	: >hosts
	printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n' >resolv
	export SOCKCAT
	run -0 timeout 60 unshare -rmn bash -c 'ip link set lo up
		mount --bind hosts /etc/hosts
		mount --bind resolv /etc/resolv.conf
		socat -u UDP4-RECV:53,bind=127.0.0.1 OPEN:asked,creat 2>/dev/null &
		server=$!
		until grep -qs ":0035 " /proc/net/udp; do sleep 0.02; done
		"$SOCKCAT" "$@" </dev/null &
		pid=$!
		until [ -s asked ]; do sleep 0.02; done
		kill $pid
		wait $pid
		status=$?
		kill $server
		[ $status -eq 143 ]' bash "$@" 3>&-
}

@test "a signal ends a name lookup of -c at once" {
	is_killed_asking -c 600 slow.test 80
}

@test "a signal ends a name lookup of -a at once" {
	is_killed_asking -l -a slow.test 0
}

@test "a signal waits for a name lookup of -a while clients are served" {
	need_namespace
	require_commands socat
	echo 127.0.0.1 >list
	run -0 in_namespace '' 'nameserver 127.0.0.1\noptions timeout:2 attempts:1' "
		socat -u UDP4-RECV:53,bind=127.0.0.1 OPEN:asked,creat 2>/dev/null 3>&- &
		server=\$!
		until grep -qs ':0035 ' /proc/net/udp; do sleep 0.02; done
		'$SOCKCAT' -lk -S -a @list --ready 9 127.0.0.1 7000 </dev/null \
			>received 2>log 9>ready 3>&- & listener=\$!
		until [ -s ready ]; do sleep 0.02; done
		echo slow.test >>list
		until [ -s asked ]; do
			echo x | '$SOCKCAT' -d 127.0.0.1 7000 3>&- & sleep 0.1
		done
		kill \$listener
		wait \$listener; status=\$?; kill \$server; [ \$status -eq 143 ]"
	grep -q 'line 2: slow.test: cannot be looked up' log
	grep -q '^sockcat: sent 0 bytes, received' log
}

@test "-w limits each attempt of -c" {
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
	peer_full_backlog
	run -4 timeout 60 "$SOCKCAT" -vv -w 0.2 -c 1 ::1 "$PORT" </dev/null
	[ "$(grep -c trying <<<"$output")" -ge 2 ]
	[[ ${lines[1]} = *": no answer" ]]
}

@test "-c with -z waits until the port is open" {
	PORT=$(free_port)
	retry -zvv -c 50 127.0.0.1 "$PORT"
	wait_until tried 2
	answer 127.0.0.1 "$PORT"
	assert_exit 0 "$CLIENT"
	[ ! -s out ]
	[ "$(tail -1 err)" = \
		"sockcat: connection to 127.0.0.1 port $PORT succeeded: open" ]
}

@test "-c with -z and several hosts waits until each has an open port" {
	answer 127.0.0.1 "$((PORT = $(free_port)))"
	OTHER=$(free_port)
	retry -zv -c 50 127.0.0.1 "$PORT" localhost "$OTHER"
	wait_until grep -q "port $PORT succeeded: open" err
	answer 127.0.0.1 "$OTHER"
	assert_exit 0 "$CLIENT"
	[ "$(cut -d' ' -f1,2 out)" = "127.0.0.1 $PORT
localhost $OTHER" ]
	match_count_is err "succeeded: open" 2
	match_count_is err refused 0
}

@test "-c with -z names the hosts that have no open port, with status 4" {
	run -4 --separate-stderr timeout 60 "$SOCKCAT" -z -c 0.3 127.0.0.1 1 \
		127.0.0.2 2,3 </dev/null
	[ "$stderr" = "sockcat: connect to 127.0.0.1 port 1: Connection refused for 0.3 s (-c)
sockcat: no port of 127.0.0.2 was open for 0.3 s (-c)" ]
}

@test "-c with -z waits for a host that does not resolve yet" {
	require_commands unshare ip mount
	unshare -rmn true 2>/dev/null || skip "no namespaces"
	: >hosts
	: >resolv
	export SOCKCAT
	run -0 timeout 60 unshare -rmn bash -c 'ip link set lo up
		mount --bind hosts /etc/hosts
		mount --bind resolv /etc/resolv.conf
		"$SOCKCAT" -v -lkd 127.0.0.1 7000 2>log &
		server=$!
		until grep -qs listening log; do sleep 0.02; done
		"$SOCKCAT" -zvv -c 50 late.test 7000 127.0.0.1 7000 </dev/null \
			2>err >out &
		client=$!
		until grep -qs resolve err; do sleep 0.02; done
		echo 127.0.0.1 late.test >hosts
		wait $client && kill $server' 3>&-
	[ "$(cut -d' ' -f1 out | sort | xargs)" = "127.0.0.1 late.test" ]
}

@test "-c with -zU waits until somebody listens at the path" {
	retry -zvv -c 50 -U path
	wait_until grep -q "No such file" err
	answer -U path
	assert_exit 0 "$CLIENT"
	[ "$(tail -1 err)" = "sockcat: connection to path succeeded: open" ]
}

@test "-c with -z is silent if the port is open" {
	answer 127.0.0.1 "$((PORT = $(free_port)))"
	run -0 timeout 60 "$SOCKCAT" -z -c 50 127.0.0.1 "$PORT" </dev/null
	[ -z "$output" ]
}

@test "-c with -z reports why the port was not open in time, with status 4" {
	PORT=$(free_port)
	run -4 timeout 60 "$SOCKCAT" -z -c 0.3 127.0.0.1 "$PORT" </dev/null
	[ "$output" = \
		"sockcat: connect to 127.0.0.1 port $PORT: Connection refused for 0.3 s (-c)" ]
	run -4 timeout 60 "$SOCKCAT" -z -c 0.3 127.0.0.1 "0,$PORT" </dev/null
	[ "$output" = "sockcat: no port of 127.0.0.1 was open for 0.3 s (-c)" ]
}

@test "-c excludes -l and -k" {
	run -2 timeout 30 "$SOCKCAT" -c 1 -l 127.0.0.1 0
	[[ $output = *"cannot be combined"* ]]
	run -2 "$SOCKCAT" -c 1 -zk 127.0.0.1 1
	[[ $output = *"cannot be combined"* ]]
}

@test "-c waits for a database as an entrypoint does" {
	require_commands redis-server
	PORT=$(free_port)
	timeout 60 sh -c '"$0" -z -c 50 127.0.0.1 "$1" && echo started' \
		"$SOCKCAT" "$PORT" >out 3>&- </dev/null &
	CLIENT=$!
	STARTED+=("$CLIENT")
	redis-server --port "$PORT" --bind 127.0.0.1 --save '' >/dev/null 3>&- &
	STARTED+=("$!")
	assert_exit 0 "$CLIENT"
	[ "$(<out)" = started ]
}
