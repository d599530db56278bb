# What the fuzzers start from, and what they have found, once more.
load helper

replay() {
	[ -x "$ROOT/tests/build/replay-$1" ] || skip "it could not be built"
	"$ROOT/tests/build/replay-$1" "$ROOT/tests/fuzz/$1"/*
}

@test "addresses and networks are the same in words and in bits" {
	replay addr
}

@test "everyone is told what was said, in order and to the end" {
	replay loop
}

@test "lines are the same however their bytes are cut" {
	replay line
}

@test "options that are written out again mean the same" {
	replay opts
}

@test "messages are the same however their bytes are cut" {
	replay message
}

@test "port lists that are written out again mean the same ports" {
	replay ports
}
