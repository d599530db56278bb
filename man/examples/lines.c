/*
 * Session 12: a line may come in several pieces, and a piece may have
 * several lines. It keeps what has come until there is a whole line.
 *
 *	./lines 8080
 */
#include <arpa/inet.h>
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
first_client(int port)
{
	struct sockaddr_in us = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, client;

	us.sin_port = htons((in_port_t)port);
	us.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener == -1)
		die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&us, sizeof us) == -1)
		die("bind");
	if (listen(listener, 128) == -1)
		die("listen");
	client = accept(listener, NULL, NULL);
	if (client == -1)
		die("accept");
	close(listener);
	return client;
}

int
main(int argc, char **argv)
{
	int fd = first_client(argc > 1 ? atoi(argv[1]) : 8080);
	char buffer[1024], *end;
	size_t have = 0, length;
	ssize_t n;

	while ((n = recv(fd, buffer + have, sizeof buffer - have, 0)) > 0) {
		printf("recv: %zd bytes\n", n);
		have += (size_t)n;
		while ((end = memchr(buffer, '\n', have)) != NULL) {
			length = (size_t)(end - buffer) + 1;
			printf("line: %.*s", (int)length, buffer);
			have -= length;
			memmove(buffer, end + 1, have);
		}
		if (have == sizeof buffer) {
			fprintf(stderr, "the line is too long\n");
			return 1;
		}
		fflush(stdout);
	}
	if (n == -1)
		die("recv");
	close(fd);
	return 0;
}
