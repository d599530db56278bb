/* A client of -f: its connection in progress, then the pair of them. */
#include "link.h"
#include "../base/clock.h"
#include "../base/event.h"
#include "../base/say.h"
#include "../net/listen.h"
#include "../net/proxy.h"
#include "../net/reach.h"
#include "../net/redial.h"
#include "../net/sock.h"
#include "../net/unix.h"
#include "commands.h"
#include "exchange.h"
#include "forward.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MARGIN = 256,         /* descriptors that may be opened in a turn */
	DATAGRAM_IDLE = 60000, /* ms without datagrams that end a pair */
};

bool
link_connected(const struct link *l)
{
	return l->reach == NULL || l->pair.fd[1] != -1;
}

/* Is the destination a path? Then connect(2) tells whether it is there. */
static bool
leads_to_path(const struct forward *f)
{
	return f->p->to->ends.family == AF_UNIX;
}

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

/*
 * Socket i of the pair has failed at something. With -k this concerns one
 * client of many: only -v reports it.
 */
static void
report_failed(const struct forward *f, const struct pair *p, int i,
    const char *op, const char *why)
{
	char client[ADDR_TEXT];
	int level = f->p->keep_open ? 1 : 0;

	addr_label(&p->client, client);
	if (i == 0)
		say_verbose(level, "%s client %s: %s", op, client, why);
	else
		say_verbose(level, "%s %s for client %s: %s", op, f->p->name,
		    client, why);
}

