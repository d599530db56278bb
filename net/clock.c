/* The time, and how long poll(2) may sleep. */
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

int
clock_until(long long then, long long now)
{
	if (then == -1)
		return -1;
	if (then <= now)
		return 0;
	return then - now > INT_MAX ? INT_MAX : (int)(then - now);
}
