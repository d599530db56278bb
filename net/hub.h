#ifndef HUB_H
#define HUB_H

#include <stdbool.h>
#include <stddef.h>

struct listener;
struct peer;

enum { HUB_DONE = 0, HUB_NETWORK = 1, HUB_LOCAL = 3, HUB_LATE = 4 };

/* How they talk with each other. Times are in milliseconds, -1 for ever. */
struct hub_rules {
	bool keep;              /* serve all who come, not the first only */
	bool share;             /* with keep: all hear what each one says */
	bool lines;             /* whole lines; with keep, labelled ones */
	bool chat;              /* whole messages, with lines labelled */
	bool terminal;          /* stdout is one: show control bytes of these */
	long long wanted;       /* quit after so many messages, or reads */
	bool datagram;          /* there are no ends, and units are whole */
	bool hold;              /* no half-close at the end of stdin */
	int most;               /* with keep: so many at once, 0: all */
	size_t piece;           /* read at most this many bytes at once */
	long long idle;         /* close a connection that carries nothing */
	long long after_input;  /* quit when silent since the end of stdin */
	long long after_peer;   /* quit when stdin is silent since its end */
};

/*
 * Relay between the user and the listener's clients, or the one peer, until
 * nobody has anything more to tell anyone, or stop becomes readable. One of
 * listener and peer is NULL; the hub closes and frees the peers and closes the
 * listener. Returns what the program's exit status should be, having said what
 * failed.
 */
int hub_run(const struct hub_rules *rules, struct peer *user,
    struct listener *listener, struct peer *peer, int stop);

#endif
