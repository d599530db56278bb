# Unix-domain sockets, -U, of both kinds, and the paths they live at.
load helper

# dwell ARGUMENT...: listen at the path $WORK/sock.
dwell() {
	start "$SOCKCAT" -vlU "$@" "$WORK/sock"
	IFS= read -r -t 30 line <&8
	[ "$line" = "sockcat: listening on $WORK/sock" ]
}

@test "a file goes each way at once through a path, which is gone then" {
	random 2M >theirs
	random 2M >ours
	dwell <ours
	run -0 bash -c '"$0" -vU "$1/sock" <theirs 2>&1 >heard' \
		"$SOCKCAT" "$WORK"
	[ "$output" = "sockcat: connected to $WORK/sock" ]
	exits 0 "$PID"
	cmp theirs out
	cmp ours heard
	[ ! -e sock ]
	run log
	[ "${lines[0]}" = "sockcat: client unix:1 connected" ]
	[ "${lines[1]}" = "sockcat: client unix:1 closed: received 2097152 bytes, sent 2097152 bytes" ]
}

@test "signals remove the path" {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		dwell </dev/null
		[ -S sock ]
		kill -"${s%:*}" "$PID"
		exits "${s#*:}" "$PID"
		[ ! -e sock ]
	done
}

@test "umask decides the socket's mode" {
	local old

	old=$(umask)
	umask 077
	dwell </dev/null
	umask "$old"
	[ "$(ls -l sock | cut -c 1-10)" = srwx------ ]
	kill "$PID"
}

@test "a path that somebody listens on is refused, and he hears nothing of it" {
	dwell </dev/null
	run -1 "$SOCKCAT" -lU "$WORK/sock" </dev/null
	[ "$output" = "sockcat: listen on $WORK/sock: $(why EADDRINUSE)" ]
	run -1 "$SOCKCAT" -luU "$WORK/sock" </dev/null
	[ "$output" = "sockcat: listen on $WORK/sock: $(why EADDRINUSE)" ]
	"$SOCKCAT" -U "$WORK/sock" <<<word
	exits 0 "$PID"
	[ "$(<out)" = word ]
}

# die: the started listener leaves its socket behind.
die() {
	kill -KILL "$PID"
	wait "$PID" || :
}

@test "a stale socket is replaced, but not with -R" {
	dwell </dev/null
	die
	[ -S sock ]
	run -1 "$SOCKCAT" -R -lU "$WORK/sock" </dev/null
	[ "$output" = "sockcat: listen on $WORK/sock: $(why EADDRINUSE)" ]
	dwell </dev/null
	"$SOCKCAT" -U "$WORK/sock" <<<word
	exits 0 "$PID"
	[ "$(<out)" = word ]
}

@test "a stale socket that somebody else replaces is his" {
	need strace
	dwell </dev/null
	die
	timeout 40 strace -o calls -e inject=connect:delay_exit=1500000:when=1 \
		"$SOCKCAT" -v -W 1 -lU "$WORK/sock" </dev/null \
		>late 2>saidlate 3>&- &
	STARTED+=("$!")
	await grep -q ECONNREFUSED calls
	timeout 30 "$SOCKCAT" -v -W 1 -lU "$WORK/sock" </dev/null \
		>soon 2>saidsoon 3>&- &
	STARTED+=("$!")
	await grep -q : saidlate
	await grep -q : saidsoon
	[ "$(cat saidlate saidsoon | grep -c "listening on")" -eq 1 ]
	[ "$(cat saidlate saidsoon | grep -c "$(why EADDRINUSE)")" -eq 1 ]
	"$SOCKCAT" -U "$WORK/sock" <<<word
	await grep -qx word late soon
}

@test "a stale socket that somebody else removes is out of the way too" {
	need strace
	dwell </dev/null
	die
	start strace -o calls -e 'inject=/^unlink(at)?$:delay_enter=500000:when=1' \
		"$SOCKCAT" -v -W 1 -lU "$WORK/sock" </dev/null
	await grep -q ECONNREFUSED calls
	rm sock
	said "listening on"
	pkill -P "$PID" -x sockcat || :
}

@test "what is no socket is refused, and untouched" {
	echo precious >file
	mkdir dir
	mkfifo pipe
	ln -s "$WORK/nowhere" link
	for what in file dir pipe link; do
		run -1 "$SOCKCAT" -lU "$WORK/$what" </dev/null
		[ "$output" = "sockcat: listen on $WORK/$what: File exists" ]
		run -1 "$SOCKCAT" -luU "$WORK/$what" </dev/null
	done
	[ "$(<file)" = precious ]
	[ -d dir ] && [ -p pipe ] && [ -L link ]
}

