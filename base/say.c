/* Diagnostics: one line on standard error. */
#include "say.h"
#include "clock.h"
#include "visible.h"
#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_LINE = 4096, /* at most PIPE_BUF of Linux */
	MAX_STATUS = 256,
	MAX_HELD = 32,   /* lines */
};

static int level;
static int patience; /* ms to wait until standard error can be written */
static bool stamped; /* the time of day comes first */
static unsigned long long left_out; /* lines, since the last one written */
static struct line {
	char text[MAX_LINE];
	size_t len;
} prepared;

/* The terminal's last line. */
static struct {
	bool drawn;   /* it is the status line */
	bool midline; /* it has text of somebody else */
} last;
/* Lines that are kept back. */
static bool holding;
static int nheld;
static struct line held[MAX_HELD];

void
say_set_verbose(int n)
{
	level = n;
}

bool
say_is_verbose(int n)
{
	return level >= n;
}

const char *
say_plural(unsigned long long n)
{
	return n == 1 ? "" : "s";
}

void
say_set_patience(int ms)
{
	patience = ms;
}

void
say_set_stamp(bool on)
{
	stamped = on;
}

/*
 * Wait until standard error can be written. After a timeout, never wait again.
 */
static bool
writable(void)
{
	long long until = patience == 0 ? 0 : clock_ms() + patience;
	enum waited waited = wait_fd(STDERR_FILENO, POLLOUT, until);

	if (waited == WAIT_TIMEOUT)
		patience = 0;
	return waited == WAIT_READY || waited == WAIT_FAILED;
}

/*
 * A pipe is writable if it has room for PIPE_BUF bytes, which are a line. A
 * failure of write(2) can be reported nowhere. Returns whether all is written.
 */
static bool
write_text(const char *text, size_t n)
{
	int error = errno;

	while (n > 0 && writable()) {
		ssize_t done = write(STDERR_FILENO, text, n);

		if (done == 0 || (done == -1 && errno != EINTR))
			break;
		if (done > 0) {
			text += done;
			n -= (size_t)done;
		}
	}
	errno = error;
	return n == 0;
}

static bool
write_line(const struct line *l)
{
	say_erase_status();
	if (last.midline)
		write_text("\n", 1);
	last.midline = false;
	return write_text(l->text, l->len);
}

void
say_left_out(void)
{
	char text[64];

	if (left_out == 0)
		return;
	snprintf(text, sizeof text, "... %llu line%s left out\n", left_out,
	    left_out == 1 ? "" : "s");
	if (write_text(text, strlen(text)))
		left_out = 0;
}

/* Lines before this one that are missing are counted first. */
static void
put_line(const struct line *l)
{
	say_left_out();
	if (left_out > 0 || !write_line(l))
		left_out++;
}

/*
 * Draw the line, erase what is behind and below it (ECMA-48, 8.3.39), and leave
 * the cursor at its start: a terminal that becomes narrower wraps the line, and
 * the next one must begin where this one did.
 */
void
say_status(const char *text, size_t n)
{
	char line[MAX_STATUS];

	if (last.midline)
		return;
	snprintf(line, sizeof line, "\r%.*s\033[J\r", (int)n, text);
	write_text(line, strlen(line));
	last.drawn = true;
}

void
say_erase_status(void)
{
	if (last.drawn)
		write_text("\r\033[J", 4);
	last.drawn = false;
}

void
say_set_midline(bool midline)
{
	last.midline = midline;
}

/* The line's beginning: the time, if it is to have one, and our name. */
static size_t
start_line(char *out, const struct timespec *began)
{
	struct timespec now;
	char time[CLOCK_TEXT];

	if (began != NULL)
		return (size_t)snprintf(out, MAX_LINE, "%s ",
		    clock_text(began, time));
	if (!stamped)
		return (size_t)snprintf(out, MAX_LINE, "sockcat: ");
	clock_real(&now);
	return (size_t)snprintf(out, MAX_LINE, "%s sockcat: ",
	    clock_text(&now, time));
}

static void
format(struct line *l, const struct timespec *began, const char *reason,
    const char *fmt, va_list ap)
{
	char text[MAX_LINE];
	const char *at = text;
	size_t n;

	vsnprintf(text, sizeof text, fmt, ap);
	n = strlen(text);
	if (reason != NULL)
		snprintf(text + n, sizeof text - n, ": %s", reason);
	l->len = start_line(l->text, began);
	for (n = strlen(text); n > 0 && l->len + VISIBLE_MAX < MAX_LINE;)
		l->len += visible_next(l->text + l->len, &at, &n);
	l->text[l->len++] = '\n';
}

void
say_hold(void)
{
	holding = true;
	nheld = 0;
}

/* Write a line that was kept, with the note before its LF. */
static void
put_held(struct line *l, const char *note)
{
	size_t room = sizeof l->text - l->len, n = strlen(note);

	if (n <= room) {
		memcpy(l->text + l->len - 1, note, n);
		l->len += n;
		l->text[l->len - 1] = '\n';
	}
	put_line(l);
}

void
say_release(const char *note)
{
	for (int i = 0; note != NULL && i < nheld; i++)
		put_held(&held[i], note);
	holding = false;
	nheld = 0;
}

static void
print_line(bool now, const char *reason, const char *fmt, va_list ap)
{
	int error = errno;
	struct line l;

	format(&l, NULL, reason, fmt, ap);
	errno = error;
	if (now || !holding)
		put_line(&l);
	else if (nheld < MAX_HELD)
		held[nheld++] = l;
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(false, NULL, fmt, ap);
	va_end(ap);
}

void
say_call(const struct timespec *began, const char *fmt, ...)
{
	int error = errno;
	struct line l;
	va_list ap;

	va_start(ap, fmt);
	format(&l, began, NULL, fmt, ap);
	va_end(ap);
	put_line(&l);
	errno = error;
}

void
say_error(int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(false, strerror(error), fmt, ap);
	va_end(ap);
}

void
say_verbose(int n, const char *fmt, ...)
{
	va_list ap;

	if (n > level)
		return;
	va_start(ap, fmt);
	print_line(true, NULL, fmt, ap);
	va_end(ap);
}

void
say_prepare(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(&prepared, NULL, NULL, fmt, ap);
	va_end(ap);
}

void
say_prepared(void)
{
	write_line(&prepared);
}
