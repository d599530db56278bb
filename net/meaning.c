/* What socket calls, their errors and their options mean, in a few words. */
#include "meaning.h"
#include "../base/system.h"
#include "addr.h"
#include "trace.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

enum { ANY_CALL = -1 };

static const struct {
	int number;
	const char *name;
} names[] = {
	{ EACCES, "EACCES" },
	{ EADDRINUSE, "EADDRINUSE" },
	{ EADDRNOTAVAIL, "EADDRNOTAVAIL" },
	{ EAFNOSUPPORT, "EAFNOSUPPORT" },
	{ EAGAIN, "EAGAIN" },
	{ EWOULDBLOCK, "EWOULDBLOCK" },
	{ EBADF, "EBADF" },
	{ ECONNABORTED, "ECONNABORTED" },
	{ ECONNREFUSED, "ECONNREFUSED" },
	{ ECONNRESET, "ECONNRESET" },
	{ EDESTADDRREQ, "EDESTADDRREQ" },
	{ EHOSTUNREACH, "EHOSTUNREACH" },
	{ EINPROGRESS, "EINPROGRESS" },
	{ EINTR, "EINTR" },
	{ EINVAL, "EINVAL" },
	{ EISCONN, "EISCONN" },
	{ EMFILE, "EMFILE" },
	{ EMSGSIZE, "EMSGSIZE" },
	{ ENETDOWN, "ENETDOWN" },
	{ ENETUNREACH, "ENETUNREACH" },
	{ ENFILE, "ENFILE" },
	{ ENOBUFS, "ENOBUFS" },
	{ ENODEV, "ENODEV" },
	{ ENOENT, "ENOENT" },
	{ ENOMEM, "ENOMEM" },
	{ ENOPROTOOPT, "ENOPROTOOPT" },
	{ ENOTCONN, "ENOTCONN" },
	{ ENOTDIR, "ENOTDIR" },
	{ EOPNOTSUPP, "EOPNOTSUPP" },
	{ EPERM, "EPERM" },
	{ EPIPE, "EPIPE" },
	{ EPROTONOSUPPORT, "EPROTONOSUPPORT" },
	{ EPROTOTYPE, "EPROTOTYPE" },
	{ EROFS, "EROFS" },
	{ ETIMEDOUT, "ETIMEDOUT" },
};

/* What an error means: the first row of its whose facts are all true. */
static const struct {
	int number;
	int id; /* of the call */
	unsigned int facts;
	const char *meaning;
} errors[] = {
	{ EACCES, CALL_BIND, UNIX, "the directory is not writable for us" },
	{ EACCES, CALL_BIND, 0,
	    "not permitted; ports below 1024 may be reserved" },
	{ EACCES, ANY_CALL, 0, "not permitted" },
	{ EADDRINUSE, ANY_CALL, UNIX, "a file or a socket has this name" },
	{ EADDRINUSE, ANY_CALL, DGRAM, "another socket has it" },
	{ EADDRINUSE, ANY_CALL, 0,
	    "another socket has it, or a connection in TIME_WAIT" },
	{ EADDRNOTAVAIL, CALL_CONNECT, 0,
	    "no local port is free, or nothing can be there" },
	{ EADDRNOTAVAIL, ANY_CALL, 0, "this machine has no such address" },
	{ EAFNOSUPPORT, ANY_CALL, 0, "this machine lacks the family" },
	{ ECONNABORTED, ANY_CALL, 0, "the client left before the accept" },
	{ ECONNREFUSED, CALL_SEND, DGRAM,
	    "nobody listened when an earlier datagram came, or a firewall refused" },
	{ ECONNREFUSED, CALL_RECV, DGRAM,
	    "nobody listened when our datagram came, or a firewall refused" },
	{ ECONNREFUSED, ANY_CALL, UNIX, "nobody listens there" },
	{ ECONNREFUSED, ANY_CALL, 0,
	    "nobody listens there, or a firewall refuses" },
	{ ECONNRESET, ANY_CALL, UNIX,
	    "the peer closed before it had read everything" },
	{ ECONNRESET, ANY_CALL, 0, "the peer reset the connection (RST)" },
	{ EHOSTUNREACH, ANY_CALL, 0, "this host cannot be reached" },
	{ EINTR, ANY_CALL, 0, "a signal came first" },
	{ EINVAL, ANY_CALL, 0, "not possible with this socket now" },
	{ EMFILE, ANY_CALL, 0, "this process has no descriptor left" },
	{ EMSGSIZE, ANY_CALL, 0, "too long for one datagram" },
	{ ENETUNREACH, ANY_CALL, DGRAM, "no route leads there" },
	{ ENETUNREACH, ANY_CALL, 0,
	    "no route leads there, or TCP cannot use this address" },
	{ ENFILE, ANY_CALL, 0, "the system has no descriptor left" },
	{ ENODEV, ANY_CALL, 0,
	    "there is no such interface, or no route that chooses one" },
	{ ENOBUFS, ANY_CALL, 0, "the kernel has no memory left for it" },
	{ ENOENT, ANY_CALL, 0, "there is no file of this name" },
	{ ENOMEM, ANY_CALL, 0, "the kernel has no memory left for it" },
	{ ENOPROTOOPT, ANY_CALL, 0, "the system lacks this option here" },
	{ ENOTCONN, ANY_CALL, 0, "there is no connection" },
	{ EPERM, ANY_CALL, 0, "not permitted" },
	{ EPIPE, ANY_CALL, 0,
	    "it takes no more data; SIGPIPE, ignored here, would end us" },
	{ EPROTOTYPE, ANY_CALL, 0, "the socket there has another type" },
	{ ETIMEDOUT, ANY_CALL, 0, "no answer came" },
};

