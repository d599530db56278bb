/* Clients that connect to a listener. */
#include "accept.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/listen.h"
#include "../net/sock.h"
#include "peer.h"
#include "policy.h"
#include "relay.h"
#include "turn.h"

#include <errno.h>
#include <stddef.h>

enum { ACCEPT_RETRY = 1000 }; /* ms until accept(2) is tried again */

long long
accept_at(const struct acceptor *a, const struct relay *r)
{
	if (!roster_listening(r) ||
	    (roster_full(r) && !roster_can_make_room(r)))
		return NEVER;
	if (a->paused_since == NEVER)
		return AT_ONCE;
	return a->paused_since + ACCEPT_RETRY;
}

/* Out of descriptors or memory: clients wait in the backlog. */
static void
pause_accept(struct acceptor *a, struct relay *r, int error)
{
	if (!a->warned)
		say_error(error, "accept a client");
	a->warned = true;
	a->paused_since = r->now;
	turn_changed(r);
	if (!r->policy->keep_open)
		end_stop(r, STATUS_LOCAL);
}

static struct peer *
new_client(const struct relay *r, int fd, const struct addr *from)
{
	struct peer *p = peer_new(fd, r->listener->type, from);
	struct addr to;

	if (p == NULL)
		return NULL;
	p->client = true;
	if (!p->datagram)
		return p;
	p->check_source = true;
	p->unconnected = r->listener->noted;
	if (p->unconnected)
		return p;
	if (sock_peer_addr(fd, &to) == -1 && errno == ENOTCONN)
		p->wfd = -1; /* a sender without a name cannot be replied to */
	return p;
}

/* Accept the next client at socket i. NULL: none waits, or none can be. */
static struct peer *
accept_client(struct acceptor *a, struct relay *r, int i)
{
	struct addr from;
	struct peer *p;
	int fd = roster_reserve(r) ? listen_accept(r->listener, i, &from) : -1;

	if (fd == -1) {
		if (sock_exhausted(errno)) {
			if (!roster_make_room(r))
				pause_accept(a, r, errno);
		} else
			a->warned = false; /* nobody waits any more */
		return NULL;
	}
	p = new_client(r, fd, &from);
	if (p == NULL) {
		listen_leave(r->listener, &from);
		sock_close(fd);
		pause_accept(a, r, ENOMEM);
	}
	return p;
}

void
accept_all(struct acceptor *a, struct relay *r, int i)
{
	struct peer *p;

	if (roster_full(r) && roster_make_room(r))
		return; /* the next turn accepts */
	while (a->left > 0 && clock_reached(accept_at(a, r), r->now) &&
	    (p = accept_client(a, r, i)) != NULL) {
		a->left--;
		peer_report_connected(p);
		roster_add(r, p);
		if (!r->policy->keep_open)
			listen_close(r->listener);
	}
}
