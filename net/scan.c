/* Scan: try to connect to many ports at once, report them in order. */
#include "scan.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "addr.h"
#include "sock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MAX_SOCKETS = 512, /* at once */
	MAX_STARTS = 16,   /* between two polls, so that times are exact */
};

enum finding { UNKNOWN, OPEN, NO_REPLY, CLOSED };

/* What was found out about a port. */
struct result {
	enum finding found;
	int error;    /* CLOSED: why */
	int addr;     /* the index of the address that this is about */
	long long us; /* OPEN: microseconds until it answered */
};

/* A lane tries one port at a time. */
struct lane {
	bool busy;    /* it has a port */
	bool started; /* and tries it */
	long long index;         /* of the port, or with repeat the attempt */
	long long deadline;      /* once started */
	struct addr *to;         /* the addresses, with this port */
	struct dial_params dial; /* to them */
	struct race race;
};

struct scan {
	const struct scan_params *p;
	struct lane *lanes;
	int nlanes, nstarted;
	int max_started;     /* falls when descriptors run out */
	int nused;           /* lanes from here on have no sockets */
	struct pollfd *pfds; /* signals_fd(), then those of each lane */
	struct attempt *attempts;
	struct addr *to;
	struct result *results;
	long long total;         /* ports or attempts */
	long long next, printed; /* the next of them to try and to print */
	long long resume;        /* when the next may start */
	bool stopped;
	enum status status;      /* a local failure ends the scan */
	bool any;                /* one is not closed */
	int error;               /* of the last one that is closed */
	long long answered, min, max, sum; /* microseconds */
};

static struct result *
result_of(struct scan *s, long long index)
{
	return &s->results[index % s->p->nports];
}

static int
port_of(const struct scan *s, long long index)
{
	return s->p->port[index % s->p->nports];
}

static void
assign_next(struct scan *s, struct lane *l)
{
	l->busy = true;
	l->index = s->next++;
	result_of(s, l->index)->found = UNKNOWN;
	for (int i = 0; i < s->p->dial.nto; i++) {
		l->to[i] = s->p->dial.to[i];
		addr_set_port(&l->to[i], port_of(s, l->index));
	}
}

/* Start to try the lane's port. Returns false if there is none to try. */
static bool
start_lane(struct scan *s, struct lane *l, long long now)
{
	if (s->nstarted == s->max_started)
		return false;
	if (!l->busy && (s->next == s->total || now < s->resume))
		return false;
	if (!l->busy)
		assign_next(s, l);
	race_reset(&l->race);
	l->started = true;
	l->deadline = clock_earlier(now + s->p->timeout, s->p->dial.deadline);
	s->nstarted++;
	return true;
}

static void
stop_lane(struct scan *s, struct lane *l)
{
	race_close(&l->race, -1);
	l->started = false;
	s->nstarted--;
}

static bool
drop_spares(struct scan *s)
{
	bool any = false;

	for (int i = 0; i < s->nlanes; i++)
		any = race_drop_spares(&s->lanes[i].race) || any;
	return any;
}

/* Does the attempt need something that others can release? */
static bool
must_wait(struct scan *s, const struct race *r)
{
	int error = r->attempts[r->last].error;

	if (!sock_exhausted(error) && error != EADDRINUSE)
		return false;
	return drop_spares(s) || s->nstarted > 1;
}

/* Start the attempts that are due. */
static void
advance_lane(struct scan *s, struct lane *l, long long now)
{
	while (race_start(&l->race, now)) {
		if (!must_wait(s, &l->race))
			continue;
		stop_lane(s, l);
		s->max_started = s->nstarted > 1 ? s->nstarted : 1;
		return;
	}
}

/* Returns false if more can be started at once. */
static bool
advance(struct scan *s, long long now)
{
	bool waiting = false;
	int starts = 0;

	s->nused = 0;
	for (int i = 0; i < s->nlanes; i++) {
		struct lane *l = &s->lanes[i];

		if (!l->started && starts < MAX_STARTS &&
		    start_lane(s, l, now))
			starts++;
		if (l->started)
			advance_lane(s, l, now);
		if (l->started)
			s->nused = i + 1;
		else if (l->busy)
			waiting = true;
	}
	return starts < MAX_STARTS &&
	    !(waiting && s->nstarted < s->max_started);
}

