/* The socket calls: nothing else in the program makes one. */
#include "sock.h"
#include "../base/say.h"
#include "../base/system.h"
#include "addr.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
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

enum { TRACED_SOCKETS = 1024 }; /* so many can be told apart when closed */

/* Returned by value: it lives until the end of the expression that asks. */
struct place {
	char text[ADDR_TEXT];
};

struct meaning {
	char text[ADDR_TEXT + 64];
};

static struct place
at(const struct addr *a)
{
	struct place place = { "" };

	addr_host_port(a, place.text);
	return place;
}

static struct meaning
about(const char *before, const struct addr *a, const char *after)
{
	struct meaning m = { "" };

	snprintf(m.text, sizeof m.text, "%s %s%s", before, at(a).text, after);
	return m;
}

static bool
is_datagram(int fd)
{
	int type = 0, error = errno;
	socklen_t len = sizeof type;

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	errno = error;
	return type == SOCK_DGRAM;
}

/* What it means to close each descriptor; NULL: it is no socket of ours. */
static const char *closing[TRACED_SOCKETS];

static void
set_closing(int fd, const char *meaning)
{
	if (fd >= 0 && fd < TRACED_SOCKETS)
		closing[fd] = meaning;
}

/* What the trace says of the options that are set. */
static const struct sockopt {
	int level, name;
	const char *text, *meaning;
} sockopts[] = {
	{ SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST",
	    "broadcast addresses may be sent to" },
	{ SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE",
	    "a peer that is gone will be noticed" },
	{ SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF",
	    "room for data that has arrived but has not been read" },
	{ SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR",
	    "the port can be used again at once" },
	{ SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF",
	    "room for what is to be sent or acknowledged" },
	{ IPPROTO_IP, IP_TOS, "IP_TOS", "routers see this priority" },
	{ IPPROTO_IPV6, IPV6_TCLASS, "IPV6_TCLASS",
	    "routers see this priority" },
	{ IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY",
	    "IPv4 clients need a socket of their own" },
	{ IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY",
	    "even a few bytes are sent at once" },
};

static void
trace_option(int fd, int level, int name, int value, int result)
{
	const struct sockopt *o = sockopts;
	size_t n = sizeof sockopts / sizeof sockopts[0];

	while (n > 0 && (o->level != level || o->name != name)) {
		o++;
		n--;
	}
	if (n == 0)
		trace(result, "", "setsockopt(%d, %d, %d)", fd, name, value);
	else
		trace(result, o->meaning, "setsockopt(%d, %s, %d)", fd,
		    o->text, value);
}

static int
set_option(int fd, int level, int name, int value)
{
	int result = setsockopt(fd, level, name, &value, sizeof value);

	if (tracing)
		trace_option(fd, level, name, value, result);
	return result;
}

static bool
set(int fd, int level, int name, int value, const char *what)
{
	if (set_option(fd, level, name, value) == 0)
		return true;
	say_error(errno, "cannot set the %s to %d", what, value);
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
	while (size > 0 && set_option(fd, SOL_SOCKET, option, size) == -1)
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
	return o->tos == -1 || set_tos(fd, family, o->tos);
}

static void
set_flags(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int
open_plain(int family, int type)
{
	int fd = socket(family, type | SOCKET_FLAGS, 0);

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
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
		set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	} else
		set_option(fd, SOL_SOCKET, SO_BROADCAST, 1);
}

static void
trace_open(int fd, int family, int type)
{
	bool stream = type == SOCK_STREAM;
	const char *meaning = family == AF_UNIX
	    ? stream ? "a Unix-domain endpoint, not connected yet"
		     : "a Unix-domain endpoint for datagrams"
	    : stream ? "a TCP endpoint, not connected yet"
		     : "a UDP endpoint, which needs no connection";

	set_closing(fd, "the endpoint is gone");
	trace(fd, meaning, "socket(%s, %s)", family == AF_UNIX ? "AF_UNIX"
	    : family == AF_INET6 ? "AF_INET6" : "AF_INET",
	    stream ? "SOCK_STREAM" : "SOCK_DGRAM");
}

int
sock_open(int family, int type, const struct sock_opts *opts)
{
	int fd = open_plain(family, type);

	if (tracing)
		trace_open(fd, family, type);
	if (fd == -1)
		return -1;
	set_defaults(fd, family, type);
	if (set_opts(fd, family, type, opts))
		return fd;
	return sock_close(fd);
}

