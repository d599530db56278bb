# What README shows: the table and the picture of the measured figures, and the
# recording of a session.
load helper

setup_file() {
	export LC_ALL=C
}

# well_formed FILE: the file is XML, as far as this can be checked here.
well_formed() {
	if command -v xmllint >/dev/null; then
		xmllint --noout "$1"
	else
		[ "$(grep -c '<svg' "$1")" -eq 1 ]
		[ "$(tail -n 1 "$1")" = "</svg>" ]
	fi
}

# draw SCRIPT: draw the file "data" with this script of tests/bench.
draw() {
	awk -f "$ROOT/tests/bench/figures.awk" -f "$ROOT/tests/bench/$1" data
}

some_figures() {
	cat >data <<-'DATA'
		machine 2 x A & B <C>
		system Linux 6.1
		date 2026-01-02
		rounds 3
		version sockcat 1.0.0
		version socat 1.7
		fact answer sockcat yes
		fact answer socat with -t 10
		result file sockcat 0.5 0.25 2048 -
		result file socat 2.125 1 4096 -
		result file socat-1M 1 1 4096 -
		result one sockcat 0.4 0.1 1024 -
		result clients ncat - - - -
		result datagrams ncat - 1 1 123456
	DATA
}

@test "README and the picture show the measured figures: 'tests/bench/draw' would change nothing" {
	mkdir -p tests
	cp -R "$ROOT/tests/bench" tests
	cp "$ROOT/README.md" .
	tests/bench/draw
	diff "$ROOT/README.md" README.md
	diff "$ROOT/tests/bench/figures.svg" tests/bench/figures.svg
	grep -q '^| 1 GiB over TCP | [0-9]' README.md
}

@test "README shows new figures after 'tests/bench/draw'" {
	mkdir -p tests
	cp -R "$ROOT/tests/bench" tests
	cp "$ROOT/README.md" .
	some_figures
	cp data tests/bench/figures.txt
	tests/bench/draw
	grep -qxF '| 1 GiB over TCP | 0.50 s | - | - | 2.12 s | 1.00 s |' README.md
	diff <(sed '/^<!-- figures/,/^<!-- end/d' "$ROOT/README.md") \
		<(sed '/^<!-- figures/,/^<!-- end/d' README.md)
}

@test "the table has the figures in their units, what failed and what is not possible" {
	some_figures
	draw table.awk >table
	grep -qxF '| 1 GiB over TCP: CPU time of both ends | 0.25 s | - | - | 1.00 s | 1.00 s |' table
	grep -qxF '| 1 GiB over TCP: memory of the larger end | 2.00 MiB | - | - | 4.00 MiB | 4.00 MiB |' table
	grep -qxF '| start, connect, send a byte, exit | 2.00 ms | - | - | - | - |' table
	grep -qxF '| 20 lines from each of 1,500 clients | - | - | fails | - | - |' table
	grep -qxF '| half-closes at EOF and waits for the answer | yes | - | - | with `-t 10` |' table
	grep -qF '2026-01-02: 2 x A & B <C>, Linux 6.1' table
}

@test "the picture has a bar for each figure, to scale, and the same in words" {
	some_figures
	draw picture.awk >picture.svg
	well_formed picture.svg
	grep -qF '>0.50 s</text>' picture.svg
	grep -qF '>2.12 s</text>' picture.svg
	grep -qF '>fails</text>' picture.svg
	grep -qF '2 x A &amp; B &lt;C>' picture.svg
	grep -qF '1 GiB over TCP: sockcat 0.50 s, socat 2.12 s, socat -b1048576 1.00 s.' \
		picture.svg
	# 165 is the longest bar
	grep -q 'width="165.0" height="12"/>' picture.svg
	grep -q 'width="38.8" height="12" class="own"/>' picture.svg
	# what was not measured has no panel
	run ! grep -q 'in each direction\|Unix' picture.svg
}

@test "the recording shows each line for as long as it was there" {
	cat >frames <<-'FRAMES'
		= 0.00
		1$
		2$
		= 1.00
		1$ cat <a & b
		2$
		= 3.00
		1$ cat <a & b
		1hello
		2
		= 4.00
	FRAMES
	awk -v columns=20 -v lines=3 -v title=T -v desc=D \
		-f "$ROOT/man/frames.awk" frames >session.svg
	well_formed session.svg
	grep -qF '<tspan>cat &lt;a &amp; b</tspan>' session.svg
	grep -q '{ 0% { visibility: hidden } 75.00% { visibility: visible } }' session.svg
	grep -q '{ 0% { visibility: hidden } 25.00% { visibility: visible } }' session.svg
	grep -q '{ 0.00% { visibility: visible } 25.00% { visibility: hidden } }' session.svg
	grep -q '{ 0.00% { visibility: visible } 75.00% { visibility: hidden } }' session.svg
	# without animation, the last frame is seen
	[ "$(grep -c '<text.*class="gone"' session.svg)" -eq 2 ]
	! grep -q 'class="gone".*hello' session.svg
}

@test "README's recording is short, and has calls, two clients and the meter" {
	well_formed "$ROOT/man/session.svg"
	[ "$(wc -c <"$ROOT/man/session.svg")" -lt 100000 ]
	grep -q '>sent [0-9.]*MiB received 0B 0:0[0-9] .*% left' "$ROOT/man/session.svg"
	grep -q 'accept([0-9]*) = ' "$ROOT/man/session.svg"
	grep -q ':[0-9]* I am Ann' "$ROOT/man/session.svg"
	[ "$(sed -n 's/.*animation: \([0-9]*\).*/\1/p' "$ROOT/man/session.svg")" -lt 20 ]
}

@test "without tmux, no recording is made, and the error says so" {
	mkdir bin
	ln -s "$(command -v bash)" "$(command -v dirname)" bin
	PATH=$WORK/bin run -1 bash "$ROOT/man/record"
	[ "$output" = "man/record: this needs tmux" ]
}
