# Everyone at once: -k, and what clients can do to each other, which is
# nothing.
load helper

@test "all clients are served at once: their words come to stdout" {
	keep
	come a await say $'from a\n' await
	come b say $'from b\n' await
	await grep -q b out
	go a
	await grep -q a out
	[ "$(<out)" = $'from b\nfrom a' ]
	stop
}

@test "stdin goes to everyone who is connected" {
	keep
	come a hear 5
	come b hear 5
	said connected
	said connected
	echo word >&6
	exits 0 "${PIDS[a]}"
	exits 0 "${PIDS[b]}"
	[ "$(<a)" = word ]
	[ "$(<b)" = word ]
	stop
}

@test "stdin is not read while nobody is connected" {
	keep
	echo first >&6
	come a hear 6
	exits 0 "${PIDS[a]}"
	said closed
	echo second >&6
	come b hear 7
	exits 0 "${PIDS[b]}"
	[ "$(<a)" = first ]
	[ "$(<b)" = second ]
	stop
}

@test "a client that ends is closed when it has been sent what it is owed" {
	random 3M >file
	listen -k <file
	come a await shut await listen
	said connected
	go a
	go a
	exits 0 "${PIDS[a]}"
	# what stdin said before the client had ended, and no byte less of it
	cmp -n "$(wc -c <a)" file a
	stop
}

@test "the end of stdin half-closes those who have been sent something" {
	listen -k <<<word
	enter listen say $'thanks\n'
	[ "$(<heard)" = word ]
	await holds out thanks
	stop
}

@test "who comes after the end of stdin only speaks, and is not half-closed" {
	listen -k <<<word
	enter listen
	enter talk 3
	await lines_in out 3
	stop
}

@test "with an empty stdin nobody is half-closed" {
	listen -k </dev/null
	enter talk 15
	await lines_in out 15
	stop
}

@test "the listener outlives clients that are reset, silent, or gone at once" {
	keep
	come silent await
	come quick shut listen
	enter say $'word\n' reset
	enter
	enter say $'last\n'
	await grep -q last out
	exits 0 "${PIDS[quick]}"
	kill -0 "$PID"
	stop
}

@test "a client reset in the middle disturbs no other" {
	random 3M >file
	keep
	come a hear 3145728
	come b hear 100000 reset
	said connected
	said connected
	cat file >&6
	exits 0 "${PIDS[a]}"
	cmp file a
	stop
}

@test "a client that stops reading is closed, and the others go on" {
	random 8M >file
	keep -w 5
	come stuck small await
	come a hear 8388608
	said connected
	said connected
	cat file >&6
	exits 0 "${PIDS[a]}"
	cmp file a
	stop
	run -0 log
	[[ $output =~ "sockcat: send to 127.0.0.1 port "[0-9]+": $(why ETIMEDOUT); "[0-9]+" bytes read but not sent" ]]
}

@test "-w closes the idle client only" {
	keep -w 4
	come idle listen
	come a talk 45
	exits 0 "${PIDS[idle]}"
	exits 0 "${PIDS[a]}"
	await lines_in out 45
	stop
}

descriptors() {
	find "/proc/$PID/fd" -type l 2>/dev/null | wc -l
}

same_descriptors() {
	[ "$(descriptors)" -eq "$1" ]
}

@test "1000 clients that come and go leave nothing behind" {
	local before

	listen -k </dev/null
	cat <&8 >said 3>&- &
	before=$(descriptors)
	"$CROWD" "$PORT" 1000 pass
	enter say $'last\n'
	await holds out last
	await same_descriptors "$before"
	stop
}

# throng BOUND ARGUMENT...: 10,000 clients, or as many as there are descriptors
# for, say 20 lines each; the listener's memory stays below the bound in KiB.
throng() {
	local bound=$1 n

	shift
	n=$(($(ulimit -Hn) - 50))
	((n <= 10000)) || n=10000
	[ -z "$SANITIZED" ] || n=500
	listen -k "$@" </dev/null
	cat <&8 >said 3>&- &
	"$CROWD" "$PORT" "$n" say 20
	await lines_in out $((n * 20))
	[ "$(sed 's/^127[^ ]* //' out | sort -u | wc -l)" -eq $((n * 20)) ]
	if [ -r "/proc/$PID/status" ] && [ -z "$SANITIZED" ]; then
		awk -v bound="$bound" '/VmHWM/ { exit !($2 < bound) }' \
			"/proc/$PID/status"
	fi
	stop
}

