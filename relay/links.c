/* The links of -f: some are polled, and many may be parked. */
#include "links.h"
#include "../base/clock.h"
#include "../base/watch.h"
#include "forward.h"
#include "link.h"

#include <poll.h>
#include <stdlib.h>

enum {
	MIN_CAP = 16,
	MANY = 64,   /* links: with fewer, all are polled */
	RECENT = 50, /* ms without traffic, then a link may be parked */
	SWEEP = 250, /* ms between looks at those that are, for their limits */
	READY = 64,  /* taken at once */
};

bool
links_reserve(struct links *s)
{
	int cap = s->cap == 0 ? MIN_CAP : 2 * s->cap;
	struct link **more;

	if (s->n < s->cap)
		return true;
	more = realloc(s->list, (size_t)cap * sizeof(struct link *));
	if (more == NULL)
		return false;
	s->list = more;
	s->cap = cap;
	return true;
}

static void
put(struct links *s, int i, struct link *l)
{
	s->list[i] = l;
	l->i = i;
}

static void
swap(struct links *s, int a, int b)
{
	struct link *l = s->list[a];

	put(s, a, s->list[b]);
	put(s, b, l);
}

void
links_add(struct links *s, struct link *l)
{
	put(s, s->n, l);
	swap(s, s->n++, s->npolled++);
}

void
links_remove(struct links *s, struct link *l)
{
	swap(s, l->i, --s->npolled);
	swap(s, l->i, --s->n);
}

void
links_wake(struct links *s, struct link *l)
{
	if (l->i < s->npolled)
		return;
	for (int i = 0; i < 2; i++)
		watch_remove(s->watch, l->pair.fd[i]);
	swap(s, l->i, s->npolled++);
}

void
links_wake_ready(struct links *s)
{
	void *ready[READY];
	int n = watch_take(s->watch, ready, READY);

	for (int i = 0; i < n; i++)
		links_wake(s, ready[i]);
}

/*
 * Time may change nothing but link_limit(), for which sweep() looks: a parked
 * link is not asked when it is due.
 */
static bool
is_silent(const struct forward *f, const struct link *l)
{
	return link_connected(l) && !pair_over(&l->pair) &&
	    !pair_pending(&l->pair) && link_due(f, l) == NEVER &&
	    f->pool.now - l->pair.last >= RECENT;
}

/* Watch what would be polled of it. False: it stays where it is. */
static bool
watch(struct forward *f, struct link *l)
{
	for (int i = 0; i < 2; i++) {
		int events = link_events(f, l, i);

		if (events != -1 && !watch_add(f->links.watch, l->pair.fd[i],
		    events, l)) {
			watch_remove(f->links.watch, l->pair.fd[0]);
			return false;
		}
	}
	return true;
}

/* Time may end those that are parked. */
static void
sweep(struct forward *f)
{
	struct links *s = &f->links;

	if (!clock_reached(s->sweep, f->pool.now))
		return;
	s->sweep = s->npolled < s->n ? f->pool.now + SWEEP : NEVER;
	for (int i = s->npolled; i < s->n; i++) {
		const struct pair *p = &s->list[i]->pair;
		long long limit = link_limit(f, p);

		if (limit != NEVER && f->pool.now >= p->last + limit)
			links_wake(s, s->list[i]);
	}
}

void
links_park(struct forward *f)
{
	struct links *s = &f->links;

	if (s->watch == -1)
		return;
	for (int i = s->npolled - 1; i >= 0 && s->n >= MANY; i--) {
		if (!is_silent(f, s->list[i]) || !watch(f, s->list[i]))
			continue;
		swap(s, i, --s->npolled);
		s->sweep = clock_earlier(s->sweep, f->pool.now + SWEEP);
	}
	sweep(f);
}
