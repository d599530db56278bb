# Fault injection: one system call fails. Either all data still arrives, or
# sockcat reports the failure in one line and its exit status agrees with it.
# tests/walk.c lists the scenarios, and prints each finding as the command that
# reproduces it. These tests try some uses of each call; "make walk" tries all.
load helper

# walk SCENARIO...: run the fault injection driver.
walk() {
	[ -z "$SANITIZED" ] || skip "$SANITIZED must be loaded first"
	run "$ROOT/tests/build/walk" "$@"
	[ "$status" -ne 77 ] || skip "LD_PRELOAD does not work here"
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
