#ifndef REDIAL_H
#define REDIAL_H

#include <stdbool.h>
#include <stddef.h>

struct addr;
struct dialing;
struct redial;

/*
 * For datagrams whose peer has more addresses behind the one reached: remembers
 * what is sent, 64 KiB at most, until something comes back. *d has to stay.
 * NULL: there is no other address, or no memory. Free it with redial_free().
 */
struct redial *redial_new(const struct dialing *d, const struct addr *reached);

/* This datagram was sent. */
void redial_keep(struct redial *r, const char *words, size_t n);

/*
 * Nobody is there: make fd a socket that sends to the next address, which
 * becomes *at, and send all again. False: there is none that takes it, or it
 * was too much.
 */
bool redial_next(struct redial *r, int fd, struct addr *at);

void redial_free(struct redial *r);

#endif
