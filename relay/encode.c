/* Encodes data that is sent: CR LF for LF, and IAC IAC for IAC. */
#include "encode.h"

#include <string.h>

static const char IAC = (char)255;

/* Is data[n] escaped? It is after an odd number of backslashes. */
static bool
is_escaped(char first, const char *data, size_t n)
{
	bool odd = false;

	for (; n > 0 && data[n - 1] == '\\'; n--)
		odd = !odd;
	if (n == 0 && first == '\\')
		odd = !odd;
	return odd;
}

/* Data in which the places where a byte is added are looked for. */
struct scan {
	const struct encoding *e;
	const char *data;
	size_t n;
	char first;     /* data[-1] */
	size_t lf, iac; /* the next of each, or n */
};

/* Where is the next c, from here on? n: nowhere. */
static size_t
find(const struct scan *s, char c, size_t at)
{
	const char *found = at == s->n ? NULL
	    : memchr(s->data + at, c, s->n - at);

	return found == NULL ? s->n : (size_t)(found - s->data);
}

/* Does the LF at this place get a CR? */
static bool
gets_cr(const struct scan *s, size_t at)
{
	char before = s->first;

	if (at > 0)
		before = s->data[at - 1];
	return before != '\r' &&
	    !(s->e->escaped && is_escaped(s->first, s->data, at));
}

static void
find_lf(struct scan *s, size_t at)
{
	s->lf = s->e->crlf ? find(s, '\n', at) : s->n;
	while (s->lf < s->n && !gets_cr(s, s->lf))
		s->lf = find(s, '\n', s->lf + 1);
}

static void
find_iac(struct scan *s, size_t at)
{
	s->iac = s->e->telnet ? find(s, IAC, at) : s->n;
}

static struct scan
start(const struct encoding *e, char first, const char *data, size_t n)
{
	struct scan s = { .e = e, .data = data, .n = n, .first = first };

	find_lf(&s, 0);
	find_iac(&s, 0);
	return s;
}

/* The next place, which may be n; then go on after it. */
static size_t
next(struct scan *s)
{
	size_t at = s->lf < s->iac ? s->lf : s->iac;

	if (at < s->n && at == s->lf)
		find_lf(s, at + 1);
	else if (at < s->n)
		find_iac(s, at + 1);
	return at;
}

/* An escaped backslash at the end escapes nothing that follows. */
static char
last_of(const struct encoding *e, char first, const char *data, size_t n)
{
	char last = data[n - 1];

	if (e->escaped && last == '\\' && !is_escaped(first, data, n))
		return '\0';
	return last;
}

size_t
encode(const struct encoding *e, char *last, char *out, const char *data,
    size_t n)
{
	struct scan s = start(e, *last, data, n);
	char *begin = out;

	for (size_t at = 0, place; at < n; at = place) {
		place = next(&s);
		memcpy(out, data + at, place - at);
		out += place - at;
		if (place == n)
			break;
		*out = '\r';
		if (data[place] != '\n')
			*out = (char)IAC;
		out++;
		*out++ = data[place++];
	}
	if (n > 0)
		*last = last_of(e, *last, data, n);
	return (size_t)(out - begin);
}
