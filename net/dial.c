/* The race to connect: whichever address answers first is the one. */
#include "dial.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "clock.h"
#include "say.h"
#include "sock.h"
#include "unix.h"

enum {
	HEAD_START = 250, /* ms before the next address may start */
	NAP = 10,         /* ms before a full Unix backlog is tried again */
};

/* asked[i] is the attempt at address i; asked[n] is the stop descriptor. */
struct race {
	const struct dialing *d;
	struct pollfd *asked;
	int *error;     /* why address i failed; 0: it has not */
	int last;       /* the address tried last, -1: none yet */
	long long next; /* when the next one may start */
};

static int
family(const struct addr *a)
{
	return a->is.any.sa_family;
}

static bool
tried(const struct race *r, int i)
{
	return r->asked[i].fd != -1 || r->error[i] != 0;
}

/* The next address to try: of the other family, if it has one left. */
static int
upcoming(const struct race *r)
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

/* The local address that goes with a remote one; NULL: there is none. */
static const struct addr *
origin(const struct dialing *d, const struct addr *to)
{
	for (int i = 0; i < d->nfrom; i++)
		if (family(&d->from[i]) == family(to))
			return &d->from[i];
	return NULL;
}

static int
bind_from(int fd, const struct dialing *d, const struct addr *to)
{
	const struct addr *from = origin(d, to);

	if (d->nfrom == 0 && family(to) == AF_UNIX && d->type == SOCK_DGRAM)
		return unix_bind_private(fd, d->file);
	if (d->nfrom == 0)
		return 0;
	if (from != NULL && family(to) == AF_UNIX)
		return unix_bind(fd, from, d->replace, d->file);
	if (from != NULL)
		return bind(fd, &from->is.any, from->len);
	errno = EAFNOSUPPORT;
	return -1;
}

/*
 * connect(2), begun. At a Unix path whose backlog is full there is nothing to
 * wait for but time.
 */
static int
begin(int fd, const struct dialing *d, const struct addr *to)
{
	struct pollfd stop = { .fd = d->stop, .events = POLLIN };

	while (connect(fd, &to->is.any, to->len) == -1) {
		if (errno == EINPROGRESS || errno == EINTR)
			return 0; /* it goes on by itself */
		if (family(to) != AF_UNIX || errno != EAGAIN)
			return -1;
		if (d->end != -1 && clock_ms() >= d->end)
			errno = ETIMEDOUT;
		else if (poll(&stop, 1, NAP) > 0)
			errno = EINTR;
		else
			continue;
		return -1;
	}
	return 0;
}

int
dial_start(const struct dialing *d, const struct addr *to)
{
	int fd = sock_open(family(to), d->type, d->wish);

	if (fd == -1)
		return -1;
	if (bind_from(fd, d, to) == 0 && begin(fd, d, to) == 0)
		return fd;
	return sock_discard(fd);
}

static void
start_next(struct race *r, int i, long long now)
{
	char text[ADDR_TEXT];
	struct pollfd *p = &r->asked[i];

	say_more(2, "trying %s", addr_end(&r->d->to[i], text));
	r->last = i;
	r->next = now + HEAD_START;
	p->fd = dial_start(r->d, &r->d->to[i]);
	p->events = POLLOUT;
	if (p->fd == -1) {
		r->error[i] = errno;
		r->next = 0;
	}
}

/*
 * Why an attempt has failed; 0: it has not. A peer that spoke or ended, and
 * then reset, was reached: its words are to be read, and its error is for
 * whoever does. To ask for SO_ERROR would take that away.
 */
static int
failure(const struct pollfd *p)
{
	bool broken = (p->revents & (POLLERR | POLLHUP)) != 0;
	char c;

	if (recv(p->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != -1)
		return 0;
	return sock_later(errno) && !broken ? 0 : errno;
}

/* Has attempt i won? One that has failed lets the next one start at once. */
static bool
won(struct race *r, int i)
{
	struct pollfd *p = &r->asked[i];

	if (p->fd == -1 || p->revents == 0)
		return false;
	r->error[i] = failure(p);
	if (r->error[i] == 0)
		return true;
	close(p->fd);
	p->fd = -1;
	r->next = 0;
	return false;
}

static bool
pending(const struct race *r)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->asked[i].fd != -1)
			return true;
	return false;
}

