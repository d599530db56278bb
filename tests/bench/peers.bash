# The command line of each program for each task. Each function takes the name
# of the program and a port or path, and sets the array "command".
# shellcheck shell=bash disable=SC2034,SC2154

# Accept one client, and write what it sends to standard output.
listen() {
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

# Send standard input to a server.
connect() {
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

# The same with Unix-domain sockets.
listen_unix() {
	case $1 in
	sockcat) command=("$sockcat" -d -lU "$2") ;;
	loop) command=("$build/loop" -l "$2") ;;
	loop-16) command=("$build/loop" -16 -l "$2") ;;
	nc.openbsd) command=(nc.openbsd -d -lU "$2") ;;
	ncat) command=(ncat --recv-only -lU "$2") ;;
	socat) command=(socat -u "UNIX-LISTEN:$2" -) ;;
	socat-1M) command=(socat -b1048576 -u "UNIX-LISTEN:$2" -) ;;
	esac
}

connect_unix() {
	case $1 in
	sockcat) command=("$sockcat" -U "$2") ;;
	loop) command=("$build/loop" "$2") ;;
	loop-16) command=("$build/loop" -16 "$2") ;;
	nc.openbsd) command=(nc.openbsd -N -U "$2") ;;
	ncat) command=(ncat --send-only -U "$2") ;;
	socat) command=(socat -u - "UNIX-CONNECT:$2") ;;
	socat-1M) command=(socat -b1048576 -u - "UNIX-CONNECT:$2") ;;
	esac
}

# Data in both directions; each side half-closes at EOF.
listen_both() {
	case $1 in
	sockcat) command=("$sockcat" -l 127.0.0.1 "$2") ;;
	nc.openbsd) command=(nc.openbsd -N -l 127.0.0.1 "$2") ;;
	ncat) command=(ncat -l 127.0.0.1 "$2") ;;
	socat) command=(socat "TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr" -) ;;
	socat-1M) command=(socat -b1048576
		"TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr" -) ;;
	esac
}

connect_both() {
	case $1 in
	sockcat) command=("$sockcat" 127.0.0.1 "$2") ;;
	nc.openbsd) command=(nc.openbsd -N 127.0.0.1 "$2") ;;
	ncat) command=(ncat 127.0.0.1 "$2") ;;
	socat) command=(socat - "TCP:127.0.0.1:$2") ;;
	socat-1M) command=(socat -b1048576 - "TCP:127.0.0.1:$2") ;;
	esac
}

# Accept many clients, and write what they send to standard output.
listen_many() {
	case $1 in
	sockcat) command=("$sockcat" -lk 127.0.0.1 "$2") ;;
	loop) command=("$build/loop" -k "$2") ;;
	nc.openbsd) command=(nc.openbsd -lk 127.0.0.1 "$2") ;;
	ncat) command=(ncat -lk -m 20000 127.0.0.1 "$2") ;;
	socat) command=(socat -u
		"TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr,fork,backlog=128" -) ;;
	socat-4096) command=(socat -u
		"TCP-LISTEN:$2,bind=127.0.0.1,reuseaddr,fork,backlog=4096" -) ;;
	esac
}

# Accept many clients, and run a shell command for each.
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
	ncat) command=(timeout 4 ncat --recv-only -lu 127.0.0.1 "$2") ;;
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

# Send standard input at 10 MiB per second.
send_slowly() {
	case $1 in
	sockcat) command=("$sockcat" -y 10M 127.0.0.1 "$2") ;;
	pv) command=(sh -c "pv -q -L 10m | nc.openbsd -N 127.0.0.1 $2") ;;
	esac
}

# receive_text PEER CASE PORT LINES: receive a text of so many lines.
receive_text() {
	case $1-$2 in
	plain-*) command=("$sockcat" -d -l 127.0.0.1 "$3") ;;
	*-lines) command=("$sockcat" -d -L -l 127.0.0.1 "$3") ;;
	*-labels) command=("$sockcat" -d -k -L -W "$4" -l 127.0.0.1 "$3") ;;
	*-messages) command=("$sockcat" -d -m -l 127.0.0.1 "$3") ;;
	*-dump) command=("$sockcat" -d -o /dev/null -l 127.0.0.1 "$3") ;;
	sockcat-telnet) command=("$sockcat" -d -t -l 127.0.0.1 "$3") ;;
	ncat-telnet) command=(ncat -t --recv-only -l 127.0.0.1 "$3") ;;
	esac
}

# Send standard input with CR LF for LF.
send_text() {
	case $1 in
	sockcat) command=("$sockcat" -C 127.0.0.1 "$2") ;;
	plain) command=("$sockcat" 127.0.0.1 "$2") ;;
	socat-1M) command=(socat -b1048576 -u - "TCP:127.0.0.1:$2,crnl") ;;
	esac
}

# scan PEER HOST FIRST LAST: scan these ports.
scan() {
	case $1 in
	sockcat) command=("$sockcat" -zn "$2" "$3-$4") ;;
	nc.openbsd) command=(nc.openbsd -zn "$2" "$3-$4") ;;
	nc.traditional) command=(nc.traditional -zn "$2" "$3-$4") ;;
	nmap) command=(nmap -sT -n -Pn -p "$3-$4" "$2") ;;
	esac
}

# forwards PEER PORT DEST: connect each client of the port to another port.
forwards() {
	local listen="TCP-LISTEN:$2,fork,reuseaddr,backlog=4096"

	case $1 in
	sockcat) command=("$sockcat" -lk -f "127.0.0.1:$3" 127.0.0.1 "$2") ;;
	socat-4096) command=(socat "$listen" "TCP:127.0.0.1:$3") ;;
	socat-1M) command=(socat -b1048576 "$listen" "TCP:127.0.0.1:$3") ;;
	haproxy)
		cat >"$work/haproxy" <<-CONFIG
			global
			 nbthread 1
			defaults
			 mode tcp
			 timeout connect 60s
			 timeout client 60s
			 timeout server 60s
			listen forward
			 bind 127.0.0.1:$2 backlog 4096
			 server dest 127.0.0.1:$3
		CONFIG
		command=(haproxy -db -f "$work/haproxy")
		;;
	esac
}

# is_installed PEER: is this program installed?
is_installed() {
	case $1 in
	sockcat* | plain | loop*) return 0 ;;
	socat*) command -v socat >/dev/null ;;
	pv) command -v pv >/dev/null && command -v nc.openbsd >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}
