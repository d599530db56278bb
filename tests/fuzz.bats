# Replay the seeds of the fuzzers and the inputs that they have found.
load helper

# replay TARGET: run a fuzz target on its saved inputs.
replay() {
	[ -x "$ROOT/tests/build/replay-$1" ] || skip "tests/build/replay-$1 could not be built"
	"$ROOT/tests/build/replay-$1" "$ROOT/tests/fuzz/$1"/*
}

@test "addresses and networks are the same in words and in bits" {
	replay addr
}

@test "everyone is told what was said, in order and to the end" {
	replay hub
}

@test "lines are the same however their bytes are cut" {
	replay line
}

@test "options that are written out again mean the same" {
	replay opts
}

@test "messages are the same however their bytes are cut" {
	replay text
}
