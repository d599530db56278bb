/* Reads, fans out and flushes: data on its way from one peer to the others. */
#include "relay.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../net/listen.h"
#include "../net/redial.h"
#include "../net/sock.h"
#include "peer.h"
#include "policy.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	DRAIN_TIME = 500, /* ms that a stopped relay may take to drain */
	A_LOT = 64 << 10, /* bytes: who sends so many is likely to send more */
};

bool
relay_listening(const struct relay *r)
{
	return r->listener != NULL && r->listener->n > 0 && !r->accept_closed;
}

/*
 * A client that has sent EOF and has nothing pending, neither to be sent to it
 * nor to be printed: closing it gives a place at once. NULL: none.
 */
static struct peer *
half_closed(const struct relay *r)
{
	for (int i = 0; i < r->n; i++) {
		struct peer *p = r->peers[i];

		if (p->rfd == -1 && p->outlen == 0 && peer_writable(p) &&
		    !p->shared_fd && !relay_has_partial(r, p))
			return p;
	}
	return NULL;
}

bool
relay_can_make_place(const struct relay *r)
{
	return half_closed(r) != NULL;
}

bool
relay_make_place(struct relay *r)
{
	struct peer *p = half_closed(r);

	if (p == NULL)
		return false;
	peer_close_out(p);
	r->again = true;
	return true;
}

bool
relay_full(const struct relay *r)
{
	return r->policy->max_clients != -1 && r->n >= r->policy->max_clients;
}

/* The buffer for what p sends. */
static struct shared *
input_of(const struct relay *r, const struct peer *p)
{
	return p == r->stdio ? r->to_peers : r->to_stdout;
}

/* The buffer that holds the pending output of p. */
static struct shared *
output_of(const struct relay *r, const struct peer *p)
{
	return p == r->stdio ? r->to_stdout : r->to_peers;
}

/* Is what p sends cut into lines or messages, decoded or encoded? */
static bool
framed(const struct relay *r, const struct peer *p)
{
	if (p == r->stdio ? r->frame.cut_stdin : r->frame.cut_peers)
		return true;
	return r->policy->telnet ||
	    (r->policy->crlf && (p == r->stdio || r->policy->broker));
}

struct rate *
relay_rate(struct relay *r, const struct peer *p)
{
	return &r->rate[p == r->stdio ? 0 : 1];
}

static struct unframed *
unframed_of(struct relay *r, const struct peer *p)
{
	return &r->unframed[p == r->stdio ? 0 : 1];
}

int
relay_nsinks(const struct relay *r)
{
	int n = 0;

	for (int i = 0; i < r->n; i++)
		n += peer_writable(r->peers[i]);
	return n;
}

bool
relay_has_partial(const struct relay *r, const struct peer *p)
{
	return r->unframed[0].from == p || r->unframed[1].from == p ||
	    (framed(r, p) && frame_partial(&r->frame, p));
}

/* Are the buffers free that get what p sends? */
static bool
buffers_free(const struct relay *r, const struct peer *p)
{
	if (p == r->stdio)
		return r->to_peers->readers == 0;
	return r->to_stdout->readers == 0 &&
	    (!r->policy->broker || r->to_peers->readers == 0);
}

bool
relay_can_read(const struct relay *r, const struct peer *p)
{
	return r->unframed[p == r->stdio ? 0 : 1].from == NULL &&
	    buffers_free(r, p);
}

/*
 * The time that a buffer was held up by others does not count towards idle
 * timeouts. It counts for those whose output is still pending.
 */
static void
credit_stall(struct relay *r, long long held)
{
	for (int i = 0; i < r->n; i++) {
		struct peer *p = r->peers[i];

		if (p->outlen > 0)
			continue;
		p->last_in = clock_earlier(p->last_in + held, r->now);
		p->last_out = clock_earlier(p->last_out + held, r->now);
	}
}

/* One reader has all of the buffer. */
static void
release(struct relay *r, struct shared *s)
{
	s->readers--;
	if (s->readers == 0 && r->now > s->since)
		credit_stall(r, r->now - s->since);
}

static void
drop_queued(struct relay *r, struct peer *p)
{
	if (p->outlen == 0)
		return;
	r->changed = true;
	p->outlen = 0;
	p->timed_retry = false;
	release(r, output_of(r, p));
}

void
relay_start_close(struct relay *r, struct peer *p)
{
	r->changed = true;
	if (p->closing_since == NEVER)
		p->closing_since = r->now;
}