/* When something is to be done even if no socket is ready. */
static long long
next_time(const struct scan *s)
{
	long long then = NEVER;

	if (s->nstarted < s->max_started && s->next < s->total)
		then = s->resume;
	for (int i = 0; i < s->nused; i++) {
		const struct lane *l = &s->lanes[i];

		if (!l->started)
			continue;
		then = clock_earlier(then, l->deadline);
		then = clock_earlier(then, race_next(&l->race));
	}
	return then;
}

static void
wait_events(struct scan *s, long long then, long long now)
{
	nfds_t n = 1 + (nfds_t)s->nused * (nfds_t)s->p->dial.nto;

	if (poll(s->pfds, n, clock_timeout(then, now)) != -1) {
		s->stopped = signals_stopped();
	} else if (errno != EINTR && errno != EAGAIN) {
		say_error(errno, "wait for an answer");
		s->status = STATUS_LOCAL;
	}
}

/* What came of the attempt; winner is that of race_result(). */
static struct result
verdict(const struct scan *s, const struct race *r, int winner, long long us)
{
	int last = r->last == -1 ? 0 : r->last;

	if (winner >= 0)
		return (struct result){ .found = OPEN, .addr = winner,
			.us = us - r->attempts[winner].start };
	if (winner == DIAL_FAILED)
		return (struct result){ .found = CLOSED, .addr = last,
			.error = r->attempts[last].error };
	return (struct result){ .addr = last, .error = ETIMEDOUT,
		.found = s->p->dial.type == SOCK_DGRAM && r->last != -1
		    ? NO_REPLY : CLOSED };
}

static void
count(struct scan *s, const struct result *r)
{
	s->any = s->any || r->found != CLOSED;
	if (r->found == CLOSED)
		s->error = r->error;
	if (r->found != OPEN)
		return;
	s->min = s->answered == 0 || r->us < s->min ? r->us : s->min;
	s->max = r->us > s->max ? r->us : s->max;
	s->sum += r->us;
	s->answered++;
}

static void
finish_lane(struct scan *s, struct lane *l, const struct result *r,
    long long now)
{
	if (r->found == CLOSED && sock_exhausted(r->error)) {
		dial_report(&l->dial, &l->to[r->addr], strerror(r->error));
		s->status = STATUS_LOCAL;
	}
	stop_lane(s, l);
	l->busy = false;
	*result_of(s, l->index) = *r;
	count(s, r);
	if (s->p->delay != NEVER)
		s->resume = now + s->p->delay;
}

/* Is the time over? An address that is due is still tried, also with -w 0. */
static bool
is_over(const struct lane *l, long long now)
{
	return now >= l->deadline && race_next(&l->race) != 0;
}

/* Take what poll(2) has found, then what has taken too long. */
static void
collect(struct scan *s)
{
	long long us = clock_us();

	for (int i = 0; i < s->nused; i++) {
		struct lane *l = &s->lanes[i];
		struct result r;
		int winner;

		if (!l->started)
			continue;
		winner = race_result(&l->race);
		if (winner == DIAL_PENDING && !is_over(l, us / 1000))
			continue;
		r = verdict(s, &l->race, winner, us);
		finish_lane(s, l, &r, us / 1000);
	}
}

static const char *
why(const struct result *r)
{
	if (r->found == OPEN)
		return "open";
	return r->found == NO_REPLY ? "open or filtered" : strerror(r->error);
}

static void
report(const struct scan *s, const struct result *r, int port)
{
	struct addr to = s->p->dial.to[r->addr];

	addr_set_port(&to, port);
	dial_report(&s->p->dial, &to, why(r));
}

static void
print_time(FILE *out, const struct result *r)
{
	if (r->found == OPEN)
		fprintf(out, "%lld.%03lld\n", r->us / 1000, r->us % 1000);
	else
		fputs(r->found == NO_REPLY ? "?\n" : "-\n", out);
}

static void
print(struct scan *s, const struct result *r)
{
	const struct scan_params *p = s->p;
	int port = port_of(s, s->printed);

	if (p->report)
		report(s, r, port);
	if (p->repeat)
		fprintf(p->out, "%lld ", s->printed + 1);
	else if (p->nports == 1 || r->found == CLOSED)
		return;
	else
		fprintf(p->out, "%d %s ", port, p->numeric ? "-"
		    : addr_service(port, p->dial.type == SOCK_DGRAM));
	print_time(p->out, r);
}

