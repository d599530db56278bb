# Everyday netcats on the other side: a file each way, whole, in both roles.
load helper

# listening PORT: does anybody listen there? Asked of the kernel, unheard.
listening() {
	grep -qi ":$(printf %04X "$1") 0*:0000 0A" /proc/net/tcp /proc/net/tcp6
}

# serve COMMAND...: a peer that listens on PORT, with a file to send.
serve() {
	[ -r /proc/net/tcp ] || skip "no /proc/net/tcp"
	random 1M >theirs
	random 1M >ours
	"$@" <theirs >heard 3>&- &
	PID=$!
	STARTED+=("$PID")
	await listening "$PORT"
}

whole() {
	cmp theirs out
	cmp ours heard
}

visit() {
	timeout 30 "$SOCKCAT" 127.0.0.1 "$PORT" <ours >out
	exits 0 "$PID"
	whole
}

# host COMMAND...: sockcat listens, the peer connects to PORT, which it is
# called with behind a 127.0.0.1.
host() {
	random 1M >theirs
	random 1M >ours
	listen <ours
	timeout 30 "$@" 127.0.0.1 "$PORT" <theirs >heard
	exits 0 "$PID"
	whole
}

@test "sockcat connects to sockcat" {
	PORT=$("$ACTOR" -p)
	serve "$SOCKCAT" -l 127.0.0.1 "$PORT"
	visit
}

@test "sockcat connects to nc.openbsd" {
	need nc.openbsd
	PORT=$("$ACTOR" -p)
	serve nc.openbsd -N -l 127.0.0.1 "$PORT"
	visit
}

@test "nc.openbsd connects to sockcat" {
	need nc.openbsd
	host nc.openbsd -N
}

@test "sockcat connects to nc.traditional" {
	need nc.traditional
	PORT=$("$ACTOR" -p)
	serve nc.traditional -q 5 -l -s 127.0.0.1 -p "$PORT"
	visit
}

@test "nc.traditional connects to sockcat" {
	need nc.traditional
	host nc.traditional -q 5
}

@test "sockcat connects to ncat" {
	need ncat
	PORT=$("$ACTOR" -p)
	serve ncat -l 127.0.0.1 "$PORT"
	visit
}

@test "ncat connects to sockcat" {
	need ncat
	host ncat
}

@test "sockcat connects to socat" {
	need socat
	PORT=$("$ACTOR" -p)
	serve socat -t 10 "TCP-LISTEN:$PORT,bind=127.0.0.1,reuseaddr" -
	visit
}

@test "socat connects to sockcat" {
	need socat
	host bash -c 'exec socat -t 10 - "TCP:$1:$2"' -
}

@test "sockcat connects to busybox nc" {
	need busybox
	PORT=$("$ACTOR" -p)
	serve busybox nc -l -p "$PORT"
	visit
}

@test "busybox nc connects to sockcat" {
	need busybox
	host busybox nc
}
