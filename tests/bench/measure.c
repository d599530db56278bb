/*
 * Runs a relay and reports its cost on descriptor 9: wall and CPU seconds, and
 * its maximum resident size in KiB.
 *
 *	measure run COMMAND...		as it is, until it exits
 *	measure once N COMMAND...	N runs that relay a byte each
 *	measure small N COMMAND...	N writes of 64 bytes, until it exits
 *	measure pingpong N COMMAND...	N round trips of a byte
 *	measure split N COMMAND...	N times two small writes and a reply
 *
 * All but the first give it pipes as standard input and output, and a port to
 * connect to: PORT at the end of an argument is replaced with it. pingpong and
 * split start the clock after one round trip.
 */
#include "../common.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *const program = "measure";

/* A relay that runs, and our ends of its connections. */
struct relay {
	pid_t pid;
	int in, out; /* its standard input and output */
	int peer;    /* what it has connected to */
};

static int listener;
static char port[16];

static void
must(bool truth, const char *what)
{
	if (!truth)
		fail(what);
}

static double
now(void)
{
	return (double)now_us() / 1e6;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void
report(double wall)
{
	struct rusage used;

	getrusage(RUSAGE_CHILDREN, &used);
	dprintf(9, "%.4f %.4f %ld\n", wall,
	    seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
}

static volatile pid_t running;

/* A signal for us is for the command: its figures are still reported. */
static void
pass_on(int number)
{
	kill(running, number);
}

static int
run(char **command)
{
	double start = now();
	int status;

	running = fork();
	must(running != -1, "fork");
	if (running == 0) {
		close(9);
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	signal(SIGTERM, pass_on);
	while (waitpid(running, &status, 0) == -1)
		;
	report(now() - start);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void
open_port(void)
{
	listener = bound_socket(SOCK_STREAM, "0");
	must(listener != -1 && listen(listener, 1) == 0, "listen");
	snprintf(port, sizeof port, "%d", port_of(listener));
}

/* Put our port into the command. */
static char **
set_port(char **command)
{
	static char args[4][64];
	int n = 0;

	for (char **arg = command; *arg != NULL; arg++) {
		size_t len = strlen(*arg);

		if (len < 4 || len > 40 || n == 4 ||
		    strcmp(*arg + len - 4, "PORT") != 0)
			continue;
		snprintf(args[n], sizeof args[n], "%.*s%s", (int)len - 4,
		    *arg, port);
		*arg = args[n++];
	}
	return command;
}

static struct relay
start(char **command)
{
	int ends[2];
	struct relay r = { .pid = spawn(command, 2, ends, pipe) };

	r.in = ends[0];
	r.out = ends[1];
	return r;
}

static void
accept_relay(struct relay *r)
{
	r->peer = accept(listener, NULL, NULL);
	must(r->peer != -1, "accept");
}

static void
finish(struct relay *r)
{
	close(r->in);
	close(r->out);
	close(r->peer);
	waitpid(r->pid, NULL, 0);
}

static void
read_bytes(int fd, size_t n)
{
	char byte[8];
	ssize_t got;

	for (; n > 0; n -= (size_t)got)
		must((got = read(fd, byte, n)) > 0, "read");
}

static size_t
read_all(int fd)
{
	static char block[1 << 16];
	size_t all = 0;
	ssize_t got;

	while ((got = read(fd, block, sizeof block)) > 0)
		all += (size_t)got;
	return all;
}

/* Send some bytes through the relay, a write each, and one byte back. */
static void
exchange(const struct relay *r, int pieces)
{
	struct timespec pause = { .tv_nsec = 100000 };

	for (int i = 0; i < pieces; i++) {
		must(write(r->in, "x", 1) == 1, "write");
		if (i + 1 < pieces)
			nanosleep(&pause, NULL);
	}
	read_bytes(r->peer, (size_t)pieces);
	must(write(r->peer, "y", 1) == 1, "write");
	read_bytes(r->out, 1);
}

static double
exchanges(int n, int pieces, char **command)
{
	struct relay r = start(command);
	double began;
	int on = 1;

	accept_relay(&r);
	if (pieces == 1)
		setsockopt(r.peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	exchange(&r, 1);
	began = now();
	for (int i = 0; i < n; i++)
		exchange(&r, pieces);
	began = now() - began;
	kill(r.pid, SIGTERM);
	finish(&r);
	return began;
}

static double
once(int n, char **command)
{
	double began = now();

	for (int i = 0; i < n; i++) {
		struct relay r = start(command);

		must(write(r.in, "x", 1) == 1, "write");
		close(r.in);
		r.in = -1;
		accept_relay(&r);
		must(read_all(r.peer) == 1, "one byte");
		finish(&r);
	}
	return now() - began;
}

/* Another process writes; its CPU time does not count. */
static double
small(int n, char **command)
{
	static const char line[64] = "small";
	double began = now();
	struct relay r = start(command);
	pid_t writer = fork();

	must(writer != -1, "fork");
	if (writer == 0) {
		for (int i = 0; i < n; i++)
			must(write(r.in, line, sizeof line) == sizeof line,
			    "write");
		_exit(0);
	}
	close(r.in);
	r.in = -1;
	accept_relay(&r);
	must(read_all(r.peer) == (size_t)n * sizeof line, "all that was sent");
	finish(&r);
	return now() - began;
}

int
main(int argc, char **argv)
{
	int n = argc > 3 ? atoi(argv[2]) : 0;
	const char *what = argc > 2 ? argv[1] : "";
	char **command;

	if (strcmp(what, "run") == 0)
		return run(argv + 2);
	if (n < 1)
		return 2;
	alarm(50); /* if it never connects */
	open_port();
	command = set_port(argv + 3);
	if (strcmp(what, "once") == 0)
		report(once(n, command));
	else if (strcmp(what, "small") == 0)
		report(small(n, command));
	else if (strcmp(what, "pingpong") == 0)
		report(exchanges(n, 1, command));
	else if (strcmp(what, "split") == 0)
		report(exchanges(n, 2, command));
	else
		return 2;
	return 0;
}
