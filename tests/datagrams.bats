# Datagrams: UDP, -u, and its many senders.
load helper

@test "an answer that comes late is printed, and silence is the end" {
	play -lu hear 6 nap 300 say $'answer\n'
	run -0 timeout 30 "$SOCKCAT" -u -q 5 127.0.0.1 "$PORT" <<<query
	[ "$output" = answer ]
	[ "$(<heard)" = query ]
}

@test "-q 0 sends and ends" {
	play -lu hear 6
	run -0 timeout 30 "$SOCKCAT" -u -q 0 127.0.0.1 "$PORT" <<<query
	exits 0 "$ACTOR_PID"
	[ "$(<heard)" = query ]
}

@test "nobody there is a refusal, exit status 1" {
	PORT=$("$ACTOR" -p)
	run -1 timeout 30 "$SOCKCAT" -4 -u 127.0.0.1 "$PORT" <<<query
	[[ $output = "sockcat: "*" 127.0.0.1 port $PORT: Connection refused"* ]]
	[ "${#lines[@]}" -eq 1 ]
}

@test "localhost reaches a server on either family, with all that was sent" {
	play -lu hear 12 say $'yes\n'
	{ echo first; echo other; } >words
	run -0 timeout 30 "$SOCKCAT" -u -L -W 1 -q 20 localhost "$PORT" <words
	[ "$output" = yes ]
	[ "$(<heard)" = $'first\nother' ]
	start "$SOCKCAT" -6 -vlu -W 1 ::1 0 <<<answer
	ready
	run -0 timeout 30 "$SOCKCAT" -u -W 1 localhost "$PORT" <<<query
	exits 0 "$PID"
	[ "$(<out)" = query ]
}

@test "a listener answers its first sender, and hears no other" {
	mkfifo feed
	exec 6<>feed
	listen -u <feed
	mkfifo hold
	exec 7<>hold
	"$ACTOR" -u "$PORT" say $'one\n' hear 7 say $'two\n' <&7 >heard 3>&- &
	ACTOR_PID=$!
	STARTED+=("$ACTOR_PID")
	said connected
	await holds out one
	"$ACTOR" -u "$PORT" say $'other\n'
	echo answer >&6
	exits 0 "$ACTOR_PID"
	await holds out $'one\ntwo'
	[ "$(<heard)" = answer ]
	kill "$PID"
}

@test "-k hears all senders, and stdin reaches them all" {
	keep -u
	for ((i = 0; i < 50; i++)); do
		"$ACTOR" -u "$PORT" say "$i"$'\n' hear 7 </dev/null \
			>"heard$i" 3>&- 6>&- &
		STARTED+=("$!")
		PIDS[c$i]=$!
	done
	for ((i = 0; i < 50; i++)); do
		said connected
	done
	await lines_in out 50
	echo answer >&6
	for ((i = 0; i < 50; i++)); do
		exits 0 "${PIDS[c$i]}"
		[ "$(<"heard$i")" = answer ]
	done
	kill "$PID"
}

# burst: how many small datagrams find room in the greatest receive buffer,
# which holds twice what it is said to, and 832 bytes for each.
burst() {
	echo $(($(cat /proc/sys/net/core/rmem_max 2>/dev/null || echo 0) / 420))
}

@test "9,000 senders cost no more than 1 KiB each, and -w forgets them" {
	local n=9000 rss

	((n < $(ulimit -Hn) - 50)) || n=$(($(ulimit -Hn) - 50))
	[ -z "$SANITIZED" ] || n=500
	(($(burst) >= n)) || skip "the receive buffer may not be large"
	listen -uk -w 2 </dev/null
	cat <&8 >said 3>&- &
	"$CROWD" -u "$PORT" "$n" say 1
	await lines_in out "$n"
	if [ -r "/proc/$PID/status" ] && [ -z "$SANITIZED" ]; then
		rss=$(awk '/VmHWM/ { print $2 }' "/proc/$PID/status")
		[ "$rss" -lt $((4096 + n)) ]
	fi
	await matches said ' closed: ' "$n"
	kill "$PID"
}

@test "datagrams of every size arrive whole, each with one write" {
	local n

	need strace
	for n in 1 1400 9000 65507; do
		random "$n" >file
		start strace -o calls -e trace=write "$SOCKCAT" -vlu -W 1 \
			127.0.0.1 0 </dev/null
		ready
		timeout 30 "$SOCKCAT" -u -q 0 -B 65507 127.0.0.1 "$PORT" <file
		exits 0 "$PID"
		cmp file out
		[ "$(grep -c '^write(1,' calls)" -eq 1 ]
	done
}

