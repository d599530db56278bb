#ifndef TEXT_H
#define TEXT_H

/* after part.h */

#include <stdbool.h>
#include <stddef.h>

/*
 * The message protocol: '.' ends a message, '^' ends the conversation, '\'
 * makes the next byte ordinary. White space before a message is no part of it.
 * The bytes of a message are here as they are on the wire.
 */
struct text {
	struct part part;  /* of a message that has no end yet */
	size_t blank;      /* bytes of white space at the end of it */
	size_t cut;        /* bytes of it that were already given away */
	bool begun;        /* a message is under way, here or given away */
	bool escaped;      /* the last byte was a '\' that is not one itself */
};

enum text_event {
	TEXT_FAILED = -1, /* there is no memory */
	TEXT_NONE,        /* all bytes are used up */
	TEXT_MESSAGE,     /* a message, or the rest of one, with its dot */
	TEXT_PIECE,       /* the next PART_MOST bytes or less of a longer one */
	TEXT_END,         /* '^', and what had been said before it, if anything */
};

/*
 * What the *n bytes at *bytes say next; then these are the bytes behind it.
 * The text of it is in *text and *len, and good until the next call. What has
 * no end yet is kept, and comes first next time. How the bytes are cut into
 * calls makes no difference.
 */
enum text_event text_next(struct text *t, const char **bytes, size_t *n,
    const char **text, size_t *len);

/* The message without an end, at the end of all bytes: its length, maybe 0. */
size_t text_rest(struct text *t, const char **text);

/* Forget all that was kept. */
void text_free(struct text *t);

/*
 * Write the message as it is read into out: escapes undone, and a space for
 * each run of white space with a line feed in it. If visible, control bytes
 * but the tab become \xNN. Returns its length, at most n, or 4n if visible.
 */
size_t text_plain(char *out, const char *text, size_t n, bool visible);

/* The length of the text without the white space at its end. */
size_t text_trim(const char *text, size_t n);

/* Does the text end with a '\' that makes the byte after it ordinary? */
bool text_open(const char *text, size_t n);

/* Write n bytes so that all are ordinary; returns the length, at most 2n. */
size_t text_escape(char *out, const char *text, size_t n);

#endif
