#ifndef LISTEN_H
#define LISTEN_H

struct addr;
struct addr_net;
struct sock_wish;

/* The sockets that clients come through: one for each local address. */
struct listener {
	int n; /* 0: closed */
	int *fd;
	struct addr *at;
	const struct addr_net *allowed; /* from where they may come */
	int nallowed;                   /* 0: from everywhere */
};

/*
 * Listen for streams on all of the n addresses, with *l all zero but for what
 * is allowed; backlog is listen(2)'s. Where they ask for port 0, the system
 * chooses one that all of them then share. A family that the machine does not
 * have is passed over. Returns 0; -1 and errno, having said why.
 */
int listen_open(struct listener *l, const struct addr *at, int n, int backlog,
    const struct sock_wish *wish);

/*
 * Accept a client from l->fd[i]; one from elsewhere than allowed is closed
 * unheard, which is said at -v. Returns its socket, and who it is in *from;
 * -1 and errno, EAGAIN if nobody is waiting (accept(2) says what else).
 */
int listen_accept(struct listener *l, int i, struct addr *from);

/* Say that nobody came in time. */
void listen_late(const struct listener *l);

/* Listen no more: the next client is refused. */
void listen_close(struct listener *l);

#endif
