/*
 * Session 8: it listens on ::1 and on 127.0.0.1, with a socket for each, and
 * says which of them the first client uses.
 *
 *	./both 8080
 */
#include <netdb.h>
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

static int
listen_on(const char *host, const char *port)
{
	struct addrinfo want = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM }, *a;
	int fd, on = 1;

	if (getaddrinfo(host, port, &want, &a) != 0) {
		fprintf(stderr, "%s port %s: no such address\n", host, port);
		exit(1);
	}
	fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
	if (fd == -1)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (a->ai_family == AF_INET6) /* IPv4 has a socket of its own */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, a->ai_addr, a->ai_addrlen) == -1 || listen(fd, 128) == -1)
		die(host);
	freeaddrinfo(a);
	return fd;
}

int
main(int argc, char **argv)
{
	const char *port = argc > 1 ? argv[1] : "8080";
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int used;

	p[0].fd = listen_on("::1", port);
	p[1].fd = listen_on("127.0.0.1", port);
	if (poll(p, 2, -1) == -1) /* waits for both at once */
		die("poll");
	used = p[0].revents != 0 ? 0 : 1;
	if (accept(p[used].fd, NULL, NULL) == -1)
		die("accept");
	printf("a client of %s\n", used == 0 ? "::1" : "127.0.0.1");
	return 0;
}
