/* A limit of bytes per second. */
#include "rate.h"

enum {
	UNIT = 1000, /* tokens for a byte: limit tokens are added per ms */
	BURST = 10,  /* the bucket holds this part of a second's bytes */
	CHUNK = 100, /* and this part is worth a read */
};

static long long
smaller(long long a, long long b)
{
	return a < b ? a : b;
}

/* This part of a second's bytes, but at least one. */
static long long
part(const struct rate *r, int parts)
{
	return r->limit < parts ? 1 : r->limit / parts;
}

void
rate_open(struct rate *r, long long limit, long long now)
{
	*r = (struct rate){ .limit = limit, .at = now };
	r->tokens = UNIT * part(r, CHUNK);
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
advance(struct rate *r, long long now)
{
	long long full = UNIT * part(r, BURST);

	forget(r, now);
	if (now - r->at > (full - r->tokens) / r->limit)
		r->tokens = full;
	else
		r->tokens += (now - r->at) * r->limit;
	r->at = now;
}

size_t
rate_allowed(struct rate *r, size_t n, long long now)
{
	long long bytes;

	if (r->limit == 0)
		return n;
	advance(r, now);
	bytes = smaller(r->tokens / UNIT, r->limit - r->passed);
	if (bytes <= 0)
		return 0;
	return (unsigned long long)bytes < n ? (size_t)bytes : n;
}

/* When will so many bytes be in the bucket? */
static long long
bucket_ready(const struct rate *r, long long bytes)
{
	long long need = UNIT * bytes - r->tokens;

	return need <= 0 ? 0 : r->at + (need + r->limit - 1) / r->limit;
}

/* When will the last second have room for so many bytes? */
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
	long long bucket, second;

	if (r->limit == 0)
		return;
	advance(r, now);
	r->tokens -= UNIT * (long long)n;
	r->passed += (long long)n;
	*bytes_at(r, now) += (long long)n;
	bucket = bucket_ready(r, part(r, CHUNK));
	second = second_ready(r, part(r, CHUNK));
	r->ready = bucket > second ? bucket : second;
}
