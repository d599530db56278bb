# Proxies (-x, -X, -P) and passing the connected socket (-F): against scripted
# proxies, against real ones, and next to other netcats.
load helper

PROXY=$ROOT/tests/build/proxy
RECEIVE=$ROOT/tests/build/receive

# What a proxy answers when it has connected, in hexadecimal.
GRANTED5=05000001000000000000
GRANTED4=005a000000000000

# hex TEXT: the text in hexadecimal.
hex() {
	printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'
}

# start_proxy STEP...: start a scripted proxy. What it prints is in the file
# "asked". Sets PROXY_PORT and PROXY_PID.
start_proxy() {
	local line

	rm -f proxy_log
	mkfifo proxy_log
	"$PROXY" "$@" >asked 2>proxy_log 3>&- &
	PROXY_PID=$!
	STARTED+=("$!")
	IFS= read -r -t 30 line <proxy_log
	PROXY_PORT=${line##* }
}

# through ARGUMENT...: run sockcat with the started proxy. Sets status, output,
# stderr and stderr_lines, as "run --separate-stderr" does, but faster.
through() {
	status=0
	timeout 30 "$SOCKCAT" -x "127.0.0.1:$PROXY_PORT" "$@" \
		>printed 2>reported || status=$?
	output=$(<printed) stderr=$(<reported)
	mapfile -t stderr_lines <reported
}

# refused_because REASON: the last "through" failed with this one line.
refused_because() {
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sockcat: connect to example.org port 22 through \
127.0.0.1 port $PROXY_PORT: $1" ] || {
		echo "stderr: $stderr"
		return 1
	}
}

# usage_error MESSAGE ARGUMENT...: sockcat prints this line and exits with 2.
usage_error() {
	local message=$1

	shift
	run --separate-stderr timeout 30 "$SOCKCAT" "$@" </dev/null
	[ "$status" -eq 2 ] || return
	[ -z "$output" ] || return
	[[ $stderr = "sockcat: $message"@(|": "?*) ]] || {
		echo "stderr: $stderr"
		return 1
	}
}

# installed NAME...: skip the test if a command is missing.
installed() {
	local c

	for c in "$@"; do
		PATH=$PATH:/usr/sbin command -v "$c" >/dev/null ||
			skip "$c is not installed"
	done
}

# ended STATUS PID: wait for the process; it must have this exit status.
ended() {
	local status=0

	wait "$2" || status=$?
	[ "$status" -eq "$1" ] || {
		echo "exit status $status, not $1"
		return 1
	}
}

# in_background COMMAND...: start a command, with its output in "out" and "err".
in_background() {
	"$@" >out 2>err 3>&- &
	PID=$!
	STARTED+=("$!")
}

free_port() {
	"$ROOT/tests/build/actor" -p
}

answers() {
	timeout 30 "$SOCKCAT" -q 0 127.0.0.1 "$1" </dev/null >/dev/null 2>&1
}

