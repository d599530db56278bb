/* Monotonic time, and the timeout of poll(2). */
#include "clock.h"

#include <limits.h>
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
