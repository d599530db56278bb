# The message protocol, -m.
load helper

# check_printed TEXT WANT: sockcat sends the text to sockcat -m, which must
# print WANT. Both arguments are as for printf's %b.
check_printed() {
	start_listener -m </dev/null
	printf '%b' "$1" | timeout 30 "$SOCKCAT" -m 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	printf '%b' "$2" | cmp - out
}

# check_sent TEXT WANT: with the text on stdin, sockcat -m must send WANT.
check_sent() {
	start_listener </dev/null
	printf '%b' "$1" | timeout 30 "$SOCKCAT" -m 127.0.0.1 "$PORT"
	assert_exit 0 "$PID"
	printf '%b' "$2" | cmp - out
}

# check_received BYTES WANT: when a peer sends the bytes, sockcat -m must print
# WANT.
check_received() {
	start_listener -m </dev/null
	printf '%b' "$1" >bytes
	peer_connect send_file bytes
	assert_exit 0 "$PID"
	printf '%b' "$2" | cmp - out
}

@test "a conversation, until a caret ends it on both sides" {
	open_stdin
	start_listener -m <stdin
	hold_fifo peer.stdin
	background "$SOCKCAT" -m 127.0.0.1 "$PORT" <peer.stdin >received
	CLIENT=$!
	printf 'Hello from client.\n' >peer.stdin
	wait_until file_is out "Hello from client."
	send_stdin $'Hello from server.\n'
	wait_until file_is received "Hello from server."
	printf '^\n' >peer.stdin
	assert_exit 0 "$CLIENT"
	assert_exit 0 "$PID"
	[ "$(<out)" = "Hello from client." ]
	[ "$(<received)" = "Hello from server." ]
}

@test "a plain netcat as client can exchange messages with sockcat" {
	require_commands nc.openbsd
	open_stdin
	start_listener -m <stdin
	hold_fifo peer.stdin
	background nc.openbsd 127.0.0.1 "$PORT" <peer.stdin >received
	printf 'Hello from nc.\n' >peer.stdin
	wait_until file_is out "Hello from nc."
	send_stdin 'Hello from server. '
	wait_until file_is received "Hello from server."
	printf 'Good\nbye^' >peer.stdin
	assert_exit 0 "$PID"
	[ "$(<out)" = $'Hello from nc.\nGood bye' ]
}

@test "a plain netcat as server can exchange messages with sockcat" {
	require_commands nc.openbsd
	PORT=$(free_port)
	hold_fifo peer.stdin
	background nc.openbsd -l 127.0.0.1 "$PORT" <peer.stdin >received
	wait_until grep -qi ":$(printf %04X "$PORT") 0*:0000 0A" /proc/net/tcp
	printf 'Hello from nc. ' >peer.stdin
	open_stdin
	background "$SOCKCAT" -m 127.0.0.1 "$PORT" <stdin >out
	PID=$!
	wait_until file_is out "Hello from nc."
	send_stdin 'Hello from us.'
	wait_until file_is received "Hello from us."
	printf 'Bye^' >peer.stdin
	assert_exit 0 "$PID"
	[ "$(<out)" = $'Hello from nc.\nBye' ]
}

@test "a message is sent with its dot, followed by a line feed" {
	check_sent 'One. Two.' 'One.\nTwo.\n'
}

@test "leading white space is skipped, and is no message by itself" {
	check_sent ' \n\t One.\r\n \v\fTwo. \n ' 'One.\nTwo.\n'
	check_received '\n\nOne.\n\n\n  Two.\n\n' 'One.\nTwo.\n'
}

@test "dots alone are messages" {
	check_printed '... .' '.\n.\n.\n.\n'
}

@test "a caret ends the conversation; what follows is ignored" {
	check_sent 'One. Two ^Three.' 'One.\nTwo ^'
	check_received 'One.\nTwo ^Three.' 'One.\nTwo\n'
}

@test "a caret as the first byte ends the conversation without a message" {
	check_sent '^One.' '^'
	check_received '^' ''
	check_printed '  ^' ''
}

@test "a backslash makes the next byte literal, and is sent too" {
	check_sent '3\\.14 \\^ \\\\.' '3\\.14 \\^ \\\\.\n'
	check_received '3\\.14 \\^ \\\\.' '3.14 ^ \\.\n'
	check_printed 'a\\b\\\\.\\..' 'ab\\.\n..\n'
}

@test "a backslash as the last byte stands for itself" {
	check_sent 'One\\' 'One\\'
	check_printed 'One\\' 'One\\\n'
}

@test "an escaped line feed is printed as a space" {
	check_printed 'One\\\ntwo.' 'One two.\n'
	check_printed 'One\\\n\\\ntwo.' 'One  two.\n'
}

@test "white space that contains a line feed becomes one space" {
	check_printed 'One\ntwo \n\t\n three  four\t.' 'One two three  four\t.\n'
}

@test "lines may end in CRLF" {
	check_printed 'One\r\ntwo.\r\nThree.\r\n' 'One two.\nThree.\n'
}

