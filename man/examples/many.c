/*
 * Session 9: many clients, one process. poll() waits for all of them at
 * once, and what a client says comes back to it. A client that does not read
 * holds up the others: send() waits for it.
 *
 *	./many 8080
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

enum { MOST = 1000 };

static struct pollfd p[MOST]; /* p[0] is the listener */

static int
listening_socket(int port)
{
	struct sockaddr_in us = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	us.sin_port = htons((in_port_t)port);
	us.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&us, sizeof us) == -1)
		die("bind");
	if (listen(fd, 128) == -1)
		die("listen");
	return fd;
}

/* False after the end of file or a reset. MSG_NOSIGNAL: no SIGPIPE. */
static int
echo(int fd)
{
	char buffer[1024];
	ssize_t n = recv(fd, buffer, sizeof buffer, 0);

	return n > 0 && send(fd, buffer, (size_t)n, MSG_NOSIGNAL) == n;
}

int
main(int argc, char **argv)
{
	nfds_t n = 1;

	p[0].fd = listening_socket(argc > 1 ? atoi(argv[1]) : 8080);
	for (;;) {
		p[0].events = n < MOST ? POLLIN : 0;
		for (nfds_t i = 1; i < n; i++)
			p[i].events = POLLIN;
		if (poll(p, n, -1) == -1)
			die("poll");
		for (nfds_t i = n; i-- > 1;)
			if (p[i].revents != 0 && !echo(p[i].fd)) {
				close(p[i].fd);
				p[i] = p[--n];
			}
		if (p[0].revents != 0) {
			p[n].fd = accept(p[0].fd, NULL, NULL);
			if (p[n].fd == -1)
				die("accept");
			n++;
		}
	}
}
