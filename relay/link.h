#ifndef LINK_H
#define LINK_H

#include "../base/status.h"
#include "../net/table.h"
#include "links.h"
#include "meter.h"
#include "pair.h"
#include "rate.h"

#include <stdbool.h>
#include <sys/types.h>

struct addr;
struct forward_params;
struct listener;
struct pollfd;
struct reach;
struct unix_file;

/* The state of forward_run(), which the links share. */
struct forward {
	const struct forward_params *p;
	struct listener *listener;
	struct links links;
	int nplaced;         /* links in the poll set: the first ones */
	struct pollfd *places;
	int nplaces, place_cap;
	int listening;       /* the place of the first listener, or -1 */
	int watching;        /* the place of those that are parked, or -1 */
	int highest;         /* descriptor in use */
	struct pool pool;
	struct rate rate[2];
	struct meter meter;
	struct table senders; /* of datagrams: the link of each */
	bool crowded;        /* that there are too many was reported */
	long long used;      /* when there was a client last, or the start */
	long long paused_until; /* no descriptors or memory; or NEVER */
	long long wake;      /* clock_ms() of the next turn, or NEVER */
	bool listens;        /* clients come, and are reported */
	bool warned;         /* that clients have to wait was reported */
	bool unreachable;    /* that the destination is was reported */
	bool stopped;
	enum status status;
};

/*
 * A client, and its connection: as long as that is not there, fd[1] is -1. Both
 * are -1 once the connection of a command that still runs has ended.
 */
struct link {
	struct pair pair;
	struct reach *reach; /* how it is made; NULL: not needed any more */
	struct unix_file *file; /* its local name, or NULL */
	pid_t pid;           /* of its command, as long as that runs; or 0 */
	enum status status;  /* then the command's */
	long long until;     /* then what the client sends is read no more */
	int i;               /* where it is in the list */
	int at;              /* its first place in the poll set */
};

/*
 * Add a client, whose socket is fd, and start to connect it. NULL: there is no
 * memory.
 */
struct link *forward_add(struct forward *f, int fd, const struct addr *from);

/* End with this status, unless there is one already. */
void forward_stop(struct forward *f, enum status status);

/* This descriptor is in use. */
void forward_use(struct forward *f, int fd);

/* A link for a client. NULL: no memory. */
struct link *link_new(const struct forward *f, int fd,
    const struct addr *from);

/* Is its connection there, or over? */
bool link_connected(const struct link *l);

/* Start to connect it. */
void link_start(struct forward *f, struct link *l);

/* The events wanted of the pair's socket i; -1: do not poll it. */
int link_events(const struct forward *f, const struct link *l, int i);

/* clock_ms() when to serve it even if poll(2) finds nothing, or NEVER. */
long long link_due(const struct forward *f, const struct link *l);

/* Milliseconds without traffic after which the pair is closed, or NEVER. */
long long link_limit(const struct forward *f, const struct pair *p);

/* The client has sent the datagram of n bytes in f->pool.buf. */
void link_take(struct forward *f, struct link *l, size_t n);

/*
 * Act on what poll(2) has found at the link's places. Returns false once the
 * link has ended.
 */
bool link_serve(struct forward *f, struct link *l);

/* Report its end; close its sockets, by resets if reset is set; free it. */
void link_end(struct forward *f, struct link *l, bool reset);

#endif
