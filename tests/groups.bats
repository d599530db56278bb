# Groups and broadcast: to listen to them, to ask them, and who answers.
# On this machine over its loopback; with other machines over a pair of
# networks, in namespaces.

load helper

setup_file() {
	export LO
	LO=$(for i in lo lo0; do
		! timeout 30 "${SOCKCAT:-./sockcat}" -u -q 0 "239.7.7.7%$i" 9 \
			</dev/null 2>/dev/null || echo "$i"
	done)
}

# require_groups: skip the test unless the loopback interface takes members of
# groups.
require_groups() {
	[ -n "$LO" ] || skip "no loopback interface for groups"
	timeout 30 "$SOCKCAT" -lu -w 0.01 "239.7.7.7%$LO" 0 2>&1 |
		grep -q 'no client' || skip "groups cannot be joined here"
}

# require_networks: skip the test if it cannot have networks of its own, or if
# sockcat is built for a system where groups have no interface.
require_networks() {
	[ -n "$LO" ] || skip "no loopback interface for groups"
	require_commands unshare ip mount
	unshare -rmn bash -c 'mount -t tmpfs none /run && mkdir /run/netns &&
		ip netns add far && ip link add near0 type veth peer far0 netns far' \
		2>/dev/null || skip "no namespaces"
}

# in_networks SCRIPT: run it where the interfaces near0 and near1 lead to far0
# and far1, which commands have that begin with "far". near0 is 10.77.1.1 and
# fd77:1::1, far0 is 10.77.1.2 and fd77:1::2; the others have 10.77.2 and
# fd77:2. There is no other route. In the script, "await FILE TEXT" waits until
# the file has the text.
in_networks() {
	timeout 100 unshare -rmnpf --kill-child --mount-proc bash -c '
		far() { ip netns exec far "$@"; }
		ends() { # INTERFACE ADDRESS COMMAND...: what each end has
			"${@:3}" ip link set "$1" up
			"${@:3}" ip addr add "10.77.$2/24" dev "$1"
			"${@:3}" ip addr add "fd77:${2/./::}/64" dev "$1" nodad
		}
		await() {
			local i
			for ((i = 0; i < 2000; i++)); do
				! grep -qs -- "$2" "$1" || return 0
				sleep 0.01
			done
			echo "not in $1: $2"
			cat "$1"
			exit 1
		}
		mount -t tmpfs none /run && mkdir /run/netns && ip netns add far
		for i in 0 1; do
			ip link add near$i type veth peer far$i netns far
			for at in /proc/sys/net/ipv6/conf/near$i; do
				echo 0 >$at/accept_dad
			done
			far sh -c "echo 0 >/proc/sys/net/ipv6/conf/far$i/accept_dad"
			ends near$i $((i + 1)).1
			ends far$i $((i + 1)).2 far
		done
		ip link set lo up; far ip link set lo up
		set -eu
		'"$1" >said 2>&1 || {
		cat said
		return 1
	}
}

# start_member ADDRESS [OPTION...]: start a listener of a group on the loopback
# interface, which answers each datagram with "answer". Sets PORT.
start_member() {
	start "$SOCKCAT" -v -lu "${@:2}" "$1%$LO" 0 <<<answer
	read_port
}

# ask ADDRESS [OPTION...]: ask it over the loopback interface.
ask() {
	timeout 30 "$SOCKCAT" -u -q 5 -W 1 "${@:2}" "$1%$LO" "$PORT" <<<query
}

@test "listening on a group joins it, and its members' answers are heard" {
	require_groups
	start_member 239.7.7.7
	run -0 ask 239.7.7.7
	[ "$output" = answer ]
	[[ $LINE == "sockcat: listening on 239.7.7.7%$LO port "* ]]
	wait_until file_is out query
	start_member 239.7.7.7 -k
	run -0 ask 239.7.7.7
	[ "$output" = answer ]
}

