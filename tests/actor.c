/*
 * A peer that does just what the words of its command line say, one after the
 * other, so that a test decides what happens on the other side and when.
 *
 *	actor -l step...		take one TCP client on 127.0.0.1
 *	actor port step...		connect to 127.0.0.1
 *	actor [-l] /path step...	the same on a Unix-domain socket
 *	actor [-l]u port step...	the same with datagrams, of the first sender
 *	actor -f [port]		fill the backlog of a port on ::1, so that no
 *				more is answered, until standard input ends
 *	actor -p		say a port that is free, on standard output
 *	actor -e NAME		say what the C library calls this error
 *
 * Steps:
 *	say TEXT	send it
 *	trickle TEXT	send it byte by byte, a segment each
 *	crumbs N	send N bytes, the digits in turn, a segment each
 *	send FILE	send what is in it
 *	urgent TEXT	send it out of band
 *	hear N		copy the next N bytes to standard output
 *	sip N		the same with N times 4 KiB, and 20 ms after each
 *	listen		copy everything to standard output until the end
 *	echo		send back everything until the end, a block at a time
 *	flood N		send N lines "line 1" and so on
 *	talk N		the same, 100 ms apart; fail if the other side ends
 *	await		wait for a line on standard input
 *	shut		end the sending side
 *	deaf		end the receiving side
 *	reset		close with a reset, and leave
 *	drip N		send N lines, 100 microseconds apart
 *	shower N	send N datagrams of 64 bytes, 100 in a millisecond
 *	empty		send an empty datagram
 *	empties N	send N of them
 *	nap MS		wait for so many milliseconds
 *	small		(comes first) have the smallest receive buffer
 *	again		take the next client
 *
 * With -l it says "listening on ... port N" on standard error when it does. It
 * exits with 0 if every step went as asked.
 */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const program = "actor";

static char block[65536];
static int listener = -1;
static int type = SOCK_STREAM;
static int fd = -1;

static void
put(int to, const char *words, size_t n)
{
	while (n > 0) {
		ssize_t done = write(to, words, n);

		if (done == -1)
			fail("write");
		words += done;
		n -= (size_t)done;
	}
}

/* Copy until the end, or n bytes if n is not 0. */
static void
copy(int from, int to, size_t n)
{
	size_t left = n;

	while (n == 0 || left > 0) {
		size_t most = n != 0 && left < sizeof block ? left
							    : sizeof block;
		ssize_t got = read(from, block, most);

		if (got == -1)
			fail("read");
		if (got == 0 && n != 0) {
			fprintf(stderr, "actor: %zu bytes early\n", left);
			exit(1);
		}
		if (got == 0)
			return;
		put(to, block, (size_t)got);
		left -= (size_t)got;
	}
}

static void
take_client(void)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;

	if (type == SOCK_STREAM) {
		fd = accept(listener, NULL, NULL);
		if (fd == -1)
			fail("accept");
		return;
	}
	fd = listener;
	if (recvfrom(fd, block, 1, MSG_PEEK, (struct sockaddr *)&from,
	    &len) == -1 || connect(fd, (struct sockaddr *)&from, len) == -1)
		fail("connect");
}

static void
announce(const char *where)
{
	if (type == SOCK_STREAM && listen(listener, 16) == -1)
		fail("listen");
	if (*where == '/') {
		fprintf(stderr, "listening on %s\n", where);
		return;
	}
	fprintf(stderr, "listening on 127.0.0.1 port %d\n", port_of(listener));
}

/* What a buffer has offered it must take: small is small from the start. */
static void
open_socket(const char *where, bool listening, bool small)
{
	struct sockaddr_storage a;
	socklen_t len = address(where, &a);
	int s = socket(a.ss_family, type, 0);
	int size = 4096;

	if (s == -1)
		fail("socket");
	if (small)
		setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (!listening) {
		if (connect(s, (struct sockaddr *)&a, len) == -1)
			fail("connect");
		fd = s;
		return;
	}
	if (bind(s, (struct sockaddr *)&a, len) == -1)
		fail("bind");
	listener = s;
	announce(where);
	take_client();
}

static void
hurry(void)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void
trickle(const char *text)
{
	hurry();
	for (; *text != '\0'; text++)
		put(fd, text, 1);
}

static void
crumbs(int n)
{
	hurry();
	for (int i = 0; i < n; i++)
		put(fd, &"0123456789"[i % 10], 1);
}

static void
send_file(const char *name)
{
	int file = open(name, O_RDONLY);

	if (file == -1)
		fail(name);
	copy(file, fd, 0);
	close(file);
}

static void
flood(int lines)
{
	char line[32];

	for (int i = 1; i <= lines; i++)
		put(fd, line, (size_t)snprintf(line, sizeof line,
		    "line %d\n", i));
}

static void
talk(int lines)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int i = 1; i <= lines; i++) {
		put(fd, "talk\n", 5);
		if (poll(&p, 1, 100) > 0 && read(fd, block, sizeof block) < 1) {
			fputs("actor: the other side has ended\n", stderr);
			exit(1);
		}
	}
}

static void
shower(int n)
{
	struct timespec tick = { .tv_nsec = 1000000 };
	char line[65];

	for (int i = 1; i <= n; i++) {
		snprintf(line, sizeof line, "%063d\n", i);
		if (send(fd, line, 64, 0) == -1)
			fail("send");
		if (i % 100 == 0)
			nanosleep(&tick, NULL);
	}
}

static void
empties(int n)
{
	for (; n > 0; n--)
		if (send(fd, "", 0, 0) == -1)
			fail("send");
}

static void
drip(int n)
{
	struct timespec tick = { .tv_nsec = 100000 };

	for (; n > 0; n--) {
		put(fd, "drip\n", 5);
		nanosleep(&tick, NULL);
	}
}

