/* The socket calls. Only datagram.c and tcp.c make others. */
#include "sock.h"
#include "../base/say.h"
#include "../base/system.h"
#include "addr.h"
#include "sockopt.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	/* datagrams come in bursts, which have to wait somewhere */
	DATAGRAM_BUFFER = 8 << 20,
	/* of Unix streams, whose buffers never grow; Linux doubles it */
	UNIX_BUFFER = 512 << 10,
};

/* A system grants less than was asked for, or more; -vvv shows it. */
static void
show_option(int fd, int level, int name)
{
	int value = 0, result;
	socklen_t len = sizeof value;

	trace_begin();
	result = getsockopt(fd, level, name, &value, &len);
	trace_call((struct call){ .id = CALL_GETSOCKOPT, .fd = fd,
	    .level = level, .name = name, .value = value, .result = result });
}

int
sock_pair(int fd[2])
{
	int result;

	trace_begin();
	result = socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	trace_call((struct call){ .id = CALL_SOCKETPAIR, .fd = fd[0],
	    .value = fd[1], .result = result });
	for (int i = 0; i < 2 && result == 0; i++)
		fcntl(fd[i], F_SETFD, FD_CLOEXEC);
	return result;
}

int
sock_set(int fd, int level, int name, int value)
{
	int result = (int)traced((struct call){ .id = CALL_SETSOCKOPT,
	    .fd = fd, .level = level, .name = name, .value = value,
	    .result = setsockopt(fd, level, name, &value, sizeof value) });

	if (result == 0 && trace_is_on() && level == SOL_SOCKET &&
	    (name == SO_RCVBUF || name == SO_SNDBUF))
		show_option(fd, level, name);
	return result;
}

int
sock_set_data(int fd, int level, int name, const void *data, size_t n,
    const char *text)
{
	return (int)traced((struct call){ .id = CALL_SETSOCKOPT, .fd = fd,
	    .level = level, .name = name, .text = text,
	    .result = setsockopt(fd, level, name, data, (socklen_t)n) });
}

int
sock_set_text(int fd, int level, int name, const char *text)
{
	return sock_set_data(fd, level, name, text, strlen(text), text);
}