static const struct {
	int level, name;
	const char *text, *meaning;
} options[] = {
	{ SOL_SOCKET, SO_ACCEPTCONN, "SO_ACCEPTCONN", "does it listen?" },
	{ SOL_SOCKET, SO_BROADCAST, "SO_BROADCAST",
	    "broadcast addresses may be sent to" },
	{ SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE",
	    "notices a peer that is gone, by default in hours" },
	{ SOL_SOCKET, SO_OOBINLINE, "SO_OOBINLINE",
	    "urgent data is read in its place" },
	{ SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF",
	    "room that we ask for, for data not read yet" },
#ifdef HAVE_PEERCRED
	{ SOL_SOCKET, SO_PEERCRED, "SO_PEERCRED", "who has connected" },
#endif
	{ SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR",
	    "the port can be used again at once" },
	{ SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF",
	    "room that we ask for, for data to be sent" },
	{ SOL_SOCKET, SO_TYPE, "SO_TYPE", "a stream or datagrams?" },
	{ IPPROTO_IP, IP_TOS, "IP_TOS",
	    "in each packet, for routers that heed it" },
	{ IPPROTO_IPV6, IPV6_TCLASS, "IPV6_TCLASS",
	    "in each packet, for routers that heed it" },
	{ IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY",
	    "IPv4 clients need a socket of their own" },
	{ SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE",
	    "only this interface is used" },
	{ SOL_SOCKET, SO_MARK, "SO_MARK", "routing and filters see this mark" },
	{ SOL_SOCKET, SO_PRIORITY, "SO_PRIORITY",
	    "the interface's queue sees this priority" },
	{ IPPROTO_IP, IP_TTL, "IP_TTL", "fewer routers than this may pass it on" },
	{ IPPROTO_IP, IP_MULTICAST_TTL, "IP_MULTICAST_TTL",
	    "fewer routers than this may pass it on to a group" },
	{ IPPROTO_IP, IP_MULTICAST_IF, "IP_MULTICAST_IF",
	    "datagrams to groups leave by this interface" },
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, "IP_ADD_MEMBERSHIP",
	    "we join: what is sent to this group comes to this machine" },
	{ IPPROTO_IP, IP_MULTICAST_ALL, "IP_MULTICAST_ALL",
	    "what only others have joined does not come to this socket" },
	{ IPPROTO_IP, IP_PKTINFO, "IP_PKTINFO",
	    "each datagram tells which of our addresses it was sent to" },
	{ IPPROTO_IP, IP_RECVDSTADDR, "IP_RECVDSTADDR",
	    "each datagram tells which of our addresses it was sent to" },
	{ IPPROTO_IPV6, IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF",
	    "datagrams to groups leave by the interface of this number" },
	{ IPPROTO_IPV6, IPV6_JOIN_GROUP, "IPV6_JOIN_GROUP",
	    "we join: what is sent to this group comes to this machine" },
	{ IPPROTO_IPV6, IPV6_MULTICAST_ALL, "IPV6_MULTICAST_ALL",
	    "what only others have joined does not come to this socket" },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO",
	    "each datagram tells which of our addresses it was sent to" },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS",
	    "fewer routers than this may pass it on" },
	{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS",
	    "fewer routers than this may pass it on to a group" },
	{ IPPROTO_TCP, TCP_CONGESTION, "TCP_CONGESTION",
	    "this algorithm decides how fast to send" },
