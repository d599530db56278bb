/* The one connection of a client: where it leads to, and how. */
#include "connecting.h"
#include "settings.h"
#include "setup.h"
#include "through.h"

enum status
connecting_set(const struct opts *o, int port, int source_port,
    const struct sockopts *more, struct unix_file *file,
    struct connecting *w)
{
	const struct proxy *proxy = NULL;
	enum status status = STATUS_OK;

	*w = (struct connecting){ .client = {
		.sock_opts = settings_sock_opts(o, more),
		.dial.file = file,
	} };
	if (o->proxy != NULL) {
		status = through_proxy(o, port, &w->proxy);
		proxy = &w->proxy;
	}
	if (status == STATUS_OK)
		setup_client(o, &w->client, proxy, port, source_port);
	return status;
}
