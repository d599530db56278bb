/* One relay in the loop: update the peers, build the poll set, dispatch. */
#include "loop.h"
#include "../base/clock.h"
#include "../base/event.h"
#include "../base/signals.h"
#include "../base/system.h"
#include "../net/listen.h"
#include "accept.h"
#include "dgram.h"
#include "dump.h"
#include "end.h"
#include "flow.h"
#include "peer.h"
#include "policy.h"
#include "pollset.h"
#include "relay.h"
#include "roster.h"
#include "session.h"
#include "sources.h"
#include "turn.h"
#include "update.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum {
	ACCEPTS = 64,       /* clients accepted in a turn */
	SHORT_WAIT = 20,    /* us: no wait */
	STOPPED = 100,      /* waking this late, in ms: we were stopped */
	STDOUT_LOOK = 1000, /* ms until an idle stdout is looked at again */
};

/* The fixed places in the poll set: these, and the listening sockets. */
enum { STOP, INPUT = INPUT_PLACE, OUTPUT, LISTENERS };

static void
remove_peer(struct loop *l, struct peer *p)
{
	if (p->shared_fd)
		dgram_remove(&l->dgram, p);
	end_free(&l->relay, p);
	l->acceptor.paused_since = NEVER; /* there is a descriptor again */
}

/*
 * Remove the peers that are closed in both directions and have nothing
 * pending. The others keep their turns.
 */
static void
sweep(struct loop *l)
{
	struct relay *r = &l->relay;
	int kept = 0, start = r->peers.first;

	for (int i = 0; i < r->peers.n; i++) {
		struct peer *p = r->peers.at[i];

		if (p->rfd != -1 || p->wfd != -1 || flow_has_partial(r, p)) {
			r->peers.at[kept++] = p;
			continue;
		}
		remove_peer(l, p);
		if (i < r->peers.first)
			start--;
	}
	if (kept == 0 && r->peers.n > 0 && roster_listening(r))
		turn_again(r); /* rules for a listener without clients hold */
	r->peers.n = kept;
	r->peers.first = start;
}

static void
update(struct loop *l)
{
	struct relay *r = &l->relay;

	update_relay(r);
	sweep(l);
	sources_count(&l->sources, r);
	if (turn_due(r, policy_unused_at(r))) /* the last may just have left */
		end_stop(r, STATUS_OK);
	if (r->stdio->wfd != -1 && r->stdio->outlen == 0 &&
	    !policy_stdout_wanted(r, l->sources.n))
		peer_close_out(r->stdio);
}

static int
events_of(struct loop *l, const struct peer *p)
{
	struct relay *r = &l->relay;
	int events = 0;

	if (turn_due(r, policy_read_at(r, p, l->sources.nsinks)))
		events = POLLIN;
	return peer_pending(p) && !p->timed_retry ? events | POLLOUT : events;
}

static bool
poll_stdio(struct loop *l)
{
	const struct peer *stdio = l->relay.stdio;
	int events = events_of(l, stdio);
	bool in = pollset_set(&l->set, INPUT, stdio->rfd, events & POLLIN);
	bool out = pollset_set(&l->set, OUTPUT, stdio->wfd, events & POLLOUT);

	if (!out && !l->relay.end.stdout_gone)
		pollset_watch(&l->set, OUTPUT, stdio->wfd);
	return in || out;
}

static void
poll_peers(struct loop *l)
{
	struct relay *r = &l->relay;

	pollset_clear(&l->set, LISTENERS + l->nlisteners);
	for (int i = 0; i < r->peers.n; i++) {
		const struct peer *p = r->peers.at[i];
		int events = p->shared_fd ? 0 : events_of(l, p);

		if (i == r->peers.first)
			l->set.start = l->set.n;
		if (events != 0 || end_may_be_reset(r, p))
			pollset_add(&l->set, i, p->wfd == -1 ? p->rfd : p->wfd,
			    events);
	}
	if (r->peers.first == r->peers.n)
		l->set.start = l->set.n; /* stdin first */
}

/* Does the listener serve datagram clients that share its sockets? */
static bool
serves_datagrams(const struct relay *r)
{
	return r->policy->datagram && r->policy->keep_open;
}

