/* The clients of each host: a flood of one costs a look into a table. */
#include "tally.h"
#include "../base/clock.h"
#include "addr.h"

#include <stdlib.h>

enum { BUCKETS = 4096 };

struct tally_host {
	struct tally_host *next;
	struct addr addr;
	int clients;
};

/* Where the pointer to the host is, or to the end of the list it belongs to. */
static struct tally_host **
find(const struct tally *t, const struct addr *host)
{
	struct tally_host **h = &t->bucket[addr_hash(host, t->seed) % BUCKETS];

	while (*h != NULL && !addr_same(&(*h)->addr, host))
		h = &(*h)->next;
	return h;
}

/* Nobody can choose addresses that meet in one list: the seed is unknown. */
static bool
open_table(struct tally *t)
{
	if (t->bucket != NULL)
		return true;
	t->seed = (uint64_t)clock_us();
	t->bucket = calloc(BUCKETS, sizeof(struct tally_host *));
	return t->bucket != NULL;
}

static bool
counts(const struct tally *t, const struct addr *client)
{
	return t != NULL && t->limit != -1 && !addr_is_unix(client);
}

bool
tally_enter(struct tally *t, const struct addr *client)
{
	struct addr host = *client;
	struct tally_host **h;

	if (!counts(t, client) || !open_table(t))
		return true;
	addr_keep_host(&host);
	h = find(t, &host);
	if (*h == NULL) {
		*h = calloc(1, sizeof **h);
		if (*h == NULL)
			return true;
		(*h)->addr = host;
	}
	if ((*h)->clients >= t->limit)
		return false;
	(*h)->clients++;
	return true;
}

void
tally_leave(struct tally *t, const struct addr *client)
{
	struct addr host = *client;
	struct tally_host **h, *gone;

	if (!counts(t, client) || t->bucket == NULL)
		return;
	addr_keep_host(&host);
	h = find(t, &host);
	gone = *h;
	if (gone == NULL || --gone->clients > 0)
		return;
	*h = gone->next;
	free(gone);
}

void
tally_free(struct tally *t)
{
	for (int i = 0; t->bucket != NULL && i < BUCKETS; i++)
		while (t->bucket[i] != NULL) {
			struct tally_host *next = t->bucket[i]->next;

			free(t->bucket[i]);
			t->bucket[i] = next;
		}
	free(t->bucket);
}
