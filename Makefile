.POSIX:

# CPPFLAGS, LDFLAGS and LDLIBS are yours.
PREFIX = /usr/local
CC = cc
CFLAGS = -O2

# What systems need beyond POSIX, without a configure step. base/system.h has
# the differences that the code sees. Each macro means nothing elsewhere:
# FreeBSD	else hides MSG_DONTWAIT, INADDR_LOOPBACK, IP_TOS and CMSG_LEN
# macOS		the same
# Linux	glibc else hides SO_MARK and other options of sockets
# illumos	msg_control is XSI's; then __EXTENSIONS__ shows the others
SYSTEM = -D__BSD_VISIBLE=1 -D_DARWIN_C_SOURCE -D_DEFAULT_SOURCE \
	-D_XOPEN_SOURCE=700 -D__EXTENSIONS__

# The compiler tells for which system it builds: this also holds for a cross
# compiler. The linkers of macOS, which makes a PIE unasked, and of illumos do
# not know -z relro. illumos has sockets in libraries of their own.
TARGET = $(CC) -dumpmachine 2>/dev/null
LIBS = `case $$($(TARGET)) in *solaris*|*illumos*) echo -lsocket -lnsl;; esac`

# Hardening: HARDEN= and LINK= leave it out.
HARDEN = -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fPIE
LINK = `case $$($(TARGET)) in *darwin*|*macos*|*solaris*|*illumos*) ;; \
	*) echo -pie -Wl,-z,relro,-z,now;; esac`

STD = -std=c11 -D_POSIX_C_SOURCE=200809L $(SYSTEM)
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
	-Wno-missing-field-initializers

# The rooms: relay and net stand on base.
BASE = base/clock.o base/event.o base/limit.o base/manager.o base/say.o \
	base/signals.o base/stdio.o base/visible.o base/wait.o base/watch.o
NET = net/addr.o net/allow.o net/ask.o net/bind.o net/client.o \
	net/command.o net/connect.o net/datagram.o net/detail.o net/dial.o \
	net/finding.o net/group.o net/handshake.o net/http.o net/listen.o \
	net/local.o net/login.o net/lookup.o net/meaning.o net/network.o \
	net/notify.o net/pass.o net/ports.o net/probe.o net/proxy.o \
	net/reach.o net/reason.o net/redial.o net/resolve.o net/retry.o \
	net/scan.o net/service.o net/sock.o net/sockopt.o net/spawn.o \
	net/table.o net/tally.o net/tcp.o net/trace.o net/unix.o net/zone.o
RELAY = relay/accept.o relay/buf.o relay/connector.o relay/dgram.o \
	relay/dump.o relay/encode.o relay/end.o relay/flow.o relay/frame.o \
	relay/line.o relay/loop.o relay/message.o relay/meter.o relay/peer.o \
	relay/policy.o relay/pollset.o relay/rate.o relay/relay.o \
	relay/roster.o relay/session.o relay/sources.o relay/telnet.o \
	relay/turn.o relay/update.o relay/waits.o
FORWARD = relay/commands.o relay/exchange.o relay/forward.o relay/link.o \
	relay/links.o relay/pair.o relay/senders.o
CLI = cli/connecting.o cli/corrected.o cli/exec.o cli/forwarding.o \
	cli/hide.o cli/hosts.o cli/listening.o cli/mistakes.o cli/networks.o \
	cli/operands.o cli/parse.o cli/patterns.o cli/places.o cli/rules.o \
	cli/scanning.o cli/settings.o cli/setup.o cli/slips.o cli/sockopts.o \
	cli/through.o cli/usage.o cli/value.o
OBJ = sockcat.o opts.o $(BASE) $(CLI) $(NET) $(RELAY) $(FORWARD)
HDR = opts.h $(BASE:.o=.h) $(CLI:.o=.h) $(NET:.o=.h) $(RELAY:.o=.h) \
	$(FORWARD:.o=.h) base/status.h base/system.h

all: sockcat

sockcat: $(OBJ)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $(OBJ) $(LIBS) $(LDLIBS)

# Everything is compiled anew when a header changes: that takes a second.
$(OBJ): $(HDR)

.SUFFIXES: .c .o
.c.o:
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(HARDEN) $(CFLAGS) -c -o $@ $<

