/*
 * What is measured of a forwarder: clients, and the server that it leads to.
 *
 *	pairs serve		a server for any number of clients; it writes
 *				its port to standard output. The first byte of a
 *				client says what to do with the others: "e" send
 *				them back, "d" discard them
 *	pairs PORT short N AT_ONCE	N connections that exchange a byte
 *	pairs PORT stream N BYTES	N connections at once that each send so
 *				many bytes, and close when the server has them
 *	pairs PORT idle N BUSY	N idle connections, and BUSY that send without
 *				end: 1,000 bytes go through idle ones and back,
 *				one a millisecond
 *
 * The clients write seconds to descriptor 9, or with "idle" the milliseconds of
 * the median, of the 99th percentile and of the worst. The exit status is 0 if
 * nothing failed. Linux only: many clients must cost the server nothing.
 */
#include "../common.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

const char *const program = "pairs";

enum {
	FDS = 1 << 16,
	EVENTS = 256,
	SAMPLES = 1000,
};

static char block[1 << 18];
static char mode[FDS]; /* of the server's clients, by descriptor; 0: unknown */
static int epoll;

static void
watch(int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == -1)
		fail("epoll_ctl");
}

static void
accept_all(int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) != -1) {
		nonblocking(fd);
		mode[fd] = 0;
		watch(fd);
	}
}

/* Small answers only: the socket always takes them. */
static void
answer(int fd)
{
	ssize_t n = read(fd, block, sizeof block);
	char *at = block;

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		close(fd);
		return;
	}
	if (mode[fd] == 0) {
		mode[fd] = *at++;
		n--;
	}
	if (mode[fd] == 'e' && n > 0 && write(fd, at, (size_t)n) != n)
		close(fd);
}

static void
serve(void)
{
	struct epoll_event e[EVENTS];
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	epoll = epoll_create1(0);
	if (bind(listener, (struct sockaddr *)&at, len) == -1 ||
	    listen(listener, 4096) == -1 ||
	    getsockname(listener, (struct sockaddr *)&at, &len) == -1)
		fail("listen");
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	watch(listener);
	for (;;) {
		int n = epoll_wait(epoll, e, EVENTS, -1);

		for (int i = 0; i < n; i++)
			if (e[i].data.fd == listener)
				accept_all(listener);
			else
				answer(e[i].data.fd);
	}
}

static struct sockaddr_in server;

static int
connect_to(int flags)
{
	int fd = socket(AF_INET, SOCK_STREAM | flags, 0);

	if (fd == -1 || (connect(fd, (struct sockaddr *)&server,
	    sizeof server) == -1 && errno != EINPROGRESS))
		fail("connect");
	return fd;
}

static void
report(double seconds)
{
	dprintf(9, "%.4f\n", seconds);
}

/* A connection takes the place of each that has ended. */
static void
run_short(int n, int at_once)
{
	struct pollfd *p = calloc((size_t)at_once, sizeof *p);
	int started = 0, done = 0;
	long long start = now_us();

	for (; started < at_once; started++)
		p[started] = (struct pollfd){ connect_to(SOCK_NONBLOCK),
			POLLOUT, 0 };
	while (done < n && poll(p, (nfds_t)at_once, -1) > 0)
		for (int i = 0; i < at_once; i++) {
			char c;

			if (p[i].revents == 0)
				continue;
			if (p[i].events == POLLOUT) {
				write_all(p[i].fd, "ex", 2);
				p[i].events = POLLIN;
				continue;
			}
			if (read(p[i].fd, &c, 1) != 1 || c != 'x')
				fail("short connection");
			close(p[i].fd);
			p[i].fd = -1;
			p[i].events = POLLOUT;
			done++;
			if (started < n) {
				p[i].fd = connect_to(SOCK_NONBLOCK);
				started++;
			}
		}
	report((double)(now_us() - start) / 1e6);
}

/* The server closes once it has read our end. */
static void
run_stream(int n, long long bytes)
{
	struct pollfd *p = calloc((size_t)n, sizeof *p);
	long long *left = calloc((size_t)n, sizeof *left);
	long long start = now_us();
	int open = n;

	for (int i = 0; i < n; i++) {
		p[i] = (struct pollfd){ connect_to(0), POLLOUT, 0 };
		write_all(p[i].fd, "d", 1);
		fcntl(p[i].fd, F_SETFL, O_NONBLOCK);
		left[i] = bytes;
	}
	while (open > 0 && poll(p, (nfds_t)n, -1) > 0)
		for (int i = 0; i < n; i++) {
			size_t most = left[i] < (long long)sizeof block
			    ? (size_t)left[i] : sizeof block;
			ssize_t done;
			char c;

			if (p[i].revents == 0)
				continue;
			if (left[i] == 0) {
				if (read(p[i].fd, &c, 1) != 0)
					fail("stream");
				close(p[i].fd);
				p[i].fd = -1;
				open--;
				continue;
			}
			done = write(p[i].fd, block, most);
			if (done == -1 && errno != EAGAIN)
				fail("write");
			left[i] -= done > 0 ? done : 0;
			if (left[i] == 0) {
				shutdown(p[i].fd, SHUT_WR);
				p[i].events = POLLIN;
			}
		}
	report((double)(now_us() - start) / 1e6);
}

static int
compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

/* In a process of its own. */
static pid_t
start_busy(void)
{
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	fd = connect_to(0);
	write_all(fd, "d", 1);
	for (;;)
		write_all(fd, block, sizeof block);
}

static long long
round_trip(int fd)
{
	long long start = now_us();
	char c;

	write_all(fd, "x", 1);
	if (read(fd, &c, 1) != 1 || c != 'x')
		fail("idle connection");
	return now_us() - start;
}

static void
run_idle(int n, int nbusy)
{
	static long long took[SAMPLES];
	static pid_t busy[64];
	int *fd = calloc((size_t)n, sizeof *fd);

	for (int i = 0; i < n; i++) {
		fd[i] = connect_to(0);
		write_all(fd[i], "e", 1);
	}
	for (int i = 0; i < n; i++)
		round_trip(fd[i]);
	for (int i = 0; i < nbusy; i++)
		busy[i] = start_busy();
	poll(NULL, 0, 500);
	for (int i = 0; i < SAMPLES; i++) {
		took[i] = round_trip(fd[(long long)i * 7919 % n]);
		poll(NULL, 0, 1);
	}
	for (int i = 0; i < nbusy; i++)
		kill(busy[i], SIGKILL);
	qsort(took, SAMPLES, sizeof took[0], compare);
	dprintf(9, "%.3f %.3f %.3f\n", (double)took[SAMPLES / 2] / 1e3,
	    (double)took[SAMPLES / 100 * 99] / 1e3,
	    (double)took[SAMPLES - 1] / 1e3);
	getchar(); /* until its end: who started us looks at the forwarder */
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "serve") == 0)
		serve();
	if (argc != 5)
		return 2;
	server = (struct sockaddr_in){ .sin_family = AF_INET };
	server.sin_port = htons((in_port_t)atoi(argv[1]));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(argv[2], "short") == 0)
		run_short(atoi(argv[3]), atoi(argv[4]));
	else if (strcmp(argv[2], "stream") == 0)
		run_stream(atoi(argv[3]), atoll(argv[4]));
	else
		run_idle(atoi(argv[3]), atoi(argv[4]));
	return 0;
}
