/* One direction: its buffers, framing, rate and delay; fans out and drains. */
#include "flow.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "peer.h"
#include "policy.h"
#include "rate.h"
#include "relay.h"
#include "turn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool
buffers_free(const struct flow *f)
{
	return (f->to_stdout == NULL || f->to_stdout->readers == 0) &&
	    (f->to_peers == NULL || f->to_peers->readers == 0);
}

bool
flow_free(const struct flow *f)
{
	return f->rest.from == NULL && buffers_free(f);
}

bool
flow_has_partial(const struct relay *r, const struct peer *p)
{
	return p->out_of->rest.from == p ||
	    (p->out_of->framed && frame_partial(&r->frame, p));
}

/* A peer that has ended may have closed: this is for the next connection. */
static bool
is_lost(const struct relay *r, const struct peer *p)
{
	return r->policy->reconnect && p->rfd == -1;
}

int
flow_sinks(const struct relay *r)
{
	int n = 0;

	for (int i = 0; i < r->peers.n; i++)
		if (peer_writable(r->peers.at[i]) &&
		    !is_lost(r, r->peers.at[i]))
			n++;
	return n;
}

/* Is anybody there to take what it carries? */
static bool
is_wanted(const struct relay *r, const struct flow *f)
{
	if (f->sink != NULL)
		return f->sink->wfd != -1;
	return flow_sinks(r) > 0;
}

long long
flow_ready_at(const struct flow *f)
{
	return f->rate == NULL ? AT_ONCE : f->rate->ready;
}

long long
flow_unit_at(const struct relay *r, const struct flow *f)
{
	if (f->last_unit == NEVER)
		return AT_ONCE;
	return f->last_unit + r->policy->unit_delay;
}

char *
flow_buffer(const struct flow *f, size_t *size)
{
	const struct buf *b = f->framed ? &f->rest.buf : &f->direct->buf;

	*size = b->cap;
	return b->data;
}

size_t
flow_read_size(const struct relay *r, const struct flow *f)
{
	/* a part of a datagram would be another datagram */
	if (r->policy->datagram || f->rate == NULL)
		return r->policy->read_size;
	return rate_allowed(f->rate, r->policy->read_size, r->now);
}

/* These milliseconds do not count towards the timeouts of p. */
static void
credit(const struct relay *r, struct peer *p, long long ms)
{
	p->last_in = clock_earlier(p->last_in + ms, r->now);
	p->last_out = clock_earlier(p->last_out + ms, r->now);
}

/*
 * The time that a buffer was held up by others does not count towards idle
 * timeouts. It counts for those whose output is still pending.
 */
static void
credit_stall(const struct relay *r, long long held)
{
	for (int i = 0; i < r->peers.n; i++)
		if (r->peers.at[i]->outlen == 0)
			credit(r, r->peers.at[i], held);
}

void
flow_skip_time(struct relay *r, long long ms)
{
	r->to_peers->since += ms;
	if (r->to_stdout != r->to_peers)
		r->to_stdout->since += ms;
	for (int i = 0; i < r->peers.n; i++)
		credit(r, r->peers.at[i], ms);
}

/* One reader has all of the buffer. */
static void
release(const struct relay *r, struct shared *s)
{
	s->readers--;
	if (s->readers == 0 && r->now > s->since)
		credit_stall(r, r->now - s->since);
}

void
flow_drop(struct relay *r, struct peer *p)
{
	if (p->outlen == 0)
		return;
	turn_changed(r);
	p->outlen = 0;
	p->timed_retry = false;
	release(r, p->source);
}

/*
 * Does a line begin here, or with -m a message? That ends with a dot and a line
 * feed; an escaped dot, or a line feed alone, belongs to it.
 */
static bool
begins(const struct relay *r, const char *at)
{
	const char *start = r->to_peers->buf.data, *dot = at - 2;
	int escapes = 0;

	if (at == start || (at[-1] == '\n' && !r->policy->messages))
		return true;
	if (at - start < 2 || at[-1] != '\n' || *dot != '.')
		return false;
	while (dot - escapes > start && dot[-1 - escapes] == '\\')
		escapes++;
	return escapes % 2 == 0;
}

void
flow_keep(struct relay *r, struct peer *p)
{
	struct flow *f = &r->from_stdin;
	const char *at = p->out;

	if (r->policy->lines || r->policy->messages)
		while (!begins(r, at))
			at--;
	f->kept = at;
	f->nkept = p->outlen + (size_t)(p->out - at);
	p->outlen = 0; /* it stays a reader of the buffer */
}

void
flow_hand_on(struct relay *r, struct peer *p)
{
	struct flow *f = &r->from_stdin;

	if (f->nkept == 0)
		return;
	p->source = r->to_peers;
	p->out = f->kept;
	p->outlen = f->nkept;
	f->nkept = 0;
}

