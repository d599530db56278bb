/* The line that shows a socket call, its result and what it means: -vvv. */
#include "trace.h"
#include "../base/say.h"
#include "addr.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	MAX_TEXT = 512,
	MAX_SOCKETS = 1024, /* higher descriptors are taken for connections */
};

#define CONNECTION_GONE "the connection is gone"

/* NULL: what it means depends on the call. */
static const struct error {
	int number;
	const char *name, *meaning;
} errors[] = {
	{ EACCES, "EACCES", "not permitted; ports below 1024 may be reserved" },
	{ EADDRINUSE, "EADDRINUSE",
	    "taken by a socket, by TIME_WAIT or by a stale file" },
	{ EADDRNOTAVAIL, "EADDRNOTAVAIL", "this machine has no such address" },
	{ EAFNOSUPPORT, "EAFNOSUPPORT", "this machine lacks the family" },
	{ EAGAIN, "EAGAIN", NULL },
	{ EWOULDBLOCK, "EWOULDBLOCK", NULL },
	{ ECONNABORTED, "ECONNABORTED", "the client left before the accept" },
	{ ECONNREFUSED, "ECONNREFUSED", "nobody listens there" },
	{ ECONNRESET, "ECONNRESET", "the peer reset the connection (RST)" },
	{ EHOSTUNREACH, "EHOSTUNREACH", "no host answers at this address" },
	{ EINPROGRESS, "EINPROGRESS", NULL },
	{ EINTR, "EINTR", "a signal came first" },
	{ EINVAL, "EINVAL", "not possible with this socket now" },
	{ EMFILE, "EMFILE", "this process has no descriptor left" },
	{ EMSGSIZE, "EMSGSIZE", "too long for one datagram" },
	{ ENETUNREACH, "ENETUNREACH", "no route leads there" },
	{ ENFILE, "ENFILE", "the system has no descriptor left" },
	{ ENOBUFS, "ENOBUFS", "the kernel has no memory left for it" },
	{ ENOENT, "ENOENT", "there is no socket file of this name" },
	{ ENOMEM, "ENOMEM", "the kernel has no memory left for it" },
	{ ENOPROTOOPT, "ENOPROTOOPT", "the system lacks this option" },
	{ ENOTCONN, "ENOTCONN", "there is no connection" },
	{ EPERM, "EPERM", "not permitted" },
	{ EPIPE, "EPIPE", "the connection is closed for sending" },
	{ EPROTOTYPE, "EPROTOTYPE", "the socket there has another type" },
	{ ETIMEDOUT, "ETIMEDOUT", "no answer came" },
};

