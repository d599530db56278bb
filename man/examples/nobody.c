/*
 * Session 15: a datagram to a port where nobody listens. send() succeeds;
 * the refusal comes later.
 *
 *	./nobody 8080
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
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char buffer[65536];

	server.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		die("socket");
	/* only a connected socket is told of the refusal */
	if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1)
		die("connect");
	if (send(fd, "Hello\n", 6, 0) == -1)
		die("send");
	printf("sent\n");
	fflush(stdout);
	if (recv(fd, buffer, sizeof buffer, 0) == -1)
		die("recv"); /* ECONNREFUSED */
	printf("an answer\n");
	close(fd);
	return 0;
}
