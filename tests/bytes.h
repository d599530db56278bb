#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>

/*
 * A stream in which each byte says who sent it, by its six high bits, and where
 * it belongs: the two low bits of 16 in a row tell the position.
 */
enum {
	SENDERS = 64,
	PRINTABLE = '0' / 4, /* senders from here on send digits, and so on */
};

/* A position in the stream of one sender: of what is made, or was checked. */
struct bytes {
	unsigned next; /* a shift register */
	int known;     /* how many bytes of those that tell the position */
	size_t n;      /* bytes up to here */
};

/* The beginning of a stream. A reader that joins later begins with { 0 }. */
extern const struct bytes bytes_begin;

/* Make the next n bytes of a sender. */
void bytes_make(struct bytes *, int sender, void *to, size_t n);

/* Who sent this byte? */
int bytes_sender(unsigned char);

/*
 * Is this the next byte of its sender? What was received with it goes up to end.
 * Returns NULL, or what is wrong, and then follows the stream from there; the
 * text is valid until the next call.
 */
const char *bytes_check(struct bytes *, const unsigned char *at,
    const unsigned char *end);

#endif
