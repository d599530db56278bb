/* The socket calls: nothing else in the program makes one. */
#include "sock.h"
#include "addr.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef POSIX_ONLY
#include <sys/ioctl.h>
#endif

/* Datagrams come in bursts, which have to wait somewhere. */
enum { DATAGRAM_BUFFER = 8 << 20 };

static bool
set(int fd, int level, int name, int value, const char *what)
{
	if (setsockopt(fd, level, name, &value, sizeof value) == 0)
		return true;
	say_error(errno, "set the %s to %d", what, value);
	return false;
}

static bool
set_tos(int fd, int family, int tos)
{
	if (family == AF_INET6)
		return set(fd, IPPROTO_IPV6, IPV6_TCLASS, tos,
		    "traffic class");
	return set(fd, IPPROTO_IP, IP_TOS, tos, "type of service");
}

static bool
set_opts(int fd, int family, int type, const struct sock_opts *o)
{
	int large = DATAGRAM_BUFFER;

	if (o->recv_buffer == -1 && type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
	if (o->recv_buffer != -1 && !set(fd, SOL_SOCKET, SO_RCVBUF,
	    o->recv_buffer, "receive buffer size"))
		return false;
	if (o->send_buffer != -1 && !set(fd, SOL_SOCKET, SO_SNDBUF,
	    o->send_buffer, "send buffer size"))
		return false;
	if (o->reuse && !set(fd, SOL_SOCKET, SO_REUSEADDR, 1,
	    "option SO_REUSEADDR"))
		return false;
	return o->tos == -1 || set_tos(fd, family, o->tos);
}

/* One call where POSIX.1-2024 is there, three elsewhere. */
static int
open_plain(int family, int type)
{
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC) && !defined(POSIX_ONLY)
	return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
	int fd = socket(family, type, 0);

	if (fd != -1) {
		fcntl(fd, F_SETFL, O_NONBLOCK);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	return fd;
#endif
}

static void
set_nodelay(int fd, int family)
{
	int on = 1;

	if (family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int
sock_open(int family, int type, const struct sock_opts *opts)
{
	int fd = open_plain(family, type);

	if (fd == -1)
		return -1;
	if (type == SOCK_STREAM)
		set_nodelay(fd, family);
	if (set_opts(fd, family, type, opts))
		return fd;
	return sock_close(fd);
}

void
sock_v6only(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
}

int
sock_bind(int fd, const struct addr *a)
{
	return bind(fd, &a->is.any, a->len);
}

int
sock_listen(int fd, int backlog)
{
	return listen(fd, backlog);
}

int
sock_connect(int fd, const struct addr *to)
{
	return connect(fd, &to->is.any, to->len);
}

int
sock_renew(int fd, const struct addr *to)
{
#if defined(__linux__) && !defined(POSIX_ONLY)
	return sock_connect(fd, to) == -1 ? errno : 0;
#else
	(void)fd;
	(void)to;
	return 0;
#endif
}

int
sock_accept(int fd, struct addr *from)
{
	int client;

	do {
		*from = (struct addr){ .len = sizeof from->is };
		client = accept(fd, &from->is.any, &from->len);
	} while (client == -1 && (errno == ECONNABORTED || errno == EINTR));
	if (client == -1)
		return -1;
	fcntl(client, F_SETFD, FD_CLOEXEC);
	set_nodelay(client, from->is.any.sa_family);
	return client;
}

int
sock_local_addr(int fd, struct addr *a)
{
	a->len = sizeof a->is;
	return getsockname(fd, &a->is.any, &a->len);
}

int
sock_peer_addr(int fd, struct addr *a)
{
	a->len = sizeof a->is;
	return getpeername(fd, &a->is.any, &a->len);
}

ssize_t
sock_recv(int fd, void *buf, size_t n)
{
	return recv(fd, buf, n, MSG_DONTWAIT);
}

ssize_t
sock_send(int fd, const void *buf, size_t n)
{
	return send(fd, buf, n, MSG_DONTWAIT);
}

ssize_t
sock_peek(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
}

ssize_t
sock_recv_from(int fd, void *buf, size_t n, bool peek, struct addr *from)
{
	struct addr own;
	ssize_t got;

	*from = (struct addr){ .len = sizeof from->is };
	got = recvfrom(fd, buf, n, MSG_DONTWAIT | (peek ? MSG_PEEK : 0),
	    &from->is.any, &from->len);
	if (got != -1 && from->len == 0 && sock_local_addr(fd, &own) == 0) {
		from->len = sizeof from->is.any.sa_family;
		from->is.any.sa_family = own.is.any.sa_family;
	}
	return got;
}

ssize_t
sock_send_to(int fd, const void *buf, size_t n, const struct addr *to)
{
	return sendto(fd, buf, n, MSG_DONTWAIT, &to->is.any, to->len);
}

int
sock_shutdown(int fd)
{
	return shutdown(fd, SHUT_WR);
}

int
sock_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return errno;
	return error;
}

bool
sock_unacked(int fd)
{
#if defined(TIOCOUTQ) && !defined(POSIX_ONLY)
	int n = 0;

	return ioctl(fd, TIOCOUTQ, &n) == 0 && n > 0;
#else
	(void)fd;
	return false;
#endif
}

int
sock_close(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

bool
sock_later(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

bool
sock_exhausted(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM;
}

enum status
sock_status(int error)
{
	return sock_exhausted(error) ? STATUS_LOCAL : STATUS_NETWORK;
}
