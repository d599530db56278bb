/* How many descriptors we may have. */
#include "limit.h"
#include "system.h"

struct rlimit
limit_raise(void)
{
	struct rlimit before = { 0 }, limit;

	if (getrlimit(RLIMIT_NOFILE, &before) == -1)
		return before;
	limit = before;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur > DESCRIPTORS_MAX)
		limit.rlim_cur = DESCRIPTORS_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
	return before;
}
