/* Connect to a name: race its addresses; the first to answer wins. */
#include "dial.h"
#include "../base/clock.h"
#include "../base/event.h"
#include "../base/say.h"
#include "addr.h"
#include "group.h"
#include "reason.h"
#include "sock.h"
#include "unix.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	ATTEMPT_DELAY = 250, /* ms until the next address may start */
	BACKLOG_RETRY = 10,  /* ms until a full Unix backlog is tried again */
	FROM_TEXT = ADDR_TEXT + 8,
	TARGET_TEXT = 2048,
};

long long
dial_limit(long long wait, long long retry)
{
	return retry == NEVER ? wait : NEVER;
}

static int
family(const struct addr *a)
{
	return a->is.any.sa_family;
}

static bool
tried(const struct race *r, int i)
{
	return r->attempts[i].start != 0 && !r->attempts[i].full;
}

/* The next address to try, preferably of the other family; -1: none left. */
static int
next_addr(const struct race *r)
{
	int found = -1;

	for (int i = 0; i < r->d->nto; i++) {
		if (tried(r, i))
			continue;
		if (r->last == -1 ||
		    family(&r->d->to[i]) != family(&r->d->to[r->last]))
			return i;
		if (found == -1)
			found = i;
	}
	return found;
}

/* The local address of the same family; NULL: there is none. */
static const struct addr *
local_addr(const struct dial_params *d, const struct addr *to)
{
	for (int i = 0; i < d->nfrom; i++)
		if (family(&d->from[i]) == family(to))
			return &d->from[i];
	return NULL;
}

static int
bind_from(int fd, const struct dial_params *d, const struct addr *to)
{
	const struct addr *from = local_addr(d, to);

	if (d->nfrom == 0 && family(to) == AF_UNIX &&
	    d->type == SOCK_DGRAM && !d->probe)
		return unix_bind_private(fd, d->file);
	if (d->nfrom == 0)
		return 0;
	if (from != NULL && family(to) == AF_UNIX)
		return unix_bind(fd, from, d->replace, d->file);
	if (from != NULL)
		return sock_bind(fd, from);
	errno = EAFNOSUPPORT;
	return -1;
}

bool
dial_asks_many(const struct dial_params *d, const struct addr *to)
{
	return d->ask_many && group_reaches_many(to);
}

/* Start connect(2). Returns 0 also if it continues in the background. */
static int
start_connect(int fd, const struct dial_params *d, const struct addr *to)
{
	if (dial_asks_many(d, to))
		return group_leave_by_zone(fd, to);
	if (sock_connect(fd, to) == 0 || errno == EINPROGRESS || errno == EINTR)
		return 0;
	return -1;
}

static int
open_bound(const struct dial_params *d, const struct addr *to)
{
	int fd = sock_open(family(to), d->type, d->sock_opts);

	if (fd == -1 || bind_from(fd, d, to) == 0)
		return fd;
	return sock_fail(fd);
}

int
dial_start(const struct dial_params *d, const struct addr *to)
{
	int fd = open_bound(d, to);

	if (fd == -1 || start_connect(fd, d, to) == 0)
		return fd;
	return sock_fail(fd);
}

/* Does a reply tell that somebody is there? At a path connect(2) tells. */
static bool
wants_reply(const struct dial_params *d, const struct addr *to)
{
	return d->probe && d->type == SOCK_DGRAM && family(to) != AF_UNIX;
}

/* Send an empty datagram. The send buffer is empty, so this does not wait. */
static bool
send_probe(int fd)
{
	ssize_t n;

	do
		n = sock_send(fd, "", 0);
	while (n == -1 && sock_later(errno));
	return n != -1;
}

/*
 * Start an attempt, with its spare socket if there is one. poll(2) cannot wait
 * for room in the full backlog of a Unix socket, which then becomes a spare.
 * Returns the socket; -1 and errno, EAGAIN if it is to be tried again.
 */
static int
start_attempt(const struct dial_params *d, const struct addr *to,
    struct attempt *a)
{
	int fd = a->spare;

	a->spare = -1;
	if (fd == -1)
		fd = open_bound(d, to);
	if (fd == -1)
		return -1;
	if (start_connect(fd, d, to) == 0 &&
	    (!wants_reply(d, to) || send_probe(fd)))
		return fd;
	if (family(to) != AF_UNIX || errno != EAGAIN)
		return sock_fail(fd);
	a->spare = fd;
	return -1;
}

