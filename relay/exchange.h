#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

struct pair;
struct pool;

/*
 * A pair of datagrams: fd[0] is the listener's, which all senders share, and
 * fd[1] is connected, or -1 as long as it is not there. Datagrams that cannot
 * be sent yet wait, whole: up to 64 KiB in each direction, and then they are
 * lost. Nothing ends a pair but time. What was refused is p->refused, an errno,
 * until the caller clears it: later datagrams are tried again.
 */

/* Pass on a datagram of n bytes, which the client has sent, in pool->buf. */
void exchange_take(struct pair *p, struct pool *pool, size_t n);

/*
 * Send what waits, if it is time, and receive what has come to fd[1], if
 * there is something. Never waits.
 */
void exchange_step(struct pair *p, struct pool *pool, bool readable);

/* The events wanted of fd[1]; -1: do not poll it. */
int exchange_events(const struct pair *p, const struct pool *pool);

/*
 * clock_ms() when to step: poll(2) cannot tell when a datagram can be sent to
 * a Unix socket that is not connected, nor on the BSDs; or NEVER.
 */
long long exchange_due(const struct pair *p, const struct pool *pool);

#endif
