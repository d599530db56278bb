#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>

struct forward;
struct link;

/*
 * Commands of -e whose data is passed on, so that it can be shown, counted and
 * limited: the link of a client leads to a socket pair, and the command has its
 * other end.
 */

/* Start the command of this link. A failure is reported, and ends the link. */
void commands_start(struct forward *f, struct link *l);

/* Which have ended? What they have written is still passed on. */
void commands_reap(struct forward *f);

/*
 * Close the connection once its command has written all, and the client has
 * ended, or has had a moment for that. Returns whether the link goes on.
 */
bool commands_go_on(struct forward *f, struct link *l);

#endif