#ifdef TCP_INFO
	{ IPPROTO_TCP, TCP_INFO, "TCP_INFO", "what the kernel has measured" },
#endif
	{ IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT",
	    "after this many silent probes the peer is gone" },
	{ IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE",
	    "after this many seconds of silence it probes" },
	{ IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL",
	    "this many seconds are between two probes" },
	{ IPPROTO_TCP, TCP_MAXSEG, "TCP_MAXSEG",
	    "no segment has more bytes than this" },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT",
	    "how many ms data may stay unacknowledged" },
	{ IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY",
	    "a few bytes do not wait for more" },
};

#define GONE "the endpoint is gone"
#define LATER "; poll tells when"

/*
 * What a call means: the first row of its whose facts are all true. After a
 * failure these stand for the errors that have no meaning of their own.
 */
static const struct row {
	enum call_id id;
	unsigned int facts;
	const char *meaning;
} rows[] = {
	{ CALL_SOCKET, FAILED, "" },
	{ CALL_SOCKET, UNIX | DGRAM,
	    "a Unix-domain endpoint for datagrams, non-blocking" },
	{ CALL_SOCKET, UNIX, "a Unix-domain endpoint, non-blocking" },
	{ CALL_SOCKET, DGRAM, "a UDP endpoint (protocol 17), non-blocking" },
	{ CALL_SOCKET, NONE, "a TCP endpoint (protocol 6), non-blocking" },
	{ CALL_SOCKET, 0, "a Multipath TCP endpoint, non-blocking" },
	{ CALL_SOCKETPAIR, FAILED, "" },
	{ CALL_SOCKETPAIR, 0, "two endpoints: each is the other's peer" },
	{ CALL_SETSOCKOPT, FAILED, "" },
	{ CALL_SETSOCKOPT, 0, "%m" },
	{ CALL_GETSOCKOPT, FAILED, "" },
	{ CALL_GETSOCKOPT, 0, "what the system has granted" },
	{ CALL_ASK, FAILED, "" },
	{ CALL_ASK, 0, "%m" },
	{ CALL_LINGER, FAILED, "" },
	{ CALL_LINGER, UNIX, "without effect on a Unix-domain socket" },
	{ CALL_LINGER, 0, "close will send a reset (RST)" },
	{ CALL_BIND, FAILED, "" },
	{ CALL_BIND, UNIX, "this path is ours" },
	{ CALL_BIND, ANY4 | ANY_PORT,
	    "the system chooses a free port, on every IPv4 address (INADDR_ANY)" },
	{ CALL_BIND, ANY6 | ANY_PORT,
	    "the system chooses a free port, on every IPv6 address (in6addr_any)" },
	{ CALL_BIND, GROUP | ANY_PORT,
	    "the system chooses a free port, for what is sent to this group" },
	{ CALL_BIND, GROUP,
	    "what is sent to this group and port can come here" },
	{ CALL_BIND, ANY_PORT, "the system chooses a free port" },
	{ CALL_BIND, ANY4,
	    "this port is ours, on every IPv4 address of this machine (INADDR_ANY)" },
	{ CALL_BIND, ANY6,
	    "this port is ours, on every IPv6 address of this machine (in6addr_any)" },
	{ CALL_BIND, 0, "this address and port are ours" },
	{ CALL_LISTEN, FAILED, "" },
	{ CALL_LISTEN, NONE,
	    "as few connections as the system allows wait for accept" },
	{ CALL_LISTEN, 0,
	    "about %v connections may wait for accept; the system may allow fewer" },
	{ CALL_CONNECT, AGAIN | UNIX, "the backlog is full; we try again" },
	{ CALL_CONNECT, AGAIN, "not possible now" },
	{ CALL_CONNECT, FAILED, "SYN sent; poll tells when the answer comes" },
	{ CALL_CONNECT, DGRAM,
	    "datagrams go to this address and come from it" },
	{ CALL_CONNECT, 0, "connected; the listener may accept it later" },
	{ CALL_ACCEPT, FAILED, "no client waits" LATER },
	{ CALL_ACCEPT, UNIX,
	    "a client is connected to our %l, on a socket of its own" },
	{ CALL_ACCEPT, NAMELESS,
	    "a client is connected to our %l, on a socket of its own" },
	{ CALL_ACCEPT, 0, "%a is connected to our %l, on a socket of its own" },
	{ CALL_GETSOCKNAME, FAILED, "" },
	{ CALL_GETSOCKNAME, 0, "our address is %a" },
	{ CALL_GETPEERNAME, FAILED, "" },
	{ CALL_GETPEERNAME, 0, "the peer's address is %a" },
	{ CALL_RECV, PEEK | AGAIN | DGRAM, "no error so far" },
	{ CALL_RECV, PEEK | DGRAM, "a datagram has arrived" },
	{ CALL_RECV, PEEK | AGAIN, "connected; no data yet" },
	{ CALL_RECV, PEEK | FAILED, "" },
	{ CALL_RECV, PEEK | EMPTY,
	    "connected; the peer has sent end of file already" },
	{ CALL_RECV, PEEK, "connected; data has arrived already" },
	{ CALL_RECV, FAILED, "nothing has arrived yet" LATER },
	{ CALL_RECV, DGRAM | EMPTY, "an empty datagram" },
	{ CALL_RECV, DGRAM, "a datagram from the peer" },
	{ CALL_RECV, EMPTY | UNIX, "end of file: the peer will send no more" },
	{ CALL_RECV, EMPTY, "end of file (FIN): the peer will send no more" },
	{ CALL_RECV, 0, "data from the peer" },
	{ CALL_RECVMSG, FAILED, "nothing has arrived yet" LATER },
	{ CALL_RECVMSG, NAMELESS, "a datagram from a socket without a name" },
	{ CALL_RECVMSG, PEEK, "a datagram from %a waits" },
	{ CALL_RECVMSG, LOCAL, "a datagram from %a to %i" },
	{ CALL_RECVMSG, 0, "a datagram from %a" },
	{ CALL_SEND, FAILED, "the send buffer is full; poll tells of room" },
	{ CALL_SEND, DGRAM | UNIX, "one datagram, in the receiver's queue" },
	{ CALL_SEND, DGRAM,
	    "one datagram; nobody tells whether it arrives" },
	{ CALL_SEND, PART, "the send buffer is full; the rest waits" },
	{ CALL_SEND, UNIX, "the peer can read it" },
	{ CALL_SEND, 0, "taken by the kernel, which will try to deliver it" },
	{ CALL_SENDTO, FAILED, "the send buffer is full; poll tells of room" },
	{ CALL_SENDTO, UNIX, "one datagram, in the receiver's queue" },
	{ CALL_SENDTO, GROUP,
	    "one datagram, for all who have joined the group" },
	{ CALL_SENDTO, 0, "one datagram; nobody tells whether it arrives" },
	{ CALL_SENDMSG_FROM, FAILED,
	    "the send buffer is full; poll tells of room" },
	{ CALL_SENDMSG_FROM, 0,
	    "one datagram; nobody tells whether it arrives" },
	{ CALL_SENDMSG, FAILED, "no room now; poll tells of room" },
	{ CALL_SENDMSG, 0, "the receiver gets a copy of the descriptor" },
	{ CALL_SHUTDOWN, FAILED, "" },
	{ CALL_SHUTDOWN, UNIX,
	    "half-close: the peer will read an end of file" },
	{ CALL_SHUTDOWN, 0,
	    "half-close (FIN): the peer will read an end of file" },
	{ CALL_ERROR, FAILED, "" },
	{ CALL_ERROR, NONE, "no error is pending" },
	{ CALL_ERROR, 0, "the pending error was %e" },
	{ CALL_CLOSE, FAILED, "" },
	{ CALL_CLOSE, PASSED, "we are done with it; the receiver has it now" },
	{ CALL_CLOSE, ADOPTED,
	    "we are done with it; the process that gave it may have it" },
	{ CALL_CLOSE, SHARED, "we are done with it; the command may have it" },
	{ CALL_CLOSE, LISTENS, "no more clients can connect here" },
	{ CALL_CLOSE, DGRAM, GONE },
	{ CALL_CLOSE, CONNECTED | BROKEN,
	    "we are done with it; the connection was over" },
	{ CALL_CLOSE, CONNECTED | UNIX,
	    "we are done with it; the peer can read what was sent" },
	{ CALL_CLOSE, CONNECTED | RESETS,
	    "what is unsent is dropped; an open connection is reset (RST)" },
	{ CALL_CLOSE, CONNECTED | ENDED,
	    "we are done with it; what is unsent is still sent" },
	{ CALL_CLOSE, CONNECTED,
	    "what is unsent is still sent; TIME_WAIT may follow, "
	    "or, with unread data, a reset (RST)" },
	{ CALL_CLOSE, 0, GONE },
	{ CALL_READ, FAILED, "nothing is there to be read yet" },
	{ CALL_READ, EMPTY, "end of file: our input has ended" },
	{ CALL_READ, 0, "our input, now in memory" },
	{ CALL_WRITE, FAILED, "no room now; poll tells of room" },
	{ CALL_WRITE, 0, "our output" },
};

