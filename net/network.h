#ifndef NETWORK_H
#define NETWORK_H

#include "addr.h"

#include <stdbool.h>

/* A CIDR network: the addresses that share the first bits of this one. */
struct network {
	struct addr addr;
	int bits;
	bool except; /* "!net": clients of it are not served */
};

/*
 * Parse a network as in RFC 4632 and 4291, such as 192.0.2.0/24, or a single
 * address. Host bits are ignored. Returns 0; -1 if it is neither.
 */
int network_parse(struct network *net, const char *text);

/* The first of the n networks that has the address; NULL: none. */
const struct network *network_find(const struct addr *a,
    const struct network *nets, int n);

#endif
