/*
 * Clients that a listener of -lkj turns away, as fast as they can come, beside
 * two that are served.
 *
 *	flood port seconds held
 *
 * The flood comes from 127.0.0.2, which has so many clients that stay already
 * (for -M), the others from 127.0.0.1: one sends a line each millisecond, which
 * the other gets. Prints the number of rejects, then the median and the 99th
 * percentile of the line's time in microseconds.
 */
#include "../common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	AT_ONCE = 128,    /* connections of the flood */
	MOST = 1 << 20,   /* lines that are timed */
	SERVED = 1, OTHER = 2, /* the last byte of the addresses */
};

const char *const program = "flood";

static int
connect_from(int last_byte, int port)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = from;
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	from.sin_addr.s_addr = htonl(0x7f000000u + (unsigned int)last_byte);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((in_port_t)port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (fd == -1 || bind(fd, (struct sockaddr *)&from, sizeof from) == -1)
		fail("bind");
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == -1)
		fail("connect");
	return fd;
}

/* The rejects of so many milliseconds. */
static long
flood(int port, int ms)
{
	long long end = now_ms() + ms;
	long n = 0;
	int fd[AT_ONCE];
	char c;

	while (now_ms() < end) {
		for (int i = 0; i < AT_ONCE; i++)
			fd[i] = connect_from(OTHER, port);
		for (int i = 0; i < AT_ONCE; i++, n++) {
			if (read(fd[i], &c, 1) == 1) {
				fprintf(stderr, "flood: one was served\n");
				exit(1);
			}
			close_with_reset(fd[i]); /* and no TIME_WAIT */
		}
	}
	return n;
}

/* Microseconds from one served client to the other. */
static long long
ping(int from, int to)
{
	long long start = now_us();
	char c = '\n';

	if (write(from, &c, 1) != 1 || read(to, &c, 1) != 1)
		fail("the served clients");
	return now_us() - start;
}

static int
by_size(const void *a, const void *b)
{
	const long long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	static long long us[MOST];
	int port = argc == 4 ? atoi(argv[1]) : 0;
	int ms = argc == 4 ? (int)(1000 * atof(argv[2])) : 0;
	int held = argc == 4 ? atoi(argv[3]) : 0;
	int from = connect_from(SERVED, port), to = connect_from(SERVED, port);
	int n = 0, status, ready[2];
	long rejects = 0;
	pid_t child;

	for (int i = 0; i < held; i++)
		connect_from(OTHER, port);
	poll(NULL, 0, 100); /* all are accepted */
	ping(from, to);
	if (pipe(ready) == -1)
		fail("pipe");
	child = fork();
	if (child == 0) {
		rejects = flood(port, ms);
		_exit(write(ready[1], &rejects, sizeof rejects) == -1);
	}
	while (waitpid(child, &status, WNOHANG) == 0 && n < MOST) {
		us[n++] = ping(from, to);
		poll(NULL, 0, 1);
	}
	if (n == 0 || status != 0 ||
	    read(ready[0], &rejects, sizeof rejects) == -1)
		fail("the flood");
	qsort(us, (size_t)n, sizeof us[0], by_size);
	printf("%ld %lld %lld\n", rejects, us[n / 2], us[n * 99 / 100]);
	return 0;
}
