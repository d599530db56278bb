# Unix-domain sockets, -U: streams, datagrams and their socket files.
load helper

# start_unix_listener ARGUMENT...: start a sockcat that listens on $WORK/sock.
start_unix_listener() {
	start "$SOCKCAT" -vlU "$@" "$WORK/sock"
	read_log_line
	[ "$LINE" = "sockcat: listening on $WORK/sock" ]
}

@test "files are sent both ways at once over a socket file, which is then removed" {
	random_bytes 2M >theirs
	random_bytes 2M >ours
	start_unix_listener <ours
	run -0 bash -c '"$0" -vU "$1/sock" <theirs 2>&1 >received' \
		"$SOCKCAT" "$WORK"
	[ "$output" = "sockcat: connected to $WORK/sock" ]
	assert_exit 0 "$PID"
	cmp theirs out
	cmp ours received
	[ ! -e sock ]
	run read_log
	[[ ${lines[0]} == "sockcat: client unix:1 connected"* ]]
	[ "${lines[1]}" = "sockcat: client unix:1 closed: received 2097152 bytes, sent 2097152 bytes" ]
}

# buffer_of LOG: print the sizes of the send buffers that were set.
buffer_of() {
	sed -n 's/.*setsockopt(.*SO_SNDBUF, \([0-9]*\)) = 0 .*/\1/p' "$1" | sort -u
}

