/*
 * Fuzz target of the progress meter. The input is the values that it shows and
 * the width of the window. The line fits into the width and has only printable
 * characters. Where the whole line fits, nothing is left out.
 */
#include "../../relay/meter.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct input {
	unsigned long long sent, received, input, size;
	double elapsed, rate;
	int clients;
	uint8_t width;
};

static size_t
count_words(const char *line, size_t n)
{
	size_t found = n > 0;

	for (size_t i = 0; i < n; i++)
		found += line[i] == ' ';
	return found;
}

static void
check_text(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		MUST(line[i] >= ' ' && line[i] <= '~');
		MUST(line[i] != ' ' ||
		    (i > 0 && i + 1 < n && line[i + 1] != ' '));
	}
}

/* What some values look like, and what is left out where they do not fit. */
static void
check_known(void)
{
	static const struct {
		struct meter_view view;
		size_t width;
		const char *line;
	} known[] = {
		{ { .totals = { 1024, 1023, 0, 1 }, .elapsed = 4210,
		    .rate = 2e6 }, 63, "sent 1.00KiB received 1023B 1:10:10 "
		    "1.91MiB/s avg 0B/s 1 client" },
		{ { .totals = { 1024, 1023, 0, 1 }, .elapsed = 4210,
		    .rate = 2e6 }, 62, "sent 1.00KiB received 1023B 1:10:10 "
		    "1.91MiB/s 1 client" },
		{ { .totals = { (1 << 20) - 1, 1 << 20, 50, 2 },
		    .elapsed = 61, .size = 200 }, 160, "sent 1.00MiB received "
		    "1.00MiB 1:01 0B/s avg 33.6KiB/s 25% left 3:03 2 clients" },
		{ { .totals = { 0, 0, 0, -1 }, .elapsed = 3599.9,
		    .rate = 1023.4 }, 160, "sent 0B received 0B 59:59 1023B/s "
		    "avg 0B/s" },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		char line[METER_LINE];
		size_t n = meter_format(line, known[i].width, &known[i].view);

		MUST(n == strlen(known[i].line) &&
		    memcmp(line, known[i].line, n) == 0);
	}
}

/* A size has at most four digits, or there is a larger unit. */
static void
check_sizes(const char *line, size_t n)
{
	for (size_t i = 1, start = 0; i < n; i++) {
		if (strchr("0123456789.", line[i - 1]) == NULL)
			start = i;
		MUST(i == start || strchr("BKMGTP", line[i]) == NULL ||
		    strtod(line + start, NULL) < 1024);
	}
}

static double
in_range(double value, double limit)
{
	return value >= 0 && value <= limit ? value : 0; /* NaN too */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { 0 };
	struct meter_view v;
	char line[METER_LINE], full[METER_LINE];
	size_t len, full_len;

	check_known();
	memcpy(&in, data, n < sizeof in ? n : sizeof in);
	v = (struct meter_view){
		.totals = { in.sent, in.received, in.input,
		    in.clients < 0 ? -1 : in.clients },
		.elapsed = in_range(in.elapsed, 1e9),
		.rate = in_range(in.rate, 1e18),
		.size = in.size,
	};
	len = meter_format(line, in.width, &v);
	full_len = meter_format(full, METER_LINE, &v);
	MUST(len <= in.width && len <= full_len);
	MUST(memcmp(full, "sent ", 5) == 0);
	check_text(line, len);
	check_text(full, full_len);
	check_sizes(full, full_len);
	MUST(count_words(line, len) <= count_words(full, full_len));
	MUST(in.width < full_len || len == full_len);
	return 0;
}
