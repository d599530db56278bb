#ifndef ENCODE_H
#define ENCODE_H

#include <stdbool.h>
#include <stddef.h>

/* What is added to data that is sent. */
struct encoding {
	bool crlf;     /* a CR before each LF that has none */
	bool escaped;  /* ... and no backslash: the message protocol */
	bool telnet;   /* an IAC before each byte 255, which is IAC (RFC 854) */
};

/*
 * Encode n bytes to out, which is elsewhere and has room for twice as many.
 * *last is the byte before them, 0 at the start, and becomes their last one:
 * how the bytes are split into calls makes no difference. Returns the length.
 */
size_t encode(const struct encoding *e, char *last, char *out,
    const char *data, size_t n);

#endif
