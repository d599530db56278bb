# sockcat-exercises(7): each judge accepts a solution, tests/solve.c, and rejects
# one that has a common mistake.
load helper

SOLVE=$ROOT/tests/build/solve

# judged N WHY: exercise N is solved by "solve N"; "solve -w N" fails, and why is
# said. The two are judged at the same time.
judged() {
	EXERCISE_SECONDS=1 "$ROOT/tests/exercise" "$1" "$SOLVE" -w "$1" \
		>mistaken </dev/null 2>&1 3>&- &
	STARTED+=("$!")
	EXERCISE_SECONDS=30 run "$ROOT/tests/exercise" "$1" "$SOLVE" "$1" \
		</dev/null 3>&-
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "exercise $1: solved" ]
	assert_exit 1 "$!"
	grep -qE "^NO  $2" mistaken
	[ "$(tail -n 1 mistaken)" = "exercise $1: not yet" ]
}

@test "exercise 1: capitals" {
	judged 1 "what a client says comes back in capitals"
}

@test "exercise 2: two clients at once" {
	judged 2 "a second client is answered while the first is there"
}

@test "exercise 3: a half-close is answered" {
	judged 3 "nothing is answered before that"
}

@test "exercise 4: one byte at a time" {
	judged 4 "(also if it comes in pieces|two lines that come)"
}

@test "exercise 5: resets are survived" {
	judged 5 "clients may reset their connections"
}

@test "exercise 6: 2,000 clients" {
	judged 6 "and one more is served"
}

@test "exercise 7: datagrams come back" {
	judged 7 "each sender gets its own"
}

@test "exercise 8: a full backlog" {
	judged 8 "if its backlog is full, there is no answer"
}

@test "exercise 9: a Unix-domain socket" {
	judged 9 "the program listens on"
}

@test "exercise 10: IPv6 and IPv4" {
	judged 10 "the same with IPv6"
}

@test "exercise 11: a rate limit" {
	judged 11 "no second has more than 1,200 bytes"
}

@test "exercise 12: dot and caret" {
	judged 12 "after a backslash, a dot is text"
}

@test "a program that does not listen is rejected" {
	EXERCISE_SECONDS=0 run -1 "$ROOT/tests/exercise" 1 true
	[[ ${lines[0]} = "NO  the program listens on "* ]]
}

@test "make exercise runs the judge" {
	require_commands make
	run -0 make -s -C "$ROOT" exercise N=1 RUN="$SOLVE 1" </dev/null 3>&-
	[[ $output = *"exercise 1: solved" ]]
	run ! make -s -C "$ROOT" exercise N=13 RUN="$SOLVE 1" </dev/null 3>&-
	[[ $output = *"usage: make exercise"* ]]
}

@test "the page has each exercise that the judge knows" {
	diff <(sed -n 's/^judge_\([0-9]*\)() {$/\1/p' "$ROOT/tests/exercise") \
		<(sed -n 's/^\.Sh \([0-9]*\)\. .*/\1/p' \
			"$ROOT/man/sockcat-exercises.7")
}
