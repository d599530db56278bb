#ifndef ROSTER_H
#define ROSTER_H

#include "meter.h"

#include <stdbool.h>

struct peer;
struct pollset;
struct relay;

/* The peers of a relay, and what is left of those that have gone. */
struct roster {
	struct peer **at;
	int n, cap;
	struct pollset *places; /* has room for each of them, too */
	int first;           /* the peer to read first, or n: stdin */
	long long last_left; /* when the last one left, or the start */
	unsigned long long received, sent; /* bytes of those that have left */
};

/* Start without peers, at r->now; places has room for those that come. */
void roster_open(struct relay *r, struct pollset *places);

/* Make room for one more peer, also in the poll set; false: no memory. */
bool roster_reserve(struct relay *r);

/* Add a peer; roster_reserve() has made room. */
void roster_add(struct relay *r, struct peer *p);

/* The peer, which the caller takes from the array and frees, has left. */
void roster_count_left(struct relay *r, const struct peer *p);

/* The sources take turns: the next turn begins with this peer, or n: stdin. */
void roster_begin_with(struct relay *r, int first);

/* We were stopped for ms milliseconds: do not count them towards timeouts. */
void roster_skip_time(struct relay *r, long long ms);

/* Is there a listener that accepts clients or receives datagrams? */
bool roster_listening(const struct relay *r);

/* Are there as many clients as are allowed? */
bool roster_full(const struct relay *r);

/* Is there a half-closed client that may be closed to make room? */
bool roster_can_make_room(const struct relay *r);

/* Close the first such client; false: there is none. */
bool roster_make_room(struct relay *r);

/* What was relayed so far, by peers connected now or before. */
struct meter_totals roster_totals(const struct relay *r);

#endif
