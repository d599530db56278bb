#ifndef SENDERS_H
#define SENDERS_H

struct forward;

/*
 * Receive the datagrams that are queued at the listener's socket i, up to a
 * limit, and pass on each to the link of its sender. A new sender gets a link,
 * unless there are too many.
 */
void senders_receive(struct forward *f, int i);

#endif
