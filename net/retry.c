/* Retry: wait between the attempts to connect. */
#include "retry.h"
#include "../base/clock.h"

#include <errno.h>
#include <poll.h>

enum {
	FIRST_WAIT = 100, /* ms */
	MAX_WAIT = 1000,
};

struct retry
retry_begin(long long limit, int stop_fd)
{
	return (struct retry){
		.end = limit == NEVER ? NEVER : clock_ms() + limit,
		.wait = FIRST_WAIT,
		.stop_fd = stop_fd,
	};
}

bool
retry_wait(struct retry *r)
{
	struct pollfd stop = { .fd = r->stop_fd, .events = POLLIN };
	long long now = clock_ms(), then;
	int n = 0;

	if (r->end == NEVER)
		return false;
	then = clock_earlier(r->end, now + r->wait);
	r->wait = r->wait < MAX_WAIT / 2 ? 2 * r->wait : MAX_WAIT;
	for (; now < then && n <= 0; now = clock_ms()) {
		n = poll(&stop, 1, clock_timeout(then, now));
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			break;
	}
	return n == 0 && now < r->end;
}