@test "both ends of a Unix stream get a large send buffer, or that of -O" {
	local args size

	for args in :524288 "-O 4k:4096"; do
		size=${args#*:}
		read -ra args <<<"${args%:*}"
		start "$SOCKCAT" -vvv "${args[@]}" -lU "$WORK/sock" </dev/null
		wait_log listening
		timeout 30 "$SOCKCAT" -vvv "${args[@]}" -U "$WORK/sock" \
			<<<x 2>client
		assert_exit 0 "$PID"
		read_log >server
		[ "$(buffer_of client)" = "$size" ]
		[ "$(buffer_of server)" = "$size" ]
		grep -A 1 'accept([0-9]*) = [0-9]' server | grep "SO_SNDBUF, $size"
	done
}

@test "fatal signals remove the socket file" {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		start_unix_listener </dev/null
		[ -S sock ]
		kill -"${s%:*}" "$PID"
		assert_exit "${s#*:}" "$PID"
		[ ! -e sock ]
	done
}

@test "umask sets the mode of the socket file" {
	local old

	old=$(umask)
	umask 077
	start_unix_listener </dev/null
	umask "$old"
	[ "$(ls -l sock | cut -c 1-10)" = srwx------ ]
	kill "$PID"
}

@test "listening on a socket file in use fails and does not disturb its owner" {
	start_unix_listener </dev/null
	run -1 timeout 30 "$SOCKCAT" -lU "$WORK/sock" </dev/null
	[[ $output = "sockcat: listen on $WORK/sock: $(error_text EADDRINUSE) ("*")" ]]
	run -1 timeout 30 "$SOCKCAT" -luU "$WORK/sock" </dev/null
	[[ $output = "sockcat: listen on $WORK/sock: $(error_text EADDRINUSE) ("*")" ]]
	"$SOCKCAT" -U "$WORK/sock" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

# kill_listener: kill the started listener, so that its socket file becomes
# stale.
kill_listener() {
	kill -KILL "$PID"
	wait "$PID" || :
}

@test "a stale socket file is replaced, but not with -R" {
	start_unix_listener </dev/null
	kill_listener
	[ -S sock ]
	run -1 timeout 30 "$SOCKCAT" -R -lU "$WORK/sock" </dev/null
	[[ $output = "sockcat: listen on $WORK/sock: $(error_text EADDRINUSE) ("*")" ]]
	start_unix_listener </dev/null
	"$SOCKCAT" -U "$WORK/sock" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

@test "a listener does not remove the socket file of another one at its path" {
	start_unix_listener -k </dev/null
	mv sock moved
	background "$SOCKCAT" -vlU "$WORK/sock" </dev/null 2>second
	wait_until grep -q listening second
	terminate
	[ -S sock ]
}

@test "a stale socket file that another process has replaced is not replaced again" {
	require_commands strace
	start_unix_listener </dev/null
	kill_listener
	background timeout 40 strace -o calls \
		-e inject=connect:delay_exit=1500000:when=1 \
		"$SOCKCAT" -v -W 1 -lU "$WORK/sock" </dev/null >late 2>late.err
	wait_until grep -q ECONNREFUSED calls
	background timeout 30 "$SOCKCAT" -v -W 1 -lU "$WORK/sock" \
		</dev/null >soon 2>soon.err
	wait_until grep -q : late.err
	wait_until grep -q : soon.err
	[ "$(cat late.err soon.err | grep -c "listening on")" -eq 1 ]
	[ "$(cat late.err soon.err | grep -c "$(error_text EADDRINUSE)")" -eq 1 ]
	"$SOCKCAT" -U "$WORK/sock" <<<word
	wait_until grep -qx word late soon
}

# removed_during DELAY: another process removes a stale socket file that sockcat
# is about to replace.
removed_during() {
	start_unix_listener </dev/null
	kill_listener
	rm -f calls
	start strace -o calls -e "inject=$1" \
		"$SOCKCAT" -v -W 1 -lU "$WORK/sock" </dev/null
	wait_until grep -qs ECONNREFUSED calls
	rm sock
	wait_log "listening on"
	pkill -P "$PID" -x sockcat || :
}

@test "a stale socket file may be removed by another process" {
	require_commands strace
	removed_during 'connect:delay_exit=500000:when=1'
	removed_during '/^unlink(at)?$:delay_enter=500000:when=1'
}

@test "a path that is no socket is refused and not changed" {
	echo precious >file
	mkdir dir
	mkfifo pipe
	ln -s "$WORK/nowhere" link
	for what in file dir pipe link; do
		run -1 timeout 30 "$SOCKCAT" -lU "$WORK/$what" </dev/null
		[[ $output = "sockcat: listen on $WORK/$what: "@(File exists|it is *"remove it"*) ]]
		run -1 timeout 30 "$SOCKCAT" -luU "$WORK/$what" </dev/null
	done
	[ "$(<file)" = precious ]
	[ -d dir ] && [ -p pipe ] && [ -L link ]
}

@test "a path in a missing or read-only directory is reported" {
	run -1 timeout 30 "$SOCKCAT" -lU "$WORK/none/sock" </dev/null
	[ "$output" = "sockcat: listen on $WORK/none/sock: No such file or directory" ]
	run -1 "$SOCKCAT" -U "$WORK/none" </dev/null
	[ "$output" = "sockcat: connect to $WORK/none: No such file or directory" ]
	mkdir closed
	chmod 500 closed
	[ ! -w closed ] || skip "this user may write everywhere"
	run -1 timeout 30 "$SOCKCAT" -lU "$WORK/closed/sock" </dev/null
	[ "$output" = "sockcat: listen on $WORK/closed/sock: Permission denied" ]
}

@test "connecting to a stale socket file is refused" {
	start_unix_listener </dev/null
	kill_listener
	run -1 "$SOCKCAT" -U "$WORK/sock" </dev/null
	[ "$output" = "sockcat: connect to $WORK/sock: Connection refused" ]
	run -1 "$SOCKCAT" -uU "$WORK/sock" </dev/null
	[ "$output" = "sockcat: connect to $WORK/sock: Connection refused" ]
}

@test "a path may have up to 107 bytes" {
	local n name

	cd "$BATS_TEST_TMPDIR" || return
	for n in 108 200; do
		name=$(head -c "$n" /dev/zero | tr '\0' x)
		run -2 timeout 30 "$SOCKCAT" -lU "$name" </dev/null
		[ "$output" = "sockcat: -U $name: the path must have 1 to 107 bytes" ]
		run -2 "$SOCKCAT" -U "$name" </dev/null
		run -2 "$SOCKCAT" -U -s "$name" sock </dev/null
	done
	run -2 "$SOCKCAT" -U '' </dev/null
	name=$(head -c 107 /dev/zero | tr '\0' x)
	start "$SOCKCAT" -vlU "$name" </dev/null
	read_log_line
	"$SOCKCAT" -U "$name" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}

@test "an abstract name creates no file" {
	local name

	[ "$(uname)" = Linux ] || skip "abstract names are Linux's"
	[ -z "${POSIX_ONLY-}" ] || skip "built without them"
	name=@sockcat.$$.$BATS_TEST_NUMBER
	start "$SOCKCAT" -vlU "$name" </dev/null
	read_log_line
	[ "$LINE" = "sockcat: listening on $name" ]
	run -0 "$SOCKCAT" -vU "$name" <<<word
	[ "$output" = "sockcat: connected to $name" ]
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
	run -1 "$SOCKCAT" -U "$name" </dev/null
	[ "$output" = "sockcat: connect to $name: Connection refused" ]
}

@test "-U cannot be combined with Internet options, and requires a path" {
	local o

	for o in -4 -6 '-p 1' '-T ef'; do
		# shellcheck disable=SC2086
		run -2 "$SOCKCAT" $o -U sock
		[[ $output = "sockcat: "*" cannot be combined: "?* ]]
	done
	run -2 timeout 30 "$SOCKCAT" -l -a ::1 -U sock
	run -2 "$SOCKCAT" -U
	[ "$output" = "sockcat: -U requires a path" ]
	run -2 "$SOCKCAT" -U a b
	[ "$output" = "sockcat: -U takes one path, and 'b' is a second one; a path with a space needs quotes" ]
}

@test "with -k clients of a socket file are numbered from 1" {
	start_unix_listener -kL </dev/null
	"$SOCKCAT" -U "$WORK/sock" <<<one
	"$SOCKCAT" -U "$WORK/sock" <<<two
	wait_until line_count_is out 2
	[ "$(<out)" = $'unix:1 one\nunix:2 two' ]
	kill "$PID"
	assert_exit 143 "$PID"
	[ ! -e sock ]
}

@test "messages can be sent over Unix sockets" {
	start_unix_listener -m <<<'From the listener.'
	run -0 timeout 30 "$SOCKCAT" -mU "$WORK/sock" <<<$'From the\nclient.'
	[ "$output" = "From the listener." ]
	assert_exit 0 "$PID"
	[ "$(<out)" = "From the client." ]
}

@test "Unix datagrams are answered; the client's private socket file is removed" {
	mkdir tmp
	export TMPDIR=$WORK/tmp
	start_unix_listener -u <<<answer
	run -0 timeout 30 "$SOCKCAT" -uU -W 1 -q 20 "$WORK/sock" <<<query
	[ "$output" = answer ]
	wait_until file_is out query
	[ -z "$(ls -A tmp)" ]
	kill "$PID"
	assert_exit 143 "$PID"
	[ ! -e sock ]
}

@test "the private socket file is not accessible to others, and a signal removes it" {
	mkdir tmp
	export TMPDIR=$WORK/tmp
	start_unix_listener -u </dev/null
	open_stdin
	background "$SOCKCAT" -uU "$WORK/sock" <stdin
	CLIENT=$!
	send_stdin $'word\n'
	wait_until file_is out word
	[ "$(ls -ld tmp/* | cut -c 1-10)" = drwx------ ]
	kill "$CLIENT"
	assert_exit 143 "$CLIENT"
	[ -z "$(ls -A tmp)" ]
	kill "$PID"
}

@test "-s sets the local path, which is removed on exit" {
	start_unix_listener -uk </dev/null
	run -0 timeout 30 "$SOCKCAT" -uU -q 0 -s "$WORK/own" "$WORK/sock" <<<word
	wait_until file_is out word
	[ ! -e own ]
	kill "$PID"
	start "$SOCKCAT" -vlU -s "$WORK/sock2" </dev/null
	read_log_line
	[ "$LINE" = "sockcat: listening on $WORK/sock2" ]
}

@test "with -k stdin is sent to all senders of Unix datagrams" {
	open_stdin
	start_unix_listener -uk <stdin
	for c in a b; do
		background timeout 30 "$SOCKCAT" -uU -W 1 -q 9 "$WORK/sock" \
			<<<"$c" >"$c"
		name_peer "$c"
	done
	wait_log connected
	wait_log connected
	send_stdin $'answer\n'
	wait_peer a
	wait_peer b
	[ "$(<a)$(<b)" = answeranswer ]
	kill "$PID"
}

@test "a client that does not read Unix datagrams does not make sockcat busy-loop" {
	require_commands strace
	start strace -o calls -e 'trace=/^p?poll$' "$SOCKCAT" -vlukU -w 1 \
		"$WORK/sock" </dev/zero
	read_log_line
	hold_fifo full
	background "$SOCKCAT" -uU -q 20 "$WORK/sock" <<<word >full
	CLIENT=$!
	wait_log connected
	stop_process "$CLIENT"
	wait_log "bytes read but not sent"
	continue_process "$CLIENT"
	[ "$(wc -l <calls)" -lt 3000 ]
	pkill -P "$PID" -x sockcat || :
}

# socket_is_listening NAME: true if the stream socket is not only bound to this
# name, but listens.
socket_is_listening() {
	[ -S "$1" ] && { [ ! -r /proc/net/unix ] ||
		grep -q " 00010000 .* $WORK/$1\$" /proc/net/unix; }
}

@test "sockcat and nc.openbsd exchange data over Unix sockets" {
	require_commands nc.openbsd
	start_unix_listener <<<answer
	run -0 timeout 30 nc.openbsd -N -U "$WORK/sock" <<<query
	[ "$output" = answer ]
	assert_exit 0 "$PID"
	[ "$(<out)" = query ]
	background nc.openbsd -N -l -U "$WORK/sock" <<<answer >received
	wait_until socket_is_listening sock
	run -0 timeout 30 "$SOCKCAT" -U "$WORK/sock" <<<query
	[ "$output" = answer ]
	rm -f sock
	start_unix_listener -u <<<answer
	query_with nc.openbsd -uU "$WORK/sock"
	kill "$PID"
	assert_exit 143 "$PID"
	background nc.openbsd -luU "$WORK/sock" </dev/null >received
	wait_until test -S sock
	timeout 30 "$SOCKCAT" -uU "$WORK/sock" <<<query
	wait_until file_is received query
}

@test "sockcat and socat exchange data over Unix sockets" {
	require_commands socat
	start_unix_listener <<<answer
	run -0 timeout 30 socat -t 5 - "UNIX-CONNECT:$WORK/sock" <<<query
	[ "$output" = answer ]
	assert_exit 0 "$PID"
	[ "$(<out)" = query ]
	background socat "UNIX-LISTEN:$WORK/sock" EXEC:cat
	wait_until socket_is_listening sock
	run -0 timeout 30 "$SOCKCAT" -U "$WORK/sock" <<<query
	[ "$output" = query ]
	rm -f sock
	start_unix_listener -u <<<answer
	query_with socat - "UNIX-SENDTO:$WORK/sock,bind=$WORK/own"
	kill "$PID"
}

@test "sockcat and ncat exchange data over Unix sockets" {
	require_commands ncat
	start_unix_listener <<<answer
	run -0 timeout 30 ncat -U "$WORK/sock" <<<query
	[ "$output" = answer ]
	assert_exit 0 "$PID"
	[ "$(<out)" = query ]
	background ncat -l -U "$WORK/sock" <<<answer >received
	wait_until socket_is_listening sock
	run -0 timeout 30 "$SOCKCAT" -U "$WORK/sock" <<<query
	[ "$output" = answer ]
}

@test "without -k a listener receives Unix datagrams only from the first sender" {
	local c

	start_unix_listener -u </dev/null
	stop_process "$PID"
	for c in a b; do
		background "$SOCKCAT" -v -uU -q 9 -s "$WORK/own$c" "$WORK/sock" <<<word \
			2>"err$c"
		wait_until grep -q connected "err$c"
	done
	continue_process "$PID"
	wait_until test -s out
	kill "$PID"
	assert_exit 143 "$PID"
	line_count_is out 1
}

@test "a sender without a name does not consume stdin" {
	require_commands socat
	open_stdin
	start_unix_listener -uk <stdin
	send_stdin $'precious\n'
	echo one | socat - "UNIX-SENDTO:$WORK/sock"
	wait_until file_is out one
	run -0 timeout 30 "$SOCKCAT" -uU -W 1 -q 20 "$WORK/sock" <<<two
	[ "$output" = precious ]
	kill "$PID"
	assert_exit 143 "$PID"
	run ! grep -q "not sent" <(log)
}

@test "a caret reaches a slow reader of Unix datagrams before the listener quits" {
	open_stdin
	start_unix_listener -ukm <stdin
	hold_fifo client.stdin
	background "$SOCKCAT" -uUm -q 9 "$WORK/sock" <client.stdin >received
	CLIENT=$!
	printf 'Here.' >client.stdin
	wait_log connected
	stop_process "$CLIENT"
	for ((i = 0; i < 2000; i++)); do
		printf 'Message %d.\n' "$i"
	done >input
	printf '^' >>input
	cat input >stdin
	continue_process "$CLIENT"
	assert_exit 0 "$PID"
	assert_exit 0 "$CLIENT"
	line_count_is received 2000
}

@test "a second signal also leaves no socket file behind" {
	mkdir tmp
	export TMPDIR=$WORK/tmp
	start_unix_listener -k </dev/null
	start_actor a a "$WORK/sock" wait
	wait_log connected
	kill -TERM "$PID"
	kill -INT "$PID" || :
	wait "$PID" || :
	[ ! -e sock ]
}

@test "a line too long for a datagram is an error, and is not split" {
	start_unix_listener -u </dev/null
	head -c 70000 /dev/zero | tr '\0' x >line
	run -1 timeout 30 "$SOCKCAT" -uU -L "$WORK/sock" <line
	[[ $output = "sockcat: send to "*": Message too l"* ]]
	[ ! -s out ]
	kill "$PID"
}

@test "-U listens on only one path" {
	run -2 timeout 30 "$SOCKCAT" -lU -s a b
	[ "$output" = "sockcat: -s a and b: give only one path" ]
}

@test "-w and signals end an attempt to connect to a socket with a full backlog" {
	start_unix_listener -k -b 1 </dev/null
	stop_process "$PID"
	for ((i = 0; i < 8; i++)); do
		background "$SOCKCAT" -d -U "$WORK/sock" 2>/dev/null
	done
	wait_until backlog_is_full "$WORK/sock"
	background "$SOCKCAT" -vvU "$WORK/sock" 2>tried </dev/null
	wait_until grep -q trying tried
	kill "$!"
	assert_exit 143 "$!"
	continue_process "$PID"
}

# backlog_is_full PATH: true if a connection attempt times out there.
backlog_is_full() {
	run -4 timeout 30 "$SOCKCAT" -w 0.1 -U "$1"
	[ "$output" = "sockcat: connect to $1: no answer within 0.1 s (-w)" ]
}

@test "a line of 65,536 bytes is one Unix datagram" {
	start_unix_listener -u </dev/null
	{ head -c 65535 /dev/zero | tr '\0' x; echo; } >line
	timeout 30 "$SOCKCAT" -uU -L -q 0 "$WORK/sock" <line
	wait_until cmp -s line out
	kill "$PID"
}

@test "a Unix datagram of more than 1 MiB is reported, and not printed in part" {
	(($(cat /proc/sys/net/core/wmem_max 2>/dev/null || echo 0) >= 2000000)) ||
		skip "the system allows no datagram of this size"
	start_unix_listener -u -k </dev/null
	random_bytes 1200000 >file
	timeout 30 "$SOCKCAT" -uU -B 2M -O 4M -q 0 "$WORK/sock" <file
	wait_log "receive from unix:"
	[[ $LINE = *": $(error_text EMSGSIZE)" ]]
	timeout 30 "$SOCKCAT" -uU -q 0 "$WORK/sock" <<<word
	wait_until file_is out word
	kill "$PID"
}

@test "a Unix datagram that arrives between bind and connect is not printed" {
	require_commands strace
	start_unix_listener -u <<<answer
	background timeout 30 strace -o calls -e trace=connect \
		-e inject=connect:delay_enter=2000000 "$SOCKCAT" -uU -W 1 -q 20 \
		-s "$WORK/own" "$WORK/sock" <<<query >received 2>err
	wait_until test -S own
	"$ACTOR" -u "$WORK/own" send $'stranger\n'
	wait_until file_is received answer
	file_is out query
	[ ! -s err ]
	kill "$PID"
}

@test "-v reports the user and the process of a Unix client" {
	[ -z "${POSIX_ONLY-}" ] || skip "POSIX alone does not tell"
	[ "$(uname)" = Linux ] || skip "other systems tell less"
	start_unix_listener </dev/null
	"$SOCKCAT" -U sock <<<word &
	wait_log connected
	[[ $LINE =~ " connected (uid $(id -u), pid $!)"$ ]]
	assert_exit 0 "$PID"
}

@test "-e: the environment has the user and the process of a Unix client" {
	[ -z "${POSIX_ONLY-}" ] || skip "POSIX alone does not tell"
	[ "$(uname)" = Linux ] || skip "other systems tell less"
	UNIXREMOTEPID=none start "$SOCKCAT" -vlU -e \
		'echo $UNIXREMOTEEUID $UNIXREMOTEEGID $UNIXREMOTEPID' sock
	wait_log listening
	"$SOCKCAT" -U sock </dev/null >received 3>&- &
	wait "$!"
	[ "$(<received)" = "$(id -u) $(id -g) $!" ]
}

@test "--mode: the socket file has these permissions from the start" {
	local calls

	umask 022
	start "$SOCKCAT" -vlU --mode 0660 sock </dev/null
	wait_log listening
	[ "$(stat -c %a sock)" = 660 ]
	kill "$PID"
	require_commands strace
	calls=$(timeout 1 strace -e trace=umask,chmod,fchmod,bind,listen \
		"$SOCKCAT" -lU --mode 0600 new </dev/null 2>&1 || true)
	[[ $calls == *umask*bind*umask*listen* ]]
	run ! grep chmod <<<"$calls"
}
