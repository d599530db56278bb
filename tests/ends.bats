# The ends of both sides: who may still speak, and what becomes of what was
# said.
load helper

# connect ARGUMENT...: run a sockcat in the background towards PORT, its stdin
# a FIFO that descriptor 6 holds open.
connect() {
	mkfifo in
	"$SOCKCAT" "$@" 127.0.0.1 "$PORT" <in >out 2>err 3>&- &
	PID=$!
	STARTED+=("$PID")
	exec 6>in
}

@test "64 MiB go through a blocking echo and come back the same" {
	random 64M >big
	act echo
	timeout 50 "$SOCKCAT" 127.0.0.1 "$PORT" <big >back
	cmp big back
}

@test "a file sent by pipe and received by pipe is the same" {
	random 3M >file
	# shellcheck disable=SC2002
	cat file | "$SOCKCAT" -v -l 127.0.0.1 0 2>port 3>&- | cat >back 3>&- &
	STARTED+=($!)
	await grep -q listening port
	PORT=$(sed 's/.* //' port)
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <file | cat >back2
	wait "${STARTED[0]}"
	cmp file back
	cmp file back2
}

@test "the end of stdin half-closes the socket, and the answer still comes" {
	act listen say answer
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<question
	[ "$output" = answer ]
	exits 0 "$ACTOR_PID"
	[ "$(<heard)" = question ]
}

@test "-N asks for what is done anyway" {
	act listen say answer
	run -0 timeout 30 "$SOCKCAT" -N 127.0.0.1 "$PORT" <<<question
	[ "$output" = answer ]
}

@test "a peer that half-closes first still gets all of 5 MiB" {
	random 5M >file
	act shut listen
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <file >out
	exits 0 "$ACTOR_PID"
	cmp file heard
}

@test "a listener sends all of 5 MiB to a client that half-closes first" {
	random 5M >file
	listen <file
	enter shut listen
	exits 0 "$PID"
	cmp file heard
}

@test "an empty stdin half-closes only when the peer has been silent" {
	in_time talked
}

# talked: may a peer talk for longer than it may be silent?
talked() {
	act talk 15
	run timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$status" -eq 0 ] && [ "${#lines[@]}" -eq 15 ] &&
		exits 0 "$ACTOR_PID"
}

@test "an empty stdin does half-close when the peer is silent" {
	act listen say answer
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[ "$output" = answer ]
}

@test "-d neither reads stdin nor half-closes" {
	act talk 15
	run -0 timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT" <<<word
	[ "${#lines[@]}" -eq 15 ]
	exits 0 "$ACTOR_PID"
	act say word
	run -0 timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT" </dev/zero
	[ "$output" = word ]
}

@test "-H holds the sending side open at the end of stdin" {
	act hear 5 talk 3
	run -0 timeout 30 "$SOCKCAT" -H 127.0.0.1 "$PORT" <<<word
	[ "${#lines[@]}" -eq 3 ]
	exits 0 "$ACTOR_PID"
}

@test "when the peer ends, stdout is closed and stdin is still sent" {
	act say bye shut listen
	mkfifo in pipe
	(cat <pipe >out && echo closed >seen) 3>&- &
	STARTED+=("$!")
	"$SOCKCAT" -q 10 127.0.0.1 "$PORT" <in >pipe 3>&- &
	PID=$!
	STARTED+=("$PID")
	exec 6>in
	await holds seen closed
	[ "$(<out)" = bye ]
	kill -0 "$PID"
	echo late >&6
	exec 6>&-
	exits 0 "$PID"
	exits 0 "$ACTOR_PID"
	[ "$(<heard)" = late ]
}

@test "an idle stdin keeps nobody from ending after the peer" {
	act say bye
	connect
	exits 0 "$PID"
	[ "$(<out)" = bye ]
	[ ! -s err ]
}

@test "with -q 0 the peer's end is the end" {
	act say bye
	connect -q 0
	exits 0 "$PID"
	[ "$(<out)" = bye ]
}

@test "-q quits when the peer says nothing for so long after stdin's end" {
	mkfifo hold
	exec 7<>hold
	act listen say answer await <&7
	run -0 timeout 30 "$SOCKCAT" -q 5 127.0.0.1 "$PORT" <<<question
	[ "$output" = answer ]
	[ "$(<heard)" = question ]
}

@test "-q 0 quits when what was read has been passed on" {
	random 2M >file
	mkfifo hold
	exec 7<>hold
	act listen await <&7
	timeout 30 "$SOCKCAT" -q 0 127.0.0.1 "$PORT" <file
	echo >&7
	exits 0 "$ACTOR_PID"
	cmp file heard
}

@test "with -q 0 a peer that talks still gets all of what was sent" {
	random 2M >file
	act say busy flood 5000 listen
	timeout 30 "$SOCKCAT" -q 0 127.0.0.1 "$PORT" <file >out
	exits 0 "$ACTOR_PID"
	cmp file heard
}

@test "a reset while receiving is told, after what had arrived" {
	act say word hear 1 reset
	connect
	await test -s out
	echo more >&6
	exits 1 "$PID"
	[ "$(<out)" = word ]
	[ "$(<err)" = "sockcat: receive from 127.0.0.1 port $PORT: Connection reset by peer" ]
}

@test "a reset while sending is told with the bytes not sent" {
	act small hear 10 say word reset
	run -1 --separate-stderr timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/zero
	[ "$output" = word ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr =~ ^"sockcat: "[a-z]+" "[a-z]+" 127.0.0.1 port $PORT: "(Connection reset by peer|Broken pipe)"; "[0-9]+" bytes read but not sent"$ ]]
}

