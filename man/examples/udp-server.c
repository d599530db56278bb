/*
 * Session 5, the server: it sends each datagram back to its sender. One
 * socket serves all clients.
 *
 *	./udp-server 8080
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
	struct sockaddr_in us = { .sin_family = AF_INET }, sender;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char buffer[65536]; /* no datagram is longer */
	socklen_t len;
	ssize_t n;

	us.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	us.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		die("socket");
	if (bind(fd, (struct sockaddr *)&us, sizeof us) == -1)
		die("bind");
	for (;;) {
		len = sizeof sender;
		n = recvfrom(fd, buffer, sizeof buffer, 0,
		    (struct sockaddr *)&sender, &len);
		if (n == -1)
			die("recvfrom");
		printf("%zd bytes from port %d\n", n, ntohs(sender.sin_port));
		fflush(stdout);
		if (sendto(fd, buffer, (size_t)n, 0,
		    (struct sockaddr *)&sender, len) == -1)
			die("sendto");
	}
}