@test "10,000 clients at once are heard in 8 MiB" {
	throng 8192
}

@test "10,000 clients at once are heard in whole lines in 16 MiB" {
	throng 16384 -L
	! grep -qvE '^127\.0\.0\.1:[0-9]+ client [0-9]+ line [0-9]+$' out
}

@test "100 clients at once get every byte of stdin" {
	random 64M >file
	keep
	"$CROWD" "$PORT" 100 hear file 3>&- 6>&- &
	CROWD_PID=$!
	STARTED+=("$CROWD_PID")
	for ((i = 0; i < 100; i++)); do
		said connected
	done
	cat file >&6
	exec 6>&-
	exits 0 "$CROWD_PID"
	stop
}

@test "out of descriptors, clients wait for one to leave" {
	local c

	[ "$SANITIZED" != valgrind ] || skip "valgrind takes descriptors"
	mkfifo feed
	exec 6<>feed
	start bash -c 'ulimit -n 16; exec "$@"' - "$SOCKCAT" -lkv 127.0.0.1 0 \
		<feed
	ready
	for ((c = 0; c < 30; c++)); do
		come "c$c" say $'word\n' await
	done
	said "accept a client: "
	for ((c = 0; c < 30; c++)); do
		go "c$c"
	done
	await lines_in out 30
	stop
}

@test "out of descriptors, it burns no CPU" {
	need strace
	mkfifo feed
	exec 6<>feed
	start bash -c 'ulimit -n 8; exec "$@"' - strace -f -o calls -e trace=poll \
		"$SOCKCAT" -lkv 127.0.0.1 0 <feed
	ready
	for ((c = 0; c < 5; c++)); do
		come "c$c" say $'word\n' await
	done
	said "accept a client: "
	come last talk 1
	wait "${PIDS[last]}" || :
	[ "$(wc -l <calls)" -lt 50 ]
	pkill -P "$PID" -x sockcat || kill "$PID"
}

@test "-M leaves the rest waiting in the backlog" {
	keep -M 1
	come a say $'from a\n' await
	await grep -q a out
	come b say $'from b\n'
	exits 0 "${PIDS[b]}"
	[ "$(<out)" = "from a" ]
	go a
	await grep -q b out
	stop
}

@test "-a serves only the networks named, and -v says whom it does not" {
	start "$SOCKCAT" -lkv -a 192.0.2.1,127.1.2.3/16 -a ::1/128 0 </dev/null
	ready
	"$SOCKCAT" -s 127.1.9.9 127.0.0.1 "$PORT" <<<inside
	await holds out inside
	run "$SOCKCAT" -s 127.2.0.1 127.0.0.1 "$PORT" <<<outside
	said "client 127.2.0.1:"
	"$SOCKCAT" ::1 "$PORT" <<<six
	await holds out $'inside\nsix'
	stop
}

@test "-a knows networks of any length, and ignores host bits" {
	local net

	for net in 127.0.0.1 127.0.0.0/31 127.255.255.255/8 0.0.0.0/0 126.0.0.0/7 \
		127.0.0.1/32; do
		listen -a "$net" </dev/null
		"$SOCKCAT" 127.0.0.1 "$PORT" <<<"$net"
		exits 0 "$PID"
		[ "$(<out)" = "$net" ]
	done
	for net in 127.0.0.2 127.0.0.2/31 128.0.0.0/1 ::/0 ::1 ::ffff:127.0.0.1; do
		listen -w 9 -a "$net" </dev/null
		run "$SOCKCAT" 127.0.0.1 "$PORT" <<<"$net"
		said "turned away"
		kill "$PID"
	done
}

