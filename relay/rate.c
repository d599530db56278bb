/* A limit of bytes per second. */
#include "rate.h"

/*
 * Each tick adds tokens for limit/101 bytes. A second touches 101 ticks at
 * most: a steady flow never waits for the counts, which would make its seconds
 * uneven. After a pause, the counts keep the limit. The ticks do not move when
 * a read comes late.
 */
enum {
	TICK = 10,              /* ms */
	BYTE = 1000 / TICK + 1, /* tokens per byte; a tick adds limit tokens */
	BURST = 10,             /* ticks for which a late read may make up */
};

static long long
smaller(long long a, long long b)
{
	return a < b ? a : b;
}

/* The bytes of a tick, but at least one. */
static long long
portion(const struct rate *r)
{
	return r->limit < BYTE ? 1 : r->limit / BYTE;
}

/*
 * The first tick comes 15 ms after the start, so that none is near a whole
 * second from there: each of these seconds has 100 ticks, even if reads come a
 * little late.
 */
void
rate_open(struct rate *r, long long limit, long long now)
{
	*r = (struct rate){ .limit = limit, .at = now };
	r->tick = now + TICK / 2;
	r->tokens = BYTE * portion(r);
}

/* The bytes that passed in this millisecond of the last second. */
static long long *
bytes_at(struct rate *r, long long ms)
{
	return &r->bytes[ms % RATE_SECOND];
}

/* Drop the counts that are a second old. */
static void
forget(struct rate *r, long long now)
{
	long long ms = r->at;

	if (now - ms > RATE_SECOND)
		ms = now - RATE_SECOND;
	while (ms < now) {
		ms++;
		r->passed -= *bytes_at(r, ms);
		*bytes_at(r, ms) = 0;
	}
}

static void
add_tokens(struct rate *r, long long now)
{
	long long full = BURST * r->limit + BYTE, ticks;

	if (now < r->tick + TICK)
		return;
	ticks = (now - r->tick) / TICK;
	r->tick += ticks * TICK;
	if (ticks > (full - r->tokens) / r->limit)
		r->tokens = full;
	else
		r->tokens += ticks * r->limit;
}

static void
advance(struct rate *r, long long now)
{
	forget(r, now);
	r->at = now;
	add_tokens(r, now);
}

size_t
rate_allowed(struct rate *r, size_t n, long long now)
{
	long long bytes;

	if (r->limit == 0)
		return n;
	advance(r, now);
	bytes = smaller(r->tokens / BYTE, r->limit - r->passed);
	if (bytes <= 0)
		return 0;
	return (unsigned long long)bytes < n ? (size_t)bytes : n;
}

/* When will there be tokens for a byte? */
static long long
bucket_ready(const struct rate *r)
{
	long long need = BYTE - r->tokens;

	return need <= 0 ? 0
			 : r->tick + (need + r->limit - 1) / r->limit * TICK;
}

/* When will the last second have room for these bytes? */
static long long
second_ready(struct rate *r, long long bytes)
{
	long long ms = r->at, room = r->limit - r->passed;

	if (room >= bytes)
		return 0;
	do {
		ms++;
		room += *bytes_at(r, ms);
	} while (room < bytes);
	return ms;
}

void
rate_take(struct rate *r, size_t n, long long now)
{
	long long bytes, bucket, second;

	if (r->limit == 0)
		return;
	advance(r, now);
	r->tokens -= BYTE * (long long)n;
	r->passed += (long long)n;
	*bytes_at(r, now) += (long long)n;
	bucket = bucket_ready(r);
	bytes = bucket == 0 ? r->tokens / BYTE : portion(r);
	/* the rest of a tick's bytes need not wait for room for all of them */
	second = second_ready(r, smaller(bytes, portion(r)));
	r->ready = bucket > second ? bucket : second;
}
