/* The clients of each host: a flood of one costs a look into a table. */
#include "tally.h"
#include "addr.h"

#include <stdlib.h>

struct host {
	struct addr addr;
	int clients;
};

static bool
counts(const struct tally *t, const struct addr *client)
{
	return t != NULL && t->limit != -1 && !addr_is_unix(client);
}

static struct host *
add(struct table *hosts, const struct addr *a)
{
	struct host *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->addr = *a;
	if (table_add(hosts, &h->addr, h))
		return h;
	free(h);
	return NULL;
}

bool
tally_enter(struct tally *t, const struct addr *client)
{
	struct addr a = *client;
	struct host *h;

	if (!counts(t, client))
		return true;
	addr_keep_host(&a);
	h = table_find(&t->hosts, &a);
	if (h == NULL)
		h = add(&t->hosts, &a);
	if (h == NULL)
		return true;
	if (h->clients >= t->limit)
		return false;
	h->clients++;
	return true;
}

void
tally_leave(struct tally *t, const struct addr *client)
{
	struct addr a = *client;
	struct host *h;

	if (!counts(t, client))
		return;
	addr_keep_host(&a);
	h = table_find(&t->hosts, &a);
	if (h == NULL || --h->clients > 0)
		return;
	table_remove(&t->hosts, &h->addr, h);
	free(h);
}

void
tally_free(struct tally *t)
{
	for (size_t i = 0; i < t->hosts.cap; i++)
		if (t->hosts.slot[i].at != NULL)
			free(t->hosts.slot[i].value);
	table_free(&t->hosts);
}
