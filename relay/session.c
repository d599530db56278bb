/* The relays of a run: one wait for all, then each does its turn. */
#include "session.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../net/listen.h"
#include "../net/sock.h"
#include "end.h"
#include "loop.h"
#include "peer.h"
#include "pollset.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* All relays, and the poll sets of those that are not over. */
struct group {
	struct loop *loop;
	struct pollset **live;
	int n;
};

/* Wait for the relays that go on, which are live. Returns as poll(2). */
static int
wait_events(struct group *g)
{
	long long before = clock_us(), now = 0, until = NEVER, us;
	int nlive = 0, ready;

	for (int i = 0; i < g->n; i++) {
		if (g->loop[i].over)
			continue;
		g->live[nlive++] = &g->loop[i].set;
		now = g->loop[i].relay.now;
		until = clock_earlier(until, g->loop[i].relay.wake);
	}
	ready = pollset_wait(g->live, nlive, until, &now);
	us = clock_us() - before;
	for (int i = 0; i < g->n; i++)
		if (!g->loop[i].over)
			loop_waited(&g->loop[i], now, us, ready > 0);
	return ready;
}

/* Do what there is to do before the wait. Returns false if no relay is left. */
static bool
prepare_all(struct group *g)
{
	bool any = false;

	for (int i = 0; i < g->n; i++) {
		struct loop *l = &g->loop[i];

		if (!l->over && !loop_prepare(l))
			loop_end(l);
		any = any || !l->over;
	}
	return any;
}

/* Returns false if waiting has failed, which ends all. */
static bool
turn(struct group *g)
{
	int ready = wait_events(g);
	bool failed = ready == -1 && !sock_later(errno);

	for (int i = 0; i < g->n && (ready > 0 || failed); i++) {
		struct loop *l = &g->loop[i];

		if (!l->over && failed) {
			end_failed(&l->relay, errno, "poll");
			loop_end(l);
		} else if (!l->over)
			loop_dispatch(l);
	}
	return !failed;
}

static void
run(struct group *g, struct session *s, int stop_fd)
{
	for (int i = 0; i < g->n; i++)
		loop_start(&g->loop[i], &s[i], stop_fd);
	while (prepare_all(g) && turn(g))
		;
	for (int i = 0; i < g->n; i++)
		s[i].status = end_status(&g->loop[i].relay);
}

/* There is no memory to start with. */
static void
give_up(struct session *s)
{
	say_error(ENOMEM, "relay");
	if (s->peer != NULL)
		peer_free(s->peer);
	if (s->listener != NULL)
		listen_close(s->listener);
	s->status = STATUS_LOCAL;
}

void
session_run(struct session *s, int n, int stop_fd)
{
	struct loop only;
	struct pollset *live;
	struct group g = { .loop = &only, .live = &live, .n = n };

	if (n > 1) {
		g.loop = calloc((size_t)n, sizeof *g.loop);
		g.live = calloc((size_t)n, sizeof(struct pollset *));
	}
	if (g.loop != NULL && g.live != NULL)
		run(&g, s, stop_fd);
	else
		for (int i = 0; i < n; i++)
			give_up(&s[i]);
	if (n > 1) {
		free(g.loop);
		free(g.live);
	}
}
