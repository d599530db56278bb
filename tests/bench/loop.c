/*
 * The least that can be done: one read and one write of up to 1 MiB, until the
 * end. It is what a relay is measured against.
 *
 *	loop port		standard input to 127.0.0.1
 *	loop -l port		the first client of 127.0.0.1 to standard output
 *	loop -k port		all its clients to standard output, for ever
 *	loop /path, loop -l /path
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char block[1 << 20];

static socklen_t
address(const char *where, struct sockaddr_storage *a)
{
	struct sockaddr_in *in = (struct sockaddr_in *)a;
	struct sockaddr_un *un = (struct sockaddr_un *)a;

	memset(a, 0, sizeof *a);
	if (*where == '/') {
		un->sun_family = AF_UNIX;
		strncpy(un->sun_path, where, sizeof un->sun_path - 1);
		return sizeof *un;
	}
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in->sin_port = htons((in_port_t)atoi(where));
	return sizeof *in;
}

static void
copy(int from, int to)
{
	ssize_t n, done;

	while ((n = read(from, block, sizeof block)) > 0)
		for (char *at = block; n > 0; at += done, n -= done)
			if ((done = write(to, at, (size_t)n)) == -1)
				exit(1);
}

/* Whoever can be read from is, and whoever has come is let in. */
static void
serve(int listener)
{
	enum { MOST = 1 << 16 };
	static struct pollfd p[MOST];
	nfds_t n = 1;

	p[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	while (poll(p, n, -1) > 0) {
		for (nfds_t i = n - 1; i > 0; i--) {
			ssize_t got;

			if (p[i].revents == 0)
				continue;
			got = read(p[i].fd, block, sizeof block);
			if (got > 0 && write(STDOUT_FILENO, block,
			    (size_t)got) == got)
				continue;
			close(p[i].fd);
			p[i] = p[--n];
		}
		if (p[0].revents != 0 && n < MOST)
			p[n++] = (struct pollfd){ .events = POLLIN,
				.fd = accept(listener, NULL, NULL) };
	}
}

int
main(int argc, char **argv)
{
	int keep = argc > 1 && strcmp(argv[1], "-k") == 0, on = 1;
	int listening = keep || (argc > 1 && strcmp(argv[1], "-l") == 0);
	const char *where = argc > 1 + listening ? argv[1 + listening] : "0";
	struct sockaddr_storage a;
	socklen_t len = address(where, &a);
	int fd = socket(a.ss_family, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (listening) {
		if (bind(fd, (struct sockaddr *)&a, len) == -1 ||
		    listen(fd, keep ? 4096 : 1) == -1)
			return 1;
		if (keep)
			serve(fd);
		copy(accept(fd, NULL, NULL), STDOUT_FILENO);
	} else {
		if (connect(fd, (struct sockaddr *)&a, len) == -1)
			return 1;
		copy(STDIN_FILENO, fd);
		shutdown(fd, SHUT_WR);
		copy(fd, STDOUT_FILENO);
	}
	return 0;
}
