/* A growable byte buffer. */
#include "buf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIN_CAP = 64, MIN_PAGE = 4096 };

/* Double the capacity, up to a fragment; then take no more than is needed. */
static size_t
capacity_for(const struct buf *b, size_t n)
{
	size_t cap = b->cap == 0 ? MIN_CAP : b->cap;

	while (cap < n)
		cap = cap < BUF_FRAGMENT ? 2 * cap : n;
	return cap;
}

bool
buf_add(struct buf *b, const char *data, size_t n)
{
	size_t cap = capacity_for(b, b->n + n);
	char *grown;

	if (cap > b->cap) {
		grown = realloc(b->data, cap);
		if (grown == NULL)
			return false;
		b->data = grown;
		b->cap = cap;
	}
	buf_put(b, data, n);
	return true;
}

void
buf_put(struct buf *b, const char *data, size_t n)
{
	if (n > 0)
		memcpy(b->data + b->n, data, n);
	b->n += n;
}

bool
buf_pages(struct buf *b, size_t cap)
{
	long page = sysconf(_SC_PAGESIZE);
	void *data = NULL;

	if (posix_memalign(&data, page > 0 ? (size_t)page : MIN_PAGE, cap) != 0)
		return false;
	*b = (struct buf){ .data = data, .cap = cap };
	return true;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
