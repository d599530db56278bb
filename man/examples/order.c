/*
 * Session 11: the bytes of an address, as bind() and connect() get them. The
 * port and the address are in network byte order, the family is not.
 *
 *	./order 127.0.0.1 8080
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
print_bytes(const char *name, const void *value, size_t n)
{
	const unsigned char *byte = value;

	printf("%-12s", name);
	for (size_t i = 0; i < n; i++)
		printf(" %02x", byte[i]);
	putchar('\n');
}

int
main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int port = argc > 2 ? atoi(argv[2]) : 8080;
	in_port_t here = (in_port_t)port;

	if (inet_pton(AF_INET, argc > 1 ? argv[1] : "127.0.0.1",
	    &a.sin_addr) != 1) {
		fprintf(stderr, "not an IPv4 address\n");
		return 1;
	}
	a.sin_port = htons(here);
	print_bytes("sockaddr_in", &a, sizeof a);
	print_bytes("sin_port", &a.sin_port, sizeof a.sin_port);
	print_bytes("sin_addr", &a.sin_addr, sizeof a.sin_addr);
	print_bytes("port, here", &here, sizeof here);
	if (ntohs(a.sin_port) != port)
		die("ntohs");
	return 0;
}
