/*
 * Fuzz target of rate limits, with a simulated clock. The first two bytes of
 * the input give the limit. Each of the others is a read: how many milliseconds
 * late it is, and how many bytes are available. In no second are more bytes
 * read than the limit; if data is always available, nearly as many are read, in
 * each second the same.
 */
#include "../../relay/rate.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	SECOND = 1000,
	A_LITTLE = 4, /* ms */
	SECONDS = 10,
	READS = 1 << 16,
};

static struct {
	long long when;
	size_t n;
} log_of[READS];

/*
 * The bytes read in the second that ends with this read. The clock is truncated
 * to milliseconds, so a read that seems to be a second old may be younger.
 */
static size_t
last_second(int i)
{
	size_t sum = 0;

	for (int k = i;
	    k >= 0 && log_of[i].when - log_of[k].when <= SECOND; k--)
		sum += log_of[k].n;
	return sum;
}

static long long
later(long long a, long long b)
{
	return a > b ? a : b;
}

static void
check_script(struct rate *r, const uint8_t *data, size_t n, long long now)
{
	for (int i = 0; i < (int)n && i < READS; i++) {
		size_t wanted = (size_t)(data[i] % 16) * (size_t)r->limit / 8;

		now = later(now, r->ready) + (data[i] / 16 < 8
		    ? data[i] / 16 : 1LL << (data[i] / 16));
		MUST(rate_allowed(r, 1, now) == 1);
		log_of[i].when = now;
		log_of[i].n = rate_allowed(r, wanted, now);
		rate_take(r, log_of[i].n, now);
		MUST(last_second(i) <= (size_t)r->limit);
	}
}

/*
 * Ten seconds of reads that come late. If data is always available, at least
 * 96 % of what the limit allows is read, less one byte. If the reads come only a
 * little late, it is 99 %, and all seconds have the same, except for what is
 * less than a byte.
 */
static void
check_seconds(struct rate *r, long long start, int late)
{
	long long now = start, passed[SECONDS] = { 0 }, sum = 0;
	int percent = late > A_LITTLE ? 96 : 99;

	rate_open(r, r->limit, start);
	while (now < start + SECONDS * SECOND) {
		size_t n = rate_allowed(r, SIZE_MAX, now);

		passed[(now - start) / SECOND] += (long long)n;
		rate_take(r, n, now);
		now = later(now, r->ready) + late;
	}
	for (int i = 0; i < SECONDS; i++) {
		MUST(late > A_LITTLE || llabs(passed[i] - passed[0]) <= 2);
		MUST(passed[i] <= r->limit);
		sum += passed[i];
	}
	MUST(sum >= SECONDS * r->limit * percent / 100 - 1);
}

/* A unit that cannot be split passes as a whole; the mean rate is kept. */
static void
check_whole(struct rate *r, long long now, size_t unit)
{
	long long start = now;

	rate_open(r, r->limit, now);
	for (int i = 0; i < 20; i++) {
		rate_take(r, unit, now);
		now = later(now, r->ready);
	}
	MUST(now - start + 60 >= 20 * SECOND * (long long)unit / r->limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rate r;
	long long now = 123456789;

	if (n < 3)
		return 0;
	rate_open(&r, 1 + data[0] * 257LL * data[1], now);
	check_script(&r, data + 2, n - 2, now);
	check_seconds(&r, now, data[2] % 32);
	check_whole(&r, now, data[2] + 1);
	return 0;
}
