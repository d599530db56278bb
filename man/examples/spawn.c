/*
 * Session 16: a process for each client, whose standard input and output are
 * the connection.
 *
 *	./spawn 8080 date
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
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

	if (argc < 3) {
		fprintf(stderr, "usage: spawn port command [argument...]\n");
		return 2;
	}
	us.sin_port = htons((in_port_t)atoi(argv[1]));
	us.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	signal(SIGCHLD, SIG_IGN); /* no zombies */
	if (listener == -1)
		die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&us, sizeof us) == -1)
		die("bind");
	if (listen(listener, 128) == -1)
		die("listen");
	while ((client = accept(listener, NULL, NULL)) != -1) {
		switch (fork()) {
		case -1:
			die("fork");
			break;
		case 0:
			dup2(client, STDIN_FILENO);
			dup2(client, STDOUT_FILENO);
			close(client);
			close(listener);
			signal(SIGCHLD, SIG_DFL); /* SIG_IGN would be kept */
			execvp(argv[2], &argv[2]);
			die(argv[2]);
		}
		close(client); /* the child has it; no FIN is sent yet */
	}
	die("accept");
}