# Test programs: what else the tests need is fetched by tests/run.
TESTS = tests/build/actor tests/build/crowd tests/build/soak tests/build/differ \
	tests/build/fault.so tests/build/walk tests/build/solve \
	tests/build/activate tests/build/collect tests/build/proxy tests/build/receive \
	tests/build/relays $(REPLAYS)
COMPILE = $(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
BUILD = mkdir -p tests/build && $(COMPILE)

COMMON = tests/common.c tests/common.h
CLIENTS = $(COMMON) tests/bytes.c tests/bytes.h tests/client.c tests/client.h

tests/build/actor: tests/actor.c $(COMMON)
	$(BUILD) -o $@ tests/actor.c tests/common.c

tests/build/relays: tests/relays.c $(OBJ) $(COMMON)
	$(BUILD) -o $@ tests/relays.c tests/common.c $(BASE) $(NET) $(RELAY) \
		$(LIBS)

tests/build/crowd: tests/crowd.c $(COMMON)
	$(BUILD) -o $@ tests/crowd.c tests/common.c

tests/build/solve: tests/solve.c $(COMMON)
	$(BUILD) -o $@ tests/solve.c tests/common.c

tests/build/soak: tests/soak.c $(CLIENTS)
	$(BUILD) -o $@ tests/soak.c tests/bytes.c tests/client.c tests/common.c

MODEL = tests/model.c tests/model.h tests/subject.c tests/subject.h

tests/build/differ: tests/differ.c $(MODEL) $(COMMON)
	$(BUILD) -o $@ tests/differ.c tests/model.c tests/subject.c tests/common.c

# By this name, it is a proxy.
tests/build/proxy: tests/build/actor
	ln -f tests/build/actor $@

tests/build/activate: tests/activate.c
	$(BUILD) -o $@ tests/activate.c

tests/build/collect: tests/collect.c $(COMMON)
	$(BUILD) -o $@ tests/collect.c tests/common.c

tests/build/receive: tests/receive.c
	$(BUILD) -o $@ tests/receive.c

# Its tests are skipped where it cannot be built.
tests/build/fault.so: tests/fault.c tests/fault.h
	mkdir -p tests/build
	-$(CC) $(STD) $(WARN) $(CFLAGS) -shared -fPIC -o $@ tests/fault.c -ldl

tests/build/walk: tests/walk.c tests/fault.h $(CLIENTS)
	$(BUILD) -o $@ tests/walk.c tests/bytes.c tests/client.c tests/common.c

# The fuzz targets, run on files: tests/fuzz/build has the table of them.
REPLAYS = tests/build/replay-addr tests/build/replay-dump \
	tests/build/replay-encode tests/build/replay-exchange \
	tests/build/replay-line tests/build/replay-loop \
	tests/build/replay-message tests/build/replay-meter \
	tests/build/replay-opts tests/build/replay-pair \
	tests/build/replay-ports tests/build/replay-proxy \
	tests/build/replay-rate tests/build/replay-telnet \
	tests/build/replay-visible

FUZZED = tests/fuzz/addr.c tests/fuzz/dump.c tests/fuzz/encode.c \
	tests/fuzz/exchange.c tests/fuzz/line.c tests/fuzz/loop.c \
	tests/fuzz/message.c tests/fuzz/meter.c tests/fuzz/opts.c \
	tests/fuzz/pair.c tests/fuzz/ports.c tests/fuzz/proxy.c \
	tests/fuzz/rate.c tests/fuzz/telnet.c tests/fuzz/visible.c
BESIDE = tests/fuzz/build tests/fuzz/must.h tests/fuzz/quiet.c \
	tests/fuzz/replay.c tests/fuzz/script.h tests/fuzz/world.c \
	tests/fuzz/world.h

$(REPLAYS): $(OBJ) $(FUZZED) $(BESIDE)
	COMPILE='$(COMPILE)' tests/fuzz/build $(@F)

tools: $(TESTS)

BENCH = tests/build/measure tests/build/loop tests/build/beside tests/build/flood \
	tests/build/pairs

tests/build/flood: tests/bench/flood.c $(COMMON)
	$(BUILD) -o $@ tests/bench/flood.c tests/common.c

tests/build/measure: tests/bench/measure.c $(COMMON)
	$(BUILD) -o $@ tests/bench/measure.c tests/common.c

tests/build/loop: tests/bench/loop.c $(COMMON)
	$(BUILD) -o $@ tests/bench/loop.c tests/common.c

tests/build/beside: tests/bench/beside.c $(COMMON)
	$(BUILD) -o $@ tests/bench/beside.c tests/common.c

tests/build/pairs: tests/bench/pairs.c $(COMMON)
	-$(BUILD) -o $@ tests/bench/pairs.c tests/common.c

bench: sockcat tools $(BENCH)
	tests/bench/run

# What README shows: the table and the picture (10 minutes, on a quiet machine),
# and the recording (half a minute).
figures: sockcat tools $(BENCH)
	tests/bench/run --figures >tests/build/figures
	cp tests/build/figures tests/bench/figures.txt
	tests/bench/draw

recording: sockcat
	mkdir -p tests/build
	man/record >tests/build/session
	cp tests/build/session man/session.svg

# The diagrams in the tour, and the picture in README of its first session.
diagrams:
	mkdir -p tests/build
	man/redraw <man/sockcat-sockets.7 >tests/build/page
	cp tests/build/page man/sockcat-sockets.7
	man/redraw -s 1 <man/sockcat-sockets.7 >man/first-session.svg

check: sockcat tools
	tests/run

# Judge a solution of an exercise in sockcat-exercises(7).
N =
RUN =

exercise: sockcat tests/build/actor tests/build/crowd
	@tests/exercise $(N) $(RUN)

# The main paths once more, under valgrind.
memcheck: sockcat tools
	SANITIZED=valgrind \
		SOCKCAT=$$PWD/tests/memcheck tests/run \
		tests/ends.bats tests/listen.bats tests/unix.bats

coverage:
	tests/coverage

# Every call fails at all its uses, not only at some of them as in "check".
walk: sockcat tools
	cd tests/build && ./walk --all

# Do the tests notice when the program is broken, in each of many small ways?
MUTANTS =

mutants: sockcat tools
	tests/mutants $(MUTANTS)

# Build for other systems, with a compiler that this downloads.
cross:
	tests/cross

# The tests under QEMU: on a big-endian machine all that run sockcat alone, on a
# 32-bit machine those in which sizes and the order of bytes matter.
EMULATED = tests/args.bats tests/clients.bats tests/connect.bats \
	tests/datagrams.bats tests/directions.bats tests/ends.bats \
	tests/hostile.bats tests/listen.bats tests/signals.bats tests/stdio.bats \
	tests/text.bats tests/unix.bats
BYTES = tests/args.bats tests/connect.bats tests/datagrams.bats \
	tests/listen.bats tests/text.bats tests/unix.bats

emulated: sockcat tools
	LIMIT=3600 tests/emulate s390x-linux-gnu \
		qemu-s390x-static $(EMULATED)
	LIMIT=3600 tests/emulate arm-linux-gnueabihf \
		qemu-arm-static $(BYTES)

# Clients at random, for so many seconds, from a seed (0: another each time).
SOAK = 600
SEED = 0

soak: sockcat tools
	tests/build/soak ./sockcat $(SOAK) $(SEED)

# Random options and schedules, compared with a model.
SCHEDULES = 2000

differ: sockcat tools
	tests/build/differ ./sockcat $(SCHEDULES) $(SEED)

# Each fuzzer for this many seconds, two at a time with -j2.
FUZZ = 60
FUZZER = clang -g -O1 $(STD) -DCHECKS -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all
FUZZERS = fuzz-loop fuzz-pair fuzz-exchange fuzz-addr fuzz-line fuzz-opts \
	fuzz-message fuzz-ports fuzz-proxy fuzz-visible fuzz-dump fuzz-meter \
	fuzz-encode fuzz-rate fuzz-telnet

fuzz: $(FUZZERS)

$(FUZZERS):
	FUZZER='$(FUZZER)' tests/fuzz/build $@ $(FUZZ)

lint:
	cppcheck --quiet --std=c11 --enable=warning,performance,portability \
		--error-exitcode=1 --inline-suppr *.c base cli net relay
	CC='$(CC)' STD='$(STD)' tests/lint
	tests/mutants --check
	clang-tidy --quiet --warnings-as-errors='*' *.c base/*.c cli/*.c \
		net/*.c relay/*.c -- $(STD)
	shellcheck -x -e SC2016 tests/run tests/lint tests/mutants tests/fuzz/build tests/memcheck \
		tests/coverage tests/cross tests/emulate tests/tour tests/exercise tests/typed \
		tests/bench/run tests/bench/draw man/record man/redraw man/sockcat-diagram \
		packaging/dist packaging/deb packaging/check packaging/debian/tests/nc \
		packaging/debian/tests/scan packaging/debian/tests/tour \
		packaging/debian/tests/transfer .ci/run
	shellcheck -s bash man/sockcat.bash tests/helper.bash
	shellcheck -s bats -S warning -e SC2154 tests/*.bats
	# bash ignores that the first of two fails, unless they are the last
	awk 'pair != "" && !/^}/ { print pair; failed = 1 } { pair = "" } \
		/^\t+\[ .* \] && \[.*\]$$/ { pair = FILENAME ": " $$0 } \
		END { exit failed }' tests/*.bats
	mandoc -T lint -W warning man/*.[17]

# To be run after a change of the options. Its results are committed, because a
# build for another machine cannot run the program.
completions: sockcat
	for shell in bash zsh fish; do \
		./sockcat --list-options | awk -v shell=$$shell -f man/completion.awk \
			>man/sockcat.$$shell || exit; \
	done

# The manual pages for a browser, in html/, the tour with a diagram of its second
# session: this needs mandoc. Pages of the system are linked to man7.org.
LINUX = https://man7.org/linux/man-pages
PICTURE = <p><img src="half-close.svg" alt="The calls of both sides"></p>

html:
	mkdir -p html/examples
	cp man/examples/*.c html/examples
	man/sockcat-diagram -s tests/traces/server tests/traces/client \
		>html/half-close.svg
	for page in man/*.[17]; do \
		mandoc -T html -O 'toc,man=$(LINUX)/man%S/%N.%S.html' "$$page" | \
			sed -e 's|"$(LINUX)/man[17]/\(sockcat[^"]*\)"|"\1"|' \
				-e '/id="3\._The_backlog"/s|^|$(PICTURE)|' \
			>"html/$${page##*/}.html" || exit; \
	done

