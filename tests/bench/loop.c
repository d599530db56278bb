/*
 * The minimal relay: one read and one write of up to 1 MiB at a time. The
 * benchmarks compare relays with it.
 *
 *	loop port		standard input to 127.0.0.1, and back
 *	loop -l port		the first client of 127.0.0.1 to standard output
 *	loop -k port		all its clients to standard output, for ever
 *	loop /path, loop -l /path
 *	loop -16 ...	with a buffer that begins 16 bytes into a page, as
 *			malloc(3)'s often do; else it begins with a page
 */
#include "../common.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const program = "loop";

enum { SIZE = 1 << 20 };

static char *block; /* of that size */

static void
get_block(size_t offset)
{
	void *pages;

	if (posix_memalign(&pages, (size_t)sysconf(_SC_PAGESIZE),
	    SIZE + offset) != 0)
		fail("posix_memalign");
	block = (char *)pages + offset;
}

static void
copy(int from, int to)
{
	ssize_t n, done;

	while ((n = read(from, block, SIZE)) > 0)
		for (char *at = block; n > 0; at += done, n -= done)
			if ((done = write(to, at, (size_t)n)) == -1)
				exit(1);
}

/* Read from every client that is ready, and accept new ones. */
static void
serve(int listener)
{
	enum { MAX = 1 << 16 };
	static struct pollfd p[MAX];
	nfds_t n = 1;

	p[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	while (poll(p, n, -1) > 0) {
		for (nfds_t i = n - 1; i > 0; i--) {
			ssize_t got;

			if (p[i].revents == 0)
				continue;
			got = read(p[i].fd, block, SIZE);
			if (got > 0 && write(STDOUT_FILENO, block,
			    (size_t)got) == got)
				continue;
			close(p[i].fd);
			p[i] = p[--n];
		}
		if (p[0].revents != 0 && n < MAX)
			p[n++] = (struct pollfd){ .events = POLLIN,
				.fd = accept(listener, NULL, NULL) };
	}
}

static void
listen_at(const char *where, int backlog)
{
	int fd = bound_socket(SOCK_STREAM, where);

	if (fd == -1 || listen(fd, backlog) == -1)
		fail("listen");
	if (backlog > 1)
		serve(fd);
	copy(accept(fd, NULL, NULL), STDOUT_FILENO);
}

int
main(int argc, char **argv)
{
	bool aligned = argc < 2 || strcmp(argv[1], "-16") != 0;
	bool keep;
	int fd;

	get_block(aligned ? 0 : 16);
	if (!aligned) {
		argc--;
		argv++;
	}
	keep = argc > 2 && strcmp(argv[1], "-k") == 0;
	if (keep || (argc > 2 && strcmp(argv[1], "-l") == 0)) {
		listen_at(argv[2], keep ? 4096 : 1);
		return 0;
	}
	if (argc < 2)
		return 2;
	fd = connected_socket(SOCK_STREAM, argv[1]);
	if (fd == -1)
		fail("connect");
	copy(STDIN_FILENO, fd);
	shutdown(fd, SHUT_WR);
	copy(fd, STDOUT_FILENO);
	return 0;
}