/* Datagram clients wait together for their socket to be writable. */
static int
listener_events(struct loop *l, int fd)
{
	struct relay *r = &l->relay;
	int events = 0;

	if (!serves_datagrams(r))
		return turn_due(r, accept_at(&l->acceptor, r)) ? POLLIN : 0;
	if (turn_due(r, dgram_receive_at(r)))
		events = POLLIN;
	if (r->to_peers->readers > 0 && dgram_pending(r, fd))
		events |= POLLOUT;
	return events;
}

static bool
poll_listeners(struct loop *l)
{
	const struct listener *s = l->relay.listener;
	bool any = false;

	for (int i = 0; i < l->nlisteners; i++) {
		int fd = s->n > i ? s->fd[i] : -1;

		if (pollset_set(&l->set, LISTENERS + i, fd,
		    fd == -1 ? 0 : listener_events(l, fd)))
			any = true;
	}
	return any;
}

/* Ask an idle stdout now and then, or a reader that leaves is not noticed. */
static void
look_at_stdout(struct loop *l)
{
	struct relay *r = &l->relay;

	if (!pollset_is_watched(&l->set, OUTPUT) ||
	    !turn_due(r, l->looked + STDOUT_LOOK))
		return;
	l->looked = r->now;
	pollset_set(&l->set, OUTPUT, r->stdio->wfd, POLLOUT);
	turn_again(r);
}

/* Returns false if there is nothing to wait for. */
static bool
build_pollset(struct loop *l)
{
	const struct relay *r = &l->relay;
	bool stdio = poll_stdio(l), listeners = poll_listeners(l);

	poll_peers(l);
	pollset_set(&l->set, STOP, l->stop_fd,
	    r->end.deadline == NEVER ? POLLIN : 0);
	return stdio || listeners || l->set.n > l->set.nfixed ||
	    roster_listening(r) || (r->peers.n > 0 && r->wake != NEVER);
}

/* POLLNVAL is no error here: macOS has it for devices such as /dev/null. */
static void
dispatch_output(struct loop *l)
{
	struct relay *r = &l->relay;
	int revents = pollset_found(&l->set, OUTPUT);

	if (r->stdio->outlen > 0 && revents != 0)
		relay_drain(r, r->stdio);
	else if (revents & (POLLERR | POLLHUP))
		end_stdout_gone(r);
}

static void
dispatch_listener(struct loop *l, int i)
{
	struct relay *r = &l->relay;
	int revents = pollset_found(&l->set, LISTENERS + i);

	if ((revents & POLLOUT) && r->listener->n > i)
		dgram_drain(r, r->listener->fd[i]);
	if ((revents & ~POLLOUT) == 0 || !roster_listening(r))
		return;
	if (serves_datagrams(r))
		dgram_receive(&l->dgram, r, i);
	else
		accept_all(&l->acceptor, r, i);
}

static void
report(const struct relay *r)
{
	struct meter_totals t = roster_totals(r);
	char waits[WAITS_TEXT];

	waits_text(r, waits);
	meter_report(&r->meter, &t, waits);
}

static void
dispatch_signal(struct loop *l)
{
	struct relay *r = &l->relay;

	if (pollset_found(&l->set, STOP) == 0)
		return;
	signals_drain();
	if (signals_stopped())
		end_stop(r, r->end.status);
	else if (signals_take_report())
		report(r);
}

void
loop_dispatch(struct loop *l)
{
	struct relay *r = &l->relay;
	/* a buffer in use, or the rate, has kept sources out of the poll set */
	bool all_polled = r->to_stdout->readers == 0 &&
	    r->to_peers->readers == 0 &&
	    clock_reached(flow_ready_at(&r->from_peers), r->now);

	dispatch_signal(l);
	dispatch_output(l);
	sources_read(&l->sources, r, &l->set, all_polled);
	l->acceptor.left = ACCEPTS;
	for (int i = 0; i < l->nlisteners; i++)
		dispatch_listener(l, i);
}

/* A poll(2) that found something at once was no wait. */
static void
count_wait(struct relay *r, enum cause cause, long long us)
{
	if (us >= SHORT_WAIT && r->meter.connected)
		r->waits.us[cause] += us;
}

/* We were stopped for ms milliseconds: do not count them towards timeouts. */
static void
skip_time(struct relay *r, long long ms)
{
	flow_skip_time(r, ms);
	roster_skip_time(r, ms);
}

