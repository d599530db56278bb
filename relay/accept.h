#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdbool.h>

struct relay;

/* Whether accepting is paused, and since when. */
struct acceptor {
	long long paused_since; /* no descriptors or memory; NEVER: there are */
	bool warned;            /* that was reported */
	int left;               /* clients that may be accepted in this turn */
};

/* When may a client be accepted? AT_ONCE, a clock_ms(), or NEVER. */
long long accept_at(const struct acceptor *a, const struct relay *r);

/* Accept all clients that wait at socket i; without -k, only one. */
void accept_all(struct acceptor *a, struct relay *r, int i);

#endif
