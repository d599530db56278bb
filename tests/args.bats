# The command line: what it takes, and what it says to the rest.
load helper

# refused STATUS MESSAGE ARGUMENT...: one line on stderr, this exit status.
refused() {
	local status=$1 message=$2

	shift 2
	run --separate-stderr -"$status" timeout 30 "$SOCKCAT" "$@" </dev/null
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr = "sockcat: "$message ]] || {
		echo "said: $stderr"
		return 1
	}
}

usage() {
	local message=$1

	shift
	refused 2 "$message; try 'sockcat -h'" "$@"
}

@test "no arguments at all is a usage error" {
	usage "no host and port given"
}

@test "a host without a port is a usage error" {
	usage "example: no port given" example
}

@test "a third word is a usage error that names it" {
	usage "c: one word too many" a 1 c
	usage "c: one word too many" -l a 1 c
	usage "b: one word too many" -l -p 1 a b
}

@test "-l without a port is a usage error" {
	usage "no port to listen on" -l
}

@test "an unknown option is named" {
	usage "unknown option -Z" -Z
	usage "unknown option --frobnicate" --frobnicate
	usage "unknown option -Z" -lZ 1
	usage "unknown option --" -v-help
	usage "unknown option --" -l-
}

@test "an option without its argument is named" {
	usage "-w wants an argument" -w
}

@test "a port is a whole number from 0 to 65535 or a service" {
	local port

	for port in 0x50 65536 99999 80x nosuchservice 99999999999999999999; do
		usage "port $port: neither*" 127.0.0.1 "$port"
		usage "port $port: neither*" -l "$port"
		usage "port $port: neither*" -l -p "$port"
		usage "port $port: neither*" -p "$port" 127.0.0.1 1
	done
	usage "port -1: neither*" 127.0.0.1 -1
	usage "port '': neither*" 127.0.0.1 ''
	usage "unknown option -1" -1
}

@test "with -n a service has no name" {
	usage "port http: neither*" -n 127.0.0.1 http
}

@test "numbers are read whole" {
	usage "-w 1x: not a number of seconds" -w 1x a 1
	usage "-w '': not a number of seconds" -w '' a 1
	usage "-w -1: not a number of seconds" -w -1 a 1
	usage "-w .5: not a number of seconds" -w .5 a 1
	usage "-w 1.: not a number of seconds" -w 1. a 1
	usage "-w 99999999999: not a number of seconds" -w 99999999999 a 1
	usage "-q 1e3: not a number of seconds" -q 1e3 a 1
	usage "-b 99999999999999999999: not a number" \
		-b 99999999999999999999 -l 1
	usage "-b 2147483648: not from 0 to 2147483647" -b 2147483648 -l 1
	usage "-B 0: not from 1 to*" -B 0 a 1
	usage "-B 1K: not a number of bytes" -B 1K a 1
	usage "-B 1kk: not a number of bytes" -B 1kk a 1
	usage "-I 4G: not from 1 to*" -I 4G a 1
	usage "-O 9223372036854775807k: not a number of bytes" \
		-O 9223372036854775807k a 1
	usage "-T 256: not from 0 to 255" -T 256 a 1
	usage "-T af44: not a type of service" -T af44 a 1
}

@test "options that exclude each other are both named" {
	usage "-4 and -6 exclude each other" -4 -6 a 1
	usage "-R and -r exclude each other" -Rr a 1
	usage "-H and -N exclude each other" -NH a 1
}

@test "an option that lacks what it needs is named with it" {
	usage "-b makes no sense without -l" -b 5 a 1
}

@test "two addresses to listen on are a usage error" {
	usage "-s ::1 and 127.0.0.1: two addresses*" -l -s ::1 127.0.0.1 1
}

@test "an address that does not fit is a failure, not a usage error" {
	refused 1 "resolve ::1: not an IPv4 address" -4 ::1 1
	refused 1 "resolve 127.0.0.1: not an IPv6 address" -6 127.0.0.1 1
	refused 1 "resolve localhost: not a numeric address" -n localhost 1
}

