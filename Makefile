.POSIX:

PREFIX = /usr/local
CC = cc
CFLAGS = -O2
LDFLAGS =

STD = -std=c11 -D_POSIX_C_SOURCE=200809L
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion

OBJ = sockcat.o opts.o \
	net/addr.o net/clock.o net/dial.o net/hub.o net/listen.o net/peer.o \
	net/say.o net/sock.o
HDR = opts.h \
	net/addr.h net/clock.h net/dial.h net/hub.h net/listen.h net/peer.h \
	net/say.h net/sock.h

all: sockcat

sockcat: $(OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJ)

# Everything is compiled anew when a header changes: that takes a second.
$(OBJ): $(HDR)

.SUFFIXES: .c .o
.c.o:
	$(CC) $(STD) $(WARN) $(CFLAGS) -c -o $@ $<