static const struct option {
	int level, name;
	const char *text, *meaning;
} options[] = {
	{ SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST",
	    "broadcast addresses may be sent to" },
	{ SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE",
	    "a peer that is gone will be noticed" },
	{ SOL_SOCKET, SO_OOBINLINE, "SO_OOBINLINE",
	    "urgent data is read in its place" },
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

/* How a call is written; argument() has the letters. */
static const char *const forms[CALLS] = {
	[CALL_SOCKET] = "socket(%f, %t)",
	[CALL_SETSOCKOPT] = "setsockopt(%d, %o, %v)",
	[CALL_LINGER] = "setsockopt(%d, SO_LINGER, {1, 0})",
	[CALL_BIND] = "bind(%d, %a)",
	[CALL_LISTEN] = "listen(%d, %v)",
	[CALL_CONNECT] = "connect(%d, %a)",
	[CALL_ACCEPT] = "accept(%d)",
	[CALL_GETSOCKNAME] = "getsockname(%d)",
	[CALL_GETPEERNAME] = "getpeername(%d)",
	[CALL_RECV] = "recv(%d, %n%p)",
	[CALL_RECVMSG] = "recvmsg(%d, %n%p)",
	[CALL_SEND] = "send(%d, %n)",
	[CALL_SENDTO] = "sendto(%d, %n, %a)",
	[CALL_SENDMSG] = "sendmsg(%d, SCM_RIGHTS, %v)",
	[CALL_SHUTDOWN] = "shutdown(%d, SHUT_WR)",
	[CALL_ERROR] = "getsockopt(%d, SO_ERROR)",
	[CALL_CLOSE] = "close(%d)",
};

/* What is true of a call. */
enum {
	FAILED = 1 << 0,
	AGAIN = 1 << 1,    /* failed with EAGAIN */
	EMPTY = 1 << 2,    /* of 0 bytes, which may be the end of file */
	PART = 1 << 3,     /* of fewer bytes than were asked for */
	NONE = 1 << 4,     /* the value is 0 */
	PEEK = 1 << 5,     /* the data stays in the queue */
	DGRAM = 1 << 6,    /* of a socket for datagrams */
	UNIX = 1 << 7,     /* of the Unix domain */
	NAMELESS = 1 << 8, /* of a sender without an address */
};

/*
 * What a call means: the first row of it whose facts are all true. After a
 * failure this stands for the errors that have no meaning of their own.
 */
static const struct row {
	enum call_id id;
	unsigned int facts;
	const char *meaning;
	const char *closing; /* what it means from now on to close the socket */
} rows[] = {
	{ CALL_SOCKET, UNIX | DGRAM, "a Unix-domain endpoint for datagrams",
	    "the endpoint is gone" },
	{ CALL_SOCKET, UNIX, "a Unix-domain endpoint, not connected yet",
	    "the endpoint is gone" },
	{ CALL_SOCKET, DGRAM, "a UDP endpoint, which needs no connection",
	    "the endpoint is gone" },
	{ CALL_SOCKET, 0, "a TCP endpoint, not connected yet",
	    "the endpoint is gone" },
	{ CALL_SETSOCKOPT, 0, "%m", NULL },
	{ CALL_LINGER, 0, "close(2) will break off the connection", NULL },
	{ CALL_BIND, UNIX, "this path is ours", NULL },
	{ CALL_BIND, 0, "this address and port are ours", NULL },
	{ CALL_LISTEN, NONE, "a backlog of 0", "no more clients can connect" },
	{ CALL_LISTEN, 0, "up to %v clients may wait to be accepted",
	    "no more clients can connect" },
	{ CALL_CONNECT, AGAIN, "the backlog is full; try again soon", NULL },
	{ CALL_CONNECT, FAILED,
	    "the handshake has begun; poll(2) tells when it ends", NULL },
	{ CALL_CONNECT, DGRAM,
	    "datagrams go to this address and come from it", NULL },
	{ CALL_CONNECT, 0, "connected; the listener may accept it later",
	    CONNECTION_GONE },
	{ CALL_ACCEPT, FAILED, "no client waits; poll(2) tells when", NULL },
	{ CALL_ACCEPT, UNIX, "a connection, on a socket of its own",
	    CONNECTION_GONE },
	{ CALL_ACCEPT, 0, "a connection from %a, on a socket of its own",
	    CONNECTION_GONE },
	{ CALL_GETSOCKNAME, 0, "the local address is %a", NULL },
	{ CALL_GETPEERNAME, 0, "the peer's address is %a", NULL },
	{ CALL_RECV, PEEK | DGRAM, "no error so far", NULL },
	{ CALL_RECV, PEEK | AGAIN, "connected; no data yet", CONNECTION_GONE },
	{ CALL_RECV, PEEK | FAILED, "", NULL },
	{ CALL_RECV, PEEK | EMPTY,
	    "connected; the peer has sent end of file already",
	    CONNECTION_GONE },
	{ CALL_RECV, PEEK, "connected; data has arrived already",
	    CONNECTION_GONE },
	{ CALL_RECV, FAILED, "nothing has arrived yet; poll(2) tells when",
	    NULL },
	{ CALL_RECV, DGRAM | EMPTY, "an empty datagram", NULL },
	{ CALL_RECV, DGRAM, "a datagram from the peer", NULL },
	{ CALL_RECV, EMPTY, "end of file: the peer will send no more", NULL },
	{ CALL_RECV, 0, "data from the peer", NULL },
	{ CALL_RECVMSG, FAILED, "nothing has arrived yet; poll(2) tells when",
	    NULL },
	{ CALL_RECVMSG, NAMELESS, "a datagram from a socket without a name",
	    NULL },
	{ CALL_RECVMSG, 0, "a datagram from %a", NULL },
	{ CALL_SEND, FAILED, "the send buffer is full; poll(2) tells of room",
	    NULL },
	{ CALL_SEND, DGRAM, "handed to the kernel, as one datagram", NULL },
	{ CALL_SEND, PART, "the send buffer is full; the rest waits", NULL },
	{ CALL_SEND, 0, "handed to the kernel, which delivers it", NULL },
	{ CALL_SENDTO, FAILED,
	    "the send buffer is full; poll(2) tells of room", NULL },
	{ CALL_SENDTO, 0, "handed to the kernel, as one datagram", NULL },
	{ CALL_SENDMSG, 0, "the receiver gets a copy of the descriptor",
	    NULL },
	{ CALL_SHUTDOWN, 0, "half-close: the peer will read an end of file",
	    NULL },
	{ CALL_ERROR, NONE, "no error is pending", NULL },
	{ CALL_ERROR, 0, "the pending error was %e", NULL },
	{ CALL_CLOSE, 0, "%c", NULL },
};

/* What is remembered of each descriptor. */
static struct {
	bool on;
	struct {
		bool datagram;
		const char *closing; /* NULL: it is no socket of ours */
	} sockets[MAX_SOCKETS];
} trace;

void
trace_start(void)
{
	trace.on = true;
}

static bool
is_remembered(int fd)
{
	return fd >= 0 && fd < MAX_SOCKETS;
}

static const struct error *
find_error(int number)
{
	static const struct error unknown = { 0, "an error", "" };

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (errors[i].number == number)
			return &errors[i];
	return &unknown;
}

static const struct option *
find_option(const struct call *c)
{
	static const struct option unknown = { 0, 0, "an option", "" };

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].level == c->level && options[i].name == c->name)
			return &options[i];
	return &unknown;
}

