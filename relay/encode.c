/* Encodes data that is sent: CR LF for LF, and IAC IAC for IAC. */
#include "encode.h"

enum { IAC = 255 };

/* Is data[n] escaped? It is after an odd number of backslashes. */
static bool
is_escaped(char first, const char *data, size_t n)
{
	bool odd = false;

	for (; n > 0 && data[n - 1] == '\\'; n--)
		odd = !odd;
	if (n == 0 && first == '\\')
		odd = !odd;
	return odd;
}

/* Is a byte, a CR or an IAC, to be added before data[n]? first is data[-1]. */
static bool
adds(const struct encoding *e, char first, const char *data, size_t n)
{
	char before = first;

	if (n > 0)
		before = data[n - 1];
	if (data[n] == '\n')
		return e->crlf && before != '\r' &&
		    !(e->escaped && is_escaped(first, data, n));
	return e->telnet && (unsigned char)data[n] == IAC;
}

static size_t
count(const struct encoding *e, char first, const char *data, size_t n)
{
	size_t added = 0;

	for (size_t i = 0; i < n; i++)
		if (adds(e, first, data, i))
			added++;
	return added;
}

/* From the end to the start, so that nothing is overwritten before it moves. */
size_t
encode(const struct encoding *e, char *last, char *data, size_t n)
{
	size_t added = count(e, *last, data, n), total = n + added;
	char first = *last;

	if (n > 0)
		*last = data[n - 1];
	if (e->escaped && *last == '\\' && !is_escaped(first, data, n))
		*last = '\0'; /* an escaped backslash escapes nothing */
	while (added > 0) {
		char c = data[--n];

		data[n + added] = c;
		if (!adds(e, first, data, n))
			continue;
		data[n + --added] = c;
		if (c == '\n')
			data[n + added] = '\r';
	}
	return total;
}
