/* A hash table by address: of senders of datagrams, and of the hosts of -M. */
#include "table.h"
#include "../base/clock.h"
#include "addr.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { MIN_CAP = 16 };

/* A number that nobody can guess. */
static uint64_t
random_seed(void)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	uint64_t seed = (uint64_t)clock_ms() ^ (uint64_t)getpid() << 32;

	if (fd == -1)
		return seed;
	if (read(fd, &seed, sizeof seed) == -1)
		seed = ~seed;
	close(fd);
	return seed;
}

/* The table is never more than half full. */
static size_t
home(const struct table *t, const struct addr *a)
{
	return addr_hash(a, t->seed) & (t->cap - 1);
}

static size_t
next(const struct table *t, size_t i)
{
	return (i + 1) & (t->cap - 1);
}

void *
table_find(const struct table *t, const struct addr *a)
{
	if (t->cap == 0)
		return NULL;
	for (size_t i = home(t, a); t->slot[i].at != NULL; i = next(t, i))
		if (addr_same(t->slot[i].at, a))
			return t->slot[i].value;
	return NULL;
}

static void
insert(struct table *t, const struct slot *s)
{
	size_t i = home(t, s->at);

	while (t->slot[i].at != NULL)
		i = next(t, i);
	t->slot[i] = *s;
	t->n++;
}

static bool
grow(struct table *t)
{
	struct table larger = { .cap = t->cap == 0 ? MIN_CAP : 2 * t->cap,
		.seed = t->cap == 0 ? random_seed() : t->seed };

	larger.slot = calloc(larger.cap, sizeof *larger.slot);
	if (larger.slot == NULL)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slot[i].at != NULL)
			insert(&larger, &t->slot[i]);
	free(t->slot);
	*t = larger;
	return true;
}

bool
table_add(struct table *t, const struct addr *a, void *value)
{
	struct slot s = { a, value };

	if (2 * (t->n + 1) > t->cap && !grow(t))
		return false;
	insert(t, &s);
	return true;
}

/* Close the gap: move back what probing would no longer find (Knuth, 6.4 R). */
static void
close_gap(struct table *t, size_t gap)
{
	size_t mask = t->cap - 1;

	for (size_t i = next(t, gap); t->slot[i].at != NULL; i = next(t, i)) {
		size_t from = home(t, t->slot[i].at);

		if (((i - from) & mask) < ((i - gap) & mask))
			continue;
		t->slot[gap] = t->slot[i];
		gap = i;
	}
	t->slot[gap] = (struct slot){ 0 };
}

void
table_remove(struct table *t, const struct addr *a, const void *value)
{
	size_t i;

	if (t->cap == 0)
		return;
	for (i = home(t, a); t->slot[i].value != value; i = next(t, i))
		if (t->slot[i].at == NULL)
			return;
	close_gap(t, i);
	t->n--;
}

void
table_free(struct table *t)
{
	free(t->slot);
	*t = (struct table){ 0 };
}