static void
start_next(struct race *r, int i, long long now)
{
	char text[ADDR_TEXT];
	struct pollfd *p = &r->pfds[i];
	struct attempt *a = &r->attempts[i];

	if (!a->full) {
		event(&(struct event){ .kind = EVENT_TRYING,
		    .who = addr_host_port(&r->d->to[i], text) });
		a->start = clock_us();
	}
	r->last = i;
	r->next = now + ATTEMPT_DELAY;
	p->fd = start_attempt(r->d, &r->d->to[i], a);
	p->events = POLLOUT;
	if (wants_reply(r->d, &r->d->to[i]))
		p->events = POLLIN;
	a->full = p->fd == -1 && a->spare != -1;
	if (a->full) {
		r->next = now + BACKLOG_RETRY;
	} else if (p->fd == -1) {
		a->error = errno;
		r->next = 0;
	}
}

/*
 * A socket that connects to its own ephemeral port connects to itself: a
 * simultaneous open (RFC 9293, 3.5).
 */
static bool
connected_to_itself(int fd)
{
	struct addr local, peer;

	return sock_local_addr(fd, &local) == 0 &&
	    sock_peer_addr(fd, &peer) == 0 && !addr_is_unix(&peer) &&
	    addr_same(&local, &peer);
}

/*
 * The error of a failed attempt; 0: it has succeeded. A peer that sent data or
 * EOF and then reset was reached: its data is still to be read, and SO_ERROR
 * would consume the error that the reader has to see.
 */
static int
attempt_error(const struct race *r, const struct pollfd *p)
{
	bool failed = (p->revents & (POLLERR | POLLHUP)) != 0;

	if (sock_peek(p->fd) == -1 && !(sock_later(errno) && !failed))
		return errno;
	return r->d->refuse_self && connected_to_itself(p->fd) ? ECONNREFUSED
								: 0;
}

/*
 * The same if nothing is to be read. A peer that resets has answered; after
 * its EOF, Linux reports the reset as EPIPE.
 */
static int
probe_error(struct race *r, int i)
{
	struct pollfd *p = &r->pfds[i];
	int error = 0;

	if (r->d->type == SOCK_STREAM && (p->revents & POLLERR) != 0)
		error = sock_renew(p->fd, &r->d->to[i]);
	if (error == ECONNREFUSED) {
		r->attempts[i].spare = p->fd;
		p->fd = -1;
	}
	if (error == 0)
		error = attempt_error(r, p);
	return error == ECONNRESET || error == EPIPE ? 0 : error;
}

/* Has attempt i succeeded? After a failure the next one starts at once. */
static bool
succeeded(struct race *r, int i)
{
	struct pollfd *p = &r->pfds[i];

	if (p->fd == -1 || p->revents == 0)
		return false;
	r->attempts[i].error = r->d->probe ? probe_error(r, i)
					   : attempt_error(r, p);
	if (r->attempts[i].error == 0)
		return true;
	if (p->fd != -1)
		sock_close(p->fd);
	p->fd = -1;
	r->next = 0;
	return false;
}

static bool
pending(const struct race *r)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->pfds[i].fd != -1)
			return true;
	return false;
}

void
race_init(struct race *r)
{
	for (int i = 0; i < r->d->nto; i++)
		r->attempts[i].spare = -1;
	race_reset(r);
}

void
race_reset(struct race *r)
{
	for (int i = 0; i < r->d->nto; i++) {
		r->pfds[i] = (struct pollfd){ .fd = -1 };
		r->attempts[i].error = 0;
		r->attempts[i].start = 0;
		r->attempts[i].full = false;
	}
	r->last = -1;
	r->next = 0;
}

bool
race_start(struct race *r, long long now)
{
	int i = next_addr(r);

	if (i == -1 || now < r->next)
		return false;
	start_next(r, i, now);
	return true;
}

void
race_take_back(struct race *r)
{
	r->attempts[r->last].start = 0;
	r->attempts[r->last].error = 0;
	r->next = 0;
}

long long
race_next(const struct race *r)
{
	if (next_addr(r) != -1)
		return r->next;
	return pending(r) ? NEVER : 0;
}

int
race_result(struct race *r)
{
	for (int i = 0; i < r->d->nto; i++)
		if (succeeded(r, i))
			return i;
	return next_addr(r) == -1 && !pending(r) ? DIAL_FAILED : DIAL_PENDING;
}

