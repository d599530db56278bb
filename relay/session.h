#ifndef SESSION_H
#define SESSION_H

#include "../base/status.h"

struct listener;
struct peer;
struct policy;

/*
 * Where the next connection comes from after the last one is lost, if the
 * policy says so. connect() waits for it, and returns NULL and an exit status
 * if there is none.
 */
struct connector {
	struct peer *(*connect)(void *arg, enum status *status);
	void *arg;
};

/*
 * What is relayed: data between stdio and the clients of a listener, or one
 * peer. Either listener or peer is NULL.
 */
struct session {
	const struct policy *policy;
	struct peer *stdio;
	struct listener *listener;
	struct peer *peer;
	const struct connector *connector; /* NULL: none */
	enum status status;                /* the result, to exit with */
};

/*
 * Relay each of n sessions until nothing is left to do for it, or a signal says
 * stop; if one asks for a report, report the totals. stop_fd is signals_fd().
 * Closes and frees the peers, closes the listeners, reports what failed, and
 * sets each status. A connector is for a session alone: it holds up others.
 */
void session_run(struct session *s, int n, int stop_fd);

#endif
