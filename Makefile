.POSIX:

# CPPFLAGS, LDFLAGS and LDLIBS are yours.
PREFIX = /usr/local
CC = cc
CFLAGS = -O2

# What systems need beyond POSIX, without a configure step. base/system.h has
# the differences that the code sees. Each macro means nothing elsewhere:
# FreeBSD	else hides MSG_DONTWAIT, INADDR_LOOPBACK, IP_TOS and CMSG_LEN
# macOS		the same
# illumos	msg_control is XSI's; then __EXTENSIONS__ shows the others
SYSTEM = -D__BSD_VISIBLE=1 -D_DARWIN_C_SOURCE \
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
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion

# The rooms: relay and net stand on base.
BASE = base/clock.o base/say.o base/signals.o base/visible.o base/wait.o
NET = net/addr.o net/connect.o net/dial.o net/listen.o net/login.o \
	net/lookup.o net/ports.o net/proxy.o net/redial.o net/retry.o \
	net/scan.o net/sock.o net/spawn.o net/trace.o net/unix.o
RELAY = relay/accept.o relay/buf.o relay/dgram.o relay/dump.o relay/encode.o \
	relay/frame.o relay/line.o relay/loop.o relay/message.o relay/meter.o \
	relay/peer.o relay/policy.o relay/rate.o relay/relay.o relay/telnet.o
CLI = cli/mistakes.o cli/operands.o cli/parse.o cli/patterns.o cli/rules.o \
	cli/settings.o cli/value.o
OBJ = sockcat.o opts.o $(BASE) $(CLI) $(NET) $(RELAY)
HDR = opts.h $(BASE:.o=.h) $(CLI:.o=.h) $(NET:.o=.h) $(RELAY:.o=.h) \
	base/status.h base/system.h

all: sockcat

sockcat: $(OBJ)
	$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $(OBJ) $(LIBS) $(LDLIBS)

# Everything is compiled anew when a header changes: that takes a second.
$(OBJ): $(HDR)

.SUFFIXES: .c .o
.c.o:
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(HARDEN) $(CFLAGS) -c -o $@ $<

# Test programs: what else the tests need is fetched by tests/run.
TESTS = tests/build/actor tests/build/crowd tests/build/soak \
	tests/build/fault.so tests/build/walk \
	tests/build/proxy tests/build/receive tests/build/replay-proxy \
	tests/build/replay-addr tests/build/replay-loop \
	tests/build/replay-line tests/build/replay-opts \
	tests/build/replay-dump tests/build/replay-meter \
	tests/build/replay-message tests/build/replay-ports \
	tests/build/replay-visible \
	tests/build/replay-encode tests/build/replay-rate \
	tests/build/replay-telnet
BUILD = mkdir -p tests/build && \
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)

COMMON = tests/common.c tests/common.h

tests/build/actor: tests/actor.c $(COMMON)
	$(BUILD) -o $@ tests/actor.c tests/common.c

tests/build/crowd: tests/crowd.c $(COMMON)
	$(BUILD) -o $@ tests/crowd.c tests/common.c

tests/build/soak: tests/soak.c $(COMMON)
	$(BUILD) -o $@ tests/soak.c tests/common.c

tests/build/proxy: tests/proxy.c $(COMMON)
	$(BUILD) -o $@ tests/proxy.c tests/common.c

tests/build/receive: tests/receive.c
	$(BUILD) -o $@ tests/receive.c

# Its tests are skipped where it cannot be built.
tests/build/fault.so: tests/fault.c tests/fault.h
	mkdir -p tests/build
	-$(CC) $(STD) $(WARN) $(CFLAGS) -shared -fPIC -o $@ tests/fault.c -ldl

tests/build/walk: tests/walk.c tests/fault.h $(COMMON)
	$(BUILD) -o $@ tests/walk.c tests/common.c

tests/build/replay-addr: tests/fuzz/addr.c tests/fuzz/quiet.c \
    tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/addr.c tests/fuzz/quiet.c \
		tests/fuzz/replay.c net/addr.o net/sock.o net/trace.o \
		net/unix.o