static long long
sooner(long long a, long long b)
{
	if (a == -1 || b == -1)
		return a == -1 ? b : a;
	return a < b ? a : b;
}

/* poll(2) itself failed: so have all attempts that it was asked about. */
static void
fail_all(struct race *r, int why)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->asked[i].fd != -1)
			r->error[i] = why;
}

/* Wait until something may have changed; false: give up. */
static bool
await(struct race *r, long long then, long long now)
{
	int n = r->d->nto;

	if (poll(r->asked, (nfds_t)n + 1, clock_until(then, now)) != -1)
		return true;
	for (int i = 0; i <= n; i++)
		r->asked[i].revents = 0;
	if (errno == EINTR || errno == EAGAIN)
		return true;
	fail_all(r, errno);
	return false;
}

/* Run until an address answers: its number, or what dial() returns. */
static int
run(struct race *r)
{
	int n = r->d->nto;
	int i;

	for (long long now = clock_ms();; now = clock_ms()) {
		i = upcoming(r);
		if (r->d->end != -1 && now >= r->d->end)
			return DIAL_LATE;
		if (i == -1 && !pending(r))
			return DIAL_FAILED;
		if (i != -1 && (now >= r->next || !pending(r))) {
			start_next(r, i, now);
			if (r->error[i] == EINTR)
				return DIAL_STOPPED;
			continue;
		}
		if (!await(r, sooner(r->d->end, i == -1 ? -1 : r->next), now))
			return DIAL_FAILED;
		if (r->asked[n].revents != 0)
			return DIAL_STOPPED;
		for (i = 0; i < n; i++)
			if (won(r, i))
				return i;
	}
}

/* Why one address would not have us. */
static void
complain(const struct dialing *d, const struct addr *to, int why)
{
	char at[ADDR_TEXT] = "", by[ADDR_TEXT] = "";
	const struct addr *from = origin(d, to);

	if (family(to) == AF_UNIX) {
		say_error(why, "connect to %s%s%s", d->host,
		    from != NULL ? " from " : "",
		    from != NULL ? addr_host(from, by) : "");
		return;
	}
	if (d->nto > 1)
		addr_host(to, at);
	if (from != NULL && addr_get_port(from) != 0)
		addr_end(from, by);
	else if (from != NULL)
		addr_host(from, by);
	say_error(why, strchr(d->host, ':') != NULL
	    ? "connect to [%s] port %d%s%s%s%s"
	    : "connect to %s port %d%s%s%s%s", d->host, addr_get_port(to),
	    *at ? " at " : "", at, *by ? " from " : "", by);
}

/* Nobody won: say so for each address, and give the last one's error. */
static void
lost(const struct race *r, bool late)
{
	int why = ETIMEDOUT;

	for (int i = 0; i < r->d->nto; i++) {
		if (!tried(r, i))
			continue;
		if (r->error[i] != 0)
			why = r->error[i];
		complain(r->d, &r->d->to[i],
		    r->error[i] != 0 ? r->error[i] : ETIMEDOUT);
	}
	if (late && r->last == -1)
		complain(r->d, r->d->to, ETIMEDOUT);
	errno = why;
}

static void
clear(struct race *r, int winner)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->asked[i].fd != -1 && i != winner)
			close(r->asked[i].fd);
}

static int
decide(struct race *r, struct addr *reached)
{
	int winner;

	for (int i = 0; i < r->d->nto; i++)
		r->asked[i].fd = -1;
	r->asked[r->d->nto].fd = r->d->stop;
	r->asked[r->d->nto].events = POLLIN;
	winner = run(r);
	clear(r, winner);
	if (winner >= 0) {
		*reached = r->d->to[winner];
		return r->asked[winner].fd;
	}
	if (winner != DIAL_STOPPED)
		lost(r, winner == DIAL_LATE);
	return winner;
}

int
dial(const struct dialing *d, struct addr *reached)
{
	size_t n = (size_t)d->nto + 1;
	struct race r = {
		.d = d,
		.asked = calloc(n, sizeof *r.asked),
		.error = calloc(n, sizeof *r.error),
		.last = -1,
	};
	int fd = DIAL_FAILED;

	if (r.asked != NULL && r.error != NULL)
		fd = decide(&r, reached);
	else
		say_error(ENOMEM, "connect to %s", d->host);
	free(r.asked);
	free(r.error);
	return fd;
}
