#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>

/* A time limit or a point in time that is never reached. */
enum { NEVER = -1 };

/*
 * Milliseconds of CLOCK_MONOTONIC (POSIX), which nobody can set, without the
 * time for which this process was stopped.
 */
long long clock_ms(void);

/* Microseconds of the same clock, to measure with. */
long long clock_us(void);

/* For the handler of SIGCONT: the time since the last look was a stop. */
void clock_continued(void);

/* The earlier of two points in time, either of which may be NEVER. */
long long clock_earlier(long long a, long long b);

/* Has this point in time, which may be NEVER, come? */
bool clock_reached(long long then, long long now);

/* The timeout with which poll(2) waits until then; -1 if then is NEVER. */
int clock_timeout(long long then, long long now);

enum { CLOCK_TEXT = sizeof "14:03:07.000412" };

struct timespec;

/*
 * The local time of day with microseconds, "14:03:07.000412": of a time of
 * CLOCK_REALTIME. text has CLOCK_TEXT bytes. Returns text.
 */
const char *clock_text(const struct timespec *t, char *text);

enum { CLOCK_SECONDS = 24 };

/*
 * Milliseconds as seconds: "1", "0.25". text has CLOCK_SECONDS bytes. Returns
 * text.
 */
const char *clock_seconds(long long ms, char *text);

/* Now, by CLOCK_REALTIME. */
void clock_real(struct timespec *t);

#endif