# The world around the loop is in the fuzzer's hands, the time included. Where the
# linker cannot do that, its test is skipped.
WRAP = -Wl,--wrap=poll,--wrap=clock_ms,--wrap=peer_new,--wrap=peer_free,--wrap=relay_discard
WORLD = tests/fuzz/world.c tests/fuzz/quiet.c
TOGETHER = $(RELAY) base/wait.o net/addr.o base/clock.o net/dial.o net/listen.o \
	net/redial.o net/sock.o net/trace.o net/unix.o base/visible.o

tests/build/replay-loop: tests/fuzz/loop.c tests/fuzz/world.h $(WORLD) \
    tests/fuzz/replay.c $(OBJ)
	-$(BUILD) $(WRAP) -o $@ tests/fuzz/loop.c $(WORLD) \
		tests/fuzz/replay.c $(TOGETHER)

tests/build/replay-line: tests/fuzz/line.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/line.c tests/fuzz/replay.c \
		relay/line.o relay/buf.o

tests/build/replay-dump: tests/fuzz/dump.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/dump.c tests/fuzz/quiet.c \
		tests/fuzz/replay.c relay/dump.o net/addr.o base/clock.o \
		base/signals.o base/wait.o \
		net/sock.o net/trace.o net/unix.o

tests/build/replay-meter: tests/fuzz/meter.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/meter.c tests/fuzz/quiet.c \
		tests/fuzz/replay.c relay/meter.o base/clock.o

# What opts.c needs.
OPTS = cli/mistakes.o cli/operands.o cli/parse.o cli/patterns.o cli/rules.o \
	cli/value.o

tests/build/replay-opts: tests/fuzz/opts.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/opts.c tests/fuzz/replay.c opts.o \
		$(OPTS)

tests/build/replay-message: tests/fuzz/message.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/message.c tests/fuzz/replay.c \
		relay/message.o relay/buf.o base/visible.o

tests/build/replay-encode: tests/fuzz/encode.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/encode.c tests/fuzz/replay.c relay/encode.o

tests/build/replay-rate: tests/fuzz/rate.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/rate.c tests/fuzz/replay.c relay/rate.o

tests/build/replay-telnet: tests/fuzz/telnet.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/telnet.c tests/fuzz/replay.c \
		relay/telnet.o relay/encode.o relay/buf.o

tests/build/replay-proxy: tests/fuzz/proxy.c tests/fuzz/quiet.c \
    tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/proxy.c tests/fuzz/quiet.c \
		tests/fuzz/replay.c net/proxy.o net/addr.o net/sock.o net/trace.o

tests/build/replay-ports: tests/fuzz/ports.c tests/fuzz/quiet.c \
    tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/ports.c tests/fuzz/quiet.c \
		tests/fuzz/replay.c net/ports.o net/addr.o

tests/build/replay-visible: tests/fuzz/visible.c tests/fuzz/replay.c $(OBJ)
	$(BUILD) -o $@ tests/fuzz/visible.c tests/fuzz/replay.c base/visible.o

tools: $(TESTS)

BENCH = tests/build/measure tests/build/loop

tests/build/measure: tests/bench/measure.c $(COMMON)
	$(BUILD) -o $@ tests/bench/measure.c tests/common.c

tests/build/loop: tests/bench/loop.c $(COMMON)
	$(BUILD) -o $@ tests/bench/loop.c tests/common.c

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

check: sockcat tools
	tests/run

# The main paths once more, under valgrind.
memcheck: sockcat tools
	BATS_TEST_TIMEOUT=180 SANITIZED=valgrind \
		SOCKCAT=$$PWD/tests/memcheck tests/run \
		tests/ends.bats tests/directions.bats tests/listen.bats \
		tests/connect.bats tests/clients.bats tests/stalls.bats \
		tests/datagrams.bats tests/unix.bats

coverage:
	tests/coverage

