/* The poll loop: update the peers, build the poll set, wait, dispatch. */
#include "loop.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../base/system.h"
#include "../net/addr.h"
#include "../net/listen.h"
#include "../net/sock.h"
#include "../net/trace.h"
#include "accept.h"
#include "dgram.h"
#include "dump.h"
#include "peer.h"
#include "policy.h"
#include "relay.h"

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
	MANY = 64,          /* peers: so many are not all polled each time */
	MAX_ACTIVE = 32,    /* peers that are */
	POLL_ALL = 4,       /* ms between polls of all peers */
	STOPPED = 100,      /* ms too late: we were stopped, peers were not */
	STDOUT_LOOK = 1000, /* ms until an idle stdout is looked at again */
};

struct loop {
	struct relay relay;
	struct acceptor acceptor;
	struct dgram dgram;
	int nlisteners;       /* listening sockets at the start */
	int stop_fd;
	const struct connector *connector; /* of a lost connection, or NULL */
	long long looked;     /* when an idle stdout was last looked at */
	int nsources, nsinks; /* peers that may send, and may be sent to */
	int first;            /* the first place in the poll set for a peer */
	int npolled;          /* places in use */
	int nactive;          /* those that are polled while traffic is dense */
	int start;            /* the place from which sources are read */
	long long poll_all;   /* when all are polled again */
	bool busy;            /* active peers had events since then */
	size_t share;         /* bytes that a peer may send in this turn */
	size_t left;          /* bytes that all may still send in it */
};

/*
 * The poll set: these, the listening sockets, then the peers. poll(2) takes
 * time for each place, so if there are many peers, those that were active move
 * to the front, and only these are polled until traffic pauses, or for a few
 * milliseconds.
 */
enum { STOP, INPUT, OUTPUT, LISTENERS };

/*
 * Before a connection is closed, what stdin has sent of an incomplete message
 * is sent as it is.
 */
static bool
flush_stdin_first(struct relay *r, const struct peer *p)
{
	if (r->policy->keep_open || p->closing_since != NEVER ||
	    r->stdio->rfd == -1 || !relay_has_partial(r, r->stdio))
		return false;
	peer_close_in(r->stdio);
	r->again = true;
	return true;
}

/* Close the directions of p that will not be used again. */
static void
close_directions(struct relay *r, struct peer *p)
{
	if (p->wfd != -1 && p->outlen == 0 && !policy_may_send_more(r, p) &&
	    !flush_stdin_first(r, p) && !relay_late_error(r, p) &&
	    !policy_unacked(r, p)) {
		if (p->count_unacked)
			p->unacked = sock_unacked(p->wfd);
		peer_close_out(p);
		if (p->closing_since != NEVER)
			p->closing_since = r->now;
	}
	if (policy_linger_done(r, p))
		peer_close_in(p);
}

/* Close p if it is idle, or at once if it has stalled. */
static void
check_timeouts(struct relay *r, struct peer *p)
{
	if (p->closing_since != NEVER && p->outlen == 0)
		return;
	if (!policy_write_stalled(r, p)) {
		if (!policy_idle(r, p) || flush_stdin_first(r, p))
			return;
		r->timed_out = true;
	}
	if (p->outlen > 0)
		relay_peer_stalled(r, p);
	relay_start_close(r, p);
}

/* The other side was silent for the time of -q, or of its default. */
static void
quit_silent(struct relay *r, struct peer *p)
{
	r->timed_out = true;
	if (!r->policy->datagram)
		say_verbose(1, "the other side was silent for %lld.%03lld s "
		    "(-q)", r->policy->quit_after_stdin / 1000,
		    r->policy->quit_after_stdin % 1000);
	relay_start_close(r, p);
}