@test "a peer that stops reading while it talks is heard to the end" {
	local hwm

	mkfifo hold
	exec 7<>hold
	act small flood 200000 await <&7
	start "$SOCKCAT" -w 5 127.0.0.1 "$PORT" </dev/zero
	await grep -qx "line 200000" out
	if [ -r "/proc/$PID/status" ]; then
		hwm=$(awk '/VmHWM/ { print $2 }' "/proc/$PID/status")
		[ -n "$SANITIZED" ] || [ "$hwm" -lt 8192 ]
	fi
	exits 1 "$PID"
	[[ $(log) = *"$(why ETIMEDOUT); "*" bytes read but not sent" ]]
	[ "$(wc -l <out)" -eq 200000 ]
}

@test "a stalled relay burns no CPU" {
	need strace
	mkfifo hold
	exec 7<>hold
	act small await <&7
	run -1 timeout 30 strace -c -e trace=poll "$SOCKCAT" -w 1 \
		127.0.0.1 "$PORT" </dev/zero
	calls=$(awk '$NF == "poll" { print $4 }' <<<"$output")
	[ "$calls" -lt 100 ]
}

@test "-w closes a connection that carries nothing" {
	mkfifo hold
	exec 7<>hold
	act say word await <&7
	connect -w 3
	exits 0 "$PID"
	[ "$(<out)" = word ]
	[ ! -s err ]
}

@test "-w does not close a connection that speaks" {
	act talk 45
	connect -w 4
	exits 0 "$PID"
	[ "$(wc -l <out)" -eq 45 ]
}

@test "bytes are passed on as soon as they arrive" {
	act trickle a hear 1 trickle b hear 1
	connect
	await holds out a
	printf x >&6
	await holds out ab
	printf y >&6
	exits 0 "$ACTOR_PID"
	[ "$(<heard)" = xy ]
}

@test "-B bounds what is read at once" {
	need strace
	random 10000 >file
	act listen
	run -0 timeout 30 strace -e trace=read "$SOCKCAT" -B 1k \
		127.0.0.1 "$PORT" <file
	[ "$(grep -c '^read(0,.*= 1024$' <<<"$output")" -eq 9 ]
	cmp file heard
}

@test "64 MiB take at most 300 reads and 600 writes" {
	need strace
	random 64M >big
	act listen
	timeout 50 strace -f -c -o calls "$SOCKCAT" 127.0.0.1 "$PORT" <big
	exits 0 "$ACTOR_PID"
	cmp big heard
	awk '$NF ~ /^(read|readv|recv|recvfrom)$/ { r += $4 }
	    $NF ~ /^(write|writev|send|sendto)$/ { w += $4 }
	    END { exit !(r <= 300 && w <= 600) }' calls
}

@test "killed by a signal, it dies by that signal" {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		mkfifo hold
		exec 7<>hold
		act say word await <&7
		connect
		await test -s out
		kill -"${s%:*}" "$PID"
		exits "${s#*:}" "$PID"
		exec 7>&-
		rm -f hold in
	done
}
