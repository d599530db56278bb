/* Connect to a name: race its addresses, the first to answer wins. */
#include "dial.h"
#include "addr.h"
#include "clock.h"
#include "say.h"
#include "sock.h"
#include "unix.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ATTEMPT_DELAY = 250, /* ms until the next address may start */
	BACKLOG_RETRY = 10,  /* ms until a full Unix backlog is tried again */
};

/* pfds[i] is the attempt at address i; pfds[nto] is the stop descriptor. */
struct race {
	const struct dial_params *d;
	struct pollfd *pfds;
	int *error;     /* of the attempt at address i, 0: it has not failed */
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
	return r->pfds[i].fd != -1 || r->error[i] != 0;
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

	if (d->nfrom == 0 && family(to) == AF_UNIX && d->type == SOCK_DGRAM)
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

/*
 * Start connect(2). poll(2) cannot wait for a place in the full backlog of a
 * Unix socket: retry until there is one.
 */
static int
start_connect(int fd, const struct dial_params *d, const struct addr *to)
{
	struct pollfd stop = { .fd = d->stop_fd, .events = POLLIN };

	while (sock_connect(fd, to) == -1) {
		if (errno == EINPROGRESS || errno == EINTR)
			return 0; /* it continues in the background */
		if (family(to) != AF_UNIX || errno != EAGAIN)
			return -1;
		if (d->deadline != NEVER && clock_ms() >= d->deadline)
			errno = ETIMEDOUT;
		else if (poll(&stop, 1, BACKLOG_RETRY) > 0)
			errno = EINTR;
		else
			continue;
		return -1;
	}
	return 0;
}

int
dial_start(const struct dial_params *d, const struct addr *to)
{
	int fd = sock_open(family(to), d->type, d->sock_opts);

	if (fd == -1)
		return -1;
	if (bind_from(fd, d, to) == 0 && start_connect(fd, d, to) == 0)
		return fd;
	return sock_close(fd);
}

static void
start_next(struct race *r, int i, long long now)
{
	char text[ADDR_TEXT];
	struct pollfd *p = &r->pfds[i];

	say_verbose(2, "trying %s", addr_host_port(&r->d->to[i], text));
	r->last = i;
	r->next = now + ATTEMPT_DELAY;
	p->fd = dial_start(r->d, &r->d->to[i]);
	p->events = POLLOUT;
	if (p->fd == -1) {
		r->error[i] = errno;
		r->next = 0;
	}
}

/*
 * The error of a failed attempt; 0: it has succeeded. A peer that sent data or
 * EOF and then reset was reached: its data is still to be read, and SO_ERROR
 * would consume the error that the reader has to see.
 */
static int
attempt_error(const struct pollfd *p)
{
	bool failed = (p->revents & (POLLERR | POLLHUP)) != 0;

	if (sock_peek(p->fd) != -1)
		return 0;
	return sock_later(errno) && !failed ? 0 : errno;
}

/* Has attempt i succeeded? After a failure the next one starts at once. */
static bool
succeeded(struct race *r, int i)
{
	struct pollfd *p = &r->pfds[i];

	if (p->fd == -1 || p->revents == 0)
		return false;
	r->error[i] = attempt_error(p);
	if (r->error[i] == 0)
		return true;
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

/* Every pending attempt has failed with this error. */
static void
fail_all(struct race *r, int error)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->pfds[i].fd != -1)
			r->error[i] = error;
}

/* Wait for an event; false: poll(2) has failed, and so have the attempts. */
static bool
wait_event(struct race *r, long long then, long long now)
{
	int n = r->d->nto;

	if (poll(r->pfds, (nfds_t)n + 1, clock_timeout(then, now)) != -1)
		return true;
	for (int i = 0; i <= n; i++)
		r->pfds[i].revents = 0;
	if (errno == EINTR || errno == EAGAIN)
		return true;
	fail_all(r, errno);
	return false;
}

/* Returns the index of the first address that answers, or as dial() does. */
static int
race_all(struct race *r)
{
	int n = r->d->nto;
	int i;

	for (long long now = clock_ms();; now = clock_ms()) {
		i = next_addr(r);
		if (r->d->deadline != NEVER && now >= r->d->deadline)
			return DIAL_TIMEOUT;
		if (i == -1 && !pending(r))
			return DIAL_FAILED;
		if (i != -1 && (now >= r->next || !pending(r))) {
			start_next(r, i, now);
			if (r->error[i] == EINTR)
				return DIAL_STOPPED;
			continue;
		}
		if (!wait_event(r, clock_earlier(r->d->deadline, i == -1 ? NEVER : r->next), now))
			return DIAL_FAILED;
		if (r->pfds[n].revents != 0)
			return DIAL_STOPPED;
		for (i = 0; i < n; i++)
			if (succeeded(r, i))
				return i;
	}
}

static void
report(const struct dial_params *d, const struct addr *to, int error)
{
	char at[ADDR_TEXT] = "", by[ADDR_TEXT] = "";
	const struct addr *from = local_addr(d, to);

	if (family(to) == AF_UNIX) {
		say_error(error, "connect to %s%s%s", d->host,
		    from != NULL ? " from " : "",
		    from != NULL ? addr_host(from, by) : "");
		return;
	}
	if (d->nto > 1)
		addr_host(to, at);
	if (from != NULL && addr_get_port(from) != 0)
		addr_host_port(from, by);
	else if (from != NULL)
		addr_host(from, by);
	say_error(error, strchr(d->host, ':') != NULL
	    ? "connect to [%s] port %d%s%s%s%s"
	    : "connect to %s port %d%s%s%s%s", d->host, addr_get_port(to),
	    *at ? " at " : "", at, *by ? " from " : "", by);
}

/* Report the failure of each address; errno becomes the last one. */
static void
report_all(const struct race *r, bool timeout)
{
	int error = ETIMEDOUT;

	for (int i = 0; i < r->d->nto; i++) {
		if (!tried(r, i))
			continue;
		if (r->error[i] != 0)
			error = r->error[i];
		report(r->d, &r->d->to[i],
		    r->error[i] != 0 ? r->error[i] : ETIMEDOUT);
	}
	if (timeout && r->last == -1)
		report(r->d, r->d->to, ETIMEDOUT);
	errno = error;
}

static void
close_losers(struct race *r, int winner)
{
	for (int i = 0; i < r->d->nto; i++)
		if (r->pfds[i].fd != -1 && i != winner)
			sock_close(r->pfds[i].fd);
}

static int
dial_all(struct race *r, struct addr *reached)
{
	int winner;

	for (int i = 0; i < r->d->nto; i++)
		r->pfds[i].fd = -1;
	r->pfds[r->d->nto].fd = r->d->stop_fd;
	r->pfds[r->d->nto].events = POLLIN;
	winner = race_all(r);
	close_losers(r, winner);
	if (winner >= 0) {
		*reached = r->d->to[winner];
		return r->pfds[winner].fd;
	}
	if (winner != DIAL_STOPPED)
		report_all(r, winner == DIAL_TIMEOUT);
	return winner;
}

int
dial(const struct dial_params *d, struct addr *reached)
{
	size_t n = (size_t)d->nto + 1;
	struct race r = {
		.d = d,
		.pfds = calloc(n, sizeof *r.pfds),
		.error = calloc(n, sizeof *r.error),
		.last = -1,
	};
	int fd = DIAL_FAILED;

	if (r.pfds != NULL && r.error != NULL)
		fd = dial_all(&r, reached);
	else
		say_error(ENOMEM, "connect to %s", d->host);
	free(r.pfds);
	free(r.error);
	return fd;
}
