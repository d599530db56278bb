/* Bytes as they come, cut into whole lines. */
#include "line.h"
#include "part.h"

#include <stdbool.h>
#include <string.h>

int
line_next(struct part *p, const char **bytes, size_t *n, const char **line,
    size_t *len)
{
	size_t room = PART_MOST - p->n;
	size_t most = *n <= room ? *n : room + 1;
	const char *start = *bytes;
	const char *end = most == 0 ? NULL : memchr(start, '\n', most);
	bool full = end == NULL && most > room;
	size_t taken = end != NULL ? (size_t)(end + 1 - start)
				   : full ? room : most;

	*bytes += taken;
	*n -= taken;
	if (end != NULL || full) {
		*line = start;
		*len = taken;
		if (p->n == 0)
			return 1;
		if (!part_add(p, start, taken))
			return -1;
		*line = p->bytes;
		*len = p->n;
		p->n = 0; /* the bytes stay until the next call */
		return 1;
	}
	if (taken == 0 && p->n == 0)
		part_free(p);
	else if (!part_add(p, start, taken))
		return -1;
	return 0;
}
