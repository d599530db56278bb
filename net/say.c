/* One line to standard error, whole: what was tried on what, and why not. */
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 4096 };

static int level;

void
say_level(int n)
{
	level = n;
}

/* A slow reader may take a line in parts. */
static void
put(const char *line, size_t n)
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
utter(const char *cause, const char *fmt, va_list ap)
{
	static const char name[] = "sockcat: ";
	char line[LINE];
	size_t n = sizeof name - 1;
	int kept = errno;

	memcpy(line, name, n);
	vsnprintf(line + n, sizeof line - n, fmt, ap);
	n += strlen(line + n);
	if (cause != NULL) {
		snprintf(line + n, sizeof line - n, ": %s", cause);
		n += strlen(line + n);
	}
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	put(line, n);
	errno = kept;
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	utter(NULL, fmt, ap);
	va_end(ap);
}

void
say_error(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	utter(strerror(err), fmt, ap);
	va_end(ap);
}

void
say_more(int n, const char *fmt, ...)
{
	va_list ap;

	if (n > level)
		return;
	va_start(ap, fmt);
	utter(NULL, fmt, ap);
	va_end(ap);
}