@test "a path in a directory that is not there, or not ours, is named" {
	run -1 "$SOCKCAT" -lU "$WORK/none/sock" </dev/null
	[ "$output" = "sockcat: listen on $WORK/none/sock: No such file or directory" ]
	run -1 "$SOCKCAT" -U "$WORK/none" </dev/null
	[ "$output" = "sockcat: connect to $WORK/none: No such file or directory" ]
	mkdir closed
	chmod 500 closed
	[ ! -w closed ] || skip "this user may write everywhere"
	run -1 "$SOCKCAT" -lU "$WORK/closed/sock" </dev/null
	[ "$output" = "sockcat: listen on $WORK/closed/sock: Permission denied" ]
}

@test "a path that nobody listens on is refused" {
	dwell </dev/null
	die
	run -1 "$SOCKCAT" -U "$WORK/sock" </dev/null
	[ "$output" = "sockcat: connect to $WORK/sock: Connection refused" ]
	run -1 "$SOCKCAT" -uU "$WORK/sock" </dev/null
	[ "$output" = "sockcat: connect to $WORK/sock: Connection refused" ]
}

@test "a path may have 107 bytes, and no more" {
	local n name

	cd "$BATS_TEST_TMPDIR" || return
	for n in 108 200; do
		name=$(head -c "$n" /dev/zero | tr '\0' x)
		run -2 "$SOCKCAT" -lU "$name" </dev/null
		[ "$output" = "sockcat: -U $name: not a path of 1 to 107 bytes; try 'sockcat -h'" ]
		run -2 "$SOCKCAT" -U "$name" </dev/null
		run -2 "$SOCKCAT" -U -s "$name" sock </dev/null
	done
	run -2 "$SOCKCAT" -U '' </dev/null
	name=$(head -c 107 /dev/zero | tr '\0' x)
	start "$SOCKCAT" -vlU "$name" </dev/null
	IFS= read -r -t 30 line <&8
	"$SOCKCAT" -U "$name" <<<word
	exits 0 "$PID"
	[ "$(<out)" = word ]
}

@test "an abstract name has no file" {
	local name

	[ "$(uname)" = Linux ] || skip "abstract names are Linux's"
	[ -z "${POSIX_ONLY-}" ] || skip "built without them"
	name=@sockcat.$$.$BATS_TEST_NUMBER
	start "$SOCKCAT" -vlU "$name" </dev/null
	IFS= read -r -t 30 line <&8
	[ "$line" = "sockcat: listening on $name" ]
	run -0 "$SOCKCAT" -vU "$name" <<<word
	[ "$output" = "sockcat: connected to $name" ]
	exits 0 "$PID"
	[ "$(<out)" = word ]
	run -1 "$SOCKCAT" -U "$name" </dev/null
	[ "$output" = "sockcat: connect to $name: Connection refused" ]
}

@test "-U excludes what is for the Internet, and wants a path" {
	local o

	for o in -4 -6 '-p 1' '-T ef'; do
		# shellcheck disable=SC2086
		run -2 "$SOCKCAT" $o -U sock
		[[ $output = "sockcat: "*" cannot be combined; try 'sockcat -h'" ]]
	done
	run -2 "$SOCKCAT" -l -a ::1 -U sock
	run -2 "$SOCKCAT" -U
	[ "$output" = "sockcat: -U requires a path; try 'sockcat -h'" ]
	run -2 "$SOCKCAT" -U a b
	[ "$output" = "sockcat: unexpected argument 'b'; try 'sockcat -h'" ]
}

@test "with -k many clients come by path, numbered from 1" {
	dwell -kL </dev/null
	"$SOCKCAT" -U "$WORK/sock" <<<one
	"$SOCKCAT" -U "$WORK/sock" <<<two
	await lines_in out 2
	[ "$(<out)" = $'unix:1 one\nunix:2 two' ]
	kill "$PID"
	exits 143 "$PID"
	[ ! -e sock ]
}

@test "messages go by path too" {
	dwell -m <<<'From the listener.'
	run -0 timeout 30 "$SOCKCAT" -mU "$WORK/sock" <<<$'From the\nclient.'
	[ "$output" = "From the listener." ]
	exits 0 "$PID"
	[ "$(<out)" = "From the client." ]
}