static bool
set(int fd, int level, int name, int value, const char *what)
{
	if (sock_set(fd, level, name, value) == 0)
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

/* Linux grants less than was asked for; the BSDs refuse what is too much. */
static void
set_large_buffer(int fd, int option, int size)
{
	while (size > 0 && sock_set(fd, SOL_SOCKET, option, size) == -1)
		size /= 2;
}

static void
set_unix_buffer(int fd, const struct sock_opts *o)
{
	set_large_buffer(fd, SO_SNDBUF,
	    o->send_buffer == -1 ? UNIX_BUFFER : o->send_buffer);
}

static bool
set_opts(int fd, int family, int type, const struct sock_opts *o)
{
	if (o->recv_buffer == -1 && type == SOCK_DGRAM)
		set_large_buffer(fd, SO_RCVBUF, DATAGRAM_BUFFER);
	if (o->send_buffer == -1 && family == AF_UNIX && type == SOCK_STREAM)
		set_unix_buffer(fd, o);
	if (o->recv_buffer != -1 && !set(fd, SOL_SOCKET, SO_RCVBUF,
	    o->recv_buffer, "receive buffer size"))
		return false;
	if (o->send_buffer != -1 && !set(fd, SOL_SOCKET, SO_SNDBUF,
	    o->send_buffer, "send buffer size"))
		return false;
	if (o->reuse && family != AF_UNIX && !set(fd, SOL_SOCKET,
	    SO_REUSEADDR, 1, "option SO_REUSEADDR"))
		return false;
	if (o->tos != -1 && !set_tos(fd, family, o->tos))
		return false;
	return sockopt_set(fd, family, type, o->more);
}

static void
set_flags(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int
open_plain(int family, int type, int protocol)
{
	int fd = (int)traced((struct call){ .id = CALL_SOCKET,
	    .family = family, .type = type, .value = protocol,
	    .result = socket(family, type | SOCKET_FLAGS, protocol) });

	if (fd != -1 && SOCKET_FLAGS == 0)
		set_flags(fd);
	return fd;
}

/* What every socket of this kind gets; a refusal does no harm. */
static void
set_defaults(int fd, int family, int type)
{
	if (family == AF_UNIX)
		return;
	if (type == SOCK_STREAM) {
		sock_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
		sock_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	} else
		sock_set(fd, SOL_SOCKET, SO_BROADCAST, 1);
}

int
sock_open(int family, int type, const struct sock_opts *opts)
{
	int protocol = sockopt_protocol(opts->more, family, type);
	int fd = open_plain(family, type, protocol);

	if (fd == -1 && protocol != 0)
		say_error(errno, "-K mptcp");
	if (fd == -1)
		return -1;
	set_defaults(fd, family, type);
	if (set_opts(fd, family, type, opts))
		return fd;
	return sock_fail(fd);
}

int
sock_get(int fd, int level, int name, void *value, socklen_t *len)
{
	return (int)traced((struct call){ .id = CALL_ASK, .fd = fd,
	    .level = level, .name = name,
	    .result = getsockopt(fd, level, name, value, len) });
}

static int
get_option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	return sock_get(fd, SOL_SOCKET, name, &value, &len) == -1 ? -1 : value;
}

int
sock_type(int fd)
{
	return get_option(fd, SO_TYPE);
}

bool
sock_listens(int fd)
{
	return get_option(fd, SO_ACCEPTCONN) == 1;
}

bool
sock_adopt(int fd, int family, const struct sock_opts *opts)
{
	int type = sock_type(fd);

	trace_adopted(fd, family, type);
	set_flags(fd);
	return set_opts(fd, family, type, opts);
}

void
sock_v6only(int fd)
{
	sock_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

int
sock_bind(int fd, const struct addr *a)
{
	return (int)traced((struct call){ .id = CALL_BIND, .fd = fd,
	    .addr = a, .result = bind(fd, &a->is.any, a->len) });
}

int
sock_listen(int fd, int backlog)
{
	return (int)traced((struct call){ .id = CALL_LISTEN, .fd = fd,
	    .value = backlog, .result = listen(fd, backlog) });
}

int
sock_connect(int fd, const struct addr *to)
{
	return (int)traced((struct call){ .id = CALL_CONNECT, .fd = fd,
	    .addr = to, .result = connect(fd, &to->is.any, to->len) });
}

static int
accept_once(int fd, struct addr *from)
{
	*from = (struct addr){ .len = sizeof from->is };
	return (int)traced((struct call){ .id = CALL_ACCEPT, .fd = fd,
	    .addr = from, .result = accept(fd, &from->is.any, &from->len) });
}

void
sock_fill_family(int fd, struct addr *from)
{
	struct addr own;

	if (from->len != 0 || sock_local_addr(fd, &own) == -1)
		return;
	*from = (struct addr){ .len = offsetof(struct sockaddr, sa_data) };
	from->is.any.sa_family = own.is.any.sa_family;
}

/* Linux lets a socket connect again after a refusal; others need a new one. */
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

/*
 * The flags and TCP_NODELAY are set anew: the BSDs take over those of the
 * listening socket. On Linux an accepted socket inherits neither these nor a
 * Unix socket's buffer size.
 */
int
sock_accept(int fd, const struct sock_opts *opts, struct addr *from)
{
	int client;

	do
		client = accept_once(fd, from);
	while (client == -1 && (errno == ECONNABORTED || errno == EINTR));
	if (client == -1)
		return -1;
	set_flags(client);
	sock_fill_family(client, from);
	set_defaults(client, from->is.any.sa_family, SOCK_STREAM);
	sockopt_set_accepted(client, from->is.any.sa_family, opts->more);
	if (addr_is_unix(from))
		set_unix_buffer(client, opts);
	return client;
}

int
sock_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags == -1 ? -1 : fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

int
sock_local_addr(int fd, struct addr *a)
{
	*a = (struct addr){ .len = sizeof a->is };
	return (int)traced((struct call){ .id = CALL_GETSOCKNAME, .fd = fd,
	    .addr = a, .result = getsockname(fd, &a->is.any, &a->len) });
}

int
sock_peer_addr(int fd, struct addr *a)
{
	*a = (struct addr){ .len = sizeof a->is };
	return (int)traced((struct call){ .id = CALL_GETPEERNAME, .fd = fd,
	    .addr = a, .result = getpeername(fd, &a->is.any, &a->len) });
}

/* Linux's struct ucred, which glibc shows to _GNU_SOURCE only (unix(7)). */
#ifdef HAVE_PEEREID
int getpeereid(int, uid_t *, gid_t *); /* which _POSIX_C_SOURCE hides */
#endif

bool
sock_peer_user(int fd, struct sock_user *u)
{
#ifdef HAVE_PEERCRED
	struct { pid_t pid; uid_t uid; gid_t gid; } c;
	socklen_t len = sizeof c;

	if (sock_get(fd, SOL_SOCKET, SO_PEERCRED, &c, &len) == -1 ||
	    c.uid == (uid_t)-1)
		return false;
	*u = (struct sock_user){ (long)c.uid, (long)c.gid, c.pid };
	return true;
#elif defined(HAVE_PEEREID)
	uid_t uid;
	gid_t gid;

	if (getpeereid(fd, &uid, &gid) == -1)
		return false;
	*u = (struct sock_user){ (long)uid, (long)gid, -1 };
	return true;
#else
	(void)fd;
	(void)u;
	return false;
#endif
}

ssize_t
sock_recv(int fd, void *buf, size_t n)
{
	return (ssize_t)traced((struct call){ .id = CALL_RECV, .fd = fd,
	    .n = n, .data = buf, .result = recv(fd, buf, n, MSG_DONTWAIT) });
}

ssize_t
sock_send(int fd, const void *buf, size_t n)
{
	ssize_t done;

	trace_begin();
	done = send(fd, buf, n, MSG_DONTWAIT);
	if (done == -1 && errno == EPROTOTYPE)
		errno = ECONNRESET; /* what macOS says while a reset arrives */
	return (ssize_t)trace_call((struct call){ .id = CALL_SEND, .fd = fd,
	    .n = n, .data = buf, .result = done });
}

ssize_t
sock_peek(int fd)
{
	char c;

	return (ssize_t)traced((struct call){ .id = CALL_RECV, .fd = fd,
	    .n = 1, .peek = true,
	    .result = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) });
}

ssize_t
sock_send_fd(int to, int fd)
{
	union {
		struct cmsghdr header; /* aligns the bytes */
		char bytes[CMSG_SPACE(sizeof fd)];
	} control = { 0 };
	struct iovec data = { .iov_base = (char[]){ 0 }, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	return (ssize_t)traced((struct call){ .id = CALL_SENDMSG, .fd = to,
	    .value = fd, .result = sendmsg(to, &message, MSG_DONTWAIT) });
}

int
sock_shutdown(int fd)
{
	return (int)traced((struct call){ .id = CALL_SHUTDOWN, .fd = fd,
	    .result = shutdown(fd, SHUT_WR) });
}

int
sock_error(int fd)
{
	int error = 0, result;
	socklen_t len = sizeof error;

	trace_begin();
	result = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	trace_call((struct call){ .id = CALL_ERROR, .fd = fd, .value = error,
	    .result = result });
	return result == -1 ? errno : error;
}

void
sock_urgent_inline(int fd)
{
	sock_set(fd, SOL_SOCKET, SO_OOBINLINE, 1);
}

void
sock_reset_on_close(int fd)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	traced((struct call){ .id = CALL_LINGER, .fd = fd, .result =
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l) });
}

void
sock_close(int fd)
{
	int error = errno;

	traced((struct call){ .id = CALL_CLOSE, .fd = fd,
	    .result = close(fd) });
	errno = error;
}

int
sock_fail(int fd)
{
	sock_close(fd);
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
