/* Diagnostics: one line on standard error, and the exit statuses. */
#include "say.h"
#include "visible.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_LINE = 4096, /* at most PIPE_BUF of Linux */
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

/*
 * A pipe is writable if it has room for PIPE_BUF bytes, which are a line. If
 * write(2) fails, there is nowhere to report it.
 */
static void
write_line(const struct line *l)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	int error = errno;

	for (size_t done = 0; done < l->len && poll(&p, 1, 0) != 0;) {
		ssize_t n = write(STDERR_FILENO, l->text + done,
		    l->len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
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
	for (n = strlen(text); n > 0 && l->len + VISIBLE_MAX < MAX_LINE;)
		l->len += visible_next(l->text + l->len, &at, &n);
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
