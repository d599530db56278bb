# The tour in sockcat-sockets(7): each of its sessions, as the page shows it.
load helper

# same_as_page N: run session N, and compare its output with the page. What two
# programs do at the same time may come in another order on a busy machine.
same_as_page() {
	try_three_times play "$1"
}

play() {
	local page=$ROOT/man/sockcat-sockets.7

	diff <(unstamped <"$page") \
		<("$ROOT/tests/tour" "$1" <"$page" 3>&- | unstamped)
}

# unstamped: without the times of the calls, and without what the system grants.
unstamped() {
	sed -e 's/^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]\{6\} //' \
		-e 's/^\(getsockopt(.*_[A-Z]*BUF, \)[0-9]*/\1N/'
}

@test "tour: a first conversation" {
	same_as_page 1
}

@test "tour: the two halves of a connection" {
	same_as_page 2
}

@test "tour: the backlog" {
	[ "$(uname)" = Linux ] || skip "each system counts its backlog differently"
	require_commands ss
	same_as_page 3
}

@test "tour: an address in use" {
	require_commands ss
	same_as_page 4
}

@test "tour: datagrams" {
	same_as_page 5
}

@test "tour: failures" {
	same_as_page 6
}

@test "tour: Unix-domain sockets" {
	same_as_page 7
}

@test "tour: IPv6, IPv4 and names with several addresses" {
	grep -q . /proc/net/if_inet6 || skip "no IPv6"
	same_as_page 8
}

@test "tour: many clients at once" {
	require_commands ss
	same_as_page 9
}

@test "tour: dot and caret" {
	same_as_page 10
}

@test "tour: a stream has no messages" {
	same_as_page 11
}

@test "tour: every address of this machine" {
	[ "$(uname)" = Linux ] || skip "only Linux has 127.0.0.2"
	same_as_page 12
}

@test "tour: datagrams that nobody receives" {
	same_as_page 13
}

@test "tour: a command for each client" {
	same_as_page 14
}

@test "tour: names and getaddrinfo" {
	same_as_page 15
}

@test "what the tour shows fits into 80 columns" {
	run -0 awk '/^\.Bd/ { display = 1 } /^\.Ed/ { display = 0 }
		{ sub(/^\.No [$] Sy/, "$"); sub(/^\.Sy /, "") }
		display && length > 80' "$ROOT/man/sockcat-sockets.7"
	[ -z "$output" ]
}

@test "the tour has no session that is not run" {
	[ "$(grep -c '^\.Sh [0-9]' "$ROOT/man/sockcat-sockets.7")" -eq 15 ]
}
