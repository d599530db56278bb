# Terminals: what is typed, jobs in the background, and a screen that is stuck.
load helper

# at_terminal COMMAND: run it with sh(1) on a terminal whose keys are the FIFO
# "keys"; what it shows is in the file "screen".
at_terminal() {
	require_commands script
	hold_fifo keys
	background timeout 30 script -qfec "$1" screen <keys >/dev/null
	TERMINAL=$!
}

@test "the peer's end is told on a terminal, and typed text is discarded" {
	peer_listen send hello wait
	at_terminal "$SOCKCAT 127.0.0.1 $PORT; timeout 1 cat >rest"
	wait_until grep -q hello screen
	printf half >keys
	wait_until grep -q half screen
	peer_continue
	wait_until grep -q "sockcat: 127.0.0.1:$PORT closed the connection" screen
	wait "$TERMINAL" || true
	[ ! -s rest ]
}

@test "a background job does not read its terminal, which counts as silent" {
	at_terminal "bash -mc '$SOCKCAT -v -l 127.0.0.1 0 >copy 2>err & wait'"
	wait_until grep -q listening err
	PORT=$(sed 's/.* //' err)
	echo key >keys
	peer_connect send one sleep 300 send two
	wait_until file_is copy onetwo
	wait "$TERMINAL"
}

@test "no meter is drawn on the terminal where one types" {
	peer_listen wait
	at_terminal "$SOCKCAT -S 127.0.0.1 $PORT"
	pause 0.6
	peer_continue
	wait "$TERMINAL"
	run ! grep -q 'avg' screen
	grep -q 'sent 0 bytes, received 0 bytes' screen
}

@test "with -L, a terminal gets control bytes of strangers as \\xNN" {
	at_terminal "$SOCKCAT -v -lk -L 127.0.0.1 0 2>err"
	wait_until grep -q listening err
	PORT=$(sed 's/.* //' err)
	peer_connect send $'a\x1b[31mred\r\nb\tc\n'
	wait_until grep -q 'red' screen
	grep -qF 'a\x1b[31mred' screen
	grep -q $'b\tc' screen
}

@test "a password is not asked for in the background, and ^Z is no part of it" {
	at_terminal "bash -mc '$SOCKCAT -x 127.0.0.1:1 -P user h 1 </dev/null & wait \$!; echo status \$?'"
	wait_until grep -q 'status 3' screen
	grep -q 'ask for the proxy password: sockcat runs in the background' screen
}

@test "a terminal that nobody reads does not stop a listener" {
	require_commands script
	background script -qfec "exec $SOCKCAT -v -lk 127.0.0.1 0 >copy" screen \
		</dev/null >/dev/null
	wait_until grep -q 'port [1-9]' screen
	PORT=$(sed -n 's/.* port \([0-9]*\).*/\1/p' screen)
	stop_process "$!"
	"$CROWD" "$PORT" 1000 pass
	peer_connect send last
	wait_until grep -q last copy
}
