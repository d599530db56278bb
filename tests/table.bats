# Standard input and output of every kind, each with each.
load helper

INPUTS=(file pipe fifo socket terminal null closed)
OUTPUTS=(file pipe fifo socket terminal full null closed)

# peer NAME STEP...: an actor that waits for a client; sets PORT. What it hears
# is in NAME.
peer() {
	local name=$1

	shift
	"$ACTOR" -l "$@" >"$name" 2>"$name.said" &
	STARTED+=("$!")
	await grep -qs port "$name.said"
	PORT=$(sed 's/.* //' "$name.said")
}

# from KIND: a redirection of standard input that the question comes by.
from() {
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
		peer asked send question
		echo "</dev/tcp/127.0.0.1/$PORT"
		;;
	terminal) ;;
	null) echo '</dev/null' ;;
	closed) echo '<&-' ;;
	esac
}

# to KIND: one of standard output, behind which is the file out.
to() {
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
		peer out listen
		echo ">/dev/tcp/127.0.0.1/$PORT"
		;;
	terminal) ;;
	closed) echo '>&-' ;;
	*) echo ">/dev/$1" ;;
	esac
}

# exchange IN OUT: a short one, both ways; fails if it went wrong.
exchange() {
	local in out command status=0

	STARTED=()
	trap 'teardown || true' EXIT
	mkdir "$1-$2"
	cd "$1-$2" || return
	echo question >question
	mkfifo keys
	exec 6<>keys
	[ "$1" != terminal ] || printf 'question\n\004' >&6
	from "$1" >in.words
	to "$2" >out.words
	in=$(<in.words)
	out=$(<out.words)
	peer heard say answer listen
	command="'$SOCKCAT' 127.0.0.1 $PORT 2>err $in $out
		exit \${PIPESTATUS[0]}"
	if [ "$1" = terminal ] || [ "$2" = terminal ]; then
		printf '%s\n' "$command" >run
		timeout 30 script -qec "bash run" /dev/null <keys >screen ||
			status=$?
	else
		timeout 30 bash -c "$command" || status=$?
	fi
	outcome "$1" "$2" "$status" || {
		echo "from $1 to $2: status $status"
		cat err
		return 1
	}
}

outcome() {
	if [ "$2" = full ]; then
		[ "$3" -eq 3 ] && [ "$(<err)" = \
		    "sockcat: write standard output: No space left on device" ]
		return
	fi
	[ "$3" -eq 0 ] && [ ! -s err ] || return
	case $2 in
	null | closed) ;;
	terminal) grep -q answer screen || return ;;
	*) await holds out answer || return ;;
	esac
	case $1 in
	null | closed) [ ! -s heard ] ;;
	*) await cmp -s question heard ;;
	esac
}

@test "bytes are whole from every kind of input to every kind of output" {
	local i o pids=() failed=0

	need script
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
