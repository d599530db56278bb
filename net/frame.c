/* Words as those hear them who are told only what is whole. */
#include "addr.h"
#include "chunk.h"
#include "frame.h"
#include "line.h"
#include "part.h"
#include "text.h"
#include "peer.h"

#include <string.h>

/* A stretch of one speaker's text, and for whom. */
struct stretch {
	const struct frame *f;
	const struct peer *speaker;
	const char *bytes;
	size_t n;
	bool whole;    /* it has the end of its message */
	bool last;     /* no more of its message will come */
	struct chunk *user, *wire;
};

static size_t
label(const struct stretch *s, char *text)
{
	size_t n;

	if (!s->f->labelled || s->user == NULL)
		return 0;
	addr_label(&s->speaker->addr, text);
	n = strlen(text);
	text[n] = ' ';
	return n + 1;
}

static void
add_line(const struct stretch *s)
{
	struct chunk *c = s->user != NULL ? s->user : s->wire;
	char name[ADDR_TEXT + 1];

	chunk_add(c, name, label(s, name));
	chunk_add(c, s->bytes, s->n);
	if (s->f->each && (s->n == 0 || s->bytes[s->n - 1] != '\n'))
		chunk_add(c, "\n", 1);
}

/* As the user reads it: one message, one line. */
static void
add_plain(const struct stretch *s)
{
	struct chunk *c = s->user;
	size_t n = s->last && !s->whole ? text_trim(s->bytes, s->n) : s->n;
	char name[ADDR_TEXT + 1];

	if (n == 0 && s->f->each)
		return;
	chunk_add(c, name, label(s, name));
	c->n += text_plain(c->words + c->n, s->bytes, n, s->f->terminal);
	if (s->last || s->f->each)
		chunk_add(c, "\n", 1);
}

/*
 * As it goes over the wire. Where other speakers may come between, also what
 * has no dot has to be a message of its own: it gets one.
 */
static void
add_wire(const struct stretch *s)
{
	struct chunk *c = s->wire;
	bool close = !s->whole && s->f->mixed;
	size_t n = close ? text_trim(s->bytes, s->n) : s->n;
	char name[ADDR_TEXT + 1], safe[2 * sizeof name];

	if (n == 0)
		return;
	chunk_add(c, safe, text_escape(safe, name, label(s, name)));
	chunk_add(c, s->bytes, n);
	if (close && text_open(s->bytes, n))
		chunk_add(c, "\\", 1);
	if (close)
		chunk_add(c, ".", 1);
	if ((s->whole || close) && !s->f->single)
		chunk_add(c, "\n", 1);
}

static void
add(const struct stretch *s)
{
	if (!s->f->chat) {
		add_line(s);
		return;
	}
	if (s->user != NULL)
		add_plain(s);
	if (s->wire != NULL)
		add_wire(s);
}

static enum framed
lines(struct stretch *s, struct part *part, const char **bytes, size_t *n)
{
	int whole;

	while ((whole = line_next(part, bytes, n, &s->bytes, &s->n)) == 1) {
		if (s->f->single && s->user == NULL && s->n == PART_MOST)
			return FRAMED_LONG;
		add(s);
		if (s->f->single)
			return FRAMED_SO_FAR;
	}
	return whole == -1 ? FRAMED_FAILED : FRAMED_SO_FAR;
}

/* '^': what was said before it, and from the user the '^' itself. */
static enum framed
end(struct stretch *s, bool begun)
{
	s->whole = false;
	s->last = true;
	if (s->user == NULL) {
		chunk_add(s->wire, s->bytes, s->n);
		chunk_add(s->wire, "^", 1);
	} else if (begun)
		add(s);
	return FRAMED_END;
}

static enum framed
messages(struct frame *f, struct stretch *s, struct text *text,
    const char **bytes, size_t *n)
{
	do {
		bool begun = text->begun;

		switch (text_next(text, bytes, n, &s->bytes, &s->n)) {
		case TEXT_FAILED:
			return FRAMED_FAILED;
		case TEXT_NONE:
			return FRAMED_SO_FAR;
		case TEXT_END:
			return end(s, begun || s->n > 0);
		case TEXT_PIECE:
			if (f->single && s->user == NULL)
				return FRAMED_LONG;
			s->whole = s->last = false;
			add(s);
			break;
		case TEXT_MESSAGE:
			s->whole = s->last = true;
			add(s);
			if (s->user != NULL && f->left > 0 && --f->left == 0)
				return FRAMED_ENOUGH;
		}
	} while (!f->single);
	return FRAMED_SO_FAR;
}

enum framed
frame_words(struct frame *f, struct peer *speaker, const char **bytes,
    size_t *n, struct chunk *user, struct chunk *wire)
{
	struct stretch s = { .f = f, .speaker = speaker, .user = user,
		.wire = wire };

	if (f->chat)
		return messages(f, &s, &speaker->text, bytes, n);
	return lines(&s, &speaker->text.part, bytes, n);
}

bool
frame_begun(const struct frame *f, const struct peer *speaker)
{
	const struct text *t = &speaker->text;

	return t->part.n > t->cut || (f->chat && t->begun);
}

void
frame_rest(struct frame *f, struct peer *speaker, struct chunk *user,
    struct chunk *wire)
{
	struct stretch s = { .f = f, .speaker = speaker, .last = true,
		.user = user, .wire = wire };

	if (!frame_begun(f, speaker))
		return;
	s.n = text_rest(&speaker->text, &s.bytes);
	add(&s);
	text_free(&speaker->text);
	if (f->chat && f->single && user != NULL && f->left > 0)
		f->left--;
}