void
loop_waited(struct loop *l, long long now, long long us, bool found)
{
	struct relay *r = &l->relay;
	long long before = r->now;

	r->now = now;
	if (l->set.waited)
		count_wait(r, l->cause, us);
	if (l->set.late > STOPPED)
		skip_time(r, r->now - before);
	r->quiet = !found && l->set.full;
}

/*
 * Write what the dump has. If it is a pipe, that may take time, and it may
 * have taken some since the last poll(2): peers are not to blame for it.
 */
static void
flush_dump(struct relay *r)
{
	long long before = r->now;
	bool written = dump_flush(r->policy->dump);

	r->now = clock_ms();
	if (r->now - before > STOPPED)
		skip_time(r, r->now - before);
	if (written || r->end.deadline != NEVER)
		return;
	end_stop(r, STATUS_LOCAL);
}

static void
draw_meter(struct relay *r)
{
	struct meter_totals t = roster_totals(r);

	meter_draw(&r->meter, &t);
	r->meter.drawn = r->now;
	turn_due(r, policy_redraw_at(r));
}

/*
 * The connection is lost. Stdin is not read meanwhile, so this may wait.
 * Returns false if there is no other, or a signal has ended the wait.
 */
static bool
connect_again(struct loop *l)
{
	struct relay *r = &l->relay;
	enum status status = STATUS_OK;
	struct peer *p = l->connector->connect(l->connector->arg, &status);

	r->now = clock_ms();
	if (p == NULL) {
		end_with(r, status);
		return false;
	}
	roster_add(r, p);
	update(l);
	return true;
}

bool
loop_prepare(struct loop *l)
{
	struct relay *r = &l->relay;

	if (r->changed || clock_reached(r->wake, r->now)) {
		update(l);
		if (r->peers.n == 0 && end_will_connect(r) && !connect_again(l))
			return false;
		if (!build_pollset(l))
			return false;
		if (POLL_NEEDS_EVENTS)
			look_at_stdout(l);
		r->changed = false;
	}
	if (r->policy->dump != NULL)
		flush_dump(r);
	if (turn_due(r, policy_redraw_at(r)))
		draw_meter(r);
	l->cause = waits_cause(r);
#ifdef CHECKS
	relay_check(r);
#endif
	return true;
}

void
loop_end(struct loop *l)
{
	struct relay *r = &l->relay;

	peer_flush_typed(r->stdio);
	end_abort(r);
	dgram_free(&l->dgram); /* first: removing each one takes longer */
	while (r->peers.n > 0)
		remove_peer(l, r->peers.at[--r->peers.n]);
	if (r->listener != NULL && r->listener->n > 0)
		listen_close(r->listener);
	if (r->policy->progress)
		report(r);
	else
		waits_tell(r);
	event(&(struct event){ .kind = EVENT_TOTALS,
	    .received = r->peers.received, .sent = r->peers.sent });
	relay_free(r);
	pollset_free(&l->set);
	l->over = true;
}

/* It is drawn for the first time when there is something to show. */
static void
start_meter(struct relay *r)
{
	bool live = r->policy->progress && isatty(STDERR_FILENO) &&
	    !r->stdio->terminal_in; /* one types there */

	meter_start(&r->meter, live, live ? r->stdio->rfd : -1);
	r->meter.drawn = r->now;
	r->stdio->on_terminal = live && isatty(STDOUT_FILENO);
}

void
loop_start(struct loop *l, const struct session *s, int stop_fd)
{
	struct relay *r = &l->relay;

	*l = (struct loop){
		.relay = { .policy = s->policy, .stdio = s->stdio,
		    .listener = s->listener },
		.acceptor = { .paused_since = NEVER },
		.nlisteners = s->listener == NULL ? 0 : s->listener->n,
		.stop_fd = stop_fd,
		.connector = s->connector,
	};
	r->now = l->looked = clock_ms();
	start_meter(r);
	if (relay_open(r, &l->set) &&
	    pollset_grow(&l->set, LISTENERS + l->nlisteners) &&
	    roster_reserve(r)) {
		if (s->peer != NULL)
			roster_add(r, s->peer);
		return;
	}
	end_failed(r, ENOMEM, "relay");
	if (s->peer != NULL)
		peer_free(s->peer);
	loop_end(l);
}
