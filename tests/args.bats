# The command line: accepted options and usage errors.
load helper

# refused STATUS MESSAGE ARGUMENT...: sockcat prints only this line, on stderr,
# and exits with this status.
refused() {
	local status=$1 message=$2

	shift 2
	run --separate-stderr -"$status" timeout 30 "$SOCKCAT" "$@" </dev/null
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr = "sockcat: "$message ]] || {
		echo "stderr: $stderr"
		return 1
	}
}

# usage MESSAGE ARGUMENT...: a usage error with this message.
usage() {
	local message=$1

	shift
	refused 2 "$message; try 'sockcat -h'" "$@"
}

# advice MESSAGE ARGUMENT...: a usage error whose message tells what to do, and
# does not send the user to the help.
advice() {
	local message=$1

	shift
	refused 2 "$message" "$@"
	[[ $stderr != *"sockcat -h"* ]]
}

@test "no operands are a usage error" {
	usage "missing host and port"
}

@test "a host without a port is a usage error" {
	advice "missing port after host 'example'; use 'example 80'*" example
}

@test "a surplus operand is a usage error that names it" {
	usage "unexpected argument 'c'" a 1 c
	usage "unexpected argument 'c'" -l a 1 c
	usage "unexpected argument 'b'" -l -p 1 a b
}

@test "-l without a port is a usage error, unless a service manager passed sockets" {
	advice "-l requires a port; use '-l 8080', or another one" -l
	advice "-l requires a port; use '-lk -w 5 8080', or another one" -w 5 -kl
	run -2 env LISTEN_FDS=1 "$SOCKCAT" -l
}

@test "host and port in one word are a usage error that separates them" {
	local two="host and port are two arguments; use"

	advice "example.org:80: $two 'example.org 80'" example.org:80
	advice "\[::1]:80: $two '::1 80'" '[::1]:80'
	advice "127.0.0.1:80: $two '-l 127.0.0.1 80'" -l 127.0.0.1:80
}

@test "a URL is a usage error that gives its host and port" {
	local url="give a host and a port, not a URL; use"

	advice "http://example.org/a?b: $url 'example.org 80'" \
		http://example.org/a?b
	advice "http://example.org:81: $url 'example.org 81'" \
		http://example.org:81 80
	advice "ftp://example.org: $url 'example.org ftp'" \
		ftp://example.org
	advice "https://example.org/: there is no TLS; use 'openssl s_client -connect example.org:443'" \
		https://example.org/
}

@test "a port alone is a usage error that offers localhost and -l" {
	advice "no host before port 80; use 'localhost 80', or '-l 80' to listen" 80
}

@test "host and port swapped are a usage error that swaps them" {
	local first="the host comes before the port; use"

	advice "80 example.org: $first 'example.org 80'" 80 example.org
	advice "80 localhost: $first 'localhost 80'" 80 localhost
	advice "80 ::1: $first '::1 80'" 80 ::1
}

@test "options may stand after the operands, and -- ends them" {
	refused 1 "resolve ::1: not an IPv4 address (-4)" ::1 1 -4
	refused 1 "resolve ::1: not an IPv4 address (-4)" ::1 --ipv4 1 -w 5
	refused 1 "resolve -6: ?*" -4 -- -6 1
	advice "-4 and -6 cannot be combined: ?*" -l 80 -4 -6
	start "$SOCKCAT" -v -l 127.0.0.1 0 -w0.2
	read_port
	assert_exit 4 "$PID"
}

@test "socat's way to write an address is a usage error that translates it" {
	local socat="this is how socat writes it; use"

	advice "- TCP:example.org:80: $socat 'example.org 80'" \
		- TCP:example.org:80
	advice "TCP-LISTEN:80,fork: $socat '-l 80', with -k for many clients" \
		TCP-LISTEN:80,fork
}

@test "an option that other netcats have is a usage error with a hint" {
	advice "unknown option --ssl: there is no TLS; use openssl s_client" --ssl a 443
	advice "unknown option --idle-timeout: use --wait" --idle-timeout 5 a 1
	advice "unknown option -G: for a time limit use -w*" -G
}

@test "a port with a colon but no host is a usage error that completes it" {
	advice ":80: the host is missing; use 'localhost 80'" :80
	advice ":80: leave out the colon; use '-l 80'" -l :80
}

