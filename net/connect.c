/* One attempt to connect: race the addresses, then ask the proxy. */
#include "connect.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/wait.h"
#include "proxy.h"
#include "reason.h"
#include "sock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

bool
connect_start(struct connect *c, const struct dial_params *d,
    const struct proxy *proxy)
{
	size_t n = (size_t)d->nto + 1;

	*c = (struct connect){ .dial = d, .proxy = proxy, .n = d->nto,
	    .fd = -1 };
	c->pfds = calloc(n, sizeof *c->pfds);
	c->race = (struct race){ .d = d, .pfds = c->pfds,
	    .attempts = calloc(n, sizeof *c->race.attempts) };
	if (proxy != NULL)
		c->handshake = malloc(sizeof *c->handshake);
	if (c->pfds != NULL && c->race.attempts != NULL &&
	    (proxy == NULL || c->handshake != NULL)) {
		race_init(&c->race);
		return true;
	}
	c->n = 0;
	c->error = ENOMEM;
	return false;
}

void
connect_reset(struct connect *c)
{
	c->n = c->dial->nto;
	c->fd = -1;
	c->error = 0;
	race_reset(&c->race);
}

static bool
is_late(const struct connect *c)
{
	return c->dial->deadline != NEVER && clock_ms() >= c->dial->deadline;
}

/* Wait for what the handshake needs next. */
static void
expect(struct connect *c)
{
	c->n = 1;
	c->pfds[0] = (struct pollfd){ .fd = c->fd,
	    .events = proxy_events(c->handshake) };
}

static int
step_handshake(struct connect *c)
{
	int result;

	if (c->pfds[0].revents == 0)
		return is_late(c) ? DIAL_TIMEOUT : DIAL_PENDING;
	result = proxy_step(c->handshake, c->fd);
	if (result == DIAL_FAILED)
		c->error = errno;
	if (result == DIAL_PENDING)
		expect(c);
	return result < 0 ? result : c->fd;
}

/* Close all sockets of the race but the winner's; -1: all of them. */
static void
end_race(struct connect *c, int winner)
{
	race_close(&c->race, winner);
	race_drop_spares(&c->race);
}

/* The race has a winner. */
static int
take_winner(struct connect *c, int winner)
{
	c->fd = c->pfds[winner].fd;
	c->reached = c->dial->to[winner];
	end_race(c, winner);
	c->pfds[winner].fd = -1;
	if (c->proxy == NULL)
		return c->fd;
	proxy_start(c->handshake, c->proxy);
	expect(c);
	return DIAL_PENDING;
}

static int
step_race(struct connect *c, bool polled)
{
	int winner = race_result(&c->race);

	while (winner == DIAL_PENDING && race_start(&c->race, clock_ms())) {
		polled = false;
		winner = race_result(&c->race);
	}
	if (winner >= 0)
		return take_winner(c, winner);
	if (winner == DIAL_PENDING && (!polled || !is_late(c)))
		return DIAL_PENDING;
	end_race(c, -1);
	if (winner == DIAL_PENDING)
		return DIAL_TIMEOUT;
	c->error = race_error(&c->race);
	return DIAL_FAILED;
}

int
connect_step(struct connect *c, bool polled)
{
	return c->fd == -1 ? step_race(c, polled) : step_handshake(c);
}

long long
connect_due(const struct connect *c)
{
	if (c->fd != -1)
		return c->dial->deadline;
	return clock_earlier(c->dial->deadline, race_next(&c->race));
}

int
connect_fail(struct connect *c, int error)
{
	c->error = error;
	if (c->fd == -1) {
		race_fail(&c->race, error);
		end_race(c, -1);
	}
	return DIAL_FAILED;
}

static const char *
why(const struct connect *c, int result, char *text)
{
	if (result == DIAL_TIMEOUT)
		return reason_silence(c->dial->limit, text);
	return strerror(c->error);
}

void
connect_report(const struct connect *c, int result)
{
	char text[REASON_TEXT];

	if (c->n == 0)
		say_error(c->error, "connect to %s", c->dial->host);
	else if (c->fd == -1)
		race_report(&c->race);
	else
		proxy_report(c->handshake, why(c, result, text));
}

struct outcome
connect_outcome(const struct connect *c, int result)
{
	if (result >= 0)
		return (struct outcome){ STATUS_OK, false };
	if (result == DIAL_TIMEOUT)
		return (struct outcome){ STATUS_TIMEOUT, true };
	return (struct outcome){ sock_status(c->error),
	    result == DIAL_FAILED && dial_transient(c->error) };
}

void
connect_end(struct connect *c, int result)
{
	if (c->n > 0 && c->fd == -1)
		end_race(c, -1);
	if (c->fd != -1 && c->fd != result)
		sock_close(c->fd);
	free(c->pfds);
	free(c->race.attempts);
	free(c->handshake);
}

/* Step until there is a result. */
static int
drive(struct connect *c)
{
	int result = connect_step(c, false);

	while (result == DIAL_PENDING) {
		enum waited waited = wait_any(c->pfds, c->n, connect_due(c));

		if (waited == WAIT_STOPPED)
			result = DIAL_STOPPED;
		else if (waited == WAIT_FAILED)
			result = connect_fail(c, errno);
		else
			result = connect_step(c, true);
	}
	return result;
}

struct outcome
connect_wait(const struct dial_params *d, const struct proxy *proxy, int *fd,
    struct addr *reached)
{
	struct connect c;
	struct outcome outcome;

	*fd = DIAL_FAILED;
	if (connect_start(&c, d, proxy))
		*fd = drive(&c);
	if (*fd == DIAL_FAILED || *fd == DIAL_TIMEOUT)
		connect_report(&c, *fd);
	*reached = c.reached;
	outcome = connect_outcome(&c, *fd);
	connect_end(&c, *fd);
	return outcome;
}
