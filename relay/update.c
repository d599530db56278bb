/* Acts on the rules of policy: closes, stops, retries and gives up. */
#include "update.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../net/listen.h"
#include "../net/tcp.h"
#include "end.h"
#include "flow.h"
#include "peer.h"
#include "policy.h"
#include "relay.h"
#include "turn.h"

/*
 * Before a connection is closed, what stdin has sent of an incomplete message
 * is sent as it is. If it is made again, the message goes there.
 */
static bool
flush_stdin_first(struct relay *r, const struct peer *p)
{
	if (r->policy->keep_open || r->policy->reconnect ||
	    p->closing_since != NEVER || r->stdio->rfd == -1 ||
	    !flow_has_partial(r, r->stdio))
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
	    turn_due(r, policy_close_out_at(r, p)) &&
	    !flush_stdin_first(r, p) &&
	    !end_late_error(r, p) && turn_due(r, policy_acked_at(r, p))) {
		if (p->count_unacked)
			p->unacked = tcp_unacked(p->wfd);
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
		if (!turn_due(r, policy_idle_at(r, p)) ||
		    flush_stdin_first(r, p))
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
	char text[CLOCK_SECONDS];

	end_timed_out(r);
	if (!r->policy->datagram)
		say_verbose(1, "the other side was silent for %s s (-q)",
		    clock_seconds(r->policy->quit_after_stdin, text));
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

/* Do what the policy says about the relay as a whole. */
static void
update_whole(struct relay *r)
{
	if (turn_due(r, r->end.deadline))
		end_abort(r);
	if (turn_due(r, policy_accept_until(r))) {
		listen_report_timeout(r->listener, r->policy->idle_timeout);
		end_stop(r, STATUS_TIMEOUT);
	}
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

void
update_relay(struct relay *r)
{
	r->wake = NEVER;
	update_whole(r);
	for (int i = 0; i < r->peers.n; i++)
		update_peer(r, r->peers.at[i]);
}
