/*
 * Run a relay and say on descriptor 9 what it took: wall and CPU seconds, and
 * its largest resident size in KiB.
 *
 *	measure run COMMAND...		as it is, to its end
 *	measure once N COMMAND...	N times a byte, from start to finish
 *	measure small N COMMAND...	N writes of 64 bytes, to its end
 *	measure pingpong N COMMAND...	N times a byte there and back
 *	measure split N COMMAND...	N times two small writes, then an answer
 *
 * All but the first give it pipes as standard input and output, and a port of
 * ours to connect to, for which PORT stands at the end of a word of the command.
 * A byte there and back has been before the clock starts.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The ends of a relay that are ours. */
struct relay {
	pid_t pid;
	int in, out; /* its standard input and output */
	int peer;    /* whom it is connected to */
};

static int listener;
static char port[16];

static void
must(bool truth, const char *what)
{
	if (truth)
		return;
	perror(what);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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

static void
begin(char **command)
{
	close(9);
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

static volatile pid_t running;

/* Who ends us means the command; its figures are still wanted. */
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
	if (running == 0)
		begin(command);
	signal(SIGTERM, pass_on);
	while (waitpid(running, &status, 0) == -1)
		;
	report(now() - start);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void
open_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(listener, (struct sockaddr *)&a, len) == 0 &&
	    listen(listener, 1) == 0 &&
	    getsockname(listener, (struct sockaddr *)&a, &len) == 0, "listen");
	snprintf(port, sizeof port, "%d", ntohs(a.sin_port));
}

/* The command with our port in it. */
static char **
towards_us(char **command)
{
	static char words[4][64];
	int n = 0;

	for (char **word = command; *word != NULL; word++) {
		size_t len = strlen(*word);

		if (len < 4 || len > 40 || n == 4 ||
		    strcmp(*word + len - 4, "PORT") != 0)
			continue;
		snprintf(words[n], sizeof words[n], "%.*s%s", (int)len - 4,
		    *word, port);
		*word = words[n++];
	}
	return command;
}

static struct relay
start(char **command)
{
	int to[2], from[2];
	struct relay r;

	must(pipe(to) == 0 && pipe(from) == 0, "pipe");
	r.pid = fork();
	must(r.pid != -1, "fork");
	if (r.pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[0]);
		close(to[1]);
		close(from[0]);
		close(from[1]);
		close(listener);
		begin(command);
	}
	close(to[0]);
	close(from[1]);
	r.in = to[1];
	r.out = from[0];
	return r;
}

static void
meet(struct relay *r)
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
take(int fd, size_t n)
{
	char byte[8];
	ssize_t got;

	for (; n > 0; n -= (size_t)got)
		must((got = read(fd, byte, n)) > 0, "read");
}

static size_t
take_all(int fd)
{
	static char block[1 << 16];
	size_t all = 0;
	ssize_t got;

	while ((got = read(fd, block, sizeof block)) > 0)
		all += (size_t)got;
	return all;
}

/* Give the words there in pieces, and have one byte back. */
static void
exchange(const struct relay *r, int pieces)
{
	struct timespec pause = { .tv_nsec = 100000 };

	for (int i = 0; i < pieces; i++) {
		must(write(r->in, "x", 1) == 1, "write");
		if (i + 1 < pieces)
			nanosleep(&pause, NULL);
	}
	take(r->peer, (size_t)pieces);
	must(write(r->peer, "y", 1) == 1, "write");
	take(r->out, 1);
}

static double
exchanges(int n, int pieces, char **command)
{
	struct relay r = start(command);
	double began;
	int on = 1;

	meet(&r);
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
		meet(&r);
		must(take_all(r.peer) == 1, "one byte");
		finish(&r);
	}
	return now() - began;
}

/* The writes are another process's, that is not waited for in the figures. */
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
	meet(&r);
	must(take_all(r.peer) == (size_t)n * sizeof line, "all that was sent");
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
	alarm(50); /* who never comes is not waited for */
	open_port();
	command = towards_us(argv + 3);
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
