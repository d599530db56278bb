#ifndef CLOCK_H
#define CLOCK_H

/* Milliseconds of a clock that nobody sets: CLOCK_MONOTONIC of POSIX. */
long long clock_ms(void);

/* The timeout that makes poll(2) wait until then: -1 (for ever) if then is. */
int clock_until(long long then, long long now);

#endif
