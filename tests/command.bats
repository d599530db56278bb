# -e: a command for each connection.
load helper

# logged N PATTERN: are there so many lines with this in sockcat's log?
logged() {
	[ "$(grep -c -- "$2" log)" -eq "$1" ]
}

# launch COMMAND...: start it, with the file $INPUT or nothing as its input,
# its output in $WORK/out and its standard error in $WORK/log; sets PID.
launch() {
	: >log
	"$@" >out 2>log <"${INPUT:-/dev/null}" 3>&- 5>&- 6>&- 7>&- &
	PID=$!
	STARTED+=("$PID")
}

# ready_at [N]: wait until the started sockcat listens, on N addresses; sets
# PORT.
ready_at() {
	wait_until logged "${1:-1}" listening
	PORT=$(sed -n 's/.*listening on .* port //p' log | head -1)
}

# offer ARGUMENT...: start a listener; sets PORT and PID.
offer() {
	launch "$SOCKCAT" -v -l "$@" 127.0.0.1 0
	ready_at
}

# ask [WORD]: print what the listener answers to a line, until EOF.
# shellcheck disable=SC2120
ask() {
	printf '%s' "${1:+$1$'\n'}" | timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT"
}

# children: print the processes that the started sockcat waits for.
children() {
	ps -o pid= -o stat= -o args= --ppid "$PID" || true
}

has_children() {
	[ "$(children | wc -l)" -eq "$1" ]
}

@test "a command has the connection as standard input and output" {
	offer -e 'read -r x; echo "got $x"'
	run -0 ask hello
	[ "$output" = "got hello" ]
	assert_exit 0 "$PID"
	[ ! -s out ]
}

@test "a client receives all of an answer whose command does not read its input" {
	local i

	random_bytes 1M >file
	offer -k -e 'cat file'
	for ((i = 0; i < 10; i++)); do
		printf '%065536d' 0 | timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" >answer
		cmp file answer
	done
}

@test "a client that sends without end is cut off after its command" {
	offer -e 'echo done'
	run ! timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/zero
	assert_exit 0 "$PID"
}

@test "a command does not get the password of a proxy" {
	SOCKCAT_PROXY_PASSWORD=secret offer -e 'echo "${SOCKCAT_PROXY_PASSWORD-none}"'
	run -0 ask
	[ "$output" = none ]
}

@test "a command shares sockcat's standard error" {
	offer -e 'echo oops >&2'
	run -0 ask
	[ -z "$output" ]
	assert_exit 0 "$PID"
	logged 1 '^oops$'
}

@test "sh(1) runs the command, with pipes, variables and an option for a name" {
	offer -k -e 'x=a; echo $x | tr a b; echo "$0"'
	run -0 ask
	[ "$output" = $'b\nsh' ]
	offer -e '-x 2>/dev/null || echo no option'
	run -0 ask
	[ "$output" = "no option" ]
}

@test "-l -e exits with the command's status" {
	local n

	for n in 0 1 7 255; do
		offer -e "exit $n"
		run -0 ask
		assert_exit "$n" "$PID"
		logged 1 "client 127.0.0.1:[0-9]* closed: exit status $n\$"
	done
}

@test "-l -e exits with 128 and the number of the command's signal" {
	offer -e 'kill -TERM $$'
	run -0 ask
	assert_exit 143 "$PID"
	logged 1 'closed: killed by signal 15 ('
	offer -e 'kill -KILL $$'
	run -0 ask
	assert_exit 137 "$PID"
	logged 1 'closed: killed by signal 9 ('
}

@test "a command that does not exist is 127, and sh(1) reports it" {
	offer -e ./nosuch
	run -0 ask
	assert_exit 127 "$PID"
	logged 1 'nosuch.*not found'
}

@test "if sh(1) cannot be run, that is reported, and the status is 127" {
	require_commands prlimit
	PAD1=$(printf '%0100000d' 0)
	PAD2=$PAD1
	export PAD1 PAD2
	offer -e true
	# now the environment does not fit any more
	prlimit --pid "$PID" --stack=65536
	unset PAD1 PAD2
	ask
	assert_exit 127 "$PID"
	logged 1 '^sockcat: run /bin/sh: '
}

