#ifndef CONNECT_H
#define CONNECT_H

#include "../base/status.h"
#include "addr.h"
#include "dial.h"

#include <stdbool.h>

struct handshake;
struct proxy;

/*
 * One attempt to connect: the race of the addresses, and then the handshake
 * with a proxy. It never waits, so that many can be in progress: each adds its
 * descriptors to the caller's poll set.
 */
struct connect {
	const struct dial_params *dial; /* of the proxy, if there is one */
	const struct proxy *proxy;      /* or NULL */
	struct race race;
	struct handshake *handshake;
	struct pollfd *pfds; /* for poll(2); n at most, and one spare entry */
	int n;
	int fd;              /* where the race has led to; -1: it goes on */
	struct addr reached; /* the address of fd */
	int error;           /* errno of the failure, once it has failed */
};

/*
 * Begin. Returns false if there is no memory. Call connect_end() in any case.
 */
bool connect_start(struct connect *c, const struct dial_params *d,
    const struct proxy *proxy);

/*
 * Begin anew. A caller that makes many attempts may provide all members but n,
 * fd and error itself, instead of connect_start() and connect_end(): then pfds
 * and the race's attempts hold as many entries as there are addresses.
 */
void connect_reset(struct connect *c);

/*
 * Start what is due, and act on the events that poll(2) has found in c->pfds;
 * polled is false if it was not called yet. An answer that is there at the
 * deadline counts, even with -w 0. Returns the connected socket, whose address
 * is c->reached; DIAL_PENDING, DIAL_FAILED or DIAL_TIMEOUT.
 */
int connect_step(struct connect *c, bool polled);

/* clock_ms() when to step even if poll(2) finds nothing until then; NEVER. */
long long connect_due(const struct connect *c);

/* poll(2) has failed with this error, and so has the attempt: DIAL_FAILED. */
int connect_fail(struct connect *c, int error);

/* Report why connect_step() has returned this, DIAL_FAILED or DIAL_TIMEOUT. */
void connect_report(const struct connect *c, int result);

/* What this result of connect_step() means to the program. */
struct outcome connect_outcome(const struct connect *c, int result);

/* Close what is open, but for the socket that was returned; free the rest. */
void connect_end(struct connect *c, int result);

/*
 * Connect, and wait until that has succeeded or failed, which is reported; a
 * signal to stop ends this without a report. The socket goes to *fd, and the
 * address that it is connected to, which is that of the proxy, to *reached.
 */
struct outcome connect_wait(const struct dial_params *d,
    const struct proxy *proxy, int *fd, struct addr *reached);

#endif