/* Do what the policy says about p now. */
static void
update_peer(struct relay *r, struct peer *p)
{
	bool pending = p->outlen > 0;

	if (policy_write_retry(r, p))
		relay_drain(r, p);
	check_timeouts(r, p);
	if (pending && p->outlen == 0)
		r->again = true; /* what waited for the buffer can go on */
	if (policy_quit_expired(r, p) && p->closing_since == NEVER)
		quit_silent(r, p);
	if (policy_all_sent(r, p))
		relay_start_close(r, p);
	close_directions(r, p);
	if (p->datagram && p->error != 0)
		relay_drain_errors(r, p);
	if (p->rfd == -1)
		relay_flush_partial(r, p);
}

static void
remove_peer(struct loop *l, struct peer *p)
{
	if (p->shared_fd)
		dgram_remove(&l->dgram, p);
	relay_free_peer(&l->relay, p);
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
	int kept = 0, start = r->rr_start;

	for (int i = 0; i < r->n; i++) {
		struct peer *p = r->peers[i];

		if (p->rfd != -1 || p->wfd != -1 || relay_has_partial(r, p)) {
			r->peers[kept++] = p;
			continue;
		}
		remove_peer(l, p);
		start -= i < r->rr_start;
	}
	r->n = kept;
	r->rr_start = start;
}

static void
count_peers(struct loop *l)
{
	const struct relay *r = &l->relay;

	l->nsources = 0;
	l->nsinks = relay_nsinks(r);
	for (int i = 0; i < r->n; i++) {
		const struct peer *p = r->peers[i];

		l->nsources += relay_has_partial(r, p) ||
		    (p->rfd != -1 && !p->discard);
	}
}

/* Do what the policy says about the relay as a whole. */
static void
update_relay(struct relay *r)
{
	if (policy_deadline_passed(r))
		relay_abort(r);
	if (policy_accept_expired(r)) {
		listen_report_timeout(r->listener, r->policy->idle_timeout);
		relay_stop(r, STATUS_TIMEOUT);
	}
	if (policy_unused(r))
		relay_stop(r, STATUS_OK);
	if (policy_output_gone(r))
		relay_stop(r, relay_output_done(r) ? r->status : STATUS_LOCAL);
	if (policy_listener_done(r))
		relay_stop(r, r->status);
	relay_resume(r);
	if (r->stdio->rfd == -1)
		relay_flush_partial(r, r->stdio);
}

static void
update(struct loop *l)
{
	struct relay *r = &l->relay;

	r->next_timeout = NEVER;
	r->again = false;
	update_relay(r);
	for (int i = 0; i < r->n; i++)
		update_peer(r, r->peers[i]);
	sweep(l);
	count_peers(l);
	if (r->stdio->wfd != -1 && r->stdio->outlen == 0 &&
	    !policy_stdout_wanted(r, l->nsources))
		peer_close_out(r->stdio);
}

/* Ask for these events; none: leave the descriptor out. */
static bool
set_pollfd(struct pollfd *p, int fd, int events)
{
	p->fd = events == 0 ? -1 : fd;
	p->events = (short)events;
	p->revents = 0;
	return p->fd != -1;
}

static int
events_of(struct loop *l, const struct peer *p)
{
	int events = policy_can_read(&l->relay, p, l->nsinks) ? POLLIN : 0;

	return peer_pending(p) && !p->timed_retry ? events | POLLOUT : events;
}

static bool
poll_stdio(struct loop *l)
{
	const struct peer *stdio = l->relay.stdio;
	int events = events_of(l, stdio);
	bool in = set_pollfd(&l->relay.pfds[INPUT], stdio->rfd,
	    events & POLLIN);
	bool out = set_pollfd(&l->relay.pfds[OUTPUT], stdio->wfd,
	    events & POLLOUT);

	if (!out && !l->relay.stdout_gone)
		l->relay.pfds[OUTPUT].fd = stdio->wfd; /* only for errors */
	return in || out;
}

