#ifndef SOURCES_H
#define SOURCES_H

#include <stdbool.h>
#include <stddef.h>

struct pollset;
struct relay;

/* The peers that send, and what they may send in a turn. */
struct sources {
	int n, nsinks;  /* peers that may send, and may be sent to */
	size_t share;   /* bytes that a peer may send in this turn */
	size_t left;    /* bytes that all may still send in it */
};

/* Count the peers, which may have changed. */
void sources_count(struct sources *s, const struct relay *r);

/*
 * Read all sources in turn, starting with the first one that had to wait for a
 * buffer. If none had to, stdin is last, so that nothing is read for peers
 * that turn out to have closed. all_polled: none was left out of the poll set.
 * The place of stdin is INPUT_PLACE.
 */
enum { INPUT_PLACE = 1 };
void sources_read(struct sources *s, struct relay *r,
    const struct pollset *set, bool all_polled);

#endif
