/* Lines: cuts a stream of bytes after each LF. */
#include "line.h"
#include "buf.h"

#include <stdbool.h>
#include <string.h>

int
line_next(struct buf *partial, const char **data, size_t *n,
    const char **line, size_t *len)
{
	size_t room = BUF_FRAGMENT - partial->n;
	size_t max = *n <= room ? *n : room + 1;
	const char *start = *data;
	const char *lf = max == 0 ? NULL : memchr(start, '\n', max);
	bool full = lf == NULL && max > room;
	size_t taken = max;

	if (lf != NULL)
		taken = (size_t)(lf + 1 - start);
	else if (full)
		taken = room;
	*data += taken;
	*n -= taken;
	if (lf != NULL || full) {
		*line = start;
		*len = taken;
		if (partial->n == 0)
			return 1;
		if (!buf_add(partial, start, taken))
			return -1;
		*line = partial->data;
		*len = partial->n;
		partial->n = 0; /* the bytes stay until the next call */
		return 1;
	}
	if (taken == 0 && partial->n == 0)
		buf_free(partial);
	else if (!buf_add(partial, start, taken))
		return -1;
	return 0;
}
