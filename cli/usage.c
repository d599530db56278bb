/* The command line is wrong, and why. */
#include "usage.h"
#include "../base/say.h"

#include <stdarg.h>
#include <stdio.h>

enum status
usage_error(const char *fmt, ...)
{
	char text[USAGE_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	say("%s", text);
	return STATUS_USAGE;
}
