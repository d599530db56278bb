#ifndef FRAME_H
#define FRAME_H

#include "encode.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct peer;
struct policy;

/* How data is cut into lines or messages, and how these are written. */
struct frame {
	bool cut_stdin; /* what stdin sends is cut; else it passes as it is */
	bool cut_peers; /* what peers send is cut */
	bool messages;  /* into messages, else into lines */
	bool labelled;  /* prefix each with its client's label */
	bool stamped;   /* and, on standard output, with the time of day */
	bool each;      /* end pieces and incomplete units with an LF too */
	bool mixed;     /* peers receive units of many senders */
	bool single;    /* datagrams: stop after each unit */
	bool paced;     /* stop after each unit of stdin */
	bool terminal;  /* show control bytes as \xNN */
	struct encoding encoding; /* of what is sent to peers */
	long long left; /* units to receive until the end; -1: no limit */
};

enum {
	FRAME_INPUT = 8192,     /* bytes framed at once ... */
	FRAME_OUTPUT = 1 << 20, /* ... always fit into a buffer of this size */
	FRAME_BYTES = FRAME_OUTPUT / 2, /* bytes that are not cut, likewise */
};

enum frame_result {
	FRAME_MORE,     /* the input is used up, or the next unit follows */
	FRAME_ENOUGH,   /* the last unit to receive was found */
	FRAME_END,      /* '^': the sender ends the conversation */
	FRAME_TOO_LONG, /* the unit does not fit into a datagram */
	FRAME_FAILED,   /* there is no memory */
};

/* How data is cut and written with these settings. */
struct frame frame_for(const struct policy *p);

/*
 * Frame some of the *n bytes at *data that this peer sent, and advance both.
 * Complete lines or messages are appended to to_stdout, as standard output
 * shows them, and to to_peers, as peers receive them. Each may be NULL; both
 * may be the same buffer, if nothing is encoded.
 */
enum frame_result frame_input(struct frame *f, struct peer *from,
    const char **data, size_t *n, struct buf *to_stdout, struct buf *to_peers);

/*
 * At EOF: append the peer's incomplete line or message. For datagrams it
 * counts as a message.
 */
void frame_rest(struct frame *f, struct peer *from, struct buf *to_stdout,
    struct buf *to_peers);

/* Is a line or message of this peer incomplete? */
bool frame_partial(const struct frame *f, const struct peer *from);

#endif
