#ifndef PAIR_H
#define PAIR_H

#include "../net/addr.h"
#include "../net/local.h"
#include "rate.h"

#include <stdbool.h>
#include <stddef.h>

struct dump;
struct redial;

enum { PAIR_PENDING = 64 << 20 }; /* bytes that may wait in all pairs */

/* What all pairs share. Times are those of clock_ms(). */
struct pool {
	char *buf;            /* into which every read goes */
	size_t size;          /* its size: bytes read at once */
	size_t pending;       /* bytes that wait in all pairs together */
	size_t share;         /* bytes that may be read of a socket in a turn */
	struct rate *rate;    /* two: to dest, and from there */
	struct dump *dump;    /* NULL: none */
	unsigned long long total[2]; /* bytes: to dest, and from there */
	bool command;         /* fd[1] of each pair is a command's, which is
				 the side that sends in dumps and totals */
	long long now;
};

/* One direction: what was read and could not be written yet. */
struct pair_flow {
	char *buf;            /* NULL: nothing is pending */
	size_t at, n;         /* where that begins, and its bytes */
	unsigned long long passed; /* bytes read so far */
	bool ended;           /* EOF was read */
	bool done;            /* and passed on */
	bool lost;            /* the sink, a command, reads no more ... */
	size_t spare;         /* ... but up to this many bytes may be dropped */
	int dropped;          /* errno of a datagram that is lost; 0: none */
	bool dropping;        /* that was reported; until all leave again */
};

/*
 * Two sockets, 0 and 1: flow[i] goes from fd[i] to the other. Each direction
 * ends alone, by a half-close (RFC 9293, 3.6); a failure of one socket resets
 * the other.
 */
struct pair {
	struct addr client;   /* labels what is dumped */
	int fd[2];
	bool hung_up[2];      /* poll(2) has no further news of it */
	struct pair_flow flow[2];
	long long last;       /* when something was passed, or has ended */
	int error;            /* errno of the failure; 0: none */
	int failed;           /* the socket that has failed, 0 or 1, ... */
	const char *failed_op;   /* ... and at what */
	bool datagram;        /* see exchange.h, also for these: */
	struct local local;   /* where the client's datagrams came to */
	struct redial *redial; /* further addresses, until an answer; or NULL */
	long long retry;      /* when what waits is tried again */
	int refused;          /* errno of a datagram that was; 0: none */
};

/* Is reading of flow i delayed by the rate? */
bool pair_delayed(const struct pool *pool, int i);

/* Does something that was read wait to be written? */
bool pair_pending(const struct pair *p);

/* Count and show n bytes of flow i, which were read into pool->buf. */
void pair_count(struct pair *p, struct pool *pool, int i, size_t n);

/* The events that the pair wants of socket i; -1: do not poll it. */
int pair_events(const struct pair *p, int i, const struct pool *pool);

/* clock_ms() when it may be read again, if the rate delays that; or NEVER. */
long long pair_due(const struct pair *p, const struct pool *pool);

/* Act on what poll(2) has found at both sockets. It never waits. */
void pair_step(struct pair *p, struct pool *pool, const short *revents);

/*
 * The command at fd[1] has ended, and reads no more: what the client sends is
 * thrown away, up to n bytes.
 */
void pair_discard(struct pair *p, size_t n);

/* Have both directions ended, or has the pair failed? */
bool pair_over(const struct pair *p);

/*
 * Close both sockets, by resets if reset is set, but not the listener's; free
 * what is pending.
 */
void pair_close(struct pair *p, struct pool *pool, bool reset);

#endif
