#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr;

/* What belongs to an address, which stays where it is. */
struct slot {
	const struct addr *at; /* NULL: the slot is free */
	void *value;
};

/* A hash table by address, with linear probing. All zero is an empty one. */
struct table {
	struct slot *slot;
	size_t n, cap;
	uint64_t seed; /* secret: nobody can choose addresses that collide */
};

/* What belongs to this address; NULL: nothing. */
void *table_find(const struct table *t, const struct addr *a);

/* Add what belongs to an address. False: no memory. */
bool table_add(struct table *t, const struct addr *a, void *value);

/* Remove this value of the address, if it is there. */
void table_remove(struct table *t, const struct addr *a, const void *value);

/* Free the table, not the values. */
void table_free(struct table *t);

#endif
