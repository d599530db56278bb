# Watching the data: the hex dump of -o, the meter and summary of -S, SIGUSR1.
load helper

SUMMARY='^sockcat: sent [0-9]+ bytes?, received [0-9]+ bytes? in [0-9]+\.[0-9]{3} s \([0-9]+\.[0-9] [KM]?i?B/s\)(; .*)?$'

# dumped FILE DIRECTION [LABEL]: rebuild a stream from the dump. Prints its
# bytes in hexadecimal, a line each. Fails if an offset or the text is wrong.
dumped() {
	LC_ALL=C awk -v direction="$2" -v label="${3-}" '
	BEGIN {
		for (i = 0; i < 256; i++)
			text[sprintf("%02x", i)] = i < 32 || i > 126 ? "." : sprintf("%c", i)
	}
	function fail(reason) {
		print reason ": " $0
		status = 1
		exit
	}
	$1 == direction && (label == "" || $3 == label) {
		if ($2 !~ /^[0-9]+\.[0-9][0-9][0-9][0-9][0-9][0-9]$/ || $2 < time)
			fail("wrong time")
		time = $2
		offset = label == "" ? 3 : 4
		if ($offset != sprintf("%08x", n))
			fail("wrong offset")
		end = index($0, "  |")
		line = substr($0, 1, end - 1)
		sub(/ +$/, "", line)
		count = split(line, word, / +/)
		shown = ""
		for (i = offset + 1; i <= count; i++) {
			print word[i]
			shown = shown text[word[i]]
			n++
		}
		if (count - offset > 16 || substr($0, end) != "  |" shown "|")
			fail("wrong text")
	}
	END { exit status }' "$1"
}

# hex FILE: print the bytes of the file in the same form.
hex() {
	od -An -v -tx1 "$1" | tr -s ' ' '\n' | sed '/^$/d'
}

# is_dumped FILE DIRECTION [LABEL] <BYTES: true if the dump has these bytes.
is_dumped() {
	cat >bytes
	hex bytes >want
	dumped "$@" >got
	cmp want got
}

# run_sockcat ARGUMENT...: run it with a time limit.
run_sockcat() {
	timeout 30 "$SOCKCAT" "$@"
}

# has_summary FILE: true if the last line of the file is a summary.
has_summary() {
	tail -n 1 "$1" | grep -qE "$SUMMARY"
}

@test "-o: both streams can be rebuilt from the dump" {
	random_bytes 300K >sent
	random_bytes 200K >answer
	peer_listen send_file answer read_all
	run_sockcat -o dump 127.0.0.1 "$PORT" <sent >out
	wait_peer
	cmp sent received
	cmp answer out
	is_dumped dump '>' <sent
	is_dumped dump '<' <answer
	run ! grep -v '^[<>] ' dump
}

@test "-o: a line has direction, time, offset, bytes and text" {
	peer_listen read_all
	run_sockcat -o dump 127.0.0.1 "$PORT" <<<'Hello'
	[[ $(<dump) =~ ^'> 0.'[0-9]{6}' 00000000  48 65 6c 6c 6f 0a  |Hello.|'$ ]]
}

@test "-o: time counts from the start, in seconds with six digits" {
	local first last

	start_keep_open -o dump
	peer_connect send a sleep 1200 send b
	wait_until file_is out ab
	wait_until grep -q '|b|' dump
	read -r _ first _ < <(grep '|a|' dump)
	read -r _ last _ < <(grep '|b|' dump)
	awk "BEGIN { exit !($last - $first > 1.1) }"
	[[ $last =~ ^[0-9]+\.[0-9]{6}$ ]]
}

@test "-o replaces what its file had" {
	seq 1000 >dump
	peer_listen read_all
	run_sockcat -o dump 127.0.0.1 "$PORT" <<<'Hello'
	[ "$(wc -l <dump)" -eq 1 ]
}

@test "-o: with a client that reads slowly, the dump has what was sent" {
	random_bytes 500k >sent
	peer_listen small_buffer read_all
	run_sockcat -O 4k -o dump 127.0.0.1 "$PORT" <sent
	wait_peer
	cmp sent received
	is_dumped dump '>' <sent
}

