# Functions that all tests share. Every test runs in its own directory, $WORK.
# Teardown ends every process that a test has started, and the processes that
# those have started.

# shellcheck disable=SC2034 # the tests use most of these
ROOT=${BATS_TEST_DIRNAME%/*}
SOCKCAT=${SOCKCAT:-$ROOT/sockcat}
ACTOR=$ROOT/tests/build/actor
CROWD=$ROOT/tests/build/crowd

SANITIZED=${SANITIZED-}

bats_require_minimum_version 1.5.0

# The descriptors that a test keeps open, by the name of their FIFO; the
# process ids of the peers, by name.
declare -gA HELD_FD PEER_PID

# The processes that a test has stopped, by their id.
declare -gA STOPPED

setup() {
	WORK=$BATS_TEST_TMPDIR
	STARTED=()
	LOG_LINES=()
	cd "$WORK" || return
}

teardown() {
	local p

	# bats records each command for its reports, but the test is over
	[ "$BASHPID" != "$$" ] || trap - DEBUG
	for p in "${!STOPPED[@]}"; do
		continue_process "$p" 2>/dev/null
	done
	for p in "${STARTED[@]}"; do
		kill "$p" 2>/dev/null
		wait "$p" 2>/dev/null
	done
	end_remaining
	[ -n "${BATS_TEST_COMPLETED-}" ] || show_failure
	true
}

# find_remaining: set REMAINING to the processes that work in the directory of
# the test, other than this shell; to none if there is no /proc.
find_remaining() {
	local p

	REMAINING=()
	for p in /proc/[0-9]*; do
		[ ! "$p/cwd" -ef "$WORK" ] || [ "$p" = "/proc/$BASHPID" ] ||
			REMAINING+=("${p#/proc/}")
	done
}

# end_remaining: end these processes; who does not end within a second is killed.
end_remaining() {
	local i signal=TERM

	for ((i = 0; i < 100; i++)); do
		find_remaining
		[ "${#REMAINING[@]}" -gt 0 ] || return 0
		case $i in
		0 | 50) kill -s "$signal" "${REMAINING[@]}" 2>/dev/null ;;
		esac
		signal=KILL
		pause 0.02
	done
}

# show_failure: print what the programs of a failed test have written.
show_failure() {
	local name line

	cd "$WORK" || return
	while [ -n "${HELD_FD[log]-}" ] && read_log_line; do
		:
	done 2>/dev/null
	[ "${#LOG_LINES[@]}" -eq 0 ] || printf 'log: %s\n' "${LOG_LINES[@]}"
	for name in log *_log *.log err said report server out received; do
		[ ! -f "$name" ] || show_as "$name" "$name"
	done
	[ -z "${output-}" ] || show_as output <<<"$output"
	[ -z "${stderr-}" ] || show_as stderr <<<"$stderr"
}

# show_as NAME [FILE]: print its first lines, or those of standard input. A test
# file may have functions with the names of commands.
show_as() {
	command head -n 20 "${@:2}" | command cut -b 1-200 | command cat -v |
		command sed "s/^/$1: /"
}

# Processes and FIFOs.

# background COMMAND...: run a command in the background until teardown. It
# does not inherit the descriptors that the test holds: otherwise its reader
# would not see EOF when the test closes one. A FIFO that the command is
# redirected to must be held, or this blocks. $! is the process id.
background() {
	without_held_fds "$@" <&0 &
	STARTED+=("$!")
}

# without_held_fds COMMAND...: become the command, or run the function.
without_held_fds() {
	local fd

	exec 3>&- # bats waits until all copies are closed
	for fd in "${HELD_FD[@]}"; do
		exec {fd}>&-
	done
	if declare -F "$1" >/dev/null; then
		"$@"
		exit
	fi
	exec "$@"
}

# stop_process PID, continue_process PID: send SIGSTOP and wait until the
# process has stopped, or send SIGCONT. Teardown continues only what is still
# stopped: LeakSanitizer hangs if SIGCONT comes while it stops the threads of a
# process that exits.
stop_process() {
	STOPPED[$1]=yes
	kill -STOP "$1"
	[ ! -r /proc/self/status ] || wait_until is_stopped "$1"
}

continue_process() {
	unset "STOPPED[$1]"
	kill -CONT "$1"
}

# is_stopped PID: true if the process is stopped.
is_stopped() {
	grep -q '^State:.*T' "/proc/$1/status"
}

# waits_in CALL PID: true if the process waits in a system call whose name
# matches (or if there is no /proc to tell).
waits_in() {
	[ ! -r "/proc/$2/wchan" ] || grep -qE "$1|^0\$" "/proc/$2/wchan"
}

# io_at_least FIELD BYTES: true if a field of proc(5)'s io that matches, rchar or
# wchar, says that sockcat has read or written this much (or if there is no /proc
# to tell).
io_at_least() {
	[ ! -r "/proc/$PID/io" ] || awk -v field="^$1" -v n="$2" '
		$0 ~ field && $2 >= n { found = 1 }
		END { exit !found }' "/proc/$PID/io"
}

# hold_fifo NAME: make a FIFO and keep both its ends open. Opening it by name
# does not block, and its reader sees no EOF before release_fifo.
hold_fifo() {
	local fd

	release_fifo "$1"
	mkfifo "$1"
	exec {fd}<>"$1"
	HELD_FD[$1]=$fd
}

# release_fifo NAME: close and remove the FIFO, if there is one.
release_fifo() {
	local fd=${HELD_FD[$1]-}

	[ -z "$fd" ] || exec {fd}>&-
	unset "HELD_FD[$1]"
	rm -f "$1"
}

# open_stdin: make the FIFO "stdin", for a command that is started with <stdin.
open_stdin() {
	hold_fifo stdin
}

# send_stdin TEXT: write the text to the FIFO "stdin".
send_stdin() {
	printf '%s' "$1" >stdin
}

# close_stdin: let the reader of the FIFO "stdin" see EOF.
close_stdin() {
	release_fifo stdin
}

# The sockcat under test, and its log.

# start COMMAND...: run a command in the background. Its standard output is the
# file "out", its standard error is the log. Sets PID.
start() {
	local read_write fd

	hold_fifo log
	background "$@" >out 2>log
	PID=$!
	# keep only the read end: the log ends with the command
	read_write=${HELD_FD[log]}
	exec {fd}<log {read_write}>&-
	HELD_FD[log]=$fd
}

# start_listener ARGUMENT...: start a sockcat that listens on a free port of
# 127.0.0.1. Sets PORT and PID.
start_listener() {
	start "$SOCKCAT" -v -l "$@" 127.0.0.1 0
	read_port
}

# start_keep_open ARGUMENT...: start a listener with -k and an open stdin.
start_keep_open() {
	open_stdin
	start_listener -k "$@" <stdin
}

# terminate: send SIGTERM to the started command and check that it dies of it.
terminate() {
	kill "$PID"
	assert_exit 143 "$PID"
}

# read_log_line: read one line of the log into LINE.
read_log_line() {
	IFS= read -r -t 30 LINE <&"${HELD_FD[log]}" && LOG_LINES+=("$LINE")
}

# read_port: read one line of the log and set PORT to its last word.
read_port() {
	read_log_line
	PORT=${LINE##* }
}

# read_log: print the rest of the log, up to its EOF.
read_log() {
	cat <&"${HELD_FD[log]}"
}

# save_log: copy the rest of the log to the file "saved_log", in the
# background.
save_log() {
	background cat <&"${HELD_FD[log]}" >saved_log
}

# wait_log TEXT: read the log up to a line that contains the text. Prints the
# lines before it.
wait_log() {
	while read_log_line; do
		[[ $LINE != *$1* ]] || return 0
		echo "$LINE"
	done
	echo "not in the log: $1"
	return 1
}

# The scripted peers: tests/actor.c has the list of steps.

# start_actor NAME FILE ARGUMENT...: run an actor in the background. It writes
# what it receives to the file; its step "wait" lasts until peer_continue NAME.
start_actor() {
	local name=$1 file=$2

	shift 2
	hold_fifo "$name.control"
	background "$ACTOR" "$@" <"$name.control" >"$file"
	name_peer "$name"
}

# start_listening_actor NAME FILE ARGUMENT...: the same for one that listens.
# Sets PORT.
start_listening_actor() {
	local line

	hold_fifo "$1.log"
	start_actor "$@" 2>"$1.log"
	IFS= read -r -t 30 line <"$1.log"
	PORT=${line##* }
}

# peer_listen STEP...: start a TCP server for one client, with the name "peer".
# It writes what it receives to the file "received". Sets PORT.
peer_listen() {
	start_listening_actor peer received -l "$@"
}

# peer_listen_udp STEP...: the same with UDP.
peer_listen_udp() {
	start_listening_actor peer received -lu "$@"
}

# peer_full_backlog [PORT]: listen on ::1 with a full backlog: a client that
# connects gets no answer. Sets PORT.
peer_full_backlog() {
	start_listening_actor backlog /dev/null -f "$@"
}

# peer_connect STEP...: connect to PORT and run all steps. What the peer
# receives is in the file "received".
peer_connect() {
	"$ACTOR" "$PORT" "$@" >received 3>&-
}

# peer_connect_udp STEP...: the same with UDP; prints what the peer receives.
peer_connect_udp() {
	"$ACTOR" -u "$PORT" "$@" 3>&-
}

# peer_start NAME STEP...: start a peer that connects to PORT. It writes what
# it receives to the file NAME.
peer_start() {
	start_actor "$1" "$1" "$PORT" "${@:2}"
}

# peer_start_udp NAME STEP...: the same with UDP.
peer_start_udp() {
	start_actor "$1" "$1" -u "$PORT" "${@:2}"
}

# name_peer NAME: give the last background process this name, for wait_peer.
name_peer() {
	PEER_PID[$1]=$!
}

# peer_continue [NAME]: end the current or next "wait" of this peer.
peer_continue() {
	echo >"${1-peer}.control"
}

# wait_peer [NAME]: wait until this peer has run all its steps with success.
wait_peer() {
	assert_exit 0 "${PEER_PID[${1-peer}]}"
}

# free_port: print a port that is free.
free_port() {
	"$ACTOR" -p
}

# query_with COMMAND...: another netcat sends "query" to the started sockcat,
# which has to print it and send "answer". The netcat's stdin stays open.
query_with() {
	hold_fifo query
	echo query >query
	background "$@" <query >received 2>/dev/null
	wait_until file_is received answer
	wait_until file_is out query
}

# Assertions.

# assert_exit STATUS PID: wait for the process; fails unless it has this exit
# status.
assert_exit() {
	local status=0

	wait "$2" || status=$?
	[ "$status" -eq "$1" ] || {
		echo "exit status $status, not $1"
		return 1
	}
}

# pause SECONDS: sleep without another process, which is faster.
pause() {
	local idle=$WORK.idle.$BASHPID # a subshell has one of its own

	[ -n "${HELD_FD[$idle]-}" ] || hold_fifo "$idle"
	read -r -t "$1" -u "${HELD_FD[$idle]}" || [ $? -gt 128 ]
}

# wait_until COMMAND...: repeat the command until it succeeds, at first every 20 ms,
# then every 100; fails after 30 seconds.
wait_until() {
	local i step=0.02

	for ((i = 0; i < 320; i++)); do
		"$@" && return
		pause "$step"
		[ "$i" -lt 25 ] || step=0.1
	done
	echo "still false after 30 seconds: $*"
	return 1
}

# start_crowd N ACTION...: start so many clients of PORT, which run until
# teardown at most. Returns once all are connected. Sets CROWD_PID.
start_crowd() {
	local i

	hold_fifo crowd
	background "$CROWD" "$PORT" "$@" <crowd >crowd_out
	CROWD_PID=$!
	for ((i = 0; i < $1; i++)); do
		wait_log connected
	done
}

# file_reaches NAME: the client of this name receives all of the file "file",
# which is sent to stdin.
file_reaches() {
	background cat file >stdin
	wait_peer "$1"
	cmp file "$1"
}

# try_three_times COMMAND...: true if one of three runs succeeds. For tests in
# which sockcat itself has a short timeout: a busy machine may miss it once.
# SLOW is for times that may grow: 1, then 5, then 25. tests/run counts how many
# tries were needed.
try_three_times() {
	local try SLOW

	for try in 1 2 3; do
		SLOW=$((5 ** (try - 1)))
		if "$@"; then
			break
		fi
		[ "$try" -lt 3 ] || try=failed
	done
	echo "$try $BATS_TEST_DESCRIPTION" >>"${TRIES-/dev/null}"
	[ "$try" != failed ]
}

# file_is FILE TEXT: true if the file contains this text and nothing else,
# except for line feeds at the end.
file_is() {
	[ -e "$1" ] && [ "$(<"$1")" = "$2" ]
}

# line_count_is FILE N: true if the file has this many lines.
line_count_is() {
	[ "$(wc -l <"$1")" -eq "$2" ]
}

# line_count_at_least FILE N: true if the file has this many lines, or more.
line_count_at_least() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# match_count_is FILE PATTERN N: true if this many lines match.
match_count_is() {
	[ "$(grep -c -- "$2" "$1")" -eq "$3" ]
}

# match_count_at_least FILE PATTERN N: true if this many lines match, or more.
match_count_at_least() {
	[ "$(grep -c -- "$2" "$1")" -ge "$3" ]
}

# size_at_least FILE BYTES
size_at_least() {
	[ "$(wc -c <"$1")" -ge "$2" ]
}

# error_text NAME: print strerror(3) of an error such as EADDRINUSE, from the C
# library that sockcat is built with.
error_text() {
	"$ACTOR" -e "$1"
}

# random_bytes N >FILE
random_bytes() {
	head -c "$1" /dev/urandom
}

# require_commands NAME...: skip the test if one is not installed. Under a
# checker (SANITIZED), strace would trace the checker: skip that too.
require_commands() {
	local c

	for c in "$@"; do
		[ "$c" != strace ] || [ -z "$SANITIZED" ] ||
			skip "strace would trace $SANITIZED"
		command -v "$c" >/dev/null || skip "$c is not installed"
	done
}

# need_namespace: skip the test if there is no in_namespace.
need_namespace() {
	require_commands unshare ip mount
	unshare -rmn true 2>/dev/null || skip "no namespaces"
}

# in_namespace HOSTS RESOLV_CONF COMMAND: run a shell command with this
# /etc/hosts and /etc/resolv.conf, and with no network but the loopback.
in_namespace() {
	printf '%b' "$1" >hosts
	printf '%b' "$2" >resolv
	unshare -rmn bash -c "ip link set lo up
		mount --bind hosts /etc/hosts
		mount --bind resolv /etc/resolv.conf
		$3"
}

# require_fault_library: skip the test if tests/fault.c cannot be loaded before
# the C library of sockcat: under a checker, or if sockcat is static.
FAULT_LIBRARY=$ROOT/tests/build/fault.so
require_fault_library() {
	local status=0

	[ -z "$SANITIZED" ] || skip "$SANITIZED must be loaded first"
	FAULT=socket:EMFILE:1 LD_PRELOAD=$FAULT_LIBRARY "$SOCKCAT" -z \
		127.0.0.1 1 >/dev/null 2>&1 || status=$?
	[ "$status" -eq 3 ] || skip "no library can be loaded before sockcat"
	[ -z "$(LD_PRELOAD=$FAULT_LIBRARY timeout 9 true 2>&1)" ] ||
		skip "the library is for sockcat, but not for other programs"
}

# The commands of README and of the manual.

# readme TASK: print the command for this task in README's tables.
# shellcheck disable=SC2016 # these are not expansions
readme() {
	TASK="| $1" awk -F ' [|] ' '$1 == ENVIRON["TASK"] { print $2 }' \
		"$ROOT/README.md" | sed 's/ |$//; s/^`//; s/`$//; s/\\|/|/g'
}

# recipe TASK WORD...: run README's command for this task, see run_example.
recipe() {
	local command

	command=$(readme "$1")
	[ -n "$command" ] || return
	shift
	run_example "$command" "$@"
}

# run_example COMMAND WORD...: run an example with the addresses of the test, and
# the words after it. Its own port is PORT; FREE is a second one, and SERVER that
# of a server behind it. Its sockcat runs with -v and writes stderr to $WORK/said.
run_example() {
	local command

	# an address gets digits only in the last step, so that nothing is
	# replaced twice
	command=$(sed -E -e 's/localhost/LOCAL/; s/host/HOST/g' \
		-e 's/239.1.2.3(%eth0)?/HOST/; s/255.255.255.255 9/HOST PORT/' \
		-e 's/proxy:[0-9]+/PROXY/; s/(mirror|db):[0-9]+/BEHIND/' \
		-e 's/db 5432 cache/LOCAL SERVER LOCAL/; s/8081/FREE/' \
		-e 's/192.0.2.53:53 5353/BEHIND PORT/' \
		-e 's/8080|6379|11211|2375|5432/PORT/; s/ (23|25)$/ PORT/' \
		-e 's,192.0.2.0/24,127.0.0.0/8,; s,/var/run,.,; s/-w 10/-w 0.2/' \
		-e "s/PID/${PID-}/; s/LOCAL/127.0.0.1/g" \
		-e "s/HOST/${HOST-127.0.0.1}/g; s/PROXY/127.0.0.1:${PROXY_PORT-}/" \
		-e "s/BEHIND/127.0.0.1:${SERVER-}/; s/SERVER/${SERVER-}/" \
		-e "s/FREE/${FREE-}/; s/PORT/${PORT-}/" <<<"$1")
	shift
	mkdir -p bin
	printf '#!/bin/sh\nexec "%s" -v "$@" 2>>"%s/said"\n' "$SOCKCAT" \
		"$WORK" >bin/sockcat
	chmod +x bin/sockcat
	PATH=$WORK/bin:$PATH timeout 30 bash -c "$command $*" 3>&-
}
