# What the fuzzers start from, and what they have found, once more.
load helper

replay() {
	"$ROOT/tests/build/replay-$1" "$ROOT/tests/fuzz/$1"/*
}

@test "lines are the same however their bytes are cut" {
	replay line
}

@test "messages are the same however their bytes are cut" {
	replay text
}
