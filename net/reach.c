/* One connection in progress: look up the names, connect, try again. */
#include "reach.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "listen.h"
#include "reason.h"
#include "resolve.h"
#include "sock.h"
#include "unix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void
reach_start(struct reach *r, const struct reach_params *p, bool quiet)
{
	*r = (struct reach){ .p = p, .ends = p->ends, .dial = p->dial,
		.retry = retry_begin(p->retry), .ask.place.fd = -1,
		.failed = DIAL_PENDING, .quiet = quiet || p->retry != NEVER };
	r->due = clock_ms();
}

/* Forget the attempt before. */
static void
clear(struct reach *r, int result)
{
	ask_end(&r->ask);
	if (r->connecting)
		connect_end(&r->connect, result);
	r->connecting = false;
	free(r->ends.to);
	free(r->ends.from);
	r->ends.to = r->ends.from = NULL;
}

/* The attempt has failed. With -c there is another one. */
static int
failed(struct reach *r, int result, bool again)
{
	long long now = clock_ms();

	r->failed = result;
	if (r->retry.end == NEVER || !again)
		return result;
	if (now >= r->retry.end)
		return DIAL_TIMEOUT;
	r->due = retry_next(&r->retry, now);
	return DIAL_PENDING;
}

static int
step_connect(struct reach *r, bool polled)
{
	int result = connect_step(&r->connect, polled);

	if (result >= 0 || result == DIAL_PENDING)
		return result;
	r->error = r->connect.error;
	return failed(r, result,
	    connect_outcome(&r->connect, result).again);
}

/* The addresses are there. */
static int
start_connect(struct reach *r)
{
	r->dial.to = r->ends.to;
	r->dial.nto = r->ends.nto;
	r->dial.from = r->ends.from;
	r->dial.nfrom = r->ends.nfrom;
	r->connecting = true;
	if (connect_start(&r->connect, &r->dial, r->p->proxy))
		return step_connect(r, false);
	r->error = ENOMEM;
	return failed(r, DIAL_FAILED, false);
}

/* What ask_start() or ask_step() has returned. */
static int
looked_up(struct reach *r, int found)
{
	if (found == 0)
		return DIAL_PENDING;
	r->error = errno;
	if (found == -1)
		return failed(r, DIAL_FAILED, dial_transient(errno));
	return start_connect(r);
}

static int
start_attempt(struct reach *r, int highest)
{
	long long timeout = r->p->timeout;

	clear(r, DIAL_FAILED);
	if (r->dial.file != NULL)
		unix_remove(r->dial.file);
	r->failed = DIAL_PENDING;
	r->dial.deadline = clock_earlier(r->retry.end,
	    timeout == NEVER ? NEVER : clock_ms() + timeout);
	r->due = r->dial.deadline;
	return looked_up(r,
	    ask_start(&r->ask, &r->ends, highest, r->quiet));
}

static bool
is_due(const struct reach *r)
{
	return r->due != NEVER && clock_ms() >= r->due;
}

int
reach_step(struct reach *r, bool polled, int highest)
{
	if (r->failed != DIAL_PENDING || (!r->connecting &&
	    r->ask.place.fd == -1))
		return is_due(r) ? start_attempt(r, highest) : DIAL_PENDING;
	if (r->connecting)
		return step_connect(r, polled);
	if (r->ask.place.revents != 0)
		return looked_up(r, ask_step(&r->ask, &r->ends));
	r->error = ETIMEDOUT;
	return is_due(r) ? failed(r, DIAL_TIMEOUT, true) : DIAL_PENDING;
}

struct pollfd *
reach_places(struct reach *r, int *n)
{
	*n = 0;
	if (r->failed != DIAL_PENDING)
		return NULL;
	if (r->connecting) {
		*n = r->connect.n;
		return r->connect.pfds;
	}
	if (r->ask.place.fd != -1)
		*n = 1;
	return &r->ask.place;
}

long long
reach_due(const struct reach *r)
{
	if (r->failed == DIAL_PENDING && r->connecting)
		return connect_due(&r->connect);
	return r->due;
}

/* Report the last attempt. */
static void
report_last(const struct reach *r, int result)
{
	char text[REASON_TEXT];

	if (r->connecting)
		connect_report(&r->connect, r->failed);
	else if (r->error == ETIMEDOUT)
		say("resolve %s: %s", r->ends.host,
		    reason_silence(r->dial.limit, text));
	else if (result == DIAL_TIMEOUT || r->quiet)
		say_error(r->error, "resolve %s", r->ends.host);
}

void
reach_report(const struct reach *r, int result)
{
	enum status status = STATUS_NETWORK;
	char note[RETRY_NOTE];

	if (result == DIAL_TIMEOUT)
		status = STATUS_TIMEOUT;
	say_hold();
	report_last(r, result);
	say_release(retry_note(&r->retry, status, note));
}

void
reach_end(struct reach *r, int result)
{
	clear(r, result);
}

bool
reach_leads_to(const struct reach_params *p, const struct listener *l)
{
	struct ends e = p->ends;
	bool leads = false;

	if (p->proxy != NULL ||
	    (e.family != AF_UNIX && resolve_is_name(e.host)))
		return false;
	e.local = false;
	if (lookup_ends(&e, NEVER) == 0)
		for (int i = 0; i < e.nto; i++)
			leads = leads || listen_is_self(l, &e.to[i]);
	free(e.to);
	return leads;
}