@test "a datagram too long is told, and nothing is cut" {
	listen -u </dev/null
	random 65508 >file
	run -1 timeout 30 "$SOCKCAT" -u -B 65508 127.0.0.1 "$PORT" <file
	[ "$output" = "sockcat: send to 127.0.0.1 port $PORT: Message too long; 65508 bytes read but not sent" ] ||
		[[ $output = *"essage too l"* ]]
	kill "$PID"
	[ ! -s out ]
}

@test "one read is one datagram, of 1400 bytes at most unless -B says else" {
	need strace
	random 3000 >file
	play -lu hear 1400 hear 1400 hear 200
	timeout 30 strace -o calls -e trace=network "$SOCKCAT" -u -q 0 \
		127.0.0.1 "$PORT" <file
	[ "$(sed -n 's/^send.* = //p' calls)" = $'1400\n1400\n200' ]
	exits 0 "$ACTOR_PID"
	cmp file heard
}

@test "-L makes each line a datagram" {
	need strace
	play -lu hear 4 hear 5 hear 3
	printf 'one\nthree\nend' >words
	timeout 30 strace -o calls -e trace=network "$SOCKCAT" -u -L -q 0 \
		127.0.0.1 "$PORT" <words
	[ "$(sed -n 's/^send.* = //p' calls)" = $'4\n6\n3' ]
}

@test "-m makes each message a datagram, without a line feed" {
	need strace
	listen -u -m </dev/null
	printf 'One.\n Two\nthree. End ^ not this.' >words
	timeout 30 strace -o calls -e trace=network "$SOCKCAT" -u -m \
		127.0.0.1 "$PORT" <words
	exits 0 "$PID"
	[ "$(<out)" = $'One.\nTwo three.\nEnd' ]
	grep -qF '"One."' calls
	grep -qF '"Two\nthree."' calls
	grep -qF '"End ^"' calls
}

@test "the end of a datagram ends a message" {
	listen -u -m -W 3 </dev/null
	"$ACTOR" -u "$PORT" say 'One' say 'Two. Three'
	exits 0 "$PID"
	[ "$(<out)" = $'One\nTwo.\nThree' ]
}

@test "a message that no datagram can hold is an error" {
	listen -u -m -w 2 </dev/null
	{ head -c 65507 /dev/zero | tr '\0' x; printf .; } >words
	run -1 timeout 30 "$SOCKCAT" -u -m 127.0.0.1 "$PORT" <words
	[[ $output = *"Message too l"* ]]
	{ head -c 70000 /dev/zero | tr '\0' x; printf .; } >words
	run -1 timeout 30 "$SOCKCAT" -u -m 127.0.0.1 "$PORT" <words
	[[ $output = *"Message too l"* ]]
	[ ! -s out ]
}

@test "-L labels each sender's lines, and -j passes them on" {
	listen -ukjL </dev/null
	mkfifo hold
	exec 7<>hold
	"$ACTOR" -u "$PORT" say first listen <&7 >heard 3>&- &
	STARTED+=("$!")
	said connected
	"$ACTOR" -u "$PORT" say $'one\ntwo'
	await grep -q two out
	[ "$(sed 's/^127.0.0.1:[0-9]* //' out)" = $'first\none\ntwo' ]
	await grep -q one heard
	kill "$PID"
}

# stranger OPTIONS: who -a does not allow is turned away, the next is heard.
stranger() {
	listen "$1" -a 127.0.0.2 </dev/null
	"$ACTOR" -u "$PORT" say $'one\n'
	said "turned away"
	"$SOCKCAT" -u -q 0 -s 127.0.0.2 127.0.0.1 "$PORT" <<<two
	await holds out two
	kill "$PID"
}

@test "without -k the first sender that -a allows is the one" {
	stranger -u
}

@test "-a and -M keep senders out" {
	stranger -uk
	listen -uk -M 1 </dev/null
	"$ACTOR" -u "$PORT" say $'one\n'
	said connected
	"$ACTOR" -u "$PORT" say $'two\n'
	said "turned away"
	holds out one
	kill "$PID"
}

@test "-w ends a listener that hears nothing, with status 0 once it has" {
	run -4 timeout 30 "$SOCKCAT" -lu -w 0.2 127.0.0.1 0 </dev/null
	listen -u -w 5 </dev/null
	"$ACTOR" -u "$PORT" say word
	exits 0 "$PID"
	[ "$(<out)" = word ]
}

