/* The ways to end, for a peer and for the relay; failures and the status. */
#include "end.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/listen.h"
#include "../net/redial.h"
#include "../net/sock.h"
#include "flow.h"
#include "peer.h"
#include "policy.h"
#include "relay.h"
#include "roster.h"
#include "turn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DRAIN_TIME = 500 }; /* ms that a stopped relay may take to drain */

void
end_close(struct relay *r, struct peer *p)
{
	turn_changed(r);
	if (p->closing_since == NEVER)
		p->closing_since = r->now;
}

void
end_discard(struct relay *r, struct peer *p)
{
	end_close(r, p);
	p->discard = true;
}

/* Reset the connection of p now; what is pending is lost. */
static void
reset(struct relay *r, struct peer *p)
{
	flow_drop(r, p);
	end_close(r, p);
	peer_reset(p);
}

void
end_lost(struct relay *r, struct peer *p)
{
	reset(r, p);
	r->end.status = STATUS_LOCAL;
}

void
end_all(struct relay *r)
{
	/* all datagram clients share the listening sockets */
	if (roster_listening(r) && !r->policy->datagram)
		listen_close(r->listener);
	r->end.accept_closed = true;
	turn_changed(r);
	peer_close_in(r->stdio);
	for (int i = 0; i < r->peers.n; i++)
		end_discard(r, r->peers.at[i]);
}

void
end_stop(struct relay *r, enum status status)
{
	if (r->end.deadline != NEVER)
		return;
	r->end.deadline = r->now + DRAIN_TIME;
	r->end.status = status;
	turn_again(r);
	end_all(r);
}

void
end_abort(struct relay *r)
{
	for (int i = 0; i < r->peers.n; i++) {
		struct peer *p = r->peers.at[i];

		flow_drop(r, p);
		message_free(&p->partial);
		peer_close_out(p);
		peer_close_in(p);
	}
	flow_drop(r, r->stdio);
	message_free(&r->stdio->partial);
	flow_clear(r);
}

void
end_failed(struct relay *r, int error, const char *what)
{
	say_error(error, "%s", what);
	r->end.status = STATUS_LOCAL;
}

void
end_with(struct relay *r, enum status status)
{
	r->end.status = status;
}

void
end_timed_out(struct relay *r)
{
	r->end.timed_out = true;
}

void
end_stdout_gone(struct relay *r)
{
	r->end.stdout_gone = true;
	turn_changed(r);
}

bool
end_will_connect(const struct relay *r)
{
	return r->policy->reconnect && r->end.deadline == NEVER &&
	    r->end.status == STATUS_OK && (r->stdio->rfd != -1 ||
	    r->from_stdin.nkept > 0 || flow_has_partial(r, r->stdio));
}

bool
end_output_done(const struct relay *r)
{
	return r->stdio->rfd == -1 && r->stdio->outlen == 0 &&
	    !r->policy->recv_only;
}

/* Record the failure of an operation on p; its pending output is lost. */
static void
mark_failed(struct relay *r, struct peer *p, const char *op, int error)
{
	const struct unframed *rest = &r->from_stdin.rest;

	peer_fail(p, op, error);
	turn_changed(r);
	if (r->policy->reconnect && p->outlen > 0)
		flow_keep(r, p);
	else if (!r->policy->keep_open && rest->from != NULL)
		p->unsent += rest->n;
	flow_drop(r, p);
}

static void
peer_failed(struct relay *r, struct peer *p, const char *op, int error)
{
	mark_failed(r, p, op, error);
	peer_close_out(p);
}

void
end_stalled(struct relay *r, struct peer *p)
{
	mark_failed(r, p, "send to", ETIMEDOUT);
	reset(r, p);
}

/*
 * What was received is lost, so the peers that sent it get a reset instead of
 * an EOF. A reader that has closed the pipe is not reported; a full disk is.
 */
static void
stdout_failed(struct relay *r, int error)
{
	if (error != EPIPE && error != ECONNRESET)
		say_error(error, "write standard output");
	flow_drop(r, r->stdio);
	peer_close_out(r->stdio);
	r->end.stdout_gone = true;
	end_stop(r, STATUS_LOCAL);
	for (int i = 0; i < r->peers.n; i++)
		if (r->peers.at[i]->received > 0)
			reset(r, r->peers.at[i]);
}

/* The address refuses datagrams; its name may have another. */
static bool
try_next_addr(struct relay *r, struct peer *p, int error)
{
	if (error != ECONNREFUSED || p->redial == NULL ||
	    !redial_next(p->redial, p->wfd, &p->addr))
		return false;
	p->last_out = r->now;
	return true;
}

bool
end_may_have_left(const struct relay *r, const struct peer *p)
{
	return r->policy->keep_open && p->rfd == -1 && !p->shared_fd;
}

static bool
has_left(const struct relay *r, const struct peer *p, int error)
{
	return end_may_have_left(r, p) &&
	    (error == EPIPE || error == ECONNRESET);
}

