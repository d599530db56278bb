#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdbool.h>

struct addr;

/*
 * The addresses of host: a literal, localhost, or a name, which getaddrinfo(3)
 * looks up. No signal interrupts that: lookup() lets one kill the program. A
 * literal has a zone if it needs one (RFC 4007), as IPv4 groups may; NULL is
 * the wildcard address of each family. "localhost" is ::1 and 127.0.0.1 (RFC
 * 6761). family is AF_UNSPEC, AF_INET or AF_INET6; numeric forbids names. *list
 * gets the addresses, each with this port, in the resolver's order; free(3) it.
 * Returns their number; -1 and errno after reporting the failure.
 */
int resolve(struct addr **list, const char *host, int port, int family,
    bool numeric);

/* Is it a name, for which resolve() may have to ask the network? */
bool resolve_is_name(const char *host);

/*
 * Parse an IPv4 or IPv6 literal, with its zone if it has one (RFC 4007, 11),
 * into *a, whose port is 0. Returns false if it is none, or has a wrong zone.
 */
bool resolve_literal(struct addr *a, const char *host);

#endif
