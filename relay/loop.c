/* The poll loop: update the peers, build the poll set, wait, dispatch. */
#include "loop.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../base/system.h"
#include "../net/addr.h"
#include "../net/listen.h"
#include "../net/sock.h"
#include "accept.h"
#include "dgram.h"
#include "dump.h"
#include "end.h"
#include "flow.h"
#include "peer.h"
#include "policy.h"
#include "pollset.h"
#include "rate.h"
#include "relay.h"
#include "roster.h"
#include "turn.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum {
	BURST = 64,         /* datagrams read from a peer in a turn */
	READS = 8,          /* reads of a stream that has a lot to send */
	TURN_BYTES = 8 << 20, /* read of streams in a turn ... */
	SHARED_BYTES = 4 << 20, /* by several that have data, in equal shares */
	LEAST_SHARE = 64 << 10,
	ACCEPTS = 64,       /* clients accepted in a turn */
	SHORT_WAIT = 20,    /* us: no wait */
	STOPPED = 100,      /* ms too late: we were stopped, peers were not */
	STDOUT_LOOK = 1000, /* ms until an idle stdout is looked at again */
};

struct loop {
	struct relay relay;
	struct pollset set;
	struct acceptor acceptor;
	struct dgram dgram;
	int nlisteners;       /* listening sockets at the start */
	int stop_fd;
	const struct connector *connector; /* of a lost connection, or NULL */
	long long looked;     /* when an idle stdout was last looked at */
	int nsources, nsinks; /* peers that may send, and may be sent to */
	size_t share;         /* bytes that a peer may send in this turn */
	size_t left;          /* bytes that all may still send in it */
};

/* The fixed places in the poll set: these, and the listening sockets. */
enum { STOP, INPUT, OUTPUT, LISTENERS };

/*
 * Before a connection is closed, what stdin has sent of an incomplete message
 * is sent as it is.
 */
static bool
flush_stdin_first(struct relay *r, const struct peer *p)
{
	if (r->policy->keep_open || p->closing_since != NEVER ||
	    r->stdio->rfd == -1 || !flow_has_partial(r, r->stdio))
		return false;
	peer_close_in(r->stdio);
	turn_again(r);
	return true;
}

/* Close the directions of p that will not be used again. */
static void
close_directions(struct relay *r, struct peer *p)
{
	if (p->wfd != -1 && p->outlen == 0 &&
	    turn_due(r, policy_close_out_at(r, p)) && !flush_stdin_first(r, p) &&
	    !end_late_error(r, p) && turn_due(r, policy_acked_at(r, p))) {
		if (p->count_unacked)
			p->unacked = sock_unacked(p->wfd);
		peer_close_out(p);
		if (p->closing_since != NEVER)
			p->closing_since = r->now;
	}
	if (turn_due(r, policy_linger_until(r, p)))
		peer_close_in(p);
}

/* Close p if it is idle, or at once if it has stalled. */
static void
check_timeouts(struct relay *r, struct peer *p)
{
	if (p->closing_since != NEVER && p->outlen == 0)
		return;
	if (!turn_due(r, policy_give_up_at(r, p))) {
		if (!turn_due(r, policy_idle_at(r, p)) || flush_stdin_first(r, p))
			return;
		end_timed_out(r);
	}
	if (p->outlen > 0)
		end_stalled(r, p);
	end_close(r, p);
}

/* The other side was silent for the time of -q, or of its default. */
static void
quit_silent(struct relay *r, struct peer *p)
{
	end_timed_out(r);
	if (!r->policy->datagram)
		say_verbose(1, "the other side was silent for %lld.%03lld s "
		    "(-q)", r->policy->quit_after_stdin / 1000,
		    r->policy->quit_after_stdin % 1000);
	end_close(r, p);
}

/* Poll(2) does not always tell when to write again. */
static void
retry_write(struct relay *r, struct peer *p)
{
	if (!turn_due(r, policy_retry_at(r, p)))
		return;
	relay_drain(r, p);
	turn_due(r, policy_next_retry_at(r, p));
}

/* Do what the policy says about p now. */
static void
update_peer(struct relay *r, struct peer *p)
{
	bool pending = p->outlen > 0;

	retry_write(r, p);
	check_timeouts(r, p);
	if (pending && p->outlen == 0)
		turn_again(r); /* what waited for the buffer can go on */
	if (turn_due(r, policy_quit_at(r, p)) && p->closing_since == NEVER)
		quit_silent(r, p);
	if (policy_all_sent(r, p))
		end_close(r, p);
	close_directions(r, p);
	if (p->datagram && p->error != 0)
		relay_drain_errors(r, p);
	if (p->rfd == -1)
		relay_flush(r, p);
}

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
	r->peers.n = kept;
	r->peers.first = start;
}