/* Print the results that come next, as far as they are known. */
static void
print_known(struct scan *s)
{
	for (; s->printed < s->next; s->printed++) {
		const struct result *r = result_of(s, s->printed);

		if (r->found == UNKNOWN)
			break;
		print(s, r);
	}
	if (fflush(s->p->out) == 0 && !ferror(s->p->out))
		return;
	if (errno != EPIPE && !signals_stopped())
		say_error(errno, "write standard output");
	s->status = STATUS_LOCAL;
}

static void
report_totals(const struct scan *s)
{
	double n = (double)s->answered;
	double percent = s->printed == 0 ? 0 : 100 * n / (double)s->printed;

	if (s->answered == 0)
		say("%lld attempts, 0 answered (0.0%%)", s->printed);
	else
		say("%lld attempts, %lld answered (%.1f%%), min %.3f, "
		    "mean %.3f, max %.3f ms", s->printed, s->answered, percent,
		    (double)s->min / 1e3, (double)s->sum / n / 1e3,
		    (double)s->max / 1e3);
}

static struct outcome
run(struct scan *s)
{
	while (s->printed < s->total && !s->stopped &&
	    s->status == STATUS_OK) {
		long long now = clock_ms();

		wait_events(s, advance(s, now) ? next_time(s) : now, now);
		collect(s);
		print_known(s);
	}
	for (int i = 0; i < s->nlanes; i++)
		if (s->lanes[i].started)
			stop_lane(s, &s->lanes[i]);
	drop_spares(s);
	if (s->p->repeat)
		report_totals(s);
	if (s->status != STATUS_OK || s->any)
		return (struct outcome){ s->status, false };
	return (struct outcome){ STATUS_NETWORK, dial_transient(s->error) };
}

/* How many ports are tried at once. poll(2) limits the sockets, too. */
static int
count_lanes(const struct scan_params *p)
{
	long max = sysconf(_SC_OPEN_MAX);
	int n = max == -1 || max > MAX_SOCKETS ? MAX_SOCKETS : (int)max - 1;

	if (p->repeat || p->delay != NEVER)
		return 1;
	n /= p->dial.nto;
	if (n < 1)
		return 1;
	return n < p->nports ? n : p->nports;
}

static bool
allocate(struct scan *s)
{
	size_t lanes = (size_t)s->nlanes, ports = (size_t)s->p->nports;
	size_t n = lanes * (size_t)s->p->dial.nto;

	s->lanes = calloc(lanes, sizeof *s->lanes);
	s->pfds = calloc(n + 1, sizeof *s->pfds);
	s->attempts = calloc(n, sizeof *s->attempts);
	s->to = calloc(n, sizeof *s->to);
	s->results = calloc(ports, sizeof *s->results);
	return s->lanes != NULL && s->pfds != NULL && s->attempts != NULL &&
	    s->to != NULL && s->results != NULL;
}

static void
set_up(struct scan *s)
{
	size_t first = 0; /* of the lane's sockets */

	s->pfds[0].fd = signals_fd();
	s->pfds[0].events = POLLIN;
	for (int i = 0; i < s->nlanes; i++) {
		struct lane *l = &s->lanes[i];

		l->to = s->to + first;
		l->dial = s->p->dial;
		l->dial.to = l->to;
		l->race.d = &l->dial;
		l->race.pfds = s->pfds + 1 + first;
		l->race.attempts = s->attempts + first;
		race_init(&l->race);
		first += (size_t)s->p->dial.nto;
	}
}

struct outcome
scan(const struct scan_params *p)
{
	struct scan s = { .p = p, .nlanes = count_lanes(p) };
	struct outcome outcome = { STATUS_LOCAL, false };

	s.max_started = s.nlanes;
	s.total = p->nports;
	if (p->repeat)
		s.total = p->attempts == -1 ? LLONG_MAX : p->attempts;
	if (allocate(&s)) {
		set_up(&s);
		if (!p->numeric && p->nports > 1)
			addr_open_services();
		outcome = run(&s);
		addr_close_services();
	} else {
		say_error(ENOMEM, "scan %s", p->dial.host);
	}
	free(s.lanes);
	free(s.pfds);
	free(s.attempts);
	free(s.to);
	free(s.results);
	return outcome;
}
