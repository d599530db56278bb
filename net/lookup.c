/* Look up names, under a time limit. */
#include "lookup.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../base/status.h"
#include "addr.h"
#include "reason.h"
#include "resolve.h"
#include "unix.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct timer {
	bool started;
	long long start, caller; /* ms; the caller's alarm, NEVER: none */
	struct sigaction handler;
};

static void
on_alarm(int number)
{
	(void)number;
	say_prepared();
	_exit(STATUS_TIMEOUT);
}

/* Start the interval timer; 0 would stop it, so it runs for 1 us at least. */
static void
set_timer(long long ms)
{
	struct itimerval t = { .it_value = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) + 1,
	} };

	setitimer(ITIMER_REAL, &t, NULL);
}

static long long
caller_alarm(void)
{
	struct itimerval t;

	if (getitimer(ITIMER_REAL, &t) == -1 ||
	    (t.it_value.tv_sec == 0 && t.it_value.tv_usec == 0))
		return NEVER;
	return t.it_value.tv_sec * 1000LL + t.it_value.tv_usec / 1000;
}

static void
start_timer(struct timer *t, long long timeout, const struct ends *e)
{
	const char *host = e->host;
	char text[REASON_TEXT];
	struct sigaction act = { .sa_handler = on_alarm };

	t->start = clock_ms();
	t->caller = caller_alarm();
	t->started = timeout != NEVER && resolve_is_name(host) &&
	    clock_earlier(timeout, t->caller) == timeout;
	if (!t->started)
		return;
	say_prepare("resolve %s: %s", host,
	    reason_silence(e->retried ? NEVER : timeout, text));
	sigemptyset(&act.sa_mask);
	sigaction(SIGALRM, &act, &t->handler);
	set_timer(timeout);
}

static void
stop_timer(const struct timer *t)
{
	static const struct itimerval off;
	long long left = t->caller - (clock_ms() - t->start);

	if (!t->started)
		return;
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &t->handler, NULL);
	if (t->caller != NEVER)
		set_timer(left > 0 ? left : 0);
}

static int
resolve_path(struct addr **list, const char *path)
{
	*list = calloc(1, sizeof **list);
	if (*list == NULL) {
		say_error(ENOMEM, "use the path %s", path);
		return -1;
	}
	return unix_addr(*list, path) == 0 ? 1 : -1;
}

int
lookup(const struct ends *e, const char *host, int port, struct addr **list)
{
	int n;

	if (e->family == AF_UNIX)
		return resolve_path(list, host);
	signals_set_deadly(true); /* nothing can interrupt it */
	n = resolve(list, host, port, e->family, e->numeric);
	signals_set_deadly(false);
	return n;
}

int
lookup_ends(struct ends *e, long long limit)
{
	struct timer t;

	if (e->family == AF_UNIX)
		limit = NEVER; /* a path is not looked up */
	free(e->to);
	free(e->from);
	e->to = e->from = NULL;
	start_timer(&t, limit, e);
	e->nto = lookup(e, e->host, e->port, &e->to);
	e->nfrom = 0;
	if (e->nto != -1 && e->local)
		e->nfrom = lookup(e, e->local_host, e->local_port, &e->from);
	stop_timer(&t);
	return e->nto == -1 || e->nfrom == -1 ? -1 : 0;
}
