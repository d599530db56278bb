/* One client and its connection: a flow in each direction. */
#include "pair.h"
#include "../base/clock.h"
#include "../net/redial.h"
#include "../net/sock.h"
#include "dump.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHARE = 16,         /* a read takes at most 1/16 of what is left */
	MIN_READ = 4096,
};

bool
pair_delayed(const struct pool *pool, int i)
{
	return pool->rate[i].limit > 0 && pool->rate[i].ready > pool->now;
}

bool
pair_pending(const struct pair *p)
{
	return p->flow[0].n > 0 || p->flow[1].n > 0;
}

/* Would the flow take more? */
static bool
is_open(const struct pair_flow *f)
{
	return !f->ended && f->n == 0 && (!f->lost || f->spare > 0);
}

int
pair_events(const struct pair *p, int i, const struct pool *pool)
{
	int events = 0;

	if (is_open(&p->flow[i]) && !pair_delayed(pool, i))
		events |= POLLIN;
	if (p->flow[!i].n > 0)
		events |= POLLOUT;
	if (events == 0 && (p->hung_up[i] ||
	    (p->flow[i].ended && p->flow[!i].done)))
		return -1;
	return events;
}

long long
pair_due(const struct pair *p, const struct pool *pool)
{
	long long due = NEVER;

	for (int i = 0; i < 2; i++)
		if (is_open(&p->flow[i]) && pair_delayed(pool, i))
			due = clock_earlier(due, pool->rate[i].ready);
	return due;
}

static void
fail(struct pair *p, int i, const char *op, int error)
{
	if (p->error != 0)
		return;
	p->error = error;
	p->failed = i;
	p->failed_op = op;
}

/*
 * How many bytes of the flow to read now: fewer, the more is pending, and no
 * more than may be thrown away.
 */
static size_t
read_size(const struct pool *pool, const struct pair_flow *f)
{
	size_t n = MIN_READ;

	if (pool->pending < PAIR_PENDING)
		n = (PAIR_PENDING - pool->pending) / SHARE;
	if (n < MIN_READ)
		n = MIN_READ;
	if (n > pool->share)
		n = pool->share;
	if (f->lost && n > f->spare)
		n = f->spare;
	return n < pool->size ? n : pool->size;
}

void
pair_count(struct pair *p, struct pool *pool, int i, size_t n)
{
	struct pair_flow *f = &p->flow[i];

	if (pool->dump != NULL)
		dump_bytes(pool->dump, (i == 0) != pool->command ? '>' : '<',
		    &p->client, f->passed, pool->buf, n);
	rate_take(&pool->rate[i], n, pool->now);
	f->passed += n;
	f->spare -= n < f->spare ? n : f->spare;
	pool->total[i] += n;
	p->last = pool->now;
}

/* A command need not read all that its client sends. */
static bool
is_gone(int error)
{
	return error == EPIPE || error == ECONNRESET;
}

/* Write to the sink of flow i. Returns how much it has taken. */
static size_t
put(struct pair *p, const struct pool *pool, int i, const char *data, size_t n)
{
	struct pair_flow *f = &p->flow[i];
	ssize_t done = f->lost ? (ssize_t)n : sock_send(p->fd[!i], data, n);

	if (done != -1)
		return (size_t)done;
	if (pool->command && i == 0 && is_gone(errno)) {
		f->lost = true;
		return n;
	}
	if (!sock_later(errno))
		fail(p, !i, "send to", errno);
	return 0;
}

/* Keep what could not be written. */
static void
keep(struct pair *p, struct pool *pool, int i, const char *data, size_t n)
{
	struct pair_flow *f = &p->flow[i];

	f->buf = malloc(n);
	if (f->buf == NULL) {
		fail(p, i, "receive from", ENOMEM);
		return;
	}
	memcpy(f->buf, data, n);
	f->at = 0;
	f->n = n;
	pool->pending += n;
}