@test "datagrams by path are answered, at a private name that goes again" {
	mkdir tmp
	export TMPDIR=$WORK/tmp
	dwell -u <<<answer
	run -0 timeout 30 "$SOCKCAT" -uU -W 1 -q 20 "$WORK/sock" <<<query
	[ "$output" = answer ]
	await holds out query
	[ -z "$(ls -A tmp)" ]
	kill "$PID"
	exits 143 "$PID"
	[ ! -e sock ]
}

@test "a signal removes the private name, which nobody else can reach" {
	mkdir tmp
	export TMPDIR=$WORK/tmp
	dwell -u </dev/null
	mkfifo hold
	exec 7<>hold
	"$SOCKCAT" -uU "$WORK/sock" <&7 3>&- &
	CLIENT=$!
	STARTED+=("$CLIENT")
	echo word >&7
	await holds out word
	[ "$(ls -ld tmp/* | cut -c 1-10)" = drwx------ ]
	kill "$CLIENT"
	exits 143 "$CLIENT"
	[ -z "$(ls -A tmp)" ]
	kill "$PID"
}

@test "-s is the local path, removed at the end" {
	dwell -uk </dev/null
	run -0 timeout 30 "$SOCKCAT" -uU -q 0 -s "$WORK/own" "$WORK/sock" <<<word
	await holds out word
	[ ! -e own ]
	kill "$PID"
	start "$SOCKCAT" -vlU -s "$WORK/sock2" </dev/null
	IFS= read -r -t 30 line <&8
	[ "$line" = "sockcat: listening on $WORK/sock2" ]
}

@test "with -k stdin goes to all who send datagrams by path" {
	mkfifo feed
	exec 6<>feed
	dwell -uk <feed
	for c in a b; do
		timeout 30 "$SOCKCAT" -uU -W 1 -q 9 "$WORK/sock" <<<"$c" >"$c" \
			3>&- 6>&- &
		PIDS[$c]=$!
		STARTED+=("$!")
	done
	said connected
	said connected
	echo answer >&6
	exits 0 "${PIDS[a]}"
	exits 0 "${PIDS[b]}"
	[ "$(<a)$(<b)" = answeranswer ]
	kill "$PID"
}

@test "a client by path that takes no datagrams burns no CPU" {
	need strace
	start strace -o calls -e trace=poll "$SOCKCAT" -vlukU -w 1 \
		"$WORK/sock" </dev/zero
	IFS= read -r -t 30 line <&8
	mkfifo hold
	exec 7<>hold
	"$SOCKCAT" -uU -q 20 "$WORK/sock" <<<word >hold 3>&- &
	STARTED+=("$!")
	said connected
	kill -STOP "${STARTED[-1]}"
	said "bytes read but not sent"
	kill -CONT "${STARTED[-1]}"
	[ "$(wc -l <calls)" -lt 3000 ]
	pkill -P "$PID" -x sockcat || :
}

# listening NAME: does anybody, there? To be bound is not enough for a stream.
listening() {
	[ -S "$1" ] && { [ ! -r /proc/net/unix ] ||
		grep -q " 00010000 .* $WORK/$1\$" /proc/net/unix; }
}

@test "sockcat and nc.openbsd meet at a path" {
	need nc.openbsd
	dwell <<<answer
	run -0 timeout 30 nc.openbsd -N -U "$WORK/sock" <<<query
	[ "$output" = answer ]
	exits 0 "$PID"
	[ "$(<out)" = query ]
	nc.openbsd -N -l -U "$WORK/sock" <<<answer >heard 3>&- &
	STARTED+=("$!")
	await listening sock
	run -0 timeout 30 "$SOCKCAT" -U "$WORK/sock" <<<query
	[ "$output" = answer ]
	rm -f sock
	dwell -u <<<answer
	query nc.openbsd -uU "$WORK/sock"
	kill "$PID"
	exits 143 "$PID"
	nc.openbsd -luU "$WORK/sock" </dev/null >heard 3>&- &
	STARTED+=("$!")
	await test -S sock
	timeout 30 "$SOCKCAT" -uU "$WORK/sock" <<<query
	await holds heard query
}

@test "sockcat and socat meet at a path" {
	need socat
	dwell <<<answer
	run -0 timeout 30 socat -t 5 - "UNIX-CONNECT:$WORK/sock" <<<query
	[ "$output" = answer ]
	exits 0 "$PID"
	[ "$(<out)" = query ]
	socat "UNIX-LISTEN:$WORK/sock" EXEC:cat 3>&- &
	STARTED+=("$!")
	await listening sock
	run -0 timeout 30 "$SOCKCAT" -U "$WORK/sock" <<<query
	[ "$output" = query ]
	rm -f sock
	dwell -u <<<answer
	query socat - "UNIX-SENDTO:$WORK/sock,bind=$WORK/own"
	kill "$PID"
}

