#ifndef RETRY_H
#define RETRY_H

#include "../base/status.h"

#include <stdbool.h>

/* The waits between the attempts of -c. */
struct retry {
	long long end;  /* clock_ms() when to give up, or NEVER */
	long long wait; /* ms before the next attempt */
	long long limit; /* ms in all, for reports, or NEVER */
};

/* Retry until limit milliseconds from now; NEVER: not at all. */
struct retry retry_begin(long long limit);

/*
 * clock_ms() when the next attempt is due, or the time is over: who waits for
 * more than this uses it instead of retry_wait(), with the same waits.
 */
long long retry_next(struct retry *r, long long now);

/*
 * Wait for the next attempt: 100 ms, then each time twice as long as before,
 * but at most 1 s. Returns false if the time is over, or after a signal
 * to stop.
 */
bool retry_wait(struct retry *r);

/*
 * Call once(arg) until it succeeds, fails for good, or the time is over. With
 * hold, only the lines of the last call stay in say_hold(): say_release() them.
 * Returns the last status; STATUS_TIMEOUT if the time is over.
 */
enum status retry_all(struct retry *r, bool hold,
    struct outcome (*once)(void *), void *arg);

/*
 * What to write at the end of the lines of the last attempt, for say_release():
 * " for 0.5 s (-c)", or "" if the time was not what ended it. text has
 * RETRY_NOTE bytes. Returns text; NULL if there is nothing to report.
 */
enum { RETRY_NOTE = 48 };
const char *retry_note(const struct retry *r, enum status status, char *text);

#endif