@test "100,000 small datagrams, as they come, are all heard" {
	local n=5000 i

	(($(burst) >= n)) || skip "the receive buffer may not be large"
	[ -z "$SANITIZED" ] || n=100
	listen -uk </dev/null
	for ((i = 1; i <= 20; i++)); do
		"$ACTOR" -u "$PORT" shower "$n"
		await lines_in out $((i * n))
	done
	kill "$PID"
}

@test "sockcat and nc.openbsd exchange datagrams" {
	need nc.openbsd
	listen -u <<<answer
	query nc.openbsd -u 127.0.0.1 "$PORT"
	kill "$PID"
	PORT=$("$ACTOR" -p)
	nc.openbsd -u -l 127.0.0.1 "$PORT" <<<answer >heard 3>&- &
	STARTED+=("$!")
	await udp_bound
	run -0 timeout 30 "$SOCKCAT" -u -W 1 -q 20 127.0.0.1 "$PORT" <<<query
	[ "$output" = answer ]
	await holds heard query
}

udp_bound() {
	grep -qi ":$(printf %04X "$PORT") " /proc/net/udp /proc/net/udp6
}

@test "sockcat and socat exchange datagrams over IPv4 and IPv6" {
	local at

	need socat
	for at in 4:127.0.0.1 6:::1; do
		start "$SOCKCAT" -vlu "${at#*:}" 0 <<<answer
		ready
		if [ "${at%%:*}" = 4 ]; then
			to="UDP4:127.0.0.1:$PORT"
		else
			to="UDP6:[::1]:$PORT"
		fi
		query socat - "$to"
		kill "$PID"
	done
	PORT=$("$ACTOR" -p)
	socat "UDP4-LISTEN:$PORT,bind=127.0.0.1" EXEC:cat 3>&- &
	STARTED+=("$!")
	await udp_bound
	run -0 timeout 30 "$SOCKCAT" -u -W 1 -q 20 127.0.0.1 "$PORT" <<<query
	[ "$output" = query ]
}

@test "sockcat and ncat exchange datagrams" {
	need ncat
	listen -u <<<answer
	query ncat -u 127.0.0.1 "$PORT"
	kill "$PID"
	PORT=$("$ACTOR" -p)
	ncat -u -l 127.0.0.1 "$PORT" <<<answer >heard 2>/dev/null 3>&- &
	STARTED+=("$!")
	await udp_bound
	run -0 timeout 30 "$SOCKCAT" -u -W 1 -q 20 127.0.0.1 "$PORT" <<<query
	[ "$output" = answer ]
	await holds heard query
}

@test "a refusal is seen however soon the end is" {
	local port

	port=$("$ACTOR" -p)
	in_time refused "$port" query -q 0 localhost
	in_time refused "$port" 'bye^' -m 127.0.0.1
}

# refused PORT WORDS ARGUMENT...: is it? A kernel that has much to do may say so
# only when all is over.
refused() {
	local port=$1 words=$2

	shift 2
	run timeout 30 "$SOCKCAT" -u "$@" "$port" <<<"$words"
	[ "$status" -eq 1 ] &&
		[[ $output = *" port $port: Connection refused"* ]]
}

@test "a caret reaches a server on the other family, though it is the end" {
	listen -um </dev/null
	in_time said_bye
	exits 0 "$PID"
}

# said_bye: has it come? What is refused only when all is over goes nowhere.
said_bye() {
	timeout 30 "$SOCKCAT" -u -m localhost "$PORT" <<<'bye^' || :
	await holds out bye
}

@test "what had arrived before a refusal is printed" {
	mkfifo feed
	exec 6<>feed
	play -lu hear 6 await say $'one\n' say $'two\n' say $'three\n' </dev/null
	"$SOCKCAT" -u 127.0.0.1 "$PORT" <feed >out 2>err 3>&- 6>&- &
	PID=$!
	STARTED+=("$PID")
	echo query >&6
	exits 0 "$ACTOR_PID"
	echo late >&6
	exits 1 "$PID"
	[ "$(<out)" = $'one\ntwo\nthree' ]
	[[ $(<err) = *"Connection refused"* ]]
}

@test "-W counts messages that the end of a datagram ends" {
	listen -u -m -W 1 </dev/null
	"$ACTOR" -u "$PORT" say one say two
	exits 0 "$PID"
	[ "$(<out)" = one ]
}

@test "a datagram too long for one client is lost for that one only" {
	random 65536 >file
	listen -uk -B 70000 <file
	"$ACTOR" -u "$PORT" say a
	said "Message too l"
	"$ACTOR" -u "$PORT" say b
	await holds out ab
	kill "$PID"
}
