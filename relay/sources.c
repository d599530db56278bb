/* Reads from stdin and the peers that have data; they take turns. */
#include "sources.h"
#include "end.h"
#include "flow.h"
#include "peer.h"
#include "policy.h"
#include "pollset.h"
#include "relay.h"
#include "roster.h"
#include "turn.h"

#include <poll.h>

enum {
	BURST = 64,         /* datagrams read from a peer in a turn */
	READS = 8,          /* reads of a stream that has a lot to send */
	TURN_BYTES = 8 << 20, /* read of streams in a turn ... */
	SHARED_BYTES = 512 << 10, /* by several that have data, equally */
	LEAST_SHARE = 8 << 10,
};

void
sources_count(struct sources *s, const struct relay *r)
{
	s->n = 0;
	s->nsinks = flow_sinks(r);
	for (int i = 0; i < r->peers.n; i++) {
		const struct peer *p = r->peers.at[i];

		if (flow_has_partial(r, p) || (p->rfd != -1 && !p->discard))
			s->n++;
	}
}

/*
 * Returns false if stdin has data that waits for a buffer. The sinks are
 * counted again, because some may have closed in this turn.
 */
static bool
read_stdin(struct sources *s, struct relay *r, int found)
{
	if (found == 0)
		return true;
	sources_count(s, r);
	if (!turn_due(r, policy_read_at(r, r->stdio, s->nsinks)))
		return s->nsinks == 0;
	relay_read(r, r->stdio, TURN_BYTES);
	return true;
}

static void
take(size_t *left, unsigned long long n)
{
	*left = n < *left ? *left - (size_t)n : 0;
}

/* If there may be more, another read costs less than another poll(2). */
static void
read_more(struct sources *s, struct relay *r, struct peer *p)
{
	unsigned long long before = p->received, end = before + s->share;
	bool more = true;

	for (int i = p->datagram ? BURST : READS; i > 0 && more; i--)
		more = relay_read(r, p, (size_t)(end - p->received)) &&
		    !p->discard && (p->datagram || p->received < end) &&
		    turn_due(r, policy_read_at(r, p, s->nsinks));
	take(&s->left, p->received - before);
}

/* A client that had sent EOF has closed its other direction too. */
static void
close_gone(struct relay *r, struct peer *p)
{
	if (peer_pending(p) || p->wfd == -1)
		return;
	peer_close_out(p);
	turn_changed(r);
}

/* There is news of a peer that sends no more. */
static void
look_at_ended(struct relay *r, struct peer *p)
{
	if (end_may_have_left(r, p))
		close_gone(r, p);
	else
		end_late_error(r, p);
}

/* Returns false if the peer has data that waits for a buffer. */
static bool
read_peer(struct sources *s, struct relay *r, struct peer *p, int found)
{
	if (peer_pending(p) && (found & ~POLLIN) != 0)
		relay_drain(r, p);
	if ((found & ~POLLOUT) == 0)
		return true;
	if (p->rfd == -1) {
		look_at_ended(r, p);
		return true;
	}
	if (!turn_due(r, policy_read_at(r, p, s->nsinks)) || s->left == 0)
		return false;
	if (p->discard)
		relay_discard(r, p);
	else
		read_more(s, r, p);
	return true;
}

/*
 * The more peers have data, the less each may send: then a line of one does not
 * wait for megabytes of the others.
 */
static void
share_turn(struct sources *s, const struct pollset *set)
{
	size_t ready = (size_t)pollset_readable(set);

	s->left = s->share = TURN_BYTES;
	if (ready > 1)
		s->share = SHARED_BYTES / ready;
	if (s->share < LEAST_SHARE)
		s->share = LEAST_SHARE;
}

/* Read the peer at this place, or stdin, which comes after the last one. */
static bool
read_source(struct sources *s, struct relay *r, const struct pollset *set,
    int place)
{
	int found;

	if (place == set->npolled)
		return read_stdin(s, r, pollset_found(set, INPUT_PLACE));
	found = pollset_found(set, place);
	return found == 0 ||
	    read_peer(s, r, r->peers.at[set->who[place]], found);
}

void
sources_read(struct sources *s, struct relay *r, const struct pollset *set,
    bool all_polled)
{
	int n = set->npolled - set->nfixed + 1, waits = -1;
	int place = set->nfixed + (set->start - set->nfixed) % n;

	share_turn(s, set);
	for (int k = 0; k < n; k++) {
		if (!read_source(s, r, set, place) && waits == -1)
			waits = place;
		place = place == set->npolled ? set->nfixed : place + 1;
	}
	if (waits == set->npolled)
		roster_begin_with(r, r->peers.n);
	else if (waits != -1)
		roster_begin_with(r, set->who[waits]);
	else if (all_polled)
		roster_begin_with(r, 0);
}
