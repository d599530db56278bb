/*
 * Session 3: it listens with the backlog given, and accepts nobody before
 * Enter is pressed. How many clients are connected until then?
 *
 *	./backlog 8080 0
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

	us.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	us.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener == -1)
		die("socket");
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof on) == -1)
		die("setsockopt");
	if (bind(listener, (struct sockaddr *)&us, sizeof us) == -1)
		die("bind");
	if (listen(listener, argc > 2 ? atoi(argv[2]) : 0) == -1)
		die("listen");
	printf("listening; press Enter to accept\n");
	fflush(stdout);
	getchar();
	for (int n = 1;; n++) {
		client = accept(listener, NULL, NULL);
		if (client == -1)
			die("accept");
		printf("accepted %d\n", n);
		fflush(stdout);
		close(client);
	}
}
