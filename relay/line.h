#ifndef LINE_H
#define LINE_H

#include <stddef.h>

struct buf;

/*
 * Take the next line, its LF included, from the *n bytes at *data, and advance
 * both. A line of more than BUF_FRAGMENT bytes comes in pieces of that size.
 * An incomplete line is kept in *partial, and continued by the next call.
 * Returns 1, and the line in *line and *len, valid until the next call; 0 if
 * all bytes are used up; -1 if there is no memory.
 */
int line_next(struct buf *partial, const char **data, size_t *n,
    const char **line, size_t *len);

#endif
