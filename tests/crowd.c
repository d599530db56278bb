/*
 * Very many clients of one port of 127.0.0.1, connected at the same time.
 *
 *	crowd port n say LINES	each sends so many lines "client I line K"
 *	crowd port n hear FILE	each has to receive what is in the file, no more
 *	crowd port n drain BYTES	each receives so many bytes of any data
 *	crowd port n pass	each connects and closes, one after the other
 *	crowd port n reset	each resets its connection
 *	crowd port n stay	all are idle until standard input ends
 *	crowd -u port n ...	with datagrams
 *	crowd -u port n half	each sends a line; then the second half of them
 *			send one each 100 ms until standard input ends
 *	crowd -u port n addresses	one datagram from each of n addresses,
 *			127.1.0.0 and those that follow it
 *
 * All of them are connected before the first one sends. With drain and stay a
 * line "connected" reports that. The exit status is 0 if everything went well.
 */
#include "common.h"

#include <fcntl.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const program = "crowd";

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
say(const struct pollfd *p, int n, int lines)
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

/* Poll until the clients are done; receive(i, fd, size) returns true then. */
static void
receive_all(struct pollfd *p, int n,
    bool (*receive)(int i, int fd, size_t size), size_t size)
{
	for (int left = n; left > 0;) {
		poll(p, (nfds_t)n, -1);
		for (int i = 0; i < n; i++)
			if (p[i].revents != 0 && receive(i, p[i].fd, size)) {
				p[i].fd = -1;
				left--;
			}
	}
}

static char bytes[1 << 20];
static size_t *done; /* how much each client has received */
static const char *file;

/* What is received is that of the file; done at EOF. */
static bool
compare(int i, int fd, size_t size)
{
	ssize_t got = read(fd, bytes, sizeof bytes);

	if (got == -1)
		fail("read");
	if (got == 0 && done[i] == size)
		return true;
	if (got == 0 || done[i] + (size_t)got > size ||
	    memcmp(bytes, file + done[i], (size_t)got) != 0) {
		fprintf(stderr, "crowd: differs after byte %zu\n", done[i]);
		exit(1);
	}
	done[i] += (size_t)got;
	return false;
}

/* With MSG_TRUNC, Linux discards the data instead of copying it. */
static bool
discard(int i, int fd, size_t size)
{
	ssize_t got = recv(fd, bytes, sizeof bytes, MSG_TRUNC);

	if (got < 1)
		fail("receive");
	done[i] += (size_t)got;
	return done[i] >= size;
}

static void
hear(struct pollfd *p, int n, const char *name)
{
	int fd = open(name, O_RDONLY);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		fail(name);
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED)
		fail("mmap");
	receive_all(p, n, compare, (size_t)st.st_size);
}

static void
announce(void)
{
	puts("connected");
	fflush(stdout);
}

/* As the process exits, the system closes all sockets, here with a RST. */
static void
reset(const struct pollfd *p, int n)
{
	struct linger at_once = { .l_onoff = 1 };

	for (int i = 0; i < n; i++)
		setsockopt(p[i].fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof at_once);
}

/* The second half of them go on until standard input ends. */
static void
say_again(const struct pollfd *p, int n)
{
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };

	say(p, n, 1);
	while (poll(&end, 1, 100) == 0)
		say(p + n / 2, n - n / 2, 1);
}

/* Stay connected until standard input ends. */
static void
stay(void)
{
	char c;

	announce();
	while (read(STDIN_FILENO, &c, 1) == 1)
		;
}

static struct pollfd *
connect_all(int type, const char *port, int n, bool leave)
{
	struct pollfd *p = calloc((size_t)n, sizeof *p);
	struct rlimit limit;

	done = calloc((size_t)n, sizeof *done);
	if (p == NULL || done == NULL)
		fail("calloc");
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < n; i++) {
		p[i].fd = connected_socket(type, port);
		p[i].events = POLLIN;
		if (p[i].fd == -1)
			fail("connect");
		if (leave)
			close(p[i].fd);
	}
	return p;
}

int
main(int argc, char **argv)
{
	int udp = argc > 1 && strcmp(argv[1], "-u") == 0;
	char **arg = argv + udp;
	const char *step = argc - udp > 3 ? arg[3] : "";
	int n = *step == '\0' ? 0 : atoi(arg[2]);
	struct pollfd *p;

	if (n < 1)
		return 2;
	if (strcmp(step, "addresses") == 0) {
		send_from_addresses(atoi(arg[1]), n);
		return 0;
	}
	p = connect_all(udp ? SOCK_DGRAM : SOCK_STREAM, arg[1], n,
	    strcmp(step, "pass") == 0);
	if (strcmp(step, "say") == 0 && arg[4] != NULL)
		say(p, n, atoi(arg[4]));
	else if (strcmp(step, "hear") == 0 && arg[4] != NULL)
		hear(p, n, arg[4]);
	else if (strcmp(step, "drain") == 0 && arg[4] != NULL) {
		announce();
		receive_all(p, n, discard, (size_t)atol(arg[4]));
	} else if (strcmp(step, "reset") == 0)
		reset(p, n);
	else if (strcmp(step, "half") == 0)
		say_again(p, n);
	else if (strcmp(step, "stay") == 0)
		stay();
	free(p);
	free(done);
	return 0;
}