@test "a surplus colon is a usage error that shows the form without it" {
	advice "127.0.0.1:80 80: give the port only once; use '127.0.0.1 80'" \
		127.0.0.1:80 80
	advice "localhost:: leave out the colon; use 'localhost' and a port" \
		localhost:
	advice "localhost: 80: leave out the colon; use 'localhost 80'" \
		localhost: 80
}

@test "an IPv6 address followed by a port is a usage error that separates them" {
	local two="host and port are two arguments; use"

	advice "::1:80: $two '::1 80'" ::1:80
	advice "::1:80: $two '-l ::1 80'" -l ::1:80
	advice "missing port after host '2001:db8::1'; use *" 2001:db8::1
}

@test "an IPv6 address in brackets is a usage error that leaves them out" {
	advice "\[::1] 80: leave out the brackets; use '::1 80'" '[::1]' 80
	advice "\[::1]:80 80: leave out the brackets; use '::1 80'" '[::1]:80' 80
}

@test "a user before the host is a usage error that leaves it out" {
	advice "user@host 22: leave out the user; use 'host 22'" user@host 22
	advice "user@host:22: leave out the user; use 'host 22'" user@host:22
}

@test "two ports to listen on are a usage error that names both" {
	advice "-p 5 and 6: give only one port" -l -p 5 6
	advice "--source-port 5 and 6: give only one port" \
		--listen --source-port 5 6
}

@test "several ports without -z are a usage error that offers it" {
	advice "to scan ports use '-z localhost 80,443'" localhost 80,443
	advice "to scan ports use '-z localhost 80-90'" localhost 80-90
	advice "to scan ports use '-z ::1 http,22'" ::1 http,22
}

@test "several ports with -z are no mistake" {
	run "$SOCKCAT" -z ::1 1,2
	[[ $output != *"to scan ports"* ]]
}

@test "a path without -U is a usage error that offers it" {
	advice "/tmp/x.sock: a path needs -U; use '-U /tmp/x.sock'" /tmp/x.sock
	advice "./x.sock: a path needs -U; use '-lU ./x.sock'" -l ./x.sock
	advice "UNIX-CONNECT:/x: this is how socat writes it; use '-U /x'" \
		UNIX-CONNECT:/x
	advice "UNIX-LISTEN:/x,fork: this is how socat writes it; use '-l -U /x'" \
		UNIX-LISTEN:/x,fork
}

@test "an argument that another netcat accepts is a usage error that translates it" {
	advice "-c cat: *to run a command use -e 'cat'" -l -c cat 1
	advice "--retry cat: *to run a command use -e 'cat'" --retry cat a 1
	advice "-X https: use http" -x a -X https a 1
	advice "-b -u: *broadcast needs no option*" -b -u a 1
}

@test "a long option with one dash is a usage error that gives the right form" {
	local two="a long option has two dashes; use"

	advice "-version: $two --version" -version
	advice "-listen: $two --listen" -listen 80
	advice "-ssl: there is no TLS; use openssl s_client" -ssl a 443
}

@test "a link-local address without its zone is a usage error" {
	advice "fe80::1: a link-local address requires a zone; use 'fe80::1%* 80' or another interface" \
		fe80::1 80
	advice "fe80::1: a link-local address requires a zone*" -l fe80::1 80
	advice "ff02::fb: a link-local address requires a zone; use '-lu ff02::fb%* 5353' or another interface" \
		-lu ff02::fb 5353
}

@test "a reserved port is reported as one" {
	local reserved

	read -r reserved </proc/sys/net/ipv4/ip_unprivileged_port_start ||
		skip "the system does not tell which ports are reserved"
	[ "$reserved" -gt 1 ] && [ "$(id -u)" = 0 ] &&
		setpriv --reuid=65534 --clear-groups "$SOCKCAT" -V >/dev/null 2>/dev/null ||
		skip "no reserved ports, or no root to give up"
	run -1 setpriv --reuid=65534 --clear-groups "$SOCKCAT" -l 127.0.0.1 1
	[[ $output = *"port 1: "*" (use a port from 1024 on, or be root)"* ]]
}

@test "an unknown option is a usage error that names it" {
	usage "unknown option -Y" -Y
	usage "unknown option -Y" -lY 1
	advice "-v-help: a space is missing; use '-v -help'" -v-help
	usage "'-' is not an option letter" -l-
}

@test "an unknown long option is a usage error that gives the nearest name" {
	advice "unknown option --lisen (did you mean --listen?)" --lisen 1
	advice "unknown option --wiat (did you mean --wait?)" --wiat 1 a 1
	advice "unknown option --maxconns (did you mean --max-conns?)" \
		--maxconns=5 a 1
	advice "unknown option --shutdwon (did you mean --shutdown?)" \
		--shutdwon a 1
}

