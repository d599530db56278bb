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

@test "make dist writes the tarball, and the formula and PKGBUILD with its checksum" {
	require_commands make git sha256sum
	[ -e "$ROOT/.git" ] && git -C "$ROOT" rev-parse HEAD >/dev/null ||
		skip "not a clone"
	git clone -q "$ROOT" clone
	make -s -C clone dist 3>&-
	cd clone/tests/build || return
	mv sockcat-*.tar.gz first.tar.gz
	make -s -C "$WORK/clone" dist 3>&-
	cmp first.tar.gz sockcat-*.tar.gz
	name="$("$SOCKCAT" -V | tr ' ' -)"
	sum=$(sha256sum <"$name.tar.gz" | cut -d ' ' -f 1)
	grep -qxF "  url \"file://#{__dir__}/$name.tar.gz\"" sockcat.rb
	grep -qxF "  sha256 \"$sum\"" sockcat.rb
	grep -qxF "pkgver=${name#*-}" PKGBUILD
	grep -qxF "sha256sums=($sum)" PKGBUILD
	tar -tzf "$name.tar.gz" | grep -qx "$name/sockcat.c"
}
