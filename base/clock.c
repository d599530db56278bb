/* Monotonic time, the time of day, and the timeout of poll(2). */
#include "clock.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct {
	volatile sig_atomic_t continued; /* stopped since the last look */
	long long last, skipped; /* microseconds */
} stops;

void
clock_continued(void)
{
	stops.continued = 1;
}

/*
 * Nobody tells how long a process was stopped. It was at most since the clock
 * was read last.
 */
long long
clock_us(void)
{
	struct timespec t;
	long long now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = t.tv_sec * 1000000LL + t.tv_nsec / 1000;
	if (stops.continued) {
		stops.continued = 0;
		stops.skipped += now - stops.last;
	}
	stops.last = now;
	return now - stops.skipped;
}

long long
clock_ms(void)
{
	return clock_us() / 1000;
}

long long
clock_earlier(long long a, long long b)
{
	if (a == NEVER || (b != NEVER && b < a))
		return b;
	return a;
}

bool
clock_reached(long long then, long long now)
{
	return then != NEVER && now >= then;
}

int
clock_timeout(long long then, long long now)
{
	if (then == NEVER)
		return -1;
	if (then <= now)
		return 0;
	return then - now > INT_MAX ? INT_MAX : (int)(then - now);
}

void
clock_real(struct timespec *t)
{
	clock_gettime(CLOCK_REALTIME, t);
}

const char *
clock_text(const struct timespec *t, char *text)
{
	struct tm day;
	size_t n = 0;

	if (localtime_r(&t->tv_sec, &day) != NULL)
		n = strftime(text, CLOCK_TEXT, "%H:%M:%S", &day);
	snprintf(text + n, CLOCK_TEXT - n, ".%06d",
	    (int)(t->tv_nsec / 1000 % 1000000));
	return text;
}

const char *
clock_seconds(long long ms, char *text)
{
	size_t n = (size_t)snprintf(text, CLOCK_SECONDS, "%lld.%03lld",
	    ms / 1000, ms % 1000);

	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[n - 1] = '\0';
	return text;
}
