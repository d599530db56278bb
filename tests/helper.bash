# What every topic's tests share. Whatever a test starts is in STARTED, and
# ended after it; what is ready says so on standard error, and is waited for
# there.

# shellcheck disable=SC2034 # most are the tests'
HERE=${BASH_SOURCE[0]%/*}
ROOT=$(cd "$HERE/.." && pwd)
SOCKCAT=${SOCKCAT:-$ROOT/sockcat}
ACTOR=$ROOT/tests/build/actor
CROWD=$ROOT/tests/build/crowd

SANITIZED=${SANITIZED-}

bats_require_minimum_version 1.5.0

setup() {
	WORK=$BATS_TEST_TMPDIR
	STARTED=()
	cd "$WORK" || return
}

teardown() {
	local p

	for p in "${STARTED[@]}"; do
		kill "$p" 2>/dev/null
		wait "$p" 2>/dev/null
	done
	true
}

# start COMMAND...: run it in the background, its output in $WORK/out and its
# standard error behind descriptor 8; sets PID.
start() {
	rm -f log
	mkfifo log
	"$@" <&0 >out 2>log 3>&- 6>&- &
	PID=$!
	STARTED+=("$PID")
	exec 8<log
}

# ready: read its first line, which ends in the port; sets PORT.
ready() {
	local line

	IFS= read -r -t 30 line <&8
	PORT=${line##* }
}

# listen ARGUMENT...: start a sockcat that listens; sets PORT and PID.
listen() {
	start "$SOCKCAT" -v -l "$@" 127.0.0.1 0
	ready
}

# keep ARGUMENT...: a listener with -k, whose stdin descriptor 6 feeds.
keep() {
	mkfifo feed
	exec 6<>feed
	listen -k "$@" <feed
}

# stop: end it, as a signal does.
stop() {
	kill "$PID"
	exits 143 "$PID"
}

# act STEP...: start an actor that waits for a client; sets PORT and ACTOR_PID.
# What it hears is in $WORK/heard; it gets its standard input from fd 7 if open.
act() {
	play -l "$@"
}

# play -lu STEP...: the same with datagrams.
play() {
	local line

	rm -f stage
	mkfifo stage
	"$ACTOR" "$@" <&0 >heard 2>stage 3>&- &
	ACTOR_PID=$!
	STARTED+=("$ACTOR_PID")
	exec 9<stage
	IFS= read -r -t 30 line <&9
	PORT=${line##* }
}

# enter STEP...: connect an actor to PORT, and wait for it to be done.
enter() {
	"$ACTOR" "$PORT" "$@" >heard 3>&-
}

# come NAME STEP...: connect an actor to PORT in the background; what it hears
# is in $WORK/NAME, and each "await" of it lasts until go NAME is called.
declare -gA GO PIDS
come() {
	local name=$1 fd

	shift
	mkfifo "$name.go"
	exec {fd}<>"$name.go"
	GO[$name]=$fd
	"$ACTOR" "$PORT" "$@" <"$name.go" >"$name" 3>&- 6>&- &
	PIDS[$name]=$!
	STARTED+=("$!")
}

go() {
	echo >&"${GO[$1]}"
}

# said TEXT: wait until the started sockcat has said a line with this in it; in
# vain, show what it said instead.
said() {
	local line

	while IFS= read -r -t 30 line <&8; do
		[[ $line != *$1* ]] || return 0
		echo "$line"
	done
	echo "never said: $1"
	return 1
}

# log: what the started command said since, to its end.
log() {
	cat <&8
}

# exits STATUS PID: wait until it ends, as it should.
exits() {
	local status=0

	wait "$2" || status=$?
	[ "$status" -eq "$1" ] || {
		echo "exit status $status, not $1"
		return 1
	}
}

# await CONDITION...: wait, for 30 seconds at most, until the command is true.
await() {
	local i

	for ((i = 0; i < 1500; i++)); do
		"$@" && return
		sleep 0.02
	done
	echo "in vain: $*"
	return 1
}

# holds FILE TEXT: is that, and a line feed or none, what is in the file?
holds() {
	[ -e "$1" ] && [ "$(<"$1")" = "$2" ]
}

lines_in() {
	[ "$(wc -l <"$1")" -eq "$2" ]
}

# matches FILE PATTERN N: has it so many lines with that?
matches() {
	[ "$(grep -c -- "$2" "$1")" -eq "$3" ]
}

# query COMMAND...: let a netcat ask the started sockcat; it has no end, and so
# no hurry, before it is answered.
query() {
	rm -f hold heard
	mkfifo hold
	exec 7<>hold
	echo query >&7
	"$@" <&7 >heard 2>/dev/null 3>&- &
	STARTED+=("$!")
	await holds heard answer
	await holds out query
}

# in_time COMMAND...: is it true at one of three tries? For what has to happen
# within a time that is sockcat's own: a machine may be late now and then.
in_time() {
	"$@" || "$@" || "$@"
}

# why ERROR: what the C library that sockcat is built with calls it.
why() {
	"$ACTOR" -e "$1"
}

# random BYTES >FILE
random() {
	head -c "$1" /dev/urandom
}

# need COMMAND...: skip the test where one of them is not installed, or would
# see more than sockcat itself: SANITIZED says that a checker runs it.
need() {
	local c

	for c in "$@"; do
		[ "$c" != strace ] || [ -z "$SANITIZED" ] ||
			skip "strace sees $SANITIZED"
		command -v "$c" >/dev/null || skip "$c is not installed"
	done
}
