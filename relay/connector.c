/* Connector: the peer of a client's connection, and of the next one. */
#include "connector.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/client.h"
#include "../net/redial.h"
#include "../net/sock.h"
#include "peer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

struct peer *
connector_peer(struct client *c)
{
	bool datagram = c->dial.type == SOCK_DGRAM;
	bool many = dial_asks_many(&c->dial, &c->reached);
	struct addr addr = c->reached;
	struct peer *peer = NULL;

	/* datagrams will have the address as the system returns it */
	if (!datagram || many || sock_peer_addr(c->fd, &addr) == 0)
		peer = peer_new(c->fd, c->dial.type, &addr);
	if (peer == NULL || (many && !peer_ask_many(peer))) {
		say_error(errno, "connect to %s", c->dial.host);
		sock_close(c->fd);
		free(peer);
		return NULL;
	}
	if (many)
		return peer;
	if (datagram)
		peer->check_source = c->dial.nfrom > 0 || addr_is_unix(&addr);
	if (datagram && !addr_is_unix(&addr))
		peer->redial = redial_new(&c->dial, &c->reached);
	return peer;
}

struct peer *
connector_again(void *client, enum status *status)
{
	struct peer *peer;

	*status = client_connect_again(client);
	if (*status != STATUS_OK)
		return NULL;
	client_report(client);
	peer = connector_peer(client);
	if (peer == NULL)
		*status = STATUS_LOCAL;
	return peer;
}
