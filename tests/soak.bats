# Two seconds of the soak test, from a fixed seed; "make soak" runs for 10
# minutes.
load helper

@test "clients that connect, send, stall and reset at random receive the right bytes" {
	run -0 timeout 110 "$ROOT/tests/build/soak" "$SOCKCAT" 2 1 3>&-
	[ "${lines[-1]}" = "0 differences" ]
}