@test "an unknown long option of which more than a third of the letters differ from all names gets no guess" {
	usage "unknown option --no-such" --no-such a 1
	usage "unknown option --frobnicate" --frobnicate
	usage "unknown option --burst-rate" --burst-rate 1 a 1
	usage "unknown option --$(printf 'listen%.0s' {1..30})" \
		"--$(printf 'listen%.0s' {1..30})"
	usage "unknown option --" --=1
}

@test "a long option of another netcat is a usage error that tells what to do" {
	advice "unknown option --zero: use --scan" --zero a 1
	advice "unknown option --broadcast: broadcast needs no option" \
		--broadcast a 1
	advice "unknown option --sendonly: use --send-only" --sendonly a 1
}

@test "a shortened long option is a usage error that gives the whole name" {
	advice "unknown option --verb (did you mean --verbose?)" --verb a 1
	advice "unknown option --send (did you mean --send-buffer?)" --send 1k a 1
}

@test "a value for a long option that takes none is a usage error" {
	advice "option --listen takes no argument; leave out =1" --listen=1 1
	advice "option --help takes no argument; leave out =" --help=
}

@test "an error names a long option as it was written" {
	advice "option --wait requires an argument (seconds)" --wait
	advice "--wait 5x: give seconds, such as 5*" --wait=5x a 1
	advice "--read-size '': must be a number of bytes*" --read-size= a 1
	advice "--max-messages 0: must be a whole number, at least 1" --max-messages 0 a 1
	advice "-4 and --ipv6 cannot be combined: ?*" -4 --ipv6 a 1
	advice "--max-conns requires --keep-open: ?*" --max-conns 5 -l 1
	advice "--listen requires a port; use '--listen 8080', or another one" --listen
	advice "--unixsock requires a path" --unixsock
	advice "--allow 1/x: must be an address, a name or a network such as 192.0.2.0/24" --allow 1/x -l 1
	advice "--source ::1 and ::2: give only one address" \
		--source ::1 -l ::2 1
}

@test "an option without its argument is a usage error that names both" {
	advice "option -w requires an argument (seconds)" -w
	advice "option -B requires an argument (bytes)" -B
	advice "option -b requires an argument (a number)" -b
	advice "option -T requires an argument (type of service)" -T
	advice "option -a requires an argument (nets)" -a
	advice "option -p requires an argument (port)" -p
}

@test "a port is a whole number from 0 to 65535 or a service name" {
	local port

	for port in 0x50 65536 99999 80x nosuchservice 99999999999999999999; do
		advice "invalid port '$port' (*" 127.0.0.1 "$port"
		advice "invalid port '$port' (*" -l "$port"
		advice "-p $port: invalid port (*" -l -p "$port"
		advice "-p $port: invalid port (*" -p "$port" 127.0.0.1 1
	done
	advice "invalid port '-1' (*" 127.0.0.1 -- -1
	advice "invalid port '' (*" 127.0.0.1 ''
	advice "-p '': invalid port (*" -p '' 127.0.0.1 1
	advice "--source-port x: invalid port (*" --source-port x 127.0.0.1 1
	advice "unknown option -1: a port has no dash before it; use 1" -1
}

@test "-n rejects service names" {
	advice "invalid port 'http' (-n requires a number)" -n 127.0.0.1 http
	advice "-p http: invalid port (-n requires a number)" \
		-n -p http 127.0.0.1 1
	advice "port http: -n requires a number" -nz 127.0.0.1 1,http
}

@test "a malformed number is a usage error that gives the valid form" {
	local secs="give seconds, such as 5 or 0.25*"
	local bytes="must be a number of bytes from 1 to * such as 64k"
	local tos="must be a number from 0 to 255, or a name such as ef"
	local arg

	for arg in 1x -1 . 1. 1e3 99999999999; do
		advice "-w $arg: $secs" -w "$arg" a 1
		[ "$arg" = -1 ] || advice "-q $arg: $secs" -q "$arg" a 1
	done
	advice "-w '': $secs" -w '' a 1
	for arg in 1x 1kk 1.5 .k -1 9223372036854775807k; do
		advice "-B $arg: $bytes" -B "$arg" a 1
		advice "-O $arg: $bytes" -O "$arg" a 1
	done
	for arg in 1x 99999999999999999999; do
		advice "-b $arg: must be a whole number, at least 0" \
			-b "$arg" -l 1
	done
	advice "-T af44: $tos" -T af44 a 1
}

