/* Streams whose bytes say who sent them, and where they belong. */
#include "bytes.h"

#include <stdio.h>

enum {
	SYNC = 16,       /* bytes that tell the position */
	FAR = 1 << 22,   /* bytes: how far away a position is looked for */
};

const struct bytes bytes_begin = { .next = 1, .known = SYNC };

/* The register with two more bits. */
static unsigned
shift(unsigned state, unsigned bits)
{
	return (state << 2 | bits) & 0x7fffffff;
}

/* Two steps of the shift register x^31 + x^28 + 1. */
static unsigned
step(unsigned state)
{
	return shift(state, (state >> 29 ^ state >> 26) & 3);
}

void
bytes_make(struct bytes *s, int sender, void *to, size_t n)
{
	unsigned char *bytes = to;

	for (size_t i = 0; i < n; i++) {
		s->next = step(s->next);
		bytes[i] = (unsigned char)(sender << 2 | (int)(s->next & 3));
	}
	s->n += n;
}

int
bytes_sender(unsigned char c)
{
	return c >> 2;
}

/* How many bytes lead from one position to another? -1: it is far away. */
static long
distance(unsigned from, unsigned to)
{
	for (long n = 0; n < FAR; n++, from = step(from))
		if (from == to)
			return n;
	return -1;
}

/* The position after the next SYNC bytes of this sender; 0: there are fewer. */
static unsigned
locate(const unsigned char *at, const unsigned char *end)
{
	int sender = bytes_sender(*at), n = 0;
	unsigned state = 0;

	for (; at < end && n < SYNC; at++)
		if (bytes_sender(*at) == sender) {
			state = shift(state, *at & 3);
			n++;
		}
	return n < SYNC ? 0 : state;
}

/* This byte is not the next one after n bytes, the last of which is state due. */
static const char *
explain(size_t n, unsigned due, const unsigned char *at,
    const unsigned char *end)
{
	static char text[120];
	unsigned is = locate(at, end);
	const char *what = "wrong";
	long count = 0;

	for (int i = 0; i < SYNC; i++)
		due = step(due);
	if (is != 0 && (count = distance(due, is)) > 0)
		what = "missing";
	else if (is != 0 && (count = distance(is, due)) > 0)
		what = "too early or again";
	else
		count = 1;
	snprintf(text, sizeof text, "sender %d: after byte %zu, %ld %s",
	    bytes_sender(*at), n, count, what);
	return text;
}

const char *
bytes_check(struct bytes *s, const unsigned char *at, const unsigned char *end)
{
	unsigned symbol = *at & 3;
	size_t n = s->n++;
	const char *wrong = NULL;

	if (s->known == SYNC && (step(s->next) & 3) == symbol) {
		s->next = step(s->next);
		return NULL;
	}
	if (s->known == SYNC) {
		wrong = explain(n, s->next, at, end);
		s->known = 0;
	}
	s->next = shift(s->next, symbol);
	s->known++;
	return wrong;
}
