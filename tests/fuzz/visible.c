/*
 * Fuzz target of text that is made safe to show. Each byte of a control
 * character, except tabs, becomes \xNN; nothing else is changed.
 */
#include "../../base/visible.h"
#include "must.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Is out \xNN for this byte? */
static bool
is_hex(const char *out, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	return out[0] == '\\' && out[1] == 'x' && out[2] == digits[c / 16] &&
	    out[3] == digits[c % 16];
}

/* The character of len bytes at s became the n bytes of out. */
static void
check(const unsigned char *s, size_t len, const char *out, size_t n)
{
	if (n == len && memcmp(out, s, n) == 0) {
		MUST(len > 1 || s[0] == '\t' || (s[0] >= 0x20 &&
		    s[0] != 0x7f && (s[0] < 0x80 || s[0] >= 0xa0)));
		MUST(len != 2 || s[0] != 0xc2 || s[1] >= 0xa0);
		return;
	}
	MUST(n == 4 * len);
	for (size_t i = 0; i < len; i++)
		MUST(is_hex(out + 4 * i, s[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n + 1); /* sanitizers see reads past its end */
	const char *text = copy;

	MUST(copy != NULL);
	memcpy(copy, data, n);
	while (n > 0) {
		char out[VISIBLE_MAX];
		const char *before = text;
		size_t left = n, len, done = visible_next(out, &text, &n);

		len = (size_t)(text - before);
		MUST(len >= 1 && len <= 4 && n == left - len);
		MUST(done <= VISIBLE_MAX);
		check((const unsigned char *)before, len, out, done);
	}
	free(copy);
	return 0;
}
