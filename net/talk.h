#ifndef TALK_H
#define TALK_H

/* after chunk.h and frame.h */

#include <stdbool.h>
#include <stddef.h>

struct hub_rules;
struct listener;
struct peer;

/* What one speaker has said that is not framed yet. */
struct rest {
	struct peer *speaker; /* NULL: nothing */
	char *bytes;
	const char *at;
	size_t n;
};

/* Who is there, what was said last to whom, and what became of it. */
struct talk {
	const struct hub_rules *rules;
	struct peer *user;
	struct peer **peers;
	int n;
	struct listener *listener;
	struct chunk store[2];
	struct chunk *down;   /* what the peers hear */
	struct chunk *up;     /* what the user hears: the same, if shared */
	struct frame frame;
	struct rest rest[2];  /* of the user; of one of the peers */
	size_t room;          /* in a chunk, and in a rest */
	long long began, now; /* clock_ms() */
	long long end;        /* when it is over, done or not; -1: open */
	bool shut;            /* nobody else is let in */
	bool unheard;         /* the reader of standard output has gone */
	int status;           /* for the program to exit with */
};

/* Make the chunks, as the rules want them; false: there is no memory. */
bool talk_open(struct talk *t);
void talk_close(struct talk *t);

/* Is there a listener that still listens? */
bool talk_listening(const struct talk *t);

/* How many peers there are that hear the user. */
int talk_ears(const struct talk *t);

/* Is there nothing in the way of what p, NULL for any peer, would say? */
bool talk_floor_free(const struct talk *t, const struct peer *p);

/* Has p said, or begun to say, something that is not told yet? */
bool talk_begun(const struct talk *t, const struct peer *p);

/* Go on with what was said and could not be told, as far as it can now. */
void talk_resume(struct talk *t);

/* Where to put the next datagram of any peer; t->room bytes. */
char *talk_buffer(const struct talk *t);

/* Tell what p has said with the n bytes that are there. */
void talk_take(struct talk *t, struct peer *p, size_t n);

/*
 * Read what p says, and tell it to all who hear p; the end of it, and a
 * failure, which ends it too, are taken into account. False: it said nothing.
 */
bool talk_hear(struct talk *t, struct peer *p);

/* Read what p says for nobody, lest our end be a reset to it. */
void talk_overhear(struct talk *t, struct peer *p);

/* What p has begun to say goes out as it stands, if the floor is free. */
void talk_finish_words(struct talk *t, struct peer *p);

/* Tell ear e of what it is owed as much as it takes. */
void talk_drain(struct talk *t, struct peer *e);

/* p has failed at doing that: it is told no more, and what it is owed lost. */
void talk_broken(struct talk *t, struct peer *p, const char *doing, int error);

/*
 * Has a datagram of ours been refused? Then p goes on with its next address,
 * or has failed. False: not as far as the system knows.
 */
bool talk_refused(struct talk *t, struct peer *p);

/* Hear what has arrived of a datagram peer that has failed, then no more. */
void talk_exhaust(struct talk *t, struct peer *p);

/* p is told no more than it is owed; what it says is heard for a moment. */
void talk_farewell(struct talk *t, struct peer *p);

/* Nobody is to say any more; what does not go out soon never does. */
void talk_finish(struct talk *t, int status);

/* Time is up: what anybody is owed, or had begun to say, is lost. */
void talk_cut(struct talk *t);

#endif
