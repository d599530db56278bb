# Signals, whatever sockcat is at: the fatal ones end it and leave nothing
# behind, the others change nothing.
load helper

# ends STATE: come into it, and be ended there, by each signal that may; those
# that came before were nothing to it.
ends() {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		mkfifo hold feed full
		exec 5<>full 6<>feed 7<>hold
		"$@"
		await poll_waits
		kill -PIPE "$PID"
		kill -USR1 "$PID"
		pause
		kill -"${s%:*}" "$PID"
		exits "${s#*:}" "$PID"
		[ ! -e sock ]
		exec 5>&- 6>&- 7>&-
		rm -f hold feed full
	done
}

# pause: stop it, and let it go on.
pause() {
	kill -STOP "$PID"
	[ ! -r /proc/self/status ] || await stopped "$PID"
	kill -CONT "$PID"
}

# stopped PID: does it stand still?
stopped() {
	grep -q '^State:.*T' "/proc/$1/status"
}

# Does it wait for something to happen? Who does not know says yes.
poll_waits() {
	[ ! -r "/proc/$PID/wchan" ] || [ "$busy" = yes ] ||
		grep -qE 'poll|^0$' "/proc/$PID/wchan"
}

# has_moved BYTES: has it read or written so many? Who does not know says yes.
has_moved() {
	[ ! -r "/proc/$PID/io" ] || awk -v n="$1" '
		/^[rw]char/ && $2 >= n { found = 1 }
		END { exit !found }' "/proc/$PID/io"
}

# between IN OUT ARGUMENT...: a sockcat whose standard input and output these
# are. It says that it is connected, or listens, before this returns.
between() {
	local in=$1 out=$2 line

	shift 2
	start bash -c 'in=$1 out=$2; shift 2; exec "$@" <"$in" >"$out"' - \
		"$in" "$out" "$SOCKCAT" -vv "$@"
	IFS= read -r -t 30 line <&8
}

connecting() {
	local line

	rm -f stage
	mkfifo stage
	"$ACTOR" -f <&7 2>stage 3>&- &
	STARTED+=("$!")
	exec 9<stage
	IFS= read -r -t 30 line <&9
	between feed out ::1 "${line##* }"
}

@test "signals end it while it connects" {
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
	ends connecting
}

waiting() {
	between feed out "$@" -lU "$WORK/sock"
	[ -e sock ]
}

@test "signals end it while it waits for a client" {
	ends waiting
	ends waiting -k
	ends waiting -u
}

# reaching IN OUT STEP...: connected to an actor that does this.
reaching() {
	local in=$1 out=$2

	shift 2
	act "$@" <&7
	between "$in" "$out" -q 100 127.0.0.1 "$PORT"
	said "connected to"
}

@test "signals end it while nobody speaks" {
	ends reaching feed out await
}

@test "signals end it while bytes go both ways as fast as they can" {
	busy=yes
	ends reaching /dev/zero /dev/null echo
}

# stalling ARGUMENT...: reach so, until a pipe or a socket must be full.
stalling() {
	reaching "$@"
	await has_moved 20000
}

@test "signals end it while standard output is full" {
	ends stalling feed full flood 100000 await
}

@test "signals end it while the other side does not read" {
	ends stalling /dev/zero out small await
}

# What standard output was is closed when the other side has ended.
left() {
	reaching feed out shut await
	[ ! -r "/proc/$PID/fd/1" ] ||
		await test "/proc/$PID/fd/1" -ef /dev/null
}

@test "signals end it while the other side has ended, and standard input has not" {
	ends left
}

@test "signals end it while only the other side has not ended" {
	ends reaching /dev/null out await
}

# A client that floods a full standard output, and one that does not read.
serving() {
	between /dev/zero full "$@" -lkU "$WORK/sock"
	"$ACTOR" "$WORK/sock" await <&7 3>&- &
	STARTED+=("$!")
	"$ACTOR" "$WORK/sock" flood 1000000 2>/dev/null 3>&- &
	STARTED+=("$!")
	said connected
	said connected
	await has_moved 20000
}

@test "signals end it while clients are served" {
	ends serving
}

@test "stopped and continued, a transfer is whole, both ways" {
	[ -r /proc/self/status ] || skip "no /proc"
	random 6M >file
	mkfifo feed
	act echo
	exec 6<>feed
	start bash -c 'exec "$@" <feed' - "$SOCKCAT" 127.0.0.1 "$PORT"
	for ((i = 0; i < 6; i++)); do
		tail -c +$((i * 1048576 + 1)) file | head -c 1048576 >&6 3>&- &
		feeder=$!
		STARTED+=("$feeder")
		pause
		wait "$feeder"
	done
	exec 6>&-
	exits 0 "$PID"
	cmp file out
}

@test "who comes while the listener is stopped is served after it" {
	listen -k </dev/null
	cat <&8 >said 3>&- &
	STARTED+=("$!")
	kill -STOP "$PID"
	"$CROWD" "$PORT" 100 say 20
	kill -CONT "$PID"
	await lines_in out 2000
}

@test "on a terminal, ^Z stops it and fg goes on" {
	need script
	mkfifo keys
	exec 6<>keys
	act hear 4 say $'yes\n' listen
	timeout 30 script -qec "bash -mc '$SOCKCAT 127.0.0.1 $PORT
		echo stopped; fg; echo ended'" /dev/null <keys >screen 3>&- \
		6>&- &
	PID=$!
	STARTED+=("$PID")
	printf 'one\n' >&6
	await grep -q yes screen
	printf '\032' >&6
	await grep -q stopped screen
	printf 'two\n' >&6
	await grep -q two heard
	printf '\004' >&6
	await grep -q ended screen
	[ "$(<heard)" = $'one\ntwo' ]
	exits 0 "$PID"
}
