# Peers that mean ill, or are only odd: nobody else feels it.
load helper

# many N: fewer where a checker makes each slow.
many() {
	[ -z "$SANITIZED" ] && echo "$1" || echo $(($1 / 20))
}

# flooded ARGUMENT...: a client is sent a file, and others come and go.
flooded() {
	random 8M >file
	keep -O 64k "$@"
	cat <&8 >said 3>&- 6>&- &
	STARTED+=("$!")
	come a sip 100 hear 7979008
	await grep -q connected said
	cat file >&6 3>&- &
	STARTED+=("$!")
	timeout 50 "$CROWD" "$PORT" "$(many 5000)" pass
	exits 0 "${PIDS[a]}"
	cmp file a
	enter say $'last\n'
	await holds out last
	stop
}

@test "a flood of clients that come and go disturbs no transfer" {
	flooded
}

@test "nor does it with -M, when they have to wait for each other" {
	flooded -M 3
}

@test "200 clients that neither speak nor read keep nobody out" {
	random 1M >file
	keep
	mkfifo hold
	exec 7<>hold
	"$CROWD" "$PORT" 200 stay <&7 3>&- 6>&- &
	STARTED+=("$!")
	for ((i = 0; i < 200; i++)); do
		said connected
	done
	come a say $'word\n' hear 1048576
	said connected
	cat file >&6
	exits 0 "${PIDS[a]}"
	cmp file a
	await holds out word
	stop
}

@test "beside a slow reader and a slow writer, the others have all they want" {
	random 4M >file
	keep -w 60 # the writer does not read until it has said all
	come slow sip 50 hear 3989504
	come drip drip 3000 shut listen
	come a hear 4194304
	come b say $'word\n' hear 4194304
	for ((i = 0; i < 4; i++)); do
		said connected
	done
	cat file >&6 3>&- &
	STARTED+=("$!")
	for name in a b slow drip; do
		exits 0 "${PIDS[$name]}"
	done
	cmp file a
	cmp file b
	cmp file slow
	await lines_in out 3001
	[ "$(sort out | uniq -c | tr -s ' ')" = $' 3000 drip\n 1 word' ]
	stop
}

@test "a million segments of a byte each are all there" {
	local n

	n=$(many 1000000)
	listen </dev/null
	enter crumbs "$n"
	exits 0 "$PID"
	awk -v n="$n" 'BEGIN { while (n-- > 0) printf "%d", i++ % 10 }' |
		cmp - out
}

@test "bytes around urgent ones arrive, and it burns no CPU" {
	need strace
	mkfifo hold
	exec 7<>hold
	start strace -o calls -e trace=poll "$SOCKCAT" -v -l 127.0.0.1 0 \
		</dev/null
	ready
	"$ACTOR" "$PORT" say one urgent x say two await urgent yz await \
		say three <&7 3>&- &
	STARTED+=("$!")
	await holds out onetwo
	echo >&7
	await holds out onetwoy
	echo >&7
	exits 0 "$PID"
	[ "$(<out)" = onetwoythree ]
	[ "$(wc -l <calls)" -lt 50 ]
}

@test "urgent bytes of one client leave the others alone" {
	keep
	come a urgent x await say $'a\n'
	come b say $'b\n'
	await holds out b
	go a
	await holds out $'b\na'
	stop
}

# broken STATUS ERR: it exits so, and says in one line that it was reset.
broken() {
	exits 1 "$1"
	[[ $(<"$2") =~ ^"sockcat: "(send to|receive from|connect to)" 127.0.0.1 port "[0-9]+": "(Connection reset by peer|Broken pipe)("; "[0-9]+" bytes read but not sent")?$ ]]
}

TEXT="Twelve bytes"

