/* Wait for a descriptor, until a time or a signal to stop. */
#include "wait.h"
#include "clock.h"
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

static wait_watcher *watch; /* NULL: nobody */

/* poll(2) with a copy of the places that are used. Returns as it does. */
static int
poll_used(struct pollfd *p, nfds_t n, int timeout)
{
	struct pollfd *used = malloc((size_t)n * sizeof *used);
	nfds_t nused = 0;
	int ready, error;

	if (used == NULL)
		return -1;
	for (nfds_t i = 0; i < n; i++)
		if (p[i].fd != -1)
			used[nused++] = p[i];
	ready = poll(used, nused, timeout);
	error = errno;
	while (n-- > 0) {
		p[n].revents = 0;
		if (p[n].fd != -1)
			p[n].revents = used[--nused].revents;
	}
	free(used);
	errno = error;
	return ready;
}

void
wait_watch(wait_watcher *watcher)
{
	watch = watcher;
}

int
wait_poll(struct pollfd *p, nfds_t n, int timeout)
{
	struct timespec began;
	int ready;

	if (watch != NULL)
		clock_real(&began);
	ready = poll(p, n, timeout);
	if (ready == -1 && errno == EINVAL)
		ready = poll_used(p, n, timeout);
	if (watch != NULL)
		watch(&began, p, n, timeout, ready);
	return ready;
}

/* One poll(2). Returns false if the wait has to go on. */
static bool
wait_once(struct pollfd *p, int n, long long until, enum waited *outcome)
{
	bool stopped = signals_stopped();
	int timeout = clock_timeout(stopped ? 0 : until, clock_ms());
	int ready = wait_poll(p, (nfds_t)n + 1, timeout);

	for (int i = 0; i <= n && ready == -1; i++)
		p[i].revents = 0;
	if (ready == -1 && errno != EINTR && errno != EAGAIN)
		*outcome = WAIT_FAILED;
	else if (ready > 1 || (ready == 1 && p[n].revents == 0))
		*outcome = WAIT_READY;
	else if (stopped)
		*outcome = WAIT_STOPPED;
	else if (ready == 0 && (timeout == 0 || clock_ms() >= until))
		*outcome = WAIT_TIMEOUT;
	else
		return false;
	return true;
}

enum waited
wait_any(struct pollfd *p, int n, long long until)
{
	bool woken = false;
	enum waited outcome;

	p[n] = (struct pollfd){ .fd = signals_fd(), .events = POLLIN };
	while (!wait_once(p, n, until, &outcome))
		if (p[n].revents != 0) {
			signals_drain();
			woken = true;
		}
	if (woken)
		signals_wake();
	return outcome;
}

enum waited
wait_fd(int fd, short events, long long until)
{
	struct pollfd p[2] = { { .fd = fd, .events = events } };

	return wait_any(p, 1, until);
}
