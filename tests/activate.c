/*
 * What a service manager does: open sockets, and start a program with them.
 *
 *	activate [-n TIMES] KIND ADDRESS... -- COMMAND...
 *
 * KIND is tcp, udp, udp-any, unix, unix-dgram or pair (a connection); ADDRESS
 * is a port of 127.0.0.1, or with udp-any of all addresses, or a path.
 * Descriptor 3 is the socket of the first address. A variable
 * ACTIVATE_PID=other makes LISTEN_PID another process's. The ports are written
 * to the file "ports", one a line.
 *
 * With -n the command is started so often, each time for a client that waits,
 * and what all of them leave behind is printed.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum {
	SOCKETS = 16,
	GROWTH = 512, /* KiB that the largest of them may differ by chance */
};

static void
must(int result, const char *what)
{
	if (result != -1)
		return;
	perror(what);
	exit(99);
}

static int
open_unix(int type, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	must(bind(fd, (struct sockaddr *)&a, sizeof a), "bind");
	return fd;
}

static int
open_inet(int type, const char *port, bool any, FILE *ports)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, type, 0);

	a.sin_port = htons((in_port_t)atoi(port));
	a.sin_addr.s_addr = htonl(any ? INADDR_ANY : INADDR_LOOPBACK);
	must(bind(fd, (struct sockaddr *)&a, sizeof a), "bind");
	must(getsockname(fd, (struct sockaddr *)&a, &len), "getsockname");
	fprintf(ports, "%d\n", ntohs(a.sin_port));
	return fd;
}

static int
open_pair(void)
{
	int fd[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), "socketpair");
	return fd[0];
}

static int
open_one(const char *kind, const char *address, FILE *ports)
{
	bool datagram = strstr(kind, "udp") != NULL ||
	    strstr(kind, "dgram") != NULL;
	int type = datagram ? SOCK_DGRAM : SOCK_STREAM;
	int fd;

	if (strcmp(kind, "pair") == 0)
		return open_pair();
	if (strncmp(kind, "unix", 4) == 0)
		fd = open_unix(type, address);
	else
		fd = open_inet(type, address, strcmp(kind, "udp-any") == 0,
		    ports);
	if (!datagram)
		must(listen(fd, SOMAXCONN), "listen");
	return fd;
}

static void
set_number(const char *name, int n)
{
	char text[16];

	snprintf(text, sizeof text, "%d", n);
	setenv(name, text, 1);
}

/* Become the command, with the sockets from descriptor 3 on. */
static void
become(char **command, const int *sockets, int n)
{
	int fd[SOCKETS];

	for (int k = 0; k < n; k++)
		fd[k] = fcntl(sockets[k], F_DUPFD, 64);
	for (int k = 0; k < n; k++)
		must(dup2(fd[k], 3 + k), "dup2");
	for (int k = 0; k < n; k++)
		close(fd[k]);
	set_number("LISTEN_FDS", n);
	set_number("LISTEN_PID", (int)getpid() +
	    (getenv("ACTIVATE_PID") == NULL ? 0 : 1));
	setenv("LISTEN_FDNAMES", "x", 1);
	execvp(command[0], command);
	perror(command[0]);
	exit(99);
}

static int
count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* A client of the socket, which sends a line. */
static int
connect_client(int listener)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;
	int fd;

	must(getsockname(listener, (struct sockaddr *)&a, &len), "getsockname");
	fd = socket(a.ss_family, SOCK_STREAM, 0);
	must(fd, "socket");
	must(connect(fd, (struct sockaddr *)&a, len), "connect");
	must((int)write(fd, "hello\n", 6), "write");
	must(shutdown(fd, SHUT_WR), "shutdown");
	return fd;
}

/* The command serves one client, and ends with status 0. */
static void
activate_once(char **command, int listener)
{
	int client = connect_client(listener), status;
	pid_t pid = fork();
	char data[64];

	must(pid, "fork");
	if (pid == 0) {
		close(client);
		become(command, &listener, 1);
	}
	while (read(client, data, sizeof data) > 0)
		continue;
	close(client);
	must(waitpid(pid, &status, 0), "waitpid");
	if (status != 0) {
		fprintf(stderr, "activate: the wait status is %d\n", status);
		exit(98);
	}
}

/* The largest memory of a command so far, in KiB. */
static long
most_memory(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return r.ru_maxrss;
}

/*
 * Nothing may be left: no client that waits, no descriptor, no process of those
 * that the commands have started, and no more memory from one to the next.
 */
static int
activate_often(char **command, int listener, int times)
{
	int before = count_descriptors();
	struct pollfd waiting = { .fd = listener, .events = POLLIN };
	long memory = 0;

#ifdef __linux__
	prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
	for (int i = 0; i < times; i++) {
		activate_once(command, listener);
		if (i == 9)
			memory = most_memory();
	}
	printf("%d clients, %d descriptors, %s, %s\n",
	    poll(&waiting, 1, 0), count_descriptors() - before,
	    waitpid(-1, NULL, WNOHANG) == -1 ? "no process" : "a process",
	    most_memory() > memory + GROWTH ? "more memory" : "no memory");
	return 0;
}

int
main(int argc, char **argv)
{
	int times = 0, n = 0, i = 2;
	int fd[SOCKETS];
	FILE *ports;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		times = atoi(argv[2]);
		argc -= 2;
		argv += 2;
	}
	ports = fopen("ports.new", "w");
	if (argc < 5 || ports == NULL)
		return 99;
	for (; strcmp(argv[i], "--") != 0; i++)
		fd[n++] = open_one(argv[1], argv[i], ports);
	fclose(ports);
	must(rename("ports.new", "ports"), "rename");
	if (times > 0)
		return activate_often(argv + i + 1, fd[0], times);
	for (int k = 0; k < n; k++)
		fcntl(fd[k], F_SETFD, FD_CLOEXEC);
	become(argv + i + 1, fd, n);
}
