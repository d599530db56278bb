#ifndef SOCK_H
#define SOCK_H

#include "../base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct addr;
struct sockopts;

/*
 * The socket calls of the program, one function each, but for those that
 * datagram.h and tcp.h have. All sockets are non-blocking and closed on
 * exec(2). Each function returns what the call of POSIX returns, and sets errno
 * as it does, unless its comment says otherwise. Each hands a record of its
 * call to net/trace.
 */

/* The options of every socket made here; -1 is unset. */
struct sock_opts {
	int recv_buffer, send_buffer; /* SO_RCVBUF, SO_SNDBUF in bytes */
	int tos;                      /* type of service or traffic class */
	bool reuse;                   /* SO_REUSEADDR */
	const struct sockopts *more;  /* those of -K, or NULL */
};

/*
 * socket(2) and setsockopt(2). TCP gets TCP_NODELAY, which turns off the
 * delay of RFC 896, and SO_KEEPALIVE, which finds hosts that are gone (RFC
 * 9293, 3.8.4). UDP gets SO_BROADCAST and a large receive buffer, a Unix
 * stream a large send buffer. Returns the descriptor; -1 and errno. An option
 * of *opts that the system refuses is reported.
 */
int sock_open(int family, int type, const struct sock_opts *opts);

/*
 * socketpair(2): fd[0] is for us, and fd[1] for another program, which expects
 * calls to wait. Returns 0; -1 and errno.
 */
int sock_pair(int fd[2]);

/*
 * For a socket that others have opened: SO_TYPE, or -1 if it is no socket;
 * SO_ACCEPTCONN; and what sock_open() does after socket(2), true or errno.
 */
int sock_type(int fd);
bool sock_listens(int fd);
bool sock_adopt(int fd, int family, const struct sock_opts *opts);

/* setsockopt(2) of a number; of a name; and of n bytes, which text shows. */
int sock_set(int fd, int level, int name, int value);
int sock_set_text(int fd, int level, int name, const char *text);
int sock_set_data(int fd, int level, int name, const void *data, size_t n,
    const char *text);

/*
 * getsockopt(2). *len is the size of *value, and becomes the length of the
 * answer.
 */
int sock_get(int fd, int level, int name, void *value, socklen_t *len);

/* IPV6_V6ONLY (RFC 3493, 5.3): an IPv6 listener leaves IPv4 to another. */
void sock_v6only(int fd);

int sock_bind(int fd, const struct addr *a);
int sock_listen(int fd, int backlog);
int sock_connect(int fd, const struct addr *to);

/*
 * Returns the error that a TCP socket's connect(2) has failed with, and makes
 * it fit for another one. Only Linux can do that; elsewhere this returns 0.
 */
int sock_renew(int fd, const struct addr *to);

/*
 * accept(2), tried again after ECONNABORTED and EINTR; *opts are those of the
 * listening socket. The client's address goes to *from; where the system gives
 * none (macOS, after a reset), its family and nothing else.
 */
int sock_accept(int fd, const struct sock_opts *opts, struct addr *from);

/*
 * If the system gave no address (from->len is 0, as on macOS), *from gets the
 * family of the socket fd, and nothing else.
 */
void sock_fill_family(int fd, struct addr *from);

/* Clear O_NONBLOCK, for a program that expects calls to wait. */
int sock_blocking(int fd);

/* A process at the other end of a Unix stream; -1 is unknown. */
struct sock_user {
	long uid, gid, pid;
};

/* That process as it connected, where the system tells: true, else false. */
bool sock_peer_user(int fd, struct sock_user *u);

/* getsockname(2) and getpeername(2). */
int sock_local_addr(int fd, struct addr *a);
int sock_peer_addr(int fd, struct addr *a);

/*
 * recv(2) and send(2) of at most n bytes; they never wait. A reset is
 * ECONNRESET or EPIPE, and never macOS's EPROTOTYPE.
 */
ssize_t sock_recv(int fd, void *buf, size_t n);
ssize_t sock_send(int fd, const void *buf, size_t n);

/* recv(2) of one byte that stays in the queue: 1, 0 at EOF, or -1. */
ssize_t sock_peek(int fd);

/*
 * sendmsg(2) with SCM_RIGHTS: send the descriptor fd, and one byte of data,
 * over the Unix socket to. Never waits.
 */
ssize_t sock_send_fd(int to, int fd);

/* shutdown(2) of the sending side: a half-close (RFC 9293, 3.6). */
int sock_shutdown(int fd);

/* The pending error, SO_ERROR, which this clears; 0 if there is none. */
int sock_error(int fd);

/* SO_OOBINLINE: out-of-band data stays in its place (RFC 6093, 3). */
void sock_urgent_inline(int fd);

/* Let close(2) reset the connection (SO_LINGER of 0 seconds). */
void sock_reset_on_close(int fd);

/* close(2). Keeps errno. */
void sock_close(int fd);

/* close(2) a socket that is of no use. Returns -1 and keeps errno. */
int sock_fail(int fd);

/* Does this error of a read(2), write(2) or poll(2) mean: try again later? */
bool sock_later(int error);

/* Does this error mean that we have no descriptors or memory left? */
bool sock_exhausted(int error);

/* The exit status that this error means: STATUS_LOCAL or STATUS_NETWORK. */
enum status sock_status(int error);

#endif
