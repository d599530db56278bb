/*
 * Session 2, the client: it sends standard input, says with shutdown() that
 * this was all, and still reads the answer.
 *
 *	echo 'What time is it?' | ./question 8080
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
	size_t len;

	server.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		die("socket");
	if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1)
		die("connect");
	while ((len = fread(buffer, 1, sizeof buffer, stdin)) > 0)
		if (send(fd, buffer, len, 0) == -1)
			die("send");
	if (shutdown(fd, SHUT_WR) == -1) /* close() would end both halves */
		die("shutdown");
	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
		fwrite(buffer, 1, (size_t)n, stdout);
	if (n == -1)
		die("recv");
	close(fd);
	return 0;
}
