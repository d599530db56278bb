/*
 * How long does a line wait beside clients that send as fast as they can?
 *
 *	beside out|in port mebibytes command...
 *
 * The command is a listener of this port that serves many clients. SENDERS of
 * them send so much in all; beside them, every 2 ms, another client sends a line,
 * or with "in" standard input does, to be received by that client. When all has
 * come out, descriptor 9 gets a line: wall and CPU seconds, the largest resident
 * set in KiB, and the 99th percentile of the lines' ways in microseconds.
 */
#include "../common.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *const program = "beside";

enum {
	SENDERS = 40,
	BLOCK = 1 << 16,
	PERIOD = 2000,    /* us between lines */
	LINES = 1 << 16,
	MARK = '@',       /* a line's first byte; the others do not send it */
	LINE = 24,
	REPORT = 9,
};

/* The times that lines have needed, in us, shared by all processes. */
static struct {
	int n;
	long long us[LINES];
} *ways;

static char block[1 << 20];

static int
connected(const char *port)
{
	for (int i = 0; i < 1000; i++) {
		int fd = connected_socket(SOCK_STREAM, port);

		if (fd != -1)
			return fd;
		poll(NULL, 0, 10);
	}
	fail("connect");
	return -1;
}

/* Send for ever, and throw away what comes. */
static void
send_all(const char *port)
{
	struct pollfd p[SENDERS];

	memset(block, 'x', BLOCK);
	for (int i = 0; i < SENDERS; i++) {
		p[i].fd = connected(port);
		p[i].events = POLLIN | POLLOUT;
		nonblocking(p[i].fd);
	}
	while (poll(p, SENDERS, -1) > 0)
		for (int i = 0; i < SENDERS; i++) {
			char lines[4096];

			if (p[i].revents & POLLIN &&
			    read(p[i].fd, lines, sizeof lines) == 0)
				exit(0);
			if (p[i].revents & POLLOUT &&
			    write(p[i].fd, block, BLOCK) == -1)
				continue;
		}
	exit(0);
}

/* A line has the time at which it was sent. */
static void
send_lines(int fd)
{
	for (;;) {
		char line[LINE + 1];
		struct timespec pause = { .tv_nsec = PERIOD * 1000 };

		snprintf(line, sizeof line, "%c%022lld\n", MARK, now_us());
		write_all(fd, line, LINE);
		nanosleep(&pause, NULL);
	}
}

/* Note the ways of the lines in n bytes; one that is cut is not counted. */
static void
note_lines(const char *at, size_t n)
{
	const char *end = at + n;
	long long now = now_us();

	while ((at = memchr(at, MARK, (size_t)(end - at))) != NULL) {
		if (end - at < LINE)
			return;
		if (at[LINE - 1] == '\n' && ways->n < LINES)
			ways->us[ways->n++] = now - atoll(at + 1);
		at++;
	}
}

static void
receive_lines(int fd)
{
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) > 0)
		note_lines(block, (size_t)n);
	exit(0);
}

static int
compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

static long long
percentile(int p)
{
	qsort(ways->us, (size_t)ways->n, sizeof ways->us[0], compare);
	return ways->n == 0 ? -1 : ways->us[(long long)ways->n * p / 100];
}

/* Read what comes out, until it is enough. */
static void
read_out(int fd, bool lines, unsigned long long bytes)
{
	while (bytes > 0) {
		ssize_t n = read(fd, block, sizeof block);

		if (n < 1)
			fail("read from the listener");
		if (lines)
			note_lines(block, (size_t)n);
		bytes -= bytes < (size_t)n ? bytes : (size_t)n;
	}
}

static pid_t
in_child(void (*run)(int fd), int fd)
{
	pid_t pid = fork();

	if (pid == -1)
		fail("fork");
	if (pid == 0)
		run(fd);
	return pid;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void
report(pid_t listener, long long began)
{
	double wall = (double)(now_us() - began) / 1e6;
	struct rusage used;

	kill(listener, SIGTERM);
	if (wait4(listener, NULL, 0, &used) != listener)
		fail("wait");
	dprintf(REPORT, "%.3f %.3f %ld %lld\n", wall,
	    seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss,
	    percentile(99));
}

int
main(int argc, char **argv)
{
	bool out = argc > 4 && strcmp(argv[1], "out") == 0;
	long long began;
	pid_t listener, senders, lines, receiver = -1;
	int ends[2];

	if (argc < 5)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	ways = mmap(NULL, sizeof *ways, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ways == MAP_FAILED)
		fail("mmap");
	listener = spawn(argv + 4, 2, ends, pipe);
	if (out)
		lines = in_child(send_lines, connected(argv[2]));
	else {
		receiver = in_child(receive_lines, connected(argv[2]));
		lines = in_child(send_lines, ends[0]);
	}
	senders = fork();
	if (senders == 0)
		send_all(argv[2]);
	began = now_us();
	read_out(ends[1], out, strtoull(argv[3], NULL, 10) << 20);
	report(listener, began);
	kill(lines, SIGKILL);
	kill(senders, SIGKILL);
	if (receiver != -1)
		kill(receiver, SIGKILL);
	return 0;
}
