# sockcat-myths(7): what it shows is what happens.
load helper

# refuted N: run section N of the page, and compare its output with the page. What
# two programs do at the same time may come in another order on a busy machine.
refuted() {
	[ "$(uname)" = Linux ] || skip "ss and /proc are Linux's"
	require_commands ss
	try_three_times play "$1"
}

play() {
	local page=$ROOT/man/sockcat-myths.7

	diff <(unstamped <"$page") \
		<("$ROOT/tests/tour" "$1" <"$page" 3>&- | unstamped)
}

# unstamped: without the times of the calls.
unstamped() {
	sed 's/^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]\{6\} //'
}

@test "myth: the new socket has another port" {
	refuted 1
}

@test "myth: INADDR_ANY is localhost" {
	refuted 2
}

@test "myth: a client that finds the queue full gets ECONNREFUSED" {
	refuted 3
}

@test "myth: the protocol, 0, is the number in the IP header" {
	refuted 4
}

@test "myth: accept() blocks the connection until a request comes" {
	refuted 5
}

@test "myth: TCP loses nothing" {
	[ -z "$SANITIZED" ] || skip "too slow: the reset is seen elsewhere"
	refuted 6
}

@test "myth: one recv() is one message" {
	refuted 7
}

@test "myth: the listener is created when the client comes" {
	refuted 8
}

@test "myth: close() sends what is left, and then it is over" {
	refuted 9
}

@test "myth: send() returned n, so n bytes have arrived" {
	refuted 10
}

@test "myth: SO_REUSEADDR lets two programs share a port" {
	refuted 11
}

@test "myth: keepalive notices at once that the peer is gone" {
	refuted 12
}

@test "each section of the page is run" {
	[ "$(grep -c '^\.Sh [0-9]' "$ROOT/man/sockcat-myths.7")" -eq \
		"$(grep -c '^	refuted [0-9]' "$BATS_TEST_FILENAME")" ]
}

@test "what the page shows fits into 80 columns" {
	run -0 awk '/^\.Bd/ { display = 1 } /^\.Ed/ { display = 0 }
		{ sub(/^\.No [$] Sy/, "$"); sub(/^\.Sy /, "") }
		display && length > 80' \
		"$ROOT/man/sockcat-myths.7"
	[ -z "$output" ]
}