static void
poll_peers(struct loop *l)
{
	struct relay *r = &l->relay;
	int place = l->first;

	l->start = -1;
	for (int i = 0; i < r->n; i++) {
		const struct peer *p = r->peers[i];
		int events = p->shared_fd ? 0 : events_of(l, p);

		if (i == r->rr_start)
			l->start = place;
		if (events == 0 && !relay_may_be_reset(r, p))
			continue;
		r->polled[place] = i;
		set_pollfd(&r->pfds[place], p->wfd == -1 ? p->rfd : p->wfd,
		    events);
		if (events == 0)
			r->pfds[place].fd = p->wfd; /* only for errors */
		place++;
	}
	if (l->start == -1)
		l->start = place; /* stdin first */
	l->npolled = place;
	l->nactive = 0;
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
		return accept_allowed(&l->acceptor, r) ? POLLIN : 0;
	if (relay_listening(r) && dgram_can_receive(r))
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

		any |= set_pollfd(&l->relay.pfds[LISTENERS + i], fd,
		    fd == -1 ? 0 : listener_events(l, fd));
	}
	return any;
}

/* Ask an idle stdout now and then, or a reader that leaves is not noticed. */
static void
look_at_stdout(struct loop *l)
{
	struct relay *r = &l->relay;
	struct pollfd *p = &r->pfds[OUTPUT];

	if (p->fd == -1 || p->events != 0 ||
	    !policy_expired(r, l->looked, STDOUT_LOOK))
		return;
	l->looked = r->now;
	p->events = POLLOUT;
	r->again = true;
}

/* Returns false if there is nothing to wait for. */
static bool
build_pollset(struct loop *l)
{
	const struct relay *r = &l->relay;
	bool stdio = poll_stdio(l), listeners = poll_listeners(l);

	poll_peers(l);
	set_pollfd(&r->pfds[STOP], l->stop_fd,
	    r->deadline == NEVER ? POLLIN : 0);
	return stdio || l->npolled > l->first || listeners ||
	    relay_listening(r) ||
	    (r->n > 0 && (r->next_timeout != NEVER || r->again));
}

/* POLLNVAL is no error here: macOS has it for devices such as /dev/null. */
static void
dispatch_output(struct loop *l)
{
	struct relay *r = &l->relay;
	int revents = l->relay.pfds[OUTPUT].revents;

	if (r->stdio->outlen > 0 && revents != 0)
		relay_drain(r, r->stdio);
	else if (revents & (POLLERR | POLLHUP))
		r->stdout_gone = r->changed = true;
}

/*
 * Returns false if stdin has data that waits for a buffer. The sinks are
 * counted again, because some may have closed in this turn.
 */
static bool
dispatch_input(struct loop *l)
{
	struct relay *r = &l->relay;

	if (l->relay.pfds[INPUT].revents == 0)
		return true;
	count_peers(l);
	if (!policy_can_read(r, r->stdio, l->nsinks))
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
		    policy_can_read(&l->relay, p, l->nsinks);
	take(&l->left, p->received - before);
}

/* A client that had sent EOF has closed its other direction too. */
static void
close_gone(struct relay *r, struct peer *p)
{
	if (peer_pending(p) || p->wfd == -1)
		return;
	peer_close_out(p);
	r->changed = true;
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
		if (relay_may_have_left(r, p))
			close_gone(r, p);
		else
			relay_late_error(r, p);
		return true;
	}
	if (!policy_can_read(r, p, l->nsinks) || l->left == 0)
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
share_turn(struct loop *l, int n)
{
	const struct relay *r = &l->relay;
	int ready = 0;

	for (int i = l->first; i < n; i++)
		if (r->pfds[i].revents & POLLIN)
			ready++;
	l->left = l->share = TURN_BYTES;
	if (ready > 1)
		l->share = SHARED_BYTES / (size_t)ready;
	if (l->share < LEAST_SHARE)
		l->share = LEAST_SHARE;
}

/*
 * Read all sources in turn, starting with the first one that had to wait for a
 * buffer. If none had to, stdin is last, so that nothing is read for peers
 * that turn out to have closed.
 */
