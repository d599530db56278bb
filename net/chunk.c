/* One buffer for all who hear the same. */
#include "chunk.h"

#include <string.h>

void
chunk_add(struct chunk *c, const char *words, size_t n)
{
	if (n > 0)
		memcpy(c->words + c->n, words, n);
	c->n += n;
}
