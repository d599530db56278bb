/* Diagnostics: one line on standard error, and the exit statuses. */
#include "say.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_LINE = 4096, /* at most PIPE_BUF of Linux */
	MAX_VISIBLE = 8, /* bytes that say_visible() writes, at most */
};

static int level;
static struct line {
	char text[MAX_LINE];
	size_t len;
} prepared;

void
say_set_verbose(int n)
{
	level = n;
}

/* The length of the UTF-8 character at s; 1 if there is none. */
static size_t
utf8_length(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0xc2 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3
	    : s[0] < 0xf5 ? 4 : 1;

	if (len > n)
		return 1;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 1;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 1; /* overlong, a surrogate, or too large */
	return len;
}

static bool
is_control(const unsigned char *s, size_t len)
{
	if (len == 2)
		return s[0] == 0xc2 && s[1] < 0xa0;
	return len == 1 && s[0] != '\t' &&
	    (s[0] < ' ' || (s[0] >= 0x7f && s[0] < 0xa0));
}

/* One byte of a character, as it is or as \xNN. Returns the length in out. */
static size_t
put(char *out, unsigned char c, bool hex)
{
	static const char digits[] = "0123456789abcdef";

	out[0] = (char)c;
	if (!hex)
		return 1;
	out[0] = '\\';
	out[1] = 'x';
	out[2] = digits[c / 16];
	out[3] = digits[c % 16];
	return 4;
}

size_t
say_visible(char *out, const char **text, size_t *n)
{
	const unsigned char *s = (const unsigned char *)*text;
	size_t len = utf8_length(s, *n), done = 0;
	bool hex = is_control(s, len);

	for (size_t i = 0; i < len; i++)
		done += put(out + done, s[i], hex);
	*text += len;
	*n -= len;
	return done;
}

/* A pipe is writable if it has room for PIPE_BUF bytes, which are a line. */
static void
write_line(const struct line *l)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	int error = errno;
	ssize_t done = poll(&p, 1, 0) == 1 && (p.revents & POLLOUT)
	    ? write(STDERR_FILENO, l->text, l->len) : 0;

	(void)done; /* there is nowhere to report it */
	errno = error;
}

static void
format(struct line *l, const char *reason, const char *fmt, va_list ap)
{
	char text[MAX_LINE];
	const char *at = text;
	size_t n;

	vsnprintf(text, sizeof text, fmt, ap);
	n = strlen(text);
	if (reason != NULL)
		snprintf(text + n, sizeof text - n, ": %s", reason);
	l->len = (size_t)snprintf(l->text, sizeof l->text, "sockcat: ");
	for (n = strlen(text); n > 0 && l->len + MAX_VISIBLE < MAX_LINE;)
		l->len += say_visible(l->text + l->len, &at, &n);
	l->text[l->len++] = '\n';
}

static void
print_line(const char *reason, const char *fmt, va_list ap)
{
	int error = errno;
	struct line l;

	format(&l, reason, fmt, ap);
	errno = error;
	write_line(&l);
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(NULL, fmt, ap);
	va_end(ap);
}

void
say_error(int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(strerror(error), fmt, ap);
	va_end(ap);
}

void
say_verbose(int n, const char *fmt, ...)
{
	va_list ap;

	if (n > level)
		return;
	va_start(ap, fmt);
	print_line(NULL, fmt, ap);
	va_end(ap);
}

void
say_prepare(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(&prepared, NULL, fmt, ap);
	va_end(ap);
}

void
say_prepared(void)
{
	write_line(&prepared);
}
