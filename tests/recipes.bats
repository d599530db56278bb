# What README and the manual tell to type, typed: each command in README's tables,
# and each example of sockcat(1).
load helper

# in_background COMMAND...: run a recipe in the background. Sets PID.
in_background() {
	"$@" <&0 &
	PID=$!
	STARTED+=("$PID")
}

# serve TASK: run the command of a listener in the background, until it listens.
serve() {
	in_background recipe "$@"
	wait_until grep -qs listening said
}

# many TASK: the same with -k, on a free port, with /dev/null as its standard
# input; what it prints is in the file "out".
many() {
	PORT=$(free_port)
	in_background recipe "$@" >out </dev/null
	wait_until grep -qs listening said
}

# ask OPTION...: connect to PORT, or listen on it; the input is this function's.
ask() {
	timeout 30 "$SOCKCAT" "$@" 127.0.0.1 "$PORT"
}

# start_server: start a server on SERVER that sends back what it receives.
start_server() {
	"$SOCKCAT" -v -lk -e cat 127.0.0.1 0 2>server </dev/null >/dev/null 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening server
	SERVER=$(sed -n 's/.* port //p' server)
}

# commands: print each command of README's tables.
commands() {
	grep '^| ' "$ROOT/README.md" | awk -F ' [|] ' '$2 ~ /^`/ { print $2 }' |
		sed 's/ |$//; s/^`//; s/`$//; s/\\|/|/g'
}

# tasks: print the task of each of these commands; not what people typed for
# other netcats.
tasks() {
	awk -F ' [|] ' '$2 ~ /^`/ && !/^[|] `/ { sub(/^[|] /, ""); print $1 }' \
		"$ROOT/README.md"
}

# examples: print each example of the manual.
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh OPTIONS/s/^\.Dl \$ //p' \
		"$ROOT/man/sockcat.1" | sed 's/\\e/\\/g'
}

@test "each command of README's tables is run by a test" {
	diff <(tasks | sort) <(sed -n \
		's/.*\(recipe\|many\|serve\|unit\) "\([^"$]*\)".*/\2/p' \
		"$ROOT"/tests/recipes.bats "$ROOT"/tests/proxy.bats | sort -u)
}

@test "each example of the manual is one of README's, or run by a test of its own" {
	diff <(examples | grep -vxF "$(commands)" | sort) <(sed -n \
		's/^[^#]*run_example "\([^"]*\)".*/\1/p' \
		"$ROOT"/tests/recipes.bats "$ROOT"/tests/proxy.bats | sort)
}

# advice: print what README and the manual tell to type instead of what other
# netcats take.
advice() {
	sed -n '/^## Coming from/,/^## Sys/{ /^| `/p; }' "$ROOT/README.md" |
		sed 's/.* | //' | grep -o 'sockcat [^`]*'
	sed -n '/^\.Sh COMING FROM/,/^\.Sh DIAG/s/^\.Ic \(sockcat.*\)/\1/p' \
		"$ROOT/man/sockcat.1" | sed 's/\\-/-/g' | awk '{
			n = split($0, part, / , /)
			for (i = 1; i <= n; i++)
				print part[i]
		}'
}

# accepted COMMAND FILE: complain unless sockcat takes the command, which gets an
# address if it has none, and ports of this test. Its stderr is in the file.
accepted() {
	local command status=0

	command=$(sed -E -e "s/host:[0-9]+/127.0.0.1:$PORT/" \
		-e "s/ (80|8080|53)( |\$)/ $FREE\2/" -e 's/ host / 127.0.0.1 /' \
		-e 's|([ <])/x|\1./x|' -e 's/ >x$//' <<<"$1")
	case $command in
	*"$FREE" | *"$FREE <"* | *socket | */x | *@name | *" 239."*) ;;
	*) command="$command -lk 0" ;;
	esac
	PATH=$WORK/bin:$PATH timeout 0.6 bash -c "$command" >/dev/null \
		2>"$2" </dev/null || status=$?
	[ "$status" -ne 2 ] || echo "$1: $command: $(<"$2")"
}

@test "what to type instead of other netcats' options is accepted" {
	local n=0 command

	PORT=$(free_port)
	FREE=$(free_port)
	touch file x
	mkdir bin
	ln -s "$SOCKCAT" bin/sockcat
	advice >commands
	[ "$(wc -l <commands)" -ge 20 ]
	while read -r command; do
		in_background accepted "$command" "err$((n += 1))" </dev/null >>complaints
	done <commands
	wait "${STARTED[@]}"
	run cat complaints
	[ -z "$output" ]
}

@test "receive a file, send a file" {
	PORT=$(free_port)
	random_bytes 1M >file
	serve "receive a file" </dev/null
	recipe "send a file"
	assert_exit 0 "$PID"
	cmp file copy
}