void
sock_v6only(int fd)
{
	set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

int
sock_bind(int fd, const struct addr *a)
{
	int result = bind(fd, &a->is.any, a->len);

	if (tracing)
		trace(result, addr_is_unix(a) ? "this path is ours"
		    : "this address and port are ours", "bind(%d, %s)", fd,
		    at(a).text);
	return result;
}

static void
trace_listen(int fd, int backlog, int result)
{
	struct meaning m;

	snprintf(m.text, sizeof m.text, backlog == 0 ? "a backlog of %d"
	    : "up to %d clients may wait to be accepted", backlog);
	trace(result, m.text, "listen(%d, %d)", fd, backlog);
	set_closing(fd, "no more clients can connect");
}

int
sock_listen(int fd, int backlog)
{
	int result = listen(fd, backlog);

	if (tracing)
		trace_listen(fd, backlog, result);
	return result;
}

static void
trace_connect(int fd, const struct addr *to, int result)
{
	bool connected = result == 0 && !is_datagram(fd);
	const char *meaning = connected
	    ? "connected; the listener may accept it later"
	    : result == 0 ? "datagrams go to this address and come from it"
	    : errno == EAGAIN ? "the backlog is full; try again soon"
	    : "the handshake has begun; poll(2) tells when it ends";

	trace(result, meaning, "connect(%d, %s)", fd, at(to).text);
	if (connected)
		set_closing(fd, "the connection is gone");
}

int
sock_connect(int fd, const struct addr *to)
{
	int result = connect(fd, &to->is.any, to->len);

	if (tracing)
		trace_connect(fd, to, result);
	return result;
}

static void
trace_accept(int fd, const struct addr *from, int client)
{
	trace(client, client == -1 ? "no client waits; poll(2) tells when"
	    : addr_is_unix(from) ? "a connection, on a socket of its own"
	    : about("a connection from", from, ", on a socket of its own").text,
	    "accept(%d)", fd);
	set_closing(client, "the connection is gone");
}

static int
accept_once(int fd, struct addr *from)
{
	int client;

	*from = (struct addr){ .len = sizeof from->is };
	client = accept(fd, &from->is.any, &from->len);
	if (tracing)
		trace_accept(fd, from, client);
	return client;
}

/* The system gave no address: the family of the socket, and nothing else. */
static void
set_family(int fd, struct addr *from)
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
	set_family(client, from);
	set_defaults(client, from->is.any.sa_family, SOCK_STREAM);
	if (addr_is_unix(from))
		set_unix_buffer(client, opts);
	return client;
}

static void
trace_name(const char *call, int fd, const char *what, const struct addr *a,
    int result)
{
	trace(result, result == -1 ? "" : about(what, a, "").text, "%s(%d)",
	    call, fd);
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
	int result;

	a->len = sizeof a->is;
	result = getsockname(fd, &a->is.any, &a->len);
	if (tracing)
		trace_name("getsockname", fd, "the local address is", a,
		    result);
	return result;
}

int
sock_peer_addr(int fd, struct addr *a)
{
	int result;

	a->len = sizeof a->is;
	result = getpeername(fd, &a->is.any, &a->len);
	if (tracing)
		trace_name("getpeername", fd, "the peer's address is", a,
		    result);
	return result;
}

static void
trace_recv(int fd, size_t n, ssize_t got)
{
	const char *meaning = got == -1
	    ? "nothing has arrived yet; poll(2) tells when"
	    : is_datagram(fd)
	    ? got == 0 ? "an empty datagram" : "a datagram from the peer"
	    : got == 0 ? "end of file: the peer will send no more"
		       : "data from the peer";

	trace(got, meaning, "recv(%d, %zu)", fd, n);
}

ssize_t
sock_recv(int fd, void *buf, size_t n)
{
	ssize_t got = recv(fd, buf, n, MSG_DONTWAIT);

	if (tracing)
		trace_recv(fd, n, got);
	return got;
}

/* What it means that so many of n bytes were sent, or -1. */
static const char *
sent(int fd, size_t n, ssize_t done)
{
	if (done == -1)
		return "the send buffer is full; poll(2) tells of room";
	if (is_datagram(fd))
		return "handed to the kernel, as one datagram";
	return (size_t)done == n ? "handed to the kernel, which delivers it"
	    : "the send buffer is full; the rest waits";
}

ssize_t
sock_send(int fd, const void *buf, size_t n)
{
	ssize_t done = send(fd, buf, n, MSG_DONTWAIT);

	if (done == -1 && errno == EPROTOTYPE)
		errno = ECONNRESET; /* what macOS says while a reset arrives */
	if (tracing)
		trace(done, sent(fd, n, done), "send(%d, %zu)", fd, n);
	return done;
}

