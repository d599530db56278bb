# The last file that tests/run starts, once all the others have ended.
load helper

# find_left: set LEFT to the processes of that run. Each has its number in its
# environment.
find_left() {
	LEFT=$(grep -lszxF "TEST_RUN=$ENDED" /proc/[0-9]*/environ) || true
}

none_left() {
	find_left
	[ -z "$LEFT" ]
}

@test "nothing that a test has started is still running" {
	local environ i

	[ -n "${ENDED-}" ] || skip "only tests/run knows what it has started"
	[ -r /proc/self/environ ] || skip "no /proc"
	for ((i = 0; i < 100; i++)); do
		none_left && return
		pause 0.02
	done
	for environ in $LEFT; do
		tr '\0' ' ' <"${environ%environ}cmdline"
		echo
	done
	return 1
}
