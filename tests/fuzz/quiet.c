/* In place of net/say.c: messages are formatted, but not printed. */
#include "../../base/say.h"

#include <stdarg.h>
#include <stdio.h>

static void
format(const char *fmt, va_list ap)
{
	char line[4096];

	vsnprintf(line, sizeof line, fmt, ap);
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(fmt, ap);
	va_end(ap);
}

void
say_error(int err, const char *fmt, ...)
{
	va_list ap;

	(void)err;
	va_start(ap, fmt);
	format(fmt, ap);
	va_end(ap);
}

void
say_call(const struct timespec *began, const char *fmt, ...)
{
	va_list ap;

	(void)began;
	va_start(ap, fmt);
	format(fmt, ap);
	va_end(ap);
}

void
say_verbose(int level, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	format(fmt, ap);
	va_end(ap);
}

void
say_prepare(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(fmt, ap);
	va_end(ap);
}

void
say_prepared(void)
{
}

void
say_status(const char *text, size_t n)
{
	(void)text;
	(void)n;
}

void
say_erase_status(void)
{
}

void
say_set_midline(bool midline)
{
	(void)midline;
}

const char *
say_plural(unsigned long long n)
{
	(void)n;
	return "";
}

bool
say_is_verbose(int n)
{
	(void)n;
	return false;
}
