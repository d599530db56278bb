/* Where -f leads to, and how. */
#include "forwarding.h"
#include "../net/addr.h"
#include "../net/dial.h"
#include "places.h"
#include "settings.h"
#include "through.h"
#include "usage.h"
#include "value.h"

#include <string.h>
#include <sys/socket.h>

enum {
	FORWARD_READ = 256 << 10, /* bytes; stays in the processor's cache */
	DATAGRAM = 64 << 10,      /* none is longer */
};

static bool
is_path(const char *dest)
{
	return *dest == '@' || strchr(dest, '/') != NULL;
}

/* Parse the argument of -f: where to, and from where. */
static enum status
parse_dest(const struct opts *o, struct forwarding *w)
{
	struct ends *e = &w->to.ends;
	const char *port, *from = o->source_port;

	e->numeric = o->numeric;
	e->host = o->forward;
	e->local = o->source != NULL || from != NULL;
	e->local_host = o->source;
	if (is_path(o->forward)) {
		e->family = AF_UNIX;
		return places_path(o, OPT_FORWARD, o->forward);
	}
	if (!proxy_split(o->forward, w->host, &port) || port == NULL)
		return usage_error("%s %s: must be host:port, [address]:port, "
		    "a path with a slash, or @name", opts_name(o,
		    OPT_FORWARD).text, value_shown(o->forward));
	if (o->only4)
		e->family = AF_INET;
	if (o->only6)
		e->family = AF_INET6;
	e->host = w->host;
	e->port = places_port(o, port, OPT_FORWARD, o->forward);
	if (from != NULL)
		e->local_port = places_port(o, from, OPT_SOURCE_PORT, from);
	return e->port == -1 || e->local_port == -1 ? STATUS_USAGE : STATUS_OK;
}

/* The proxy takes the place of the destination, which it is told. */
static enum status
dest_through_proxy(const struct opts *o, struct forwarding *w)
{
	struct opts to = *o;
	struct ends *e = &w->to.ends;
	enum status status;

	if (e->family == AF_UNIX)
		return usage_error("%s %s: a proxy connects to a host and a "
		    "port", opts_name(o, OPT_FORWARD).text, o->forward);
	to.host = w->host;
	status = through_proxy(&to, e->port, &w->proxy);
	e->host = w->proxy.host;
	e->port = w->proxy.port;
	w->to.proxy = &w->proxy;
	return status;
}

struct forward_params
forwarding_params(const struct opts *o)
{
	struct forward_params p = {
		.name = o->forward,
		.datagram = o->datagram,
		.keep_open = o->keep_open,
		.max_clients = (int)o->max_clients,
		.read_size = (size_t)value_or(o->read_size, FORWARD_READ),
		.rate = value_or(o->rate, 0),
		.timeout = o->timeout,
		.quit_after = o->quit_after,
		.idle_exit = o->idle_exit,
		.progress = o->progress,
	};

	if (o->datagram && p.read_size < DATAGRAM)
		p.read_size = DATAGRAM;
	return p;
}

enum status
forwarding_set(const struct opts *o, const struct sockopts *more,
    struct forwarding *w)
{
	enum status status;

	*w = (struct forwarding){
		.sock_opts = settings_sock_opts(o, more),
		.to = {
			.timeout = o->timeout,
			.retry = o->retry,
			.dial = {
				.type = SOCK_STREAM,
				.sock_opts = &w->sock_opts,
				.replace = !o->no_reuse,
				.refuse_self = true,
				.limit = dial_limit(o->timeout, o->retry),
			},
		},
		.params = forwarding_params(o),
	};
	w->params.to = &w->to;
	if (o->datagram)
		w->to.dial.type = SOCK_DGRAM;
	status = parse_dest(o, w);
	if (status == STATUS_OK && o->proxy != NULL)
		status = dest_through_proxy(o, w);
	/* connections at once from one local port have to share it */
	w->sock_opts.reuse = o->reuse ||
	    (o->source_port != NULL && !o->no_reuse);
	w->to.dial.host = w->to.ends.host;
	return status;
}
