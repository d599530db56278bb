/*
 * Session 4: can this port be bound, without SO_REUSEADDR and with it?
 *
 *	./reuse 8080
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
bind_to(int port, int reuse)
{
	struct sockaddr_in us = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), error = 0;

	us.sin_port = htons((in_port_t)port);
	us.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse,
	    sizeof reuse) == -1)
		die("setsockopt");
	if (bind(fd, (struct sockaddr *)&us, sizeof us) == -1)
		error = errno;
	close(fd);
	return error;
}

int
main(int argc, char **argv)
{
	int port = argc > 1 ? atoi(argv[1]) : 8080;
	int error;

	for (int reuse = 0; reuse <= 1; reuse++) {
		error = bind_to(port, reuse);
		printf("SO_REUSEADDR %d: %s\n", reuse,
		    error == 0 ? "bound" : strerror(error));
	}
	return 0;
}