@test "serve a file once" {
	PORT=$(free_port)
	random_bytes 1M >file
	serve "serve a file once"
	ask </dev/null >got
	assert_exit 0 "$PID"
	cmp file got
}

@test "grab a banner" {
	try_three_times banner_arrives
}

banner_arrives() {
	peer_listen send $'220 ready\r\n' wait
	run recipe "grab a banner"
	[ "$status" -eq 0 ] && [ "$output" = $'220 ready\r' ]
}

@test "send an HTTP request" {
	peer_listen read 18 send $'HTTP/1.0 204 No Content\r\n\r\n'
	run -0 recipe "send an HTTP request"
	[ "${lines[0]}" = $'HTTP/1.0 204 No Content\r' ]
	[ "$(<received)" = $'GET / HTTP/1.0\r\n\r' ]
}

@test "check whether a port is open" {
	peer_listen read_all
	run -0 recipe "check whether a port is open"
	PORT=$(free_port)
	run -1 recipe "check whether a port is open"
}

@test "list open ports" {
	peer_listen read_all
	run -0 recipe "list open ports"
	[[ $output = *"$PORT "* ]]
}

@test "wait until a server is up, then start its client" {
	printf '#!/bin/sh\necho started\n' >client
	chmod +x client
	peer_listen read_all
	run -0 recipe "wait until a server is up, then start its client"
	[ "$output" = started ]
}

@test "measure connection times" {
	"$SOCKCAT" -v -lkd 127.0.0.1 0 >/dev/null 2>server 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening server
	PORT=$(sed 's/.* //' server)
	run -0 recipe "measure connection times"
	[ "${#lines[@]}" -eq 10 ]
	grep -q "10 attempts, " said
}

@test "collect log lines from many clients" {
	many "collect log lines from many clients"
	peer_connect send $'one\n'
	peer_connect send two
	wait_until line_count_is log 2
	[ "$(sed 's/^127.0.0.1:[0-9]* //' log)" = $'one\ntwo' ]
}

@test "stream a growing log to many clients" {
	echo one >log
	many "stream a growing log to many clients"
	peer_connect read 4
	[ "$(<received)" = one ]
	peer_start a read 4
	wait_until match_count_is said connected 2
	echo two >>log
	wait_peer a
	[ "$(<a)" = two ]
}

@test "run a chat room" {
	many "run a chat room"
	peer_start a read 1 read_all
	wait_until grep -q connected said
	peer_connect send $'hello\n'
	wait_until grep -q hello a
	wait_until grep -q hello out
}

@test "send a message and quit" {
	PORT=$(free_port)
	"$SOCKCAT" -v -ml 127.0.0.1 "$PORT" </dev/null >out 2>said 3>&- &
	PID=$!
	STARTED+=("$PID")
	wait_until grep -q listening said
	run -0 recipe "send a message and quit"
	assert_exit 0 "$PID"
	[ "$(<out)" = "Hello there." ]
}

@test "run a chat room with the message protocol" {
	many "run a chat room with the message protocol"
	peer_start a read 1 read_all
	wait_until grep -q connected said
	peer_connect send 'Hello there.'
	wait_until grep -qF ' Hello there.' a
	wait_until grep -qF ' Hello there.' out
}

@test "a bash script answers messages" {
	PORT=$(free_port)
	sed -n 's/\\e/\\/g; /^coproc/,/^done/p' "$ROOT/man/sockcat.1" >script
	sed -i "s|sockcat -ml 8080|'$SOCKCAT' -ml 127.0.0.1 $PORT|" script
	timeout 30 bash script 3>&- &
	STARTED+=("$!")
	for ((i = 0; i < 500; i++)); do
		printf '%s' '3\.14 \^ \\.' | timeout 30 "$SOCKCAT" -q 20 -W 1 -m 127.0.0.1 \
			"$PORT" >answer 2>/dev/null && break
		sleep 0.05
	done
	[ "$(<answer)" = 'You said: 3.14 ^ \.' ]
}

@test "send a UDP query" {
	try_three_times query_is_answered
}

query_is_answered() {
	peer_listen_udp read 6 send $'answer\n'
	run recipe "send a UDP query"
	[ "$status" -eq 0 ] && [ "$output" = answer ]
}

@test "forward a port" {
	FREE=$(free_port)
	peer_listen read 9 send $'answer\n'
	serve "forward a port"
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$FREE" <<<question
	[ "$output" = answer ]
	[ "$(<received)" = question ]
}

