#ifndef LISTEN_H
#define LISTEN_H

#include "../base/status.h"
#include "local.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct addr;
struct allow;
struct sock_opts;
struct tally;
struct unix_file;

/* Listening sockets, one for each local address. */
struct listener {
	int type;     /* SOCK_STREAM or SOCK_DGRAM */
	int backlog;  /* of listen(2) */
	int mode;     /* permissions of the socket file; -1: by the umask(2) */
	bool connect; /* always connect to the first sender of datagrams */
	bool replace; /* replace a stale socket file; share a group's port */
	int n;        /* 0: closed */
	int *fd;
	struct addr *at;
	bool noted;   /* datagrams tell their local address */
	struct local local;      /* of the last datagram */
	struct unix_file *file;       /* the socket file, if any */
	int clients;                  /* so far: numbers Unix clients */
	struct allow *allow;          /* who is served; NULL: everybody */
	struct tally *tally;          /* clients of each host; NULL: no limit */
	const struct sock_opts *opts; /* of these sockets and the clients' */
};

/*
 * Listen on the n addresses, as *l says; its other members are zero. For port
 * 0 the system chooses one port for all of them. Address families that the
 * machine lacks are skipped. Returns 0; -1 and errno after reporting why.
 */
int listen_open(struct listener *l, const struct addr *at, int n);

/*
 * Take over the n sockets from descriptor first on, which the service manager
 * has opened (sd_listen_fds(3)); *l is as for listen_open(). Returns STATUS_OK;
 * STATUS_USAGE if one does not fit l->type, or does not listen, or another
 * status, after reporting why.
 */
enum status listen_adopt(struct listener *l, int first, int n);

/*
 * accept(2) a client at l->fd[i]; clients that are not allowed, or too many of
 * their host, are closed and reported at -v. A client of a stream is counted:
 * call listen_leave() when it has left. With datagrams the first sender becomes
 * the client: the listening socket itself is returned. It is connected to the
 * sender, unless it is bound to the wildcard address and l->noted: connect(2)
 * would choose the source of answers by route. Its datagram is still queued. A
 * sender that cannot be replied to is reported, and its datagram dropped.
 * Returns the socket, and the client's address in *from; -1 and errno, EAGAIN
 * if there is no client, or if many in a row were not allowed.
 */
int listen_accept(struct listener *l, int i, struct addr *from);

/*
 * Count a sender of datagrams as a client of its host. Returns false if -M
 * allows no more of them. listen_leave() ends it.
 */
bool listen_enter(struct listener *l, const struct addr *from);

/* A client that was counted has left. */
void listen_leave(struct listener *l, const struct addr *from);

/*
 * Report at -v that a client has connected; for the stream fd of a Unix client
 * with the user and process, where the system tells them.
 */
void listen_report_connected(int fd, const struct addr *from);

/*
 * recvfrom(2) at l->fd[i]; datagrams that are not allowed are dropped.
 * Returns the length, the sender in *from, and the address asked in l->local if
 * l->noted; -1 and errno, EAGAIN if there is none, or if many in a row were not
 * allowed.
 */
ssize_t listen_receive(struct listener *l, int i, void *buf, size_t n,
    struct addr *from);

/*
 * sendmsg(2) a datagram to a sender, from the address that it has asked, or
 * sendto(2) if that is unknown. An address that is gone is reported, and
 * unknown from then on. Returns as these calls do.
 */
ssize_t listen_answer(int fd, const void *buf, size_t n, const struct addr *to,
    struct local *asked);

/* Report that no client connected within the limit, in milliseconds. */
void listen_report_timeout(const struct listener *l, long long limit);

/*
 * Does a connection to this address lead to one of these sockets? So does a
 * loopback address if a wildcard address listens on the port.
 */
bool listen_is_self(const struct listener *l, const struct addr *to);

/* Close the listening sockets: further clients are refused. */
void listen_close(struct listener *l);

/* Remove the socket file, which stays as long as a client is served. */
void listen_remove(struct listener *l);

#endif
