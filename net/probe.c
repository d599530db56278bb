/* Probes: try to connect to many ports at once. */
#include "probe.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../base/wait.h"
#include "addr.h"
#include "connect.h"
#include "finding.h"
#include "reason.h"
#include "scan.h"
#include "sock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MAX_SOCKETS = 512, /* at once */
	MAX_PROXIED = 64,  /* many proxies serve only 100 clients */
	MAX_STARTS = 16,   /* between two polls, so that times are exact */
};

/* A lane tries one port at a time. */
struct lane {
	bool busy;    /* it has a port */
	bool started; /* and tries it */
	int host;     /* of the port; -1: none yet */
	long long index;         /* of the port, or with repeat the attempt */
	long long deadline;      /* once started */
	long long start;         /* clock_us(), through a proxy */
	struct addr *to;         /* the addresses, with this port */
	struct dial_params dial; /* to them */
	struct connect connect;  /* without a proxy only its race */
	struct proxy proxy;      /* which is asked for this port */
};

struct probes {
	const struct scan_params *p;
	struct findings findings;
	struct lane *lanes;
	int nlanes, nstarted;
	int max_started;     /* falls when descriptors run out */
	int nused;           /* lanes from here on have no sockets */
	struct pollfd *pfds; /* signals_fd(), then those of each lane */
	struct attempt *attempts;
	struct addr *to;
	struct handshake *handshakes; /* with the proxy; NULL: there is none */
	long long next;      /* the next port or attempt */
	long long resume;    /* when it may start */
	bool stopped;
	struct outcome outcome; /* a failure ends the scan */
};

static void
fail(struct probes *s, int error)
{
	s->outcome.status = sock_status(error);
	s->outcome.again = dial_transient(error);
}

/* Its spare sockets may be of other families than the host's. */
static void
change_host(struct probes *s, struct lane *l, int host)
{
	const struct scan_params *p = s->p;

	race_drop_spares(&l->connect.race);
	l->host = host;
	l->dial = scan_dial(p, host);
	for (int i = 0; i < l->dial.nto; i++)
		l->to[i] = l->dial.to[i];
	l->dial.to = l->to;
	if (p->proxied)
		l->proxy = p->host[host].proxy;
}

static void
assign_next(struct probes *s, struct lane *l)
{
	const struct finding *port = findings_at(&s->findings, s->next);

	if (port->host != l->host)
		change_host(s, l, port->host);
	l->busy = true;
	l->index = s->next++;
	l->proxy.target_port = port->port;
	for (int i = 0; i < l->dial.nto && !s->p->proxied; i++)
		addr_set_port(&l->to[i], port->port);
}

/* Start to try the lane's port. Returns false if there is none to try. */
static bool
start_lane(struct probes *s, struct lane *l, long long now)
{
	if (s->nstarted == s->max_started)
		return false;
	if (!l->busy && (s->next == s->findings.total || now < s->resume))
		return false;
	if (!l->busy)
		assign_next(s, l);
	connect_reset(&l->connect);
	l->started = true;
	if (s->p->proxied)
		l->start = clock_us();
	l->deadline = clock_earlier(now + s->p->timeout, s->p->dial.deadline);
	l->dial.deadline = l->deadline;
	s->nstarted++;
	return true;
}

static void
stop_lane(struct probes *s, struct lane *l)
{
	struct connect *c = &l->connect;

	if (c->fd == -1) {
		race_close(&c->race, -1);
	} else {
		sock_close(c->fd);
		c->pfds[0].fd = c->fd = -1;
	}
	l->started = false;
	s->nstarted--;
}

static bool
drop_spares(struct probes *s)
{
	bool any = false;

	for (int i = 0; i < s->nlanes; i++)
		any = race_drop_spares(&s->lanes[i].connect.race) || any;
	return any;
}

/* The lane tries its port later, and fewer lanes do so at once. */
static void
postpone(struct probes *s, struct lane *l)
{
	stop_lane(s, l);
	s->max_started = s->nstarted > 1 ? s->nstarted : 1;
}

static bool
is_scarce(int error)
{
	return sock_exhausted(error) || error == EADDRINUSE;
}

/*
 * The attempt lacks something that others can release: try again without the
 * spares, then once other lanes have ended, then without the reserve. Returns
 * false if the lane was stopped.
 */
static bool
make_room(struct probes *s, struct lane *l)
{
	bool again = drop_spares(s);

	if (!again && s->nstarted > 1) {
		postpone(s, l);
		return false;
	}
	if (again || findings_release(&s->findings))
		race_take_back(&l->connect.race);
	return true;
}