@test "a network that is none is a usage error" {
	local net

	for net in 10.0.0.0/33 ::/129 10.0.0/8 10.0.0.0/ 10.0.0.0/-1 name '' \
		10.0.0.0/8x '1.2.3.4,'; do
		run -2 "$SOCKCAT" -l -a "$net" 0
		[[ $output = "sockcat: -a ${net##*,}"*": neither an address nor a network; try 'sockcat -h'" ]]
	done
}

@test "-j passes what a client says to all the others, not to itself" {
	keep -j
	come a hear 7 await
	come b hear 7 await
	said connected
	said connected
	enter say $'from c\n' shut listen
	[ ! -s heard ]
	await holds a "from c"
	await holds b "from c"
	echo "from us" >&6
	await holds out "from c"
	stop
}

@test "-L prints each line whole, behind its client's address" {
	keep -L
	come a say 'one ' await say $'two\n'
	come b say $'three\nfour\n' await
	await grep -q four out
	go a
	await grep -q two out
	run cat out
	[[ ${lines[0]} =~ ^127.0.0.1:[0-9]+" three"$ ]]
	[ "${lines[1]}" = "${lines[0]%three}four" ]
	[[ ${lines[2]} =~ ^127.0.0.1:[0-9]+" one two"$ ]]
	stop
}

@test "-L ends a client's unfinished line when the client ends" {
	keep -L
	enter say $'one\ntwo'
	await grep -q two out
	[ "$(sed 's/^[^ ]* //' out)" = $'one\ntwo' ]
	come a say $'more\nthree' await
	await grep -q more out # and so it has read what came with it
	kill "$PID"
	exits 143 "$PID"
	grep -q " three$" out
}

@test "-L prints a line of more than 64 KiB in labelled pieces" {
	keep -L
	head -c 150000 /dev/zero | tr '\0' x >line
	enter send line say $'y\n'
	await grep -q y out
	[ "$(wc -l <out)" -eq 3 ]
	[ "$(sed 's/^127[^ ]* //' out | awk '{ print length }')" = \
		$'65536\n65536\n18929' ]
	stop
}

@test "-j with -L is whole, labelled lines for everyone" {
	keep -jL
	come a hear 1 listen
	said "connected"
	printf 'our ' >&6
	enter say $'from b\n'
	await grep -q "from b" a
	echo own >&6
	await grep -q own a
	run cat a
	[[ ${lines[0]} =~ ^127.0.0.1:[0-9]+" from b"$ ]]
	[ "${lines[1]}" = "our own" ]
	grep -qx "${lines[0]}" out
	stop
}

@test "without -k, -L prints whole lines as they are" {
	listen -L </dev/null
	come a say 'one ' await say $'two\nthree'
	said connected
	go a
	exits 0 "$PID"
	[ "$(<out)" = $'one two\nthree' ]
}

@test "a signal ends the listener cleanly: nobody sees a reset" {
	local s

	for s in INT:130 TERM:143 HUP:129; do
		keep
		come "${s%:*}" say $'word\n' listen
		await holds out word
		kill -"${s%:*}" "$PID"
		exits "${s#*:}" "$PID"
		exits 0 "${PIDS[${s%:*}]}"
		[[ $(log) = *"closed: received 5 bytes, sent 0 bytes" ]]
		exec 6>&-
		rm feed
	done
}

@test "a reader of stdout that goes ends the listener with exit status 3" {
	mkfifo feed pipe
	exec 6<>feed
	"$SOCKCAT" -v -lk 127.0.0.1 0 <feed >pipe 2>said 3>&- &
	PID=$!
	STARTED+=("$PID")
	exec 5<pipe
	await grep -q listening said
	exec 5<&-
	exits 3 "$PID"
}

# slow_reader FILE: copy standard input there, some 3 MB a second.
slow_reader() {
	while head -c 65536 >>"$1" && [ -e reading ]; do
		sleep 0.02
	done
}

# keep_slow ARGUMENT...: a listener whose standard output is read slowly.
keep_slow() {
	touch reading
	mkfifo slow
	slow_reader read <slow 3>&- 6>&- &
	STARTED+=("$!")
	start bash -c 'exec "$@" >slow' - "$SOCKCAT" -v -lk "$@" 127.0.0.1 0
	ready
}

