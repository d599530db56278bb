/* Forward clients: each gets a connection of its own to the destination. */
#include "forward.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../base/wait.h"
#include "../base/watch.h"
#include "../net/addr.h"
#include "../net/listen.h"
#include "../net/reach.h"
#include "../net/sock.h"
#include "buf.h"
#include "commands.h"
#include "dump.h"
#include "link.h"
#include "meter.h"
#include "pair.h"
#include "rate.h"
#include "senders.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ACCEPTS = 64,         /* in a turn */
	TURN = 1 << 20,       /* bytes read in a turn, in equal shares */
	LEAST_SHARE = 4 << 10,
	ACCEPT_RETRY = 1000,  /* ms until accept(2) is tried again */
	MIN_CAP = 16,         /* places */
};

void
forward_stop(struct forward *f, enum status status)
{
	f->stopped = true;
	if (f->status == STATUS_OK)
		f->status = status;
}

void
forward_use(struct forward *f, int fd)
{
	if (fd > f->highest)
		f->highest = fd;
}

static bool
out_of_memory(struct forward *f)
{
	say_error(ENOMEM, "serve clients");
	forward_stop(f, STATUS_LOCAL);
	return false;
}

static void
wake_at(struct forward *f, long long then)
{
	f->wake = clock_earlier(f->wake, then);
}

static struct meter_totals
totals(const struct forward *f)
{
	int sent = f->pool.command ? 1 : 0;

	return (struct meter_totals){ .sent = f->pool.total[sent],
		.received = f->pool.total[!sent], .clients = f->links.n };
}

static void
report_totals(const struct forward *f)
{
	struct meter_totals t = totals(f);

	meter_report(&f->meter, &t, "");
}

struct link *
forward_add(struct forward *f, int fd, const struct addr *from)
{
	struct link *l = NULL;

	if (links_reserve(&f->links))
		l = link_new(f, fd, from);
	if (l == NULL)
		return NULL;
	links_add(&f->links, l);
	meter_connected(&f->meter);
	link_start(f, l);
	return l;
}

/* The poll set: signals, listening sockets, what is parked, each link's. */

static bool
add_place(struct forward *f, int fd, int events)
{
	int cap = f->place_cap == 0 ? MIN_CAP : 2 * f->place_cap;
	struct pollfd *more;

	if (f->nplaces == f->place_cap) {
		more = realloc(f->places, (size_t)cap * sizeof *more);
		if (more == NULL)
			return out_of_memory(f);
		f->places = more;
		f->place_cap = cap;
	}
	forward_use(f, fd);
	f->places[f->nplaces++] = (struct pollfd){ .fd = fd,
		.events = (short)events };
	return true;
}

/* The client, whose reset is news, and what its connection waits for. */
static bool
place_reach(struct forward *f, struct link *l)
{
	int n;
	struct pollfd *wanted = reach_places(l->reach, &n);
	bool added = add_place(f, l->pair.hung_up[0] ? -1 : l->pair.fd[0], 0);

	for (int i = 0; added && i < n; i++)
		added = add_place(f, wanted[i].fd, wanted[i].events);
	wake_at(f, reach_due(l->reach));
	return added;
}

/* Only sockets that are waited for take a place: poll(2) limits these. */
static bool
place_pair(struct forward *f, struct link *l)
{
	struct pair *p = &l->pair;
	long long limit = link_limit(f, p);

	for (int i = 0; i < 2; i++) {
		int events = link_events(f, l, i);

		if (!add_place(f, events == -1 ? -1 : p->fd[i],
		    events == -1 ? 0 : events))
			return false;
	}
	wake_at(f, link_due(f, l));
	if (limit != NEVER)
		wake_at(f, p->last + limit);
	return true;
}

static bool
may_accept(const struct forward *f)
{
	return f->listener->n > 0 && (f->p->max_clients == -1 ||
	    f->links.n < f->p->max_clients) && (f->paused_until == NEVER ||
	    f->pool.now >= f->paused_until);
}

