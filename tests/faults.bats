# Whatever call of the system fails, and whenever: what was to be relayed is
# whole, or sockcat says in a line why it is not, and exits as that line means.
# tests/walk.c tells what is tried; a finding is printed as the command that
# shows it. Here go some positions of each call: walk --all takes more.
load helper

walk() {
	[ -z "$SANITIZED" ] || skip "$SANITIZED comes first"
	run "$ROOT/tests/build/walk" "$@"
	[ "$status" -ne 77 ] || skip "no library can be put before sockcat"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "no call that fails breaks a connection made" {
	walk connect
}

@test "no call that fails breaks a connection taken" {
	walk listen allowed
}

@test "no call that fails lets one client of many disturb another" {
	walk many room
}

@test "no call that fails breaks a conversation of messages" {
	walk messages chat
}

@test "no call that fails spoils the way from a name to its addresses" {
	walk race name
}

@test "no call that fails breaks a connection over a Unix socket" {
	walk unix unix-listen
}

@test "no call that fails loses a datagram sent unsaid" {
	walk datagrams redial
}

@test "no call that fails breaks a talk with one sender of datagrams" {
	walk sender
}

@test "no call that fails lets one sender of many disturb another" {
	walk senders
}

@test "no call that fails breaks a talk in Unix datagrams" {
	walk unix-datagrams unix-sender unix-senders
}

@test "a call that is to fail does, and sockcat says so" {
	walk connect recv:ECONNRESET:2
	[[ ${lines[0]} = "sockcat: receive from 127.0.0.1 port "* ]]
	[[ $output = *"exit status 1, "*"; it failed; "* ]]
}