@test "SOCKS5 is the default; the proxy gets the name" {
	start_proxy read 3 send 0500 read 18 send "$GRANTED5" echo
	through example.org 22 <<<hello
	[ "$status" -eq 0 ]
	[ "$output" = hello ]
	[ "$(<asked)" = "050100
05010003$(printf %02x 11)$(hex example.org)0016" ]
}

@test "SOCKS5 gets IPv4 and IPv6 addresses as such, with or without brackets" {
	start_proxy read 3 send 0500 read 10 send "$GRANTED5" echo
	through -n 192.0.2.1 80 <<<hello
	[ "$output" = hello ]
	[ "$(tail -n 1 asked)" = 05010001c00002010050 ]
	for target in 2001:db8::1 '[2001:db8::1]'; do
		start_proxy read 3 send 0500 read 22 send "$GRANTED5" echo
		through -n "$target" 80 <<<hello
		[ "$output" = hello ]
		[ "$(tail -n 1 asked)" = \
			0501000420010db80000000000000000000000010050 ]
	done
}

@test "every kind of address in a SOCKS5 answer is read to its end" {
	for bound in 010a0000010050 04000102030405060708090a0b0c0d0e0f0050 \
		03000050 0303616263ffff 03ff$(printf '%0510d' 0)ffff; do
		start_proxy read 3 send 0500 read 18 \
			send "050000$bound$(hex server)" echo
		through example.org 22 <<<hello
		[ "$output" = serverhello ]
	done
}

@test "SOCKS5 logs in only if the proxy asks for it" {
	start_proxy read 4 send 0502 read 11 send 0100 read 18 \
		send "$GRANTED5" echo
	through -P user:pass example.org 22 <<<hello
	[ "$output" = hello ]
	[ "$(sed -n 1,2p asked)" = "05020002
0104$(hex user)04$(hex pass)" ]
	start_proxy read 4 send 0500 read 18 send "$GRANTED5" echo
	through -P user:pass example.org 22 <<<hello
	[ "$output" = hello ]
	run ! grep -q "$(hex pass)" asked
}

@test "SOCKS4 gets an address, and 4A a name" {
	start_proxy read 9 send "$GRANTED4" echo
	through -X 4 192.0.2.1 80 <<<hello
	[ "$output" = hello ]
	[ "$(<asked)" = 04010050c000020100 ]
	start_proxy read 25 send "$GRANTED4" echo
	through -X 4 -P user example.org 80 <<<hello
	[ "$output" = hello ]
	[ "$(<asked)" = "0401005000000001$(hex user)00$(hex example.org)00" ]
}

@test "HTTP CONNECT names the target, with brackets around an IPv6 address" {
	start_proxy read_head send "$(hex $'HTTP/1.1 200 OK\r\nVia: x\r\n\r\n')" \
		echo
	through -X connect example.org 22 <<<hello
	[ "$output" = hello ]
	[ "$(<asked)" = $'CONNECT example.org:22 HTTP/1.1\r\nHost: example.org:22\r\n\r' ]
	start_proxy read_head send "$(hex $'HTTP/1.0 200\n\n')" echo
	through -X connect ::1 22 <<<hello
	[ "$output" = hello ]
	[[ $(<asked) = $'CONNECT [::1]:22 HTTP/1.1\r\n'* ]]
}

@test "HTTP CONNECT takes an answer with more than one space before the code" {
	local spaces

	for spaces in '  ' '     '; do
		start_proxy read_head \
			send "$(hex "HTTP/1.0${spaces}200 OK"$'\r\n\r\nserver')" echo
		through -X connect example.org 22 <<<hello
		[ "$output" = serverhello ]
	done
}

@test "an HTTP proxy's login may have an empty user" {
	start_proxy read_head send "$(hex $'HTTP/1.1 200 OK\r\n\r\n')" echo
	through -X connect -P :token example.org 22 <<<hello
	[ "$output" = hello ]
	grep -qF "Proxy-Authorization: Basic $(printf :token | base64)" asked
}

@test "HTTP CONNECT logs in with Basic authentication" {
	local login

	for login in a:b ab:c user:secret 'user:a:b c' $'u:\xc3\xa9'; do
		start_proxy read_head send "$(hex $'HTTP/1.1 200 OK\r\n\r\n')"
		through -X connect -P "$login" example.org 22 </dev/null
		[ "$status" -eq 0 ]
		grep -qF "Proxy-Authorization: Basic $(printf '%s' "$login" |
			base64)" asked
	done
}

@test "an interim HTTP answer is skipped" {
	start_proxy read_head send "$(hex $'HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\nserver')" echo
	through -X connect example.org 22 <<<hello
	[ "$output" = serverhello ]
}

@test "an interim HTTP answer may come before a refusal" {
	start_proxy read_head send "$(hex $'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 403 No\r\n\r\n')"
	through -X connect example.org 22 </dev/null
	refused_because "HTTP/1.1 403 No"
}

@test "an HTTP answer that switches protocols is a refusal" {
	start_proxy read_head send "$(hex $'HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')"
	through -X connect example.org 22 </dev/null
	refused_because "HTTP/1.1 101 Switching Protocols"
}

@test "an HTTP answer may end its lines with LF alone" {
	local reason

	for reason in '' ' ' ' O' ' OK'; do
		start_proxy read_head \
			send "$(hex "HTTP/1.0 200$reason"$'\n\nserver')" echo
		through -X connect example.org 22 <<<hello
		[ "$output" = serverhello ]
	done
}

@test "the proxy may be an IPv6 address in brackets" {
	start_proxy -6 read 3 send 0500 read 18 send "$GRANTED5" echo ||
		skip "no IPv6"
	run -0 timeout 30 "$SOCKCAT" -v -x "[::1]:$PROXY_PORT" example.org 22 \
		<<<hello
	[ "$output" = "sockcat: connected to example.org port 22 through \
[::1] port $PROXY_PORT
hello" ]
}

@test "the default port is 1080, and 3128 for connect" {
	run -1 timeout 30 "$SOCKCAT" -x 127.9.8.7 example.org 22 </dev/null
	[ "${output%:*}" = "sockcat: connect to the proxy 127.9.8.7 port 1080" ]
	run -1 timeout 30 "$SOCKCAT" -x 127.9.8.7 -X 4 example.org 22 </dev/null
	[ "${output%:*}" = "sockcat: connect to the proxy 127.9.8.7 port 1080" ]
	run -1 timeout 30 "$SOCKCAT" -x 127.9.8.7 -X connect example.org 22 \
		</dev/null
	[ "${output%:*}" = "sockcat: connect to the proxy 127.9.8.7 port 3128" ]
}

@test "a refusal is reported in the words of SOCKS5" {
	local -A names=([1]="general SOCKS server failure"
		[2]="connection not allowed by ruleset"
		[3]="Network unreachable" [4]="Host unreachable"
		[5]="Connection refused" [6]="TTL expired"
		[7]="Command not supported" [8]="Address type not supported"
		[9]="SOCKS5 reply code 9")

	for code in "${!names[@]}"; do
		start_proxy read 3 send 0500 read 18 \
			send "050${code}0001000000000000"
		through example.org 22 </dev/null
		refused_because "${names[$code]}"
	done
}

@test "a refused login is reported, and so is one that is missing" {
	start_proxy read 3 send 05ff
	through example.org 22 </dev/null
	refused_because "no acceptable methods; give a login with -P"
	start_proxy read 4 send 0502 read 5 send 0101
	through -P u:p example.org 22 </dev/null
	refused_because "authentication failed"
	start_proxy read_head send "$(hex $'HTTP/1.1 407 Who?\r\n\r\n')"
	through -X connect example.org 22 </dev/null
	refused_because "HTTP/1.1 407 Who?; give a login with -P"
}

@test "a refusal is reported in the words of SOCKS4" {
	start_proxy read 21 send 005b000000000000
	through -X 4 example.org 22 </dev/null
	refused_because "request rejected or failed"
	start_proxy read 21 send 005c000000000000
	through -X 4 example.org 22 </dev/null
	refused_because "request rejected because SOCKS server cannot connect \
to identd on the client"
	start_proxy read 21 send 005d000000000000
	through -X 4 example.org 22 </dev/null
	refused_because "request rejected because the client program and \
identd report different user-ids"
	start_proxy read 21 send 0001000000000000
	through -X 4 example.org 22 </dev/null
	refused_because "SOCKS4 reply code 1"
}

@test "a refusal is reported with the HTTP status line" {
	start_proxy read_head send "$(hex $'HTTP/1.1 403 Not from here\r\nA: b')" \
		drain
	through -X connect example.org 22 </dev/null
	refused_because "HTTP/1.1 403 Not from here"
}

@test "control bytes in a proxy's words do not reach the terminal" {
	start_proxy read_head send "$(hex $'HTTP/1.1 403 \e[31mred\r\n')" drain
	through -X connect example.org 22 </dev/null
	[ "$status" -eq 1 ]
	[[ $stderr != *$'\e'* ]]
}

@test "what is not an answer of the protocol is an error" {
	start_proxy read 3 send "$(hex HTTP/1.1)" drain
	through example.org 22 </dev/null
	refused_because "the answer is not SOCKS5"
	start_proxy read 3 send 0500 read 18 send 04 drain
	through example.org 22 </dev/null
	refused_because "the answer is not SOCKS5"
	start_proxy read 3 send 0502 drain
	through example.org 22 </dev/null
	refused_because "SOCKS5 method 2 was not offered"
	start_proxy read 3 send 0500 read 18 send 0500000200 drain
	through example.org 22 </dev/null
	refused_because "SOCKS5 address type 2"
	start_proxy read 4 send 0502 read 5 send 05 drain
	through -P u:p example.org 22 </dev/null
	refused_because "the answer is not one to a SOCKS5 login"
	start_proxy read 21 send 05 drain
	through -X 4 example.org 22 </dev/null
	refused_because "the answer is not SOCKS4"
	for answer in SSH-2.0 HTTP/2 'HTTP/1.1 20' 'HTTP/1.1 2000'; do
		start_proxy read_head send "$(hex "$answer"$'\r\n')" drain
		through -X connect example.org 22 </dev/null
		refused_because "the answer is not HTTP/1"
	done
}

@test "a header of more than 64 KiB is an error" {
	start_proxy read_head send "$(hex $'HTTP/1.1 200 OK\r\n')" \
		flood $'Header: value\r\n'
	through -X connect example.org 22 </dev/null
	refused_because "the answer has a header of more than 64 KiB"
	start_proxy read_head send "$(hex 'HTTP/1.1 200 ')" flood OKOKOK
	through -X connect example.org 22 </dev/null
	refused_because "the answer has a header of more than 64 KiB"
}

# Handshakes, for the tests below: pairs of a step that reads the request, and
# the answer in hexadecimal.
SOCKS5=("read 4" 0502 "read 5" 0100 "read 8" "$GRANTED5")
SOCKS4=("read 11" "$GRANTED4")
CONNECT=("read_head" "$(hex $'HTTP/1.1 200 OK\r\nA: b\r\n\r\n')")

# cut N PAIR...: set STEPS to those of a proxy that ends after N bytes of its
# answers.
cut() {
	local left=$((2 * $1)) words

	shift
	STEPS=()
	while [ $# -gt 0 ]; do
		read -ra words <<<"$1"
		STEPS+=("${words[@]}")
		if [ "$left" -lt "${#2}" ]; then
			STEPS+=(send "${2:0:left}")
			return
		fi
		STEPS+=(send "$2")
		left=$((left - ${#2}))
		shift 2
	done
}

# each_cut COMMAND...: call the command with each number of bytes after which an
# answer can be cut, and the arguments of sockcat. STEPS is set.
each_cut() {
	local n

	for ((n = 0; n < 14; n++)); do
		cut "$n" "${SOCKS5[@]}"
		"$@" "$n" -P u:p h 1
	done
	for ((n = 0; n < 8; n++)); do
		cut "$n" "${SOCKS4[@]}"
		"$@" "$n" -X 4 h 1
	done
	for ((n = 0; n < ${#CONNECT[1]} / 2; n++)); do
		cut "$n" "${CONNECT[@]}"
		"$@" "$n" -X connect h 1
	done
}

# failed STATUS: the last "through" printed one line, and had this exit status.
failed() {
	[ "$status" -eq "$1" ] && [ -z "$output" ] &&
		[ "${#stderr_lines[@]}" -eq 1 ] &&
		[[ $stderr = "sockcat: connect to "* ]] || {
		echo "steps: ${STEPS[*]}"
		echo "status $status, stderr: $stderr"
		return 1
	}
}

cut_by_eof() {
	shift
	start_proxy "${STEPS[@]}" half_close drain
	through "$@" </dev/null
	failed 1
	[[ $stderr = *": the proxy closed the connection" ]]
}

@test "an EOF after any byte of an answer is an error" {
	each_cut cut_by_eof
}

cut_by_reset() {
	shift
	start_proxy "${STEPS[@]}" reset
	through "$@" </dev/null
	failed 1
}

@test "a reset after any byte of an answer is an error" {
	each_cut cut_by_reset
}

cut_by_silence() {
	shift
	start_proxy "${STEPS[@]}" drain
	through -w 0.1 "$@" </dev/null
	failed 4
}

@test "-w limits a silence after any byte of an answer" {
	each_cut cut_by_silence
}

cut_by_garbage() {
	shift
	start_proxy "${STEPS[@]}" flood $'\xfe'
	through "$@" </dev/null
	[ "$status" -eq 0 ] || failed 1
	[ "${#stderr_lines[@]}" -le 1 ]
}

@test "garbage after any byte of an answer never hangs or crashes sockcat" {
	each_cut cut_by_garbage
}

cut_by_header() {
	shift
	start_proxy "${STEPS[@]}" flood $'Header: value\r\n'
	through "$@" </dev/null
	[ "$status" -eq 0 ] || failed 1
	[ "${#stderr_lines[@]}" -le 1 ]
	[[ " $*" != *connect* ]] || [ "$status" -eq 1 ]
}

@test "an endless header after any byte of an answer ends the attempt" {
	each_cut cut_by_header
}

# complete ACTION PAIR...: set STEPS to those of a proxy that answers with the
# action "send" or "dribble", and lets the server's first bytes follow at once.
complete() {
	local action=$1 words

	shift
	STEPS=()
	while [ $# -gt 0 ]; do
		read -ra words <<<"$1"
		STEPS+=("${words[@]}" "$action")
		[ $# -gt 2 ] && STEPS+=("$2") ||
			STEPS+=("$2$(hex $'SSH-2.0\r\n\r\n')")
		shift 2
	done
}

@test "bytes right after the answer are the server's, also after a dribble" {
	for action in send dribble; do
		complete "$action" "${SOCKS5[@]}"
		start_proxy "${STEPS[@]}" echo
		through -P u:p h 1 <<<hello
		[ "$status" -eq 0 ]
		[ "$output" = $'SSH-2.0\r\n\r\nhello' ]
		complete "$action" "${SOCKS4[@]}"
		start_proxy "${STEPS[@]}" echo
		through -X 4 h 1 <<<hello
		[ "$status" -eq 0 ]
		[ "$output" = $'SSH-2.0\r\n\r\nhello' ]
		complete "$action" "${CONNECT[@]}"
		start_proxy "${STEPS[@]}" echo
		through -X connect h 1 <<<hello
		[ "$status" -eq 0 ]
		[ "$output" = $'SSH-2.0\r\n\r\nhello' ]
	done
}

@test "-w 0 takes a proxy's answer that is there at once" {
	require_commands strace
	start_proxy send 005a000000000000 drain
	# each poll comes late enough for the answer to have arrived
	run -0 timeout 30 strace -o calls \
		-e 'inject=/^p?poll$:delay_enter=200000' \
		"$SOCKCAT" -v -w 0 -X 4 -x "127.0.0.1:$PROXY_PORT" h 1 </dev/null
	[ "${lines[0]}" = "sockcat: connected to h port 1 through \
127.0.0.1 port $PROXY_PORT" ]
	start_proxy read 3 drain
	run -4 timeout 30 "$SOCKCAT" -w 0 -x "127.0.0.1:$PROXY_PORT" h 1 \
		</dev/null
}

@test "a signal during the handshake ends sockcat at once" {
	start_proxy read 3 drain
	in_background "$SOCKCAT" -x "127.0.0.1:$PROXY_PORT" example.org 22 \
		</dev/null
	wait_until grep -q 050100 asked
	kill "$PID"
	ended 143 "$PID"
	[ ! -s err ]
}

@test "a password does not stay in the list of arguments" {
	[ -r /proc/self/cmdline ] || skip "no /proc"
	[ "$SANITIZED" != valgrind ] || skip "valgrind has a copy of them"
	start_proxy read 4 drain
	in_background "$SOCKCAT" -P first:secret -Puser:secret \
		-x "127.0.0.1:$PROXY_PORT" example.org 22 </dev/null
	wait_until grep -q 05020002 asked
	tr '\0' ' ' <"/proc/$PID/cmdline" >arguments
	grep -q "sockcat -P first \* -Puser \* -x 127.0.0.1:$PROXY_PORT example.org 22 *$" arguments
	run ! grep -q secret arguments
	kill "$PID"
	ended 143 "$PID"
}

@test "the password may be in SOCKCAT_PROXY_PASSWORD" {
	start_proxy read 4 send 0502 read 13 send 0101
	SOCKCAT_PROXY_PASSWORD=secret through -P user example.org 22 </dev/null
	refused_because "authentication failed"
	[ "$(tail -n 1 asked)" = "0104$(hex user)06$(hex secret)" ]
}

# start_terminal COMMAND: run the command on a terminal whose keys are descriptor
# 7; what it shows is in the file "screen".
start_terminal() {
	installed script stty
	printf '%s\n' 'trap : INT' 'before=$(stty -a)' "$1" 'status=$?' \
		'[ "$before" = "$(stty -a)" ] && echo unchanged' \
		'echo "status $status"' >commands
	mkfifo keys
	exec 7<>keys
	timeout 30 script -qec "bash commands" /dev/null <keys >screen 3>&- &
	STARTED+=("$!")
}

# on_terminal COMMAND: the same; returns when the command asks for a password.
on_terminal() {
	start_terminal "$1"
	wait_until grep -q 'Password for user at proxy 127.0.0.1 port [0-9]*: ' screen
}

@test "a missing password is asked for on the terminal without echo" {
	start_proxy read 4 send 0502 read 13 send 0101
	on_terminal "'$SOCKCAT' -x 127.0.0.1:$PROXY_PORT -P user h 1 </dev/null"
	echo secret >&7
	wait_until grep -q 'status 1' screen
	grep -q unchanged screen
	grep -q 'authentication failed' screen
	run ! grep -q secret screen
	[ "$(tail -n 1 asked)" = "0104$(hex user)06$(hex secret)" ]
}

@test "what is typed as soon as the prompt is there is read, and not echoed" {
	require_commands strace
	start_proxy read 4 send 0502 read 13 send 0101
	on_terminal "strace -o calls -e inject=ioctl:delay_enter=200000 \
		'$SOCKCAT' -x 127.0.0.1:$PROXY_PORT -P user h 1 </dev/null"
	echo secret >&7
	wait_until grep -q 'status 1' screen
	run ! grep -q secret screen
	[ "$(tail -n 1 asked)" = "0104$(hex user)06$(hex secret)" ]
}

@test "the terminal echoes again after a signal while the password is typed" {
	on_terminal "'$SOCKCAT' -x 127.0.0.1:1 -P user h 1"
	printf 'sec\003' >&7
	wait_until grep -q 'status 130' screen
	grep -q unchanged screen
}

@test "a signal ends sockcat while Ctrl-S keeps its prompt from being shown" {
	[ -r /proc/self/wchan ] || skip "no /proc"
	start_terminal "exec 2>log; read -r _; sh -c 'echo \$\$ >pid; exec \"\$@\"' sh \
		'$SOCKCAT' -x 127.0.0.1:1 -P user h 1; echo \$? >ended"
	printf '\023go\n' >&7
	wait_until test -s pid
	wait_until waits_in 'select|poll' "$(<pid)"
	kill "$(<pid)"
	wait_until file_is ended 143
	printf '\021' >&7
}

@test "without a terminal a missing password is an error" {
	installed setsid
	run -3 timeout 30 setsid -w "$SOCKCAT" -x 127.0.0.1:1 -P user h 1 \
		</dev/null
	[[ $output = "sockcat: ask for the proxy password: "*"; use \
-P user:password or set SOCKCAT_PROXY_PASSWORD" ]]
}

@test "-x, -X and -P with a wrong argument are usage errors" {
	local form="must be host or host:port, with an IPv6 address in brackets"

	for proxy in '' ::1 '[::1' '[]:1' :1080 '[::1]1080' h: a:b:c; do
		usage_error "-x ${proxy:-"''"}: $form" -x "$proxy" h 1
	done
	usage_error "-x h:1x: invalid port (use 0-65535 or a name such as http)" \
		-x h:1x h 1
	usage_error "-x http://h:80: give host:port, not a URL; use '-X http -x h:80 h 1'" \
		-x http://h:80/ h 1
	usage_error "-x u:*@h:1: the login is an option of its own; use '-P u -x h:1 h 1'" \
		-x u:p@h:1 h 1
	usage_error "-x http://u:*@h:80: give host:port, not a URL; use '-X http -P u -x h:80 h 1'" \
		-x http://u:p@h:80 h 1
	usage_error "-x socks5://h: give host:port, not a URL; use '-X 5 -x h h 1'" \
		-x socks5://h h 1
	usage_error "-X CONNECT: use connect" -x h -X CONNECT h 1
	for type in '' 6 45; do
		usage_error "-X ${type:-"''"}: must be 4, 5 or http" -x h \
			-X "$type" h 1
	done
	usage_error "-P: the user is missing, which only an HTTP proxy allows (-X http)" \
		-x h -P :secret h 1
	usage_error "-P: the login is too long for the proxy" -x h \
		-P "$(printf '%0256d' 0):secret" h 1
}

@test "-X and -P require -x, which excludes -l, -u and -U" {
	usage_error "-X requires -x" -X 5 h 1
	usage_error "-P requires -x" -P user h 1
	usage_error "-x and -l cannot be combined" -x h -l 1
	usage_error "-x and -u cannot be combined" -x h -u h 1
	usage_error "-x and -U cannot be combined" -x h -U path
}

@test "a target that cannot be asked for is an error before connecting" {
	run -1 timeout 30 "$SOCKCAT" -X 4 -x 127.0.0.1:1 ::1 22
	[ "$output" = "sockcat: resolve ::1: SOCKS4 has no IPv6 addresses; \
use -X 5" ]
	for host in $'a\r\nb' 'a b' "x$(printf '%0256d' 0)"; do
		run -1 timeout 30 "$SOCKCAT" -X connect -x 127.0.0.1:1 "$host" 22
		[[ $output = "sockcat: resolve "*": not a host name" ]]
	done
}

@test "-n with -x: only the proxy's own address has to be numeric" {
	run -1 timeout 30 "$SOCKCAT" -n -x localhost:1 example.org 22
	[[ $output = "sockcat: resolve localhost: not a numeric address (-n)" ]]
	start_proxy send 05ff reset
	through -n example.org 22 </dev/null
	refused_because "no acceptable methods; give a login with -P"
}

@test "a refusal is reported even if the proxy resets before it is asked" {
	for _ in {1..10}; do
		start_proxy send 05ff reset
		through example.org 22 </dev/null
		refused_because "no acceptable methods; give a login with -P"
	done
}

# Passing the socket.

@test "-F passes the connected socket, in blocking mode" {
	start_proxy echo
	run --separate-stderr -0 timeout 30 "$RECEIVE" "$SOCKCAT" -v -F \
		127.0.0.1 "$PROXY_PORT" <<<hello
	[ "$output" = hello ]
	[ "$stderr" = "sockcat: connected to 127.0.0.1 port $PROXY_PORT
blocking" ]
}

@test "-F passes a connection through a proxy, with all that follows the answer" {
	complete send "${CONNECT[@]}"
	start_proxy "${STEPS[@]}" echo
	run --separate-stderr -0 timeout 30 "$RECEIVE" "$SOCKCAT" -F -X connect \
		-x "127.0.0.1:$PROXY_PORT" h 1 <<<hello
	[ "$output" = $'SSH-2.0\r\n\r\nhello' ]
	[ "$stderr" = blocking ]
}

@test "nc.openbsd -F and sockcat -F pass the same connection" {
	installed nc.openbsd
	for netcat in nc.openbsd "$SOCKCAT"; do
		start_proxy echo
		run --separate-stderr -0 timeout 30 "$RECEIVE" "$netcat" -F \
			127.0.0.1 "$PROXY_PORT" <<<hello
		[ "$output" = hello ]
		start_proxy read 3 send 0500 read 10 \
			send 0500000100000000000068690a echo
		run --separate-stderr -0 timeout 30 "$RECEIVE" "$netcat" -F \
			-X 5 -x "127.0.0.1:$PROXY_PORT" 127.0.0.1 1 <<<hello
		[ "$output" = $'hi\nhello' ]
	done
}

@test "-F passes nothing when the connection fails" {
	run --separate-stderr -1 timeout 30 "$RECEIVE" "$SOCKCAT" -F 127.0.0.1 \
		"$(free_port)"
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "-F without a Unix socket is a usage error before anything is tried" {
	local message="-F: standard output must be a Unix-domain socket"

	start_proxy drain
	usage_error "$message" -F 127.0.0.1 "$PROXY_PORT"
	usage_error "$message" -F name.invalid "$PROXY_PORT"
	kill -0 "$PROXY_PID"
	for option in -l -u -L -m; do
		usage_error "-F and $option cannot be combined" -F "$option" h 1
	done
}

@test "-F reports a receiver that has gone, with status 3" {
	start_proxy drain
	run --separate-stderr -3 timeout 30 "$RECEIVE" -c "$SOCKCAT" -F \
		127.0.0.1 "$PROXY_PORT" </dev/null
	[[ $stderr = "sockcat: pass the socket to standard output: "* ]]
}

# Real proxies, and other netcats next to sockcat.

# start_server ARGUMENT...: start a sockcat that serves one client on
# SERVER_PORT. It sends the file "theirs" and writes to the file "got".
start_server() {
	local line

	[ -e theirs ] || head -c 300k /dev/urandom >theirs
	[ -e ours ] || head -c 300k /dev/urandom >ours
	rm -f server_log
	mkfifo server_log
	"$SOCKCAT" -v "$@" -l 127.0.0.1 0 <theirs >got 2>server_log 3>&- &
	SERVER_PID=$!
	STARTED+=("$!")
	IFS= read -r -t 30 line <server_log
	SERVER_PORT=${line##* }
}

# transfers COMMAND...: with the host and port of a server after it, the
# command sends and receives a file at once. The proxy has to pass on a
# half-close: not all do.
transfers() {
	start_server
	timeout 30 "$@" 127.0.0.1 "$SERVER_PORT" <ours >received
	ended 0 "$SERVER_PID"
	cmp theirs received
	cmp ours got
}

# receives COMMAND...: the command receives a file.
receives() {
	start_server
	timeout 30 "$@" 127.0.0.1 "$SERVER_PORT" </dev/null >received
	cmp theirs received
}

# sends COMMAND...: the command sends a file.
sends() {
	start_server -d
	timeout 30 "$@" 127.0.0.1 "$SERVER_PORT" <ours >received
	ended 0 "$SERVER_PID"
	cmp ours got
}

# start_on_port COMMAND...: start a real proxy on PROXY_PORT and wait for it.
start_on_port() {
	"$@" >server_out 2>&1 3>&- &
	STARTED+=("$!")
	wait_until answers "$PROXY_PORT"
}

start_microsocks() {
	installed microsocks
	PROXY_PORT=$(free_port)
	start_on_port microsocks -i 127.0.0.1 -p "$PROXY_PORT" "$@"
}

# start_tinyproxy LINE...: with these lines in its configuration.
start_tinyproxy() {
	installed tinyproxy
	PROXY_PORT=$(free_port)
	printf '%s\n' "Port $PROXY_PORT" 'Listen 127.0.0.1' 'Timeout 60' \
		'LogLevel Error' "$@" >tinyproxy.conf
	start_on_port tinyproxy -d -c tinyproxy.conf
}

# start_sshd: start an SSH server for this user on SSH_PORT. "ssh -F config
# host" logs in to it.
start_sshd() {
	local sshd

	installed sshd ssh ssh-keygen
	sshd=$(PATH=$PATH:/usr/sbin command -v sshd)
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f key
	SSH_PORT=$(free_port)
	printf '%s\n' "Port $SSH_PORT" 'ListenAddress 127.0.0.1' \
		"HostKey $WORK/key" "AuthorizedKeysFile $WORK/key.pub" \
		'PidFile none' 'StrictModes no' 'UsePAM no' \
		'PasswordAuthentication no' 'PermitRootLogin yes' >sshd_config
	"$sshd" -D -e -f "$WORK/sshd_config" >sshd_log 2>&1 3>&- &
	STARTED+=("$!")
	wait_until answers "$SSH_PORT" || skip "sshd does not start"
	printf '%s\n' 'Host host' 'HostName 127.0.0.1' "Port $SSH_PORT" \
		"IdentityFile $WORK/key" 'IdentitiesOnly yes' 'BatchMode yes' \
		'StrictHostKeyChecking no' 'UserKnownHostsFile /dev/null' \
		'LogLevel ERROR' >config
}

start_ssh_proxy() {
	start_sshd
	PROXY_PORT=$(free_port)
	start_on_port ssh -F config -N -D "127.0.0.1:$PROXY_PORT" host
}

@test "sockcat connects through microsocks, as nc and ncat do" {
	start_microsocks
	receives "$SOCKCAT" -d -x "127.0.0.1:$PROXY_PORT"
	sends "$SOCKCAT" -4 -w 20 -X 5 -x "localhost:$PROXY_PORT"
	if command -v nc.openbsd >/dev/null; then
		receives nc.openbsd -d -X 5 -x "127.0.0.1:$PROXY_PORT"
		sends nc.openbsd -N -X 5 -x "127.0.0.1:$PROXY_PORT"
	fi
	if command -v ncat >/dev/null; then
		receives ncat --recv-only --proxy-type socks5 \
			--proxy "127.0.0.1:$PROXY_PORT"
		sends ncat --send-only --proxy-type socks5 \
			--proxy "127.0.0.1:$PROXY_PORT"
	fi
}

@test "the proxy looks up the name" {
	start_microsocks
	start_server
	timeout 30 "$SOCKCAT" -d -x "127.0.0.1:$PROXY_PORT" localhost \
		"$SERVER_PORT" >received
	cmp theirs received
}

@test "microsocks takes the right login and no other" {
	start_microsocks -u user -P secret
	receives "$SOCKCAT" -d -P user:secret -x "127.0.0.1:$PROXY_PORT"
	through -P user:wrong example.org 22 </dev/null
	refused_because "authentication failed"
	through example.org 22 </dev/null
	refused_because "no acceptable methods; give a login with -P"
}

@test "microsocks reports that the target refuses" {
	start_microsocks
	through 127.0.0.1 "$(free_port)" </dev/null
	[ "$status" -eq 1 ]
	[[ $stderr = *": Connection refused" ]]
}

@test "sockcat connects through tinyproxy, as nc and ncat do" {
	start_tinyproxy
	receives "$SOCKCAT" -d -X connect -x "127.0.0.1:$PROXY_PORT"
	sends "$SOCKCAT" -X connect -x "127.0.0.1:$PROXY_PORT"
	if command -v nc.openbsd >/dev/null; then
		receives nc.openbsd -d -X connect -x "127.0.0.1:$PROXY_PORT"
		sends nc.openbsd -N -X connect -x "127.0.0.1:$PROXY_PORT"
	fi
	if command -v ncat >/dev/null; then
		receives ncat --recv-only --proxy-type http \
			--proxy "127.0.0.1:$PROXY_PORT"
		sends ncat --send-only --proxy-type http \
			--proxy "127.0.0.1:$PROXY_PORT"
	fi
}

@test "tinyproxy takes the right login and no other" {
	start_tinyproxy 'BasicAuth user secret'
	receives "$SOCKCAT" -d -P user:secret -X connect \
		-x "127.0.0.1:$PROXY_PORT"
	through -X connect -P user:wrong example.org 22 </dev/null
	[[ $status = 1 && $stderr = *": HTTP/1."?" 40"[17]" "* ]]
	through -X connect example.org 22 </dev/null
	[[ $status = 1 && $stderr = *": HTTP/1."?" 407 "*"; give a login with -P" ]]
}

@test "tinyproxy's refusal is reported with its status line" {
	start_tinyproxy 'ConnectPort 1'
	through -X connect example.org 22 </dev/null
	[[ $status = 1 && $stderr = *": HTTP/1."?" 403 "* ]]
}

@test "sockcat connects through ncat as an HTTP proxy" {
	installed ncat
	PROXY_PORT=$(free_port)
	start_on_port ncat -lk --proxy-type http --proxy-auth user:secret \
		127.0.0.1 "$PROXY_PORT"
	receives "$SOCKCAT" -d -P user:secret -X connect \
		-x "127.0.0.1:$PROXY_PORT"
	through -X connect -P user:wrong example.org 22 </dev/null
	[[ $status = 1 && $stderr = *": HTTP/1."?" 407 "* ]]
}

@test "sockcat connects through ssh -D with each version of SOCKS, as nc and ncat do" {
	start_ssh_proxy
	transfers "$SOCKCAT" -X 4 -x "127.0.0.1:$PROXY_PORT"
	transfers "$SOCKCAT" -X 5 -x "127.0.0.1:$PROXY_PORT"
	start_server
	timeout 30 "$SOCKCAT" -X 4 -x "127.0.0.1:$PROXY_PORT" localhost \
		"$SERVER_PORT" <ours >received
	cmp theirs received
	if command -v nc.openbsd >/dev/null; then
		transfers nc.openbsd -N -X 4 -x "127.0.0.1:$PROXY_PORT"
	fi
	if command -v ncat >/dev/null; then
		transfers ncat --proxy-type socks4 \
			--proxy "127.0.0.1:$PROXY_PORT"
	fi
}

# ssh_recipe TASK WORD...: run README's command for this task. The host is that
# of the configuration.
ssh_recipe() {
	mkdir -p bin
	printf '#!/bin/sh\nexec "%s" -F "%s/config" "$@"\n' \
		"$(command -v ssh)" "$WORK" >bin/ssh
	chmod +x bin/ssh
	HOST=host recipe "$@"
}

@test "README example: ssh through a SOCKS proxy, also for git and rsync" {
	start_sshd
	start_microsocks
	run -0 ssh_recipe "ssh through a SOCKS proxy" echo hello
	[ "$output" = hello ]
	grep -qx "sockcat: connected to 127.0.0.1 port $SSH_PORT through \
127.0.0.1 port $PROXY_PORT" said
	export PATH=$WORK/bin:$PATH
	local ssh="ssh -o ProxyCommand='sockcat -x 127.0.0.1:$PROXY_PORT %h %p'"
	head -c 2M /dev/urandom >big
	if command -v rsync >/dev/null; then
		timeout 30 rsync -e "$ssh" "host:$WORK/big" copied
		cmp big copied
	fi
	if command -v git >/dev/null; then
		mkdir repository
		mv big repository
		git -C repository init -q
		git -C repository add big
		git -C repository -c user.name=a -c user.email=a@example.org \
			commit -q -m "A file"
		GIT_SSH_COMMAND=$ssh timeout 30 git clone -q \
			"host:$WORK/repository" clone
		cmp repository/big clone/big
	fi
}

@test "README example: ssh, with sockcat only to connect" {
	start_sshd
	PROXY_PORT=none
	run -0 ssh_recipe "ssh, with sockcat only to connect: faster, where ssh can do it" echo hello
	[ "$output" = hello ]
	[ "$(<said)" = "sockcat: connected to 127.0.0.1 port $SSH_PORT" ]
}

@test "ssh takes the socket of a connection through a proxy" {
	start_sshd
	start_microsocks
	run -0 timeout 30 ssh -F config -o ProxyUseFdpass=yes -o \
		ProxyCommand="'$SOCKCAT' -F -x 127.0.0.1:$PROXY_PORT %h %p" \
		host echo hello
	[ "$output" = hello ]
}

@test "README example: reach a database through a SOCKS proxy" {
	start_proxy read 3 send 0500 read 10 send "$GRANTED5" echo
	PORT=$(free_port)
	export SERVER=5432
	recipe "reach a database through a SOCKS proxy" </dev/null &
	STARTED+=("$!")
	wait_until grep -qs listening said
	run -0 timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <<<query
	[ "$output" = query ]
}

@test "man page example: connect to a mail server through an HTTP proxy" {
	start_proxy read_head send "$(hex $'HTTP/1.0 200 OK\r\n\r\n')" echo
	PORT=25
	export SOCKCAT_PROXY_PASSWORD=secret
	run -0 run_example "sockcat -X connect -x proxy:3128 -P user host 25" <<<hello
	[ "$output" = hello ]
	grep -q '^Proxy-Authorization: Basic ' asked
}