SHARE = $(DESTDIR)$(PREFIX)/share
BIN = $(DESTDIR)$(PREFIX)/bin/sockcat
FILES = $(SHARE)/man/man1/sockcat.1 $(SHARE)/man/man7/sockcat-sockets.7 \
	$(SHARE)/man/man7/sockcat-exercises.7 \
	$(SHARE)/man/man7/sockcat-myths.7 \
	$(SHARE)/man/man1/sockcat-diagram.1 $(SHARE)/sockcat/diagram.awk \
	$(SHARE)/bash-completion/completions/sockcat \
	$(SHARE)/zsh/site-functions/_sockcat \
	$(SHARE)/fish/vendor_completions.d/sockcat.fish \
	$(SHARE)/doc/sockcat/LICENSE
EXAMPLES = $(SHARE)/doc/sockcat/examples
SOURCES = man/sockcat.1 man/sockcat-sockets.7 man/sockcat-exercises.7 \
	man/sockcat-myths.7 man/sockcat-diagram.1 man/diagram.awk \
	man/sockcat.bash man/sockcat.zsh man/sockcat.fish LICENSE

install: sockcat
	mkdir -p $(DESTDIR)$(PREFIX)/bin
	cp sockcat $(BIN)
	cp man/sockcat-diagram $(BIN)-diagram
	chmod 755 $(BIN) $(BIN)-diagram
	set -- $(SOURCES); for file in $(FILES); do \
		mkdir -p "$${file%/*}" && cp "$$1" "$$file" && \
			chmod 644 "$$file" && shift || exit; \
	done
	mkdir -p $(EXAMPLES)
	cp man/examples/*.c $(EXAMPLES)
	chmod 644 $(EXAMPLES)/*.c

uninstall:
	rm -f $(BIN) $(BIN)-diagram $(FILES)
	rm -rf $(EXAMPLES)
	-rmdir $(SHARE)/doc/sockcat $(SHARE)/sockcat

# The tarball, the Homebrew formula and the PKGBUILD, in tests/build.
dist:
	packaging/dist

# Debian packages, in tests/build/deb.
deb: dist
	packaging/deb

clean:
	rm -f sockcat $(OBJ)
	rm -rf tests/build html
