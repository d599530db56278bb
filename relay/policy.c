/* Timeouts and end rules, each of which answers with a time. */
#include "policy.h"
#include "../base/clock.h"
#include "../net/tcp.h"
#include "flow.h"
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
	BACKGROUND_LOOK = 250, /* ms until a background job looks at stdin */
};

static long long
later(long long a, long long b)
{
	return a > b ? a : b;
}

/* The time at which a limit that counts from another time has passed. */
static long long
after(long long since, long long limit)
{
	return limit == NEVER ? NEVER : since + limit;
}

/* Until when do the rate and the delay between units hold up p? */
static long long
delayed_until(const struct relay *r, const struct peer *p)
{
	long long ready = AT_ONCE;

	if (p->rfd != -1)
		ready = flow_ready_at(p->out_of);
	if (!flow_has_partial(r, p))
		return ready;
	return later(ready, flow_unit_at(r, p->out_of));
}

/* When p last sent, or could have sent if the rate had let it. */
static long long
last_in(const struct relay *r, const struct peer *p)
{
	return later(p->last_in, delayed_until(r, p));
}

static long long
last_activity(const struct relay *r, const struct peer *p)
{
	return later(last_in(r, p), p->last_out);
}

/* The last time that stdin or p was not silent. */
static long long
last_of_both(const struct relay *r, const struct peer *p)
{
	return later(last_in(r, r->stdio), last_activity(r, p));
}

/* Is anybody there to take what it carries? */
static bool
is_wanted(const struct flow *f, int nsinks)
{
	if (f->sink != NULL)
		return f->sink->wfd != -1;
	return nsinks > 0;
}

/* A background job that reads its terminal would be stopped by SIGTTIN. */
long long
policy_read_at(const struct relay *r, const struct peer *p, int nsinks)
{
	if (p->rfd == -1)
		return NEVER;
	if (p->terminal_in && !peer_in_foreground(p))
		return r->now + BACKGROUND_LOOK;
	if (p->discard)
		return AT_ONCE;
	if (!is_wanted(p->out_of, nsinks) || !flow_free(p->out_of))
		return NEVER;
	return flow_ready_at(p->out_of);
}

/* From when on has p to be silent, so that the half-close follows? */
static long long
half_close_since(const struct relay *r, const struct peer *p)
{
	long long since = last_in(r, p);

	if (r->stdio->received > 0)
		since = later(since, r->stdio->last_in);
	return since;
}

/* Was enough sent that an EOF means something to the peer? */
static bool
is_told_by_eof(const struct relay *r, const struct peer *p)
{
	if (r->policy->keep_open)
		return p->sent > 0;
	return r->stdio->received > 0 && !r->policy->half_close_late;
}

/* After EOF of stdin. */
static long long
half_close_at(const struct relay *r, const struct peer *p)
{
	if (flow_has_partial(r, r->stdio))
		return NEVER;
	if (p->rfd == -1)
		return AT_ONCE;
	if (r->policy->no_half_close || r->policy->broker)
		return NEVER;
	if (is_told_by_eof(r, p))
		return AT_ONCE;
	return after(half_close_since(r, p), r->policy->half_close_wait);
}

long long
policy_close_out_at(const struct relay *r, const struct peer *p)
{
	if (p->closing_since != NEVER)
		return AT_ONCE;
	if (p->datagram)
		return NEVER;
	if (r->stdio->rfd == -1)
		return half_close_at(r, p);
	if (p->rfd != -1)
		return NEVER;
	if (r->policy->reconnect)
		return AT_ONCE;
	if (r->policy->feed_receiver && p->received == 0)
		return NEVER;
	return after(last_of_both(r, p), r->policy->stdin_grace);
}

bool
policy_all_sent(const struct relay *r, const struct peer *p)
{
	return r->policy->send_only && r->stdio->rfd == -1 &&
	    p->outlen == 0 && !flow_has_partial(r, r->stdio);
}

/*
 * The peer has ended first, and may have closed: only a reset would tell that
 * it did not take the rest. Wait until all is acknowledged.
 */
long long
policy_acked_at(const struct relay *r, const struct peer *p)
{
	if (p->rfd != -1 || p->datagram || r->policy->keep_open ||
	    addr_is_unix(&p->addr) || tcp_unacked(p->wfd) == 0)
		return AT_ONCE;
	return clock_earlier(p->last_out + LINGER, r->now + ACK_LOOK);
}

bool
policy_stdout_wanted(const struct relay *r, int nsources)
{
	return nsources > 0 || roster_listening(r) || end_will_connect(r);
}

long long
policy_quit_at(const struct relay *r, const struct peer *p)
{
	if (r->stdio->rfd != -1 || p->outlen > 0 || r->to_stdout->readers > 0)
		return NEVER;
	if (flow_has_partial(r, r->stdio) ||
	    (r->policy->keep_open && p->wfd != -1))
		return NEVER;
	return after(last_of_both(r, p), r->policy->quit_after_stdin);
}

/*
 * Sending a datagram proves nothing: its receiver may never have asked. There
 * may be many senders, so they expire together, at up to 1/8 of the limit
 * later.
 */
static long long
sender_idle_at(const struct relay *r, const struct peer *p)
{
	long long limit = r->policy->idle_timeout, grain = limit / 8 + 1;
	long long last = last_in(r, p);

	if (limit == NEVER)
		return NEVER;
	return last - last % grain + limit + grain;
}

