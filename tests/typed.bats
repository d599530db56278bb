# What people type. tests/invocations.tsv has command lines as they are written
# for nc, ncat and others: what is expected, whose they are, and the arguments.
# tests/mistakes.tsv has wrong ones: what the answer has to contain, and the
# arguments. {host} {port} {path} and {proxy} stand for a listener,
# {listen} and {source} for port 0, {newpath} and {file} for a new file.
load helper

# start_listeners: start what the command lines connect to. Each closes a
# connection at once.
start_listeners() {
	"$SOCKCAT" -v -lk -e : 127.0.0.1 0 2>tcp </dev/null >/dev/null 3>&- &
	STARTED+=("$!")
	"$SOCKCAT" -v -lkU ./peer -e : 2>unix </dev/null >/dev/null 3>&- &
	STARTED+=("$!")
	wait_until grep -q listening tcp
	wait_until grep -q listening unix
	TCP=$(sed -n 's/.* port //p' tcp | head -1)
	touch file
}

# each_row TABLE COMMAND: run the command for each row, several at once, with
# the row's number and the row as arguments. Prints the complaints. Under
# valgrind every tenth row has to do.
each_row() {
	local step=1

	[ "${SANITIZED-}" != valgrind ] || step=10
	export SOCKCAT TCP WORK
	nl -ba -w1 -s $'\t' "$ROOT/tests/$1" | awk -v n="$step" 'NR % n == 0' |
		tr '\n' '\0' | xargs -0 -P 16 -n 1 "$ROOT/tests/typed" "$2"
}

@test "what people type for other netcats works, or the answer tells what to type" {
	start_listeners
	run each_row invocations.tsv invocation
	[ -z "$output" ] || {
		echo "$output"
		return 1
	}
}

@test "each mistake has an answer of one line that tells what to type" {
	start_listeners
	run each_row mistakes.tsv mistake
	[ -z "$output" ] || {
		echo "$output"
		return 1
	}
}

@test "the tables have many rows" {
	[ "$(grep -c . "$ROOT/tests/invocations.tsv")" -ge 235 ]
	[ "$(grep -c . "$ROOT/tests/mistakes.tsv")" -ge 365 ]
}