@test "-o: with -k each client has its label and its own offsets" {
	start_keep_open -o dump
	peer_start a send 'from client a, a long line' read 3
	wait_until grep -q 'from client a' out
	peer_start b send 'from client b' wait
	wait_until grep -q 'from client b' out
	send_stdin all
	wait_peer a
	wait_until match_count_is dump '^>' 2
	mapfile -t labels < <(awk '{ print $3 }' dump | sort -u)
	[ "${#labels[@]}" -eq 2 ]
	[[ ${labels[0]} = 127.0.0.1:* ]]
	for label in "${labels[@]}"; do
		is_dumped dump '>' "$label" < <(printf all)
	done
	a=$(awk '/from client a/ { print $3 }' dump)
	is_dumped dump '<' "$a" < <(printf 'from client a, a long line')
	terminate
}

@test "-o: a reader that pauses does not make a -k client idle or stalled" {
	head -c 8M /dev/zero >file
	hold_fifo dump
	start_listener -k -w 1 -O 64k -o dump <file
	background sh -c 'sleep 1.5; exec cat dump' >/dev/null
	peer_connect read 8388608
	terminate
	run -1 grep "not sent" <(read_log)
}

@test "-o: if poll fails on a pipe, that is reported, and sockcat ends" {
	require_commands strace
	hold_fifo dump
	# two polls are for lines of -v, one for the client, one for its data
	start timeout 20 strace -o calls \
		-e 'inject=/^p?poll$:error=EINVAL:when=5+' \
		"$SOCKCAT" -v -l -d -o dump 127.0.0.1 0
	read_port
	peer_start a send word wait
	assert_exit 3 "$PID"
	wait_log "write dump: "
}

@test "-o: datagrams are a line each, also empty ones" {
	peer_listen_udp read 5 send one send_empty 1 send three
	run_sockcat -u -W 3 -o dump 127.0.0.1 "$PORT" <<<'query' >out
	[ "$(grep -c '^<' dump)" -eq 3 ]
	grep -qE '^< [0-9.]+ 00000003   \|\|$' dump
	is_dumped dump '<' < <(printf onethree)
}

@test "-o: senders of datagrams to a -k listener are shown" {
	start_keep_open -u -o dump
	peer_connect_udp send question
	wait_until grep -qE '^< [0-9.]+ 127.0.0.1:[0-9]+ 00000000 .*\|question\|$' dump
	send_stdin reply
	wait_until grep -q '^> .*|reply|$' dump
	terminate
}

@test "-o: with -m the dump shows the bytes on the wire" {
	peer_listen send '3\.14.' read_all
	run_sockcat -m -o dump 127.0.0.1 "$PORT" < <(printf '  a\n b. ^') >out
	is_dumped dump '>' < <(printf 'a\n b.\n^')
	[[ $(grep -c '^<' dump) -le 1 ]]
}

@test "-o: Unix-domain sockets are dumped too" {
	start "$SOCKCAT" -v -o dump -lkU "$WORK/sock"
	read_log_line
	run_sockcat -U "$WORK/sock" <<<'hello'
	wait_until grep -qE '^< [0-9.]+ unix:1 00000000  68 .*\|hello\.\|$' dump
	terminate
}

@test "-o -: the dump goes to standard error" {
	peer_listen read_all
	run_sockcat -o - 127.0.0.1 "$PORT" <<<'hello' 2>err
	grep -q '^> .*|hello\.|$' err
}

@test "-o: lines are written before sockcat waits" {
	peer_listen send early wait
	open_stdin
	start "$SOCKCAT" -o dump 127.0.0.1 "$PORT" <stdin
	wait_until grep -qs '|early|' dump
	terminate
	is_dumped dump '<' < <(printf early)
}

@test "-o: a file that cannot be opened is an error before anything else" {
	PORT=$(free_port)
	run -3 run_sockcat -o none/dump 127.0.0.1 "$PORT" </dev/null
	[[ $output = "sockcat: open none/dump: "* ]]
	run -3 run_sockcat -o none/dump -l 127.0.0.1 "$PORT" </dev/null
	[[ $output = "sockcat: open none/dump: "* ]]
}