@test "several listen to a group and port; -L labels their answers" {
	require_groups
	start_member 239.7.7.7 -k
	background "$SOCKCAT" -v -lku "239.7.7.7%$LO" "$PORT" <<<other \
		>other_out 2>other_log
	wait_until grep -q listening other_log
	run -0 ask 239.7.7.7 -L -W 2
	IP=${output%%:*} # one of this machine
	[[ $(sort <<<"${output//$IP/IP}") == "IP:$PORT answer
IP:$PORT other" ]]
}

@test "with -R a group's port is not shared" {
	require_groups
	start_member 239.7.7.7 -k -R
	run -1 timeout 30 "$SOCKCAT" -lu "239.7.7.7%$LO" "$PORT"
	[[ $output == *"listen on 239.7.7.7%$LO port $PORT: $(error_text EADDRINUSE)"* ]]
}

@test "a listener on a group hears nothing else" {
	require_groups
	start_member 239.7.7.7 -k
	run -1 timeout 30 "$SOCKCAT" -u -q 5 127.0.0.1 "$PORT" <<<stray
	timeout 30 "$SOCKCAT" -u -q 0 "239.7.7.8%$LO" "$PORT" <<<stray
	run -0 ask 239.7.7.7
	wait_until file_is out query
}

@test "a question that comes back is no answer" {
	require_groups
	start_member 239.7.7.7 -k -d
	run -0 timeout 30 "$SOCKCAT" -vvv -u -r -p "$PORT" -q 0.2 \
		"239.7.7.7%$LO" "$PORT" <<<query
	[[ $output == *"recvmsg("*" = 6  a datagram from "*":$PORT"* ]]
	[ "$(grep -cx query <<<"$output")" -eq 0 ]
}

@test "a broadcast address is asked like a group" {
	[ -n "$LO" ] || skip "no loopback interface for groups"
	start "$SOCKCAT" -v -4 -lu 0 <<<answer
	read_port
	run -0 timeout 30 "$SOCKCAT" -v -u -q 5 -W 1 -L 127.255.255.255 "$PORT" \
		<<<query
	[[ $output == *"sending to 127.255.255.255 port $PORT: anybody there may answer"*:"$PORT answer" ]]
}

@test "-vvv shows how a group is joined, and asked" {
	require_groups
	start "$SOCKCAT" -vvv -lu "239.7.7.7%$LO" 0 <<<answer
	wait_log 'IP_MULTICAST_ALL, 0) = 0  what only others have joined does not come to this socket' >all ||
		skip "the system has no IP_MULTICAST_ALL"
	wait_log ', 239.7.7.7:0) = 0  the system chooses a free port, for what is sent to this group'
	wait_log "IP_ADD_MEMBERSHIP, 239.7.7.7%$LO) = 0  we join: what is sent to this group comes to this machine"
	grep -q 'SOL_SOCKET, SO_REUSEADDR, 1) = 0  other sockets that have this set can have the port, too' all
	grep -q 'IP_PKTINFO, 1) = 0  each datagram tells which of our addresses it was sent to' all
	read_port
	run -0 ask 239.7.7.7 -vvv
	[[ $output == *"IP_MULTICAST_IF, $LO) = 0  datagrams to groups leave by this interface"* ]]
	[[ $output == *"sendto("*", 6, 239.7.7.7:$PORT) = 6  one datagram, for all who have joined the group"* ]]
	wait_log ' to 239.7.7.7'
	[[ $LINE == *' = 6  a datagram from '* ]]
	wait_log ') = 7  one datagram; nobody tells whether it arrives'
}

@test "-vvv shows how a group of IPv6 is joined, and asked" {
	require_networks
	export SOCKCAT
	in_networks '
		echo answer | far "$SOCKCAT" -vvv -lu ff02::77%far0 5000 2>log &
		await log listening
		"$SOCKCAT" -vvv -u -q 5 -W 1 ff02::77%near0 5000 <<<query 2>asked
		await asked "IPV6_MULTICAST_IF, [0-9]*) = 0  datagrams to groups leave by the interface of this number"
		await log "IPV6_JOIN_GROUP, ff02::77%far0) = 0  we join: what is sent to this group comes to this machine"
		await log "IPV6_RECVPKTINFO, 1) = 0  each datagram tells which of our addresses it was sent to"
		await log " = 6  a datagram from .* to ff02::77"
		await log ", from interface [0-9]*) = 7"'
}

@test "a group without a route is an error that names an interface" {
	[ -n "$LO" ] || skip "no loopback interface for groups"
	require_commands unshare
	unshare -rn true 2>/dev/null || skip "no namespaces"
	run -1 unshare -rn "$SOCKCAT" -lu 239.7.7.7 5000
	[ "$output" = "sockcat: listen on 239.7.7.7 port 5000: no route leads there; name an interface: '-lu 239.7.7.7%eth0 5000'" ]
	run -1 unshare -rn "$SOCKCAT" -u 239.7.7.7 5000 <<<query
	[ "$output" = "sockcat: send to 239.7.7.7 port 5000: no route leads there; name an interface: '-u 239.7.7.7%eth0 5000'; 6 bytes read but not sent" ]
	run -1 unshare -rn "$SOCKCAT" -u 255.255.255.255 9 <<<query
	[[ $output == *": no route leads there; name an interface: '-u 255.255.255.255%eth0 9'; "* ]]
	run -1 unshare -rn "$SOCKCAT" -u 239.7.7.7%eth0 5000 <<<query
	[ "$output" = "sockcat: resolve 239.7.7.7%eth0: there is no interface eth0; there is lo" ]
}

@test "only groups, 255.255.255.255 and IPv6 addresses have a zone" {
	[ -n "$LO" ] || skip "no loopback interface for groups"
	run -1 timeout 30 "$SOCKCAT" -u "127.0.0.1%$LO" 9
	[ "$output" = "sockcat: resolve 127.0.0.1%$LO: only groups and IPv6 addresses have a zone; use '-K device=$LO' and 127.0.0.1" ]
	run -1 timeout 30 "$SOCKCAT" -u "::ffff:127.0.0.1%$LO" 9
	[[ $output == *": only groups and IPv6 addresses have a zone; use '-K device=$LO' and ::ffff:127.0.0.1" ]]
}

@test "a group is for datagrams" {
	run -1 timeout 30 "$SOCKCAT" -l 239.7.7.7 5000
	[ "$output" = "sockcat: listen on 239.7.7.7 port 5000: only datagrams reach a group; use '-lu 239.7.7.7 5000'" ]
}

@test "the zone is the interface to join on, and to ask from" {
	require_networks
	export SOCKCAT
	in_networks '
		n=0
		for group in 239.7.7.7 ff02::77 ff05::77; do
			n=$((n + 1))
			echo answer | far "$SOCKCAT" -v -lu $group%far1 500$n 2>log$n &
			await log$n listening
			answer=$("$SOCKCAT" -L -u -q 5 -W 1 $group%near1 500$n <<<query)
			echo "$answer"
			case $answer in
			"10.77.2.2:500$n answer" | "[fd77:2::2]:500$n answer") ;;
			"[fe80::"*"%near1]:500$n answer") ;;
			*) exit 1 ;;
			esac
		done'
}