# Every call fails at all its uses, not only at some of them as in "check".
walk: sockcat tools
	cd tests/build && ./walk --all

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
	BATS_TEST_TIMEOUT=180 tests/emulate s390x-linux-gnu \
		qemu-s390x-static $(EMULATED)
	BATS_TEST_TIMEOUT=180 tests/emulate arm-linux-gnueabihf \
		qemu-arm-static $(BYTES)

# Clients at random, for so many seconds, from a seed (0: another each time).
SOAK = 600
SEED = 0

soak: sockcat tools
	tests/build/soak ./sockcat $(SOAK) $(SEED)

# Each fuzzer for so many seconds, two at a time with -j2; what it finds is left
# in tests/build, and so are the inputs that reach new places.
FUZZ = 60
FUZZER = clang -g -O1 $(STD) -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all
FUZZING = -max_total_time=$(FUZZ) -timeout=10

fuzz: fuzz-loop fuzz-addr fuzz-line fuzz-opts fuzz-message fuzz-ports \
	fuzz-proxy fuzz-visible fuzz-dump fuzz-meter fuzz-encode \
	fuzz-rate fuzz-telnet

fuzz-addr:
	mkdir -p tests/build/addr
	$(FUZZER) -o tests/build/$@ tests/fuzz/addr.c tests/fuzz/quiet.c \
		net/addr.c net/sock.c net/trace.c net/unix.c
	cd tests/build && ./$@ $(FUZZING) -max_len=400 addr ../fuzz/addr

fuzz-loop:
	mkdir -p tests/build/loop-inputs
	$(FUZZER) -fno-sanitize=fuzzer -O2 -c -o tests/build/world.o \
		tests/fuzz/world.c
	$(FUZZER) $(WRAP) -o tests/build/$@ tests/fuzz/loop.c \
		tests/build/world.o tests/fuzz/quiet.c $(TOGETHER:.o=.c)
	cd tests/build && ./$@ $(FUZZING) -max_len=600 loop-inputs ../fuzz/loop

fuzz-line:
	mkdir -p tests/build/line
	$(FUZZER) -o tests/build/$@ tests/fuzz/line.c relay/line.c relay/buf.c
	cd tests/build && ./$@ $(FUZZING) -max_len=200000 line ../fuzz/line

fuzz-dump:
	mkdir -p tests/build/dump
	$(FUZZER) -o tests/build/$@ tests/fuzz/dump.c tests/fuzz/quiet.c \
		relay/dump.c net/addr.c base/clock.c base/signals.c base/wait.c \
		net/sock.c net/trace.c net/unix.c
	cd tests/build && ./$@ $(FUZZING) -max_len=400 dump ../fuzz/dump

fuzz-meter:
	mkdir -p tests/build/meter
	$(FUZZER) -o tests/build/$@ tests/fuzz/meter.c tests/fuzz/quiet.c \
		relay/meter.c base/clock.c
	cd tests/build && ./$@ $(FUZZING) -max_len=64 meter ../fuzz/meter

fuzz-opts:
	mkdir -p tests/build/opts
	$(FUZZER) -o tests/build/$@ tests/fuzz/opts.c opts.c \
		$(OPTS:.o=.c)
	cd tests/build && ./$@ $(FUZZING) -max_len=4096 opts ../fuzz/opts

fuzz-message:
	mkdir -p tests/build/message
	$(FUZZER) -o tests/build/$@ tests/fuzz/message.c relay/message.c relay/buf.c \
		base/visible.c
	cd tests/build && ./$@ $(FUZZING) -max_len=200000 message ../fuzz/message

fuzz-encode:
	mkdir -p tests/build/encode
	$(FUZZER) -o tests/build/$@ tests/fuzz/encode.c relay/encode.c
	cd tests/build && ./$@ $(FUZZING) -max_len=4096 encode ../fuzz/encode

fuzz-rate:
	mkdir -p tests/build/rate
	$(FUZZER) -o tests/build/$@ tests/fuzz/rate.c relay/rate.c
	cd tests/build && ./$@ $(FUZZING) -max_len=400 rate ../fuzz/rate

