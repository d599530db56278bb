/* Framing: cuts data into lines or messages, and adds labels and ends. */
#include "frame.h"
#include "../base/clock.h"
#include "../base/visible.h"
#include "line.h"
#include "message.h"
#include "peer.h"
#include "policy.h"

#include <string.h>
#include <time.h>

/* The time, the label and a space after each. */
enum { LABEL_TEXT = CLOCK_TEXT + 1 + ADDR_TEXT + 1 };

/* A line or message, or a piece of one, and where it goes. */
struct fragment {
	const struct frame *f;
	struct peer *from;
	bool ours;     /* stdin sent it: there is no to_stdout */
	const char *data;
	size_t n;
	bool complete; /* it ends with its dot */
	bool last;     /* nothing more of it will come */
	struct buf *to_stdout, *to_peers;
};

struct frame
frame_for(const struct policy *p)
{
	bool units = p->lines || p->messages;

	return (struct frame){
		.cut_stdin = p->messages || p->unit_delay > 0 ||
		    (p->lines && (p->broker || p->datagram || p->reconnect)),
		.cut_peers = units,
		.messages = p->messages,
		.labelled = (p->keep_open || p->many) && p->lines,
		.stamped = p->stamp && units,
		.each = (p->keep_open || p->many || p->stamp) && units,
		.mixed = p->broker,
		.single = p->datagram,
		.paced = p->unit_delay > 0,
		.encoding = { p->crlf, p->messages, p->telnet },
		.terminal = p->terminal,
		.left = p->max_messages,
	};
}

/* Write the time of day to text. Returns its length; 0: it is not wanted. */
static size_t
stamp(const struct fragment *u, const struct buf *to, char *text)
{
	struct timespec now;

	if (!u->f->stamped || to != u->to_stdout)
		return 0;
	clock_real(&now);
	clock_text(&now, text);
	text[CLOCK_TEXT - 1] = ' ';
	return CLOCK_TEXT;
}

/*
 * Write what comes before each line of this buffer to text: time and label.
 * Returns the length; 0: neither is wanted.
 */
static size_t
label(const struct fragment *u, const struct buf *to, char *text)
{
	size_t n = stamp(u, to, text), len;
	char name[ADDR_TEXT];
	const char *found;

	if (!u->f->labelled || u->ours)
		return n;
	found = peer_label(u->from, name);
	len = strlen(found);
	memcpy(text + n, found, len);
	text[n + len] = ' ';
	return n + len + 1;
}

/* Append to one of the two buffers; what peers receive is encoded. */
static void
put(const struct fragment *u, struct buf *to, const char *data, size_t n)
{
	const struct encoding *e = &u->f->encoding;

	if (to == u->to_peers && (e->crlf || e->telnet))
		to->n += encode(e, &u->from->last_byte, to->data + to->n, data,
		    n);
	else
		buf_put(to, data, n);
}

/* As a terminal may have it: LF and CR LF are line ends. */
static void
put_visible(struct buf *to, const char *text, size_t n)
{
	while (n > 0) {
		bool end = *text == '\n' ||
		    (*text == '\r' && n > 1 && text[1] == '\n');

		if (!end) {
			to->n += visible_next(to->data + to->n, &text, &n);
			continue;
		}
		buf_put(to, text++, 1);
		n--;
	}
}

static void
put_line(const struct fragment *u, struct buf *to)
{
	char name[LABEL_TEXT];

	put(u, to, name, label(u, to, name));
	if (u->f->terminal && to == u->to_stdout)
		put_visible(to, u->data, u->n);
	else
		put(u, to, u->data, u->n);
	if (u->f->each && (!u->ours || u->f->mixed) &&
	    (u->n == 0 || u->data[u->n - 1] != '\n'))
		put(u, to, "\n", 1);
}

static void
add_line(const struct fragment *u)
{
	if (u->to_stdout != NULL)
		put_line(u, u->to_stdout);
	if (u->to_peers != NULL && u->to_peers != u->to_stdout)
		put_line(u, u->to_peers);
}

/* As standard output shows it: one message, one line. */
static void
add_plain(const struct fragment *u)
{
	struct buf *to = u->to_stdout;
	size_t n = u->last && !u->complete ? message_trim(u->data, u->n) : u->n;
	char name[LABEL_TEXT];

	if (n == 0 && u->f->each)
		return;
	buf_put(to, name, label(u, to, name));
	to->n += message_plain(to->data + to->n, u->data, n, u->f->terminal);
	if (u->last || u->f->each)
		buf_put(to, "\n", 1);
}

/*
 * As peers receive it. If other clients' messages may follow, an incomplete
 * message gets a dot, so that it stays one.
 */
static void
add_wire(const struct fragment *u)
{
	struct buf *to = u->to_peers;
	bool add_dot = !u->complete && u->f->mixed;
	size_t n = add_dot ? message_trim(u->data, u->n) : u->n;
	char name[LABEL_TEXT], safe[2 * sizeof name];
	size_t len;

	if (n == 0)
		return;
	len = label(u, to, name);
	len = message_escape(safe, name, len);
	put(u, to, safe, len);
	put(u, to, u->data, n);
	if (add_dot && message_open(u->data, n))
		put(u, to, "\\", 1);
	if (add_dot)
		put(u, to, ".", 1);
	if ((u->complete || add_dot) && !u->f->single)
		put(u, to, "\n", 1);
}