@test "a group is heard on the interface that was joined, and on no other" {
	require_networks
	export SOCKCAT
	in_networks '
		far "$SOCKCAT" -v -lkud 239.7.7.7%far0 5000 >first 2>log &
		far "$SOCKCAT" -v -lkud 239.7.7.7%far1 5000 >second 2>log2 &
		await log listening
		await log2 listening
		"$SOCKCAT" -u -q 0 239.7.7.7%near1 5000 <<<second
		await second second
		"$SOCKCAT" -u -q 0 239.7.7.7%near0 5000 <<<first
		await first first
		[ "$(cat first second)" = "first
second" ]'
}

@test "asked by broadcast, a listener answers from the interface's address" {
	require_networks
	export SOCKCAT
	in_networks '
		n=5000
		for k in "" -k; do
			for at in 10.77.2.255 255.255.255.255%near1; do
				n=$((n + 1))
				echo answer | far "$SOCKCAT" -v -lu $k -4 $n 2>log$n &
				await log$n listening
				"$SOCKCAT" -L -u -q 5 -W 1 $at $n <<<query >got
				await got "^10.77.2.2:$n answer"
			done
		done'
}

@test "everybody's answers are printed" {
	require_networks
	export SOCKCAT
	in_networks '
		far ip addr add 10.77.1.3/24 dev far0
		echo one | far "$SOCKCAT" -v -lku 239.7.7.7%far0 5000 2>log &
		await log listening
		echo two | "$SOCKCAT" -v -lku 239.7.7.7%near0 5000 2>log2 &
		await log2 listening
		"$SOCKCAT" -L -u -q 5 -W 2 239.7.7.7%near0 5000 <<<query >got
		await got "^10.77.1.2:5000 one"
		await got "^10.77.1.1:5000 two"'
}

@test "our own broadcast comes back, and is no answer" {
	require_networks
	export SOCKCAT
	in_networks '
		echo answer | far "$SOCKCAT" -v -lu -4 5000 2>log &
		await log listening
		"$SOCKCAT" -L -u -p 5000 -q 5 -W 1 10.77.1.255 5000 <<<query >got
		await got "^10.77.1.2:5000 answer"'
}

@test "if the address that was asked has gone, another one answers: told once" {
	require_networks
	export SOCKCAT
	in_networks '
		far ip addr add 10.77.1.9/32 dev far0
		mkfifo stdin asking
		exec 6<>stdin 7<>asking
		far "$SOCKCAT" -v -lku -4 5000 <stdin >out 2>log &
		await log listening
		"$SOCKCAT" -u 10.77.1.255 5000 <asking >got &
		echo query >&7
		await out query
		far ip addr del 10.77.1.2/24 dev far0
		far ip route add 10.77.1.0/24 dev far0
		echo one >&6
		await got one
		echo two >&6
		await got two
		[ "$(grep -c "the address that client 10.77.1.1:.* asked is gone" log)" -eq 1 ]'
}

@test "a magic packet of Wake-on-LAN arrives as it was sent" {
	require_networks
	export SOCKCAT
	in_networks '
		printf "\377\377\377\377\377\377" >packet
		for i in {1..16}; do printf "\2\0\0\7\7\7"; done >>packet
		far "$SOCKCAT" -v -lud -W 1 -4 9 >got 2>log &
		await log listening
		"$SOCKCAT" -u -q 0 255.255.255.255%near0 9 <packet
		wait $!
		cmp packet got
		if command -v wakeonlan; then
			>log
			far "$SOCKCAT" -v -lud -W 1 -4 9 >got 2>log &
			await log listening
			wakeonlan -i 10.77.1.255 02:00:00:07:07:07
			wait $!
			cmp packet got
		fi'
}

@test "a DHCP server answers a client's broadcast" {
	require_networks
	require_commands dnsmasq
	export SOCKCAT
	in_networks '
		far dnsmasq -d --conf-file=/dev/null --port=0 --user=root --interface=far0 \
			--dhcp-range=10.77.1.50,10.77.1.60 --dhcp-leasefile=leases \
			--pid-file= --log-facility=- >log 2>&1 &
		await log "DHCP, IP range"
		{	# BOOTREQUEST, Ethernet, id 0707, to be answered by broadcast
			printf "\1\1\6\0\0\0\7\7\0\0\200\0"
			head -c 16 /dev/zero
			printf "\2\0\0\7\7\7"
			head -c 202 /dev/zero
			# the magic number, DHCPDISCOVER, the end
			printf "\143\202\123\143\65\1\1\377"
			head -c 60 /dev/zero
		} >discover
		"$SOCKCAT" -u -p 68 -q 10 -W 1 -L 255.255.255.255%near0 67 <discover |
			head -c 14 >got || true
		await log DHCPOFFER
		[ "$(head -c 14 got)" = "10.77.1.2:67 $(printf "\2")" ]' ||
		return 1
}

@test "a responder of mDNS is asked, and its announcement is heard" {
	require_networks
	require_commands avahi-daemon
	export SOCKCAT
	in_networks '
		# there is no other user here than root
		echo avahi:x:0:0::/:/bin/false >passwd
		echo avahi:x:0: >group
		mount --bind passwd /etc/passwd
		mount --bind group /etc/group
		printf "[server]\nhost-name=distant\nuse-ipv6=no\nallow-interfaces=far0\n\
enable-dbus=no\n[wide-area]\nenable-wide-area=no\n[publish]\npublish-hinfo=no\n[rlimits]\n" >conf
		"$SOCKCAT" -v -lkud 224.0.0.251%near0 5353 >heard 2>log &
		await log listening
		far avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$PWD/conf" \
			>daemon 2>&1 &
		await daemon "Server startup complete"
		await heard distant
		# who is distant.local?
		printf "\7\7\0\0\0\1\0\0\0\0\0\0\7distant\5local\0\0\1\0\1" >query
		"$SOCKCAT" -u -q 5 -W 1 224.0.0.251%near0 5353 <query >got
		grep -qa distant got
		tail -c 4 got >address
		cmp address <(printf "\12\115\1\2")'
}

@test "a server of SSDP answers who searches for its device" {
	require_networks
	require_commands minissdpd
	export SOCKCAT
	in_networks '
		far minissdpd -d -i far0 -s "$PWD/ssdp" -p "$PWD/pid" >log 2>&1 &
		for ((i = 0; i < 1000; i++)); do
			[ -S ssdp ] && break
			sleep 0.01
		done
		# a device: type, name, server, place
		text() { printf "\\x$(printf %x ${#1})%s" "$1"; }
		{	printf "\4"
			text urn:test:device:lamp:1
			text uuid:7::urn:test:device:lamp:1
			text test
			text http://10.77.1.2/lamp
		} >device
		"$SOCKCAT" -U -q 0 ssdp <device
		printf "%s\r\n" "M-SEARCH * HTTP/1.1" "HOST: 239.255.255.250:1900" \
			"MAN: \"ssdp:discover\"" "MX: 1" "ST: urn:test:device:lamp:1" "" >search
		"$SOCKCAT" -u -q 5 -W 1 239.255.255.250%near0 1900 <search >got
		grep -q "LOCATION: http://10.77.1.2/lamp" got'
}