@test "beside one that floods, with a slow stdout, a quiet client is heard" {
	keep_slow -B 16k </dev/null
	for name in a b c; do
		come "$name" flood 100000000
	done
	await test -s read
	enter say $'quiet\n'
	await grep -aq quiet read
	stop
}

@test "nor can many that flood by the MiB keep it from being heard" {
	keep_slow -I 1M </dev/null
	for name in a b c; do
		come "$name" flood 100000000
	done
	await test -s read
	enter say $'quiet\n'
	await grep -aq quiet read
	stop
}

@test "one that floods cannot keep one that stalls" {
	keep_slow -w 1 </dev/zero
	come a echo
	come stuck small await
	said "bytes read but not sent"
	stop
}

@test "a client that reads slowly but steadily is not taken for stalled" {
	random 6M >file
	keep -w 4 -O 256k
	come a sip 250 hear 5267456
	said connected
	cat file >&6 3>&- &
	STARTED+=("$!")
	exits 0 "${PIDS[a]}"
	cmp file a
	stop
}

@test "with -j a stdin that floods does not keep a client from being heard" {
	listen -kj </dev/zero
	come a echo
	come b say $'quiet\n' listen
	await grep -aq quiet out
	stop
}

@test "a client that has gone already takes nothing of stdin with it" {
	random 3M >file
	listen -k <file
	for ((i = 0; i < 3; i++)); do
		kill -STOP "$PID"
		"$CROWD" "$PORT" 1 pass
		kill -CONT "$PID"
		said closed
	done
	enter hear 3145728
	cmp file heard
	stop
}

@test "what a client said is printed, though it is closed for stalling" {
	listen -kL -w 1 </dev/zero
	come stuck small say last await
	said "bytes read but not sent"
	stop
	[ "$(sed 's/^[^ ]* //' out)" = last ]
}

@test "a signal ends it though stdout is blocked and lines are unfinished" {
	mkfifo full
	exec 5<>full
	start bash -c 'exec "$@" >full' - "$SOCKCAT" -v -lkL 127.0.0.1 0 \
		</dev/null
	ready
	come a say unfinished await
	come b flood 1000000
	said connected
	said connected
	stop
}

@test "those who have gone with an unfinished line cannot end the listener" {
	[ "$SANITIZED" != valgrind ] || skip "valgrind takes descriptors"
	mkfifo full
	exec 5<>full
	start bash -c 'ulimit -n 32; exec "$@" >full' - \
		"$SOCKCAT" -v -lkL 127.0.0.1 0 </dev/null
	ready
	come flood flood 50000
	for ((c = 0; c < 60; c++)); do
		"$ACTOR" "$PORT" say unfinished 3>&- || :
	done
	cat <&5 >out 3>&- &
	STARTED+=("$!")
	await matches_least out unfinished 60
	stop
}

matches_least() {
	[ "$(grep -c -- "$2" "$1")" -ge "$3" ]
}

@test "a line of just 64 KiB is one line" {
	keep -L
	{ head -c 65536 /dev/zero | tr '\0' x; printf '\nend\n'; } >bytes
	enter send bytes
	await grep -q end out
	lines_in out 2
	stop
}

@test "who waits to be heard keeps its turn when another leaves" {
	local c n=0

	mkfifo pipe
	exec 5<>pipe
	start bash -c 'exec "$@" >pipe' - \
		"$SOCKCAT" -v -lk -I 208k -B 70000 127.0.0.1 0 </dev/null
	ready
	kill -STOP "$PID"
	for c in a:3 x:1 b:2 c:2 d:2; do
		head -c $((70000 * ${c#*:})) /dev/zero | tr '\0' "${c%:*}" >bytes
		enter send bytes
		await arrived $((++n))
	done
	kill -CONT "$PID"
	head -c 700000 <&5 >heard
	[ "$(tr -s abcdx <heard)" = axbcdabcda ]
	stop
}

# arrived N: is all that so many clients said, and their ends, with the kernel
# that PORT is of? Who does not know says yes.
arrived() {
	[ ! -r /proc/net/tcp ] || matches /proc/net/tcp \
		" ........:$(printf %04X "$PORT") ........:.... 08 " "$1"
}