/* The source has ended, and all is written: pass the end on. */
static void
finish(struct pair *p, int i)
{
	struct pair_flow *f = &p->flow[i];

	if (!f->ended || f->n > 0 || f->done || p->error != 0)
		return;
	sock_shutdown(p->fd[!i]);
	f->done = true;
}

/* Read once, and write that. Returns whether there may be more. */
static bool
pass(struct pair *p, struct pool *pool, int i)
{
	size_t want = read_size(pool, &p->flow[i]), done;
	ssize_t n;

	want = rate_allowed(&pool->rate[i], want, pool->now);
	if (want == 0)
		return false;
	n = sock_recv(p->fd[i], pool->buf, want);
	if (n == -1 && pool->command && i == 1 && is_gone(errno))
		n = 0; /* it has not read all that was sent to it */
	if (n == -1 && !sock_later(errno))
		fail(p, i, "receive from", errno);
	if (n == -1)
		return false;
	if (n == 0) {
		p->flow[i].ended = true;
		p->last = pool->now;
		finish(p, i);
		return false;
	}
	pair_count(p, pool, i, (size_t)n);
	done = put(p, pool, i, pool->buf, (size_t)n);
	if (done < (size_t)n)
		keep(p, pool, i, pool->buf + done, (size_t)n - done);
	return done == want;
}

static void
read_all(struct pair *p, struct pool *pool, int i)
{
	unsigned long long end = p->flow[i].passed + pool->share;

	while (p->error == 0 && pass(p, pool, i) && p->flow[i].passed < end)
		continue;
}

/* Write what is pending; the buffer is given back once it is empty. */
static void
drain(struct pair *p, struct pool *pool, int i)
{
	struct pair_flow *f = &p->flow[i];
	size_t done = put(p, pool, i, f->buf + f->at, f->n);

	if (done > 0)
		p->last = pool->now;
	f->at += done;
	f->n -= done;
	pool->pending -= done;
	if (f->n > 0)
		return;
	free(f->buf);
	f->buf = NULL;
	finish(p, i);
}

/* poll(2) tells of an end or an error where nothing is to be read. */
static void
look(struct pair *p, const struct pool *pool, int i)
{
	int error = sock_error(p->fd[i]);

	if (error != 0 && !(pool->command && i == 1))
		fail(p, i, "receive from", error);
	p->hung_up[i] = true;
}

/* What socket i had sent before it failed still goes to the other one. */
static void
rescue(struct pair *p, struct pool *pool, int i)
{
	if (is_open(&p->flow[i]))
		pass(p, pool, i);
}

void
pair_step(struct pair *p, struct pool *pool, const short *revents)
{
	for (int i = 0; i < 2; i++)
		if (p->flow[i].n > 0 && revents[!i] != 0)
			drain(p, pool, i);
	for (int i = 0; i < 2 && p->error == 0; i++) {
		if ((revents[i] & ~POLLOUT) == 0)
			continue;
		if (is_open(&p->flow[i]) && !pair_delayed(pool, i))
			read_all(p, pool, i);
		else if ((revents[i] & (POLLERR | POLLHUP)) != 0)
			look(p, pool, i);
	}
	if (p->error != 0)
		rescue(p, pool, p->failed);
}

void
pair_discard(struct pair *p, size_t n)
{
	p->flow[0].lost = true;
	p->flow[0].spare = n;
}

bool
pair_over(const struct pair *p)
{
	return p->error != 0 || (p->flow[0].done && p->flow[1].done);
}

void
pair_close(struct pair *p, struct pool *pool, bool reset)
{
	if (p->datagram)
		p->fd[0] = -1;
	redial_free(p->redial);
	p->redial = NULL;
	for (int i = 0; i < 2; i++) {
		if (p->fd[i] != -1 && reset)
			sock_reset_on_close(p->fd[i]);
		if (p->fd[i] != -1)
			sock_close(p->fd[i]);
		pool->pending -= p->flow[i].n;
		free(p->flow[i].buf);
		p->flow[i].buf = NULL;
		p->flow[i].n = 0;
		p->fd[i] = -1;
	}
}
