#ifndef PART_H
#define PART_H

#include <stdbool.h>
#include <stddef.h>

enum { PART_MOST = 65536 }; /* bytes that one who does not finish may keep */

/* What somebody has begun to say. All zero is nothing. */
struct part {
	char *bytes;
	size_t n, room;
};

/* Add n bytes, PART_MOST in all and an end; false: no memory (malloc(3)). */
bool part_add(struct part *p, const char *bytes, size_t n);

/* Give its memory back: it is nothing again. */
void part_free(struct part *p);

#endif