@test "unfinished text is sent unchanged, and printed as a line" {
	check_sent 'One. Two \n' 'One.\nTwo \n'
	check_printed 'One. Two \n' 'One.\nTwo\n'
	check_printed 'One \\ ' 'One  \n'
}

@test "NUL and bytes above 127 are not changed" {
	check_printed 'a\0000b \0303\0244 \0377.' 'a\0000b \0303\0244 \0377.\n'
}

@test "a message is printed as soon as its dot arrives" {
	peer_listen send 'One.' wait
	open_stdin
	start "$SOCKCAT" -m 127.0.0.1 "$PORT" <stdin
	wait_until file_is out "One."
}

@test "messages that arrive byte by byte are the same" {
	start_listener -m </dev/null
	peer_connect send_bytewise $'One.\nTw\\.o\n two.\nThree'
	assert_exit 0 "$PID"
	[ "$(<out)" = $'One.\nTw.o two.\nThree' ]
}

@test "a message of 1 MiB is printed as one line" {
	{ head -c 1048575 /dev/zero | tr '\0' x; printf .; } >message
	start_listener -m </dev/null
	timeout 30 "$SOCKCAT" -m 127.0.0.1 "$PORT" <message
	assert_exit 0 "$PID"
	echo | cat message - | cmp - out
}

@test "escapes and white space work across fragment boundaries" {
	local n

	for n in 65533 65534 65535 65536; do
		{ head -c "$n" /dev/zero | tr '\0' x; printf '\\. \n y.'; } >bytes
		{ head -c "$n" /dev/zero | tr '\0' x; printf '. y.\n'; } >want
		start_listener -m </dev/null
		timeout 30 "$SOCKCAT" -m 127.0.0.1 "$PORT" <bytes
		assert_exit 0 "$PID"
		cmp want out
	done
}

@test "a peer that never sends a dot does not use up memory" {
	local hwm

	start_listener -m </dev/null
	head -c 20M /dev/zero | tr '\0' x >bytes
	peer_start a send_file bytes wait
	wait_until size_at_least out 20900001
	hwm=$(awk '/VmHWM/ { print $2 }' "/proc/$PID/status" || echo 0)
	[ -n "$SANITIZED" ] || [ "$hwm" -lt 8192 ]
}

@test "a message is sent at once, with one write" {
	require_commands strace
	open_stdin
	peer_listen read 15 read_all
	background strace -o calls -e trace=network "$SOCKCAT" -m 127.0.0.1 \
		"$PORT" <stdin
	PID=$!
	send_stdin 'A whole message. '
	wait_until grep -q 'A whole message' calls
	send_stdin 'Half'
	send_stdin ' a message.'
	close_stdin
	assert_exit 0 "$PID"
	[ "$(grep -c '^send' calls)" -eq 2 ]
	grep -qF '"A whole message.\n"' calls
	grep -qF '"Half a message.\n"' calls
}

@test "on a terminal control bytes are escaped, and UTF-8 is not changed" {
	require_commands script
	peer_listen send $'a\tb\ec\x7f\xc3\xa4\\\n.^'
	timeout 30 script -qec "$SOCKCAT -m 127.0.0.1 $PORT" /dev/null \
		</dev/null >screen
	[ "$(tr -d '\r' <screen)" = $'a\tb\\x1bc\\x7f\xc3\xa4 .' ]
}

@test "on a terminal C1 control characters are escaped, alone and in UTF-8" {
	require_commands script
	peer_listen send $'a\x9bb\xc2\x85c\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\x80.^'
	timeout 30 script -qec "$SOCKCAT -m 127.0.0.1 $PORT" /dev/null \
		</dev/null >screen
	[ "$(tr -d '\r' <screen)" = $'a\\x9bb\\xc2\\x85c\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\\x80.' ]
}

@test "-W counts messages" {
	start_listener -m -W 2 </dev/null
	peer_connect send 'One. Two. Three.' read_all
	assert_exit 0 "$PID"
	[ "$(<out)" = $'One.\nTwo.' ]
}

@test "without -m, -W counts reads" {
	start_listener -W 2 </dev/null
	peer_start a send one wait send two wait send three read_all
	wait_until file_is out one
	peer_continue a
	assert_exit 0 "$PID"
	[ "$(<out)" = onetwo ]
}

@test "a caret from a client closes only that client" {
	start_listener -mk </dev/null
	peer_start a wait send 'From a.' read_all
	peer_connect send 'From b. Bye^' read_all
	wait_until file_is out $'From b.\nBye'
	peer_continue a
	wait_until file_is out $'From b.\nBye\nFrom a.'
	kill -0 "$PID"
}

@test "a caret on the listener's stdin ends all conversations" {
	start_keep_open -m
	peer_start a read_all
	peer_start b read_all
	wait_log connected
	wait_log connected
	send_stdin 'One. Two^'
	assert_exit 0 "$PID"
	wait_peer a
	wait_peer b
	[ "$(<a)" = $'One.\nTwo^' ]
	[ "$(<b)" = $'One.\nTwo^' ]
}

