/*
 * Session 1, the server: it prints what one client says, up to the end of a
 * line, and answers.
 *
 *	./server 8080
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
	struct sockaddr_in us = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, client;
	char buffer[1024];
	ssize_t n;

	us.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	if (inet_pton(AF_INET, "127.0.0.1", &us.sin_addr) != 1)
		die("inet_pton");
	if (listener == -1)
		die("socket");
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof on) == -1)
		die("setsockopt");
	if (bind(listener, (struct sockaddr *)&us, sizeof us) == -1)
		die("bind");
	if (listen(listener, 128) == -1)
		die("listen");
	client = accept(listener, NULL, NULL); /* waits for a client */
	if (client == -1)
		die("accept");
	do {
		n = recv(client, buffer, sizeof buffer, 0); /* waits for data */
		if (n == -1)
			die("recv");
		fwrite(buffer, 1, (size_t)n, stdout);
	} while (n > 0 && buffer[n - 1] != '\n');
	if (send(client, "Hello, client\n", 14, 0) == -1)
		die("send");
	close(client);
	close(listener);
	return 0;
}
