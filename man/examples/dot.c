/*
 * Session 10: a stream has no messages, so a dot ends one, and a caret the
 * last. It connects, sends one message and prints each that comes on a line
 * of its own, up to a caret. It does not know the backslash of the protocol.
 *
 *	./dot 8080 'Hello from client'
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

static void
send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, bytes, n, 0);

		if (sent == -1)
			die("send");
		bytes += sent;
		n -= (size_t)sent;
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in server = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const char *text = argc > 2 ? argv[2] : "Hello from client";
	char c = 0;
	ssize_t n = 1;

	server.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		die("socket");
	if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1)
		die("connect");
	send_all(fd, text, strlen(text));
	send_all(fd, ".", 1);
	/* one byte at a time: slow, but never more than the message */
	while (c != '^' && (n = recv(fd, &c, 1, 0)) == 1)
		if (c == '.')
			putchar('\n');
		else if (c != '^' && c != '\n')
			putchar(c);
	if (n == -1)
		die("recv");
	close(fd);
	return 0;
}
