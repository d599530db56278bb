# -K: socket options by name.
load helper

# try_option OPTION: connect to a port where nobody listens; the lines of -vvv
# that are about options are the output.
try_option() {
	"$SOCKCAT" -vvv -w 5 -K "$@" 127.0.0.1 1 2>&1 </dev/null |
		grep -e setsockopt -e 'socket(' -e '-K'
}

linux_only() {
	[ "$(uname)" = Linux ] || skip "Linux has these options"
	[[ $("$SOCKCAT" -K mark=0 -z 127.0.0.1 1 2>&1) != *"no such"* ]] ||
		skip "built without them"
}

@test "each socket option is set before connect, and -vvv shows the call" {
	local given call

	linux_only
	while read -r given call; do
		run try_option "$given"
		[[ $output == *"$call"* ]] || {
			echo "$given: no $call in: $output"
			return 1
		}
	done <<-'END'
		keepidle=60 TCP_KEEPIDLE, 60)
		keepintvl=5 TCP_KEEPINTVL, 5)
		keepcnt=4 TCP_KEEPCNT, 4)
		user-timeout=2.5 TCP_USER_TIMEOUT, 2500)
		device=lo SO_BINDTODEVICE, lo)
		priority=3 SO_PRIORITY, 3)
		ttl=5 IP_TTL, 5)
		mss=1000 TCP_MAXSEG, 1000)
		congestion=cubic TCP_CONGESTION, cubic)
		nodelay=0 TCP_NODELAY, 0)
		keepcnt=4,keepidle=60 TCP_KEEPIDLE, 60)
	END
}

@test "ttl is also that of multicast datagrams, and of IPv6" {
	run "$SOCKCAT" -u -vvv -q 0 -K ttl=5 127.0.0.1 9 </dev/null
	[[ $output == *"IP_TTL, 5) = 0"*"IP_MULTICAST_TTL, 5) = 0"* ]]
	"$SOCKCAT" -vz ::1 1 2>&1 | grep -q "$(error_text ECONNREFUSED)" ||
		skip "no IPv6"
	run "$SOCKCAT" -u -vvv -q 0 -K ttl=5 ::1 9 </dev/null
	[[ $output == *"IPV6_UNICAST_HOPS, 5) = 0"* ]]
	[[ $output == *"IPV6_MULTICAST_HOPS, 5) = 0"* ]]
}

@test "a listener and the clients it accepts have the options" {
	linux_only
	require_commands ss
	start_listener -k -K keepidle=77,nodelay=0 -vvv </dev/null
	wait_log "listening"
	PORT=${LINE##* }
	peer_start a wait
	wait_log 'TCP_NODELAY, 0)' >/dev/null
	wait_until eval "ss -tnoH 'sport = $PORT' | grep -q 'keepalive,1min'"
	terminate
}

@test "dead=20 gives up a peer between 10 and 20 seconds" {
	local idle interval count timeout

	linux_only
	run try_option dead=20
	idle=$(sed -n 's/.*KEEPIDLE, \([0-9]*\).*/\1/p' <<<"$output")
	interval=$(sed -n 's/.*KEEPINTVL, \([0-9]*\).*/\1/p' <<<"$output")
	count=$(sed -n 's/.*KEEPCNT, \([0-9]*\).*/\1/p' <<<"$output")
	timeout=$(sed -n 's/.*USER_TIMEOUT, \([0-9]*\).*/\1/p' <<<"$output")
	((idle + interval * count >= 10 && idle + interval * count <= 20))
	((timeout >= 10000 && timeout <= 20000))
}

# dead_link TEXT: a sockcat with dead=4 is connected to another namespace. The
# link goes down, then the sockcat gets the text to send. The file "ms" has how
# many milliseconds later it ended, "status" how, and "err" why.
dead_link() {
	linux_only
	require_commands unshare ip
	unshare -rn ip link add near type veth peer name far 2>/dev/null ||
		skip "no namespaces with links"
	timeout 60 unshare -rmn bash -c '
		mount -t tmpfs none /run && mkdir /run/netns &&
		ip netns add far && ip link add near type veth peer name far &&
		ip link set far netns far || exit 77
		ip addr add 10.9.0.1/24 dev near && ip link set near up
		far() { ip netns exec far "$@"; }
		far ip addr add 10.9.0.2/24 dev far && far ip link set far up
		far "$1" -l -v 10.9.0.2 5000 </dev/null >received 2>there &
		until grep -qs listening there; do sleep 0.02; done
		mkfifo in && exec 9<>in
		"$1" -v -K dead=4 10.9.0.2 5000 <in 2>err 9>&- & pid=$!
		until grep -q connected there; do sleep 0.02; done
		far ip link set far down
		start=$(date +%s%3N)
		printf %s "$2" >&9
		wait $pid
		echo $? >status
		echo $(($(date +%s%3N) - start)) >ms
		kill %1' sh "$SOCKCAT" "$1" 3>&- || {
		[ "$?" -ne 77 ] || skip "no network namespaces"
		[ -s ms ]
	}
}

