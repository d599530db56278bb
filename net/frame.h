#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>

struct chunk;
struct peer;

/* How words are cut into whole lines or messages, and dressed. */
struct frame {
	bool chat;      /* messages, else lines */
	bool labelled;  /* behind its address, what a client says */
	bool each;      /* also a piece is a line of its own */
	bool mixed;     /* a chunk to the peers has many speakers, not only one */
	bool single;    /* datagrams: stop behind each line or message */
	bool terminal;  /* show control bytes of messages, do not send them */
	long long left; /* so many messages are still wanted, -1: all */
};

enum {
	FRAME_BYTES = 8192,      /* so much at a time ... */
	FRAME_CHUNK = 1 << 20,   /* ... fits into such a chunk, come what may */
};

/* What became of the bytes. */
enum framed {
	FRAMED_SO_FAR, /* they are used up, or those that are left come next */
	FRAMED_ENOUGH, /* the last message that is wanted was among them */
	FRAMED_END,    /* the speaker has ended the conversation */
	FRAMED_LONG,   /* no datagram can be as long as the message */
	FRAMED_FAILED, /* there is no memory */
};

/*
 * Put what the *n bytes at *bytes, FRAME_BYTES at most, of this speaker make
 * whole into the chunks for those who hear it: as the user reads it into user,
 * as it goes over the wire into wire. Each may be NULL; they may be the same
 * chunk. What was not used is then what *bytes and *n say.
 */
enum framed frame_words(struct frame *f, struct peer *speaker,
    const char **bytes, size_t *n, struct chunk *user, struct chunk *wire);

/*
 * The same with what the speaker has begun to say and will not finish. With
 * datagrams it counts as a message.
 */
void frame_rest(struct frame *f, struct peer *speaker,
    struct chunk *user, struct chunk *wire);

/* Has it begun to say something? */
bool frame_begun(const struct frame *f, const struct peer *speaker);

#endif
