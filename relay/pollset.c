/* The poll set: its places, those that are active, and the wait. */
#include "pollset.h"
#include "../base/clock.h"
#include "../base/wait.h"

#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	MANY = 64,       /* peers: with more, not all are polled each time */
	MAX_ACTIVE = 32, /* peers that are */
	FULL = 4,        /* ms between polls of all peers */
};

bool
pollset_grow(struct pollset *s, int n)
{
	size_t cap = (size_t)s->cap + (size_t)n;
	struct pollfd *at = realloc(s->at, cap * sizeof *at);
	int *who;

	if (at == NULL)
		return false;
	s->at = at;
	who = realloc(s->who, cap * sizeof *who);
	if (who == NULL)
		return false;
	s->who = who;
	s->cap = (int)cap;
	return true;
}

bool
pollset_set(struct pollset *s, int place, int fd, int events)
{
	s->at[place] = (struct pollfd){ .fd = events == 0 ? -1 : fd,
		.events = (short)events };
	return s->at[place].fd != -1;
}

void
pollset_watch(struct pollset *s, int place, int fd)
{
	s->at[place].fd = fd;
}

bool
pollset_is_watched(const struct pollset *s, int place)
{
	return s->at[place].fd != -1 && s->at[place].events == 0;
}

void
pollset_clear(struct pollset *s, int nfixed)
{
	s->n = s->nfixed = nfixed;
	s->start = nfixed;
	s->nactive = 0;
}

void
pollset_add(struct pollset *s, int who, int fd, int events)
{
	s->who[s->n] = who;
	s->at[s->n] = (struct pollfd){ .fd = fd, .events = (short)events };
	s->n++;
}

int
pollset_found(const struct pollset *s, int place)
{
	return s->at[place].revents;
}

int
pollset_readable(const struct pollset *s)
{
	int n = 0;

	for (int i = s->nfixed; i < s->npolled; i++)
		if (s->at[i].revents & POLLIN)
			n++;
	return n;
}

static void
swap_places(struct pollset *s, int a, int b)
{
	struct pollfd pfd = s->at[a];
	int who = s->who[a];

	s->at[a] = s->at[b];
	s->who[a] = s->who[b];
	s->at[b] = pfd;
	s->who[b] = who;
	if (s->start == a)
		s->start = b;
	else if (s->start == b)
		s->start = a;
}

/* All were polled: move the peers with events to those that are active. */
static void
find_active(struct pollset *s, long long now)
{
	int end = s->nactive > s->nfixed ? s->nactive : s->nfixed;

	for (int i = end; i < s->n; i++)
		if (s->at[i].revents != 0 && end - s->nfixed <= MAX_ACTIVE)
			swap_places(s, end++, i);
	s->nactive = end - s->nfixed > MAX_ACTIVE ? 0 : end;
	s->next_full = now + FULL;
}

/* How a set is waited for: how many of its places, and until when. */
static long long
begin_wait(struct pollset *s, long long until, long long now)
{
	bool some = s->nactive > 0 && now < s->next_full;

	s->full = !some;
	s->npolled = some ? s->nactive : s->n;
	s->look = s->full && s->nactive > 0 && s->busy;
	if (s->look)
		return now;
	return some ? clock_earlier(until, s->next_full) : until;
}

static void
end_wait(struct pollset *s, long long now, bool found)
{
	s->busy = !s->full && (s->busy || found);
	if (s->look)
		s->next_full = now + FULL;
	if (found && s->full && s->n - s->nfixed >= MANY)
		find_active(s, now);
}

/* The places of all sets, one after the other: there is one poll(2) for all. */
static int
poll_together(struct pollset **s, int n, int timeout)
{
	struct pollfd *all;
	int total = 0, ready;

	for (int i = 0; i < n; i++)
		total += s[i]->npolled;
	all = malloc(((size_t)total + 1) * sizeof *all);
	if (all == NULL)
		return -1;
	for (int i = 0, to = 0; i < n; to += s[i++]->npolled)
		memcpy(all + to, s[i]->at,
		    (size_t)s[i]->npolled * sizeof *all);
	ready = wait_poll(all, (nfds_t)total, timeout);
	for (int i = 0, from = 0; i < n; from += s[i++]->npolled)
		memcpy(s[i]->at, all + from,
		    (size_t)s[i]->npolled * sizeof *all);
	free(all);
	return ready;
}

/*
 * While active peers are busy, all are only looked at: poll(2) takes more time
 * for each place when it has to wait.
 */
int
pollset_wait(struct pollset **s, int n, long long until, long long *now)
{
	int timeout, ready;

	for (int i = 0; i < n; i++)
		until = begin_wait(s[i], until, *now);
	timeout = clock_timeout(until, *now);
	if (n == 1)
		ready = wait_poll(s[0]->at, (nfds_t)s[0]->npolled, timeout);
	else
		ready = poll_together(s, n, timeout);
	*now = clock_ms();
	for (int i = 0; i < n; i++) {
		s[i]->waited = timeout != 0;
		s[i]->late = until == NEVER ? 0 : *now - until;
		end_wait(s[i], *now, ready > 0);
	}
	return ready;
}

void
pollset_free(struct pollset *s)
{
	free(s->at);
	free(s->who);
	*s = (struct pollset){ 0 };
}
