/*
 * Fuzz target of rate limits, with a simulated clock. The first two bytes of
 * the input give the limit. Each of the others is a read: how many milliseconds
 * late it is, and how many bytes are available. In no second are more bytes
 * read than the limit; if data is always available, nearly as many are read.
 */
#include "../../relay/rate.h"
#include "must.h"

#include <stdint.h>
#include <stdlib.h>

enum { SECOND = 1000, READS = 1 << 16 };

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

/* In ten seconds, with reads a little late: 99 % of the limit, or a byte less. */
static void
check_mean(struct rate *r, long long now, int late)
{
	long long end = now + 10 * SECOND, sum = 0;

	rate_open(r, r->limit, now);
	while (now < end) {
		size_t n = rate_allowed(r, SIZE_MAX, now);

		sum += (long long)n;
		rate_take(r, n, now);
		now = later(now, r->ready) + late;
	}
	MUST(sum >= r->limit * 990 / 100 - 1 && sum <= 10 * r->limit);
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
	check_mean(&r, now, data[2] % 4);
	check_whole(&r, now, data[2] + 1);
	return 0;
}