/*
 * When will nothing have happened for the time of -w? With 0, what is ready is
 * still read and sent: that is so until poll(2) finds nothing. The shell starts
 * both ends of a pipe at once: stdin gets a moment to speak.
 */
static long long
waited_at(const struct relay *r, long long since)
{
	if (r->policy->idle_timeout != 0)
		return after(since, r->policy->idle_timeout);
	if (!r->quiet)
		return r->now + 1;
	if (r->stdio->rfd == -1 || r->peers.n == 0)
		return AT_ONCE;
	return last_in(r, r->stdio) + LAST_LOOK;
}

long long
policy_idle_at(const struct relay *r, const struct peer *p)
{
	if (r->to_stdout->readers > 0 ||
	    (r->to_peers->readers > 0 && p->outlen == 0))
		return NEVER;
	if (p->shared_fd)
		return sender_idle_at(r, p);
	return waited_at(r, later(last_activity(r, p),
	    delayed_until(r, r->stdio)));
}

static long long
stall_limit(const struct relay *r)
{
	return r->policy->idle_timeout == NEVER ? STALL_LIMIT
						: r->policy->idle_timeout;
}

/* When will p have taken nothing for this many parts of the limit? */
static long long
stalled_at(const struct relay *r, const struct peer *p, int parts)
{
	return p->last_out + parts * stall_limit(r) / STALL_PARTS;
}

/*
 * With -k all of a buffer has to be taken within the limit, so that a client
 * that takes a byte now and then cannot hold up the others for ever. Else the
 * limit starts anew whenever something is taken. The kernel reports a socket
 * as writable only when much fits, so policy_retry_at() tries now and then.
 * The first try may fill a socket buffer that the peer does not read, and
 * restart the limit: that is why the last part of it is left out.
 */
long long
policy_give_up_at(const struct relay *r, const struct peer *p)
{
	if (p->outlen == 0)
		return NEVER;
	if (r->policy->keep_open)
		return r->to_peers->since + stall_limit(r);
	if (p->closing_since == NEVER)
		return NEVER;
	return stalled_at(r, p, STALL_PARTS - 1);
}

/* Is it worth while to write now and then? */
static bool
is_retried(const struct relay *r, const struct peer *p)
{
	return p->outlen > 0 && (r->policy->keep_open ||
	    p->closing_since != NEVER || r->policy->idle_timeout != NEVER);
}

long long
policy_retry_at(const struct relay *r, const struct peer *p)
{
	if (p->timed_retry)
		return AT_ONCE;
	if (!is_retried(r, p))
		return NEVER;
	return stalled_at(r, p, 1);
}

long long
policy_next_retry_at(const struct relay *r, const struct peer *p)
{
	if (p->timed_retry)
		return r->now + TIMED_RETRY;
	for (int parts = 1; parts <= STALL_PARTS && is_retried(r, p); parts++)
		if (stalled_at(r, p, parts) > r->now)
			return stalled_at(r, p, parts);
	return NEVER;
}

/* While something is not acknowledged, look again now and then. */
long long
policy_linger_until(const struct relay *r, const struct peer *p)
{
	long long last = p->closing_since + stall_limit(r);

	if (p->closing_since == NEVER || p->wfd != -1)
		return NEVER;
	if (p->datagram)
		return AT_ONCE;
	if (tcp_unacked(p->rfd) > 0 && last > r->now)
		return clock_earlier(last, r->now + LINGER_QUIET);
	return clock_earlier(p->closing_since + LINGER,
	    later(p->closing_since, p->last_in) + LINGER_QUIET);
}

long long
policy_listener_done_at(const struct relay *r)
{
	long long last = later(r->peers.last_left, last_activity(r, r->stdio));

	if (!r->policy->keep_open || r->stdio->rfd != -1 ||
	    !roster_listening(r) || flow_has_partial(r, r->stdio) ||
	    r->to_stdout->readers > 0)
		return NEVER;
	for (int i = 0; i < r->peers.n; i++)
		last = later(last, last_activity(r, r->peers.at[i]));
	return after(last, r->policy->quit_after_stdin);
}

long long
policy_output_gone_at(const struct relay *r)
{
	long long last = last_in(r, r->stdio);

	if (!r->end.stdout_gone)
		return NEVER;
	if (r->policy->keep_open)
		return AT_ONCE;
	if (r->to_peers->readers > 0 || r->peers.n == 0)
		return NEVER;
	if (r->stdio->rfd == -1)
		return AT_ONCE;
	for (int i = 0; i < r->peers.n; i++)
		last = later(last, r->peers.at[i]->last_out);
	return after(last, r->policy->stdin_grace);
}

long long
policy_accept_until(const struct relay *r)
{
	if (!roster_listening(r) || r->policy->keep_open)
		return NEVER;
	return waited_at(r, r->peers.last_left);
}

long long
policy_unused_at(const struct relay *r)
{
	if (r->peers.n > 0 || !roster_listening(r))
		return NEVER;
	return after(r->peers.last_left, r->policy->idle_exit);
}

long long
policy_redraw_at(const struct relay *r)
{
	return r->meter.live ? r->meter.drawn + METER_REDRAW : NEVER;
}
