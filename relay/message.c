/* The message protocol: parses '.', '^' and '\'. */
#include "message.h"
#include "../base/visible.h"

#include <limits.h>
#include <string.h>

enum { SPACE = 1, END = 2, ESCAPE = 4 };

/* What each byte means; white space is isspace(3) of the POSIX locale. */
static const unsigned char meaning[UCHAR_MAX + 1] = {
	[' '] = SPACE, ['\t'] = SPACE, ['\n'] = SPACE, ['\v'] = SPACE,
	['\f'] = SPACE, ['\r'] = SPACE, ['.'] = END, ['^'] = END,
	['\\'] = ESCAPE,
};

static bool
blank(char c)
{
	return meaning[(unsigned char)c] == SPACE;
}

/* The first byte with one of these meanings; or end. */
static const char *
find(const char *text, const char *end, int meanings)
{
	while (text < end && !(meaning[(unsigned char)*text] & meanings))
		text++;
	return text;
}

/* Remove the text that the last call returned. */
static void
remove_returned(struct message *m)
{
	if (m->returned == 0)
		return;
	m->buf.n -= m->returned;
	memmove(m->buf.data, m->buf.data + m->returned, m->buf.n);
	m->returned = 0;
}

/* Return the buffer, except the bytes to keep, as the text of the event. */
static enum message_event
return_text(struct message *m, size_t keep, const char **text, size_t *len,
    enum message_event event)
{
	m->returned = m->buf.n - keep;
	*text = m->buf.data;
	*len = m->returned;
	return event;
}

/*
 * The buffer is full. A backslash stays together with the byte after it, and
 * white space at the end with what follows, unless there is nothing else.
 */
static enum message_event
return_piece(struct message *m, const char **text, size_t *len)
{
	size_t keep = m->escaped ? 1 : m->blank;

	if (keep == m->buf.n)
		keep = m->blank = 0;
	return return_text(m, keep, text, len, MESSAGE_PIECE);
}

/* Count the white space at the end of what was parsed; since is not escaped. */
static void
count_blank(struct message *m, const char *since, const char *end)
{
	const char *at = end;

	while (at > since && blank(at[-1]))
		at--;
	if (at > since)
		m->blank = 0;
	m->blank += (size_t)(end - at);
}

/* Parse up to the next unescaped '.' or '^', or to the end. */
static const char *
parse(struct message *m, const char *start, const char *end)
{
	const char *at = start, *since = start;

	while (at < end) {
		if (!m->escaped) {
			at = find(at, end, END | ESCAPE);
			if (at == end || *at != '\\')
				break;
		}
		m->escaped = !m->escaped;
		m->blank = 0;
		since = ++at;
	}
	count_blank(m, since, at);
	return at;
}

static void
restart(struct message *m)
{
	m->begun = false;
	m->blank = 0;
}

/* The first n bytes of the input complete the message. */
static enum message_event
complete(struct message *m, const char *data, size_t n, const char **text,
    size_t *len, enum message_event event)
{
	restart(m);
	*text = data;
	*len = n;
	if (m->buf.n == 0)
		return event;
	if (!buf_add(&m->buf, data, n))
		return MESSAGE_FAILED;
	return return_text(m, 0, text, len, event);
}

enum message_event
message_next(struct message *m, const char **data, size_t *n,
    const char **text, size_t *len)
{
	const char *start = *data, *end = start + *n, *at;
	size_t room;

	remove_returned(m);
	while (!m->begun && start < end && blank(*start))
		start++;
	room = BUF_FRAGMENT - m->buf.n;
	if ((size_t)(end - start) > room)
		end = start + room;
	m->begun = m->begun || start < end;
	at = parse(m, start, end);
	*n -= (size_t)(at - *data);
	*data = at;
	if (at < end) {
		++*data;
		--*n;
		if (*at == '^')
			return complete(m, start, (size_t)(at - start), text,
			    len, MESSAGE_END);
		return complete(m, start, (size_t)(at + 1 - start), text, len,
		    MESSAGE_COMPLETE);
	}
	if (start == at && m->buf.n == 0)
		buf_free(&m->buf);
	else if (!buf_add(&m->buf, start, (size_t)(at - start)))
		return MESSAGE_FAILED;
	return m->buf.n == BUF_FRAGMENT ? return_piece(m, text, len)
					: MESSAGE_NONE;
}

size_t
message_rest(struct message *m, const char **text)
{
	size_t len;

	remove_returned(m);
	restart(m);
	m->escaped = false;
	return_text(m, 0, text, &len, MESSAGE_COMPLETE);
	return len;
}

void
message_free(struct message *m)
{
	buf_free(&m->buf);
	*m = (struct message){ 0 };
}

/* Write a run of n bytes, as a terminal may have it if visible. */
static size_t
put_run(char *out, const char *text, size_t n, bool visible)
{
	size_t done = 0;

	if (!visible) {
		memcpy(out, text, n);
		return n;
	}
	while (n > 0)
		done += visible_next(out + done, &text, &n);
	return done;
}

/* Write a run of white space, and advance: with a line end, it is a space. */
static size_t
put_space(char *out, const char **text, const char *end, bool visible)
{
	const char *start = *text, *at = start;
	bool line_end = false;

	do {
		line_end = line_end || *at == '\n';
		at++;
	} while (at < end && blank(*at));
	*text = at;
	if (line_end)
		*out = ' ';
	else if (visible || at - start > 1)
		return put_run(out, start, (size_t)(at - start), visible);
	else
		*out = *start;
	return 1;
}

/* Write what is no white space and has no backslash, and advance. */
static size_t
put_word(char *out, const char **text, const char *end, bool visible)
{
	const char *start = *text, *at = start;
	size_t done = 0;

	if (visible) {
		*text = find(start, end, SPACE | ESCAPE);
		return put_run(out, start, (size_t)(*text - start), true);
	}
	/* it is short: copying while looking is faster than memcpy(3) */
	while (at < end && !(meaning[(unsigned char)*at] & (SPACE | ESCAPE)))
		out[done++] = *at++;
	*text = at;
	return done;
}

/* Write the byte after a backslash, and what belongs to it; and advance. */
static size_t
put_literal(char *out, const char **text, const char *end, bool visible)
{
	const char *start = *text;

	*text = find(start + 1, end, SPACE | ESCAPE);
	if (*start != '\n')
		return put_run(out, start, (size_t)(*text - start), visible);
	*text = start + 1;
	*out = ' ';
	return 1;
}

size_t
message_plain(char *out, const char *text, size_t n, bool visible)
{
	const char *end = n == 0 ? text : text + n;
	size_t done = 0;

	while (text < end) {
		if (blank(*text))
			done += put_space(out + done, &text, end, visible);
		else if (*text == '\\') {
			if (end - text > 1)
				text++;
			done += put_literal(out + done, &text, end, visible);
		} else
			done += put_word(out + done, &text, end, visible);
	}
	return done;
}

bool
message_open(const char *text, size_t n)
{
	bool open = false;

	while (n > 0 && text[n - 1] == '\\') {
		open = !open;
		n--;
	}
	return open;
}

size_t
message_trim(const char *text, size_t n)
{
	while (n > 0 && blank(text[n - 1]) && !message_open(text, n - 1))
		n--;
	return n;
}

size_t
message_escape(char *out, const char *text, size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		if (strchr(".^\\", text[i]) != NULL && text[i] != '\0')
			out[done++] = '\\';
		out[done++] = text[i];
	}
	return done;
}
