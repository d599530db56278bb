/*
 * Session 5, the client: it sends one datagram and waits one second for an
 * answer, because a datagram may be lost.
 *
 *	./udp-client 8080 Hello
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
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
	struct timeval second = { .tv_sec = 1 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	const char *text = argc > 2 ? argv[2] : "Hello";
	char buffer[65536];
	ssize_t n;

	server.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second,
	    sizeof second) == -1)
		die("setsockopt");
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&server,
	    sizeof server) == -1)
		die("sendto");
	n = recvfrom(fd, buffer, sizeof buffer, 0, NULL, NULL);
	if (n == -1)
		die("recvfrom"); /* EAGAIN: the second is over */
	fwrite(buffer, 1, (size_t)n, stdout);
	putchar('\n');
	close(fd);
	return 0;
}
