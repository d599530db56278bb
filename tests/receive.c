/*
 * Receives a descriptor: it runs a command with a Unix socket as its standard
 * output, takes the descriptor that the command passes over it, and relays.
 *
 *	receive [-c] command...
 *
 * With -c it stops receiving before the command starts.
 * Standard error reports whether the descriptor was in blocking mode. What is
 * on standard input is sent over it, and what it receives then is written to
 * standard output. The exit status is that of the command, or 99 if it
 * succeeds without passing a descriptor.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns the descriptor; -1: there was none. */
static int
receive(int from)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(from, &message, 0) != 1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}

static void
copy(int from, int to)
{
	char data[65536];
	ssize_t n;

	while ((n = read(from, data, sizeof data)) > 0)
		for (ssize_t done = 0, more; done < n; done += more) {
			more = write(to, data + done, (size_t)(n - done));
			if (more == -1) {
				perror("receive: write");
				exit(98);
			}
		}
}

int
main(int argc, char **argv)
{
	bool closed = argc > 1 && strcmp(argv[1], "-c") == 0;
	int pair[2], fd, flags, status = 0;
	pid_t pid;

	argv += 1 + closed;
	if (argc < 2 + closed ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		return 97;
	if (closed)
		shutdown(pair[0], SHUT_RD);
	pid = fork();
	if (pid == 0) {
		dup2(pair[1], STDOUT_FILENO);
		close(pair[0]);
		close(pair[1]);
		execvp(argv[0], argv);
		_exit(97);
	}
	close(pair[1]);
	fd = receive(pair[0]);
	waitpid(pid, &status, 0);
	status = WIFEXITED(status) ? WEXITSTATUS(status)
				   : 128 + WTERMSIG(status);
	if (fd == -1)
		return status != 0 ? status : 99;
	flags = fcntl(fd, F_GETFL);
	fprintf(stderr, "%s\n", (flags & O_NONBLOCK) != 0 ? "non-blocking"
							  : "blocking");
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK); /* nc.openbsd leaves it */
	copy(STDIN_FILENO, fd);
	shutdown(fd, SHUT_WR);
	copy(fd, STDOUT_FILENO);
	return status;
}