@test "-o: a usage error leaves the file as it was" {
	echo old >dump
	run -2 run_sockcat -o dump -a 1/x -l 0 </dev/null
	run -2 run_sockcat -o dump 127.0.0.1 70000 </dev/null
	[ "$(<dump)" = old ]
}

@test "-o: a file that cannot be written ends sockcat with exit status 3" {
	[ -w /dev/full ] || skip "no /dev/full"
	peer_listen send data wait
	open_stdin
	run -3 --separate-stderr run_sockcat -o /dev/full 127.0.0.1 "$PORT" <stdin
	[[ $stderr = "sockcat: write /dev/full: "* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "-o: a slow reader of a pipe gets all lines" {
	random_bytes 500K >sent
	hold_fifo pipe
	peer_listen read_all
	start "$SOCKCAT" -o pipe 127.0.0.1 "$PORT" <sent
	wait_until has_blocked
	background cat <pipe >dump
	assert_exit 0 "$PID"
	release_fifo pipe
	wait_peer
	is_dumped dump '>' <sent
}

# has_blocked: true if the pipe is full, as far as that can be seen.
has_blocked() {
	[ ! -r "/proc/$PID/io" ] || awk '/^wchar/ && $2 >= 60000 { found = 1 }
		END { exit !found }' "/proc/$PID/io"
}

@test "-o: SIGTERM ends sockcat while nobody reads the pipe of the dump" {
	random_bytes 500K >sent
	hold_fifo pipe
	peer_listen read_all
	start "$SOCKCAT" -o pipe 127.0.0.1 "$PORT" <sent
	wait_until has_blocked
	kill -USR1 "$PID"
	terminate
	run ! grep "write pipe" <(read_log)
}

@test "-S: the summary has the bytes in both directions" {
	peer_listen send answer read_all
	random_bytes 100K >sent
	run_sockcat -S 127.0.0.1 "$PORT" <sent >out 2>err
	[[ $(<err) =~ $SUMMARY ]]
	[[ $(<err) = "sockcat: sent 102400 bytes, received 6 bytes in "* ]]
}

@test "the time for which sockcat was stopped is no time of a transfer" {
	peer_listen read_all
	hold_fifo stdin
	start "$SOCKCAT" -v -S 127.0.0.1 "$PORT" <stdin
	wait_log connected
	stop_process "$PID"
	pause 2
	echo x >stdin
	continue_process "$PID"
	release_fifo stdin
	wait_log sent
	assert_exit 0 "$PID"
	[[ $LINE =~ "sent 2 bytes, received 0 bytes in "[01]\. ]]
}

@test "-S: the summary comes last, also after a failure or a signal" {
	peer_listen read 1 reset
	open_stdin
	start "$SOCKCAT" -S 127.0.0.1 "$PORT" <stdin
	send_stdin x
	assert_exit 1 "$PID"
	read_log >err
	has_summary err
	start_keep_open -S
	terminate
	read_log >err
	has_summary err
	[[ $(<err) = *"sent 0 bytes, received 0 bytes"* ]]
}

@test "-S: the summary also comes after the error if the connection failed" {
	PORT=$(free_port)
	run -1 --separate-stderr run_sockcat -S 127.0.0.1 "$PORT" </dev/null
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ ${stderr_lines[0]} = *": Connection refused" ]]
	[[ ${stderr_lines[1]} =~ $SUMMARY ]]
	[[ ${stderr_lines[1]} = *"sent 0 bytes, received 0 bytes"* ]]
}

@test "SIGUSR1 is ignored while -c tries to connect" {
	PORT=$(free_port)
	start "$SOCKCAT" -vv -S -c 600 127.0.0.1 "$PORT" </dev/null
	wait_log trying
	kill -USR1 "$PID"
	wait_log trying
	terminate
	read_log >err
	has_summary err
}

@test "-S: with -k all clients are counted, gone or not" {
	start_keep_open -S
	peer_start a send $'one\n'
	wait_peer a
	wait_log closed
	peer_start b send $'three\n' wait
	wait_until line_count_is out 2
	terminate
	read_log >err
	grep -q 'sent 0 bytes, received 10 bytes' err
}

@test "-S: datagrams and messages are counted as they are on the wire" {
	peer_listen_udp read 6
	run_sockcat -u -q 0 -S 127.0.0.1 "$PORT" <<<'query' 2>err
	grep -q 'sent 6 bytes, received 0 bytes' err
	peer_listen read_all
	run_sockcat -m -S 127.0.0.1 "$PORT" < <(printf '  a. ^') 2>err
	grep -q 'sent 4 bytes, received 0 bytes' err
}

# report_after COMMAND...: start a sockcat with a connection that is idle, and
# send SIGUSR1.
report_after() {
	start "$@"
	wait_until file_is out answer
	kill -USR1 "$PID"
	read_log_line
	[[ $LINE =~ $SUMMARY ]]
	[[ $LINE = *"sent 1 byte, received 6 bytes"* ]]
	kill -USR1 "$PID"
	read_log_line
	[[ $LINE =~ $SUMMARY ]]
}

@test "SIGUSR1 reports the totals at any time, with and without -S" {
	for option in -n -S; do
		peer_listen read 1 send answer wait
		open_stdin
		send_stdin x
		report_after "$SOCKCAT" $option 127.0.0.1 "$PORT" <stdin
		terminate
	done
}

@test "SIGUSR1 reports the totals of a listener that waits" {
	start_listener </dev/null
	kill -USR1 "$PID"
	read_log_line
	[[ $LINE =~ $SUMMARY ]]
	terminate
}

@test "SIGUSR1 reports the totals during a transfer, and disturbs nothing" {
	random_bytes 4M >sent
	peer_listen small_buffer read 100000 wait read_all
	start "$SOCKCAT" 127.0.0.1 "$PORT" <sent
	wait_until size_at_least received 100000
	kill -USR1 "$PID"
	read_log_line
	[[ $LINE =~ $SUMMARY ]]
	peer_continue
	assert_exit 0 "$PID"
	wait_peer
	cmp sent received
}

# on_terminal COMMAND: run a shell command on a terminal of 60 columns. What it
# writes there goes to the file "typescript".
on_terminal() {
	require_commands script stty
	background timeout 30 script -qfec "stty cols 60; $1" typescript \
		>/dev/null </dev/null
	PID=$!
}

# screen: print the lines that a terminal shows at last, when it has got
# "typescript".
screen() {
	LC_ALL=C awk '
	/^Script (started|done)/ { next }
	{
		n = split($0, part, "\r")
		line = ""
		for (i = 1; i <= n; i++)
			if (sub(/\033\[J/, "", part[i]))
				line = part[i]
			else
				line = part[i] substr(line, length(part[i]) + 1)
		sub(/ +$/, "", line)
		print line
	}' typescript
}

# drawn: print each meter in "typescript" on a line of its own.
drawn() {
	tr '\r' '\n' <typescript | sed 's/\x1b\[J//' | grep -a '^sent .* received '
}

# has_drawn N: true if the meter was drawn this often.
has_drawn() {
	[ -e typescript ] && [ "$(drawn | wc -l)" -ge "$1" ]
}

@test "-S: on a terminal the meter is redrawn in place and then erased" {
	peer_listen wait read_all
	random_bytes 8M >sent
	on_terminal "'$SOCKCAT' -v -S 127.0.0.1 $PORT <sent"
	wait_until has_drawn 3
	drawn | grep -qaE ' [0-9]+% '
	peer_continue
	assert_exit 0 "$PID"
	# POSIX does not tell the width of a terminal
	[ -n "${POSIX_ONLY-}" ] || [ "$(drawn | awk 'length > 59' | wc -l)" -eq 0 ]
	screen >lines
	[[ $(sed '/^$/d' lines | head -n 1) = "sockcat: connected to 127.0.0.1 port $PORT" ]]
	[ "$(sed '/^$/d' lines | wc -l)" -eq 2 ]
	grep -qE "$SUMMARY" lines
}

# tmux_here ARGUMENT...: run tmux with a server of this test.
tmux_here() {
	tmux -S "$WORK/tmux" -f /dev/null "$@" 3>&-
}

# window_shows PATTERN: true if the window shows these lines, joined by spaces,
# below those that were there before.
window_shows() {
	tmux_here capture-pane -p -S - -t 0 >window
	[[ $(sed '/^$/d; /^before/d' window | tr '\n' ' ') =~ $1 ]]
}

@test "-S: after the terminal was resized, nothing of the old meter is left" {
	local meter='sent [^ ]* received 0B [0-9:]* [^ ]*/s'

	[ -z "${POSIX_ONLY-}" ] || skip "POSIX does not tell a terminal's width"
	require_commands tmux
	peer_listen wait
	random_bytes 8M >sent
	tmux_here new-session -d -x 100 -y 20 "seq -f before%g 5
		exec '$SOCKCAT' -S 127.0.0.1 $PORT <sent" || skip "no tmux server"
	STARTED+=("$(tmux_here display-message -p '#{pid}')")
	tmux_here set-option -g window-size manual
	tmux_here set-option -g remain-on-exit on
	wait_until window_shows "^$meter avg .* left [0-9:]* \$"
	tmux_here resize-window -t 0 -x 40
	wait_until window_shows '^sent .{10,34} $'
	tmux_here resize-window -t 0 -x 100
	wait_until window_shows "^$meter avg .* left [0-9:]* \$"
	tmux_here send-keys -t 0 C-c
	wait_until window_shows '^(\^C)?sockcat: sent [0-9]'
}

@test "-S: lines on standard error and standard output stay whole" {
	hold_fifo talk
	on_terminal "'$SOCKCAT' -vS -lk 127.0.0.1 0 <talk"
	wait_until has_drawn 1
	PORT=$(screen | sed -n 's/.* port //p' | head -n 1)
	peer_start a send $'first line\nand the begin' wait send $'ning of another\n' wait
	wait_until grep -qa begin typescript
	drawn_before=$(drawn | wc -l)
	wait_for_redraws
	peer_continue a
	wait_until grep -qa another typescript
	wait_until has_drawn $((drawn_before + 2))
	screen >lines
	grep -q '^first line$' lines
	grep -q '^and the beginning of another$' lines
	grep -qE '^sockcat: client 127.0.0.1:[0-9]+ connected$' lines
	drawn | grep -qa '1 client'
	peer_continue a
}

@test "-S: while a pager uses the terminal, no meter is drawn" {
	require_commands script stty
	peer_listen send $'data\n' wait
	on_terminal "stty -icanon; '$SOCKCAT' -S 127.0.0.1 $PORT </dev/null"
	wait_until grep -qsa data typescript
	wait_for_redraws
	run ! has_drawn 1
	peer_continue
	assert_exit 0 "$PID"
	grep -qaE 'sockcat: sent 0 bytes, received 5 bytes' typescript
}

# wait_for_redraws: wait as long as another sockcat takes for two
# redraws.
wait_for_redraws() {
	peer_listen_second
	background timeout 30 script -qfec "'$SOCKCAT' -S 127.0.0.1 $SECOND </dev/null" \
		second >/dev/null </dev/null
	wait_until second_has_drawn
}

peer_listen_second() {
	local port=$PORT

	start_listening_actor second second.received -l wait
	SECOND=$PORT
	PORT=$port
}

second_has_drawn() {
	[ "$(tr '\r' '\n' <second | grep -ac '^sent ')" -ge 2 ]
}

@test "-S and -o cannot be combined with -z" {
	for option in -S '-o dump'; do
		# shellcheck disable=SC2086 # option and argument
		run -2 run_sockcat $option -z 127.0.0.1 1 </dev/null
		[[ $output = *"cannot be combined"* ]]
	done
	[ ! -e dump ]
}

# Who is slow.

# share WHAT: the percentage in the summary of the file err that is for this.
share() {
	sed -n "s/.* \([0-9]*\)% for $1.*/\1/p" err
}

# mostly WHAT [PERCENT]: more than 80% of the time was waited for this, or more
# than this part.
mostly() {
	[ "$(share "$1")" -gt "${2-80}" ] || {
		cat err
		return 1
	}
}

# paced N: write N bytes ten times, a tenth of a second apart.
paced() {
	local i

	for ((i = 0; i < 13; i++)); do
		head -c "$1" /dev/zero
		pause 0.1
	done
}

@test "-S: a slow source is told" {
	start_listener </dev/null
	paced 1000 | timeout 30 "$SOCKCAT" -S 127.0.0.1 "$PORT" 2>err
	mostly "standard input"
}

@test "-S: a slow receiver is told, by the sender and by itself" {
	[ "$(uname)" = Linux ] || skip "the system does not tell"
	head -c 40M /dev/zero >file
	hold_fifo full
	background bash -c 'while head -c 1000000 && [ -e file ]; do sleep 0.04
		done' <full >/dev/null
	start bash -c 'exec "$@" >full' - "$SOCKCAT" -v -S -l 127.0.0.1 0 \
		</dev/null
	read_port
	timeout 60 "$SOCKCAT" -S 127.0.0.1 "$PORT" <file 2>err
	mostly "the receiver" 60 # a busy machine is a slow network, too
	grep -qE '; rtt [0-9]+\.[0-9] ms, [0-9]+ retransmissions?$' err
	assert_exit 0 "$PID"
	read_log | grep sent >err
	mostly "standard output"
}

# over_slow_link COMMAND: run a shell command in a network namespace whose link
# to 192.0.2.2 is slow, and loses packets; there a sockcat reads from port 8080.
over_slow_link() {
	require_commands unshare nsenter ip tc
	unshare -rn sh -c 'ip link add near type veth peer name far &&
		tc qdisc add dev near root tbf rate 8mbit burst 16k latency 50ms' \
		2>/dev/null || skip "no slow links"
	timeout 60 unshare -rn bash -c '
		ip link add near type veth peer name far
		unshare -n sh -c "echo \$\$ >other; exec sleep 60" &
		trap "kill $!" EXIT
		until [ -s other ]; do sleep 0.02; done
		there() { nsenter -t "$(<other)" -n "$@"; }
		ip link set far netns "$(<other)"
		there ip addr add 192.0.2.2/24 dev far
		there ip link set far up
		ip addr add 192.0.2.1/24 dev near
		ip link set near up
		tc qdisc add dev near root netem delay 20ms loss 1% rate 8mbit \
			2>/dev/null || tc qdisc add dev near root tbf \
			rate 8mbit burst 16k latency 50ms
		there "$0" -ld 192.0.2.2 8080 >/dev/null &
		'"$1" "$SOCKCAT" 3>&-
}

@test "-S: a slow network is told" {
	over_slow_link 'head -c 1500k /dev/zero |
		"$0" -S -c 20 192.0.2.2 8080 2>err'
	mostly "the network[,;]"
	grep -q ', [1-9][0-9]* retransmissions' err
}

@test "-S: the limit of -y is told" {
	start_listener </dev/null
	head -c 150k /dev/zero |
		timeout 30 "$SOCKCAT" -S -y 100k 127.0.0.1 "$PORT" 2>err
	mostly "-y"
}

@test "-vv tells who was slow, but not after a conversation, nor at -vvv" {
	local v

	start_listener </dev/null
	paced 10000 | timeout 30 "$SOCKCAT" -vv 127.0.0.1 "$PORT" 2>err
	grep -q '^sockcat: waited [0-9]*% for standard input' err
	for v in "-vv 1000" "-vvv 10000"; do
		start_listener </dev/null
		paced "${v#* }" | timeout 30 "$SOCKCAT" "${v% *}" 127.0.0.1 \
			"$PORT" 2>err
		run ! grep -q waited err
	done
}

@test "-S: a transfer of less than a second explains nothing" {
	start_listener </dev/null
	timeout 30 "$SOCKCAT" -S 127.0.0.1 "$PORT" <<<word 2>err
	run ! grep -q waited err
}