/* Read no more from anybody; what is pending is still sent. */
static void
stop_all(struct relay *r)
{
	/* all datagram clients share the listening sockets */
	if (relay_listening(r) && !r->policy->datagram)
		listen_close(r->listener);
	r->accept_closed = r->changed = true;
	peer_close_in(r->stdio);
	for (int i = 0; i < r->n; i++) {
		relay_start_close(r, r->peers[i]);
		r->peers[i]->discard = true;
	}
}

void
relay_stop(struct relay *r, enum status status)
{
	if (r->deadline != NEVER)
		return;
	r->deadline = r->now + DRAIN_TIME;
	r->status = status;
	r->again = true;
	stop_all(r);
}

/*
 * The next connection gets the output that is pending for p; with -L and -m
 * from the start of its line on, so that no line arrives cut in half.
 */
static void
keep_for_next(struct relay *r, struct peer *p)
{
	const char *at = p->out;

	if (r->policy->lines || r->policy->messages)
		while (at > r->to_peers->buf.data && at[-1] != '\n')
			at--;
	r->again_out = at;
	r->again_len = p->outlen + (size_t)(p->out - at);
	p->outlen = 0; /* it stays a reader of the buffer */
}

bool
relay_will_connect(const struct relay *r)
{
	return r->policy->reconnect && r->deadline == NEVER &&
	    r->status == STATUS_OK && (r->stdio->rfd != -1 ||
	    r->again_len > 0 || relay_has_partial(r, r->stdio));
}

/* Record the failure of an operation on p; its pending output is lost. */
static void
mark_failed(struct relay *r, struct peer *p, const char *op, int error)
{
	peer_fail(p, op, error);
	r->changed = true;
	if (r->policy->reconnect && p->outlen > 0)
		keep_for_next(r, p);
	else if (!r->policy->keep_open && r->unframed[0].from != NULL)
		p->unsent += r->unframed[0].n;
	drop_queued(r, p);
}

void
relay_peer_failed(struct relay *r, struct peer *p, const char *op, int error)
{
	mark_failed(r, p, op, error);
	peer_close_out(p);
}

void
relay_peer_stalled(struct relay *r, struct peer *p)
{
	mark_failed(r, p, "send to", ETIMEDOUT);
	relay_reset(r, p);
}

void
relay_excuse(struct relay *r, long long ms)
{
	r->to_peers->since += ms;
	if (r->to_stdout != r->to_peers)
		r->to_stdout->since += ms;
	r->start += ms;
	for (int i = 0; i < r->n; i++) {
		struct peer *p = r->peers[i];

		p->last_in = clock_earlier(p->last_in + ms, r->now);
		p->last_out = clock_earlier(p->last_out + ms, r->now);
	}
}

void
relay_reset(struct relay *r, struct peer *p)
{
	drop_queued(r, p);
	relay_start_close(r, p);
	peer_reset(p);
}

/*
 * What was received is lost, so those who sent get a reset instead of an EOF.
 * A reader that has closed the pipe is not reported; a full disk is.
 */
static void
stdout_failed(struct relay *r, int error)
{
	if (error != EPIPE && error != ECONNRESET)
		say_error(error, "write standard output");
	drop_queued(r, r->stdio);
	peer_close_out(r->stdio);
	r->stdout_gone = true;
	relay_stop(r, STATUS_LOCAL);
	for (int i = 0; i < r->n; i++)
		if (r->peers[i]->received > 0)
			relay_reset(r, r->peers[i]);
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
relay_may_have_left(const struct relay *r, const struct peer *p)
{
	return r->policy->keep_open && p->rfd == -1 && !p->shared_fd;
}

static bool
has_left(const struct relay *r, const struct peer *p, int error)
{
	return relay_may_have_left(r, p) &&
	    (error == EPIPE || error == ECONNRESET);
}

/*
 * A reset or an ICMP error for what was sent last is seen only by a further
 * call. Returns false if there is none.
 */
bool
relay_late_error(struct relay *r, struct peer *p)
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
		relay_peer_failed(r, p, "send to", error);
	r->again = true;
	return true;
}

bool
relay_may_be_reset(const struct relay *r, const struct peer *p)
{
	if (p->rfd != -1 || p->wfd == -1 || p->shared_fd)
		return false;
	/* a Unix socket is hung up as soon as its peer has closed */
	return r->policy->keep_open ||
	    (r->policy->feed_receiver && !addr_is_unix(&p->addr));
}

