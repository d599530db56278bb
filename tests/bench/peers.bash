# The command line of each program for each task: serve PEER WHERE, and so on,
# set the array "command". WHERE is a port or a path.
# shellcheck shell=bash disable=SC2034,SC2154

# serve: one client to standard output. reach: standard input to one server.
serve() {
	case $1 in
	sockcat) command=("$sockcat" -d -l 127.0.0.1 "$2") ;;
	loop) command=("$build/loop" -l "$2") ;;
	loop-16) command=("$build/loop" -16 -l "$2") ;;
	nc.openbsd) command=(nc.openbsd -d -l 127.0.0.1 "$2") ;;
	nc.traditional) command=(nc.traditional -l -s 127.0.0.1 -p "$2") ;;
	busybox) command=(busybox nc -l -p "$2") ;;
	ncat) command=(ncat --recv-only -l 127.0.0.1 "$2") ;;
	socat) command=(socat -u "TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr" -) ;;
	socat-1M) command=(socat -b1048576 -u
		"TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr" -) ;;
	esac
}

reach() {
	case $1 in
	sockcat) command=("$sockcat" 127.0.0.1 "$2") ;;
	loop) command=("$build/loop" "$2") ;;
	loop-16) command=("$build/loop" -16 "$2") ;;
	nc.openbsd) command=(nc.openbsd -N 127.0.0.1 "$2") ;;
	nc.traditional) command=(nc.traditional -q 0 127.0.0.1 "$2") ;;
	busybox) command=(busybox nc 127.0.0.1 "$2") ;;
	ncat) command=(ncat --send-only 127.0.0.1 "$2") ;;
	socat) command=(socat -u - "TCP:127.0.0.1:$2") ;;
	socat-1M) command=(socat -b1048576 -u - "TCP:127.0.0.1:$2") ;;
	esac
}

serve_unix() {
	case $1 in
	sockcat) command=("$sockcat" -d -lU "$2") ;;
	loop) command=("$build/loop" -l "$2") ;;
	loop-16) command=("$build/loop" -16 -l "$2") ;;
	nc.openbsd) command=(nc.openbsd -d -lU "$2") ;;
	socat) command=(socat -u "UNIX-LISTEN:$2" -) ;;
	socat-1M) command=(socat -b1048576 -u "UNIX-LISTEN:$2" -) ;;
	esac
}

reach_unix() {
	case $1 in
	sockcat) command=("$sockcat" -U "$2") ;;
	loop) command=("$build/loop" "$2") ;;
	loop-16) command=("$build/loop" -16 "$2") ;;
	nc.openbsd) command=(nc.openbsd -N -U "$2") ;;
	socat) command=(socat -u - "UNIX-CONNECT:$2") ;;
	socat-1M) command=(socat -b1048576 -u - "UNIX-CONNECT:$2") ;;
	esac
}

# Both send, and both end.
serve_both() {
	case $1 in
	sockcat) command=("$sockcat" -l 127.0.0.1 "$2") ;;
	nc.openbsd) command=(nc.openbsd -N -l 127.0.0.1 "$2") ;;
	ncat) command=(ncat -l 127.0.0.1 "$2") ;;
	socat-1M) command=(socat -b1048576
		"TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr" -) ;;
	esac
}

reach_both() {
	case $1 in
	sockcat) command=("$sockcat" 127.0.0.1 "$2") ;;
	nc.openbsd) command=(nc.openbsd -N 127.0.0.1 "$2") ;;
	ncat) command=(ncat 127.0.0.1 "$2") ;;
	socat-1M) command=(socat -b1048576 - "TCP:127.0.0.1:$2") ;;
	esac
}

# A listener for many clients.
serve_all() {
	case $1 in
	sockcat) command=("$sockcat" -lk 127.0.0.1 "$2") ;;
	loop) command=("$build/loop" -k "$2") ;;
	ncat) command=(ncat -lk -m 20000 127.0.0.1 "$2") ;;
	socat) command=(socat -u
		"TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr,fork,backlog=128" -) ;;
	socat-4096) command=(socat -u
		"TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr,fork,backlog=4096" -) ;;
	esac
}

# A listener that runs a shell command for each client.
run_commands() {
	case $1 in
	sockcat) command=("$sockcat" -lk -e 'echo served' 127.0.0.1 "$2") ;;
	ncat) command=(ncat -lk -m 20000 --sh-exec 'echo served'
		127.0.0.1 "$2") ;;
	socat-4096) command=(socat
		"TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr,fork,backlog=4096"
		"SYSTEM:echo served,nofork") ;;
	tcpserver) command=(tcpserver -c 20000 -b 4096 -RHl0 127.0.0.1 "$2"
		sh -c 'echo served') ;;
	esac
}

# Receive datagrams until none has come for a second.
receive() {
	case $1 in
	sockcat) command=("$sockcat" -w 1 -lu 127.0.0.1 "$2") ;;
	nc.openbsd) command=(timeout 4 nc.openbsd -lu 127.0.0.1 "$2") ;;
	socat) command=(socat -T 1 -u "UDP4-RECV:$2,bind=127.0.0.1" -) ;;
	esac
}

# Send standard input in datagrams of 64 bytes.
send_datagrams() {
	case $1 in
	sockcat) command=("$sockcat" -u -q 0 -B 64 127.0.0.1 "$2") ;;
	socat) command=(socat -b 64 -u - "UDP4:127.0.0.1:$2") ;;
	esac
}

# Scan a range of ports.
scan() {
	case $1 in
	sockcat) command=("$sockcat" -zn "$2" "$3-$4") ;;
	nc.openbsd) command=(nc.openbsd -zn "$2" "$3-$4") ;;
	nc.traditional) command=(nc.traditional -zn "$2" "$3-$4") ;;
	nmap) command=(nmap -sT -n -Pn -p "$3-$4" "$2") ;;
	esac
}

# is_there PEER: is it installed?
is_there() {
	case $1 in
	sockcat | loop*) return 0 ;;
	socat*) command -v socat >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}
