/* The message protocol: parses '.', '^' and '\'. */
#include "message.h"
#include "../base/visible.h"

#include <string.h>

/* isspace(3) of the POSIX locale. */
static bool
blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
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

/* Advance by one byte; is it an unescaped '.' or '^'? */
static bool
ends(struct message *m, char c)
{
	bool literal = m->escaped;

	m->escaped = !literal && c == '\\';
	m->blank = !literal && blank(c) ? m->blank + 1 : 0;
	return !literal && (c == '.' || c == '^');
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
	for (at = start; at < end && !ends(m, *at); at++)
		;
	*n -= (size_t)(at - *data);
	*data = at;
	if (at < end) {
		++*data;
		--*n;
		return *at == '.'
		    ? complete(m, start, (size_t)(at + 1 - start), text, len,
		    MESSAGE_COMPLETE)
		    : complete(m, start, (size_t)(at - start), text, len,
		    MESSAGE_END);
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

/* Write the next character of the *n bytes at *text, and advance both. */
static size_t
put_next(char *out, const char **text, size_t *n, bool visible)
{
	if (visible)
		return visible_next(out, text, n);
	*out = *(*text)++;
	--*n;
	return 1;
}

/* Write a run of n bytes of white space. */
static size_t
put_space(char *out, const char *text, size_t n, bool visible)
{
	size_t done = 0;

	if (memchr(text, '\n', n) != NULL) {
		*out = ' ';
		return 1;
	}
	while (n > 0)
		done += put_next(out + done, &text, &n, visible);
	return done;
}

size_t
message_plain(char *out, const char *text, size_t n, bool visible)
{
	const char *end = n == 0 ? text : text + n;
	size_t done = 0;

	for (; n > 0; n = (size_t)(end - text)) {
		const char *start = text;

		while (text < end && blank(*text))
			text++;
		if (text > start) {
			done += put_space(out + done, start,
			    (size_t)(text - start), visible);
			continue;
		}
		if (*text == '\\' && n-- > 1)
			text++;
		if (*text == '\n') {
			out[done++] = ' ';
			text++;
		} else
			done += put_next(out + done, &text, &n, visible);
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
