/* A hash table with linear probing, never more than half full. */
#include "addr.h"
#include "part.h"
#include "senders.h"
#include "text.h"
#include "peer.h"

#include <stdint.h>
#include <stdlib.h>

static size_t
place(const struct senders *s, const struct addr *a)
{
	return addr_hash(a) & (s->room - 1);
}

static size_t
next(const struct senders *s, size_t i)
{
	return (i + 1) & (s->room - 1);
}

struct peer *
senders_find(const struct senders *s, const struct addr *a)
{
	if (s->room == 0)
		return NULL;
	for (size_t i = place(s, a); s->slot[i] != NULL; i = next(s, i))
		if (addr_same(&s->slot[i]->addr, a))
			return s->slot[i];
	return NULL;
}

static void
insert(struct senders *s, struct peer *p)
{
	size_t i = place(s, &p->addr);

	while (s->slot[i] != NULL)
		i = next(s, i);
	s->slot[i] = p;
	s->n++;
}

static bool
grow(struct senders *s)
{
	struct senders more = { .room = s->room == 0 ? 16 : 2 * s->room };

	more.slot = calloc(more.room, sizeof(struct peer *));
	if (more.slot == NULL)
		return false;
	for (size_t i = 0; i < s->room; i++)
		if (s->slot[i] != NULL)
			insert(&more, s->slot[i]);
	free(s->slot);
	*s = more;
	return true;
}

bool
senders_add(struct senders *s, struct peer *p)
{
	if (2 * (s->n + 1) > s->room && !grow(s))
		return false;
	insert(s, p);
	return true;
}

/* The others of its run are placed anew: they may have stepped over it. */
void
senders_remove(struct senders *s, const struct peer *p)
{
	size_t i;

	if (s->room == 0)
		return;
	i = place(s, &p->addr);
	while (s->slot[i] != p) {
		if (s->slot[i] == NULL)
			return;
		i = next(s, i);
	}
	s->slot[i] = NULL;
	s->n--;
	for (i = next(s, i); s->slot[i] != NULL; i = next(s, i)) {
		struct peer *other = s->slot[i];

		s->slot[i] = NULL;
		s->n--;
		insert(s, other);
	}
}

void
senders_free(struct senders *s)
{
	free(s->slot);
	*s = (struct senders){ 0 };
}