@test "-l -e refuses a second client" {
	offer -e 'read -r x; echo "got $x"'
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	wait_until logged 1 connected
	run -1 ask hello
	echo word >&5
	read -r -t 30 line <&5
	exec 5>&-
	[ "$line" = "got word" ]
	assert_exit 0 "$PID"
}

@test "-v reports each client, and how its command ended" {
	offer -k -e 'read -r x; exit "$x"'
	run -0 ask 3
	wait_until logged 1 'closed: exit status 3'
	run -0 ask 0
	wait_until logged 1 'closed: exit status 0'
	[ "$(sed 's/:[1-9][0-9]* c/:N c/; /listening/d' log)" = \
"sockcat: client 127.0.0.1:N connected
sockcat: client 127.0.0.1:N closed: exit status 3
sockcat: client 127.0.0.1:N connected
sockcat: client 127.0.0.1:N closed: exit status 0" ]
}

@test "without -v nothing is reported" {
	PORT=$(free_port)
	launch "$SOCKCAT" -lk -e 'exit 3' 127.0.0.1 "$PORT"
	wait_until ask >answer 2>/dev/null
	[ ! -s answer ] && [ ! -s log ]
}

@test "a command writes more than the socket takes, because the socket waits" {
	random_bytes 8M >blob
	offer -e 'cat blob'
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >copy
	cmp blob copy
	assert_exit 0 "$PID"
}

# A command that prints the flags of its standard input, in octal.
FLAGS='sed -n "s/^flags:[^0-9]*//p" /proc/self/fdinfo/0'

@test "the socket is blocking, also after connecting" {
	[ -r /proc/self/fdinfo/0 ] || skip "no /proc/self/fdinfo"
	offer -e "$FLAGS"
	run -0 ask
	(((8#$output & 8#4000) == 0))
	offer
	run -0 timeout 30 "$SOCKCAT" -e "$FLAGS" 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	(((8#$(<out) & 8#4000) == 0))
}

@test "connecting with -e runs the command and exits with its status" {
	echo word >word
	INPUT=word offer
	run -5 timeout 30 "$SOCKCAT" -e 'read -r x; echo "got $x"; exit 5' \
		127.0.0.1 "$PORT"
	[ -z "$output" ]
	assert_exit 0 "$PID"
	[ "$(<out)" = "got word" ]
}

@test "connecting with -e exits with 128 and the number of a signal" {
	offer
	run -137 timeout 30 "$SOCKCAT" -v -e 'kill -KILL $$' 127.0.0.1 "$PORT"
	[ "$output" = "sockcat: connected to 127.0.0.1 port $PORT" ]
	assert_exit 0 "$PID"
}

@test "a connection that fails runs no command" {
	PORT=$(free_port)
	run -1 "$SOCKCAT" -e 'touch ran' 127.0.0.1 "$PORT"
	[ "$output" = "sockcat: connect to 127.0.0.1 port $PORT: Connection refused" ]
	[ ! -e ran ]
}

# A command that prints the variables it has of UCSPI-TCP.
VARIABLES='env | grep -E "^(PROTO|TCP[A-Z0-9]*)=" | sort'

@test "the environment tells both addresses of a TCP connection" {
	offer -e "$VARIABLES"
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	cat <&5 >vars
	exec 5>&-
	assert_exit 0 "$PID"
	peer=$(sed -n 's/.*client 127.0.0.1:\(.*\) connected/\1/p' log)
	[ "$(<vars)" = "PROTO=TCP
TCPLOCALIP=127.0.0.1
TCPLOCALPORT=$PORT
TCPREMOTEIP=127.0.0.1
TCPREMOTEPORT=$peer" ]
}

@test "the environment has IPv6 addresses without brackets" {
	launch "$SOCKCAT" -vl -e "$VARIABLES" ::1 0
	ready_at
	run -0 timeout 30 "$SOCKCAT" ::1 "$PORT" </dev/null
	[ "${lines[0]}" = PROTO=TCP ]
	[ "${lines[1]}" = TCPLOCALIP=::1 ]
	[ "${lines[2]}" = "TCPLOCALPORT=$PORT" ]
	[ "${lines[3]}" = TCPREMOTEIP=::1 ]
}

@test "the environment is that of tcpserver" {
	require_commands tcpserver
	offer -e "$VARIABLES"
	run -0 ask
	sed 's/PORT=[1-9][0-9]*$/PORT=N/' <<<"$output" >ours
	launch tcpserver -1RHl0 127.0.0.1 0 sh -c "$VARIABLES"
	wait_until test -s out
	PORT=$(<out)
	run -0 ask
	sed 's/PORT=[1-9][0-9]*$/PORT=N/; /^TCPLOCALHOST=0$/d; /^TCP6/d' \
		<<<"$output" >theirs
	diff ours theirs
}

@test "a connecting command has the environment, too" {
	offer -e 'cat >&2'
	timeout 30 "$SOCKCAT" -e "$VARIABLES" 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	logged 1 "^TCPREMOTEPORT=$PORT\$"
	logged 1 "^TCPLOCALPORT=$(sed -n \
		's/.*client 127.0.0.1:\(.*\) connected/\1/p' log)\$"
}

@test "inherited variables of another connection are removed" {
	export PROTO=X TCPLOCALIP=X TCPLOCALPORT=X TCPREMOTEIP=X \
		TCPREMOTEPORT=X TCPLOCALHOST=X TCPREMOTEHOST=X TCPREMOTEINFO=X
	export OTHER=kept
	offer -e "$VARIABLES; echo \$OTHER"
	run -0 ask
	[ "${#lines[@]}" -eq 6 ]
	[[ $output != *=X* && $output = *kept ]]
	launch "$SOCKCAT" -v -l -e "$VARIABLES" -U path
	wait_until logged 1 listening
	run -0 timeout 30 "$SOCKCAT" -U path </dev/null
	[ "$output" = PROTO=UNIX ]
}

@test "-e serves a Unix-domain socket, and removes its file" {
	launch "$SOCKCAT" -v -lk -e 'read -r x; echo "got $x"; exit 4' -U path
	wait_until logged 1 listening
	run -0 timeout 30 "$SOCKCAT" -U path <<<hello
	[ "$output" = "got hello" ]
	wait_until logged 1 'client unix:1 closed: exit status 4$'
	kill "$PID"
	assert_exit 143 "$PID"
	[ ! -e path ]
}

@test "a command has no descriptor that sockcat opened but 0, 1 and 2" {
	[ -r /proc/self/fd/0 ] || skip "no /proc/self/fd"
	sh -c 'echo /proc/self/fd/*' >direct 2>/dev/null </dev/null 3>&- &
	wait "$!"
	launch "$SOCKCAT" -vlk -e 'echo /proc/self/fd/*' localhost 0
	ready_at 2
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	run -0 ask
	exec 5>&-
	[ "$output" = "$(<direct)" ]
}

# A command that prints what becomes of signals, as the kernel tells it.
SIGNALS='grep -E "^Sig(Blk|Ign):" /proc/self/status'

@test "a command inherits ignored signals, but not a blocked one or SIGPIPE" {
	local set

	[ -r /proc/self/status ] || skip "no /proc/self/status"
	env --default-signal --block-signal true 2>/dev/null ||
		skip "env cannot set signals"
	for set in --default-signal --ignore-signal=USR1,INT,HUP; do
		launch env --default-signal "$set" sh -c "$SIGNALS"
		wait "$PID"
		mv out direct
		launch env --default-signal "$set" --ignore-signal=PIPE \
			--block-signal=CHLD,USR2,HUP \
			"$SOCKCAT" -v -l -e "$SIGNALS" 127.0.0.1 0
		ready_at
		ask >ours
		assert_exit 0 "$PID"
		diff direct ours
	done
}

@test "a client that leaves ends a command that writes to it" {
	offer -e 'exec 2>/dev/null; i=0
		while [ $i -lt 300000 ]; do echo y; i=$((i + 1)); done'
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	read -r -t 30 line <&5
	exec 5>&-
	assert_exit 141 "$PID"
}

@test "clients are served at once, each by a process of its own" {
	offer -k -e 'read -r x; echo "$PPID $x"'
	exec 5<>"/dev/tcp/127.0.0.1/$PORT" 7<>"/dev/tcp/127.0.0.1/$PORT"
	wait_until has_children 2
	echo second >&7
	read -r -t 30 line <&7
	[ "$line" = "$PID second" ]
	echo first >&5
	read -r -t 30 line <&5
	[ "$line" = "$PID first" ]
	exec 5>&- 7>&-
}

# crowd_size N: set N to this, or to what the limits allow.
crowd_size() {
	local limit

	N=$1
	for limit in "$(ulimit -Hn)" "$(ulimit -Su)"; do
		[ "$limit" = unlimited ] || [ "$limit" -gt $((N + 100)) ] ||
			N=$((limit - 100))
	done
	[ "$N" -gt 0 ] || skip "no descriptors or processes for a crowd"
}

@test "1,000 clients are served at once, and leave no zombie" {
	crowd_size 1000
	mkfifo stay
	exec 6<>stay
	offer -k -e 'read -r x; exit 6'
	"$CROWD" "$PORT" "$N" stay <stay >crowd 3>&- 6>&- &
	STARTED+=("$!")
	wait_until has_children "$N"
	exec 6>&-
	wait_until logged "$N" 'closed: exit status 6' || {
		grep -v ' connected$' log | grep -v 'status 6$'
		false
	}
	children >left
	[ ! -s left ]
	kill "$PID"
	assert_exit 143 "$PID"
}

@test "300 clients at once each get the whole answer" {
	crowd_size 300
	random_bytes 100k >blob
	offer -k -e 'cat blob'
	timeout 60 "$CROWD" "$PORT" "$N" hear blob
}

@test "with few descriptors, clients wait until another's command has ended" {
	launch bash -c 'ulimit -n 16; exec "$@"' - \
		"$SOCKCAT" -v -lk -e 'read -r x' 127.0.0.1 0
	ready_at
	mkfifo stay
	exec 6<>stay
	"$CROWD" "$PORT" 50 stay <stay >crowd 3>&- 6>&- &
	STARTED+=("$!")
	wait_until logged 1 'accept a client: '
	exec 6>&-
	wait_until logged 50 'closed: exit status'
	has_children 0
}

@test "a command keeps the limit of descriptors that sockcat was started with" {
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt 64 ] ||
		skip "the hard limit is low"
	launch bash -c 'ulimit -Sn 64; exec "$@"' - \
		"$SOCKCAT" -v -lk -e 'ulimit -Sn' 127.0.0.1 0
	ready_at
	run -0 ask
	[ "$output" = 64 ]
}

@test "-M limits the commands that run at once, and every client is served" {
	local i p clients=()

	offer -k -M 1 -e 'mkdir busy || echo clash
		sleep 0.01; rmdir busy; echo served'
	for ((i = 0; i < 20; i++)); do
		ask >"answer$i" 3>&- &
		clients+=("$!")
	done
	for p in "${clients[@]}"; do
		wait "$p"
	done
	[ "$(cat answer*)" = "$(for ((i = 0; i < 20; i++)); do echo served; done)" ]
	wait_until logged 20 'closed: exit status 0'
}

@test "a child inherited from before the start does not count as a client" {
	launch bash -c 'sleep 0.1 & exec "$@"' - \
		"$SOCKCAT" -v -l -e 'sleep 0.3; exit 3' 127.0.0.1 0
	ready_at
	run -0 ask
	assert_exit 3 "$PID"
	logged 1 closed
}

@test "a signal ends the listener, and running commands go on" {
	local signal

	for signal in TERM HUP; do
		offer -k -e 'read -r x; echo "got $x"'
		exec 5<>"/dev/tcp/127.0.0.1/$PORT"
		wait_until has_children 1
		kill "-$signal" "$PID"
		assert_exit $((128 + $(kill -l "$signal"))) "$PID"
		run -1 ask
		echo word >&5
		read -r -t 30 line <&5
		exec 5>&-
		[ "$line" = "got word" ]
	done
}

@test "a signal ends sockcat, and not the command of its only client" {
	offer -e 'read -r x; echo "got $x"'
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
	wait_until has_children 1
	kill "$PID"
	assert_exit 143 "$PID"
	echo word >&5
	read -r -t 30 line <&5
	exec 5>&-
	[ "$line" = "got word" ]
}

@test "-w limits the wait for the first client" {
	run -4 timeout 30 "$SOCKCAT" -l -w 0.1 -e 'touch ran' 127.0.0.1 0
	[[ $output = "sockcat: no client connected to 127.0.0.1 port "* ]]
	[ ! -e ran ]
}

@test "-w limits neither a command nor a -k listener" {
	offer -w 3 -e 'sleep 3.2; echo done'
	run -0 ask
	[ "$output" = "done" ]
	assert_exit 0 "$PID"
	offer -w 0.1 -k -e 'sleep 0.3; echo done'
	run -0 ask
	[ "$output" = "done" ]
	run -0 ask
	[ "$output" = "done" ]
}

@test "-M n,per limits the commands of one address" {
	hold_fifo go
	offer -k -M 10,1 -e 'read x <go; echo done'
	peer_start first read_all
	wait_until logged 1 connected
	run timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT"
	wait_until logged 1 'rejected (too many of this address, -M)'
	echo >go
	wait_peer first
	peer_start next read_all
	wait_until logged 2 connected
	echo >go
	wait_peer next
	file_is next "done"
}

@test "-a turns clients away before a command runs" {
	offer -k -a 192.0.2.1 -e 'touch ran'
	run timeout 30 "$SOCKCAT" -d 127.0.0.1 "$PORT"
	wait_until logged 1 'rejected (not allowed by -a)'
	[ ! -e ran ]
	logged 0 connected
}

# What comes before N and a command, to run it as a user who may have N
# processes, and has no other.
LIMITED=(setpriv --reuid "$((100000 + $$))" --clear-groups bash -c
	'ulimit -u "$0"; exec "$@"')

# need_limited: skip the test where that is not possible.
need_limited() {
	require_commands setpriv
	"${LIMITED[@]}" 9 "$SOCKCAT" -V >/dev/null 2>&1 ||
		skip "no other user can run sockcat"
}

# waits: print how often the started sockcat has begun to wait.
waits() {
	sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$PID/status"
}

has_waited() {
	[ "$(waits)" -ge "$1" ]
}

@test "without a process the client waits, which is reported once" {
	need_limited
	[ -r /proc/self/status ] || skip "no /proc/self/status"
	launch "${LIMITED[@]}" 3 "$SOCKCAT" -v -lk -e 'read -r x; echo "got $x"' \
		127.0.0.1 0
	ready_at
	exec 5<>"/dev/tcp/127.0.0.1/$PORT" 6<>"/dev/tcp/127.0.0.1/$PORT"
	wait_until has_children 2
	exec 7<>"/dev/tcp/127.0.0.1/$PORT"
	wait_until logged 1 'start a process for client 127.0.0.1:[0-9]*: '
	wait_until has_waited $(($(waits) + 2)) # it tries again each second
	for fd in 5 6 7; do
		echo "$fd" >&"$fd"
		read -r -t 30 line <&"$fd"
		[ "$line" = "got $fd" ]
	done
	exec 5>&- 6>&- 7>&-
	wait_until logged 3 'closed: exit status 0'
	logged 1 'start a process'
}

@test "without a process the only client is given up, with status 3" {
	[ "$SANITIZED" != clang ] || skip "the leak checker needs a process"
	need_limited
	launch "${LIMITED[@]}" 1 "$SOCKCAT" -v -l -e true 127.0.0.1 0
	ready_at
	run ask
	assert_exit 3 "$PID"
	logged 1 'start a process for client 127.0.0.1:[0-9]*: '
}

@test "-e with sockcat forwards a port, whole and both ways" {
	local target

	random_bytes 3M >request
	random_bytes 5M >answer
	launch "$SOCKCAT" -v -lk -e 'sum=$(cksum); echo "$sum"; cat answer' \
		127.0.0.1 0
	ready_at
	target=$PORT
	offer -k -e "'$SOCKCAT' 127.0.0.1 $target"
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <request >got
	[ "$(head -1 got)" = "$(cksum <request)" ]
	tail -n +2 got | cmp - answer
}

# answers COMMAND...: start it as a server on PORT; does it answer? -H, because
# ncat ends a command when it sees EOF.
answers() {
	local i

	PORT=$(free_port)
	launch "${@//PORT/$PORT}"
	for ((i = 0; i < 500; i++)); do
		timeout 30 "$SOCKCAT" -H 127.0.0.1 "$PORT" <<<hello >answer \
			2>/dev/null && break
		sleep 0.02
	done
	[ "$(<answer)" = "got hello 2" ]
}

@test "other netcats' options for this give the same answer" {
	local command='read -r x; echo "got $x $((1 + 1))"' tried=0

	answers "$SOCKCAT" -l -e "$command" 127.0.0.1 PORT
	if command -v ncat >/dev/null; then
		answers ncat -l --sh-exec "$command" 127.0.0.1 PORT
		tried=1
	fi
	if command -v nc.traditional >/dev/null; then
		answers nc.traditional -l -s 127.0.0.1 -p PORT -c "$command"
		tried=1
	fi
	[ "$tried" = 1 ] || skip "neither ncat nor nc.traditional is installed"
}

@test "other netcats are served by a command" {
	local c tried=0

	offer -k -e 'read -r x; echo "got $x"'
	for c in "nc.openbsd -N" ncat "nc.traditional -q 5" "socat - TCP4"; do
		command -v "${c%% *}" >/dev/null || continue
		case $c in
		socat*) c="$c:127.0.0.1:$PORT" ;;
		*) c="$c 127.0.0.1 $PORT" ;;
		esac
		# shellcheck disable=SC2086 # words
		run -0 timeout 30 $c <<<hello
		[ "$output" = "got hello" ]
		tried=$((tried + 1))
	done
	[ "$tried" -gt 0 ] || skip "no other netcat is installed"
}

@test "-e cannot be combined with what only a relay can do" {
	local option

	for option in -C -d '-i 1' -j -L -m -t -u '-W 1'; do
		# shellcheck disable=SC2086 # words
		run -2 timeout 30 "$SOCKCAT" -lk -e true $option 127.0.0.1 0
		[[ $output = "sockcat: -e and ${option%% *} cannot be combined: "?* ]]
	done
	run -2 "$SOCKCAT" -z -e true 127.0.0.1 1
	[[ $output = "sockcat: -e and -z cannot be combined: "?* ]]
}

@test "-e requires a command" {
	run -2 timeout 30 "$SOCKCAT" -le
	[ "$output" = "sockcat: option -e requires an argument (command)" ]
}

# served_at_once: true if -w 0 serves a client that connects before the poll for
# it, which comes late: the first one is for the line of -v. On a busy machine it
# may be too early.
served_at_once() {
	start timeout 30 strace -f -o calls \
		-e 'inject=/^p?poll$:delay_enter=500000:when=2' \
		"$SOCKCAT" -v -l -w 0 -e 'echo served' 127.0.0.1 0 </dev/null
	read_port
	peer_connect read_all && [ "$(<received)" = served ] &&
		assert_exit 0 "$PID"
}

@test "-w 0 with -l -e: a client that is there already is served" {
	require_commands strace
	wait_until served_at_once
}

@test "-o shows what a command says, and what its client sends" {
	offer -k -o dump -e 'read -r x; echo "got $x"'
	run -0 ask hello
	[ "$output" = "got hello" ]
	kill "$PID"
	assert_exit 143 "$PID"
	grep -qE '^< [0-9.]+ 127.0.0.1:[0-9]+ 00000000  68 65 6c 6c 6f 0a +\|hello.\|$' dump
	grep -qE '^> [0-9.]+ 127.0.0.1:[0-9]+ 00000000  67 6f .*\|got hello.\|$' dump
}

@test "-S counts what a command says as sent, and -e keeps its exit status" {
	offer -S -e 'cat >/dev/null; echo answer; exit 7'
	[ "$(printf question | "$SOCKCAT" -N 127.0.0.1 "$PORT")" = answer ]
	assert_exit 7 "$PID"
	logged 1 'sent 7 bytes, received 8 bytes'
	logged 1 'client 127.0.0.1:[0-9]* closed: exit status 7$'
}

@test "-y limits what a command says" {
	random_bytes 150000 >file
	offer -y 100k -e 'cat file'
	SECONDS=0
	"$SOCKCAT" -d 127.0.0.1 "$PORT" >got
	cmp file got
	[ "$SECONDS" -ge 1 ]
	assert_exit 0 "$PID"
}

@test "a watched command that reads nothing loses no answer and resets nobody" {
	random_bytes 1M >file
	offer -k -o dump -e 'cat file'
	for i in 1 2 3; do
		printf '%065536d' 0 | timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" >got
		cmp file got
	done
}

@test "a client that sends without end is cut off after its watched command" {
	offer -S -e 'echo done'
	run ! timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/zero
	assert_exit 0 "$PID"
}

@test "of many silent clients, each is cut off after its watched command" {
	local i fd

	offer -k -S -M 80 -e 'sleep 0.2; echo done'
	for ((i = 0; i < 80; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	done
	run -0 ask
	[ "$output" = "done" ]
}

# offer_counted COMMAND: start a listener for a watched command; its calls of poll(2)
# are counted.
offer_counted() {
	require_commands strace
	launch strace -c -e 'trace=/^p?poll$' "$SOCKCAT" -S -v -l -e "$1" \
		127.0.0.1 0
	ready_at
}

# waited_quietly: once it has ended, did it call poll(2) only now and then?
waited_quietly() {
	wait "$PID" &&
		[ "$(awk '$NF ~ /^p?poll$/ { print $4 }' log)" -lt 100 ]
}

@test "what a watched command leaves running does not busy-loop" {
	offer_counted 'sleep 2 & echo done'
	run -0 ask
	[ "$output" = "done" ]
	waited_quietly
}

@test "a watched command that runs on after a reset does not busy-loop" {
	offer_counted 'sleep 2'
	peer_start client send $'x\n' reset
	waited_quietly
}

@test "a watched command that has closed its connection does not busy-loop" {
	offer_counted 'exec <&- >&-; sleep 2'
	run -0 ask
	waited_quietly
}

@test "a watched command has its own connection in its environment" {
	offer -S -e 'echo "$PROTO $TCPLOCALIP $TCPLOCALPORT $TCPREMOTEIP"'
	run -0 ask
	[ "$output" = "TCP 127.0.0.1 $PORT 127.0.0.1" ]
}

@test "a watched command is reaped after its client has reset" {
	offer -k -S -e 'read -r x; read -r y'
	peer_start client send $'x\n' wait reset
	wait_until has_children 1
	peer_continue client
	wait_until has_children 0
	wait_until logged 1 'closed: exit status 1'
}

@test "connecting with -e, -o shows the data, and the status is the command's" {
	peer_listen send question half_close read_all
	launch "$SOCKCAT" -o dump -e 'read -r x; printf "got %s" "$x"; exit 5' \
		127.0.0.1 "$PORT"
	assert_exit 5 "$PID"
	wait_peer
	file_is received "got question"
	grep -q '^< .* 71 75 65 73 74 69 6f 6e  *|question|$' dump
}

@test "-M limits watched commands too" {
	offer -k -S -M 1 -e 'read -r x; echo "got $x"'
	peer_start first wait send $'1\n' read_all
	wait_until has_children 1
	peer_start second send $'2\n' half_close read_all
	pause 0.2
	has_children 1
	peer_continue first
	wait_peer first
	wait_peer second
	file_is second "got 2"
}
