#ifndef CHUNK_H
#define CHUNK_H

#include <stddef.h>

/* What was said last, until every ear has been told all of it. */
struct chunk {
	char *words;
	size_t n;         /* bytes of it */
	int ears;         /* how many are still owed some of it */
	long long filled; /* when it was said, by clock_ms() */
};

/* Say this too; there has to be room. */
void chunk_add(struct chunk *c, const char *words, size_t n);

#endif
