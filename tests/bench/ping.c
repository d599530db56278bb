/*
 * What a person with a stopwatch would do to a relay: the command given is
 * run with pipes as its standard input and output, towards a port of ours.
 *
 *	ping N -- COMMAND...	N times a byte there and back
 *	ping N split COMMAND...	N times two small writes, then an answer
 *
 * In the command, PORT stands for the port. Says the seconds it took.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
must(int truth, const char *what)
{
	if (truth)
		return;
	perror(what);
	exit(1);
}

static void
take(int fd, size_t n)
{
	char byte[8];
	ssize_t got;

	for (; n > 0; n -= (size_t)got)
		must((got = read(fd, byte, n)) > 0, "read");
}

/* Give the words there in pieces, and have one byte back. */
static void
exchange(int in, int out, int peer, int pieces)
{
	struct timespec pause = { .tv_nsec = 100000 };

	for (int i = 0; i < pieces; i++) {
		must(write(in, "x", 1) == 1, "write");
		if (i + 1 < pieces)
			nanosleep(&pause, NULL);
	}
	take(peer, (size_t)pieces);
	must(write(peer, "y", 1) == 1, "write");
	take(out, 1);
}

static pid_t
run(char **command, int port, int *in, int *out)
{
	int to[2], from[2];
	char text[16];
	pid_t pid;

	snprintf(text, sizeof text, "%d", port);
	for (char **word = command; *word != NULL; word++)
		if (strcmp(*word, "PORT") == 0)
			*word = text;
	must(pipe(to) == 0 && pipe(from) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		close(from[0]);
		execvp(command[0], command);
		_exit(127);
	}
	*in = to[1];
	*out = from[0];
	return pid;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;
	int s = socket(AF_INET, SOCK_STREAM, 0), in, out, peer, on = 1;
	int n = argc > 3 ? atoi(argv[1]) : 0;
	int pieces = n > 0 && strcmp(argv[2], "split") == 0 ? 2 : 1;
	double start;
	pid_t pid;

	if (n == 0)
		return 2;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(s, (struct sockaddr *)&a, len) == 0 && listen(s, 1) == 0 &&
	    getsockname(s, (struct sockaddr *)&a, &len) == 0, "listen");
	pid = run(argv + 3, ntohs(a.sin_port), &in, &out);
	peer = accept(s, NULL, NULL);
	if (pieces == 1)
		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	exchange(in, out, peer, 1);
	start = now();
	for (int i = 0; i < n; i++)
		exchange(in, out, peer, pieces);
	printf("%.4f\n", now() - start);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	return 0;
}