static void
sip(int times)
{
	for (; times > 0; times--) {
		copy(fd, STDOUT_FILENO, 4096);
		poll(NULL, 0, 20);
	}
}

static void
await(void)
{
	char c;

	do
		if (read(STDIN_FILENO, &c, 1) != 1)
			return;
	while (c != '\n');
}

static void
reset(void)
{
	close_with_reset(fd);
	exit(0);
}

/* Steps that take no word of their own. */
static bool
plain_step(const char *step)
{
	if (strcmp(step, "listen") == 0)
		copy(fd, STDOUT_FILENO, 0);
	else if (strcmp(step, "echo") == 0)
		copy(fd, fd, 0);
	else if (strcmp(step, "await") == 0)
		await();
	else if (strcmp(step, "shut") == 0)
		shutdown(fd, SHUT_WR);
	else if (strcmp(step, "deaf") == 0)
		shutdown(fd, SHUT_RD);
	else if (strcmp(step, "reset") == 0)
		reset();
	else if (strcmp(step, "empty") == 0)
		empties(1);
	else if (strcmp(step, "again") == 0) {
		close(fd);
		take_client();
	} else
		return false;
	return true;
}

static bool
wordy_step(const char *step, const char *word)
{
	if (word == NULL)
		return false;
	if (strcmp(step, "say") == 0)
		put(fd, word, strlen(word));
	else if (strcmp(step, "trickle") == 0)
		trickle(word);
	else if (strcmp(step, "crumbs") == 0)
		crumbs(atoi(word));
	else if (strcmp(step, "send") == 0)
		send_file(word);
	else if (strcmp(step, "urgent") == 0) {
		if (send(fd, word, strlen(word), MSG_OOB) == -1)
			fail("send");
	} else if (strcmp(step, "hear") == 0)
		copy(fd, STDOUT_FILENO, (size_t)atol(word));
	else if (strcmp(step, "shower") == 0)
		shower(atoi(word));
	else if (strcmp(step, "empties") == 0)
		empties(atoi(word));
	else if (strcmp(step, "drip") == 0)
		drip(atoi(word));
	else if (strcmp(step, "nap") == 0)
		poll(NULL, 0, atoi(word));
	else if (strcmp(step, "sip") == 0)
		sip(atoi(word));
	else if (strcmp(step, "flood") == 0)
		flood(atoi(word));
	else if (strcmp(step, "talk") == 0)
		talk(atoi(word));
	else
		return false;
	return true;
}

/*
 * Of those that the system gives to nobody who wants just any: it would soon be
 * somebody else's.
 */
static void
free_port(void)
{
	enum { FIRST = 10000, PORTS = 20000 };
	struct sockaddr_storage a;
	struct sockaddr_in *in = (struct sockaddr_in *)&a;
	socklen_t len = address("0", &a);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	long long n = now_us();

	for (int tries = 0; tries < PORTS; n++, tries++) {
		in->sin_port = htons((in_port_t)(FIRST + n % PORTS));
		if (bind(s, (struct sockaddr *)&a, len) == 0) {
			printf("%d\n", ntohs(in->sin_port));
			return;
		}
	}
	fail("bind");
}

static void
explain(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {
		{ "EADDRINUSE", EADDRINUSE },
		{ "EADDRNOTAVAIL", EADDRNOTAVAIL },
		{ "EAFNOSUPPORT", EAFNOSUPPORT },
		{ "ETIMEDOUT", ETIMEDOUT },
	};

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(name, errors[i].name) == 0)
			puts(strerror(errors[i].error));
}

static void
fill_backlog(const char *port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof a;
	int s = socket(AF_INET6, SOCK_STREAM, 0);
	struct pollfd p = { .events = POLLOUT, .revents = POLLOUT };

	a.sin6_port = htons((in_port_t)(port == NULL ? 0 : atoi(port)));
	if (bind(s, (struct sockaddr *)&a, len) == -1 || listen(s, 0) == -1)
		fail("listen");
	getsockname(s, (struct sockaddr *)&a, &len);
	for (int i = 0; i < 16 && p.revents != 0; i++) {
		p.fd = socket(AF_INET6, SOCK_STREAM, 0);
		fcntl(p.fd, F_SETFL, O_NONBLOCK);
		connect(p.fd, (struct sockaddr *)&a, len);
		p.revents = 0;
		poll(&p, 1, 100);
	}
	fprintf(stderr, "listening on [::1] port %d\n", ntohs(a.sin6_port));
	await();
}

int
main(int argc, char **argv)
{
	bool listening = argc > 1 && strncmp(argv[1], "-l", 2) == 0;
	bool datagram = argc > 1 && *argv[1] == '-' &&
	    strchr(argv[1], 'u') != NULL;
	char **step = argv + 1 + (listening || datagram);
	const char *where = listening ? "0" : NULL;
	bool small;

	signal(SIGPIPE, SIG_IGN);
	if (datagram)
		type = SOCK_DGRAM;
	if (argc > 1 && strcmp(argv[1], "-p") == 0) {
		free_port();
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "-e") == 0) {
		explain(argv[2]);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "-f") == 0) {
		fill_backlog(argv[2]);
		return 0;
	}
	if (*step != NULL && (!listening || **step == '/'))
		where = *step++;
	if (where == NULL)
		return 2;
	small = *step != NULL && strcmp(*step, "small") == 0;
	open_socket(where, listening, small);
	for (step += small; *step != NULL; step++) {
		if (plain_step(*step))
			continue;
		if (!wordy_step(*step, step[1])) {
			fprintf(stderr, "actor: no step %s\n", *step);
			return 2;
		}
		step++;
	}
	return 0;
}
