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

@test "no operands are a usage error" {
	usage "missing host and port"
}

@test "a host without a port is a usage error" {
	usage "missing port after host 'example'" example
}

@test "a surplus operand is a usage error that names it" {
	usage "unexpected argument 'c'" a 1 c
	usage "unexpected argument 'c'" -l a 1 c
	usage "unexpected argument 'b'" -l -p 1 a b
}

@test "-l without a port is a usage error" {
	usage "-l requires a port" -l
}

@test "an unknown option is a usage error that names it" {
	usage "unknown option -Z" -Z
	usage "unknown option --frobnicate" --frobnicate
	usage "unknown option -Z" -lZ 1
	usage "'-' is not an option letter" -v-help
	usage "'-' is not an option letter" -l-
}

@test "an unknown long option is a usage error that gives the nearest name" {
	usage "unknown option --lisen (did you mean --listen?)" --lisen 1
	usage "unknown option --wiat (did you mean --wait?)" --wiat 1 a 1
	usage "unknown option --maxconns (did you mean --max-conns?)" \
		--maxconns=5 a 1
	usage "unknown option --" --=1
}

@test "a shortened long option is a usage error that gives the whole name" {
	usage "unknown option --verb (did you mean --verbose?)" --verb a 1
	usage "unknown option --send (did you mean --send-buffer?)" --send 1k a 1
}

@test "a value for a long option that takes none is a usage error" {
	usage "option --listen takes no argument" --listen=1 1
	usage "option --help takes no argument" --help=
}

@test "an error names a long option as it was written" {
	usage "option --wait requires an argument (seconds)" --wait
	usage "--wait 5x: must be a number of seconds*" --wait=5x a 1
	usage "--read-size '': must be a number of bytes*" --read-size= a 1
	usage "--max-messages 0: must be between 1 and*" --max-messages 0 a 1
	usage "-4 and --ipv6 cannot be combined" -4 --ipv6 a 1
	usage "--keep-open requires --listen or --scan" --keep-open a 1
	usage "--listen requires a port" --listen
	usage "--unixsock requires a path" --unixsock
	usage "--allow x: must be an address or a network such as 192.0.2.0/24" --allow x -l 1
	usage "--source ::1 and ::2: give only one address" \
		--source ::1 -l ::2 1
}

@test "an option without its argument is a usage error that names both" {
	usage "option -w requires an argument (seconds)" -w
	usage "option -B requires an argument (bytes)" -B
	usage "option -b requires an argument (a number)" -b
	usage "option -T requires an argument (type of service)" -T
	usage "option -a requires an argument (networks)" -a
	usage "option -p requires an argument (port)" -p
}

@test "a port is a whole number from 0 to 65535 or a service name" {
	local port

	for port in 0x50 65536 99999 80x nosuchservice 99999999999999999999; do
		usage "invalid port '$port' (*" 127.0.0.1 "$port"
		usage "invalid port '$port' (*" -l "$port"
		usage "invalid port '$port' (*" -l -p "$port"
		usage "invalid port '$port' (*" -p "$port" 127.0.0.1 1
	done
	usage "invalid port '-1' (*" 127.0.0.1 -1
	usage "invalid port '' (*" 127.0.0.1 ''
	usage "unknown option -1" -1
}

@test "-n rejects service names" {
	usage "invalid port 'http' (*" -n 127.0.0.1 http
}

@test "a malformed number is a usage error that gives the valid form" {
	local secs="must be a number of seconds below 1000000000*"
	local bytes="must be a number of bytes between 1 and * such as 64k"
	local tos="must be a number between 0 and 255, or a name such as ef"
	local arg

	for arg in 1x -1 . 1. 1e3 99999999999; do
		usage "-w $arg: $secs" -w "$arg" a 1
		usage "-q $arg: $secs" -q "$arg" a 1
	done
	usage "-w '': $secs" -w '' a 1
	for arg in 1K 1kk -1 9223372036854775807k; do
		usage "-B $arg: $bytes" -B "$arg" a 1
		usage "-O $arg: $bytes" -O "$arg" a 1
	done
	for arg in 1x 99999999999999999999; do
		usage "-b $arg: must be a whole number between 0 and 2147483647" \
			-b "$arg" -l 1
	done
	usage "-T af44: $tos" -T af44 a 1
}

@test "a number out of range is a usage error that gives the range" {
	usage "-b 2147483648: must be between 0 and 2147483647" \
		-b 2147483648 -l 1
	usage "-B 0: must be between 1 and 1073741824" -B 0 a 1
	usage "-I 4G: must be between 1 and 2147483647" -I 4G a 1
	usage "-T 256: must be between 0 and 255" -T 256 a 1
}

@test "options that exclude each other are a usage error that names both" {
	usage "-4 and -6 cannot be combined" -4 -6 a 1
	usage "-R and -r cannot be combined" -Rr a 1
	usage "-H and -N cannot be combined" -NH a 1
}

@test "an option without the one it requires is a usage error that names both" {
	usage "-b requires -l" -b 5 a 1
	usage "-k requires -l or -z" -k a 1
	usage "-j requires -k" -lj 1
}

@test "two addresses to listen on are a usage error that names both" {
	usage "-s ::1 and 127.0.0.1: give only one address" -l -s ::1 127.0.0.1 1
}

@test "an address of the wrong family is an error with status 1" {
	refused 1 "cannot resolve ::1: not an IPv4 address (-4)" -4 ::1 1
	refused 1 "cannot resolve 127.0.0.1: not an IPv6 address (-6)" -6 127.0.0.1 1
	refused 1 "cannot resolve localhost: not a numeric address (-n)" -n localhost 1
}

@test "a host that does not resolve is an error that names it" {
	refused 1 "cannot resolve nosuch.invalid: ?*" nosuch.invalid 1
	refused 1 "cannot resolve nosuch.invalid: ?*" -l nosuch.invalid 0
	refused 1 "cannot resolve fe80::1%nosuch: ?*" fe80::1%nosuch 1
}

@test "a local address that the machine lacks is an error that names it" {
	refused 1 "listen on 192.0.2.1 port 0: $(error_text EADDRNOTAVAIL)" -l 192.0.2.1 0
	refused 1 "connect to 127.0.0.1 port 1 from 192.0.2.1: $(error_text EADDRNOTAVAIL)" \
		-s 192.0.2.1 127.0.0.1 1
}

@test "control characters in a host name are shown as \xNN in the error" {
	refused 1 "cannot resolve a\\\\x0ab: ?*" $'a\nb' 1
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

@test "-- ends the options" {
	refused 1 "cannot resolve -nosuch.invalid: ?*" -- -nosuch.invalid 1
}

@test "-- ends the options, and so does an operand, also for long options" {
	refused 1 "cannot resolve --wait: ?*" -- --wait 1
	usage "unexpected argument '--listen'" 127.0.0.1 1 --listen
	usage "invalid port '--udp' (*" 127.0.0.1 --udp
}

@test "a long option takes its value after a space or an equals sign" {
	refused 1 "cannot resolve ::1: not an IPv4 address (-4)" --ipv4 --wait 5 ::1 1
	refused 1 "cannot resolve ::1: not an IPv4 address (-4)" --wait=5 -v4 ::1 1
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