fuzz-telnet:
	mkdir -p tests/build/telnet
	$(FUZZER) -o tests/build/$@ tests/fuzz/telnet.c relay/telnet.c \
		relay/encode.c relay/buf.c
	cd tests/build && ./$@ $(FUZZING) -max_len=20000 telnet ../fuzz/telnet

fuzz-proxy:
	mkdir -p tests/build/proxy-inputs
	$(FUZZER) -o tests/build/$@ tests/fuzz/proxy.c tests/fuzz/quiet.c \
		net/proxy.c net/addr.c net/sock.c net/trace.c
	cd tests/build && ./$@ $(FUZZING) -max_len=70000 proxy-inputs ../fuzz/proxy

fuzz-ports:
	mkdir -p tests/build/ports
	$(FUZZER) -o tests/build/$@ tests/fuzz/ports.c tests/fuzz/quiet.c \
		net/ports.c net/addr.c
	cd tests/build && ./$@ $(FUZZING) -max_len=200 ports ../fuzz/ports

fuzz-visible:
	mkdir -p tests/build/visible
	$(FUZZER) -o tests/build/$@ tests/fuzz/visible.c base/visible.c
	cd tests/build && ./$@ $(FUZZING) -max_len=400 visible ../fuzz/visible

lint:
	cppcheck --quiet --std=c11 --enable=warning,performance,portability \
		--error-exitcode=1 --inline-suppr *.c base cli net relay
	clang-tidy --quiet --warnings-as-errors='*' *.c base/*.c cli/*.c \
		net/*.c relay/*.c -- $(STD)
	shellcheck -x -e SC2016 tests/run tests/memcheck tests/coverage \
		tests/typed tests/cross tests/emulate tests/tour \
		tests/bench/run tests/bench/draw man/record .ci/run
	shellcheck -s bash man/sockcat.bash tests/helper.bash
	shellcheck -s bats -S warning -e SC2154 tests/*.bats
	# bash ignores that the first of two fails, unless they are the last
	awk 'pair != "" && !/^}/ { print pair; failed = 1 } { pair = "" } \
		/^\t+\[ .* \] && \[.*\]$$/ { pair = FILENAME ": " $$0 } \
		END { exit failed }' tests/*.bats
	mandoc -T lint -W warning man/sockcat.1 man/sockcat-sockets.7

# To be run after a change of the options. Its results are committed, because a
# build for another machine cannot run the program.
completions: sockcat
	for shell in bash zsh fish; do \
		./sockcat --list-options | awk -v shell=$$shell -f man/completion.awk \
			>man/sockcat.$$shell || exit; \
	done

SHARE = $(DESTDIR)$(PREFIX)/share
BIN = $(DESTDIR)$(PREFIX)/bin/sockcat
FILES = $(SHARE)/man/man1/sockcat.1 $(SHARE)/man/man7/sockcat-sockets.7 \
	$(SHARE)/bash-completion/completions/sockcat \
	$(SHARE)/zsh/site-functions/_sockcat \
	$(SHARE)/fish/vendor_completions.d/sockcat.fish \
	$(SHARE)/doc/sockcat/LICENSE
SOURCES = man/sockcat.1 man/sockcat-sockets.7 \
	man/sockcat.bash man/sockcat.zsh man/sockcat.fish LICENSE

install: sockcat
	mkdir -p $(DESTDIR)$(PREFIX)/bin
	cp sockcat $(BIN)
	chmod 755 $(BIN)
	set -- $(SOURCES); for file in $(FILES); do \
		mkdir -p "$${file%/*}" && cp "$$1" "$$file" && \
			chmod 644 "$$file" && shift || exit; \
	done

uninstall:
	rm -f $(BIN) $(FILES)
	-rmdir $(SHARE)/doc/sockcat

clean:
	rm -f sockcat $(OBJ)
	rm -rf tests/build
