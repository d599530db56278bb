#ifndef RATE_H
#define RATE_H

#include <stddef.h>

enum { RATE_SECOND = 1001 }; /* ms of the clock that a second overlaps */

/*
 * A limit of bytes per second. A token bucket spreads the bytes evenly, on
 * average 99 % of the limit, and makes up for reads that come late; counts of
 * the bytes of each millisecond ensure that no second has more than the limit.
 * Times are those of clock_ms(). All zero is no limit.
 */
struct rate {
	long long limit;  /* bytes per second; 0: none */
	long long ready;  /* when bytes may pass again, or last could */
	long long tokens; /* in the bucket */
	long long tick;   /* when the last ones were added */
	long long at;     /* the time of the counts: */
	long long passed; /* bytes in the last second ... */
	long long bytes[RATE_SECOND]; /* ... and in each ms of it: a ring */
};

/* Start with this limit, at most 2^40. */
void rate_open(struct rate *r, long long limit, long long now);

/* How many of n bytes may pass now? At least one once r->ready has come. */
size_t rate_allowed(struct rate *r, size_t n, long long now);

/*
 * n bytes have passed. If they were more than allowed, because they could not
 * be divided, the next ones have to wait for longer.
 */
void rate_take(struct rate *r, size_t n, long long now);

#endif