/* Datagrams come also from clients that are there, but not above the rate. */
static bool
may_receive(struct forward *f)
{
	if (!f->p->datagram) {
		if (f->paused_until > f->pool.now)
			wake_at(f, f->paused_until);
		return may_accept(f);
	}
	if (pair_delayed(&f->pool, 0))
		wake_at(f, f->rate[0].ready);
	return !pair_delayed(&f->pool, 0);
}

static bool
place_listeners(struct forward *f)
{
	f->listening = -1;
	if (!may_receive(f))
		return true;
	f->listening = f->nplaces;
	for (int i = 0; i < f->listener->n; i++)
		if (!add_place(f, f->listener->fd[i], POLLIN))
			return false;
	return true;
}

static bool
place_parked(struct forward *f)
{
	f->watching = -1;
	if (f->links.npolled == f->links.n)
		return true;
	f->watching = f->nplaces;
	wake_at(f, f->links.sweep);
	return add_place(f, f->links.watch, POLLIN);
}

static bool
place_all(struct forward *f)
{
	bool placed;

	f->nplaces = 0;
	f->wake = NEVER;
	placed = add_place(f, signals_fd(), POLLIN) && place_listeners(f) &&
	    place_parked(f);
	f->nplaced = f->links.npolled;
	for (int i = 0; placed && i < f->nplaced; i++) {
		struct link *l = f->links.list[i];

		l->at = f->nplaces;
		/* close it at once; a closed one waits for its command */
		if (pair_over(&l->pair) && l->pair.fd[0] != -1)
			wake_at(f, f->pool.now);
		placed = link_connected(l) ? place_pair(f, l)
					   : place_reach(f, l);
	}
	return placed;
}

/* Backwards: the last link takes the place of one that ends. */
static void
serve_all(struct forward *f)
{
	for (int i = f->nplaced - 1; i >= 0; i--) {
		struct link *l = f->links.list[i];

		if (link_serve(f, l))
			continue;
		links_remove(&f->links, l);
		link_end(f, l, l->pair.error != 0);
	}
	links_park(f);
	if (f->watching != -1 && f->places[f->watching].revents != 0)
		links_wake_ready(&f->links);
}

static void
pause_accept(struct forward *f, int error)
{
	if (!f->warned)
		say_error(error, "accept a client");
	f->warned = true;
	f->paused_until = f->pool.now + ACCEPT_RETRY;
	if (!f->p->keep_open)
		forward_stop(f, STATUS_LOCAL);
}

/* Accept a client at socket i. Returns whether there may be more. */
static bool
accept_one(struct forward *f, int i)
{
	struct addr from;
	int fd = listen_accept(f->listener, i, &from);

	if (fd == -1 && sock_exhausted(errno))
		pause_accept(f, errno);
	else if (fd == -1)
		f->warned = false;
	if (fd == -1)
		return false;
	f->paused_until = NEVER;
	if (forward_add(f, fd, &from) == NULL) {
		listen_leave(f->listener, &from);
		sock_reset_on_close(fd);
		sock_close(fd);
		pause_accept(f, ENOMEM);
	}
	if (!f->p->keep_open)
		listen_close(f->listener);
	return true;
}

static void
accept_some(struct forward *f, int i)
{
	for (int k = 0; k < ACCEPTS && may_accept(f); k++)
		if (!accept_one(f, i))
			return;
}

static void
accept_all(struct forward *f)
{
	int n = f->listener->n;

	if (f->listening == -1)
		return;
	for (int i = 0; i < n; i++) {
		if (f->places[f->listening + i].revents == 0)
			continue;
		if (f->p->datagram)
			senders_receive(f, i);
		else
			accept_some(f, i);
	}
}

static void
dispatch_signal(struct forward *f)
{
	if (f->places[0].revents == 0)
		return;
	signals_drain();
	if (signals_stopped())
		forward_stop(f, STATUS_OK);
	else if (signals_take_report())
		report_totals(f);
	if (f->p->command != NULL)
		commands_reap(f);
}

