#ifndef LINE_H
#define LINE_H

#include <stddef.h>

struct part;

/*
 * Take the next whole line, its line feed included, out of the *n bytes at
 * *bytes, which then are those behind it. Of a line with more than PART_MOST
 * bytes before its end, the next PART_MOST are taken for one. What has no end
 * yet is kept in p, and comes first next time. Returns 1, and the line in
 * *line and *len, good until the next call; 0 if all bytes are used up; -1 if
 * there is no memory.
 */
int line_next(struct part *p, const char **bytes, size_t *n,
    const char **line, size_t *len);

#endif
