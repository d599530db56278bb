/*
 * Session 7, the client: it sends one line, and reads to the end of file.
 *
 *	./unix-client ./socket
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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
	struct sockaddr_un server = { .sun_family = AF_UNIX };
	const char *path = argc > 1 ? argv[1] : "./socket";
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char buffer[1024];
	ssize_t n;

	if (fd == -1)
		die("socket");
	if (strlen(path) >= sizeof server.sun_path) {
		fprintf(stderr, "the path is too long\n");
		return 1;
	}
	strcpy(server.sun_path, path);
	if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1)
		die("connect");
	if (send(fd, "Hello\n", 6, 0) == -1)
		die("send");
	if (shutdown(fd, SHUT_WR) == -1)
		die("shutdown");
	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
		fwrite(buffer, 1, (size_t)n, stdout);
	if (n == -1)
		die("recv");
	close(fd);
	return 0;
}
