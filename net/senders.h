#ifndef SENDERS_H
#define SENDERS_H

#include <stdbool.h>
#include <stddef.h>

struct addr;
struct peer;

/* Peers by the address that their datagrams come from. All zero is empty. */
struct senders {
	struct peer **slot;
	size_t n, room;
};

/* Who sends from there; NULL: nobody known. Takes constant time. */
struct peer *senders_find(const struct senders *s, const struct addr *a);

/* Add a peer that is not there yet; false: there is no memory. */
bool senders_add(struct senders *s, struct peer *p);

/* Take a peer out that is there. */
void senders_remove(struct senders *s, const struct peer *p);

void senders_free(struct senders *s);

#endif