bool
relay_output_done(const struct relay *r)
{
	return r->stdio->rfd == -1 && r->stdio->outlen == 0 &&
	    !r->policy->recv_only;
}

/* A datagram too long for one of many clients is lost for that one only. */
static void
write_failed(struct relay *r, struct peer *p, int error)
{
	if (p == r->stdio)
		stdout_failed(r, error);
	else if (error == EMSGSIZE && p->shared_fd) {
		peer_fail(p, "send to", error);
		peer_report_failed(p);
		p->error = 0; /* later datagrams may fit */
		drop_queued(r, p);
	} else if (has_left(r, p, error)) {
		drop_queued(r, p);
		peer_close_out(p);
	} else if (!try_next_addr(r, p, error))
		relay_peer_failed(r, p, "send to", error);
}

static void
drain(struct relay *r, struct peer *p)
{
	size_t before = p->outlen;

	if (peer_write(p) == -1) {
		write_failed(r, p, errno);
		return;
	}
	if (p->outlen < before)
		p->last_out = r->now;
	if (p->outlen == 0 && before > 0)
		release(r, output_of(r, p));
}

void
relay_drain(struct relay *r, struct peer *p)
{
	r->changed = true;
	drain(r, p);
}

/* Queue the buffer as pending output of p, and write what p takes now. */
static void
queue(struct relay *r, struct peer *p, struct shared *s)
{
	if (p == r->stdio ? p->wfd == -1 : !peer_writable(p))
		return;
	p->out = s->buf.data;
	p->outlen = s->buf.n;
	p->last_out = r->now;
	s->readers++;
	if (!p->may_block)
		drain(r, p);
	r->changed = r->changed || p->outlen > 0;
}

static void
fan_out(struct relay *r, const struct peer *from, struct shared *s)
{
	s->since = r->now;
	if (from == r->stdio && r->frame.paced)
		r->last_unit = r->now;
	s->readers++; /* not to be refilled before it is queued for all */
	if (s == r->to_peers)
		for (int i = 0; i < r->n; i++)
			if (r->peers[i] != from)
				queue(r, r->peers[i], s);
	if (s == r->to_stdout && from != r->stdio)
		queue(r, r->stdio, s);
	release(r, s);
}

/*
 * What stdin gave is only a part. Who has got it, or waits for it alone, gets a
 * reset instead of an EOF, and does not take the part for the whole.
 */