/* NULL: closing this descriptor is not shown. */
static const char *
closing(int fd)
{
	if (is_remembered(fd))
		return trace.sockets[fd].closing;
	return fd < 0 ? NULL : CONNECTION_GONE;
}

static bool
is_datagram(const struct call *c)
{
	if (c->id == CALL_SOCKET)
		return c->type == SOCK_DGRAM;
	return is_remembered(c->fd) && trace.sockets[c->fd].datagram;
}

static bool
is_unix(const struct call *c)
{
	if (c->id == CALL_SOCKET)
		return c->family == AF_UNIX;
	return c->addr != NULL && addr_is_unix(c->addr);
}

static unsigned int
facts_of(const struct call *c, int error)
{
	unsigned int facts = 0;

	if (c->result == -1)
		facts |= FAILED;
	if (c->result == -1 && (error == EAGAIN || error == EWOULDBLOCK))
		facts |= AGAIN;
	if (c->result == 0)
		facts |= EMPTY;
	if (c->result != -1 && (size_t)c->result < c->n)
		facts |= PART;
	if (c->value == 0)
		facts |= NONE;
	if (c->peek)
		facts |= PEEK;
	if (is_datagram(c))
		facts |= DGRAM;
	if (is_unix(c))
		facts |= UNIX;
	if (c->addr != NULL && c->addr->len == 0)
		facts |= NAMELESS;
	return facts;
}

static const struct row *
find_row(const struct call *c, unsigned int facts)
{
	const struct row *r = rows;

	while (r->id != c->id || (r->facts & facts) != r->facts)
		r++;
	return r;
}

static const char *
family_name(int family)
{
	if (family == AF_UNIX)
		return "AF_UNIX";
	return family == AF_INET6 ? "AF_INET6" : "AF_INET";
}

/* What stands for a letter of a form or meaning; buf has ADDR_TEXT bytes. */
static const char *
argument(char letter, const struct call *c, char *buf)
{
	switch (letter) {
	case 'a':
		return addr_host_port(c->addr, buf);
	case 'c':
		return closing(c->fd);
	case 'd':
		snprintf(buf, ADDR_TEXT, "%d", c->fd);
		return buf;
	case 'e':
		return find_error(c->value)->name;
	case 'f':
		return family_name(c->family);
	case 'm':
		return find_option(c)->meaning;
	case 'n':
		snprintf(buf, ADDR_TEXT, "%zu", c->n);
		return buf;
	case 'o':
		return find_option(c)->text;
	case 'p':
		return c->peek ? ", MSG_PEEK" : "";
	case 't':
		return c->type == SOCK_DGRAM ? "SOCK_DGRAM" : "SOCK_STREAM";
	default:
		snprintf(buf, ADDR_TEXT, "%d", c->value);
		return buf;
	}
}

/* Write a form or meaning with its arguments to out, of MAX_TEXT bytes. */
static void
expand(char *out, const char *form, const struct call *c)
{
	char buf[ADDR_TEXT];
	size_t n = 0;

	while (*form != '\0' && n < MAX_TEXT) {
		size_t plain = strcspn(form, "%");

		n += (size_t)snprintf(out + n, MAX_TEXT - n, "%.*s",
		    (int)plain, form);
		form += plain;
		if (*form == '\0' || n >= MAX_TEXT)
			break;
		n += (size_t)snprintf(out + n, MAX_TEXT - n, "%s",
		    argument(form[1], c, buf));
		form += 2;
	}
}

/* Show the call; after a failure, the error may have a meaning of its own. */
static void
show(const struct call *c, const char *meaning, int error)
{
	const struct error *e = find_error(error);
	char call[MAX_TEXT], text[MAX_TEXT] = "";
	const char *gap = "  ";

	if (c->result == -1 && e->meaning != NULL)
		meaning = e->meaning;
	expand(call, forms[c->id], c);
	expand(text, meaning, c);
	if (*text == '\0')
		gap = "";
	if (c->result == -1)
		say("%s = -1 %s (%s)%s%s", call, e->name, strerror(error), gap,
		    text);
	else
		say("%s = %lld%s%s", call, c->result, gap, text);
}

/* Remember what later calls with the socket mean. */
static void
remember(const struct call *c, const char *meaning)
{
	bool opened = c->id == CALL_SOCKET || c->id == CALL_ACCEPT;
	int fd = opened ? (int)c->result : c->fd;

	if (!is_remembered(fd))
		return;
	if (opened)
		trace.sockets[fd].datagram = is_datagram(c);
	if (meaning != NULL || c->id == CALL_CLOSE)
		trace.sockets[fd].closing = meaning;
}

/* A connection that ends without an error is asked for one, in silence. */
static bool
is_shown(const struct call *c)
{
	if (c->id == CALL_ERROR)
		return c->value != 0 || is_datagram(c);
	return c->id != CALL_CLOSE || closing(c->fd) != NULL;
}

long long
traced(struct call c)
{
	int error = errno;
	const struct row *r;

	if (!trace.on)
		return c.result;
	r = find_row(&c, facts_of(&c, error));
	if (is_shown(&c))
		show(&c, r->meaning, error);
	remember(&c, r->closing);
	errno = error;
	return c.result;
}
