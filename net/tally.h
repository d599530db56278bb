#ifndef TALLY_H
#define TALLY_H

#include "table.h"

#include <stdbool.h>

/*
 * How many clients each host has, for -M. A host is an IPv4 address, or the
 * first 64 bits of an IPv6 address; Unix clients have none.
 */
struct tally {
	int limit; /* clients of one host; -1: no limit, nothing is counted */
	struct table hosts;
};

/*
 * A client comes. Returns false if its host has as many as the limit; else it
 * is counted, if there is memory for that. t may be NULL: no limit.
 */
bool tally_enter(struct tally *t, const struct addr *client);

/* A client that was counted leaves. t may be NULL. */
void tally_leave(struct tally *t, const struct addr *client);

void tally_free(struct tally *t);

#endif