static void
add(const struct fragment *u)
{
	if (!u->f->messages) {
		add_line(u);
		return;
	}
	if (u->to_stdout != NULL)
		add_plain(u);
	if (u->to_peers != NULL)
		add_wire(u);
}

/* Does the next unit have to wait? */
static bool
one_at_a_time(const struct fragment *u)
{
	return u->f->single || (u->f->paced && u->ours);
}

/* Do lines pass as they are, any number at once? */
static bool
pass_as_they_are(const struct frame *f)
{
	return !f->labelled && !f->stamped && !f->terminal && !f->single &&
	    !f->paced && f->left <= 0;
}

/* Take all lines that are complete. Returns false if none is. */
static bool
take_lines(struct fragment *u, const char **data, size_t *n)
{
	size_t len = *n;

	while (len > 0 && (*data)[len - 1] != '\n')
		len--;
	u->data = *data;
	u->n = len;
	*data += len;
	*n -= len;
	return len > 0;
}

static enum frame_result
frame_lines(struct frame *f, struct fragment *u, struct buf *partial,
    const char **data, size_t *n)
{
	bool whole = pass_as_they_are(f);
	int found;

	if (whole && partial->n == 0 && take_lines(u, data, n))
		add(u);
	while ((found = line_next(partial, data, n, &u->data, &u->n)) == 1) {
		if (u->f->single && u->ours &&
		    u->data[u->n - 1] != '\n')
			return FRAME_TOO_LONG;
		add(u);
		if (!u->ours && u->data[u->n - 1] == '\n' &&
		    f->left > 0 && !f->single && --f->left == 0)
			return FRAME_ENOUGH;
		if (one_at_a_time(u))
			return FRAME_MORE;
		if (whole && take_lines(u, data, n))
			add(u);
	}
	return found == -1 ? FRAME_FAILED : FRAME_MORE;
}

/* '^': the text before it and, from stdin, the '^' itself. */
static enum frame_result
end_conversation(struct fragment *u, bool begun)
{
	u->complete = false;
	u->last = true;
	if (u->ours) {
		put(u, u->to_peers, u->data, u->n);
		put(u, u->to_peers, "^", 1);
	} else if (begun)
		add(u);
	return FRAME_END;
}

static enum frame_result
frame_messages(struct frame *f, struct fragment *u, struct message *m,
    const char **data, size_t *n)
{
	do {
		bool begun = m->begun;

		switch (message_next(m, data, n, &u->data, &u->n)) {
		case MESSAGE_FAILED:
			return FRAME_FAILED;
		case MESSAGE_NONE:
			return FRAME_MORE;
		case MESSAGE_END:
			return end_conversation(u, begun || u->n > 0);
		case MESSAGE_PIECE:
			if (f->single && u->ours)
				return FRAME_TOO_LONG;
			u->complete = u->last = false;
			add(u);
			break;
		case MESSAGE_COMPLETE:
			u->complete = u->last = true;
			add(u);
			if (!u->ours && f->left > 0 &&
			    --f->left == 0)
				return FRAME_ENOUGH;
		}
	} while (!one_at_a_time(u));
	return FRAME_MORE;
}

/* Pass the bytes on without cutting them. */
static enum frame_result
frame_bytes(struct fragment *u, const char **data, size_t *n)
{
	if (u->to_stdout != NULL)
		buf_put(u->to_stdout, *data, *n);
	if (u->to_peers != NULL && u->to_peers != u->to_stdout)
		put(u, u->to_peers, *data, *n);
	*data += *n;
	*n = 0;
	return FRAME_MORE;
}

enum frame_result
frame_input(struct frame *f, struct peer *from, const char **data,
    size_t *n, struct buf *to_stdout, struct buf *to_peers)
{
	struct fragment u = { .f = f, .from = from,
		.ours = to_stdout == NULL, .to_stdout = to_stdout,
		.to_peers = to_peers };
	bool cut = u.ours ? f->cut_stdin : f->cut_peers;
	size_t max = cut ? FRAME_INPUT : FRAME_BYTES;
	size_t part = *n < max ? *n : max, left = part;
	enum frame_result result;

	if (!cut)
		result = frame_bytes(&u, data, &left);
	else if (f->messages)
		result = frame_messages(f, &u, &from->partial, data, &left);
	else
		result = frame_lines(f, &u, &from->partial.buf, data, &left);
	*n -= part - left;
	return result;
}

bool
frame_partial(const struct frame *f, const struct peer *from)
{
	const struct message *m = &from->partial;

	return m->buf.n > m->returned || (f->messages && m->begun);
}

void
frame_rest(struct frame *f, struct peer *from, struct buf *to_stdout,
    struct buf *to_peers)
{
	struct fragment u = { .f = f, .from = from, .last = true,
		.ours = to_stdout == NULL, .to_stdout = to_stdout,
		.to_peers = to_peers };

	if (!frame_partial(f, from))
		return;
	u.n = message_rest(&from->partial, &u.data);
	add(&u);
	message_free(&from->partial);
	if (f->messages && f->single && to_stdout != NULL && f->left > 0)
		f->left--;
}
