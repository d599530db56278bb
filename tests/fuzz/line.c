/*
 * Fuzz target of lines. The first byte of the input gives the size of the
 * pieces in which the rest is passed. The lines together are the same bytes.
 * Each has one LF, at its end, or is a piece of the maximum length without one.
 */
#include "../../relay/buf.h"
#include "../../relay/line.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
check(const char *line, size_t n)
{
	const char *end = memchr(line, '\n', n);

	MUST(n > 0 && n <= BUF_FRAGMENT + 1);
	MUST(end == NULL ? n == BUF_FRAGMENT : end == line + n - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf p = { 0 };
	const char *all = (const char *)data + 1, *line, *from;
	size_t done = 0, len, left, at = 0;
	size_t step = n > 0 ? 1 + data[0] * (size_t)data[0] : 1;

	for (n = n > 0 ? n - 1 : 0; at < n; at += step) {
		from = all + at;
		left = n - at < step ? n - at : step;
		while (line_next(&p, &from, &left, &line, &len) == 1) {
			check(line, len);
			MUST(memcmp(all + done, line, len) == 0);
			done += len;
		}
		MUST(left == 0);
	}
	MUST(done + p.n == n);
	MUST(p.n == 0 || memcmp(all + done, p.data, p.n) == 0);
	MUST(p.n == 0 || memchr(p.data, '\n', p.n) == NULL);
	buf_free(&p);
	return 0;
}
