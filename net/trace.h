#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>

struct addr;
struct local;

enum call_id {
	CALL_SOCKET,
	CALL_SOCKETPAIR,
	CALL_SETSOCKOPT,
	CALL_GETSOCKOPT, /* of a size that setsockopt(2) has asked for */
	CALL_ASK,        /* getsockopt(2) of something else */
	CALL_LINGER,     /* setsockopt(2) of SO_LINGER, to reset */
	CALL_BIND,
	CALL_LISTEN,
	CALL_CONNECT,
	CALL_ACCEPT,
	CALL_GETSOCKNAME,
	CALL_GETPEERNAME,
	CALL_RECV,
	CALL_RECVMSG,
	CALL_SEND,
	CALL_SENDTO,
	CALL_SENDMSG, /* of a descriptor */
	CALL_SENDMSG_FROM, /* of a datagram, from one address of ours */
	CALL_SHUTDOWN,
	CALL_ERROR, /* getsockopt(2) of SO_ERROR */
	CALL_CLOSE,
	CALL_READ, /* these two are no socket calls: -vvvv */
	CALL_WRITE,
	CALLS,
};

/* One socket call: its arguments, as far as it has them, and its result. */
struct call {
	enum call_id id;
	int fd;
	long long result;
	size_t n;         /* bytes to receive or send */
	bool peek;        /* MSG_PEEK */
	int family, type; /* of CALL_SOCKET */
	int level, name;  /* of the options */
	int value;        /* option, protocol, backlog, error, descriptor sent
			     or second of a pair */
	const char *text; /* of CALL_SETSOCKOPT: a value that is no number */
	const struct addr *addr; /* given or learned */
	const struct local *local; /* our address, given or learned; or NULL */
	const void *data; /* received or sent */
};

/* From now on show each call: -vvv; and more of it: -vvvv. */
void trace_start(bool detailed);
bool trace_is_on(void);

/* A call begins now: the time that its line shows. */
void trace_begin(void);

/*
 * A socket call was made; if result is -1, errno tells why. Shows the call in
 * one line, "bind(3, ...) = 0" and what that means, once trace_start() was
 * called. Returns the result, and keeps errno. traced() is for an argument that
 * makes the call, which begins now.
 */
long long trace_call(struct call c);
#define traced(...) (trace_begin(), trace_call(__VA_ARGS__))

/*
 * getaddrinfo(3), which began at trace_begin(), has found the n addresses of
 * list for host, or has returned this error; 0: none.
 */
void trace_lookup(const char *host, int port, const struct addr *list, int n,
    int error);

/* Another process has opened this socket, of this family and type. */
void trace_adopted(int fd, int family, int type);

/* Another process has the socket too, and may go on after our close(2). */
void trace_shared(int fd);

#endif
