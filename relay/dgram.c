/* Datagram clients that share the sockets of a -k listener. */
#include "dgram.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/listen.h"
#include "flow.h"
#include "peer.h"
#include "policy.h"
#include "rate.h"
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BURST = 64, /* datagrams received in a turn */
	MIN_CAP = 16,
};

/* A number that a sender cannot guess. */
static uint64_t
random_seed(void)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	uint64_t seed = (uint64_t)clock_ms() ^ (uint64_t)getpid() << 32;

	if (fd == -1)
		return seed;
	if (read(fd, &seed, sizeof seed) == -1)
		seed = ~seed;
	close(fd);
	return seed;
}

/* The table is never more than half full. */
static size_t
home(const struct dgram *d, const struct addr *a)
{
	return addr_hash(a, d->seed) & (d->cap - 1);
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
		.seed = d->cap == 0 ? random_seed() : d->seed,
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

/* Close the gap: move back what probing would no longer find (Knuth, 6.4 R). */
static void
close_gap(struct dgram *d, size_t gap)
{
	size_t mask = d->cap - 1;

	for (size_t i = next(d, gap); d->slot[i] != NULL; i = next(d, i)) {
		size_t from = home(d, &d->slot[i]->addr);

		if (((i - from) & mask) < ((i - gap) & mask))
			continue;
		d->slot[gap] = d->slot[i];
		gap = i;
	}
	d->slot[gap] = NULL;
}

void
dgram_remove(struct dgram *d, const struct peer *p)
{
	size_t i;

	if (d->cap == 0)
		return;
	for (i = home(d, &p->addr); d->slot[i] != p; i = next(d, i))
		if (d->slot[i] == NULL)
			return;
	close_gap(d, i);
	d->n--;
}

void
dgram_free(struct dgram *d)
{
	free(d->slot);
	*d = (struct dgram){ 0 };
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
	if (!add(d, p)) {
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
	struct peer *p = find(d, from);

	if (p != NULL && p->closing_since == NEVER)
		return p;
	if (p != NULL)
		dgram_remove(d, p);
	return add_sender(d, r, fd, from);
}

long long
dgram_receive_at(const struct relay *r)
{
	if (!roster_listening(r) || !flow_free(&r->from_peers) ||
	    r->stdio->wfd == -1)
		return NEVER;
	return r->from_peers.rate->ready;
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