static void
count_peers(struct loop *l)
{
	const struct relay *r = &l->relay;

	l->nsources = 0;
	l->nsinks = flow_sinks(r);
	for (int i = 0; i < r->peers.n; i++) {
		const struct peer *p = r->peers.at[i];

		l->nsources += flow_has_partial(r, p) ||
		    (p->rfd != -1 && !p->discard);
	}
}

/* Do what the policy says about the relay as a whole. */
static void
update_relay(struct relay *r)
{
	if (turn_due(r, r->end.deadline))
		end_abort(r);
	if (turn_due(r, policy_accept_until(r))) {
		listen_report_timeout(r->listener, r->policy->idle_timeout);
		end_stop(r, STATUS_TIMEOUT);
	}
	if (turn_due(r, policy_unused_at(r)))
		end_stop(r, STATUS_OK);
	if (turn_due(r, policy_output_gone_at(r)))
		end_stop(r, end_output_done(r) ? r->end.status : STATUS_LOCAL);
	if (turn_due(r, policy_listener_done_at(r)))
		end_stop(r, r->end.status);
	relay_resume(r);
	if (flow_has_partial(r, r->stdio))
		turn_due(r, flow_unit_at(r, &r->from_stdin));
	if (r->stdio->rfd == -1)
		relay_flush(r, r->stdio);
}

static void
update(struct loop *l)
{
	struct relay *r = &l->relay;

	r->wake = NEVER;
	update_relay(r);
	for (int i = 0; i < r->peers.n; i++)
		update_peer(r, r->peers.at[i]);
	sweep(l);
	count_peers(l);
	if (r->stdio->wfd != -1 && r->stdio->outlen == 0 &&
	    !policy_stdout_wanted(r, l->nsources))
		peer_close_out(r->stdio);
}

