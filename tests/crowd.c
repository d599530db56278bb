/*
 * Very many clients of one port on 127.0.0.1, all connected at the same time.
 *
 *	crowd port n say LINES	each says so many lines "client I line K"
 *	crowd port n hear FILE	each has to hear what is in the file, no more
 *	crowd port n drain BYTES	each takes so many, whatever they are
 *	crowd port n pass	each comes and goes at once, one after the other
 *	crowd port n stay	they are just there until standard input ends
 *	crowd -u port n ...	with datagrams
 *	crowd -u port n addresses	one datagram from each of n addresses,
 *			127.1.0.0 and those that follow it
 *
 * All of them are connected before the first says a word; those that drain or
 * stay then say "connected". It exits with 0 if everything went well.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int type = SOCK_STREAM;

static void
fail(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
reach(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, type, 0);

	a.sin_port = htons((in_port_t)port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof a) == -1)
		fail("connect");
	return fd;
}

static void
send_from_addresses(int port, int n)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct sockaddr_in from = { .sin_family = AF_INET };

	to.sin_port = htons((in_port_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_port = htons(40000);
	for (int i = 0; i < n; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		from.sin_addr.s_addr = htonl(0x7f010000u + (unsigned int)i);
		if (fd == -1 || bind(fd, (struct sockaddr *)&from,
		    sizeof from) == -1 || sendto(fd, "hello\n", 6, 0,
		    (struct sockaddr *)&to, sizeof to) == -1)
			fail("send");
		close(fd);
		if (i % 100 == 99)
			poll(NULL, 0, 1); /* let the receiver read them */
	}
}

static void
say(struct pollfd *p, int n, int lines)
{
	char line[64];

	for (int k = 1; k <= lines; k++)
		for (int i = 0; i < n; i++) {
			int len = snprintf(line, sizeof line,
			    "client %d line %d\n", i + 1, k);

			if (write(p[i].fd, line, (size_t)len) != len)
				fail("write");
		}
}

/* Compare what client i hears next; 0 at its end. */
static int
compare(const struct pollfd *p, size_t *at, const char *file, size_t size)
{
	static char heard[1 << 16];
	ssize_t got = read(p->fd, heard, sizeof heard);

	if (got == -1)
		fail("read");
	if (got == 0 && *at == size)
		return 0;
	if (got == 0 || *at + (size_t)got > size ||
	    memcmp(heard, file + *at, (size_t)got) != 0) {
		fprintf(stderr, "crowd: not the same behind byte %zu\n", *at);
		exit(1);
	}
	*at += (size_t)got;
	return 1;
}

static void
hear(struct pollfd *p, int n, const char *name)
{
	int fd = open(name, O_RDONLY), left = n;
	size_t *at = calloc((size_t)n, sizeof *at);
	struct stat st;
	char *file;

	if (fd == -1 || fstat(fd, &st) == -1 || at == NULL)
		fail(name);
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED)
		fail("mmap");
	while (left > 0) {
		poll(p, (nfds_t)n, -1);
		for (int i = 0; i < n; i++)
			if (p[i].revents != 0 && compare(&p[i], &at[i], file,
			    (size_t)st.st_size) == 0) {
				p[i].fd = -1;
				left--;
			}
	}
	free(at);
}

static void
announce(void)
{
	puts("connected");
	fflush(stdout);
}

/* Where the system can, what comes is not even copied. */
static void
drain(struct pollfd *p, int n, size_t bytes)
{
	static char heard[1 << 20];
	size_t *left = calloc((size_t)n, sizeof *left);
	int more = n;

	if (left == NULL)
		fail("drain");
	for (int i = 0; i < n; i++)
		left[i] = bytes;
	announce();
	while (more > 0) {
		poll(p, (nfds_t)n, -1);
		for (int i = 0; i < n; i++) {
			ssize_t got;

			if (p[i].revents == 0)
				continue;
			got = recv(p[i].fd, heard, sizeof heard, MSG_TRUNC);
			if (got < 1)
				fail("receive");
			left[i] -= (size_t)got < left[i] ? (size_t)got : left[i];
			if (left[i] == 0) {
				p[i].fd = -1;
				more--;
			}
		}
	}
	free(left);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "-u") == 0) {
		type = SOCK_DGRAM;
		argc--;
		argv++;
	}
	int port = argc > 3 ? atoi(argv[1]) : 0;
	int n = argc > 3 ? atoi(argv[2]) : 0;
	struct pollfd *p = calloc((size_t)n + 1, sizeof *p);
	struct rlimit limit;
	char c;

	if (n < 1 || p == NULL)
		return 2;
	if (strcmp(argv[3], "addresses") == 0) {
		send_from_addresses(port, n);
		free(p);
		return 0;
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < n; i++) {
		p[i].fd = reach(port);
		p[i].events = POLLIN;
		if (strcmp(argv[3], "pass") == 0)
			close(p[i].fd);
	}
	if (strcmp(argv[3], "say") == 0 && argc > 4)
		say(p, n, atoi(argv[4]));
	else if (strcmp(argv[3], "hear") == 0 && argc > 4)
		hear(p, n, argv[4]);
	else if (strcmp(argv[3], "drain") == 0 && argc > 4)
		drain(p, n, (size_t)atol(argv[4]));
	else if (strcmp(argv[3], "stay") == 0) {
		announce();
		while (read(STDIN_FILENO, &c, 1) == 1)
			;
	}
	free(p);
	return 0;
}