# gave_up: did it end in time, with an error? Half a second is for the machine.
gave_up() {
	[ "$(<status)" -eq 1 ]
	grep -q "$(error_text ETIMEDOUT)\|$(error_text EHOSTUNREACH)" err
	(($(<ms) >= 1500 && $(<ms) <= 4500)) || {
		echo "after $(<ms) ms"
		return 1
	}
}

@test "with dead=4 an idle peer whose link goes down is noticed in that time" {
	dead_link ''
	gave_up
}

@test "with dead=4 a peer that acknowledges nothing is noticed in that time" {
	dead_link data
	gave_up
}

@test "an unknown socket option is a usage error that tells the nearest" {
	run -2 "$SOCKCAT" -K keepidel=3 127.0.0.1 1
	[ "$output" = "sockcat: -K keepidel: unknown socket option; use keepidle=3" ]
	run -2 "$SOCKCAT" --sockopt frob 127.0.0.1 1
	[ "$output" = "sockcat: --sockopt frob: unknown socket option; there are congestion dead device keepcnt keepidle keepintvl mark mptcp mss nodelay priority ttl user-timeout" ]
	run -2 "$SOCKCAT" -K SO_MARK=3 127.0.0.1 1
	[[ $output == *"; use mark=3" ]]
	run -2 "$SOCKCAT" -K TCP_USER_TIMEOUT=3 127.0.0.1 1
	[[ $output == *"; use user-timeout=3" ]]
}

@test "a bad value of a socket option is a usage error that tells the form" {
	[ -z "${POSIX_ONLY-}" ] || skip "built without them"
	local item form

	while read -r item form; do
		run -2 "$SOCKCAT" -K "$item" 127.0.0.1 1
		[ "$output" = "sockcat: -K $item: the value must be $form" ]
	done <<-'END'
		ttl=0 a number between 1 and 255
		ttl a number between 1 and 255
		ttl=x a number between 1 and 255
		nodelay=2 0 or 1
		dead=0.5 whole seconds between 2 and 32767
		keepidle= whole seconds between 1 and 32767
		user-timeout=x seconds between 0.001 and 86400
		congestion= a name of 1 to 15 letters
	END
}

@test "an option that the socket cannot have is a usage error" {
	run -2 "$SOCKCAT" -u -K mss=500 127.0.0.1 1
	[[ $output == *"-K mss: only TCP has this socket option"* ]]
	run -2 "$SOCKCAT" -U -K ttl=5 path
	[[ $output == *"-K ttl: a path has no such socket option"* ]]
}

@test "what the system refuses ends with status 3 and tells what it requires" {
	linux_only
	require_commands setpriv
	[ "$(id -u)" = 0 ] || skip "only root can give up capabilities"
	chmod 755 "$BATS_TEST_TMPDIR"
	run setpriv --bounding-set=-all --inh-caps=-all --reuid 65534 \
		--clear-groups "$SOCKCAT" -K mark=1 127.0.0.1 1
	[[ $output != *"Permission denied"* ]] || skip "not ours to run"
	[ "$status" -eq 3 ]
	[ "$output" = "sockcat: -K mark: $(error_text EPERM); this requires CAP_NET_ADMIN" ]
	run -3 "$SOCKCAT" -l -K congestion=nope 0
	[ "$output" = "sockcat: -K congestion=nope: $(error_text ENOENT)" ]
}

@test "mptcp connects to a listener, with it or without" {
	linux_only
	"$SOCKCAT" -K mptcp -z 127.0.0.1 1 2>&1 | grep -q 'K mptcp' &&
		skip "no multipath TCP"
	start_listener -K mptcp </dev/null
	run try_option mptcp
	[[ $output == *IPPROTO_MPTCP* ]]
	run -0 "$SOCKCAT" -K mptcp 127.0.0.1 "$PORT" <<<word
	assert_exit 0 "$PID"
	[ "$(<out)" = word ]
}