static const char *
error_meaning(const struct call *c, unsigned int facts, int error)
{
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (errors[i].number == error &&
		    (errors[i].id == (int)c->id || errors[i].id == ANY_CALL) &&
		    (errors[i].facts & facts) == errors[i].facts)
			return errors[i].meaning;
	return NULL;
}

const char *
meaning_of(const struct call *c, unsigned int facts, int error)
{
	const struct row *r = rows;
	const char *meaning = NULL;

	if ((facts & FAILED) != 0)
		meaning = error_meaning(c, facts, error);
	if (meaning != NULL)
		return meaning;
	/* an error that nobody has thought of has only its text */
	if ((facts & FAILED) != 0 && !meaning_tells(error))
		return "";
	while (r->id != c->id || (r->facts & facts) != r->facts)
		r++;
	return r->meaning;
}

bool
meaning_tells(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINPROGRESS;
}

const char *
meaning_error(int error)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].number == error)
			return names[i].name;
	return "an error";
}

const char *
meaning_lookup_error(int error)
{
	switch (error) {
	case EAI_AGAIN:
		return "EAI_AGAIN";
	case EAI_FAIL:
		return "EAI_FAIL";
	case EAI_FAMILY:
		return "EAI_FAMILY";
	case EAI_MEMORY:
		return "EAI_MEMORY";
	case EAI_NONAME:
		return "EAI_NONAME";
	case EAI_SYSTEM:
		return "EAI_SYSTEM";
	default:
		return "an error";
	}
}

const char *
meaning_level(int level)
{
	switch (level) {
	case SOL_SOCKET:
		return "SOL_SOCKET";
	case IPPROTO_IP:
		return "IPPROTO_IP";
	case IPPROTO_IPV6:
		return "IPPROTO_IPV6";
	case IPPROTO_TCP:
		return "IPPROTO_TCP";
	default:
		return NULL;
	}
}

const char *
meaning_option(int level, int name)
{
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].level == level && options[i].name == name)
			return options[i].text;
	return NULL;
}

const char *
meaning_of_option(int level, int name, int value, unsigned int facts)
{
	if (level == IPPROTO_TCP && name == TCP_NODELAY && value == 0)
		return "a few bytes wait for more (RFC 896)";
	if (level == SOL_SOCKET && name == SO_REUSEADDR && (facts & DGRAM) != 0)
		return "other sockets that have this set can have the port, too";
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].level == level && options[i].name == name)
			return options[i].meaning;
	return "";
}
