/* Monotonic time, the time of day, and the timeout of poll(2). */
#include "clock.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

long long
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

long long
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

long long
clock_earlier(long long a, long long b)
{
	if (a == NEVER || (b != NEVER && b < a))
		return b;
	return a;
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