/* A failure is only noted: to act on it could end a peer that is being read. */
static void
drain(struct relay *r, struct peer *p)
{
	size_t before = p->outlen;

	if (p->write_error != 0)
		return;
	if (peer_write(p) == -1) {
		p->write_error = errno;
		p->out_of->failed = true;
		turn_changed(r);
		return;
	}
	if (p->outlen < before)
		p->last_out = r->now;
	if (p->outlen == 0 && before > 0)
		release(r, p->source);
}

void
flow_drain(struct relay *r, struct peer *p)
{
	turn_changed(r);
	drain(r, p);
}

struct peer *
flow_failed(struct relay *r)
{
	if (r->stdio->write_error != 0)
		return r->stdio;
	for (int i = 0; i < r->peers.n && r->from_peers.failed; i++)
		if (r->peers.at[i]->write_error != 0)
			return r->peers.at[i];
	r->from_peers.failed = false;
	return NULL;
}

/* Queue the buffer as pending output of p, and write what p takes now. */
static void
queue(struct relay *r, struct peer *p, struct shared *s)
{
	if (!peer_writable(p))
		return;
	p->source = s;
	p->out = s->buf.data;
	p->outlen = s->buf.n;
	p->last_out = r->now;
	s->readers++;
	if (!p->may_block)
		drain(r, p);
	if (p->outlen > 0)
		turn_changed(r);
}

static void
fan_out(struct relay *r, const struct peer *from, struct shared *s)
{
	s->since = r->now;
	if (from->out_of->paced)
		from->out_of->last_unit = r->now;
	s->readers++; /* not to be refilled before it is queued for all */
	if (s == r->to_peers)
		for (int i = 0; i < r->peers.n; i++)
			if (r->peers.at[i] != from)
				queue(r, r->peers.at[i], s);
	if (s == from->out_of->to_stdout)
		queue(r, r->stdio, s);
	release(r, s);
}

/* An empty buffer; NULL: the flow has none. */
static struct buf *
open_buffer(struct shared *s)
{
	if (s == NULL)
		return NULL;
	s->buf.n = 0;
	return &s->buf;
}

static void
fan_out_framed(struct relay *r, const struct peer *p)
{
	const struct flow *f = p->out_of;

	if (f->to_stdout != NULL && f->to_stdout->buf.n > 0)
		fan_out(r, p, f->to_stdout);
	if (f->to_peers != NULL && f->to_peers != f->to_stdout &&
	    f->to_peers->buf.n > 0)
		fan_out(r, p, f->to_peers);
}

/* Frame the next part of the input, and fan out what is complete. */
static enum frame_result
frame_some(struct relay *r, struct unframed *u)
{
	struct peer *p = u->from;
	struct buf *out = open_buffer(p->out_of->to_stdout);
	struct buf *wire = open_buffer(p->out_of->to_peers);
	enum frame_result result;

	result = frame_input(&r->frame, p, &u->at, &u->n, out, wire);
	fan_out_framed(r, p);
	if (result != FRAME_MORE)
		u->from = NULL;
	return result;
}

void
flow_flush(struct relay *r, struct peer *p)
{
	struct buf *out = open_buffer(p->out_of->to_stdout);
	struct buf *wire = open_buffer(p->out_of->to_peers);

	frame_rest(&r->frame, p, out, wire);
	fan_out_framed(r, p);
}

/* The input is used up. */
static enum frame_result
end_rest(struct relay *r, struct unframed *u)
{
	/* the end of a datagram ends its message */
	if (u->from->datagram && frame_partial(&r->frame, u->from))
		flow_flush(r, u->from);
	u->from = NULL;
	return r->frame.left == 0 ? FRAME_ENOUGH : FRAME_MORE;
}

enum frame_result
flow_resume(struct relay *r, struct flow *f)
{
	struct unframed *u = &f->rest;
	enum frame_result result = FRAME_MORE;

	while (result == FRAME_MORE && u->from != NULL && buffers_free(f) &&
	    is_wanted(r, f)) {
		if (u->n == 0)
			result = end_rest(r, u);
		else if (clock_reached(flow_unit_at(r, f), r->now))
			result = frame_some(r, u);
		else
			break;
	}
	return result;
}

/* A line that is longer than a read leaves as several datagrams. */
static void
tell_split(struct relay *r, struct flow *f, const char *data, size_t n)
{
	if (f->split_told || !r->policy->datagram || f->sink != NULL ||
	    n < r->policy->read_size || data[n - 1] == '\n')
		return;
	f->split_told = true;
	say_verbose(1, "standard input is sent in datagrams of %zu bytes; "
	    "use -L to send each line as one", n);
}