static void
dispatch_sources(struct loop *l, int n, bool all_polled)
{
	struct relay *r = &l->relay;
	int peers = n - l->first, start = l->start - l->first, waits = -1;

	for (int k = 0; k <= peers; k++) {
		int place = l->first + (start + k) % (peers + 1);
		int i = place == n ? r->n : r->polled[place];
		bool done = place == n ? dispatch_input(l)
		    : r->pfds[place].revents == 0 || dispatch_peer(l,
		    r->peers[i], r->pfds[place].revents);

		if (!done && waits == -1)
			waits = i;
	}
	if (waits != -1)
		r->rr_start = waits;
	else if (all_polled)
		r->rr_start = 0;
}

static void
dispatch_listener(struct loop *l, int i)
{
	struct relay *r = &l->relay;
	int revents = l->relay.pfds[LISTENERS + i].revents;

	if ((revents & POLLOUT) && r->listener->n > i)
		dgram_drain(r, r->listener->fd[i]);
	if ((revents & ~POLLOUT) == 0 || !relay_listening(r))
		return;
	if (serves_datagrams(r))
		dgram_receive(&l->dgram, r, i);
	else
		accept_all(&l->acceptor, r, i);
}

static void
report(const struct relay *r)
{
	struct meter_totals t = relay_totals(r);
	char waits[WAITS_TEXT];

	waits_text(r, waits);
	meter_report(&r->meter, &t, waits);
}

static void
dispatch_signal(struct loop *l)
{
	struct relay *r = &l->relay;

	if (r->pfds[STOP].revents == 0)
		return;
	signals_drain();
	if (signals_stopped())
		relay_stop(r, r->status);
	else if (signals_take_report())
		report(r);
}

/* Act on the events at the first n places of the poll set. */
static void
dispatch(struct loop *l, int n)
{
	struct relay *r = &l->relay;
	/* a buffer in use, or the rate, has kept sources out of the poll set */
	bool all_polled = r->to_stdout->readers == 0 &&
	    r->to_peers->readers == 0 && !policy_read_delayed(r, NULL);

	dispatch_signal(l);
	dispatch_output(l);
	share_turn(l, n);
	l->acceptor.left = ACCEPTS;
	dispatch_sources(l, n, all_polled);
	for (int i = 0; i < l->nlisteners; i++)
		dispatch_listener(l, i);
}

static void
swap_places(struct loop *l, int a, int b)
{
	struct relay *r = &l->relay;
	struct pollfd pfd = r->pfds[a];
	int peer = r->polled[a];

	r->pfds[a] = r->pfds[b];
	r->polled[a] = r->polled[b];
	r->pfds[b] = pfd;
	r->polled[b] = peer;
	if (l->start == a || l->start == b)
		l->start = l->start == a ? b : a;
}

/* All were polled: move the peers with events to those that are active. */
static void
find_active(struct loop *l)
{
	struct relay *r = &l->relay;
	int end = l->nactive > l->first ? l->nactive : l->first;

	for (int i = end; i < l->npolled; i++)
		if (r->pfds[i].revents != 0 && end - l->first <= MAX_ACTIVE)
			swap_places(l, end++, i);
	l->nactive = end - l->first > MAX_ACTIVE ? 0 : end;
	l->poll_all = r->now + POLL_ALL;
}

/* A poll(2) that found something at once was no wait. */
static void
count_wait(struct relay *r, enum cause cause, long long us)
{
	if (us >= SHORT_WAIT && r->meter.connected)
		r->waits.us[cause] += us;
}

/*
 * Wait for events. While active peers are busy, all are only looked at: poll(2)
 * takes more time for each place when it has to wait. Returns the number of
 * places polled; -1 and errno.
 */
