#ifndef POLLSET_H
#define POLLSET_H

#include <stdbool.h>

struct pollfd;

/*
 * The poll set: fixed places, then those of peers. poll(2) takes time for each
 * place, so if there are many peers, those that were active move to the front,
 * and only these are polled until traffic pauses, or for a few milliseconds.
 * That makes a busy client among 10,000 idle ones as fast as among a few. All
 * zero is an empty one.
 */
struct pollset {
	struct pollfd *at;
	int *who;            /* which peer is at a place */
	int cap;
	int nfixed;          /* the fixed places, which are first */
	int n;               /* places in use */
	int start;           /* the place of a peer, or n: it moves with it */
	int nactive;         /* polled while traffic is dense; 0: no choice */
	long long next_full; /* when all are polled again */
	bool busy;           /* they had events since all were polled last */
	bool look;           /* all are only looked at */
	/* what the last wait was like */
	int npolled;         /* places polled: n, or fewer */
	bool full;           /* all were looked at */
	bool waited;         /* it might have taken time */
	long long late;      /* ms that it took longer than it should have */
};

/* Make room for n more places; false: no memory. */
bool pollset_grow(struct pollset *s, int n);

/* Ask for these events at a fixed place; false: none, which leaves it out. */
bool pollset_set(struct pollset *s, int place, int fd, int events);

/* Report only errors of fd at a fixed place; is that so? */
void pollset_watch(struct pollset *s, int place, int fd);
bool pollset_is_watched(const struct pollset *s, int place);

/* Remove the places of peers, and add one. No events: errors are reported. */
void pollset_clear(struct pollset *s, int nfixed);
void pollset_add(struct pollset *s, int who, int fd, int events);

/* The events that were found at a place. */
int pollset_found(const struct pollset *s, int place);

/* How many places of peers have something to read? */
int pollset_readable(const struct pollset *s);

/*
 * Wait for events of n sets until this time, a clock_ms() or NEVER. *now is the
 * time, and becomes that after the wait. Returns what poll(2) does: -1 and
 * errno.
 */
int pollset_wait(struct pollset **s, int n, long long until, long long *now);

void pollset_free(struct pollset *s);

#endif
