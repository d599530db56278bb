#ifndef LOOP_H
#define LOOP_H

#include "accept.h"
#include "dgram.h"
#include "pollset.h"
#include "relay.h"
#include "sources.h"
#include "waits.h"

#include <stdbool.h>

struct connector;
struct session;

/* A relay, and what drives it. */
struct loop {
	struct relay relay;
	struct pollset set;
	struct acceptor acceptor;
	struct dgram dgram;
	int nlisteners;       /* listening sockets at the start */
	int stop_fd;
	const struct connector *connector; /* of a lost connection, or NULL */
	long long looked;     /* when an idle stdout was last looked at */
	struct sources sources;
	enum cause cause;     /* of the wait */
	bool over;
};

/* Start what the session asks for. If that fails, it is over and reported. */
void loop_start(struct loop *l, const struct session *s, int stop_fd);

/* Update, and build the poll set. Returns false if nothing is left to do. */
bool loop_prepare(struct loop *l);

/* The wait is over: it took us microseconds, and found something or not. */
void loop_waited(struct loop *l, long long now, long long us, bool found);

/* Act on the events that it has found. */
void loop_dispatch(struct loop *l);

/* Close everything, report, and free what it has; its relay has the status. */
void loop_end(struct loop *l);

#endif
