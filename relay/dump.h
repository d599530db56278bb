#ifndef DUMP_H
#define DUMP_H

#include <stdbool.h>
#include <stddef.h>

struct addr;
struct dump;

enum {
	DUMP_BYTES = 16,  /* bytes shown in a line */
	DUMP_LINE = 96,   /* size of the buffer for a line ... */
	DUMP_PREFIX = 200, /* ... and for its prefix */
};

/*
 * Format up to DUMP_BYTES bytes, n, that were at this offset, into out:
 * "00000000  48 65 6c 6c 6f 0a  |Hello.|" and an LF. Returns the length.
 */
size_t dump_line(char *out, unsigned long long offset, const char *data,
    size_t n);

/*
 * Create the file, or use standard error if path is "-". Times are counted
 * from now. If labelled, each line has its client's label. Returns NULL after
 * reporting an error.
 */
struct dump *dump_open(const char *path, bool labelled);

/*
 * Show n bytes that were sent ('>') to this peer or received ('<') from it.
 * offset counts the bytes before them in this direction.
 */
void dump_bytes(struct dump *d, char direction, const struct addr *peer,
    unsigned long long offset, const char *data, size_t n);

/*
 * Write what is buffered. A file that cannot take more, such as a pipe, is
 * waited for until there is a signal to stop: then the rest is dropped. Returns
 * false if the file could not be written, now or before; this is reported once,
 * and later lines are dropped.
 */
bool dump_flush(struct dump *d);

/* Flush and close the file. Returns false as dump_flush() does. */
bool dump_close(struct dump *d);

#endif
