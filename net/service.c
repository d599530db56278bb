/* Where a service listens: where it is told, or what a manager has opened. */
#include "service.h"
#include "../base/manager.h"
#include "addr.h"
#include "listen.h"
#include "lookup.h"
#include "sock.h"

#include <errno.h>
#include <stdlib.h>

enum status
service_listen(struct listener *l, const struct ends *here)
{
	enum status status = STATUS_OK;
	struct addr *at;
	int n;

	if (here == NULL)
		return listen_adopt(l, MANAGER_FIRST, manager_sockets());
	n = lookup(here, here->host, here->port, &at);
	if (n == -1)
		return sock_status(errno);
	if (listen_open(l, at, n) == -1)
		status = sock_status(errno);
	free(at);
	return status;
}
