/*
 * Fuzz target of the hex dump. The first eight bytes of the input are the
 * offset; the others are dumped line by line. Each line, parsed again, gives
 * its offset, its bytes and its text.
 */
#include "../../relay/dump.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Parse the n hex digits at *text, and advance it. */
static unsigned long long
read_hex(const char **text, size_t n)
{
	char digits[17] = "";
	char *end;
	unsigned long long value;

	MUST(n < sizeof digits);
	memcpy(digits, *text, n);
	value = strtoull(digits, &end, 16);
	MUST(end == digits + n);
	*text += n;
	return value;
}

static void
expect(const char **text, const char *want)
{
	size_t n = strlen(want);

	MUST(memcmp(*text, want, n) == 0);
	*text += n;
}

static void
check(unsigned long long offset, const char *data, size_t n)
{
	char line[DUMP_LINE];
	size_t len = dump_line(line, offset, data, n);
	const char *at = line;
	size_t digits = strcspn(line, " ");

	MUST(len <= sizeof line && line[len - 1] == '\n');
	MUST(digits == 8 || (digits > 8 && *line != '0'));
	MUST(read_hex(&at, digits) == offset);
	expect(&at, " ");
	for (size_t i = 0; i < n; i++) {
		expect(&at, " ");
		MUST(read_hex(&at, 2) == (unsigned char)data[i]);
	}
	expect(&at, "  |");
	for (size_t i = 0; i < n; i++, at++)
		MUST(*at == (data[i] < 0x20 || data[i] > 0x7e ? '.' : data[i]));
	expect(&at, "|\n");
	MUST(at == line + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned long long offset = 0;
	const char *text = (const char *)data + sizeof offset;

	if (n < sizeof offset)
		return 0;
	memcpy(&offset, data, sizeof offset);
	n -= sizeof offset;
	check(offset, text, 0);
	for (size_t at = 0; at < n; at += DUMP_BYTES)
		check(offset + at, text + at,
		    n - at < DUMP_BYTES ? n - at : DUMP_BYTES);
	return 0;
}
