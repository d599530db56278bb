#ifndef REACH_H
#define REACH_H

#include "addr.h"
#include "ask.h"
#include "connect.h"
#include "dial.h"
#include "lookup.h"
#include "retry.h"

#include <stdbool.h>

struct listener;
struct proxy;

/* Where many connections lead to, and how each is made. */
struct reach_params {
	struct ends ends;           /* the names; no addresses yet */
	struct dial_params dial;    /* what does not depend on these */
	const struct proxy *proxy;  /* or NULL */
	long long timeout;          /* ms for an attempt, -w; or NEVER */
	long long retry;            /* ms of further attempts, -c; or NEVER */
};

/*
 * One connection in progress: look up, connect, try again. It never waits, so
 * that there may be many: each adds its descriptors to the caller's poll set.
 */
struct reach {
	const struct reach_params *p;
	struct ends ends;
	struct dial_params dial;
	struct ask ask;
	struct connect connect;
	struct retry retry;
	bool connecting;   /* connect is in use */
	long long due;     /* when to step: the next attempt, ... */
	int failed;        /* what the last attempt came to; 0: it goes on */
	int error;         /* its errno */
	bool quiet;        /* report no failed lookup */
};

/* Begin. highest is that of ask_start(). Call reach_end() in any case. */
void reach_start(struct reach *r, const struct reach_params *p, bool quiet);

/*
 * Go on, after poll(2) has looked at reach_places(); polled is false if it was
 * not called yet. Returns the socket, which leads to r->connect.reached;
 * DIAL_PENDING, DIAL_FAILED or DIAL_TIMEOUT.
 */
int reach_step(struct reach *r, bool polled, int highest);

/* The places for poll(2); *n is their number. */
struct pollfd *reach_places(struct reach *r, int *n);

/* clock_ms() when to step even if poll(2) finds nothing until then; NEVER. */
long long reach_due(const struct reach *r);

/* Report why reach_step() has returned this. */
void reach_report(const struct reach *r, int result);

/* Close what is open, but for the socket that was returned; free the rest. */
void reach_end(struct reach *r, int result);

/* Does it lead back to the listener? A name is not looked up for this. */
bool reach_leads_to(const struct reach_params *p, const struct listener *l);

#endif