static void
stdin_failed(struct relay *r, int error)
{
	say_error(error, "read standard input");
	r->status = STATUS_LOCAL;
	r->unframed[0].from = NULL;
	message_free(&r->stdio->partial);
	for (int i = 0; i < r->n; i++)
		if (!r->policy->keep_open || r->peers[i]->sent > 0)
			relay_reset(r, r->peers[i]);
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

/* p has sent EOF, or reading from it has failed. */
static void
end_input(struct relay *r, struct peer *p, int error)
{
	r->changed = true;
	if (error != 0 && try_next_addr(r, p, error))
		return;
	if (error != 0 && p == r->stdio)
		stdin_failed(r, error);
	else if (error != 0)
		relay_peer_failed(r, p, "receive from", error);
	else if (p->wfd == -1 && p->rsock && p != r->stdio)
		relay_late_error(r, p);
	if (error == 0 && p != r->stdio)
		tell_end(r, p);
	p->last_in = r->now;
	if (error == 0 || !p->datagram)
		peer_close_in(p);
}

/* Empty the buffers that framed input of p goes to; NULL where it does not. */
static void
open_buffers(const struct relay *r, const struct peer *p, struct buf **out,
    struct buf **wire)
{
	*out = p == r->stdio ? NULL : &r->to_stdout->buf;
	*wire = p == r->stdio || r->policy->broker ? &r->to_peers->buf : NULL;
	if (*out != NULL)
		(*out)->n = 0;
	if (*wire != NULL)
		(*wire)->n = 0;
}

static void
fan_out_framed(struct relay *r, struct peer *p, const struct buf *out,
    const struct buf *wire)
{
	if (out != NULL && out->n > 0)
		fan_out(r, p, r->to_stdout);
	if (wire != NULL && wire != out && wire->n > 0)
		fan_out(r, p, r->to_peers);
}

/* '^' ends the conversation; a client of -k ends only its own. */
static void
end_session(struct relay *r, struct peer *p)
{
	if (!r->policy->keep_open || p == r->stdio) {
		stop_all(r);
		return;
	}
	relay_start_close(r, p);
	p->discard = true;
}

/* Enough was received: further lines or messages are not wanted. */
static void
end_received(struct relay *r)
{
	for (int i = 0; i < r->n && r->frame.cut_peers; i++)
		message_free(&r->peers[i]->partial);
	stop_all(r);
}

/* A message or line is longer than any datagram. */
static void
report_too_long(const struct relay *r)
{
	char text[ADDR_TEXT];

	if (r->n != 1)
		say_error(EMSGSIZE, "send to %d clients", r->n);
	else if (r->peers[0]->client)
		say_error(EMSGSIZE, "send to %s",
		    addr_label(&r->peers[0]->addr, text));
	else
		say_error(EMSGSIZE, "send to %s",
		    addr_host_port(&r->peers[0]->addr, text));
}

static void
act_on(struct relay *r, struct peer *p, enum frame_result result)
{
	switch (result) {
	case FRAME_FAILED:
		end_input(r, p, ENOMEM);
		break;
	case FRAME_TOO_LONG:
		report_too_long(r);
		r->status = STATUS_NETWORK;
		stop_all(r);
		break;
	case FRAME_END:
		end_session(r, p);
		break;
	default:
		end_received(r);
	}
}

/* Frame the next part of the input, and fan out what is complete. */
static void
frame_some(struct relay *r, struct unframed *u)
{
	struct peer *p = u->from;
	struct buf *out, *wire;
	enum frame_result result;

	open_buffers(r, p, &out, &wire);
	result = frame_input(&r->frame, p, &u->at, &u->n, out, wire);
	fan_out_framed(r, p, out, wire);
	if (result == FRAME_MORE)
		return;
	u->from = NULL;
	act_on(r, p, result);
}

static void
flush_partial(struct relay *r, struct peer *p)
{
	struct buf *out, *wire;

	open_buffers(r, p, &out, &wire);
	frame_rest(&r->frame, p, out, wire);
	fan_out_framed(r, p, out, wire);
}

void
relay_flush_partial(struct relay *r, struct peer *p)
{
	if (!relay_has_partial(r, p) || !relay_can_read(r, p) ||
	    policy_unit_delayed(r, p))
		return;
	flush_partial(r, p);
	r->again = true;
}

static bool
anybody_wants(const struct relay *r, const struct peer *p)
{
	if (p != r->stdio)
		return r->stdio->wfd != -1;
	return relay_nsinks(r) > 0;
}

static void
resume(struct relay *r, struct unframed *u)
{
	while (u->from != NULL && buffers_free(r, u->from) &&
	    anybody_wants(r, u->from)) {
		if (u->n > 0) {
			if (policy_unit_delayed(r, u->from))
				return;
			frame_some(r, u);
			continue;
		}
		/* the end of a datagram ends its message */
		if (u->from->datagram && frame_partial(&r->frame, u->from))
			flush_partial(r, u->from);
		u->from = NULL;
		if (r->frame.left == 0)
			end_received(r);
	}
}

void
relay_resume(struct relay *r)
{
	resume(r, &r->unframed[0]);
	resume(r, &r->unframed[1]);
}

/* -W counts reads here; lines and messages are counted when they are framed. */
static void
count_read(struct relay *r)
{
	if (!r->policy->messages && (!r->policy->lines || r->policy->datagram) &&
	    r->frame.left > 0 && --r->frame.left == 0)
		stop_all(r);
}

/* A line that is longer than a read leaves as several datagrams. */
static void
tell_split(struct relay *r, const char *data, size_t n)
{
	if (r->split_told || !r->policy->datagram || r->frame.cut_stdin ||
	    n < r->policy->read_size || data[n - 1] == '\n')
		return;
	r->split_told = true;
	say_verbose(1, "standard input is sent in datagrams of %zu bytes; "
	    "use -L to send each line as one", n);
}

static char *
read_buffer(struct relay *r, const struct peer *p)
{
	return framed(r, p) ? unframed_of(r, p)->buf.data
			    : input_of(r, p)->buf.data;
}

char *
relay_dgram_buffer(struct relay *r)
{
	return read_buffer(r, NULL);
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
			relay_drain(r, p);
	}
	return kept;
}

