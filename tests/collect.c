/*
 * A collector of lines that is restarted: it listens on a port of 127.0.0.1,
 * serves one connection after the other, and refuses others meanwhile.
 *
 *	collect connections bytes
 *
 * Standard error gets "collect: port P". Each line has WIDTH bytes, the last of
 * them an LF, and is a number, one more than the line before. A connection but
 * the last ends after so many bytes, in turn by an EOF after which the rest is
 * read, and by a reset: then no more is read, so that the sender's kernel has to
 * keep what it has taken, and what has arrived is counted as received.
 *
 * For each connection standard output gets a line: how it ended, the first and
 * the last whole line's number, and the bytes of a line cut after these. The
 * exit status is 1 if a line is not whole, or not one more.
 */
#include "common.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	WIDTH = 64,
	BUFFER = 8192,  /* of the socket: the rest stays with the sender */
	SETTLED = 100,  /* ms in which nothing arrives: nor will it */
};

const char *const program = "collect";

/* What a connection has brought. */
struct got {
	long first, last;
	size_t n;         /* bytes */
	char line[WIDTH]; /* that is not whole yet */
};

static void
take_line(struct got *g)
{
	long number = strtol(g->line, NULL, 10);

	if (g->line[WIDTH - 1] != '\n' ||
	    strspn(g->line, "0123456789") != WIDTH - 1 ||
	    (g->first != 0 && number != g->last + 1)) {
		fprintf(stderr, "collect: after line %ld: %.*s\n", g->last,
		    WIDTH, g->line);
		exit(1);
	}
	if (g->first == 0)
		g->first = number;
	g->last = number;
}

static void
take(struct got *g, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		g->line[g->n++ % WIDTH] = data[i];
		if (g->n % WIDTH == 0)
			take_line(g);
	}
}

/* A socket on this port, 0 for any; several may have it, one may listen. */
static int
bound(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, size = BUFFER;

	a.sin_port = htons((in_port_t)port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (fd == -1 || bind(fd, (struct sockaddr *)&a, sizeof a) == -1)
		fail("bind");
	return fd;
}

static int
serve_one(int port)
{
	int listener = bound(port), fd;

	if (listen(listener, 1) == -1)
		fail("listen");
	fd = accept(listener, NULL, NULL);
	if (fd == -1)
		fail("accept");
	close(listener);
	return fd;
}

/* Read until so many bytes have come, or all have. Returns if all have. */
static bool
read_some(int fd, struct got *g, size_t most)
{
	char data[4096];

	while (g->n < most) {
		ssize_t n = read(fd, data, sizeof data);

		if (n == -1 && errno != ECONNRESET)
			fail("read");
		if (n <= 0)
			return true;
		take(g, data, (size_t)n);
	}
	return false;
}

/* Wait until nothing arrives any more; what is here counts as received. */
static void
reset(int fd, struct got *g)
{
	static char data[1 << 20];
	ssize_t before = -1, n = 0;

	while (n != before) {
		before = n;
		poll(NULL, 0, SETTLED);
		n = recv(fd, data, sizeof data, MSG_PEEK | MSG_DONTWAIT);
	}
	if (n > 0)
		take(g, data, (size_t)n);
	close_with_reset(fd);
}

int
main(int argc, char **argv)
{
	int connections = argc == 3 ? atoi(argv[1]) : 0;
	size_t most = argc == 3 ? (size_t)atol(argv[2]) : 0;
	int keeper = bound(0); /* nobody else gets the port */

	fprintf(stderr, "collect: port %d\n", port_of(keeper));
	for (int i = 1; i <= connections; i++) {
		struct got g = { 0 };
		int fd = serve_one(port_of(keeper));
		bool last = i == connections, cut = i % 2 == 0 && !last;

		read_some(fd, &g, last ? (size_t)-1 : most);
		if (cut) {
			reset(fd, &g);
		} else {
			if (shutdown(fd, SHUT_WR) == -1)
				fail("shutdown");
			read_some(fd, &g, (size_t)-1);
			close(fd);
		}
		printf("%s %ld %ld %zu\n", cut ? "reset" : "end", g.first,
		    g.last, g.n % WIDTH);
		fflush(stdout);
	}
	return 0;
}
