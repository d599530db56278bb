#ifndef LINKS_H
#define LINKS_H

#include <stdbool.h>

struct forward;
struct link;

/*
 * The links of a forwarder. poll(2) takes time for each place, so if there are
 * many, those that are silent are parked: one descriptor stands for all of
 * them, where the system can do that (base/watch.h). The others come first.
 */
struct links {
	struct link **list;
	int n, cap;
	int npolled;     /* at the front; behind them all are parked */
	int watch;       /* stands for those; -1: none is */
	long long sweep; /* when parked ones are looked at again */
};

/* Make room for one more; false: no memory. */
bool links_reserve(struct links *s);

/* Add a link, for which there is room. It is polled. */
void links_add(struct links *s, struct link *l);

/* Remove a link that is polled. The last one of these takes its place. */
void links_remove(struct links *s, struct link *l);

/* Poll a link that may be parked. */
void links_wake(struct links *s, struct link *l);

/* Poll those that are parked and have events now. */
void links_wake_ready(struct links *s);

/* Park those that are silent, and poll those that were for too long. */
void links_park(struct forward *f);

#endif
