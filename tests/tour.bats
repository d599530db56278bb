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

# unstamped: without the times of the calls, without what the system grants, and
# without how much fits into its buffers.
unstamped() {
	sed -e 's/^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]\{6\} //' \
		-e 's/^\(getsockopt(.*_[A-Z]*BUF, \)[0-9]*/\1N/' \
		-e 's/^\([<>] \)[0-9.]* /\1/' \
		-e '/^send(5, 1048576)/s/[0-9]*$/N/' \
		-e 's/^\([RS][a-z]*-Q \)[0-9]\{5,\}$/\1N/' \
		-e 's/^[1-9][0-9]\{0,1\} lines$/N lines/' \
		-e 's/\(received \)[1-9][0-9]\{0,1\} bytes, sent 0/\1N bytes, sent 0/'
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
	[ "$(uname)" = Linux ] && [ -z "${POSIX_ONLY-}" ] ||
		skip "only Linux tells who has connected by getsockopt()"
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

@test "tour: the bytes" {
	same_as_page 11
}

@test "tour: a stream has no messages" {
	same_as_page 12
}

@test "tour: buffers" {
	require_commands ss
	same_as_page 13
}

@test "tour: every address of this machine" {
	[ "$(uname)" = Linux ] || skip "only Linux has 127.0.0.2"
	same_as_page 14
}

@test "tour: datagrams that nobody receives" {
	same_as_page 15
}

@test "tour: a command for each client" {
	same_as_page 16
}

# names_may_be_set: may /etc/hosts be another file, for us alone?
names_may_be_set() {
	echo '127.0.0.2 two' >hosts
	for flags in -nm -rnm; do
		! unshare "$flags" sh -c 'ip link set lo up &&
			mount --bind hosts /etc/hosts && getent hosts two' ||
			return 0
	done 2>/dev/null
	return 1
}

@test "tour: names and getaddrinfo" {
	[ "$(uname)" = Linux ] || skip "only Linux has 127.0.0.2"
	names_may_be_set || skip "/etc/hosts cannot be another file for us alone"
	same_as_page 17
}

@test "what the tour shows fits into 80 columns" {
	run -0 awk '/^\.Bd/ { display = 1 } /^\.Ed/ { display = 0 }
		{ sub(/^\.No [$] Sy/, "$"); sub(/^\.Sy /, "") }
		display && length > 80' "$ROOT/man/sockcat-sockets.7"
	[ -z "$output" ]
}

@test "the tour names each of the C programs" {
	diff <(sed -n 's/^\.Lk examples\/\([a-z-]*\.c\) [,.]$/\1/p' \
		"$ROOT/man/sockcat-sockets.7" | sort) \
		<(cd "$ROOT/man/examples" && printf '%s\n' *.c | sort)
}

@test "the tour has no session that is not run" {
	[ "$(grep -c '^\.Sh [0-9]' "$ROOT/man/sockcat-sockets.7")" -eq 17 ]
}