void
relay_input(struct relay *r, struct peer *p, size_t n)
{
	struct rate *rate = relay_rate(r, p);

	p->last_in = r->now;
	rate_take(rate, n, r->now);
	r->changed = r->changed || rate->ready > r->now;
	if (framed(r, p)) {
		struct unframed *u = unframed_of(r, p);

		u->from = p;
		u->at = u->buf.data;
		u->n = p->telnet.used ? decode_telnet(r, p, u->buf.data, n) : n;
		resume(r, u);
		r->changed = r->changed || u->from != NULL;
	} else if (n > 0) {
		if (p == r->stdio)
			tell_split(r, input_of(r, p)->buf.data, n);
		input_of(r, p)->buf.n = n;
		fan_out(r, p, input_of(r, p));
	}
	if (p != r->stdio)
		count_read(r);
}

bool
relay_read(struct relay *r, struct peer *p, size_t most)
{
	size_t max = p->datagram ? r->buf_size : policy_read_size(r, p);
	ssize_t n;

	if (!p->datagram && max > most)
		max = most;
	n = peer_read(p, read_buffer(r, p), max);
	if (n > 0 || (n == 0 && p->datagram)) {
		relay_input(r, p, (size_t)n);
		return p->datagram || n >= A_LOT;
	}
	if (n == 0 || !sock_later(errno))
		end_input(r, p, n == 0 ? 0 : errno);
	return false;
}

void
relay_drain_errors(struct relay *r, struct peer *p)
{
	enum { MAX_ERRORS = 4096 }; /* that may lie between datagrams */

	for (int i = 0; i < MAX_ERRORS && p->rfd != -1; i++) {
		ssize_t n;

		if (!p->shared_fd && !relay_can_read(r, p))
			return;
		n = p->shared_fd ? -1
		    : peer_read(p, read_buffer(r, p), r->buf_size);
		if (n >= 0)
			relay_input(r, p, (size_t)n);
		else if (p->shared_fd || (sock_later(errno) && errno != EINTR))
			peer_close_in(p);
	}
}

/* p is read no more. A reset that loses what it was sent is a failure. */
static void
end_discarded(struct relay *r, struct peer *p, int error)
{
	if (error != 0 && r->policy->send_only && p->error == 0)
		relay_peer_failed(r, p, "send to", error);
	peer_close_in(p);
	r->changed = true;
}

void
relay_discard(struct relay *r, struct peer *p)
{
	char buf[16384];
	ssize_t n = peer_read(p, buf, sizeof buf);

	if (n > 0 && r->stdout_gone) { /* nobody can take it: it is lost */
		relay_reset(r, p);
		r->status = STATUS_LOCAL;
	} else if (n > 0)
		p->last_in = r->now;
	else if (n == 0 || !sock_later(errno))
		end_discarded(r, p, n == 0 ? 0 : errno);
}

void
relay_abort(struct relay *r)
{
	for (int i = 0; i < r->n; i++) {
		struct peer *p = r->peers[i];

		drop_queued(r, p);
		message_free(&p->partial);
		peer_close_out(p);
		peer_close_in(p);
	}
	drop_queued(r, r->stdio);
	message_free(&r->stdio->partial);
	r->unframed[0].from = r->unframed[1].from = NULL;
}

bool
relay_reserve(struct relay *r)
{
	size_t cap = r->cap == 0 ? 1 : 2 * (size_t)r->cap;
	struct peer **peers;
	struct pollfd *pfds;
	int *polled;

	if (r->n < r->cap)
		return true;
	peers = realloc(r->peers, cap * sizeof(struct peer *));
	if (peers != NULL)
		r->peers = peers;
	pfds = realloc(r->pfds, ((size_t)r->nfixed + cap) * sizeof *pfds);
	if (pfds != NULL)
		r->pfds = pfds;
	polled = realloc(r->polled, ((size_t)r->nfixed + cap) * sizeof *polled);
	if (polled != NULL)
		r->polled = polled;
	if (peers == NULL || pfds == NULL || polled == NULL)
		return false;
	r->cap = (int)cap;
	return true;
}

/*
 * Does p change nothing but the number of peers? That is so if the last one
 * shares its socket and state: many senders of datagrams come in a row.
 */
