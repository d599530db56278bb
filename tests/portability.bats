# What other systems do differently, simulated by tests/fault.c where that is
# possible; and the build, which needs no more than make and a C compiler.
load helper

# copy FOLDER: the sources, as they are, without what was built.
copy() {
	mkdir -p "$1"
	(cd "$ROOT" && cp -R Makefile LICENSE ./*.c ./*.h base cli net relay man "$1")
	find "$1" -name '*.o' -exec rm {} +
}

# build FOLDER [MAKE]: as a user does, whatever made the tests, but in a hurry. It
# is a sockcat that takes Linux for macOS where poll(2) differs.
build() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES \
		"${2:-make}" -C "$1" CFLAGS=-O0 CPPFLAGS=-DSIMULATE_MACOS "${@:3}"
}

setup_file() {
	[ -n "${SANITIZED-}" ] || {
		copy "$BATS_FILE_TMPDIR/macos"
		build "$BATS_FILE_TMPDIR/macos" make -j4
	} >/dev/null
}

# with FAULT COMMAND...: run it on top of the library, which simulates that.
with() {
	local fault=$1

	shift
	FAULT=$fault LD_PRELOAD=$FAULT_LIBRARY timeout 60 "$@"
}

# serve FAULT ARGUMENT...: start a listener; sets PORT, or PORT is the path, and
# PID. Descriptor 8 reads what it reports, and it writes to the file out.
serve() {
	local line

	mkfifo report
	with "$1" "$SOCKCAT" -v -l "${@:2}" >out 2>report </dev/null 3>&- &
	PID=$!
	STARTED+=("$PID")
	exec 8<report
	IFS= read -r -t 30 line <&8
	PORT=${line##* }
}

# ask TEXT ARGUMENT...: send it, and wait for the other side's end.
ask() {
	timeout 30 "$SOCKCAT" "${@:2}" <<<"$1"
}

need_ipv6() {
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
}

@test "a client whose address the system does not give is served" {
	require_fault_library
	serve accept:unnamed:1 127.0.0.1 0
	ask word 127.0.0.1 "$PORT"
	wait "$PID"
	[ "$(<out)" = word ]
	IFS= read -r -t 30 line <&8
	[ "$line" = "sockcat: client 0.0.0.0:0 connected" ]
}

@test "a client whose address the system does not give is not an allowed one" {
	require_fault_library
	serve accept:unnamed:1 -a 127.0.0.1 127.0.0.1 0
	run ask nobody 127.0.0.1 "$PORT"
	ask word 127.0.0.1 "$PORT"
	wait "$PID"
	[ "$(<out)" = word ]
	IFS= read -r -t 30 line <&8
	[[ $line = "sockcat: client 0.0.0.0:0 rejected"* ]]
}

@test "a Unix client whose address the system does not give is served" {
	require_fault_library
	serve accept:unnamed:1 -U path
	ask word -U path
	wait "$PID"
	[ "$(<out)" = word ]
	IFS= read -r -t 30 line <&8
	[[ $line == "sockcat: client unix:1 connected"* ]]
}

# The reader of out leaves when the client has sent a word; then nothing more
# is sent, and nothing is lost.
reader_leaves() {
	mkfifo out feed
	exec 7<>feed
	timeout 30 head -n 1 out >heard 3>&- 7>&- &
	STARTED+=("$!")
	serve "$@" 127.0.0.1 0
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <feed 3>&- 7>&- &
	STARTED+=("$!")
	echo word >&7
	local status=0
	wait "$PID" || status=$?
	[ "$status" -eq 0 ]
	[ "$(<heard)" = word ]
}

@test "a reader that leaves is noticed where poll needs events" {
	require_fault_library
	SOCKCAT=$BATS_FILE_TMPDIR/macos/sockcat
	reader_leaves poll:unwatched:0 -k
}

@test "without -k, a reader that leaves is noticed where poll needs events" {
	require_fault_library
	SOCKCAT=$BATS_FILE_TMPDIR/macos/sockcat
	reader_leaves poll:unwatched:0
}

@test "POLLNVAL on a device is not taken for a reader that has left" {
	require_fault_library
	SOCKCAT=$BATS_FILE_TMPDIR/macos/sockcat
	mkfifo feed
	exec 7<>feed
	ln -s /dev/null out
	serve poll:unwatched:0 -w 3 127.0.0.1 0
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <feed 3>&- 7>&- &
	STARTED+=("$!")
	wait "$PID"
}

@test "a half-close of what the peer has reset fails and does not matter" {
	require_fault_library
	serve poll:nothing:0 127.0.0.1 0
	with shutdown:ENOTCONN:1 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	wait "$PID"
	[ "$(<out)" = word ]
}

@test "options that the system cannot set and nobody asked for do not matter" {
	local n

	require_fault_library
	need_ipv6
	# such as TCP_NODELAY and IPV6_V6ONLY; then TCP_NODELAY of the client
	for n in {1..6}; do
		rm -f report
		serve "setsockopt:EINVAL:$n" -R ::1 0
		ask word ::1 "$PORT"
		wait "$PID"
		[ "$(<out)" = word ]
	done
}

@test "EPROTOTYPE, macOS's reset, is reported as ECONNRESET" {
	require_fault_library
	serve poll:nothing:0 127.0.0.1 0
	run -1 with send:EPROTOTYPE:1 "$SOCKCAT" 127.0.0.1 "$PORT" <<<word
	[[ $output = *"$PORT: Connection reset by peer; 5 bytes read but not sent" ]]
}

# O_NONBLOCK and O_CLOEXEC of the client's socket of process $1.
flags_of_client() {
	local fd flags

	for fd in /proc/"$1"/fd/*; do
		[[ $(readlink "$fd") != socket:* ]] ||
			flags=$(sed -n 's/^flags:[[:space:]]*0*//p' \
				"/proc/$1/fdinfo/${fd##*/}")
	done
	[ $((0$flags & 04000)) -ne 0 ] && [ $((0$flags & 02000000)) -ne 0 ]
}

@test "an accepted socket does not wait and is closed on exec" {
	[ -r "/proc/$$/fdinfo/0" ] || skip "no /proc/PID/fdinfo"
	[ "$(uname -m)" = x86_64 ] || skip "flags have other numbers"
	[ -z "$SANITIZED" ] || skip "$SANITIZED has descriptors of its own"
	mkfifo feed report
	exec 7<>feed
	"$SOCKCAT" -v -l 127.0.0.1 0 >out 2>report </dev/null 3>&- 7>&- &
	PID=$!
	STARTED+=("$PID")
	exec 8<report
	IFS= read -r -t 30 line <&8
	timeout 30 "$SOCKCAT" 127.0.0.1 "${line##* }" <feed 3>&- 7>&- &
	STARTED+=("$!")
	IFS= read -r -t 30 line <&8
	[[ $line = *connected ]]
	flags_of_client "$PID"
}

@test "a listener whose full backlog refuses is not taken for a stale socket" {
	require_fault_library
	serve poll:nothing:0 -k -U path
	run -1 with connect:full:0 "$SOCKCAT" -U path </dev/null
	[[ $output = *": Connection refused" ]]
	run -1 with connect:full:0 "$SOCKCAT" -l -U path </dev/null
	[[ $output = *": Address already in use ("*")" ]]
	ask word -U path
	kill "$PID"
}

need_plain() {
	[ -z "$SANITIZED${POSIX_ONLY-}" ] || skip "once is enough"
}

@test "a build is reproducible: another folder, and BSD make, give the same program" {
	local make=make

	need_plain
	! command -v bmake || make=bmake
	copy "$WORK/another/and longer"
	build "$WORK/another/and longer" "$make" -j4
	cmp "$BATS_FILE_TMPDIR/macos/sockcat" "another/and longer/sockcat"
}

@test "BSD make installs and uninstalls" {
	local built=$BATS_FILE_TMPDIR/macos

	need_plain
	require_commands bmake
	build "$built" bmake DESTDIR="$WORK/stage" PREFIX=/usr install
	"$WORK/stage/usr/bin/sockcat" -V
	cmp stage/usr/share/man/man1/sockcat.1 "$ROOT/man/sockcat.1"
	build "$built" bmake DESTDIR="$WORK/stage" PREFIX=/usr uninstall
	[ -z "$(find stage -type f)" ]
}

# flags_reach MAKE: the user's flags are in the commands that use them.
flags_reach() {
	copy "$WORK/$1"
	build "$WORK/$1" "$1" -n CFLAGS=-DC CPPFLAGS=-DCPP LDFLAGS=-Lld \
		LDLIBS=-llib >commands
	grep -- '-DCPP.* -DC .*-o sockcat.o' commands
	grep -- '-DC .*-Lld .*-o sockcat .* -llib$' commands
}

@test "the user's CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS are used" {
	need_plain
	flags_reach make
	command -v bmake >/dev/null || return 0
	flags_reach bmake
}

@test "one SPDX identifier is in LICENSE and README each, and none elsewhere" {
	cd "$ROOT" || return
	[ "$(grep -c SPDX LICENSE)" -eq 1 ]
	[ "$(grep -c SPDX README.md)" -eq 1 ]
	run -1 grep -l SPDX ./*.c ./*.h base/* cli/* net/* relay/*
}
