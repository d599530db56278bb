/*
 * What a service manager does: open sockets, and start a program with them.
 *
 *	activate KIND ADDRESS... -- COMMAND...
 *
 * KIND is tcp, udp, unix, unix-dgram or pair (a connection); ADDRESS is a port
 * of 127.0.0.1, or a path. Descriptor 3 is the socket of the first address.
 * A variable ACTIVATE_PID=other makes LISTEN_PID another process's. The ports
 * are written to the file "ports", one a line.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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
open_inet(int type, const char *port, FILE *ports)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, type, 0);

	a.sin_port = htons((in_port_t)atoi(port));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
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
	fd = strncmp(kind, "unix", 4) == 0 ? open_unix(type, address)
					    : open_inet(type, address, ports);
	if (!datagram)
		must(listen(fd, 64), "listen");
	return fd;
}

static void
set_number(const char *name, int n)
{
	char text[16];

	snprintf(text, sizeof text, "%d", n);
	setenv(name, text, 1);
}

int
main(int argc, char **argv)
{
	FILE *ports = fopen("ports.new", "w");
	int n = 0, i = 2;
	int fd[16];

	if (argc < 5 || ports == NULL)
		return 99;
	for (; strcmp(argv[i], "--") != 0; i++)
		fd[n++] = open_one(argv[1], argv[i], ports);
	fclose(ports);
	for (int k = 0; k < n; k++)
		fd[k] = fcntl(fd[k], F_DUPFD, 64);
	for (int k = 0; k < n; k++)
		must(dup2(fd[k], 3 + k), "dup2");
	for (int k = 0; k < n; k++)
		close(fd[k]);
	must(rename("ports.new", "ports"), "rename");
	set_number("LISTEN_FDS", n);
	set_number("LISTEN_PID", (int)getpid() +
	    (getenv("ACTIVATE_PID") == NULL ? 0 : 1));
	setenv("LISTEN_FDNAMES", "x", 1);
	execvp(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 99;
}