static bool
joins_alike(const struct relay *r, const struct peer *p)
{
	const struct peer *last = r->n == 0 ? NULL : r->peers[r->n - 1];

	return last != NULL && p->shared_fd && last->shared_fd &&
	    peer_writable(p) && peer_writable(last) && last->rfd != -1;
}

void
relay_add_peer(struct relay *r, struct peer *p)
{
	p->last_in = p->last_out = r->now;
	p->telnet.used = r->policy->telnet;
	if (p->telnet.used)
		sock_urgent_inline(p->rfd); /* or IAC DM loses its DM */
	p->discard = r->policy->send_only;
	p->count_unacked = r->policy->reconnect;
	p->watched = r->policy->progress || waits_are_told();
	p->dump = r->policy->dump;
	meter_connected(&r->meter);
	r->changed = r->changed || !joins_alike(r, p);
	if (r->n > 0 && r->rr_start == r->n)
		r->rr_start++; /* stdin comes after the last peer */
	if (r->again_len > 0) {
		p->out = r->again_out;
		p->outlen = r->again_len;
		r->again_len = 0;
	}
	r->peers[r->n++] = p;
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
relay_free_peer(struct relay *r, struct peer *p)
{
	if (relay_will_connect(r)) {
		report_lost(p);
	} else if (p->error != 0) {
		peer_report_failed(p);
		if (r->status == STATUS_OK && !r->policy->keep_open)
			r->status = sock_status(p->error);
	}
	if (r->listener != NULL)
		peer_report_closed(p);
	r->last_left = r->now;
	if (p->flow.known)
		r->waits.flow = p->flow;
	r->received += p->received;
	r->sent += p->sent;
	peer_free(p);
}

struct meter_totals
relay_totals(const struct relay *r)
{
	struct meter_totals t = {
		.sent = r->sent,
		.received = r->received,
		.input = r->stdio->received,
		.clients = r->policy->keep_open ? r->n : -1,
	};

	for (int i = 0; i < r->n; i++) {
		t.sent += r->peers[i]->sent;
		t.received += r->peers[i]->received;
	}
	return t;
}

static bool
alloc_buffers(struct relay *r, bool framing)
{
	for (int i = 0; i < 2; i++)
		if (!buf_pages(&r->store[i].buf, r->buf_size) ||
		    (framing && !buf_pages(&r->unframed[i].buf, r->buf_size)))
			return false;
	return true;
}

static bool
alloc_rates(struct relay *r)
{
	r->rate = calloc(2, sizeof *r->rate);
	if (r->rate == NULL)
		return false;
	for (int i = 0; i < 2 && r->policy->rate > 0; i++)
		rate_open(&r->rate[i], r->policy->rate, r->now);
	return true;
}

bool
relay_open(struct relay *r)
{
	const struct policy *p = r->policy;
	bool encoding = p->crlf || p->telnet, framing;

	r->frame = (struct frame){
		.cut_stdin = p->messages || p->unit_delay > 0 ||
		    (p->lines && (p->broker || p->datagram || p->reconnect)),
		.cut_peers = p->messages || p->lines,
		.messages = p->messages,
		.labelled = p->keep_open && p->lines,
		.stamped = p->stamp && (p->lines || p->messages),
		.each = (p->keep_open || p->stamp) &&
		    (p->lines || p->messages),
		.mixed = p->broker,
		.single = p->datagram,
		.paced = p->unit_delay > 0,
		.encoding = { p->crlf, p->messages, p->telnet },
		.terminal = p->terminal,
		.left = p->max_messages,
	};
	framing = r->frame.cut_stdin || r->frame.cut_peers || encoding;
	r->deadline = r->next_timeout = r->last_unit = NEVER;
	r->status = STATUS_OK;
	r->buf_size = p->read_size;
	if ((framing || p->datagram) && r->buf_size < FRAME_OUTPUT)
		r->buf_size = FRAME_OUTPUT;
	r->to_peers = &r->store[0];
	r->to_stdout = &r->store[1];
	if (p->broker && !p->messages && !p->stamp && !p->terminal &&
	    !encoding)
		r->to_stdout = r->to_peers;
	return alloc_rates(r) && alloc_buffers(r, framing);
}

void
relay_free(struct relay *r)
{
	message_free(&r->stdio->partial);
	for (int i = 0; i < 2; i++) {
		buf_free(&r->store[i].buf);
		buf_free(&r->unframed[i].buf);
	}
	free(r->rate);
	free(r->peers);
	free(r->pfds);
	free(r->polled);
}
