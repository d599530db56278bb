#ifndef RELAY_H
#define RELAY_H

#include "end.h"
#include "flow.h"
#include "frame.h"
#include "meter.h"
#include "roster.h"
#include "waits.h"

#include <stdbool.h>
#include <stddef.h>

struct listener;
struct peer;
struct policy;
struct pollset;

/* The peers, and the data on its way between them. */
struct relay {
	const struct policy *policy;
	struct listener *listener;   /* NULL: none */
	struct peer *stdio;
	struct roster peers;
	struct flow from_stdin, from_peers;
	struct shared *to_peers;
	struct shared *to_stdout;    /* with -j the same, unless they differ */
	struct frame frame;
	struct meter meter;
	struct waits waits;
	struct end end;
	long long now;               /* clock_ms() */
	long long wake;              /* the latest time to update, or NEVER */
	bool changed;                /* update before the next wait */
	bool quiet;                  /* the last look found nothing to do */
};

/*
 * Start with this policy, stdio and listener, which are set, at r->now; places
 * has room for the peers that come. Returns false if there is no memory.
 */
bool relay_open(struct relay *r, struct pollset *places);
void relay_free(struct relay *r);

/* n bytes of p were read into the buffer of its flow: pass them on. */
void relay_input(struct relay *r, struct peer *p, size_t n);

/*
 * Read up to most bytes from p, once, and pass them on; act on EOF and on
 * failure. Returns whether there may be more to read: after a datagram, and
 * after a lot of a stream.
 */
bool relay_read(struct relay *r, struct peer *p, size_t most);

/* Read and discard, so that closing the socket does not send a reset. */
void relay_discard(struct relay *r, struct peer *p);

/* Pass on input that had to wait for free buffers, as far as they are free. */
void relay_resume(struct relay *r);

/* At EOF: pass on the incomplete line or message of p, if buffers are free. */
void relay_flush(struct relay *r, struct peer *p);

/* Write pending output to p, as much as it takes; act on failure. */
void relay_drain(struct relay *r, struct peer *p);

/* Receive what is queued for a datagram peer that has failed, then close it. */
void relay_drain_errors(struct relay *r, struct peer *p);

#ifdef CHECKS
/* Before each wait: abort(3) if anything does not hold that must. */
void relay_check(const struct relay *r);
#endif

#endif
