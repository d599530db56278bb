/*
 * Session 6: it sends a line each time that Enter is pressed, also to a peer
 * that is gone. Without signal() it would die of SIGPIPE without a word.
 *
 *	./reset 8080
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
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

int
main(int argc, char **argv)
{
	struct sockaddr_in server = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char line[1024];
	ssize_t n;
	size_t len;

	server.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	signal(SIGPIPE, SIG_IGN);
	if (fd == -1)
		die("socket");
	if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1)
		die("connect");
	while (fgets(line, sizeof line, stdin) != NULL) {
		len = strlen(line);
		n = send(fd, line, len, 0);
		if (n == -1)
			die("send"); /* EPIPE: it was reset before */
		printf("the kernel took %zd bytes\n", n);
		fflush(stdout);
	}
	close(fd);
	return 0;
}