@test "run a service for each client, like inetd" {
	many "run a service for each client, like inetd"
	run -0 ask </dev/null
	[ "${lines[0]}" = "Hello, 127.0.0.1" ]
	[ -n "${lines[1]}" ]
}

@test "serve a file to many clients" {
	random_bytes 100k >file
	many "serve a file to many clients"
	ask </dev/null >a
	ask </dev/null >b
	cmp file a
	cmp file b
}

@test "serve a file over HTTP" {
	echo text >file
	many "serve a file over HTTP"
	run -0 ask \
		< <(printf 'GET / HTTP/1.0\r\nA: b\r\n\r\n')
	[ "${lines[0]}" = $'HTTP/1.0 200 OK\r' ]
	[ "${lines[-1]}" = text ]
}

@test "print datagrams with their senders" {
	many "print datagrams with their senders"
	printf hello | ask -u -q 0
	wait_until grep -q '^127.0.0.1:[0-9]* hello$' out
}

# Here one address is the group, and everybody.
@test "ask everybody in a group, and label the answers" {
	peer_listen_udp read 6 send $'answer\n'
	run recipe "ask everybody in a group, and label the answers"
	[ "$status" -eq 0 ]
	[[ $output = *answer ]]
}

@test "listen to a group, on one interface" {
	many "listen to a group, on one interface"
	printf hello | ask -u -q 0
	wait_until grep -q '^127.0.0.1:[0-9]* hello$' out
}

@test "wake a machine (Wake-on-LAN)" {
	printf packet >packet
	peer_listen_udp read 6
	recipe "wake a machine (Wake-on-LAN)"
	wait_peer
}

@test "send a file, watch the progress, and learn who is slow" {
	peer_listen read_all
	random_bytes 100k >file
	recipe "send a file, watch the progress, and learn who is slow"
	wait_peer
	cmp file received
	grep -q "sent 102400 bytes" said
}

@test "send a file slowly" {
	peer_listen read_all
	random_bytes 50k >file
	recipe "send a file slowly"
	wait_peer
	cmp file received
}

@test "receive and send the rest of a file after a broken transfer" {
	PORT=$(free_port)
	random_bytes 1200k >file
	head -c 1000000 file >copy
	serve "receive the rest of a file after a broken transfer" </dev/null
	recipe "send the rest of a file, of which 1,000,000 bytes have arrived"
	assert_exit 0 "$PID"
	cmp file copy
}

@test "serve a file on a Unix-domain socket, and receive it" {
	random_bytes 1M >file
	serve "serve a file on a Unix-domain socket"
	recipe "receive a file from a Unix-domain socket" </dev/null
	assert_exit 0 "$PID"
	cmp file copy
}

@test "talk to a server, or join a chat room" {
	peer_listen read 6 send $'answer\n'
	run -0 recipe "talk to a server, or join a chat room" <<<hello
	[ "$output" = answer ]
	[ "$(<received)" = hello ]
}

@test "see each socket call, explained" {
	peer_listen read 6 send $'answer\n'
	run -0 recipe "see each socket call, explained" <<<hello
	[ "$output" = answer ]
	grep -q ' send([0-9]*, 6) = 6  ' said
}

@test "see what is sent and received" {
	peer_listen read 6 send $'answer\n'
	run -0 recipe "see what is sent and received" <<<hello
	grep -q '^> .*|hello.|$' said
	grep -q '^< .*|answer.|$' said
}

@test "ask redis" {
	if command -v redis-server >/dev/null; then
		PORT=$(free_port)
		background redis-server --port "$PORT" --bind 127.0.0.1 \
			--save '' >redis
		timeout 30 "$SOCKCAT" -z -c 20 127.0.0.1 "$PORT"
	else
		peer_listen read 12 send $'+PONG\r\n+OK\r\n'
	fi
	run -0 recipe "ask redis"
	[ "$output" = $'+PONG\r\n+OK\r' ]
}

@test "ask memcached" {
	peer_listen read 13 send $'STAT pid 1\r\nEND\r\n'
	run -0 recipe "ask memcached"
	[ "$output" = $'STAT pid 1\r\nEND\r' ]
	[ "$(<received)" = $'stats\r\nquit\r' ]
}

@test "type a file of commands, one each second, with CR LF" {
	peer_listen read_all
	echo 'HELO there' >commands
	recipe "type a file of commands, one each second, with CR LF"
	wait_peer
	[ "$(od -An -c received | tail -n 1)" = "$(printf 'HELO there\r\n' |
		od -An -c)" ]
}

@test "talk to a telnet device" {
	peer_listen send $'\377\373\001login: ' read 7
	open_stdin
	in_background recipe "talk to a telnet device" <stdin >out
	wait_until file_is out "login: "
	send_stdin $'me\n'
	close_stdin
	assert_exit 0 "$PID"
	[ "$(od -An -tx1 received)" = " ff fe 01 6d 65 0d 0a" ]
}

