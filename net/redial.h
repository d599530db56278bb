#ifndef REDIAL_H
#define REDIAL_H

#include <stdbool.h>
#include <stddef.h>

struct addr;
struct dial_params;
struct redial;

/*
 * The further addresses of a UDP peer. Keeps what is sent, up to 64 KiB, until
 * a reply arrives. *d must outlive it. Returns NULL if there is no further
 * address, or no memory.
 */
struct redial *redial_new(const struct dial_params *d,
    const struct addr *reached);

/* Keep a datagram of n bytes that was sent. */
void redial_keep(struct redial *r, const char *data, size_t n);

/*
 * The address has refused: make fd a socket connected to the next one, which
 * goes to *reached, and send all datagrams again. Returns false if no address
 * is left, or if too much was sent to be kept.
 */
bool redial_next(struct redial *r, int fd, struct addr *reached);

/* Free it; NULL is allowed. */
void redial_free(struct redial *r);

#endif
