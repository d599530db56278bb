#ifndef MESSAGE_H
#define MESSAGE_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The message protocol: '.' ends a message, '^' ends the conversation, '\'
 * makes the next byte literal. White space before a message is skipped. The
 * bytes of a message are as on the wire.
 */
struct message {
	struct buf buf;  /* the incomplete message */
	size_t blank;    /* bytes of white space at its end */
	size_t returned; /* bytes of it that the last call returned */
	bool begun;      /* a message is incomplete, here or returned */
	bool escaped;    /* the last byte was a '\' that is not literal */
};

enum message_event {
	MESSAGE_FAILED = -1, /* there is no memory */
	MESSAGE_NONE,        /* all bytes are used up */
	MESSAGE_COMPLETE,    /* a message, or the rest of one, with its dot */
	MESSAGE_PIECE,       /* the next piece of a message over BUF_FRAGMENT */
	MESSAGE_END,         /* '^', and the incomplete message before it */
};

/*
 * Parse the *n bytes at *data up to the next event, and advance both. The text
 * of the event is in *text and *len, valid until the next call. An incomplete
 * message is kept, and continued by the next call: how the bytes are split
 * into calls makes no difference.
 */
enum message_event message_next(struct message *m, const char **data,
    size_t *n, const char **text, size_t *len);

/* At EOF: the incomplete message. Returns its length, which may be 0. */
size_t message_rest(struct message *m, const char **text);

/* Free the memory; nothing is kept any more. */
void message_free(struct message *m);

/*
 * Write the message to out as the receiver prints it: escapes are removed, and
 * a run of white space that contains an LF becomes one space. If visible,
 * control characters are written by visible_next(). Returns the length: at most
 * n, or 4n if visible.
 */
size_t message_plain(char *out, const char *text, size_t n, bool visible);

/* The length of the text without the white space at its end. */
size_t message_trim(const char *text, size_t n);

/* Does the text end with a '\' that makes the byte after it literal? */
bool message_open(const char *text, size_t n);

/* Write n bytes with all of them literal. Returns the length, at most 2n. */
size_t message_escape(char *out, const char *text, size_t n);

#endif