/* Start the attempts that are due. */
static void
advance_lane(struct probes *s, struct lane *l, long long now)
{
	struct race *r = &l->connect.race;

	while (l->connect.fd == -1 && race_start(r, now))
		if (is_scarce(r->attempts[r->last].error) && !make_room(s, l))
			return;
}

/* Returns false if more can be started at once. */
static bool
advance(struct probes *s, long long now)
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
next_time(const struct probes *s)
{
	long long then = NEVER;

	if (s->nstarted < s->max_started && s->next < s->findings.total)
		then = s->resume;
	for (int i = 0; i < s->nused; i++) {
		const struct lane *l = &s->lanes[i];

		if (!l->started)
			continue;
		then = clock_earlier(then, l->deadline);
		if (l->connect.fd == -1)
			then = clock_earlier(then, race_next(&l->connect.race));
	}
	return then;
}

static void
wait_events(struct probes *s, long long then, long long now)
{
	nfds_t n = 1 + (nfds_t)s->nused * (nfds_t)s->findings.naddrs;

	if (wait_poll(s->pfds, n, clock_timeout(then, now)) != -1) {
		s->stopped = signals_stopped();
	} else if (errno != EINTR && errno != EAGAIN) {
		say_error(errno, "wait for an answer");
		s->outcome.status = STATUS_LOCAL;
	}
}

/* The port of the lane was found out about. */
static void
finish_lane(struct probes *s, struct lane *l, long long now)
{
	stop_lane(s, l);
	l->busy = false;
	findings_note(&s->findings, l->index);
	if (s->p->delay != NEVER)
		s->resume = now + s->p->delay;
}

/*
 * Keep why each address is closed; one that has not answered has timed out. A
 * lack of memory or descriptors is reported here, and ends the scan instead.
 */
static enum found
keep_errors(struct probes *s, const struct lane *l)
{
	const struct race *r = &l->connect.race;
	int *error = findings_errors(&s->findings, l->index);

	for (int i = 0; i < s->findings.naddrs; i++) {
		const struct attempt *a = &r->attempts[i];

		error[i] = 0;
		if (i < l->dial.nto && a->start != 0)
			error[i] = a->error == 0 ? REASON_SILENCE : a->error;
		if (sock_exhausted(error[i])) {
			dial_report_error(&l->dial, &l->to[i], error[i]);
			fail(s, error[i]);
			return FOUND_NOTHING_YET;
		}
	}
	if (r->last == -1)
		error[0] = REASON_SILENCE;
	return FOUND_CLOSED;
}

/* Take what came of the race; winner is that of race_result(). */
static void
take_race(struct probes *s, const struct lane *l, int winner, long long us)
{
	const struct race *r = &l->connect.race;
	struct finding *port = findings_at(&s->findings, l->index);

	if (winner >= 0) {
		port->found = FOUND_OPEN;
		port->addr = winner;
		port->us = us - r->attempts[winner].start;
	} else if (winner == DIAL_PENDING && r->last != -1 &&
	    r->pfds[r->last].events == POLLIN) {
		port->found = FOUND_SILENCE;
		port->addr = r->last;
	} else {
		port->found = keep_errors(s, l);
	}
}

/* Is the time over? An address that is due is still tried, also with -w 0. */
static bool
is_over(const struct lane *l, long long now)
{
	return now >= l->deadline && race_next(&l->connect.race) != 0;
}

static void
collect_race(struct probes *s, struct lane *l, long long us)
{
	int winner = race_result(&l->connect.race);

	if (winner == DIAL_PENDING && !is_over(l, us / 1000))
		return;
	take_race(s, l, winner, us);
	if (s->outcome.status == STATUS_OK)
		finish_lane(s, l, us / 1000);
}

/* The proxy cannot be reached: nothing else can be found out. */
static void
report_proxy(struct probes *s, const struct lane *l, int error)
{
	int last = l->connect.race.last;

	dial_report_error(&l->dial, &l->to[last == -1 ? 0 : last], error);
	fail(s, error);
}

/* The proxy refuses, or it does not answer. */
static void
take_refusal(struct finding *port, const struct connect *c, int error)
{
	const char *words = c->handshake->error;
	char text[REASON_TEXT];

	if (*words == '\0' && error == REASON_SILENCE)
		words = reason_silence(c->dial->limit, text);
	else if (*words == '\0')
		words = strerror(error);
	port->found = FOUND_CLOSED;
	free(port->words);
	port->words = strdup(words);
}

