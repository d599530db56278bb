/* Diagnostics: one line on standard error, and the exit statuses. */
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINE = 4096 };

static int level;

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
print_line(const char *reason, const char *fmt, va_list ap)
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
	write_all(line, n);
	errno = error;
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
