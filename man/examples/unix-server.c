/*
 * Session 7, the server: the address is a path. What a client says comes
 * back.
 *
 *	./unix-server ./socket
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
	struct sockaddr_un us = { .sun_family = AF_UNIX };
	const char *path = argc > 1 ? argv[1] : "./socket";
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client;
	char buffer[1024];
	ssize_t n;

	if (listener == -1)
		die("socket");
	if (strlen(path) >= sizeof us.sun_path) {
		fprintf(stderr, "the path is too long\n");
		return 1;
	}
	strcpy(us.sun_path, path);
	/* EADDRINUSE, also if the file is all that is left of a server */
	if (bind(listener, (struct sockaddr *)&us, sizeof us) == -1)
		die("bind");
	if (listen(listener, 128) == -1)
		die("listen");
	client = accept(listener, NULL, NULL);
	if (client == -1)
		die("accept");
	while ((n = recv(client, buffer, sizeof buffer, 0)) > 0)
		if (send(client, buffer, (size_t)n, 0) == -1)
			die("send");
	if (n == -1)
		die("recv");
	close(client);
	close(listener);
	unlink(path); /* close() leaves the file */
	return 0;
}