bool
end_late_error(struct relay *r, struct peer *p)
{
	int fd = p->wfd != -1 ? p->wfd : p->rfd, error;

	if (fd == -1 || p->shared_fd || p->error != 0 ||
	    (!p->datagram && p->rfd != -1 && p->wfd != -1)) /* recv(2) tells */
		return false;
	error = sock_error(fd);
	if (error == 0 || has_left(r, p, error) ||
	    (p->sent == 0 && r->stdio->rfd == -1)) /* nothing is lost */
		return false;
	if (!try_next_addr(r, p, error))
		peer_failed(r, p, "send to", error);
	turn_again(r);
	return true;
}

bool
end_may_be_reset(const struct relay *r, const struct peer *p)
{
	if (p->rfd != -1 || p->wfd == -1 || p->shared_fd)
		return false;
	/* a Unix socket is hung up as soon as its peer has closed */
	return r->policy->keep_open ||
	    (r->policy->feed_receiver && !addr_is_unix(&p->addr));
}

/* A datagram too long for one of many clients is lost for that one only. */
void
end_output(struct relay *r, struct peer *p, int error)
{
	if (p == r->stdio)
		stdout_failed(r, error);
	else if (error == EMSGSIZE && p->shared_fd) {
		peer_fail(p, "send to", error);
		peer_report_failed(p);
		p->error = 0; /* later datagrams may fit */
		flow_drop(r, p);
	} else if (has_left(r, p, error)) {
		flow_drop(r, p);
		peer_close_out(p);
	} else if (!try_next_addr(r, p, error))
		peer_failed(r, p, "send to", error);
}

/*
 * What stdin gave is only a part. Peers that have got it, or one that waits for
 * it alone, get a reset instead of an EOF, and do not take the part for the
 * whole.
 */
static void
stdin_failed(struct relay *r, int error)
{
	say_error(error, "read standard input");
	r->end.status = STATUS_LOCAL;
	r->from_stdin.rest.from = NULL;
	message_free(&r->stdio->partial);
	for (int i = 0; i < r->peers.n; i++)
		if (!r->policy->keep_open || r->peers.at[i]->sent > 0)
			reset(r, r->peers.at[i]);
}

/* At a terminal: why sockcat quits while somebody types. */
static void
tell_end(const struct relay *r, const struct peer *p)
{
	char text[ADDR_TEXT];

	if (r->stdio->terminal_in && r->stdio->rfd != -1 &&
	    !r->policy->keep_open && isatty(STDERR_FILENO))
		say("%s closed the connection", addr_label(&p->addr, text));
}

/* stdin has ended, or a peer; without an error, this may hide one. */
static void
end_source(struct relay *r, struct peer *p, int error)
{
	if (error != 0)
		peer_failed(r, p, "receive from", error);
	else {
		if (p->wfd == -1 && p->rsock)
			end_late_error(r, p);
		tell_end(r, p);
	}
}

void
end_input(struct relay *r, struct peer *p, int error)
{
	turn_changed(r);
	if (error != 0 && try_next_addr(r, p, error))
		return;
	if (p != r->stdio)
		end_source(r, p, error);
	else if (error != 0)
		stdin_failed(r, error);
	p->last_in = r->now;
	if (error == 0 || !p->datagram)
		peer_close_in(p);
}

/* A reset that loses what p was sent is a failure. */
void
end_discarded(struct relay *r, struct peer *p, int error)
{
	if (error != 0 && r->policy->send_only && p->error == 0)
		peer_failed(r, p, "send to", error);
	peer_close_in(p);
	turn_changed(r);
}

void
end_too_long(struct relay *r)
{
	const struct peer *p = r->peers.at[0];
	char text[ADDR_TEXT];

	if (r->peers.n != 1)
		say_error(EMSGSIZE, "send to %d clients", r->peers.n);
	else if (p->client)
		say_error(EMSGSIZE, "send to %s", addr_label(&p->addr, text));
	else
		say_error(EMSGSIZE, "send to %s",
		    addr_host_port(&p->addr, text));
	r->end.status = STATUS_NETWORK;
	end_all(r);
}

/* A connection is lost, and made again. */
static void
report_lost(const struct peer *p)
{
	char text[ADDR_TEXT], lost[ADDR_TEXT] = "";
	const char *why = "closed by the other side";

	if (p->error != 0)
		why = strerror(p->error);
	if (p->unacked > 0)
		snprintf(lost, sizeof lost, "; up to %zu byte%s not delivered",
		    p->unacked, say_plural(p->unacked));
	say("connection to %s lost: %s%s", addr_host_port(&p->addr, text), why,
	    lost);
}

void
end_free(struct relay *r, struct peer *p)
{
	if (end_will_connect(r)) {
		report_lost(p);
	} else if (p->error != 0) {
		peer_report_failed(p);
		if (r->end.status == STATUS_OK && !r->policy->keep_open)
			r->end.status = sock_status(p->error);
	}
	if (r->listener != NULL)
		peer_report_closed(p);
	if (p->stats.known)
		r->waits.stats = p->stats;
	roster_count_left(r, p);
	if (r->listener != NULL)
		listen_leave(r->listener, &p->addr);
	peer_free(p);
}

/* With -W, a time limit that left fewer than were asked for is a failure. */
enum status
end_status(const struct relay *r)
{
	const struct policy *p = r->policy;

	if (r->end.status == STATUS_OK && r->end.timed_out &&
	    r->frame.left > 0 && (p->datagram || p->messages || p->lines))
		return STATUS_TIMEOUT;
	return r->end.status;
}
