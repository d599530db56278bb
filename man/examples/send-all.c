/*
 * Session 13: it sends standard input without waiting in send(), which then
 * takes what the send buffer has room for. The rest is for the next call.
 *
 *	./send-all 8080 <file
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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

static void
send_all(int fd, const char *bytes, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t sent;

	while (n > 0) {
		sent = send(fd, bytes, n, 0);
		if (sent >= 0) {
			printf("send(%zu) = %zd\n", n, sent);
			bytes += sent;
			n -= (size_t)sent;
		} else if (errno != EAGAIN && errno != EWOULDBLOCK)
			die("send");
		else if (poll(&p, 1, -1) == -1) /* waits for room */
			die("poll");
	}
}

int
main(int argc, char **argv)
{
	static char buffer[1 << 20];
	struct sockaddr_in server = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t n;

	server.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		die("socket");
	if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1)
		die("connect");
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		die("fcntl");
	while ((n = fread(buffer, 1, sizeof buffer, stdin)) > 0)
		send_all(fd, buffer, n);
	close(fd); /* the kernel still sends what it has taken */
	return 0;
}
