# What the programs do and do not do: each fact is tried with each program.
# Sourced by tests/bench/run.
# shellcheck shell=bash disable=SC2034,SC2154

facts="answer reset full both-full race together"

# The options with which a program may do what it does not do without them.
declare -A with=(
	[answer nc.openbsd]="-N"
	[answer socat]="-t 10"
	[full nc.openbsd]="-d"
)

# client PEER PORT [OPTION...]: connect, with data in both directions.
host=127.0.0.1
client() {
	local peer=$1 port=$2

	shift 2
	case $peer in
	sockcat) command=("$sockcat" "$@" "$host" "$port") ;;
	socat) command=(socat "$@" - "TCP:$host:$port") ;;
	*) command=("$peer" "$@" "$host" "$port") ;;
	esac
}

# server PEER PORT [OPTION...]: accept a client.
server() {
	local peer=$1 port=$2

	shift 2
	case $peer in
	sockcat) command=("$sockcat" "$@" -l 127.0.0.1 "$port") ;;
	socat) command=(socat "$@"
		"TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr" -) ;;
	*) command=("$peer" "$@" -l 127.0.0.1 "$port") ;;
	esac
}

# act STEP...: start a scripted peer that listens. Sets PORT.
act() {
	: >"$work/port"
	timeout 20 "$build/actor" -l "$@" 2>"$work/port" >/dev/null \
		</dev/null &
	tick test -s "$work/port"
	PORT=$(sed 's/.* //' "$work/port")
}

# An answer that comes 2 seconds after the end of standard input arrives, from
# a server that reads up to the end first.
fact_answer() {
	act read_all sleep 2000 send answer
	client "$1" "$PORT" "${@:2}"
	[ "$(echo query | timeout 5 "${command[@]}" 2>/dev/null)" = answer ]
}

# fails COMMAND...: it ends with an exit status that is not 0, in good time.
fails() {
	local status=0

	timeout 5 "$@" 2>/dev/null || status=$?
	[ "$status" -ne 0 ] && [ "$status" -ne 124 ]
}

# A connection that breaks is a failure.
fact_reset() {
	act read 100 sleep 300 reset
	client "$1" "$PORT" "${@:2}"
	fails "${command[@]}" <"$work/64M" >/dev/null
}

# What standard output does not take is a failure...
fact_full() {
	local sender server

	PORT=$(port)
	server "$1" "$PORT" "${@:2}"
	fails "${command[@]}" <&5 >/dev/full &
	server=$!
	tick listens "$PORT"
	fails "$build/actor" "$PORT" send lost half_close read_all >/dev/null &
	sender=$!
	wait "$sender"
	sender_fails=$?
	wait "$server"
}

# ... that the sender sees, too.
fact_both-full() {
	local sender_fails=1

	fact_full "$@"
	[ "$sender_fails" -eq 0 ]
}

# A name's second address is tried when the first does not answer. This needs
# a network and a file of names of its own.
fact_race() {
	unshare -rnm ip link set lo up 2>/dev/null || return 77
	printf '::1 both\n127.0.0.1 both\n' >"$work/hosts"
	(
		export build work sockcat host=both
		export -f act client race tick
		unshare -rnm bash -c 'race "$@"' - "$@"
	)
}

race() {
	ip link set lo up && mount --bind "$work/hosts" /etc/hosts || return
	act send answer read_all
	: >"$work/full"
	timeout 20 "$build/actor" -f "$PORT" <&5 2>"$work/full" &
	tick test -s "$work/full"
	client "$1" "$PORT" "${@:2}"
	[ "$(timeout 5 "${command[@]}" <&5 2>/dev/null)" = answer ]
}

# A client that is silent does not keep the others waiting.
fact_together() {
	local server fd arrives=0

	PORT=$(port)
	listen_many "$1" "$PORT"
	timeout 10 "${command[@]}" <&5 >"$work/lines" 2>/dev/null &
	server=$!
	tick listens "$PORT"
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	echo hello >"/dev/tcp/127.0.0.1/$PORT"
	tick test -s "$work/lines" || arrives=1
	exec {fd}>&-
	kill "$server"
	wait "$server"
	return "$arrives"
}

# versions: print that of each program.
versions() {
	echo "version sockcat $("$sockcat" -V | sed 's/.* //')"
	nc.openbsd -h 2>&1 |
		sed -n 's/.*patchlevel \(.*\))/version nc.openbsd \1/p'
	ncat --version 2>&1 | sed -n 's/.*Version \([^ ]*\).*/version ncat \1/p'
	socat -V 2>/dev/null |
		sed -n 's/^socat version \([^ ]*\).*/version socat \1/p'
}

# machine: print where and with what this was measured, without any names.
machine() {
	local virtual=

	! grep -q '^flags.* hypervisor' /proc/cpuinfo || virtual=", virtual"
	echo "# Medians, written by tests/bench/run --figures; draw shows them."
	echo "machine $(cpu)$virtual"
	echo "system $(uname -sr | sed 's/\.\([0-9]*\)\..*/.\1/')"
	echo "date $(date -u +%Y-%m-%d)"
	echo "rounds $rounds"
	versions 2>/dev/null
}

# try_fact FACT PEER: print the answer, "yes", "no" or "with OPTION".
# shellcheck disable=SC2086 # an option may have an argument
try_fact() {
	local option=${with[$1 $2]-} status=0 word=no

	"fact_$1" "$2" || status=$?
	if [ "$status" -eq 77 ]; then
		note "no network namespace, so not tried: $1"
		return
	elif [ "$status" -eq 0 ]; then
		word=yes
	elif [ -n "$option" ] && "fact_$1" "$2" $option; then
		word="with $option"
	fi
	echo "fact $1 $2 $word"
}

facts() {
	local fact peer

	input
	for fact in $facts; do
		for peer in sockcat nc.openbsd ncat socat; do
			! is_installed "$peer" || try_fact "$fact" "$peer"
		done
	done 2>/dev/null
}
