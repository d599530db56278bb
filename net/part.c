/* What somebody has begun to say waits here, in no more room than it needs. */
#include "part.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST = 64 };

bool
part_add(struct part *p, const char *bytes, size_t n)
{
	size_t room = p->room == 0 ? LEAST : p->room;
	char *more;

	while (room < p->n + n)
		room = room < PART_MOST ? 2 * room : p->n + n;
	if (room > p->room) {
		more = realloc(p->bytes, room);
		if (more == NULL)
			return false;
		p->bytes = more;
		p->room = room;
	}
	if (n > 0)
		memcpy(p->bytes + p->n, bytes, n);
	p->n += n;
	return true;
}

void
part_free(struct part *p)
{
	free(p->bytes);
	*p = (struct part){ 0 };
}