@test "sockcat and ncat meet at a path" {
	need ncat
	dwell <<<answer
	run -0 timeout 30 ncat -U "$WORK/sock" <<<query
	[ "$output" = answer ]
	exits 0 "$PID"
	[ "$(<out)" = query ]
	ncat -l -U "$WORK/sock" <<<answer >heard 3>&- &
	STARTED+=("$!")
	await listening sock
	run -0 timeout 30 "$SOCKCAT" -U "$WORK/sock" <<<query
	[ "$output" = answer ]
}

@test "a listener hears its first sender only, also by path" {
	local c

	dwell -u </dev/null
	kill -STOP "$PID"
	for c in a b; do
		"$SOCKCAT" -v -uU -q 9 -s "$WORK/own$c" "$WORK/sock" <<<word \
			2>"said$c" 3>&- &
		STARTED+=("$!")
		await grep -q connected "said$c"
	done
	kill -CONT "$PID"
	await test -s out
	kill "$PID"
	exits 143 "$PID"
	lines_in out 1
}

@test "who has no name to be answered at takes nothing of stdin" {
	need socat
	mkfifo feed
	exec 6<>feed
	dwell -uk <feed
	echo precious >&6
	echo one | socat - "UNIX-SENDTO:$WORK/sock"
	await holds out one
	run -0 timeout 30 "$SOCKCAT" -uU -W 1 -q 20 "$WORK/sock" <<<two
	[ "$output" = precious ]
	kill "$PID"
	exits 143 "$PID"
	run ! grep -q "not sent" <(log)
}

@test "a caret reaches a slow reader of datagrams before the end" {
	mkfifo feed hold
	exec 6<>feed 7<>hold
	dwell -ukm <feed
	"$SOCKCAT" -uUm -q 9 "$WORK/sock" <&7 >heard 3>&- 6>&- &
	CLIENT=$!
	STARTED+=("$CLIENT")
	printf 'Here.' >&7
	said connected
	kill -STOP "$CLIENT"
	for ((i = 0; i < 2000; i++)); do
		printf 'Message %d.\n' "$i"
	done >words
	printf '^' >>words
	cat words >&6
	kill -CONT "$CLIENT"
	exits 0 "$PID"
	exits 0 "$CLIENT"
	lines_in heard 2000
}

@test "a second signal leaves no file behind either" {
	mkdir tmp
	export TMPDIR=$WORK/tmp
	dwell -k </dev/null
	mkfifo hold
	exec 7<>hold
	"$ACTOR" "$WORK/sock" await <&7 3>&- &
	STARTED+=("$!")
	said connected
	kill -TERM "$PID"
	kill -INT "$PID" || :
	wait "$PID" || :
	[ ! -e sock ]
}

@test "a line too long for a datagram is an error, not two datagrams" {
	dwell -u </dev/null
	head -c 70000 /dev/zero | tr '\0' x >line
	run -1 timeout 30 "$SOCKCAT" -uU -L "$WORK/sock" <line
	[[ $output = "sockcat: send a datagram: Message too l"* ]]
	[ ! -s out ]
	kill "$PID"
}

@test "-U listens on one path only" {
	run -2 "$SOCKCAT" -lU -s a b
	[ "$output" = "sockcat: -s a and b: give only one path; try 'sockcat -h'" ]
}

@test "-w and signals end the wait for a path whose backlog is full" {
	dwell -k -b 1 </dev/null
	kill -STOP "$PID"
	for ((i = 0; i < 8; i++)); do
		"$SOCKCAT" -d -U "$WORK/sock" 2>/dev/null 3>&- &
		STARTED+=("$!")
	done
	await full "$WORK/sock"
	"$SOCKCAT" -vvU "$WORK/sock" 2>tried </dev/null 3>&- &
	STARTED+=("$!")
	await grep -q trying tried
	kill "$!"
	exits 143 "$!"
	kill -CONT "$PID"
}

# full PATH: does a connection have to wait there?
full() {
	run -4 timeout 30 "$SOCKCAT" -w 0.1 -U "$1"
	[ "$output" = "sockcat: connect to $1: $(why ETIMEDOUT)" ]
}
