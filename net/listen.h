#ifndef LISTEN_H
#define LISTEN_H

/* after unix.h */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct addr;
struct addr_net;
struct sock_wish;

/* The sockets that clients come through: one for each local address. */
struct listener {
	int type;    /* SOCK_STREAM, or SOCK_DGRAM */
	int backlog; /* listen(2)'s */
	bool replace; /* a stale socket at a path */
	int n;       /* 0: closed */
	int *fd;
	struct addr *at;
	struct unix_file *file; /* what a path makes */
	int clients; /* that have no name, so far */
	const struct addr_net *allowed; /* from where they may come */
	int nallowed;                   /* 0: from everywhere */
};

/*
 * Listen on all of the n addresses, with what they are for in *l, all else
 * zero. Where they ask for port 0, the system chooses one that all of them
 * then share. A family that the machine does not have is passed over. Returns
 * 0; -1 and errno, having said why.
 */
int listen_open(struct listener *l, const struct addr *at, int n,
    const struct sock_wish *wish);

/*
 * Accept a client from l->fd[i]; one from elsewhere than allowed is closed
 * unheard, which is said at -v. For datagrams it is the first sender, and the
 * socket itself becomes its. Returns its socket, and who it is in *from; -1
 * and errno, EAGAIN if nobody is waiting (accept(2) says what else).
 */
int listen_accept(struct listener *l, int i, struct addr *from);

/* Can whom listen_accept() gave this socket be answered? */
bool listen_answerable(int fd);

/*
 * Receive a datagram from l->fd[i], as recvfrom(2) does, but none from
 * elsewhere than allowed. Returns its length, and who sent it in *from; -1
 * and errno, EAGAIN if there is none.
 */
ssize_t listen_receive(struct listener *l, int i, void *buf, size_t n,
    struct addr *from);

/* Say at -v that a client from there may not come in. */
void listen_refuse(const struct addr *from);

/* Say that nobody came in time. */
void listen_late(const struct listener *l);

/* Listen no more: the next client is refused. */
void listen_close(struct listener *l);

/* Remove what a path has made: it stays until nobody is served any more. */
void listen_remove(struct listener *l);

#endif