@test "wait for several servers" {
	printf '#!/bin/sh\necho started\n' >server
	chmod +x server
	peer_listen read_all
	export SERVER=$PORT
	start_listening_actor other received -l read_all
	run -0 recipe "wait for several servers"
	[ "${lines[-1]}" = started ]
}

@test "send a growing log, also after the line was broken" {
	PORT=$(free_port)
	echo one >log
	in_background recipe "send a growing log, also after the line was broken"
	ask -ld -W 1 >out
	[ "$(<out)" = one ]
	wait_until grep -q ' lost: ' said
	echo two >>log
	ask -ld -W 1 >out
	[ "$(<out)" = two ]
}

@test "tap the wire between a program and its server" {
	start_server
	many "tap the wire between a program and its server"
	run -0 ask <<<question
	[ "$output" = question ]
	grep -q '^> .*|question.|$' said
	grep -q '^< .*|question.|$' said
}

@test "reach docker's socket through TCP" {
	"$SOCKCAT" -v -lkU -e 'echo docker' ./docker.sock 2>server </dev/null \
		>/dev/null 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening server
	many "reach docker's socket through TCP"
	run -0 ask </dev/null
	[ "$output" = docker ]
}

@test "offer files at a limited rate" {
	start_server
	many "offer files at a limited rate"
	random_bytes 100k >file
	ask <file >got
	cmp file got
}

@test "exit when the server closes" {
	peer_listen send $'bye\n'
	open_stdin
	run -0 recipe "exit when the server closes" <stdin
	[ "$output" = bye ]
}

@test "UDP from many senders" {
	open_stdin
	PORT=$(free_port)
	in_background recipe "UDP from many senders" <stdin >out
	wait_until grep -qs listening said
	peer_start_udp a send one read 3
	wait_until file_is out one
	peer_start_udp b send two read 3
	wait_until file_is out onetwo
	send_stdin yes
	wait_peer a
	wait_peer b
	[ "$(<a)$(<b)" = yesyes ]
}

@test "tell the port that -p 0 chose" {
	in_background recipe "tell the port that -p 0 chose" </dev/null >out
	wait_until grep -qs 'listening on .* port [0-9]' said
	PORT=$(sed -n 's/.* port //p' said | tail -n 1)
	ask <<<hello
	assert_exit 0 "$PID"
	[ "$(<out)" = hello ]
}

@test "a listener that outlives its clients" {
	many "a listener that outlives its clients"
	peer_connect send one reset
	ask <<<two
	wait_until grep -q two out
}

@test "one line a datagram" {
	start_listener -u -W 2
	printf 'one\ntwo\n' >lines
	recipe "one line a datagram"
	assert_exit 0 "$PID"
	[ "$(<out)" = $'one\ntwo' ]
}

@test "a listener with a time limit" {
	PORT=$(free_port)
	run -4 recipe "a listener with a time limit"
}

@test "report the progress of a transfer that is running" {
	start_listener -d
	peer_start a send hello wait
	wait_until file_is out hello
	run_example "kill -USR1 PID"
	wait_log "received 5 bytes"
}

@test "forward DNS queries, which are datagrams" {
	peer_listen_udp echo
	export SERVER=$PORT
	many "forward DNS queries, which are datagrams"
	run -0 ask -u -W 1 -q 20 <<<query
	[ "$output" = query ]
}

@test "serve only those whom a file lists" {
	echo 127.0.0.0/8 >friends
	many "serve only those whom a file lists"
	run -0 ask </dev/null
	[ -n "$output" ]
}

@test "notice in a minute that the other machine is gone" {
	[ -z "${POSIX_ONLY-}" ] || skip "POSIX has no such option"
	peer_listen read 6 send $'answer\n'
	run -0 recipe "notice in a minute that the other machine is gone" <<<hello
	[ "$output" = answer ]
}

@test "start a service with its first client" {
	require_commands systemd-socket-activate
	PORT=$(free_port)
	in_background recipe "start a service with its first client" 2>activated
	run -0 ask -c 20 </dev/null
	[ -n "$output" ]
}

# unit TASK: the units that README's command for this task enables are there.
unit() {
	local name

	name=$(readme "$1" | sed -n 's/^systemctl enable --now \(.*@\)8080\.socket$/\1/p')
	[ -f "$ROOT/packaging/systemd/$name.socket" ]
	[ -f "$ROOT/packaging/systemd/$name.service" ]
}

@test "a forwarder, and a command for each client, started by systemd" {
	unit "forward a port, started by systemd"
	unit "run a command for each client, started by systemd"
}
