/*
 * Session 1, the client: it sends one line and prints what comes until the
 * end of file.
 *
 *	./client 8080
 */
#include <arpa/inet.h>
#include <netinet/in.h>
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

int
main(int argc, char **argv)
{
	struct sockaddr_in server = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char buffer[1024];
	ssize_t n;

	server.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	if (inet_pton(AF_INET, "127.0.0.1", &server.sin_addr) != 1)
		die("inet_pton");
	if (fd == -1)
		die("socket");
	/* waits until the handshake has ended */
	if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1)
		die("connect");
	if (send(fd, "Hello, server\n", 14, 0) == -1)
		die("send");
	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
		fwrite(buffer, 1, (size_t)n, stdout);
	if (n == -1)
		die("recv");
	close(fd);
	return 0;
}