@test "a reset at every byte that a client says: so many are printed" {
	local n

	for ((n = 0; n <= ${#TEXT}; n++)); do
		listen <<<"$TEXT"
		enter say "${TEXT:0:n}" reset
		log | grep -v ' client ' >err
		broken "$PID" err
		[ "$(<out)" = "${TEXT:0:n}" ]
	done
}

@test "a reset at every byte that a client hears" {
	local n

	for ((n = 1; n <= ${#TEXT}; n++)); do
		listen <<<"$TEXT"
		enter hear "$n" reset
		log | grep -v ' client ' >err
		broken "$PID" err
		[ "$(<heard)" = "${TEXT:0:n}" ]
	done
}

@test "a reset at every byte that a server says: so many are printed" {
	local n

	for ((n = 0; n <= ${#TEXT}; n++)); do
		act hear 1 say "${TEXT:0:n}" reset
		"$SOCKCAT" 127.0.0.1 "$PORT" <<<"$TEXT" >out 2>err 3>&- &
		STARTED+=("$!")
		broken "$!" err
		[ "$(<out)" = "${TEXT:0:n}" ]
	done
}

@test "a reset at every byte that a server hears" {
	local n

	for ((n = 1; n <= ${#TEXT}; n++)); do
		act hear "$n" reset
		"$SOCKCAT" 127.0.0.1 "$PORT" <<<"$TEXT" >out 2>err 3>&- &
		STARTED+=("$!")
		broken "$!" err
		[ "$(<heard)" = "${TEXT:0:n}" ]
	done
}

@test "resets at every byte, of many clients: all that they said is there" {
	local n want=

	keep
	come witness listen
	said connected
	for ((n = 1; n <= ${#TEXT}; n++)); do
		enter say "${TEXT:0:n}" reset
		want+=${TEXT:0:n}
		await holds out "$want"
		echo "$n" >&6
		enter say "$n"
		want+=$n
		await holds out "$want"
	done
	await lines_in witness "${#TEXT}"
	stop
}

@test "a message that a reset cuts is printed as one that ends there" {
	local n text='One. Tw\.o
three\^. Four^five'

	for end in shut reset; do
		keep -m
		cat <&8 >said 3>&- 6>&- &
		STARTED+=("$!")
		for ((n = 1; n <= ${#text}; n++)); do
			enter say "${text:0:n}" $end
			await matches said closed "$n"
		done
		stop
		mv out "$end"
		exec 6>&-
		rm feed
	done
	[ "$(wc -l <shut)" -gt 40 ]
	cmp shut reset
}

# mass BYTES: printf's %b of them, a million times and a bit.
mass() {
	local i bytes

	printf -v bytes '%1000s' ''
	printf '%b' "${bytes// /"$1"}" >some
	for ((i = 0; i < 10; i++)); do
		cat some some >twice
		mv twice some
	done
	cat some
}

# small: has it never needed 8 MiB of memory?
small() {
	[ -z "$SANITIZED" ] || return 0
	[ -r "/proc/$PID/status" ] || return 0
	awk '/VmHWM/ { exit !($2 < 8192) }' "/proc/$PID/status"
}

# at_least BYTES: what of them is printed before the end, which is a piece away.
at_least() {
	echo $(($1 > 66000 ? $1 - 66000 : $1))
}

large() {
	[ "$(wc -c <"$1")" -ge "$2" ]
}

# garbage NAME BYTES WANT END LAST: what a client says a million times, what of
# it is printed as often, and how that ends; and what it says at last, if not
# nothing.
garbage() {
	{
		mass "$2"
		printf '%s' "${5-}"
	} >bytes
	{
		mass "$3"
		printf '%b' "$4"
	} >want
	listen -m </dev/null
	come "$1" send bytes await
	await large out "$(at_least "$(wc -c <want)")"
	said connected
	small
	go "$1"
	exits 0 "$PID"
	cmp want out
}

@test "-m takes garbage by the MiB, in little memory" {
	garbage nul '\0000' '\0000' '\n'
	garbage ff '\0377' '\0377' '\n'
	garbage backslash '\\\\' '\\' '\n'
	garbage caret '\\^' '^' '\n'
	garbage white ' \n\t' '' 'x.\n' x.
	garbage lines '\\\n' ' ' '\n'
}

@test "a message with MiBs of white space in it costs no more than a piece" {
	{
		printf 'One'
		mass '\n \t'
		printf 'two.'
	} >bytes
	listen -m </dev/null
	come a send bytes await
	await grep -q 'two\.' out
	[ "$(tr -s ' ' <out)" = "One two." ]
	small
}

@test "empty datagrams are no end, for whoever hears them" {
	local how

	for how in -u -uL -um -ukL; do
		listen "$how" </dev/null
		"$ACTOR" -u "$PORT" empties 2 say 'one.' empty say 'two.' empty
		await grep -q two out
		grep -q one out
		kill "$PID"
	done
	play -lu hear 6 empty say $'one\n' empty empty say $'two\n'
	run -0 timeout 30 "$SOCKCAT" -u -W 5 -q 20 127.0.0.1 "$PORT" <<<query
	[ "$output" = $'one\ntwo' ]
}

# heard: a word that a full buffer may drop is said again.
heard() {
	"$ACTOR" -u "$PORT" say word && grep -q word out
}

@test "a shower of empty datagrams keeps nobody from being heard" {
	listen -uk </dev/null
	"$ACTOR" -u "$PORT" empties 20000
	await heard
	kill "$PID"
}

@test "the greatest datagrams go both ways, by UDP and by path" {
	local at

	random 65507 >theirs
	random 65507 >ours
	for at in 127.0.0.1 "-U $WORK/sock"; do
		if [ "$at" = 127.0.0.1 ]; then
			listen -u -k -B 65507 <ours
			at="127.0.0.1 $PORT"
		else
			start "$SOCKCAT" -v -lukU -B 65507 "$WORK/sock" <ours
			said listening
		fi
		# shellcheck disable=SC2086
		timeout 30 "$SOCKCAT" -u -W 1 -q 20 -B 65507 $at <theirs >heard
		cmp ours heard
		await cmp -s theirs out
		kill "$PID"
	done
}
