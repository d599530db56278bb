#ifndef DGRAM_H
#define DGRAM_H

#include "../net/table.h"

#include <stdbool.h>

struct peer;
struct relay;

/*
 * The datagram clients of a -k listener: peers that share its sockets, by
 * address. All zero is none.
 */
struct dgram {
	struct table table;
	bool warned; /* that a client was rejected */
};

/* Receive what is queued at socket i, up to a limit; add new senders. */
void dgram_receive(struct dgram *d, struct relay *r, int i);

/* When may datagrams be received? A clock_ms(), or NEVER. */
long long dgram_receive_at(const struct relay *r);

/* Has any client of this socket pending output? */
bool dgram_pending(const struct relay *r, int fd);

/* The socket is writable: write pending output of its clients. */
void dgram_drain(struct relay *r, int fd);

/* Forget a client. */
void dgram_remove(struct dgram *d, const struct peer *p);

/* Free the table, not the clients. */
void dgram_free(struct dgram *d);

#endif
