/* Datagrams of one sender, and the answers to it. */
#include "exchange.h"
#include "../base/clock.h"
#include "../net/listen.h"
#include "../net/redial.h"
#include "../net/sock.h"
#include "pair.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	BURST = 64,           /* datagrams received in a turn */
	WAITING = 64 << 10,   /* bytes that may wait in a direction */
	SEND_RETRY = 2,       /* ms until what waits is tried again */
};

/* A full queue, which on the BSDs is ENOBUFS. */
static bool
must_wait(int error)
{
	return sock_later(error) || error == ENOBUFS;
}

/* A datagram is lost: it had no room, or the client cannot be sent it. */
static void
drop(struct pair_flow *f, int error)
{
	if (f->dropped == 0)
		f->dropped = error;
}

/* Keep a datagram, its length before it. */
static void
keep(struct pair_flow *f, struct pool *pool, const char *data, size_t n)
{
	size_t size = sizeof n + n;
	char *more;

	if ((f->n > 0 && f->n + size > WAITING) ||
	    pool->pending + size > PAIR_PENDING) {
		drop(f, ENOBUFS);
		return;
	}
	if (f->at > 0)
		memmove(f->buf, f->buf + f->at, f->n);
	f->at = 0;
	more = realloc(f->buf, f->n + size);
	if (more == NULL) {
		drop(f, ENOMEM);
		return;
	}
	memcpy(more + f->n, &n, sizeof n);
	memcpy(more + f->n + sizeof n, data, n);
	f->buf = more;
	f->n += size;
	pool->pending += size;
}

/* The first datagram has left, or is lost. */
static void
drop_first(struct pair_flow *f, struct pool *pool, size_t n)
{
	size_t size = sizeof n + n;

	f->at += size;
	f->n -= size;
	pool->pending -= size;
	if (f->n > 0)
		return;
	free(f->buf);
	f->buf = NULL;
	f->at = 0;
}

static ssize_t
send_to_client(struct pair *p, const char *data, size_t n)
{
	if (addr_unnamed(&p->client))
		return 0; /* it cannot be answered */
	return listen_answer(p->fd[0], data, n, &p->client, &p->local);
}

/* The address has refused; its name may have another one. */
static bool
try_next_addr(struct pair *p)
{
	struct addr next;

	return p->redial != NULL && redial_next(p->redial, p->fd[1], &next);
}

/* Something did not arrive. Returns whether there is another address now. */
static bool
refused(struct pair *p, int error)
{
	if (error == ECONNREFUSED && try_next_addr(p))
		return true;
	if (p->refused == 0)
		p->refused = error;
	p->failed_op = "send to";
	return false;
}

/*
 * A refusal may be that of an earlier datagram: this one is tried again. So it
 * is at each further address, which may have refused the earlier ones, too.
 */
static ssize_t
send_to_dest(struct pair *p, const char *data, size_t n)
{
	ssize_t done = sock_send(p->fd[1], data, n);
	bool more = true;

	while (done == -1 && errno == ECONNREFUSED && more) {
		more = refused(p, errno);
		done = sock_send(p->fd[1], data, n);
	}
	if (done != -1 && p->redial != NULL)
		redial_keep(p->redial, data, n);
	return done;
}

/* Returns false if the datagram has to wait. One that cannot leave is lost. */
static bool
put(struct pair *p, struct pool *pool, int i, const char *data, size_t n)
{
	ssize_t done;

	if (p->fd[1] == -1)
		return false;
	done = i == 0 ? send_to_dest(p, data, n) : send_to_client(p, data, n);
	if (done == -1 && must_wait(errno)) {
		p->retry = pool->now + SEND_RETRY;
		return false;
	}
	if (done == -1 && i == 0)
		refused(p, errno);
	else if (done == -1)
		drop(&p->flow[i], errno);
	return true;
}

static void
drain(struct pair *p, struct pool *pool, int i)
{
	struct pair_flow *f = &p->flow[i];
	size_t n;

	while (f->n > 0) {
		memcpy(&n, f->buf + f->at, sizeof n);
		if (!put(p, pool, i, f->buf + f->at + sizeof n, n))
			return;
		drop_first(f, pool, n);
	}
}

/* Pass on a datagram in pool->buf, after those that wait. */
static void
pass(struct pair *p, struct pool *pool, int i, size_t n)
{
	struct pair_flow *f = &p->flow[i];

	pair_count(p, pool, i, n);
	if (f->n > 0 || !put(p, pool, i, pool->buf, n))
		keep(f, pool, pool->buf, n);
	else if (f->dropped == 0)
		f->dropping = false;
}

void
exchange_take(struct pair *p, struct pool *pool, size_t n)
{
	pass(p, pool, 0, n);
}

/* Receive once. Returns whether there may be more. */
static bool
receive(struct pair *p, struct pool *pool)
{
	ssize_t n = sock_recv(p->fd[1], pool->buf, pool->size);

	if (n == -1 && !sock_later(errno))
		refused(p, errno);
	if (n == -1)
		return false;
	redial_free(p->redial); /* this is the address */
	p->redial = NULL;
	pass(p, pool, 1, (size_t)n);
	return true;
}

static bool
may_receive(const struct pair *p, const struct pool *pool)
{
	return p->flow[1].n == 0 && !pair_delayed(pool, 1);
}

void
exchange_step(struct pair *p, struct pool *pool, bool readable)
{
	for (int i = 0; i < 2; i++)
		if (p->flow[i].n > 0 && pool->now >= p->retry)
			drain(p, pool, i);
	for (int i = 0; readable && i < BURST && may_receive(p, pool); i++)
		readable = receive(p, pool);
}

int
exchange_events(const struct pair *p, const struct pool *pool)
{
	return may_receive(p, pool) ? POLLIN : -1;
}

long long
exchange_due(const struct pair *p, const struct pool *pool)
{
	if (pair_pending(p))
		return p->retry;
	return pair_delayed(pool, 1) ? pool->rate[1].ready : NEVER;
}
