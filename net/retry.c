/* Retry: wait between the attempts to connect. */
#include "retry.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../base/wait.h"

#include <stddef.h>
#include <stdio.h>

enum {
	FIRST_WAIT = 100, /* ms */
	MAX_WAIT = 1000,
};

struct retry
retry_begin(long long limit)
{
	return (struct retry){
		.end = limit == NEVER ? NEVER : clock_ms() + limit,
		.wait = FIRST_WAIT,
		.limit = limit,
	};
}

long long
retry_next(struct retry *r, long long now)
{
	long long then = clock_earlier(r->end, now + r->wait);

	r->wait *= 2;
	if (r->wait > MAX_WAIT)
		r->wait = MAX_WAIT;
	return then;
}

bool
retry_wait(struct retry *r)
{
	long long then;

	if (r->end == NEVER)
		return false;
	then = retry_next(r, clock_ms());
	return wait_fd(-1, 0, then) == WAIT_TIMEOUT && clock_ms() < r->end;
}

enum status
retry_all(struct retry *r, bool hold, struct outcome (*once)(void *),
    void *arg)
{
	for (;;) {
		struct outcome outcome;

		if (hold)
			say_hold();
		outcome = once(arg);
		if (outcome.status == STATUS_OK || !outcome.again ||
		    r->end == NEVER)
			return outcome.status;
		if (!retry_wait(r))
			return STATUS_TIMEOUT;
	}
}

const char *
retry_note(const struct retry *r, enum status status, char *text)
{
	char seconds[CLOCK_SECONDS];

	if (status == STATUS_OK || signals_stopped())
		return NULL;
	*text = '\0';
	if (status == STATUS_TIMEOUT && r->limit != NEVER)
		snprintf(text, RETRY_NOTE, " for %s s (-c)",
		    clock_seconds(r->limit, seconds));
	return text;
}
