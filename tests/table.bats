# All combinations of kinds of standard input and output.
load helper

INPUTS=(file pipe fifo socket terminal null closed)
OUTPUTS=(file pipe fifo socket terminal full null closed)

# listen_to FILE STEP...: start a peer that listens, and writes what it
# receives to the file. Sets PORT.
listen_to() {
	local file=$1

	shift
	start_listening_actor "$file.peer" "$file" -l "$@"
}

# stdin_redirection KIND: print the redirection with which standard input of
# this kind has the question.
stdin_redirection() {
	case $1 in
	file) echo '<question' ;;
	pipe) echo '< <(cat question)' ;;
	fifo)
		mkfifo in
		cat question >in &
		STARTED+=("$!")
		echo '<in'
		;;
	socket)
		listen_to asked send_file question
		echo "</dev/tcp/127.0.0.1/$PORT"
		;;
	terminal) ;;
	null) echo '</dev/null' ;;
	closed) echo '<&-' ;;
	esac
}

# stdout_redirection KIND: print one for standard output; what is written there
# is then in the file "out", if that is possible.
stdout_redirection() {
	case $1 in
	file) echo '>out' ;;
	pipe) echo '| cat >out' ;;
	fifo)
		mkfifo pipe
		cat pipe >out &
		STARTED+=("$!")
		echo '>pipe'
		;;
	socket)
		listen_to out read_all
		echo ">/dev/tcp/127.0.0.1/$PORT"
		;;
	terminal) ;;
	closed) echo '>&-' ;;
	*) echo ">/dev/$1" ;;
	esac
}

# exchange IN OUT: one short message each way, with these kinds of standard
# input and output; fails if one is wrong.
exchange() {
	local in out command status=0

	# its teardown ends what works in a directory of its own
	STARTED=() WORK=$WORK/$1-$2
	mkdir "$WORK" && cd "$WORK" || return
	trap 'teardown || true' EXIT
	echo question >question
	hold_fifo keys
	[ "$1" != terminal ] || printf 'question\n\004' >keys
	stdin_redirection "$1" >in.redirection
	stdout_redirection "$2" >out.redirection
	in=$(<in.redirection)
	out=$(<out.redirection)
	case $1 in
	null | closed) listen_to received send answer ;; # they send no EOF
	*) listen_to received send answer read_all ;;
	esac
	command="'$SOCKCAT' 127.0.0.1 $PORT 2>err $in $out
		exit \${PIPESTATUS[0]}"
	if [ "$1" = terminal ] || [ "$2" = terminal ]; then
		printf '%s\n' "$command" >run
		timeout 30 script -qec "bash run" /dev/null <keys >screen ||
			status=$?
	else
		timeout 30 bash -c "$command" || status=$?
	fi
	check_exchange "$1" "$2" "$status" || {
		echo "from $1 to $2: status $status"
		cat err
		return 1
	}
}

# check_exchange IN OUT STATUS: true if the result of an exchange is right.
check_exchange() {
	if [ "$2" = full ]; then
		[ "$3" -eq 3 ] && [ "$(<err)" = \
		    "sockcat: write standard output: No space left on device" ]
		return
	fi
	[ "$3" -eq 0 ] && [ ! -s err ] || return
	case $2 in
	null | closed) ;;
	terminal) grep -q answer screen || return ;;
	*) wait_until file_is out answer || return ;;
	esac
	case $1 in
	null | closed) [ ! -s received ] ;;
	*) wait_until cmp -s question received ;;
	esac
}

@test "data passes intact from every kind of stdin to every kind of stdout" {
	local i o pids=() failed=0

	require_commands script
	[ -c /dev/full ] || skip "no /dev/full"
	for i in "${INPUTS[@]}"; do
		for o in "${OUTPUTS[@]}"; do
			(exchange "$i" "$o") 3>&- &
			pids+=("$!")
		done
	done
	for i in "${pids[@]}"; do
		wait "$i" || failed=$((failed + 1))
	done
	[ "${#pids[@]}" -eq 56 ]
	[ "$failed" -eq 0 ]
}
