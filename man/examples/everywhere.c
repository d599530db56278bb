/*
 * Session 14: it listens on every address of this machine, and prints the
 * one that the client has used, and both ports.
 *
 *	./everywhere 8080
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
	struct sockaddr_in us = { .sin_family = AF_INET }, peer;
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, client;
	socklen_t len = sizeof us;
	char here[INET_ADDRSTRLEN], there[INET_ADDRSTRLEN];

	us.sin_port = htons((in_port_t)(argc > 1 ? atoi(argv[1]) : 8080));
	us.sin_addr.s_addr = htonl(INADDR_ANY); /* 0.0.0.0 */
	if (listener == -1)
		die("socket");
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof on) == -1)
		die("setsockopt");
	if (bind(listener, (struct sockaddr *)&us, sizeof us) == -1)
		die("bind");
	if (listen(listener, 128) == -1)
		die("listen");
	client = accept(listener, (struct sockaddr *)&peer, &len);
	if (client == -1)
		die("accept");
	len = sizeof us;
	if (getsockname(client, (struct sockaddr *)&us, &len) == -1)
		die("getsockname");
	inet_ntop(AF_INET, &us.sin_addr, here, sizeof here);
	inet_ntop(AF_INET, &peer.sin_addr, there, sizeof there);
	printf("%s:%d is connected to our %s:%d\n", there,
	    ntohs(peer.sin_port), here, ntohs(us.sin_port));
	close(client);
	close(listener);
	return 0;
}
