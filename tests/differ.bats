# Random sets of options and random schedules, from a fixed seed; "make differ"
# runs others.
load helper

@test "with options at random, everybody receives what the model says" {
	TMPDIR=$WORK run -0 timeout 100 "$ROOT/tests/build/differ" "$SOCKCAT" 40 5 \
		3>&-
	[ "${lines[-1]}" = "40 schedules without a difference" ]
}