void
race_close(struct race *r, int winner)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->pfds[i].fd != -1 && i != winner) {
			sock_close(r->pfds[i].fd);
			r->pfds[i].fd = -1;
		}
}

bool
race_drop_spares(struct race *r)
{
	bool any = false;

	for (int i = 0; i < r->d->nto; i++)
		if (r->attempts[i].spare != -1) {
			sock_close(r->attempts[i].spare);
			r->attempts[i].spare = -1;
			any = true;
		}
	return any;
}

void
race_fail(struct race *r, int error)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->pfds[i].fd != -1)
			r->attempts[i].error = error;
}

/* Where d connects from, if that was given: " from 192.0.2.1 port 80". */
static const char *
from_text(const struct dial_params *d, const struct addr *to, char *text)
{
	const struct addr *from = local_addr(d, to);
	char host[ADDR_TEXT];

	*text = '\0';
	if (from == NULL)
		return text;
	if (addr_is_unix(from) || addr_get_port(from) == 0)
		addr_host(from, host);
	else
		addr_host_port(from, host);
	snprintf(text, FROM_TEXT, " from %s", host);
	return text;
}

/* "example.org port 80", with where it is unless that is "", and from where. */
static const char *
target_text(const struct dial_params *d, const struct addr *to, const char *at,
    char *text)
{
	bool bracket = strchr(d->host, ':') != NULL;
	char from[FROM_TEXT];

	from_text(d, to, from);
	if (addr_is_unix(to))
		snprintf(text, TARGET_TEXT, "%s%s", d->host, from);
	else
		snprintf(text, TARGET_TEXT, "%s%s%s%s port %d%s%s%s",
		    d->is_proxy ? "the proxy " : "", bracket ? "[" : "",
		    d->host, bracket ? "]" : "", addr_get_port(to),
		    *at == '\0' ? "" : " at ", at, from);
	return text;
}

/* Is the host a number with less than four parts? 1.2.3 is 1.2.0.3. */
static bool
is_short(const char *host, const struct addr *to)
{
	char text[ADDR_TEXT];

	return family(to) == AF_INET &&
	    host[strspn(host, "0123456789abcdefxABCDEFX.")] == '\0' &&
	    strcmp(host, addr_ip(to, text)) != 0;
}

void
dial_report(const struct dial_params *d, const struct addr *to,
    const char *why)
{
	char at[ADDR_TEXT] = "", text[TARGET_TEXT];

	if (d->nto > 1 || is_short(d->host, to))
		addr_host(to, at);
	say("connect to %s: %s", target_text(d, to, at, text), why);
}

void
dial_report_error(const struct dial_params *d, const struct addr *to, int error)
{
	char text[REASON_TEXT];

	dial_report(d, to,
	    reason_connect(d, local_addr(d, to), to, error, text));
}

void
dial_report_open(const struct dial_params *d, const struct addr *to)
{
	char at[ADDR_TEXT] = "", text[TARGET_TEXT];

	if (d->nto > 1 || is_short(d->host, to))
		addr_ip(to, at);
	event(&(struct event){ .kind = EVENT_OPEN,
	    .who = target_text(d, to, at, text) });
}

bool
dial_transient(int error)
{
	static const int transient[] = { ECONNREFUSED, ECONNRESET,
		EHOSTUNREACH, ENETUNREACH, ENETDOWN, ENOENT, ETIMEDOUT,
		REASON_SILENCE };

	for (size_t i = 0; i < sizeof transient / sizeof transient[0]; i++)
		if (error == transient[i])
			return true;
	return false;
}

/* The error of an address that was tried; silence is one, too. */
static int
error_of(const struct attempt *a)
{
	return a->error == 0 ? ETIMEDOUT : a->error;
}

int
race_error(const struct race *r)
{
	int last = 0;

	for (int i = 0; i < r->d->nto; i++) {
		const struct attempt *a = &r->attempts[i];

		if (a->start != 0 && (!dial_transient(last) ||
		    dial_transient(error_of(a)) || sock_exhausted(a->error)))
			last = error_of(a);
	}
	return last;
}

static int
reason_of(const struct attempt *a)
{
	return a->error == 0 ? REASON_SILENCE : a->error;
}

void
race_report(const struct race *r)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->attempts[i].start != 0)
			dial_report_error(r->d, &r->d->to[i],
			    reason_of(&r->attempts[i]));
	if (r->last == -1)
		dial_report_error(r->d, r->d->to, REASON_SILENCE);
}
