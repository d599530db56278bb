# What "make install" installs, and where.
load helper

# stage TARGET: run make for the target, below $WORK/stage.
stage() {
	require_commands make
	make -C "$ROOT" "$1" DESTDIR="$WORK/stage" PREFIX=/usr >/dev/null 3>&-
}

@test "make install puts each file where packages expect it" {
	stage install
	diff - <(cd stage/usr && find . -type f -printf '%m %P\n' |
		grep -v '^644 .*/examples/[a-z-]*\.c$' | sort) <<-END
		644 share/bash-completion/completions/sockcat
		644 share/doc/sockcat/LICENSE
		644 share/fish/vendor_completions.d/sockcat.fish
		644 share/man/man1/sockcat-diagram.1
		644 share/man/man1/sockcat.1
		644 share/man/man7/sockcat-exercises.7
		644 share/man/man7/sockcat-myths.7
		644 share/man/man7/sockcat-sockets.7
		644 share/sockcat/diagram.awk
		644 share/zsh/site-functions/_sockcat
		755 bin/sockcat
		755 bin/sockcat-diagram
	END
	cmp "$ROOT/man/sockcat.1" stage/usr/share/man/man1/sockcat.1
	cmp "$ROOT/man/sockcat.zsh" stage/usr/share/zsh/site-functions/_sockcat
	diff -r "$ROOT/man/examples" stage/usr/share/doc/sockcat/examples
	cmp "$ROOT/LICENSE" stage/usr/share/doc/sockcat/LICENSE
}

@test "make uninstall removes every file again" {
	stage install
	stage uninstall
	[ -z "$(find stage -type f)" ]
}

@test "the installed sockcat-diagram finds its files" {
	stage install
	stage/usr/bin/sockcat-diagram "$ROOT/tests/traces/server" >diagram
	grep -q LISTEN diagram
	run -1 stage/usr/bin/sockcat-diagram -r 99
	[ "$output" = "sockcat-diagram: the tour has no session 99" ]
}
