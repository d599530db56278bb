/* The peers: who is there, who may come, and what they sent and received. */
#include "roster.h"
#include "../base/clock.h"
#include "../net/listen.h"
#include "../net/sock.h"
#include "flow.h"
#include "peer.h"
#include "policy.h"
#include "pollset.h"
#include "relay.h"
#include "turn.h"
#include "waits.h"

#include <stdlib.h>

void
roster_open(struct relay *r, struct pollset *places)
{
	r->peers = (struct roster){ .places = places, .last_left = r->now };
}

bool
roster_reserve(struct relay *r)
{
	struct roster *s = &r->peers;
	int more = s->cap == 0 ? 1 : s->cap;
	struct peer **at;

	if (s->n < s->cap)
		return true;
	at = realloc(s->at, (size_t)(s->cap + more) * sizeof(struct peer *));
	if (at == NULL)
		return false;
	s->at = at;
	if (!pollset_grow(s->places, more))
		return false;
	s->cap += more;
	return true;
}

/*
 * Does p change nothing but the number of peers? That is so if the last one
 * shares its socket and state: many senders of datagrams come in a row.
 */
static bool
joins_alike(const struct relay *r, const struct peer *p)
{
	const struct peer *last;

	if (r->peers.n == 0)
		return false;
	last = r->peers.at[r->peers.n - 1];
	return p->shared_fd && last->shared_fd && peer_writable(p) &&
	    peer_writable(last) && last->rfd != -1;
}

void
roster_add(struct relay *r, struct peer *p)
{
	p->last_in = p->last_out = r->now;
	p->out_of = &r->from_peers;
	p->telnet.used = r->policy->telnet;
	if (p->telnet.used)
		sock_urgent_inline(p->rfd); /* or IAC DM loses its DM */
	p->discard = r->policy->send_only;
	p->count_unacked = r->policy->reconnect;
	p->watched = r->policy->progress || waits_are_told();
	p->dump = r->policy->dump;
	meter_connected(&r->meter);
	if (!joins_alike(r, p))
		turn_changed(r);
	if (r->peers.n > 0 && r->peers.first == r->peers.n)
		r->peers.first++; /* stdin comes after the last peer */
	flow_hand_on(r, p);
	r->peers.at[r->peers.n++] = p;
}

void
roster_count_left(struct relay *r, const struct peer *p)
{
	r->peers.last_left = r->now;
	r->peers.received += p->received;
	r->peers.sent += p->sent;
}

void
roster_begin_with(struct relay *r, int first)
{
	r->peers.first = first;
}

void
roster_skip_time(struct relay *r, long long ms)
{
	r->peers.last_left = clock_earlier(r->peers.last_left + ms, r->now);
}

bool
roster_listening(const struct relay *r)
{
	return r->listener != NULL && r->listener->n > 0 &&
	    !r->end.accept_closed;
}

bool
roster_full(const struct relay *r)
{
	return r->policy->max_clients != -1 &&
	    r->peers.n >= r->policy->max_clients;
}

/*
 * A client that has sent EOF and has nothing pending, neither to be sent to it
 * nor to be printed: closing it makes room at once. NULL: none.
 */
static struct peer *
half_closed(const struct relay *r)
{
	for (int i = 0; i < r->peers.n; i++) {
		struct peer *p = r->peers.at[i];

		if (p->rfd == -1 && p->outlen == 0 && peer_writable(p) &&
		    !p->shared_fd && !flow_has_partial(r, p))
			return p;
	}
	return NULL;
}

bool
roster_can_make_room(const struct relay *r)
{
	return half_closed(r) != NULL;
}

bool
roster_make_room(struct relay *r)
{
	struct peer *p = half_closed(r);

	if (p == NULL)
		return false;
	peer_close_out(p);
	turn_again(r);
	return true;
}

struct meter_totals
roster_totals(const struct relay *r)
{
	struct meter_totals t = {
		.sent = r->peers.sent,
		.received = r->peers.received,
		.input = r->stdio->received,
		.clients = r->policy->keep_open ? r->peers.n : -1,
	};

	for (int i = 0; i < r->peers.n; i++) {
		t.sent += r->peers.at[i]->sent;
		t.received += r->peers.at[i]->received;
	}
	return t;
}