/*
 * Remove the telnet commands from n bytes that p sent. Returns how many are
 * left. Answers are written part by part, so that a peer that reads gets all of
 * them.
 */
static size_t
decode_telnet(struct relay *r, struct peer *p, char *data, size_t n)
{
	size_t kept = 0;

	for (size_t at = 0; at < n; at += TELNET_INPUT) {
		size_t part = n - at < TELNET_INPUT ? n - at : TELNET_INPUT;

		memmove(data + kept, data + at, part);
		kept += telnet_decode(&p->telnet, data + kept, part);
		if (p->wfd == -1)
			telnet_free(&p->telnet);
		else if (p->telnet.answers.n > 0)
			flow_drain(r, p);
	}
	return kept;
}

static enum frame_result
pass_framed(struct relay *r, struct peer *p, size_t n)
{
	struct unframed *u = &p->out_of->rest;
	enum frame_result result;

	u->from = p;
	u->at = u->buf.data;
	u->n = p->telnet.used ? decode_telnet(r, p, u->buf.data, n) : n;
	result = flow_resume(r, p->out_of);
	if (u->from != NULL)
		turn_changed(r);
	return result;
}

static void
pass_direct(struct relay *r, struct peer *p, size_t n)
{
	struct shared *s = p->out_of->direct;

	if (n == 0)
		return;
	tell_split(r, p->out_of, s->buf.data, n);
	s->buf.n = n;
	fan_out(r, p, s);
}

/* -W counts reads here; lines and messages are counted when they are framed. */
static bool
counts_reads(const struct relay *r, const struct flow *f)
{
	return f->sink != NULL && !r->policy->messages &&
	    (!r->policy->lines || r->policy->datagram) && r->frame.left > 0;
}

enum frame_result
flow_pass(struct relay *r, struct peer *p, size_t n)
{
	struct flow *f = p->out_of;
	enum frame_result result = FRAME_MORE;

	p->last_in = r->now;
	if (f->rate != NULL)
		rate_take(f->rate, n, r->now);
	if (flow_ready_at(f) > r->now)
		turn_changed(r);
	if (f->framed)
		result = pass_framed(r, p, n);
	else
		pass_direct(r, p, n);
	if (counts_reads(r, f) && --r->frame.left == 0 && result == FRAME_MORE)
		result = FRAME_ENOUGH;
	return result;
}

/* Is what clients send the same for stdout and, with -j, for the others? */
static bool
is_one_form(const struct policy *p)
{
	return p->broker && !p->messages && !p->stamp && !p->terminal &&
	    !p->crlf && !p->telnet;
}

/* What fits into it is framed at once; a datagram, whatever its size. */
static size_t
buffer_size(const struct relay *r)
{
	bool large = r->from_stdin.framed || r->from_peers.framed ||
	    r->policy->datagram;

	if (large && r->policy->read_size < FRAME_OUTPUT)
		return FRAME_OUTPUT;
	return r->policy->read_size;
}

static bool
open_rate(const struct relay *r, struct flow *f)
{
	if (r->policy->rate == 0)
		return true;
	f->rate = malloc(sizeof *f->rate);
	if (f->rate == NULL)
		return false;
	rate_open(f->rate, r->policy->rate, r->now);
	return true;
}

static bool
open_buffers(const struct relay *r, struct flow *f)
{
	size_t size = buffer_size(r);

	return open_rate(r, f) && buf_pages(&f->store.buf, size) &&
	    (!f->framed || buf_pages(&f->rest.buf, size));
}

bool
flow_open(struct relay *r)
{
	const struct policy *p = r->policy;
	struct flow *out = &r->from_stdin, *in = &r->from_peers;

	r->frame = frame_for(p);
	r->to_peers = &out->store;
	r->to_stdout = is_one_form(p) ? &out->store : &in->store;
	*out = (struct flow){ .to_peers = r->to_peers, .direct = r->to_peers,
		.framed = r->frame.cut_stdin || p->telnet || p->crlf,
		.paced = r->frame.paced, .last_unit = NEVER };
	*in = (struct flow){ .sink = r->stdio, .to_stdout = r->to_stdout,
		.direct = r->to_stdout, .last_unit = NEVER };
	if (p->broker)
		in->to_peers = r->to_peers;
	in->framed = r->frame.cut_peers || p->telnet ||
	    (p->crlf && p->broker);
	r->stdio->out_of = out;
	return open_buffers(r, out) && open_buffers(r, in);
}

void
flow_clear(struct relay *r)
{
	r->from_stdin.rest.from = r->from_peers.rest.from = NULL;
}

static void
close_flow(struct flow *f)
{
	buf_free(&f->store.buf);
	buf_free(&f->rest.buf);
	free(f->rate);
}

void
flow_close(struct relay *r)
{
	close_flow(&r->from_stdin);
	close_flow(&r->from_peers);
}
