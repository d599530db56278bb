/*
 * Session 17: the addresses of a name, in the order in which they should be
 * tried, and the first that answers.
 *
 *	./lookup localhost 8080
 */
#include <netdb.h>
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

static void
print_address(const struct addrinfo *a)
{
	char host[64], port[16];
	int error = getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host,
	    port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);

	if (error == 0)
		printf("%s port %s: ", host, port);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM }, *all, *a;
	int error, fd;

	error = getaddrinfo(argc > 1 ? argv[1] : "localhost",
	    argc > 2 ? argv[2] : "8080", &want, &all);
	if (error != 0) { /* not in errno */
		fprintf(stderr, "getaddrinfo: %s\n", gai_strerror(error));
		return 1;
	}
	for (a = all; a != NULL; a = a->ai_next) {
		print_address(a);
		fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
		if (fd == -1)
			die("socket");
		if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
			break;
		perror("connect");
		close(fd);
	}
	if (a == NULL)
		return 1;
	printf("connected\n");
	close(fd);
	freeaddrinfo(all);
	return 0;
}