@test "a number out of range is a usage error that gives the range" {
	advice "-b 2147483648: must be 0 to 2147483647" \
		-b 2147483648 -l 1
	advice "-B 0: must be 1 to 1G" -B 0 a 1
	advice "-I 4G: must be 1 to 1G" -I 4G a 1
	advice "-T 256: must be 0 to 255" -T 256 a 1
	advice "-M 0: must be a whole number, at least 1" -M 5,0 -lk 1
	advice "--ready 2: must be a whole number, at least 3" --ready 2 -l 1
}

@test "options that exclude each other are a usage error that names both and says why" {
	advice "-4 and -6 cannot be combined: ?*" -4 -6 a 1
	advice "-R and -r cannot be combined: ?*" -Rr a 1
	advice "-H and -N cannot be combined: ?*" -NH a 1
	advice "-f and -e cannot be combined: ?*" -lk -f a:1 -e : 1
	advice "-f and -j cannot be combined: ?*" -lkj -f a:1 1
	advice "-k and -u cannot be combined: ?*" -ku a 1
	advice "-x and -l cannot be combined: *add -f" -x a -l 1
	advice "--send-only and -d cannot be combined: ?*" --send-only -d a 1
}

@test "an option without the one it requires is a usage error that names both and says why" {
	advice "-b requires -l: only a listener has a backlog" -b 5 a 1
	advice "-M requires -k: ?*" -M 5 -l 1
	advice "-j requires -l: ?*" -jk a 1
	advice "-f requires -l: ?*" -f a:1 a 1
	advice "--ready requires --listen: ?*" --ready 3 a 1
	advice "--mode requires --unixsock: ?*" --mode 660 -l 1
}

@test "two addresses to listen on are a usage error that names both" {
	advice "-s ::1 and 127.0.0.1: give only one address" -l -s ::1 127.0.0.1 1
}

@test "an address of the wrong family is an error with status 1" {
	refused 1 "resolve ::1: not an IPv4 address (-4)" -4 ::1 1
	refused 1 "resolve 127.0.0.1: not an IPv6 address (-6)" -6 127.0.0.1 1
	refused 1 "resolve localhost: not a numeric address (-n)" -n localhost 1
}

@test "a host that does not resolve is an error that names it" {
	refused 1 "resolve nosuch.invalid: ?*" nosuch.invalid 1
	refused 1 "resolve nosuch.invalid: ?*" -l nosuch.invalid 0
	refused 1 "resolve fe80::1%nosuch: ?*" fe80::1%nosuch 1
}

@test "a local address that the machine lacks is an error that names it" {
	refused 1 "listen on 192.0.2.1 port 0: $(error_text EADDRNOTAVAIL) (no interface here has this address)" \
		-l 192.0.2.1 0
	refused 1 "connect to 127.0.0.1 port 1 from 192.0.2.1: $(error_text EADDRNOTAVAIL) (no interface here has this address)" \
		-s 192.0.2.1 127.0.0.1 1
}

@test "a host of digits alone is a usage error with the right command" {
	advice "'8080' is a number, not a host; use 'localhost 80', or another host" \
		8080 80
	advice "8080 and 80 are two ports, and a listener has one; use '-l 8080'" \
		-l 8080 80
	advice "53 h: the host comes before the port; use '-u h 53'" -u 53 h
}

@test "seconds may start with a point" {
	refused 1 "connect to 127.0.0.1 port 1: Connection refused" \
		-w .5 127.0.0.1 1
	refused 1 "connect to 127.0.0.1 port 1: Connection refused" \
		-q .25 127.0.0.1 1
}

@test "when -w 0 expires, the message does not name a lookup that did not happen" {
	"$ACTOR" -f </dev/null 2>/dev/null || skip "no IPv6"
	peer_full_backlog
	refused 4 "connect to \\[::1] port $PORT: no answer at once (-w 0)" \
		-w 0 ::1 "$PORT"
}

@test "C1 control characters in a host name are shown as \xNN, and UTF-8 is not changed" {
	refused 1 $'resolve b\xc3\xbc\\\\x9bc\\\\xc2\\\\x85: ?*' \
		$'b\xc3\xbc\x9bc\xc2\x85' 1
}

@test "control characters in a host name are shown as \xNN in the error" {
	refused 1 "resolve a\\\\x0ab: ?*" $'a\nb' 1
}

