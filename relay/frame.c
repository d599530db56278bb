/* Framing: cuts data into lines or messages, and adds labels and ends. */
#include "frame.h"
#include "../base/clock.h"
#include "../base/visible.h"
#include "line.h"
#include "message.h"
#include "peer.h"

#include <string.h>
#include <time.h>

/* The time, the label and a space after each. */
enum { LABEL_TEXT = CLOCK_TEXT + 1 + ADDR_TEXT + 1 };

/* A line or message, or a piece of one, and where it goes. */
struct fragment {
	const struct frame *f;
	const struct peer *from;
	const char *data;
	size_t n;
	bool complete; /* it ends with its dot */
	bool last;     /* nothing more of it will come */
	struct buf *to_stdout, *to_peers;
};

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
	size_t n = stamp(u, to, text);

	if (!u->f->labelled || u->to_stdout == NULL)
		return n;
	addr_label(&u->from->addr, text + n);
	n += strlen(text + n);
	text[n] = ' ';
	return n + 1;
}

/* As a terminal may have it: LF and CR LF are line ends. */
static void
put_visible(struct buf *c, const char *text, size_t n)
{
	while (n > 0) {
		bool end = *text == '\n' ||
		    (*text == '\r' && n > 1 && text[1] == '\n');

		if (!end) {
			c->n += visible_next(c->data + c->n, &text, &n);
			continue;
		}
		buf_put(c, text++, 1);
		n--;
	}
}

static void
put_line(const struct fragment *u, struct buf *c)
{
	char name[LABEL_TEXT];

	buf_put(c, name, label(u, c, name));
	if (u->f->terminal && c == u->to_stdout)
		put_visible(c, u->data, u->n);
	else
		buf_put(c, u->data, u->n);
	if (u->f->each && (u->to_stdout != NULL || u->f->mixed) &&
	    (u->n == 0 || u->data[u->n - 1] != '\n'))
		buf_put(c, "\n", 1);
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
	struct buf *c = u->to_stdout;
	size_t n = u->last && !u->complete ? message_trim(u->data, u->n) : u->n;
	char name[LABEL_TEXT];

	if (n == 0 && u->f->each)
		return;
	buf_put(c, name, label(u, c, name));
	c->n += message_plain(c->data + c->n, u->data, n, u->f->terminal);
	if (u->last || u->f->each)
		buf_put(c, "\n", 1);
}

/*
 * As peers receive it. If other clients' messages may follow, an incomplete
 * message gets a dot, so that it stays one.
 */
static void
add_wire(const struct fragment *u)
{
	struct buf *c = u->to_peers;
	bool add_dot = !u->complete && u->f->mixed;
	size_t n = add_dot ? message_trim(u->data, u->n) : u->n;
	char name[LABEL_TEXT], safe[2 * sizeof name];

	if (n == 0)
		return;
	buf_put(c, safe, message_escape(safe, name, label(u, c, name)));
	buf_put(c, u->data, n);
	if (add_dot && message_open(u->data, n))
		buf_put(c, "\\", 1);
	if (add_dot)
		buf_put(c, ".", 1);
	if ((u->complete || add_dot) && !u->f->single)
		buf_put(c, "\n", 1);
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
	return u->f->single || (u->f->paced && u->to_stdout == NULL);
}

static enum frame_result
frame_lines(struct frame *f, struct fragment *u, struct buf *partial,
    const char **data, size_t *n)
{
	int found;

	while ((found = line_next(partial, data, n, &u->data, &u->n)) == 1) {
		if (u->f->single && u->to_stdout == NULL &&
		    u->data[u->n - 1] != '\n')
			return FRAME_TOO_LONG;
		add(u);
		if (u->to_stdout != NULL && u->data[u->n - 1] == '\n' &&
		    f->left > 0 && !f->single && --f->left == 0)
			return FRAME_ENOUGH;
		if (one_at_a_time(u))
			return FRAME_MORE;
	}
	return found == -1 ? FRAME_FAILED : FRAME_MORE;
}

/* '^': the text before it and, from stdin, the '^' itself. */
static enum frame_result
end_conversation(struct fragment *u, bool begun)
{
	u->complete = false;
	u->last = true;
	if (u->to_stdout == NULL) {
		buf_put(u->to_peers, u->data, u->n);
		buf_put(u->to_peers, "^", 1);
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
			if (f->single && u->to_stdout == NULL)
				return FRAME_TOO_LONG;
			u->complete = u->last = false;
			add(u);
			break;
		case MESSAGE_COMPLETE:
			u->complete = u->last = true;
			add(u);
			if (u->to_stdout != NULL && f->left > 0 &&
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
		buf_put(u->to_peers, *data, *n);
	*data += *n;
	*n = 0;
	return FRAME_MORE;
}

/* Encode what was appended to to_peers from this position on. */
static void
encode_from(const struct frame *f, struct peer *from, struct buf *to_peers,
    size_t start)
{
	const struct encoding *e = &f->encoding;

	if (to_peers == NULL || !(e->crlf || e->telnet))
		return;
	to_peers->n = start + encode(e, &from->last_byte,
	    to_peers->data + start, to_peers->n - start);
}

enum frame_result
frame_input(struct frame *f, struct peer *from, const char **data,
    size_t *n, struct buf *to_stdout, struct buf *to_peers)
{
	struct fragment u = { .f = f, .from = from, .to_stdout = to_stdout,
		.to_peers = to_peers };
	bool cut = to_stdout == NULL ? f->cut_stdin : f->cut_peers;
	size_t max = cut ? FRAME_INPUT : FRAME_BYTES;
	size_t part = *n < max ? *n : max, left = part;
	size_t start = to_peers == NULL ? 0 : to_peers->n;
	enum frame_result result;

	if (!cut)
		result = frame_bytes(&u, data, &left);
	else if (f->messages)
		result = frame_messages(f, &u, &from->partial, data, &left);
	else
		result = frame_lines(f, &u, &from->partial.buf, data, &left);
	*n -= part - left;
	encode_from(f, from, to_peers, start);
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
		.to_stdout = to_stdout, .to_peers = to_peers };
	size_t start = to_peers == NULL ? 0 : to_peers->n;

	if (!frame_partial(f, from))
		return;
	u.n = message_rest(&from->partial, &u.data);
	add(&u);
	encode_from(f, from, to_peers, start);
	message_free(&from->partial);
	if (f->messages && f->single && to_stdout != NULL && f->left > 0)
		f->left--;
}
