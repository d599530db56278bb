#ifndef RELAY_H
#define RELAY_H

#include "../base/status.h"
#include "buf.h"
#include "frame.h"
#include "meter.h"
#include "rate.h"
#include "waits.h"

#include <stdbool.h>
#include <stddef.h>

struct listener;
struct peer;
struct policy;
struct pollfd;

/* A shared read buffer: what was read last, until all its readers have it. */
struct shared {
	struct buf buf;
	int readers;     /* peers to which some of it is pending */
	long long since; /* when it was filled */
};

/* Input of one peer that is not framed yet. */
struct unframed {
	struct peer *from; /* NULL: none */
	struct buf buf;
	const char *at;
	size_t n;
};

/* Who is connected, what was read last, and for whom it is pending. */
struct relay {
	const struct policy *policy;
	struct listener *listener; /* NULL: none */
	struct peer *stdio;
	struct peer **peers;
	struct pollfd *pfds;       /* room for cap peers and nfixed others */
	int *polled;               /* which peer is at a place of pfds */
	int n, cap, nfixed;
	int rr_start;              /* the peer to read first, or n: stdin */
	struct shared store[2];
	struct shared *to_peers;
	struct shared *to_stdout;  /* with -j the same, unless they differ */
	struct frame frame;
	struct meter meter;
	struct waits waits;
	struct unframed unframed[2]; /* of stdin; of one of the peers */
	struct rate *rate;         /* two, for reads of stdin; of peers */
	long long last_unit;       /* when stdin's last was sent, or NEVER */
	size_t buf_size;           /* of each buffer */
	long long start, now;      /* clock_ms() */
	long long wake;            /* when to update at the latest, or NEVER */
	bool changed;              /* update before the next wait */
	bool quiet;                /* the last look found nothing to do */
	long long deadline;        /* when all ends, done or not; or NEVER */
	bool accept_closed;        /* no further client is accepted */
	bool timed_out;            /* -w, -q or a default wait ended it */
	bool split_told;           /* that a line was split, at -v */
	const char *again_out;     /* output that a lost connection leaves to */
	size_t again_len;          /* the next one: in to_peers; its bytes */
	long long last_left;       /* when the last client left, or start */
	bool stdout_gone;          /* its reader has closed it, or it failed */
	enum status status;        /* for the program to exit with */
	unsigned long long received, sent; /* bytes of removed peers */
};

/* Allocate the buffers that the policy needs; false: no memory. */
bool relay_open(struct relay *r);
void relay_free(struct relay *r);

/* Make room for one more peer, also in the poll set; false: no memory. */
bool relay_reserve(struct relay *r);

/*
 * Set r->changed whenever the poll set or a time may change. Data that is
 * written at once needs no update, which keeps idle clients cheap.
 */

/* Update once more, without waiting: a peer that was visited is affected. */
void relay_look_again(struct relay *r);

/* Add a peer; relay_reserve() has made room. */
void relay_add_peer(struct relay *r, struct peer *p);

/* Report the end of a peer, and free it. The caller removes it from peers. */
void relay_free_peer(struct relay *r, struct peer *p);

/* What was relayed so far, by peers connected now or before. */
struct meter_totals relay_totals(const struct relay *r);

/* Is a connection to be made again once the last one has gone? */
bool relay_will_connect(const struct relay *r);

/* Are there as many clients as are allowed? */
bool relay_full(const struct relay *r);

/*
 * A client that has sent EOF stays only until its place is needed. Close the
 * first such client that has nothing pending; false: there is none.
 */
bool relay_can_make_place(const struct relay *r);
bool relay_make_place(struct relay *r);

/* How many peers can take what stdin sends? */
int relay_nsinks(const struct relay *r);

/* Frame input that had to wait for free buffers, as far as they are free. */
void relay_resume(struct relay *r);

/* The buffer, of buf_size bytes, for the next datagram of any peer. */
char *relay_dgram_buffer(struct relay *r);

/* n bytes of p were read into its buffer: frame them and fan them out. */
void relay_input(struct relay *r, struct peer *p, size_t n);

/*
 * Read up to most bytes from p, once, and fan out; act on EOF and on failure. Returns whether
 * there may be more to read: after a datagram, and after a lot of a stream.
 */
bool relay_read(struct relay *r, struct peer *p, size_t most);

/* Read and discard, so that closing the socket does not send a reset. */
void relay_discard(struct relay *r, struct peer *p);

/* At EOF: fan out the incomplete line or message of p, if buffers are free. */
void relay_flush_partial(struct relay *r, struct peer *p);

/* Write pending output to p, as much as it takes. */
void relay_drain(struct relay *r, struct peer *p);

/* An operation on p has failed: its pending output is lost, and it ends. */
void relay_peer_failed(struct relay *r, struct peer *p, const char *op,
    int error);

/*
 * Is p a client of -k that has sent EOF? Then it may have closed the other
 * direction too, which TCP shows only when more is sent to it.
 */
bool relay_may_have_left(const struct relay *r, const struct peer *p);

/*
 * Has p sent EOF and may still be sent to? Its reset is to be seen also when
 * nothing is sent to it.
 */
bool relay_may_be_reset(const struct relay *r, const struct peer *p);

/* Has stdin ended, and is nothing left to be written to stdout? */
bool relay_output_done(const struct relay *r);

/* p has not taken its output in time: it is lost, and p is reset. */
void relay_peer_stalled(struct relay *r, struct peer *p);

/* We did not run for so many milliseconds: they are not held against peers. */
void relay_excuse(struct relay *r, long long ms);

/*
 * Has what was sent to p last been refused or reset? Then p gets its next
 * address, or has failed. Returns false if the socket has no pending error.
 */
bool relay_late_error(struct relay *r, struct peer *p);

/* Receive what is queued for a datagram peer that has failed, then close it. */
void relay_drain_errors(struct relay *r, struct peer *p);

/* Reset the connection of p now; what is pending is lost. */
void relay_reset(struct relay *r, struct peer *p);

/* Close p once its pending output is sent. */
void relay_start_close(struct relay *r, struct peer *p);

/* Read no more, send what is pending, then end with this status. */
void relay_stop(struct relay *r, enum status status);

/* End now: what is pending is lost. */
void relay_abort(struct relay *r);

#endif