@test "-h and --help print the help on stdout" {
	run --separate-stderr -0 "$SOCKCAT" -h
	[ -z "$stderr" ]
	[[ $output = "usage: sockcat [options] host port"* ]]
	run -0 diff <("$SOCKCAT" -h 3>&-) <("$SOCKCAT" --help 3>&-)
}

@test "-V and --version print the version on stdout" {
	run -0 "$SOCKCAT" -V
	[[ $output =~ ^sockcat\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	run -0 diff <("$SOCKCAT" -V 3>&-) <("$SOCKCAT" --version 3>&-)
}

@test "a write error while printing the help gives status 3" {
	[ -c /dev/full ] || skip "no /dev/full"
	run -3 bash -c '"$1" -h 2>&1 >/dev/full' - "$SOCKCAT"
	[[ $output = "sockcat: write standard output: No space left"* ]]
}

# compiled ARGUMENT...: did this command line compile a regular expression?
compiled() {
	valgrind --tool=callgrind --callgrind-out-file=calls "$SOCKCAT" "$@" \
		</dev/null >/dev/null 2>&1
	grep -q ') main' calls || return 2
	grep -q ') regcomp' calls
}

@test "a valid command line compiles no regular expression" {
	local line

	require_commands valgrind
	[ -z "${SANITIZED-}" ] || skip "valgrind does not run sanitizers"
	run -0 compiled ::1:1
	for line in "-4 localhost http" "-l -w 0 ::1 0" \
		"-X 5 -P a:b -x [::1]:1 [::2] 1" "-z ::1 1,3-4" \
		"-c 0 -q 1 -s ::1 -o dump fe80::1%lo 1"; do
		# shellcheck disable=SC2086 # words
		run -1 compiled $line
	done
}

@test "-- ends the options" {
	refused 1 "resolve -nosuch.invalid: ?*" -- -nosuch.invalid 1
}

@test "-- ends the long options too" {
	refused 1 "resolve --wait: ?*" -- --wait 1
}

@test "a long option takes its value after a space or an equals sign" {
	refused 1 "resolve ::1: not an IPv4 address (-4)" --ipv4 --wait 5 ::1 1
	refused 1 "resolve ::1: not an IPv4 address (-4)" --wait=5 -v4 ::1 1
	start "$SOCKCAT" --verbose -l --wait=0.2 --source 127.0.0.1 0
	read_port
	assert_exit 4 "$PID"
}

@test "options may be grouped, and their arguments may follow directly" {
	start "$SOCKCAT" -vlw0.2 127.0.0.1 0
	read_port
	assert_exit 4 "$PID"
}

@test "-T accepts DSCP names and numbers" {
	local tos

	require_commands strace
	for tos in ef:0xb8 af21:0x48 cs6:0xc0 lowdelay:0x10 0x20:0x20 7:0x7; do
		run strace -f -e trace=setsockopt "$SOCKCAT" -T "${tos%:*}" \
			127.0.0.1 1
		[[ $output = *"IP_TOS, [$((${tos#*:}))]"* ]]
	done
}

@test "-I and -O set the socket's buffer sizes" {
	require_commands strace
	run strace -f -e trace=setsockopt "$SOCKCAT" -I 64k -O 1M 127.0.0.1 1
	[[ $output = *"SO_RCVBUF, [65536]"* ]]
	[[ $output = *"SO_SNDBUF, [1048576]"* ]]
}

@test "SO_REUSEADDR is set on listeners, with -r always, with -R never" {
	require_commands strace
	run timeout 30 strace -e trace=setsockopt "$SOCKCAT" -w 0 -l 127.0.0.1 0
	[[ $output = *SO_REUSEADDR* ]]
	run timeout 30 strace -e trace=setsockopt "$SOCKCAT" -Rw 0 -l 127.0.0.1 0
	[[ $output != *SO_REUSEADDR* ]]
	run strace -e trace=setsockopt "$SOCKCAT" 127.0.0.1 1
	[[ $output != *SO_REUSEADDR* && $output = *TCP_NODELAY* ]]
	run strace -e trace=setsockopt "$SOCKCAT" -r 127.0.0.1 1
	[[ $output = *SO_REUSEADDR* ]]
}

@test "-b sets the backlog of listen(2)" {
	require_commands strace
	run timeout 30 strace -e trace=listen "$SOCKCAT" -b 7 -w 0 -l 127.0.0.1 0
	[[ $output = *", 7)"* ]]
}