static int
wait_events(struct loop *l)
{
	struct relay *r = &l->relay;
	bool some = l->nactive > 0 && r->now < l->poll_all;
	bool look = !some && l->nactive > 0 && l->busy;
	int n = some ? l->nactive : l->npolled;
	long long until = some ? clock_earlier(l->poll_all, r->next_timeout)
			       : r->next_timeout;
	long long before = r->now, due = r->again || look ? before : until;
	int timeout = clock_timeout(due, before), ready;
	enum cause cause = waits_cause(r);
	long long start = clock_us();

	trace_begin();
	ready = poll(r->pfds, (nfds_t)n, timeout);
	trace_poll(r->pfds, (size_t)n, timeout, ready);
	r->now = clock_ms();
	if (timeout != 0)
		count_wait(r, cause, clock_us() - start);
	if (due != NEVER && r->now - due > STOPPED)
		relay_excuse(r, r->now - before);
	l->busy = some && (l->busy || ready > 0);
	r->quiet = ready == 0 && !some;
	if (look)
		l->poll_all = r->now + POLL_ALL;
	if (ready <= 0)
		return ready;
	if (!some && l->npolled - l->first >= MANY)
		find_active(l);
	return some ? n : l->npolled;
}

static bool
fail(struct relay *r, int error, const char *what)
{
	say_error(error, "%s", what);
	r->status = STATUS_LOCAL;
	return false;
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
		relay_excuse(r, r->now - before);
	if (written || r->deadline != NEVER)
		return;
	relay_stop(r, STATUS_LOCAL);
	r->again = true;
}

static void
draw_meter(struct relay *r)
{
	struct meter_totals t = relay_totals(r);

	meter_draw(&r->meter, &t);
	r->meter.drawn = r->now;
	policy_redraw(r); /* look again then */
}

static bool
timed_out(const struct relay *r)
{
	return r->next_timeout != NEVER && r->now >= r->next_timeout;
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
		r->status = status;
		return false;
	}
	relay_add_peer(r, p);
	update(l);
	return true;
}

/* One turn; false: there is nothing left to do. */
static bool
turn(struct loop *l)
{
	struct relay *r = &l->relay;
	int n;

	if (r->changed || r->again || timed_out(r)) {
		update(l);
		if (r->n == 0 && relay_will_connect(r) && !connect_again(l))
			return false;
		if (!build_pollset(l))
			return false;
		if (POLL_NEEDS_EVENTS)
			look_at_stdout(l);
		r->changed = false;
	}
	if (r->policy->dump != NULL)
		flush_dump(r);
	if (policy_redraw(r))
		draw_meter(r);
	n = wait_events(l);
	if (n > 0)
		dispatch(l, n);
	return n != -1 || sock_later(errno) || fail(r, errno, "poll");
}

static void
end(struct loop *l)
{
	struct relay *r = &l->relay;

	peer_flush_typed(r->stdio);
	relay_abort(r);
	dgram_free(&l->dgram); /* first: removing each one takes longer */
	while (r->n > 0)
		remove_peer(l, r->peers[--r->n]);
	if (r->listener != NULL && r->listener->n > 0)
		listen_close(r->listener);
	if (r->policy->progress)
		report(r);
	else
		waits_tell(r);
	say_verbose(2, "received %llu byte%s, sent %llu byte%s", r->received,
	    say_plural(r->received), r->sent, say_plural(r->sent));
	relay_free(r);
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
		    .listener = listener, .nfixed = LISTENERS },
		.acceptor = { .paused_since = NEVER },
		.nlisteners = listener == NULL ? 0 : listener->n,
		.stop_fd = stop_fd,
		.connector = connector,
	};
	struct relay *r = &l.relay;

	l.first = r->nfixed += l.nlisteners;
	r->changed = true;
	r->start = r->now = r->last_left = stdio->last_in = l.looked = clock_ms();
	r->last_used = r->now;
	start_meter(r);
	if (relay_open(r) && relay_reserve(r)) {
		if (peer != NULL)
			relay_add_peer(r, peer);
		while (turn(&l))
			;
	} else {
		fail(r, ENOMEM, "relay");
		if (peer != NULL)
			peer_free(peer);
	}
	end(&l);
	if (r->status == STATUS_OK && r->timed_out && r->frame.left > 0 &&
	    (policy->datagram || policy->messages || policy->lines))
		r->status = STATUS_TIMEOUT; /* fewer than -W were received */
	return r->status;
}
