/* Encodes data that is sent: CR LF for LF, and IAC IAC for IAC. */
#include "encode.h"

enum { IAC = 255 };

/* Is a byte to be added between these two? It is a CR or an IAC. */
static bool
adds(const struct encoding *e, char before, char c)
{
	if (c == '\n')
		return e->crlf && before != '\r' &&
		    !(e->escaped && before == '\\');
	return e->telnet && (unsigned char)c == IAC;
}

static size_t
count(const struct encoding *e, char last, const char *data, size_t n)
{
	size_t added = 0;

	for (size_t i = 0; i < n; i++) {
		added += adds(e, last, data[i]);
		last = data[i];
	}
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
	while (added > 0) {
		char c = data[--n], before = first;

		if (n > 0)
			before = data[n - 1];
		data[n + added] = c;
		if (!adds(e, before, c))
			continue;
		data[n + --added] = c;
		if (c == '\n')
			data[n + added] = '\r';
	}
	return total;
}