static void
collect_proxied(struct probes *s, struct lane *l, long long us)
{
	struct finding *port = findings_at(&s->findings, l->index);
	struct connect *c = &l->connect;
	int result = connect_step(c, true);
	int error = result == DIAL_TIMEOUT ? REASON_SILENCE : c->error;

	if (result == DIAL_PENDING)
		return;
	if (result < 0 && c->fd == -1) {
		if (is_scarce(error) && s->nstarted > 1)
			postpone(s, l);
		else
			report_proxy(s, l, error);
		return;
	}
	if (result < 0) {
		take_refusal(port, c, error);
		*findings_errors(&s->findings, l->index) = error;
	} else {
		port->found = FOUND_OPEN;
		port->us = us - l->start;
	}
	finish_lane(s, l, us / 1000);
}

/* Take what poll(2) has found, then what has taken too long. */
static void
collect(struct probes *s)
{
	long long us = clock_us();

	for (int i = 0; i < s->nused && s->outcome.status == STATUS_OK; i++) {
		struct lane *l = &s->lanes[i];

		if (l->started && s->p->proxied)
			collect_proxied(s, l, us);
		else if (l->started)
			collect_race(s, l, us);
	}
}

static void
run(struct probes *s)
{
	while (s->findings.printed < s->findings.total && !s->stopped &&
	    s->outcome.status == STATUS_OK) {
		long long now = clock_ms();

		wait_events(s, advance(s, now) ? next_time(s) : now, now);
		collect(s);
		if (!findings_print(&s->findings))
			s->outcome.status = STATUS_LOCAL;
	}
	for (int i = 0; i < s->nlanes; i++)
		if (s->lanes[i].started)
			stop_lane(s, &s->lanes[i]);
	drop_spares(s);
	if (s->p->repeat)
		findings_report_totals(&s->findings);
}

/* How many ports are tried at once. poll(2) limits the sockets, too. */
static int
count_lanes(const struct probes *s)
{
	const struct scan_params *p = s->p;
	int most = p->proxied ? MAX_PROXIED : MAX_SOCKETS;
	long max = sysconf(_SC_OPEN_MAX);
	int n = max == -1 || max > most ? most : (int)max - 1;

	if (p->repeat || p->delay != NEVER)
		return 1;
	n /= s->findings.naddrs;
	if (n < 1)
		return 1;
	return n < s->findings.nports ? n : s->findings.nports;
}

static bool
allocate(struct probes *s)
{
	size_t lanes = (size_t)s->nlanes;
	size_t n = lanes * (size_t)s->findings.naddrs;

	s->lanes = calloc(lanes, sizeof *s->lanes);
	s->pfds = calloc(n + 1, sizeof *s->pfds);
	s->attempts = calloc(n, sizeof *s->attempts);
	s->to = calloc(n, sizeof *s->to);
	if (s->p->proxied)
		s->handshakes = calloc(lanes, sizeof *s->handshakes);
	return s->lanes != NULL && s->pfds != NULL && s->attempts != NULL &&
	    s->to != NULL && (s->handshakes != NULL || !s->p->proxied);
}

static void
set_up_lane(struct probes *s, struct lane *l, size_t i)
{
	size_t first = i * (size_t)s->findings.naddrs;

	l->host = -1;
	l->to = s->to + first;
	l->dial.nto = s->findings.naddrs;
	l->connect = (struct connect){ .dial = &l->dial, .fd = -1,
	    .pfds = s->pfds + 1 + first };
	l->connect.race = (struct race){ .d = &l->dial,
	    .pfds = l->connect.pfds, .attempts = s->attempts + first };
	race_init(&l->connect.race);
	if (s->handshakes != NULL) {
		l->connect.proxy = &l->proxy;
		l->connect.handshake = &s->handshakes[i];
	}
}

struct outcome
probe_all(const struct scan_params *p)
{
	struct probes s = { .p = p };
	bool begun = findings_begin(&s.findings, p);

	if (begun)
		s.nlanes = s.max_started = count_lanes(&s);
	if (s.nlanes > 0 && !allocate(&s))
		s.nlanes = 0;
	if (s.nlanes > 0) {
		s.pfds[0] = (struct pollfd){ .fd = signals_fd(),
		    .events = POLLIN };
		for (int i = 0; i < s.nlanes; i++)
			set_up_lane(&s, &s.lanes[i], (size_t)i);
		run(&s);
	} else if (!begun || s.findings.nports > 0) {
		say_error(ENOMEM, "scan %s", p->host[0].name);
		s.outcome.status = STATUS_LOCAL;
	}
	findings_end(&s.findings);
	free(s.lanes);
	free(s.pfds);
	free(s.attempts);
	free(s.to);
	free(s.handshakes);
	return s.outcome;
}