@test "a host that does not resolve is named" {
	refused 1 "resolve nosuch.invalid: ?*" nosuch.invalid 1
	refused 1 "resolve nosuch.invalid: ?*" -l nosuch.invalid 0
	refused 1 "resolve fe80::1%nosuch: ?*" fe80::1%nosuch 1
}

@test "a local address that is not ours is named" {
	refused 1 "listen on 192.0.2.1 port 0: $(why EADDRNOTAVAIL)" -l 192.0.2.1 0
	refused 1 "connect to 127.0.0.1 port 1 from 192.0.2.1: $(why EADDRNOTAVAIL)" \
		-s 192.0.2.1 127.0.0.1 1
}

@test "control bytes in a name cannot break the line" {
	refused 1 "resolve a?b: ?*" $'a\nb' 1
}

@test "-h and --help show every option on stdout" {
	run --separate-stderr -0 "$SOCKCAT" -h
	[ -z "$stderr" ]
	[[ $output = "usage: sockcat [options] host port"* ]]
	run -0 diff <("$SOCKCAT" -h 3>&-) <("$SOCKCAT" --help 3>&-)
}

@test "-V and --version show the version on stdout" {
	run -0 "$SOCKCAT" -V
	[[ $output =~ ^sockcat\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	run -0 diff <("$SOCKCAT" -V 3>&-) <("$SOCKCAT" --version 3>&-)
}

@test "help that cannot be written is a failure of this side" {
	[ -c /dev/full ] || skip "no /dev/full"
	run -3 bash -c '"$1" -h 2>&1 >/dev/full' - "$SOCKCAT"
	[[ $output = "sockcat: write standard output: No space left"* ]]
}

@test "-- ends the options" {
	refused 1 "resolve -nosuch.invalid: ?*" -- -nosuch.invalid 1
}

@test "options may be grouped and their arguments joined" {
	start "$SOCKCAT" -vlw0.2 127.0.0.1 0
	ready
	exits 4 "$PID"
}

@test "-T takes DSCP names and numbers" {
	local tos

	need strace
	for tos in ef:0xb8 af21:0x48 cs6:0xc0 lowdelay:0x10 0x20:0x20 7:0x7; do
		run strace -f -e trace=setsockopt "$SOCKCAT" -T "${tos%:*}" \
			127.0.0.1 1
		[[ $output = *"IP_TOS, [$((${tos#*:}))]"* ]]
	done
}

@test "-I and -O set the socket's buffers" {
	need strace
	run strace -f -e trace=setsockopt "$SOCKCAT" -I 64k -O 1M 127.0.0.1 1
	[[ $output = *"SO_RCVBUF, [65536]"* ]]
	[[ $output = *"SO_SNDBUF, [1048576]"* ]]
}

@test "SO_REUSEADDR is for listeners, with -r for all, with -R for none" {
	need strace
	run timeout 30 strace -e trace=setsockopt "$SOCKCAT" -w 0 -l 127.0.0.1 0
	[[ $output = *SO_REUSEADDR* ]]
	run timeout 30 strace -e trace=setsockopt "$SOCKCAT" -Rw 0 -l 127.0.0.1 0
	[[ $output != *SO_REUSEADDR* ]]
	run strace -e trace=setsockopt "$SOCKCAT" 127.0.0.1 1
	[[ $output != *SO_REUSEADDR* && $output = *TCP_NODELAY* ]]
	run strace -e trace=setsockopt "$SOCKCAT" -r 127.0.0.1 1
	[[ $output = *SO_REUSEADDR* ]]
}

@test "-b is the backlog of listen(2)" {
	need strace
	run timeout 30 strace -e trace=listen "$SOCKCAT" -b 7 -w 0 -l 127.0.0.1 0
	[[ $output = *", 7)"* ]]
}