/* What could not be passed on is told, too. */
static void
report_error(const struct forward *f, const struct pair *p)
{
	size_t n = p->flow[!p->failed].n;
	char unsent[64] = "", why[128];

	if (n > 0)
		snprintf(unsent, sizeof unsent,
		    "; %zu byte%s read but not sent", n, say_plural(n));
	snprintf(why, sizeof why, "%s%s", strerror(p->error), unsent);
	report_failed(f, p, p->failed, p->failed_op, why);
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
end_reach(struct link *l)
{
	if (l->reach == NULL)
		return;
	reach_end(l->reach, link_connected(l) ? l->pair.fd[1] : DIAL_FAILED);
	free(l->reach);
	l->reach = NULL;
}

void
link_end(struct forward *f, struct link *l, bool reset)
{
	if (link_connected(l) && f->p->command == NULL)
		report_closed(&l->pair);
	end_reach(l);
	listen_leave(f->listener, &l->pair.client);
	if (l->file != NULL)
		unix_remove(l->file);
	free(l->file);
	if (l->pair.datagram)
		table_remove(&f->senders, &l->pair.client, l);
	pair_close(&l->pair, &f->pool, reset && !l->pair.datagram);
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

/*
 * Something did not reach the destination, which is reported once for a burst.
 * A path that is connected again may be another program's: this takes a new
 * socket.
 */
static void
act_on_refused(struct forward *f, struct pair *p)
{
	char client[ADDR_TEXT];

	if (p->refused == 0)
		return;
	if (!f->unreachable)
		say_error(p->refused, "%s %s for client %s", p->failed_op,
		    f->p->name, addr_label(&p->client, client));
	f->unreachable = true;
	if (leads_to_path(f))
		p->error = p->refused;
	p->refused = 0;
}

/* Datagrams are lost on their way, which is reported once for a burst. */
static void
act_on_dropped(const struct forward *f, struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct pair_flow *flow = &p->flow[i];

		if (flow->dropped == 0)
			continue;
		if (!flow->dropping)
			report_failed(f, p, !i, "send to",
			    strerror(flow->dropped));
		flow->dropping = true;
		flow->dropped = 0;
	}
}

static void
act_on_losses(struct forward *f, struct pair *p)
{
	act_on_refused(f, p);
	act_on_dropped(f, p);
}

/* The client's datagrams have waited. The name may have other addresses. */
static void
join_datagrams(struct forward *f, struct link *l)
{
	l->pair.redial = redial_new(&l->reach->dial,
	    &l->reach->connect.reached);
	if (l->pair.redial == NULL)
		end_reach(l);
	exchange_step(&l->pair, &f->pool, false);
	act_on_losses(f, &l->pair);
}

/* The connection is there; the client has often sent something already. */
static void
join(struct forward *f, struct link *l, int fd)
{
	static const short client_first[2] = { POLLIN, 0 };

	l->pair.fd[1] = fd;
	l->pair.last = f->pool.now;
	forward_use(f, fd);
	report_connected(l);
	if (!l->pair.datagram || leads_to_path(f))
		f->unreachable = false;
	if (l->pair.datagram) {
		join_datagrams(f, l);
		return;
	}
	end_reach(l);
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
link_new(const struct forward *f, int fd, const struct addr *from)
{
	struct link *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->pair = (struct pair){ .client = *from, .fd = { fd, -1 },
		.datagram = f->p->datagram, .hung_up[0] = f->p->datagram };
	if (f->p->command != NULL)
		return l;
	l->reach = malloc(sizeof *l->reach);
	if (leads_to_path(f))
		l->file = calloc(1, sizeof *l->file);
	if (l->reach != NULL && (l->file != NULL || !leads_to_path(f)))
		return l;
	free(l->reach);
	free(l->file);
	free(l);
	return NULL;
}

void
link_start(struct forward *f, struct link *l)
{
	if (f->p->command != NULL) {
		commands_start(f, l);
		return;
	}
	forward_use(f, l->pair.fd[0]);
	reach_start(l->reach, f->p->to, f->unreachable);
	l->reach->dial.file = l->file;
	step_reach(f, l, false);
}

/* -q counts the silence of a side, not the time of a slow reader. */
long long
link_limit(const struct forward *f, const struct pair *p)
{
	long long limit = f->p->timeout;

	if (f->p->command != NULL)
		return NEVER;
	if (p->datagram && limit == NEVER)
		return DATAGRAM_IDLE;
	if ((p->flow[0].ended || p->flow[1].ended) && !pair_pending(p))
		limit = clock_earlier(limit, f->p->quit_after);
	return limit;
}

int
link_events(const struct forward *f, const struct link *l, int i)
{
	if (!l->pair.datagram)
		return pair_events(&l->pair, i, &f->pool);
	return i == 0 ? -1 : exchange_events(&l->pair, &f->pool);
}

long long
link_due(const struct forward *f, const struct link *l)
{
	if (l->pair.datagram)
		return exchange_due(&l->pair, &f->pool);
	if (f->p->command != NULL && l->pid == 0 && l->pair.flow[1].done)
		return clock_earlier(l->until, pair_due(&l->pair, &f->pool));
	return pair_due(&l->pair, &f->pool);
}

void
link_take(struct forward *f, struct link *l, size_t n)
{
	exchange_take(&l->pair, &f->pool, n);
	act_on_losses(f, &l->pair);
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
	bool found = clock_reached(reach_due(l->reach), f->pool.now);

	for (int i = 0; i < n; i++) {
		wanted[i].revents = f->places[l->at + 1 + i].revents;
		found = found || wanted[i].revents != 0;
	}
	look_at_client(f, l);
	if (l->pair.error != 0)
		report_error(f, &l->pair);
	else if (found)
		step_reach(f, l, true);
}

/* An answer tells that the destination is there. */
static void
serve_datagrams(struct forward *f, struct link *l)
{
	struct pair *p = &l->pair;
	unsigned long long before = p->flow[1].passed;

	exchange_step(p, &f->pool, f->places[l->at + 1].revents != 0);
	if (p->flow[1].passed > before)
		f->unreachable = false;
	act_on_losses(f, p);
}

/* Nothing has passed for too long, although something waits: data is lost. */
static void
check_stalled(struct pair *p)
{
	if (p->datagram || p->error != 0 || !pair_pending(p))
		return;
	p->error = ETIMEDOUT;
	p->failed = p->flow[0].n > 0;
	p->failed_op = "send to";
}

/* Returns whether the pair was idle for too long. */
static bool
serve_pair(struct forward *f, struct link *l)
{
	const struct pollfd *at = &f->places[l->at];
	struct pair *p = &l->pair;
	short revents[2] = { at[0].revents, at[1].revents };
	long long limit = link_limit(f, p);

	if (p->datagram)
		serve_datagrams(f, l);
	else if (revents[0] != 0 || revents[1] != 0)
		pair_step(p, &f->pool, revents);
	if (limit == NEVER || f->pool.now < p->last + limit)
		return false;
	check_stalled(p);
	return true;
}

static bool
goes_on(struct forward *f, struct link *l, bool idle)
{
	if (f->p->command != NULL)
		return commands_go_on(f, l);
	if (!idle && !pair_over(&l->pair))
		return true;
	if (l->pair.error != 0)
		l->status = sock_status(l->pair.error);
	if (l->pair.error != 0 && link_connected(l) && !l->pair.datagram)
		report_error(f, &l->pair);
	return false;
}

bool
link_serve(struct forward *f, struct link *l)
{
	bool idle = false;

	if (link_connected(l))
		idle = serve_pair(f, l);
	else if (l->pair.error == 0)
		serve_reach(f, l);
	if (goes_on(f, l, idle))
		return true;
	if (!f->p->keep_open)
		forward_stop(f, l->status);
	return false;
}
