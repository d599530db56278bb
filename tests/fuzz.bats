# Replay the seeds of the fuzzers and the inputs that they have found.
load helper

# replay TARGET: run a fuzz target on its saved inputs.
replay() {
	[ -x "$ROOT/tests/build/replay-$1" ] || skip "tests/build/replay-$1 could not be built"
	"$ROOT/tests/build/replay-$1" "$ROOT/tests/fuzz/$1"/*
}

@test "an address or network is the same as text and in binary" {
	replay addr
}

@test "every peer receives all data, in order and up to EOF" {
	replay loop
}

@test "each side of a pair receives all data of the other, and its end" {
	replay pair
}

@test "datagrams of a pair arrive whole, in order, and once" {
	replay exchange
}

@test "lines do not depend on how their bytes are split into reads" {
	replay line
}

@test "a proxy's answer is the same however its bytes are cut" {
	replay proxy
}

@test "parsed options, written out and parsed again, are the same" {
	replay opts
}

@test "messages do not depend on how their bytes are split into reads" {
	replay message
}

@test "CR LF and pairs of IACs do not depend on how the bytes are split" {
	replay encode
}

@test "telnet's data and answers do not depend on how the bytes are split" {
	replay telnet
}

@test "no second has more bytes than -y allows, and all have nearly as many" {
	replay rate
}

@test "port lists that are written out again mean the same ports" {
	replay ports
}

@test "control characters are shown as \xNN, and valid UTF-8 is not changed" {
	replay visible
}

@test "a line of the hex dump gives back its offset and its bytes" {
	replay dump
}

@test "the meter fits any width, and shows all its parts if there is room" {
	replay meter
}
