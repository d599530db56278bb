/* Datagram clients that share the sockets of a -k listener. */
#include "dgram.h"
#include "../net/addr.h"
#include "../net/clock.h"
#include "../net/listen.h"
#include "../net/say.h"
#include "peer.h"
#include "policy.h"
#include "relay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
	BURST = 64,      /* datagrams received in a turn */
	UNIX_RETRY = 20, /* ms until a Unix datagram is sent again */
	MIN_CAP = 16,
};

/* The table is never more than half full. */
static size_t
home(const struct dgram *d, const struct addr *a)
{
	return addr_hash(a) & (d->cap - 1);
}

static size_t
next(const struct dgram *d, size_t i)
{
	return (i + 1) & (d->cap - 1);
}

/* The client with this address; NULL: none. */
static struct peer *
find(const struct dgram *d, const struct addr *a)
{
	if (d->cap == 0)
		return NULL;
	for (size_t i = home(d, a); d->slot[i] != NULL; i = next(d, i))
		if (addr_same(&d->slot[i]->addr, a))
			return d->slot[i];
	return NULL;
}

static void
insert(struct dgram *d, struct peer *p)
{
	size_t i = home(d, &p->addr);

	while (d->slot[i] != NULL)
		i = next(d, i);
	d->slot[i] = p;
	d->n++;
}

static bool
grow(struct dgram *d)
{
	struct dgram larger = { .cap = d->cap == 0 ? MIN_CAP : 2 * d->cap,
		.warned = d->warned };

	larger.slot = calloc(larger.cap, sizeof(struct peer *));
	if (larger.slot == NULL)
		return false;
	for (size_t i = 0; i < d->cap; i++)
		if (d->slot[i] != NULL)
			insert(&larger, d->slot[i]);
	free(d->slot);
	*d = larger;
	return true;
}

static bool
add(struct dgram *d, struct peer *p)
{
	if (2 * (d->n + 1) > d->cap && !grow(d))
		return false;
	insert(d, p);
	return true;
}

/* The rest of its run is inserted anew: it may have probed past the slot. */
void
dgram_remove(struct dgram *d, const struct peer *p)
{
	size_t i;

	if (d->cap == 0)
		return;
	i = home(d, &p->addr);
	while (d->slot[i] != p) {
		if (d->slot[i] == NULL)
			return;
		i = next(d, i);
	}
	d->slot[i] = NULL;
	d->n--;
	for (i = next(d, i); d->slot[i] != NULL; i = next(d, i)) {
		struct peer *other = d->slot[i];

		d->slot[i] = NULL;
		d->n--;
		insert(d, other);
	}
}

void
dgram_free(struct dgram *d)
{
	free(d->slot);
	*d = (struct dgram){ 0 };
}

/* Report a lack of memory once, until a client can be added again. */
static struct peer *
no_memory(struct dgram *d)
{
	if (!d->warned)
		say_error(ENOMEM, "accept a client");
	d->warned = true;
	return NULL;
}

/* Add a sender that is unknown so far. NULL: no place, or no memory. */
static struct peer *
add_sender(struct dgram *d, struct relay *r, int fd, const struct addr *from)
{
	struct peer *p;

	if (relay_full(r)) {
		listen_reject(from);
		return NULL;
	}
	p = relay_reserve(r) ? peer_new(fd, SOCK_DGRAM, from) : NULL;
	if (p == NULL)
		return no_memory(d);
	p->shared_fd = true;
	if (addr_unnamed(from))
		p->wfd = -1; /* it cannot be replied to */
	p->addr.nth = r->listener->clients + 1;
	if (!add(d, p)) {
		peer_free(p);
		return no_memory(d);
	}
	r->listener->clients++;
	d->warned = false;
	peer_report_connected(p);
	relay_add_peer(r, p);
	return p;
}

/* The client with this address; one that is being closed starts anew. */
static struct peer *
sender(struct dgram *d, struct relay *r, int fd, const struct addr *from)
{
	struct peer *p = find(d, from);

	if (p != NULL && p->closing_since == NEVER)
		return p;
	if (p != NULL)
		dgram_remove(d, p);
	return add_sender(d, r, fd, from);
}

bool
dgram_can_receive(const struct relay *r)
{
	return relay_can_read(r, NULL) && r->stdio->wfd != -1;
}

void
dgram_receive(struct dgram *d, struct relay *r, int i)
{
	for (int k = 0; k < BURST && relay_listening(r) &&
	    dgram_can_receive(r); k++) {
		struct addr from;
		struct peer *p;
		ssize_t n = listen_receive(r->listener, i,
		    relay_dgram_buffer(r), r->buf_size, &from);

		if (n == -1)
			return;
		p = sender(d, r, r->listener->fd[i], &from);
		if (p != NULL)
			relay_input(r, p, (size_t)n);
	}
}

static bool
pending_at(const struct peer *p, int fd)
{
	return p->shared_fd && p->outlen > 0 && p->wfd == fd;
}

bool
dgram_pending(const struct relay *r, int fd)
{
	for (int i = 0; i < r->n; i++)
		if (pending_at(r->peers[i], fd))
			return true;
	return false;
}

void
dgram_drain(struct relay *r, int fd)
{
	for (int i = 0; i < r->n; i++)
		if (pending_at(r->peers[i], fd))
			relay_drain(r, r->peers[i]);
}

bool
dgram_retry(struct relay *r, const struct peer *p)
{
	if (!p->shared_fd || p->outlen == 0 || !addr_is_unix(&p->addr))
		return false;
	policy_expired(r, r->now, UNIX_RETRY);
	return true;
}
