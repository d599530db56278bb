/* Timeouts and end rules, each as one predicate. */
#include "policy.h"
#include "../base/clock.h"
#include "../net/sock.h"
#include "peer.h"
#include "relay.h"

enum {
	STALL_LIMIT = 10000, /* ms that a client may hold up the others */
	STALL_PARTS = 5,     /* after each part of the limit, try to write */
	TIMED_RETRY = 20,    /* ms until a write is tried that poll misses */
	LINGER = 500,        /* ms for a peer to close its side too */
	LINGER_QUIET = 100,  /* ms of its silence that are enough */
	ACK_LOOK = 10,       /* ms until we look again what is acknowledged */
	LAST_LOOK = 100,     /* ms that stdin may be silent with -w 0 */
	BACKGROUND_LOOK = 250, /* ms until a background job looks at its stdin */
};

bool
policy_expired(struct relay *r, long long since, long long limit)
{
	if (limit == NEVER)
		return false;
	if (r->now - since >= limit)
		return true;
	r->next_timeout = clock_earlier(r->next_timeout, since + limit);
	return false;
}

static long long
later(long long a, long long b)
{
	return a > b ? a : b;
}

bool
policy_read_delayed(struct relay *r, const struct peer *p)
{
	return !policy_expired(r, relay_rate(r, p)->ready, 0);
}

size_t
policy_read_size(struct relay *r, const struct peer *p)
{
	/* a part of a datagram would be another datagram */
	if (r->policy->datagram)
		return r->policy->read_size;
	return rate_allowed(relay_rate(r, p), r->policy->read_size, r->now);
}

bool
policy_unit_delayed(struct relay *r, const struct peer *p)
{
	return p == r->stdio && r->last_unit != NEVER &&
	    !policy_expired(r, r->last_unit, r->policy->unit_delay);
}

/* Until when do the rate and the delay between lines hold up stdin? */
static long long
stdin_delayed_until(struct relay *r)
{
	long long ready = r->stdio->rfd == -1 ? 0
	    : relay_rate(r, r->stdio)->ready;

	if (r->last_unit == NEVER || !relay_has_partial(r, r->stdio))
		return ready;
	return later(ready, r->last_unit + r->policy->unit_delay);
}

/* When p last sent, or could have sent if the rate had let it. */
static long long
last_in(struct relay *r, const struct peer *p)
{
	return later(p->last_in, p == r->stdio ? stdin_delayed_until(r)
	    : relay_rate(r, p)->ready);
}

static long long
last_activity(struct relay *r, const struct peer *p)
{
	return later(last_in(r, p), p->last_out);
}

/* A background job that reads its terminal would be stopped by SIGTTIN. */
static bool
in_background(struct relay *r, const struct peer *p)
{
	if (!p->terminal_in || peer_in_foreground(p))
		return false;
	policy_expired(r, r->now, BACKGROUND_LOOK);
	return true;
}

bool
policy_can_read(struct relay *r, const struct peer *p, int nsinks)
{
	if (p->rfd == -1 || in_background(r, p))
		return false;
	if (p != r->stdio && p->discard)
		return true;
	if (p == r->stdio ? nsinks == 0 : r->stdio->wfd == -1)
		return false;
	return relay_can_read(r, p) && !policy_read_delayed(r, p);
}

/* From when on has p to be silent, so that the half-close follows? */
static long long
half_close_since(struct relay *r, const struct peer *p)
{
	long long since = last_in(r, p);

	if (r->stdio->received > 0)
		since = later(since, r->stdio->last_in);
	return since;
}

/* After EOF of stdin: is there a reason not to half-close yet? */
static bool
half_close_delayed(struct relay *r, const struct peer *p)
{
	if (relay_has_partial(r, r->stdio))
		return true;
	if (p->rfd == -1)
		return false;
	if (r->policy->no_half_close || r->policy->broker)
		return true;
	if (r->policy->keep_open ? p->sent > 0
	    : r->stdio->received > 0 && !r->policy->half_close_late)
		return false;
	return !policy_expired(r, half_close_since(r, p),
	    r->policy->half_close_wait);
}

bool
policy_may_send_more(struct relay *r, const struct peer *p)
{
	if (p->closing_since != NEVER)
		return false;
	if (p->datagram)
		return true;
	if (r->stdio->rfd == -1)
		return half_close_delayed(r, p);
	if (p->rfd != -1)
		return true;
	if (r->policy->reconnect)
		return false;
	if (r->policy->feed_receiver && p->received == 0)
		return true;
	return !policy_expired(r, later(last_in(r, r->stdio),
	    last_activity(r, p)), r->policy->stdin_grace);
}

bool
policy_all_sent(const struct relay *r, const struct peer *p)
{
	return r->policy->send_only && r->stdio->rfd == -1 &&
	    p->outlen == 0 && !relay_has_partial(r, r->stdio);
}

/*
 * The peer has ended first, and may have closed: only a reset would tell that
 * it did not take the rest. Wait until all is acknowledged.
 */
bool
policy_unacked(struct relay *r, const struct peer *p)
{
	if (p->rfd != -1 || p->datagram || r->policy->keep_open ||
	    addr_is_unix(&p->addr) || sock_unacked(p->wfd) == 0 ||
	    policy_expired(r, p->last_out, LINGER))
		return false;
	policy_expired(r, r->now, ACK_LOOK);
	return true;
}

bool
policy_stdout_wanted(const struct relay *r, int nsources)
{
	return nsources > 0 || relay_listening(r) || relay_will_connect(r);
}

