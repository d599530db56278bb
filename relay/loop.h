#ifndef LOOP_H
#define LOOP_H

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
 * Relay data between stdio and the clients of a listener, or one peer, until
 * nothing is left to do or a signal says stop; if one asks for a report, report
 * the totals. stop_fd is signals_fd(). Either listener or peer is NULL. Closes
 * and frees the peer, closes the listener. Returns the exit status for the
 * program, after reporting what failed.
 */
enum status loop_run(const struct policy *policy, struct peer *stdio,
    struct listener *listener, struct peer *peer,
    const struct connector *connector, int stop_fd);

#endif
