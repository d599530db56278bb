/* Reads from peers, lets their data flow, and acts on what comes of it. */
#include "relay.h"
#include "../base/clock.h"
#include "../net/sock.h"
#include "peer.h"
#include "policy.h"
#include "turn.h"

#include <errno.h>
#include <stdlib.h>

enum {
	A_LOT = 64 << 10, /* bytes: a source that gave them has more, likely */
};

/* '^' ends the conversation; a client of -k ends only its own. */
static void
end_session(struct relay *r, struct peer *p)
{
	if (r->policy->keep_open && p->client)
		end_discard(r, p);
	else
		end_all(r);
}

/*
 * -W is reached. Unfinished messages are dropped, and so are lines; datagrams,
 * which were counted as reads, are kept.
 */
static void
end_received(struct relay *r)
{
	bool units = r->frame.messages ||
	    (r->frame.cut_peers && !r->frame.single);

	for (int i = 0; i < r->peers.n && units; i++)
		message_free(&r->peers.at[i]->partial);
	end_all(r);
}

static void
act_on(struct relay *r, struct peer *p, enum frame_result result)
{
	switch (result) {
	case FRAME_MORE:
		break;
	case FRAME_FAILED:
		end_input(r, p, ENOMEM);
		break;
	case FRAME_TOO_LONG:
		end_too_long(r);
		break;
	case FRAME_END:
		end_session(r, p);
		break;
	case FRAME_ENOUGH:
		end_received(r);
	}
}

/* Act on writes that have failed meanwhile. */
static void
act_on_writes(struct relay *r)
{
	struct peer *p;

	while ((p = flow_failed(r)) != NULL) {
		int error = p->write_error;

		p->write_error = 0;
		end_output(r, p, error);
	}
}

void
relay_input(struct relay *r, struct peer *p, size_t n)
{
	act_on(r, p, flow_pass(r, p, n));
	act_on_writes(r);
}

static void
resume(struct relay *r, struct flow *f)
{
	struct peer *p = f->rest.from;

	if (p != NULL)
		act_on(r, p, flow_resume(r, f));
	act_on_writes(r);
}

void
relay_resume(struct relay *r)
{
	resume(r, &r->from_stdin);
	resume(r, &r->from_peers);
}

void
relay_flush(struct relay *r, struct peer *p)
{
	if (!flow_has_partial(r, p) || !flow_free(p->out_of) ||
	    !clock_reached(flow_unit_at(r, p->out_of), r->now))
		return;
	flow_flush(r, p);
	act_on_writes(r);
	turn_again(r);
}

void
relay_drain(struct relay *r, struct peer *p)
{
	flow_drain(r, p);
	act_on_writes(r);
}

bool
relay_read(struct relay *r, struct peer *p, size_t most)
{
	size_t max;
	char *buf = flow_buffer(p->out_of, &max);
	ssize_t n;

	if (!p->datagram) {
		max = flow_read_size(r, p->out_of);
		if (max > most)
			max = most;
	}
	n = peer_read(p, buf, max);
	if (n > 0 || (n == 0 && p->datagram)) {
		relay_input(r, p, (size_t)n);
		return p->datagram || n >= A_LOT;
	}
	if (n == 0)
		end_input(r, p, 0);
	else if (!sock_later(errno))
		end_input(r, p, errno);
	return false;
}

void
relay_drain_errors(struct relay *r, struct peer *p)
{
	enum { MAX_ERRORS = 4096 }; /* that may lie between datagrams */
	size_t size;
	char *buf = flow_buffer(p->out_of, &size);

	for (int i = 0; i < MAX_ERRORS && p->rfd != -1; i++) {
		ssize_t n = -1;

		if (!p->shared_fd && !flow_free(p->out_of))
			return;
		if (!p->shared_fd)
			n = peer_read(p, buf, size);
		if (n >= 0)
			relay_input(r, p, (size_t)n);
		else if (p->shared_fd || (sock_later(errno) && errno != EINTR))
			peer_close_in(p);
	}
}

void
relay_discard(struct relay *r, struct peer *p)
{
	char buf[16384];
	ssize_t n = peer_read(p, buf, sizeof buf);

	if (n > 0 && r->end.stdout_gone) /* nobody can take it: it is lost */
		end_lost(r, p);
	else if (n > 0)
		p->last_in = r->now;
	else if (n == 0)
		end_discarded(r, p, 0);
	else if (!sock_later(errno))
		end_discarded(r, p, errno);
}

bool
relay_open(struct relay *r, struct pollset *places)
{
	r->wake = NEVER;
	turn_changed(r);
	r->end = (struct end){ .deadline = NEVER };
	r->stdio->last_in = r->now;
	roster_open(r, places);
	return flow_open(r);
}

#ifdef CHECKS
static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* A peer, or stdio; returns whether it is a reader of this buffer. */
static bool
check_output(const struct peer *p, const struct shared *s)
{
	const struct buf *b = &s->buf;

	must(p->write_error == 0);
	must(p->outlen == 0 || p->wfd != -1);
	if (p->outlen == 0 || p->source != s)
		return false;
	must(p->out >= b->data && p->out + p->outlen <= b->data + b->n);
	return true;
}

static void
check_buffer(const struct relay *r, const struct shared *s)
{
	int readers = 0;

	for (int i = 0; i < r->peers.n; i++)
		if (check_output(r->peers.at[i], s))
			readers++;
	if (check_output(r->stdio, s))
		readers++;
	if (s == r->to_peers && r->from_stdin.nkept > 0)
		readers++;
	must(s->readers == readers && s->buf.n <= s->buf.cap);
}

static void
check_rest(const struct relay *r, const struct flow *f)
{
	const struct unframed *u = &f->rest;
	bool known = u->from == NULL || u->from == r->stdio;

	for (int i = 0; i < r->peers.n; i++)
		known = known || u->from == r->peers.at[i];
	must(known);
	must(u->from == NULL || (u->from->out_of == f &&
	    u->at >= u->buf.data && u->at + u->n <= u->buf.data + u->buf.cap));
}

void
relay_check(const struct relay *r)
{
	must(!r->changed);
	must(r->peers.n >= 0 && r->peers.n <= r->peers.cap);
	must(r->peers.first >= 0 && r->peers.first <= r->peers.n);
	for (int i = 0; i < r->peers.n; i++)
		must(r->peers.at[i] != NULL &&
		    r->peers.at[i]->out_of == &r->from_peers);
	check_buffer(r, r->to_peers);
	check_buffer(r, r->to_stdout);
	check_rest(r, &r->from_stdin);
	check_rest(r, &r->from_peers);
}
#endif

void
relay_free(struct relay *r)
{
	message_free(&r->stdio->partial);
	flow_close(r);
	free(r->peers.at);
}