@test "with -k each fragment of a long message is printed as a line" {
	start_listener -mk </dev/null
	{ head -c 100000 /dev/zero | tr '\0' x; printf .; } >bytes
	peer_connect send_file bytes
	wait_until line_count_is out 2
	[ "$(awk '{ print length }' out)" = $'65536\n34465' ]
}

@test "-k, -j, -m and -L make a chat room" {
	start_listener -kjmL </dev/null
	for name in a b; do
		hold_fifo "$name.stdin"
		background "$SOCKCAT" -m 127.0.0.1 "$PORT" \
			<"$name.stdin" >"$name"
		name_peer "$name"
	done
	wait_log connected
	wait_log connected
	printf 'Hello,\n b. ' >a.stdin
	wait_until grep -q 'Hello, b\.$' b
	printf 'Hello, a. Unfin\\.ished\\' >b.stdin
	release_fifo b.stdin
	wait_until grep -qF 'Unfin.ished\.' a
	printf '^' >a.stdin
	wait_peer a
	wait_peer b
	[[ $(<b) =~ ^127\.0\.0\.1:[0-9]+" Hello, b."$ ]]
	run cat a
	[[ ${lines[0]} =~ ^127\.0\.0\.1:[0-9]+" Hello, a."$ ]]
	[[ ${lines[1]} = "${lines[0]%Hello*}Unfin.ished\\." ]]
	run cat out
	[ "${lines[0]}" = "$(<b)" ]
	[ "${lines[2]}" = "${lines[1]%Hello*}Unfin.ished\\" ]
}

# conversations SEED N: print N random conversations, each a line of
# hexadecimal bytes.
conversations() {
	awk -v seed="$1" -v n="$2" 'BEGIN {
		m = split("61 62 63 7a 20 20 0a 0d 09 2e 2e 5c 5c 00 ff c3", a)
		srand(seed)
		for (; n > 0; n--) {
			line = ""
			for (i = 1 + int(rand() * 60); i > 0; i--)
				line = line " " (rand() < 0.01 ? "5e" \
					: a[int(rand() * m) + 1])
			print line
		}
	}'
}

@test "500 random texts are printed as the model predicts" {
	local n=500

	[ -z "$SANITIZED" ] || n=100
	conversations 1 "$n" >texts
	start_listener -mk -B 7 </dev/null
	# In another shell, which is faster: bats traces each line of this one.
	# Wait for "closed": after a caret, a sockcat exits before its text is
	# read.
	bash -c 'RANDOM=1
		while IFS= read -r text; do
			printf "%b" "${text// /\\x}" |
				"$1" -m -B $((1 + RANDOM % 50)) 127.0.0.1 "$2"
			until [[ $line = *" closed: "* ]]; do
				IFS= read -r -t 30 -u "$3" line || exit
			done
			line=
		done <texts' - "$SOCKCAT" "$PORT" "${HELD_FD[log]}"
	awk -f "$ROOT/tests/text.awk" texts >want
	od -An -v -tx1 out | tr -s ' ' '\n' | sed '/^$/d' >got
	cmp want got
}

@test "a client that sends a caret and stops reading does not block the others" {
	start_keep_open -m -w 5 -O 4096
	peer_start stuck small_buffer wait send 'bye^' wait
	peer_start b read_all
	wait_log connected
	wait_log connected
	head -c 3M /dev/zero | tr '\0' x >input
	background cat input >stdin
	wait_until test -s b
	peer_continue stuck
	wait_log "bytes read but not sent"
	wait_until size_at_least b 3000001
	kill "$PID"
}

@test "a caret ends the listener even if a client does not read" {
	start_keep_open -m -w 3 -O 4096
	peer_start stuck small_buffer wait
	wait_log connected
	{
		head -c 60000 /dev/zero | tr '\0' x
		printf '^'
	} >stdin
	assert_exit 0 "$PID"
}

@test "after a caret, pending output still goes to a slow reader of stdout" {
	hold_fifo slow
	awk 'BEGIN { for (i = 0; i < 200000; i++) print "message " i "." }' >want
	open_stdin
	start bash -c 'exec "$@" >slow' - "$SOCKCAT" -vml 127.0.0.1 0 <stdin
	read_port
	{
		cat want
		printf '^'
	} >input
	background timeout 30 "$SOCKCAT" -m 127.0.0.1 "$PORT" <input >/dev/null
	wait_log connected
	send_stdin 'Interrupting.'
	background cat <slow >out
	reader=$!
	release_fifo slow
	assert_exit 0 "$PID"
	wait "$reader"
	cmp want out
}

@test "unfinished text is not printed once -W has ended the listener" {
	start_listener -mk -W 2 </dev/null
	peer_start a send 'Unfinished' wait
	wait_log connected
	peer_connect send 'One. Two. Three.' read_all
	assert_exit 0 "$PID"
	[ "$(<out)" = $'One.\nTwo.' ]
}

@test "when -w ends an idle conversation, unfinished text is sent" {
	open_stdin
	peer_listen read 5 read 4 wait
	send_stdin 'One. half'
	run -0 timeout 30 "$SOCKCAT" -m -w 1.5 127.0.0.1 "$PORT" <stdin
	wait_until file_is received $'One.\nhalf'
}