static int
events_of(struct loop *l, const struct peer *p)
{
	struct relay *r = &l->relay;
	int events = 0;

	if (turn_due(r, policy_read_at(r, p, l->nsinks)))
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

/*
 * Returns false if stdin has data that waits for a buffer. The sinks are
 * counted again, because some may have closed in this turn.
 */
static bool
dispatch_input(struct loop *l)
{
	struct relay *r = &l->relay;

	if (pollset_found(&l->set, INPUT) == 0)
		return true;
	count_peers(l);
	if (!turn_due(r, policy_read_at(r, r->stdio, l->nsinks)))
		return l->nsinks == 0;
	relay_read(r, r->stdio, TURN_BYTES);
	return true;
}

static void
take(size_t *left, unsigned long long n)
{
	*left = n < *left ? *left - (size_t)n : 0;
}

/* If there may be more, another read costs less than another poll(2). */
static void
read_peer(struct loop *l, struct peer *p)
{
	unsigned long long before = p->received, end = before + l->share;
	bool more = true;

	for (int i = p->datagram ? BURST : READS; i > 0 && more; i--)
		more = relay_read(&l->relay, p, (size_t)(end - p->received)) &&
		    !p->discard && (p->datagram || p->received < end) &&
		    turn_due(&l->relay, policy_read_at(&l->relay, p, l->nsinks));
	take(&l->left, p->received - before);
}

/* A client that had sent EOF has closed its other direction too. */
static void
close_gone(struct relay *r, struct peer *p)
{
	if (peer_pending(p) || p->wfd == -1)
		return;
	peer_close_out(p);
	turn_changed(r);
}

/* Returns false if the peer has data that waits for a buffer. */
static bool
dispatch_peer(struct loop *l, struct peer *p, int revents)
{
	struct relay *r = &l->relay;

	if (peer_pending(p) && (revents & ~POLLIN) != 0)
		relay_drain(r, p);
	if ((revents & ~POLLOUT) == 0)
		return true;
	if (p->rfd == -1) {
		if (end_may_have_left(r, p))
			close_gone(r, p);
		else
			end_late_error(r, p);
		return true;
	}
	if (!turn_due(r, policy_read_at(r, p, l->nsinks)) || l->left == 0)
		return false;
	if (p->discard)
		relay_discard(r, p);
	else
		read_peer(l, p);
	return true;
}

/*
 * The more peers have data, the less each may send: then a line of one does not
 * wait for megabytes of the others.
 */
static void
share_turn(struct loop *l)
{
	size_t ready = (size_t)pollset_readable(&l->set);

	l->left = l->share = TURN_BYTES;
	if (ready > 1)
		l->share = SHARED_BYTES / ready;
	if (l->share < LEAST_SHARE)
		l->share = LEAST_SHARE;
}

/*
 * Act on the events of a source: of the peer at this place, or of stdin, which
 * comes after the last one. Returns false if it has data that waits.
 */
static bool
dispatch_source(struct loop *l, int place)
{
	int found;

	if (place == l->set.npolled)
		return dispatch_input(l);
	found = pollset_found(&l->set, place);
	return found == 0 ||
	    dispatch_peer(l, l->relay.peers.at[l->set.who[place]], found);
}

/* The sources take turns: the next turn begins with the one at this place. */
static void
begin_with(struct loop *l, int place)
{
	struct roster *peers = &l->relay.peers;

	peers->first = place == l->set.npolled ? peers->n : l->set.who[place];
}

/*
 * Read all sources in turn, starting with the first one that had to wait for a
 * buffer. If none had to, stdin is last, so that nothing is read for peers
 * that turn out to have closed.
 */
static void
dispatch_sources(struct loop *l, bool all_polled)
{
	const struct pollset *s = &l->set;
	int n = s->npolled - s->nfixed + 1, waits = -1;
	int place = s->nfixed + (s->start - s->nfixed) % n; /* may be beyond */

	for (int k = s->nfixed; k <= s->npolled; k++) {
		if (!dispatch_source(l, place) && waits == -1)
			waits = place;
		place = place == s->npolled ? s->nfixed : place + 1;
	}
	if (waits != -1)
		begin_with(l, waits);
	else if (all_polled)
		l->relay.peers.first = 0;
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

/* Act on the events that the wait has found. */
static void
dispatch(struct loop *l)
{
	struct relay *r = &l->relay;
	/* a buffer in use, or the rate, has kept sources out of the poll set */
	bool all_polled = r->to_stdout->readers == 0 &&
	    r->to_peers->readers == 0 &&
	    clock_reached(r->from_peers.rate->ready, r->now);

	dispatch_signal(l);
	dispatch_output(l);
	share_turn(l);
	l->acceptor.left = ACCEPTS;
	dispatch_sources(l, all_polled);
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
	r->peers.last_left = clock_earlier(r->peers.last_left + ms, r->now);
}

/* Wait for events. Returns how many there are; -1 and errno. */
static int
wait_events(struct loop *l)
{
	struct relay *r = &l->relay;
	enum cause cause = waits_cause(r);
	long long before = r->now, start = clock_us();
	int ready = pollset_wait(&l->set, r->wake, &r->now);

	if (l->set.waited)
		count_wait(r, cause, clock_us() - start);
	if (l->set.late > STOPPED)
		skip_time(r, r->now - before);
	r->quiet = ready == 0 && l->set.full;
	return ready;
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

/* One turn; false: there is nothing left to do. */
static bool
turn(struct loop *l)
{
	struct relay *r = &l->relay;
	int n;

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
	n = wait_events(l);
	if (n > 0)
		dispatch(l);
	if (n != -1 || sock_later(errno))
		return true;
	end_failed(r, errno, "poll");
	return false;
}

static void
end(struct loop *l)
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
	say_verbose(2, "received %llu byte%s, sent %llu byte%s", r->peers.received,
	    say_plural(r->peers.received), r->peers.sent, say_plural(r->peers.sent));
	relay_free(r);
	pollset_free(&l->set);
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

enum status
loop_run(const struct policy *policy, struct peer *stdio,
    struct listener *listener, struct peer *peer,
    const struct connector *connector, int stop_fd)
{
	struct loop l = {
		.relay = { .policy = policy, .stdio = stdio,
		    .listener = listener },
		.acceptor = { .paused_since = NEVER },
		.nlisteners = listener == NULL ? 0 : listener->n,
		.stop_fd = stop_fd,
		.connector = connector,
	};
	struct relay *r = &l.relay;

	r->peers.places = &l.set;
	r->now = l.looked = clock_ms();
	start_meter(r);
	if (relay_open(r) && pollset_grow(&l.set, LISTENERS + l.nlisteners) &&
	    roster_reserve(r)) {
		if (peer != NULL)
			roster_add(r, peer);
		while (turn(&l))
			;
	} else {
		end_failed(r, ENOMEM, "relay");
		if (peer != NULL)
			peer_free(peer);
	}
	end(&l);
	return end_status(r);
}
