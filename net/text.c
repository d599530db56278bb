/* The grammar of '.', '^' and '\': bytes in, messages out. */
#include "part.h"
#include "text.h"

#include <string.h>

/* What isspace(3) is in the POSIX locale, whatever the user's is. */
static bool
blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What was given away by the last call is forgotten now. */
static void
forget(struct text *t)
{
	if (t->cut == 0)
		return;
	t->part.n -= t->cut;
	memmove(t->part.bytes, t->part.bytes + t->cut, t->part.n);
	t->cut = 0;
}

/* Give away all that is kept but the last bytes. */
static enum text_event
give(struct text *t, size_t kept, const char **text, size_t *len,
    enum text_event event)
{
	t->cut = t->part.n - kept;
	*text = t->part.bytes;
	*len = t->cut;
	return event;
}

/*
 * A piece that is full: an escape and the byte it is for stay together, and so
 * does a run of white space, unless there is nothing else.
 */
static enum text_event
give_piece(struct text *t, const char **text, size_t *len)
{
	size_t kept = t->escaped ? 1 : t->blank;

	if (kept == t->part.n)
		kept = t->blank = 0;
	return give(t, kept, text, len, TEXT_PIECE);
}

/* Take a byte into account; true if it is an unescaped '.' or '^'. */
static bool
ends(struct text *t, char c)
{
	bool ordinary = t->escaped;

	t->escaped = !ordinary && c == '\\';
	t->blank = !ordinary && blank(c) ? t->blank + 1 : 0;
	return !ordinary && (c == '.' || c == '^');
}

static void
restart(struct text *t)
{
	t->begun = false;
	t->blank = 0;
}

/* The message ends before byte n of those that come now. */
static enum text_event
whole(struct text *t, const char *bytes, size_t n, const char **text,
    size_t *len, enum text_event event)
{
	restart(t);
	*text = bytes;
	*len = n;
	if (t->part.n == 0)
		return event;
	if (!part_add(&t->part, bytes, n))
		return TEXT_FAILED;
	return give(t, 0, text, len, event);
}

enum text_event
text_next(struct text *t, const char **bytes, size_t *n, const char **text,
    size_t *len)
{
	const char *start = *bytes, *end = start + *n, *at;
	size_t room;

	forget(t);
	while (!t->begun && start < end && blank(*start))
		start++;
	room = PART_MOST - t->part.n;
	if ((size_t)(end - start) > room)
		end = start + room;
	t->begun = t->begun || start < end;
	for (at = start; at < end && !ends(t, *at); at++)
		;
	*n -= (size_t)(at - *bytes);
	*bytes = at;
	if (at < end) {
		++*bytes;
		--*n;
		return *at == '.'
		    ? whole(t, start, (size_t)(at + 1 - start), text, len,
		    TEXT_MESSAGE)
		    : whole(t, start, (size_t)(at - start), text, len,
		    TEXT_END);
	}
	if (start == at && t->part.n == 0)
		part_free(&t->part);
	else if (!part_add(&t->part, start, (size_t)(at - start)))
		return TEXT_FAILED;
	return t->part.n == PART_MOST ? give_piece(t, text, len) : TEXT_NONE;
}

size_t
text_rest(struct text *t, const char **text)
{
	size_t len;

	forget(t);
	restart(t);
	t->escaped = false;
	give(t, 0, text, &len, TEXT_MESSAGE);
	return len;
}

void
text_free(struct text *t)
{
	part_free(&t->part);
	*t = (struct text){ 0 };
}

static size_t
put(char *out, char c, bool visible)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)c;

	if (!visible || byte == '\t' || (byte >= ' ' && byte != 0x7f)) {
		*out = c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[byte / 16];
	out[3] = hex[byte % 16];
	return 4;
}

/* A run of white space of n bytes. */
static size_t
put_blank(char *out, const char *text, size_t n, bool visible)
{
	size_t done = 0;

	if (memchr(text, '\n', n) != NULL)
		return put(out, ' ', visible);
	for (size_t i = 0; i < n; i++)
		done += put(out + done, text[i], visible);
	return done;
}

size_t
text_plain(char *out, const char *text, size_t n, bool visible)
{
	size_t done = 0, run, i = 0;

	while (i < n) {
		for (run = i; run < n && blank(text[run]); run++)
			;
		if (run > i) {
			done += put_blank(out + done, text + i, run - i,
			    visible);
			i = run;
			continue;
		}
		if (text[i] == '\\' && i + 1 < n)
			i++;
		if (text[i] == '\n')
			out[done++] = ' ';
		else
			done += put(out + done, text[i], visible);
		i++;
	}
	return done;
}

/* The text up to here and no further: does its last byte escape the next? */
bool
text_open(const char *text, size_t n)
{
	bool open = false;

	while (n > 0 && text[n - 1] == '\\') {
		open = !open;
		n--;
	}
	return open;
}

size_t
text_trim(const char *text, size_t n)
{
	while (n > 0 && blank(text[n - 1]) && !text_open(text, n - 1))
		n--;
	return n;
}

size_t
text_escape(char *out, const char *text, size_t n)
{
	size_t put = 0;

	for (size_t i = 0; i < n; i++) {
		if (strchr(".^\\", text[i]) != NULL && text[i] != '\0')
			out[put++] = '\\';
		out[put++] = text[i];
	}
	return put;
}