static void
draw_meter(struct forward *f)
{
	struct meter_totals t = totals(f);

	if (!f->meter.live)
		return;
	if (clock_reached(f->meter.drawn + METER_REDRAW, f->pool.now)) {
		meter_draw(&f->meter, &t);
		f->meter.drawn = f->pool.now;
	}
	wake_at(f, f->meter.drawn + METER_REDRAW);
}

/* Has the only client not come in time? */
static void
watch_for_client(struct forward *f)
{
	long long limit = f->p->timeout;

	if (f->p->keep_open || limit == NEVER || f->listener->n == 0 ||
	    f->links.n > 0)
		return;
	if (clock_reached(f->used + limit, f->pool.now)) {
		listen_report_timeout(f->listener, limit);
		forward_stop(f, STATUS_TIMEOUT);
	}
	wake_at(f, f->used + limit);
}

/* Was there no client for too long? */
static void
watch_idleness(struct forward *f)
{
	long long limit = f->p->idle_exit;

	if (f->links.n > 0 || limit == NEVER)
		return;
	if (clock_reached(f->used + limit, f->pool.now))
		forward_stop(f, STATUS_OK);
	wake_at(f, f->used + limit);
}

/* The more sockets have something, the less may be read of each. */
static void
share_turn(struct forward *f, int found)
{
	f->pool.share = TURN;
	if (found > 1)
		f->pool.share /= (size_t)found;
	if (f->pool.share < LEAST_SHARE)
		f->pool.share = LEAST_SHARE;
}

/* Wait, and do what there is to do. */
static void
turn(struct forward *f)
{
	int found;

	if (f->p->dump != NULL && !dump_flush(f->p->dump)) {
		forward_stop(f, STATUS_LOCAL);
		return;
	}
	f->pool.now = clock_ms();
	if (!place_all(f))
		return;
	draw_meter(f);
	watch_for_client(f);
	watch_idleness(f);
	found = wait_poll(f->places, (nfds_t)f->nplaces,
	    clock_timeout(f->wake, f->pool.now));
	f->pool.now = clock_ms();
	if (f->links.n > 0)
		f->used = f->pool.now;
	share_turn(f, found);
	if (found == -1 && !sock_later(errno)) {
		say_error(errno, "poll");
		forward_stop(f, STATUS_LOCAL);
	}
	if (found == -1)
		return;
	dispatch_signal(f);
	if (!f->stopped)
		serve_all(f);
	if (!f->stopped)
		accept_all(f);
}

/* A stream that a signal cuts is reset: an EOF would look complete. */
static void
end(struct forward *f)
{
	if (f->links.watch != -1)
		close(f->links.watch);
	while (f->links.n > 0)
		link_end(f, f->links.list[--f->links.n], true);
	if (f->listener->n > 0)
		listen_close(f->listener);
	if (f->p->progress)
		report_totals(f);
	table_free(&f->senders);
	free(f->links.list);
	free(f->places);
}

enum status
forward_run(const struct forward_params *p, struct listener *l, int fd,
    const struct addr *peer)
{
	struct listener none = { 0 };
	struct forward f = { .p = p, .listener = l == NULL ? &none : l,
		.listens = l != NULL, .paused_until = NEVER,
		.links = { .watch = watch_open(), .sweep = NEVER },
		.pool = { .size = p->read_size, .dump = p->dump,
		    .command = p->command != NULL } };
	struct buf buf = { 0 };

	f.used = clock_ms();
	forward_use(&f, f.links.watch);
	f.pool.rate = f.rate;
	if (buf_pages(&buf, p->read_size))
		f.pool.buf = buf.data;
	for (int i = 0; i < 2; i++)
		rate_open(&f.rate[i], p->rate, f.used);
	meter_start(&f.meter, p->progress && isatty(STDERR_FILENO), -1);
	if (f.pool.buf == NULL)
		out_of_memory(&f);
	if (p->command != NULL)
		signals_catch_children();
	f.pool.now = f.used;
	if (fd != -1 && forward_add(&f, fd, peer) == NULL) {
		sock_close(fd);
		out_of_memory(&f);
	}
	while (!f.stopped)
		turn(&f);
	end(&f);
	buf_free(&buf);
	return f.status;
}
