#ifndef CONNECTOR_H
#define CONNECTOR_H

#include "../base/status.h"

struct client;
struct peer;

/*
 * The peer of the connection that the client has made. Closes it and returns
 * NULL after a report: there is no memory, or it is gone.
 */
struct peer *connector_peer(struct client *c);

/*
 * Of struct connector: the connection of *client, a struct client, is lost, so
 * make another one. Returns NULL and an exit status if that cannot be done.
 */
struct peer *connector_again(void *client, enum status *status);

#endif