static void
trace_peek(int fd, ssize_t got)
{
	bool ok = got != -1 || sock_later(errno);
	const char *meaning = is_datagram(fd) ? "no error so far"
	    : got == -1 ? "connected; no data yet"
	    : got == 0 ? "connected; the peer has sent end of file already"
		       : "connected; data has arrived already";

	trace(got, meaning, "recv(%d, 1, MSG_PEEK)", fd);
	if (ok && !is_datagram(fd))
		set_closing(fd, "the connection is gone");
}

ssize_t
sock_peek(int fd)
{
	char c;
	ssize_t got = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

	if (tracing)
		trace_peek(fd, got);
	return got;
}

static void
trace_recv_message(int fd, size_t n, int flags, ssize_t got,
    const struct addr *from)
{
	trace(got, got == -1 ? "nothing has arrived yet; poll(2) tells when"
	    : from->len == 0 ? "a datagram from a socket without a name"
	    : about("a datagram from", from, "").text,
	    "recvmsg(%d, %zu%s)", fd, n,
	    (flags & MSG_PEEK) != 0 ? ", MSG_PEEK" : "");
}

/* recvmsg(2), because only that reports a datagram that was cut. */
static ssize_t
recv_message(int fd, void *buf, size_t n, int flags, struct addr *from)
{
	struct iovec iov = { .iov_base = buf, .iov_len = n };
	struct msghdr m = { .msg_name = &from->is, .msg_iov = &iov,
		.msg_namelen = sizeof from->is, .msg_iovlen = 1 };
	ssize_t got = recvmsg(fd, &m, flags | MSG_DONTWAIT);

	from->len = m.msg_namelen;
	if (tracing)
		trace_recv_message(fd, n, flags, got, from);
	if (got != -1)
		set_family(fd, from);
	if (got == -1 || (m.msg_flags & MSG_TRUNC) == 0 || n == 0)
		return got;
	errno = EMSGSIZE;
	return -1;
}

ssize_t
sock_recv_from(int fd, void *buf, size_t n, struct addr *from)
{
	*from = (struct addr){ 0 };
	return recv_message(fd, buf, n, 0, from);
}

int
sock_peek_from(int fd, struct addr *from)
{
	char none;

	*from = (struct addr){ 0 };
	return recv_message(fd, &none, 0, MSG_PEEK, from) == -1 ? -1 : 0;
}

ssize_t
sock_send_to(int fd, const void *buf, size_t n, const struct addr *to)
{
	ssize_t done = sendto(fd, buf, n, MSG_DONTWAIT, &to->is.any, to->len);

	if (tracing)
		trace(done, sent(fd, n, done), "sendto(%d, %zu, %s)", fd, n,
		    at(to).text);
	return done;
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
	ssize_t done;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	done = sendmsg(to, &message, MSG_DONTWAIT);
	if (tracing)
		trace(done, "the receiver gets a copy of the descriptor",
		    "sendmsg(%d, SCM_RIGHTS, %d)", to, fd);
	return done;
}

int
sock_shutdown(int fd)
{
	int result = shutdown(fd, SHUT_WR);

	if (tracing)
		trace(result, "half-close: the peer will read an end of file",
		    "shutdown(%d, SHUT_WR)", fd);
	return result;
}

static void
trace_error(int fd, int error)
{
	struct meaning m = { "no error is pending" };

	if (error != 0)
		snprintf(m.text, sizeof m.text, "the pending error was %s",
		    trace_error_name(error));
	trace(0, m.text, "getsockopt(%d, SO_ERROR)", fd);
}

int
sock_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return errno;
	if (tracing && (error != 0 || is_datagram(fd)))
		trace_error(fd, error);
	return error;
}

size_t
sock_unacked(int fd)
{
	int n = 0;

	return GET_UNACKED(fd, &n) == 0 && n > 0 ? (size_t)n : 0;
}

static void
trace_close(int fd, int result)
{
	const char *meaning = fd < 0 ? NULL
	    : fd < TRACED_SOCKETS ? closing[fd] : "the connection is gone";

	if (meaning != NULL)
		trace(result, meaning, "close(%d)", fd);
	set_closing(fd, NULL);
}

void
sock_urgent_inline(int fd)
{
	int on = 1;
	int result = setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);

	if (tracing)
		trace(result, "urgent data is read in its place",
		    "setsockopt(%d, SO_OOBINLINE, 1)", fd);
}

void
sock_reset_on_close(int fd)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };
	int result = setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);

	if (tracing)
		trace(result, "close(2) will break off the connection",
		    "setsockopt(%d, SO_LINGER, {1, 0})", fd);
}

int
sock_close(int fd)
{
	int error = errno;
	int result = close(fd);

	if (tracing)
		trace_close(fd, result);
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
