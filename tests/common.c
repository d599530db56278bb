/* What the test programs share: errors, time, addresses, child processes. */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void
fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, strerror(errno));
	exit(1);
}

long long
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1000000LL * t.tv_sec + t.tv_nsec / 1000;
}

long long
now_ms(void)
{
	return now_us() / 1000;
}

socklen_t
address(const char *word, struct sockaddr_storage *a)
{
	struct sockaddr_in *in = (struct sockaddr_in *)a;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)a;
	struct sockaddr_un *un = (struct sockaddr_un *)a;

	memset(a, 0, sizeof *a);
	if (*word == ':') {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_loopback;
		in6->sin6_port = htons((in_port_t)atoi(word + 1));
		return sizeof *in6;
	}
	if (strchr(word, '/') != NULL) {
		un->sun_family = AF_UNIX;
		strncpy(un->sun_path, word, sizeof un->sun_path - 1);
		return sizeof *un;
	}
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in->sin_port = htons((in_port_t)atoi(word));
	return sizeof *in;
}

static int
made(int fd, int error)
{
	if (error == 0)
		return fd;
	close(fd);
	return -1;
}

int
bound_socket(int type, const char *word)
{
	struct sockaddr_storage a;
	socklen_t len = address(word, &a);
	int fd = socket(a.ss_family, type, 0), on = 1;

	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return made(fd, bind(fd, (struct sockaddr *)&a, len));
}

int
connected_socket(int type, const char *word)
{
	struct sockaddr_storage a;
	socklen_t len = address(word, &a);
	int fd = socket(a.ss_family, type, 0);

	return made(fd, connect(fd, (struct sockaddr *)&a, len));
}

int
port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;

	if (getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		fail("getsockname");
	return ntohs(a.ss_family == AF_INET6
	    ? ((struct sockaddr_in6 *)&a)->sin6_port
	    : ((struct sockaddr_in *)&a)->sin_port);
}

void
nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void
write_all(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done == -1)
			fail("write");
		at += done;
		n -= (size_t)done;
	}
}

void
close_with_reset(int fd)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
}

pid_t
spawn(char **argv, int n, int ends[], int (*channel)(int[2]))
{
	enum { DESCRIPTORS = 256 };
	int child_ends[3];
	pid_t pid;

	for (int i = 0; i < n; i++) {
		int fds[2];

		if (channel(fds) == -1)
			fail("pipe");
		child_ends[i] = fds[i != 0]; /* 0 is read, 1 and 2 written */
		ends[i] = fds[i == 0];
	}
	pid = fork();
	if (pid == -1)
		fail("fork");
	for (int i = 0; i < n; i++) {
		if (pid == 0)
			dup2(child_ends[i], i);
		else
			close(child_ends[i]);
	}
	if (pid != 0)
		return pid;
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		close(fd);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}
