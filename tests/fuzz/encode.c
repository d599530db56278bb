/*
 * Fuzz target of the encoding of sent data. The first byte of the input selects
 * what is encoded, the second gives the size of the pieces in which the rest is
 * passed. How it is split makes no difference: the result is the same as that
 * of model(), which gets all bytes at once.
 */
#include "../../relay/encode.h"
#include "must.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t
model(const struct encoding *e, const char *data, size_t n, char *out)
{
	size_t done = 0;
	bool escape = false; /* after an odd number of backslashes */

	for (size_t i = 0; i < n; i++) {
		bool cr = i > 0 && data[i - 1] == '\r';

		escape = e->escaped && i > 0 && data[i - 1] == '\\' && !escape;
		if (e->crlf && data[i] == '\n' && !cr && !escape)
			out[done++] = '\r';
		if (e->telnet && data[i] == '\xff')
			out[done++] = '\xff';
		out[done++] = data[i];
	}
	return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct encoding e;
	const char *all = (const char *)data + 2;
	char *expected, *got, last = 0;
	size_t step, len, done = 0;

	if (n < 2)
		return 0;
	e = (struct encoding){ data[0] & 1, data[0] & 2, data[0] & 4 };
	step = 1 + data[1] * (size_t)data[1];
	n -= 2;
	expected = malloc(2 * n + 1);
	got = malloc(2 * n + 1);
	MUST(expected != NULL && got != NULL);
	len = model(&e, all, n, expected);
	for (size_t at = 0; at < n; at += step) {
		size_t part = n - at < step ? n - at : step;

		done += encode(&e, &last, got + done, all + at, part);
	}
	MUST(done == len && memcmp(expected, got, len) == 0);
	free(expected);
	free(got);
	return 0;
}