bool
policy_quit_expired(struct relay *r, const struct peer *p)
{
	if (r->stdio->rfd != -1 || p->outlen > 0 || r->to_stdout->readers > 0)
		return false;
	if (relay_has_partial(r, r->stdio) ||
	    (r->policy->keep_open && p->wfd != -1))
		return false;
	return policy_expired(r, later(last_in(r, r->stdio),
	    last_activity(r, p)), r->policy->quit_after_stdin);
}

/*
 * Sending a datagram proves nothing: its receiver may never have asked. There
 * may be many senders, so they expire together, at up to 1/8 of the limit
 * later.
 */
static bool
sender_expired(struct relay *r, const struct peer *p)
{
	long long limit = r->policy->idle_timeout, grain = limit / 8 + 1;
	long long last = last_in(r, p);

	if (limit == NEVER)
		return false;
	return policy_expired(r, last - last % grain, limit + grain);
}

/*
 * Has nothing happened for the time of -w? With 0, what is ready is still read
 * and sent: that is so until poll(2) finds nothing. The shell starts both ends
 * of a pipe at once: stdin gets a moment to speak.
 */
static bool
waited(struct relay *r, long long since)
{
	if (r->policy->idle_timeout != 0)
		return policy_expired(r, since, r->policy->idle_timeout);
	if (!r->quiet)
		r->next_timeout = clock_earlier(r->next_timeout, r->now);
	if (!r->quiet)
		return false;
	return r->stdio->rfd == -1 || r->n == 0 ||
	    policy_expired(r, last_in(r, r->stdio), LAST_LOOK);
}

bool
policy_idle(struct relay *r, const struct peer *p)
{
	if (r->to_stdout->readers > 0 ||
	    (r->to_peers->readers > 0 && p->outlen == 0))
		return false;
	if (p->shared_fd)
		return sender_expired(r, p);
	return waited(r, later(last_activity(r, p), stdin_delayed_until(r)));
}

static long long
stall_limit(const struct relay *r)
{
	return r->policy->idle_timeout == NEVER ? STALL_LIMIT
						: r->policy->idle_timeout;
}

/* For how many parts of the limit has p taken nothing? The next is awaited. */
static int
stalled_parts(struct relay *r, const struct peer *p)
{
	int parts = 0;

	while (parts < STALL_PARTS && policy_expired(r, p->last_out,
	    (parts + 1) * stall_limit(r) / STALL_PARTS))
		parts++;
	return parts;
}

/*
 * With -k all of a buffer has to be taken within the limit, so that a client
 * that takes a byte now and then cannot hold up the others for ever. Else the
 * limit starts anew whenever something is taken. The kernel reports a socket
 * as writable only when much fits, so policy_write_retry() tries now and then.
 * The first try may fill a socket buffer that the peer does not read, and
 * restart the limit: that is why the last part of it is left out.
 */
bool
policy_write_stalled(struct relay *r, const struct peer *p)
{
	if (p->outlen == 0)
		return false;
	if (r->policy->keep_open)
		return policy_expired(r, r->to_peers->since, stall_limit(r));
	return p->closing_since != NEVER &&
	    stalled_parts(r, p) >= STALL_PARTS - 1;
}

bool
policy_write_retry(struct relay *r, const struct peer *p)
{
	if (p->timed_retry) {
		policy_expired(r, r->now, TIMED_RETRY);
		return true;
	}
	if (p->outlen == 0 || !(r->policy->keep_open ||
	    p->closing_since != NEVER || r->policy->idle_timeout != NEVER))
		return false;
	return stalled_parts(r, p) > 0;
}

bool
policy_linger_done(struct relay *r, const struct peer *p)
{
	if (p->closing_since == NEVER || p->wfd != -1)
		return false;
	if (p->datagram)
		return true;
	if (sock_unacked(p->rfd) > 0 &&
	    !policy_expired(r, p->closing_since, stall_limit(r))) {
		policy_expired(r, r->now, LINGER_QUIET); /* look again then */
		return false;
	}
	return policy_expired(r, p->closing_since, LINGER) ||
	    policy_expired(r, later(p->closing_since, p->last_in),
	    LINGER_QUIET);
}

bool
policy_listener_done(struct relay *r)
{
	long long last = later(r->last_left, last_in(r, r->stdio));

	if (!r->policy->keep_open || r->stdio->rfd != -1 ||
	    !relay_listening(r) || r->policy->quit_after_stdin == NEVER ||
	    relay_has_partial(r, r->stdio))
		return false;
	for (int i = 0; i < r->n; i++)
		last = later(last, last_activity(r, r->peers[i]));
	return policy_expired(r, last, r->policy->quit_after_stdin);
}

bool
policy_output_gone(struct relay *r)
{
	long long last = last_in(r, r->stdio);

	if (!r->stdout_gone || r->policy->keep_open)
		return r->stdout_gone;
	if (r->to_peers->readers > 0 || r->n == 0)
		return false;
	for (int i = 0; i < r->n; i++)
		last = later(last, r->peers[i]->last_out);
	return r->stdio->rfd == -1 ||
	    policy_expired(r, last, r->policy->stdin_grace);
}

bool
policy_accept_expired(struct relay *r)
{
	return relay_listening(r) && !r->policy->keep_open &&
	    waited(r, r->start);
}

bool
policy_unused(struct relay *r)
{
	if (r->n > 0)
		r->last_used = r->now;
	return r->n == 0 && relay_listening(r) &&
	    policy_expired(r, r->last_used, r->policy->idle_exit);
}

bool
policy_redraw(struct relay *r)
{
	return r->meter.live &&
	    policy_expired(r, r->meter.drawn, METER_REDRAW);
}

bool
policy_deadline_passed(struct relay *r)
{
	return r->deadline != NEVER && policy_expired(r, r->deadline, 0);
}
