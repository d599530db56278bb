/* A client of -f: its connection in progress, then the pair of them. */
#include "link.h"
#include "../base/clock.h"
#include "../base/event.h"
#include "../base/say.h"
#include "../net/proxy.h"
#include "../net/reach.h"
#include "../net/sock.h"
#include "forward.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 256 }; /* descriptors that may have been opened in a turn */

static void
report_connected(const struct link *l)
{
	char client[ADDR_TEXT], to[PROXY_TEXT];
	const struct reach *r = l->reach;
	struct event e = { .kind = EVENT_FORWARDED };

	e.who = addr_label(&l->pair.client, client);
	e.more = r->p->proxy != NULL
	    ? proxy_text(r->p->proxy, to)
	    : addr_host_port(&r->connect.reached, to);
	event(&e);
}

/* With -k a failure concerns one client of many: only -v reports it. */
static void
report_failed(const struct forward *f, const struct pair *p)
{
	char client[ADDR_TEXT];
	int level = f->p->keep_open ? 1 : 0;

	addr_label(&p->client, client);
	if (p->failed == 0)
		say_verbose(level, "%s client %s: %s", p->failed_op, client,
		    strerror(p->error));
	else
		say_verbose(level, "%s %s for client %s: %s", p->failed_op,
		    f->p->name, client, strerror(p->error));
}

static void
report_closed(const struct pair *p)
{
	char client[ADDR_TEXT];

	event(&(struct event){ .kind = EVENT_LEFT,
	    .who = addr_label(&p->client, client),
	    .received = p->flow[0].passed, .sent = p->flow[1].passed });
}

static void
end_reach(struct link *l, int fd)
{
	if (l->reach == NULL)
		return;
	reach_end(l->reach, fd);
	free(l->reach);
	l->reach = NULL;
}

void
link_end(struct forward *f, struct link *l, bool reset)
{
	end_reach(l, DIAL_FAILED);
	pair_close(&l->pair, &f->pool, reset);
	free(l);
}

/*
 * The destination cannot be reached: the client is reset, because an EOF would
 * look like an empty answer. Reported once until it can be reached.
 */
static void
refuse(struct forward *f, struct link *l, int result)
{
	if (!f->unreachable)
		reach_report(l->reach, result);
	f->unreachable = true;
	l->pair.error = ECONNREFUSED;
	if (f->p->keep_open)
		return;
	if (result == DIAL_TIMEOUT)
		forward_stop(f, STATUS_TIMEOUT);
	else
		forward_stop(f, sock_status(l->reach->error));
}

/* The connection is there; the client has often sent something already. */
static void
join(struct forward *f, struct link *l, int fd)
{
	static const short client_first[2] = { POLLIN, 0 };

	l->pair.fd[1] = fd;
	l->pair.last = f->pool.now;
	forward_use(f, fd);
	f->unreachable = false;
	report_connected(l);
	end_reach(l, fd);
	pair_step(&l->pair, &f->pool, client_first);
}

static void
step_reach(struct forward *f, struct link *l, bool polled)
{
	int result = reach_step(l->reach, polled, f->highest + MARGIN);

	if (result >= 0)
		join(f, l, result);
	else if (result != DIAL_PENDING)
		refuse(f, l, result);
}

struct link *
link_new(int fd, const struct addr *from)
{
	struct link *l = calloc(1, sizeof *l);
	struct reach *r = l != NULL ? malloc(sizeof *r) : NULL;

	if (r == NULL) {
		free(l);
		return NULL;
	}
	l->pair = (struct pair){ .client = *from, .fd = { fd, -1 } };
	l->reach = r;
	return l;
}

void
link_start(struct forward *f, struct link *l)
{
	forward_use(f, l->pair.fd[0]);
	reach_start(l->reach, f->p->to, f->unreachable);
	step_reach(f, l, false);
}

long long
link_limit(const struct forward *f, const struct pair *p)
{
	long long limit = f->p->timeout;

	if (p->flow[0].ended || p->flow[1].ended)
		limit = clock_earlier(limit, f->p->quit_after);
	return limit;
}

/* A reset of the client ends the attempt; what it has sent may be read yet. */
static void
look_at_client(struct forward *f, struct link *l)
{
	struct pair *p = &l->pair;

	if (f->places[l->at].revents == 0)
		return;
	p->error = sock_error(p->fd[0]);
	p->failed_op = "receive from";
	p->hung_up[0] = true;
}

static void
serve_reach(struct forward *f, struct link *l)
{
	int n;
	struct pollfd *wanted = reach_places(l->reach, &n);
	bool found = forward_due(f, reach_due(l->reach));

	for (int i = 0; i < n; i++) {
		wanted[i].revents = f->places[l->at + 1 + i].revents;
		found = found || wanted[i].revents != 0;
	}
	look_at_client(f, l);
	if (l->pair.error != 0)
		report_failed(f, &l->pair);
	else if (found)
		step_reach(f, l, true);
}

/* Returns whether the pair has ended. */
static bool
serve_pair(struct forward *f, struct link *l)
{
	const struct pollfd *at = &f->places[l->at];
	struct pair *p = &l->pair;
	short revents[2] = { at[0].revents, at[1].revents };
	long long limit = link_limit(f, p);

	if (revents[0] != 0 || revents[1] != 0)
		pair_step(p, &f->pool, revents);
	return limit != NEVER && forward_due(f, p->last + limit);
}

bool
link_serve(struct forward *f, struct link *l)
{
	bool idle = false;

	if (l->reach == NULL)
		idle = serve_pair(f, l);
	else if (l->pair.error == 0)
		serve_reach(f, l);
	if (!idle && !pair_over(&l->pair))
		return true;
	if (l->reach == NULL) {
		if (l->pair.error != 0)
			report_failed(f, &l->pair);
		report_closed(&l->pair);
	}
	if (!f->p->keep_open)
		forward_stop(f, l->pair.error == 0 ? STATUS_OK
		    : sock_status(l->pair.error));
	link_end(f, l, l->pair.error != 0);
	return false;
}
