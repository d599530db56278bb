/* Datagram clients that share the sockets of a -k listener. */
#include "dgram.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/listen.h"
#include "flow.h"
#include "peer.h"
#include "relay.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { BURST = 64 }; /* datagrams received in a turn */

void
dgram_remove(struct dgram *d, const struct peer *p)
{
	table_remove(&d->table, &p->addr, p);
}

void
dgram_free(struct dgram *d)
{
	table_free(&d->table);
}

/* Drop the datagram; reported once, until a client can be added again. */
static struct peer *
reject(struct dgram *d, const struct addr *from, const char *reason)
{
	char text[ADDR_TEXT];

	if (!d->warned)
		say("client %s rejected: %s", addr_label(from, text), reason);
	d->warned = true;
	return NULL;
}

/* Add a sender that is unknown so far. NULL: no place, or no memory. */
static struct peer *
add_sender(struct dgram *d, struct relay *r, int fd, const struct addr *from)
{
	struct peer *p;

	if (roster_full(r))
		return reject(d, from, "too many clients (-M)");
	p = roster_reserve(r) ? peer_new(fd, SOCK_DGRAM, from) : NULL;
	if (p == NULL)
		return reject(d, from, strerror(ENOMEM));
	p->client = p->shared_fd = true;
	if (addr_unnamed(from))
		p->wfd = -1; /* it cannot be replied to */
	p->addr.nth = r->listener->clients + 1;
	if (!table_add(&d->table, &p->addr, p)) {
		peer_free(p);
		return reject(d, from, strerror(ENOMEM));
	}
	r->listener->clients++;
	d->warned = false;
	peer_report_connected(p);
	roster_add(r, p);
	return p;
}

/* The client with this address; one that is being closed starts anew. */
static struct peer *
sender(struct dgram *d, struct relay *r, int fd, const struct addr *from)
{
	struct peer *p = table_find(&d->table, from);

	if (p != NULL && p->closing_since == NEVER)
		return p;
	if (p != NULL)
		dgram_remove(d, p);
	if (!listen_enter(r->listener, from))
		return reject(d, from, "too many of this address (-M)");
	p = add_sender(d, r, fd, from);
	if (p == NULL)
		listen_leave(r->listener, from);
	return p;
}

long long
dgram_receive_at(const struct relay *r)
{
	if (!roster_listening(r) || !flow_free(&r->from_peers) ||
	    r->stdio->wfd == -1)
		return NEVER;
	return flow_ready_at(&r->from_peers);
}

static void
report_cut(const struct addr *from)
{
	char text[ADDR_TEXT];

	say_error(EMSGSIZE, "receive from %s", addr_label(from, text));
}

void
dgram_receive(struct dgram *d, struct relay *r, int i)
{
	for (int k = 0; k < BURST &&
	    clock_reached(dgram_receive_at(r), r->now); k++) {
		struct addr from;
		struct peer *p;
		size_t size;
		char *buf = flow_buffer(&r->from_peers, &size);
		ssize_t n = listen_receive(r->listener, i, buf, size, &from);

		if (n == -1 && errno == EMSGSIZE) {
			report_cut(&from);
			continue;
		}
		if (n == -1)
			return;
		p = sender(d, r, r->listener->fd[i], &from);
		if (p == NULL)
			continue;
		p->local = r->listener->local;
		peer_received(p, buf, (size_t)n);
		relay_input(r, p, (size_t)n);
	}
}

static bool
pending_at(const struct peer *p, int fd)
{
	return p->shared_fd && p->outlen > 0 && !p->timed_retry &&
	    p->wfd == fd;
}

bool
dgram_pending(const struct relay *r, int fd)
{
	for (int i = 0; i < r->peers.n; i++)
		if (pending_at(r->peers.at[i], fd))
			return true;
	return false;
}

void
dgram_drain(struct relay *r, int fd)
{
	for (int i = 0; i < r->peers.n; i++)
		if (pending_at(r->peers.at[i], fd))
			relay_drain(r, r->peers.at[i]);
}
