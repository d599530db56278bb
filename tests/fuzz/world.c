/*
 * What each endpoint sent and received, and the check that these agree. "to"
 * and "from" are the indices of a receiver and of a sender.
 */
#include "../../relay/buf.h"
#include "../../relay/message.h"
#include "must.h"
#include "world.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
record_add(struct record *r, const char *bytes, size_t n)
{
	if (r->n + n > r->room) {
		r->room = 2 * (r->n + n);
		r->bytes = realloc(r->bytes, r->room);
		MUST(r->bytes != NULL);
	}
	if (n > 0)
		memcpy(r->bytes + r->n, bytes, n);
	r->n += n;
}

char
world_tagged(int who, size_t k)
{
	uint32_t mixed = (uint32_t)k * 2654435761u;

	return (char)(FIRST_TAG + who * TAGS + (int)((mixed >> 16) % TAGS));
}

int
world_sender(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte < FIRST_TAG ? -1 : (byte - FIRST_TAG) / TAGS;
}

/* Append the bytes that only this endpoint sends. */
static void
add_tagged(struct record *r, int who, const char *bytes, size_t n)
{
	for (size_t i = 0, end; i < n; i = end + 1) {
		for (end = i; end < n && world_sender(bytes[end]) == who; end++)
			;
		record_add(r, bytes + i, end - i);
	}
}

/* The same for input in the message protocol, up to '^'. */
static void
add_tagged_messages(struct record *r, int who, const char *bytes, size_t n)
{
	struct message t = { 0 };
	enum message_event event;
	const char *text;
	size_t len;

	while (n > 0 && (event = message_next(&t, &bytes, &n, &text, &len)) !=
	    MESSAGE_NONE) {
		add_tagged(r, who, text, len);
		if (event == MESSAGE_END) {
			message_free(&t);
			return;
		}
	}
	len = message_rest(&t, &text);
	add_tagged(r, who, text, len);
	message_free(&t);
}

/* Does the relay cut what it sends into lines or messages? */
static bool
is_framed(const struct world *w, int from)
{
	if (w->policy.messages || (from == 0 && w->policy.unit_delay > 0))
		return true;
	return w->policy.lines && (from != 0 || w->policy.broker ||
	    w->policy.datagram);
}

/* Does the relay pass on data between these two? */
static bool
receives(const struct world *w, int to, int from)
{
	return to != from && (to == 0 || from == 0 || w->policy.broker);
}

/* Must it receive everything? Not if it left or stopped reading early. */
static bool
must_receive_all(const struct world *w, int to)
{
	const struct endpoint *e = &w->endpoint[to];

	return !w->ends_early && !e->reader_gone && !e->removed &&
	    (to == 0 || e->joins > 0);
}

/*
 * How many of the sender's bytes the receiver must have received. With -k, a
 * client that has sent EOF need not receive what is read after that.
 */
static size_t
min_received(const struct world *w, int to, int from)
{
	if (!must_receive_all(w, to))
		return 0;
	return to != 0 && w->policy.keep_open ? w->endpoint[to].required[from]
					 : w->endpoint[from].consumed;
}

/* Does all contain part at this index? */
static bool
is_at(const struct record *all, size_t at, const struct record *part)
{
	return at + part->n <= all->n && (part->n == 0 ||
	    memcmp(all->bytes + at, part->bytes, part->n) == 0);
}

/* Does all contain part at this index or later? */
static bool
is_at_or_after(const struct record *all, size_t at, const struct record *part)
{
	for (; at + part->n <= all->n; at++)
		if (is_at(all, at, part))
			return true;
	return false;
}

/* Append the tagged bytes among these n of the sender. */
static void
add_sent_tagged(const struct world *w, struct record *r, int from,
    const char *sent, size_t n)
{
	if (w->policy.messages && !w->policy.datagram)
		add_tagged_messages(r, from, sent, n);
	else
		add_tagged(r, from, sent, n);
}

/*
 * Append n bytes as lines, cut after each LF and at the maximum length. Each
 * ends in an LF, which is added if there is none.
 */
static void
add_sent_lines(struct record *r, const char *bytes, size_t n)
{
	for (size_t len; n > 0; bytes += len, n -= len) {
		size_t max = n < BUF_FRAGMENT ? n : BUF_FRAGMENT;
		const char *end = memchr(bytes, '\n', n <= BUF_FRAGMENT ? n
		    : BUF_FRAGMENT + 1);

		len = end != NULL ? (size_t)(end + 1 - bytes) : max;
		record_add(r, bytes, len);
		if (end == NULL)
			record_add(r, "\n", 1);
	}
}

/* Append n bytes without the requests of telnet, which are all whole but one. */
static void
add_text(struct record *r, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)bytes[i] == IAC)
			i += REQUEST - 1;
		else
			record_add(r, bytes + i, 1);
	}
}

/* Append the sender's first n bytes in one of these forms. */
static void
add_sent(const struct world *w, struct record *r, int from, size_t n,
    bool as_lines)
{
	const char *bytes = w->endpoint[from].sent.bytes;
	struct record text = { 0 };

	if (w->policy.telnet && from != 0) {
		add_text(&text, bytes, n);
		bytes = text.bytes;
		n = text.n;
	}
	if (as_lines)
		add_sent_lines(r, bytes, n);
	else
		add_sent_tagged(w, r, from, bytes, n);
	free(text.bytes);
}

/* The length of what add_sent() appends. */
static size_t
length_sent(const struct world *w, int from, size_t n, bool as_lines)
{
	struct record r = { 0 };

	if (n == 0)
		return 0;
	add_sent(w, &r, from, n, as_lines);
	free(r.bytes);
	return r.n;
}

