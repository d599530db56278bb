/* Diagnostics: one line on standard error, and the exit statuses. */
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_LINE = 4096,
	MAX_HELD = 16384,
};

static int level;

/* Lines that are kept back. */
static struct {
	bool on;
	size_t n;
	char lines[MAX_HELD];
} held;

void
say_set_verbose(int n)
{
	level = n;
}

/* A pipe may take a line in parts. */
static void
write_all(const char *line, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDERR_FILENO, line, n);

		if (done == 0 || (done == -1 && errno != EINTR))
			return;
		if (done > 0) {
			line += done;
			n -= (size_t)done;
		}
	}
}

static void
hold(const char *line, size_t n)
{
	if (n > sizeof held.lines - held.n)
		return;
	memcpy(held.lines + held.n, line, n);
	held.n += n;
}

void
say_hold(void)
{
	held.on = true;
	held.n = 0;
}

void
say_release(bool print)
{
	int error = errno;

	if (print)
		write_all(held.lines, held.n);
	held.on = false;
	held.n = 0;
	errno = error;
}

static void
print_line(bool now, const char *reason, const char *fmt, va_list ap)
{
	static const char name[] = "sockcat: ";
	char line[MAX_LINE];
	size_t n = sizeof name - 1;
	int error = errno;

	memcpy(line, name, n);
	vsnprintf(line + n, sizeof line - n, fmt, ap);
	n += strlen(line + n);
	if (reason != NULL) {
		snprintf(line + n, sizeof line - n, ": %s", reason);
		n += strlen(line + n);
	}
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	if (now || !held.on)
		write_all(line, n);
	else
		hold(line, n);
	errno = error;
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