/*
 * What was received must be a contiguous part of what was sent, up to at least
 * what min_received() gives. It starts at the first byte that the relay read
 * after the receiver joined; for lines and messages this is not known exactly.
 * Frees received.
 */
static void
compare(const struct world *w, int to, int from, bool as_lines,
    struct record *received)
{
	size_t start = w->endpoint[to].start[from];
	size_t consumed = w->endpoint[from].consumed;
	size_t first = length_sent(w, from, start, as_lines);
	size_t end = min_received(w, to, from), n = received->n;
	struct record sent = { 0 };

	add_sent(w, &sent, from, consumed, as_lines);
	end = end == consumed ? sent.n : length_sent(w, from, end, as_lines);
	if (start == 0 || !is_framed(w, from))
		MUST(is_at(&sent, first, received) && first + n >= end);
	else
		MUST(is_at_or_after(&sent, end > n ? end - n : 0, received));
	free(sent.bytes);
	free(received->bytes);
}

static void
check_pair(const struct world *w, int to, int from)
{
	const struct endpoint *e = &w->endpoint[to];
	struct record received = { 0 };

	add_tagged(&received, from, e->received.bytes, e->received.n);
	compare(w, to, from, false, &received);
}

/*
 * Tagged bytes come only from endpoints that it receives from. Other bytes
 * occur only in lines or messages.
 */
static void
check_senders(const struct world *w, int to)
{
	const struct record *r = &w->endpoint[to].received;
	bool plain = !w->policy.lines && !w->policy.messages;

	for (size_t i = 0; i < r->n; i++) {
		int from = world_sender(r->bytes[i]);

		MUST(from != -1 || !plain);
		MUST(from == -1 || receives(w, to, from));
	}
}

/*
 * Skip the label at the start of a line or message. Returns the index of the
 * client that it names; 0: there is no label.
 */
static int
take_label(const char **line, size_t *n)
{
	char label[16];
	size_t len;

	for (int i = 1; i < ENDPOINTS; i++) {
		snprintf(label, sizeof label, "unix:%d ", i);
		len = strlen(label);
		if (*n >= len && memcmp(*line, label, len) == 0) {
			*line += len;
			*n -= len;
			return i;
		}
	}
	return 0;
}

/*
 * All of a line or message comes from one endpoint. If it is labelled, the
 * label is that endpoint's. begins: it is not the rest of a message.
 */
static void
check_unit(const struct world *w, const char *line, size_t n, bool begins)
{
	int who = -1, label = begins ? take_label(&line, &n) : 0;

	for (size_t i = 0; i < n; i++) {
		int sender = world_sender(line[i]);

		if (sender == -1)
			continue;
		MUST(who == -1 || who == sender);
		who = sender;
	}
	if (w->policy.lines && begins && who != -1)
		MUST(who == label);
}

/* Check a receiver of lines, as standard output is. */
static void
check_lines(const struct world *w, int to)
{
	const struct record *r = &w->endpoint[to].received;
	const char *line = r->bytes;
	size_t left = r->n, n;

	for (; left > 0; line += n, left -= n) {
		const char *end = memchr(line, '\n', left);

		MUST(end != NULL || !must_receive_all(w, to));
		n = end == NULL ? left : (size_t)(end + 1 - line);
		check_unit(w, line, n, true);
	}
}

/* Check a receiver of messages, as a client is. */
static void
check_messages(const struct world *w, int to)
{
	const struct record *r = &w->endpoint[to].received;
	const char *data = r->bytes, *text;
	struct message t = { 0 };
	enum message_event event;
	size_t left = r->n, len;
	bool begins = true;

	while (left > 0 &&
	    (event = message_next(&t, &data, &left, &text, &len)) !=
	    MESSAGE_NONE && event != MESSAGE_END) {
		check_unit(w, text, len, begins);
		begins = event == MESSAGE_COMPLETE;
	}
	message_free(&t);
}

/* Append the lines with the label of this sender, without the label. */
static void
add_lines_from(struct record *r, int from, const struct record *received)
{
	const char *line = received->bytes, *end;
	size_t left = received->n, n;

	for (; left > 0; line = end, left = n) {
		const char *body = line;
		size_t len;

		end = memchr(line, '\n', left);
		if (end == NULL)
			return;
		end++;
		len = (size_t)(end - line);
		n = left - len;
		if (take_label(&body, &len) == from)
			record_add(r, body, len);
	}
}

static void
check_lines_from(const struct world *w, int to, int from)
{
	struct record received = { 0 };

	add_lines_from(&received, from, &w->endpoint[to].received);
	compare(w, to, from, true, &received);
}

static void
check_receiver(const struct world *w, int to)
{
	const struct policy *r = &w->policy;

	check_senders(w, to);
	if (w->endpoint[to].joins > 1)
		return; /* it missed what was sent while it was away */
	for (int i = 0; i < w->n; i++)
		if (receives(w, to, i))
			check_pair(w, to, i);
	if (!r->keep_open || r->datagram || (to != 0 && !r->broker))
		return;
	if (r->messages && to != 0)
		check_messages(w, to);
	else if (r->messages || r->lines)
		check_lines(w, to);
	for (int i = 0; i < w->n; i++)
		if (r->lines && !r->messages && receives(w, to, i))
			check_lines_from(w, to, i);
}

void
world_check(const struct world *w)
{
	for (int i = 0; i < w->n; i++) {
		const struct endpoint *e = &w->endpoint[i];

		MUST(e->consumed <= e->sent.n);
		check_receiver(w, i);
		if (i > 0 && e->joins > 0 && !e->removed && !w->ends_early)
			MUST(e->consumed == e->sent.n);
	}
}
