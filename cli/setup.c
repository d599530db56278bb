/* Setup: from the options to the parameters of each way to run. */
#include "setup.h"
#include "../base/clock.h"
#include "../net/client.h"
#include "../net/listen.h"
#include "../net/proxy.h"
#include "../net/scan.h"
#include "../opts.h"
#include "settings.h"
#include "value.h"

#include <stdio.h>
#include <sys/socket.h>

enum {
	BACKLOG = 4096,      /* SOMAXCONN is only 128 in some systems */
	SCAN_TIMEOUT = 3000, /* ms that a port may take to answer */
	REPEAT_DELAY = 1000, /* ms between the attempts of -zk */
};

/* A limit that nobody lives to see, in ms. */
static const long long FOREVER = 1000000000000;

static int
type_of(const struct opts *o)
{
	return o->datagram ? SOCK_DGRAM : SOCK_STREAM;
}

/* What of the addresses does not depend on the end. */
static struct ends
ends_of(const struct opts *o)
{
	struct ends e = { .family = AF_UNSPEC, .numeric = o->numeric };

	if (o->unix_domain)
		e.family = AF_UNIX;
	else if (o->forward != NULL)
		return e; /* -4 and -6 are about where it leads */
	else if (o->only4)
		e.family = AF_INET;
	else if (o->only6)
		e.family = AF_INET6;
	return e;
}

/* What is looked up to reach a host, from the local end that was given. */
static struct ends
ends_to(const struct opts *o, const char *host, int port, int source_port)
{
	struct ends e = ends_of(o);

	e.host = host;
	e.port = port;
	e.local = o->source != NULL || o->source_port != NULL;
	e.local_host = o->source;
	e.local_port = source_port;
	e.retried = o->retry != NEVER;
	return e;
}

struct ends
setup_here(const struct opts *o, int port)
{
	struct ends e = ends_of(o);

	e.host = o->source;
	e.port = port;
	if (o->unix_domain)
		e.host = o->path;
	else if (o->host != NULL || o->forward != NULL)
		e.host = o->host;
	return e;
}

struct spawn_params
setup_spawn(const struct opts *o)
{
	return (struct spawn_params){
		.command = o->command,
		.keep_open = o->keep_open,
		.max_commands = (int)o->max_clients,
		.timeout = o->timeout,
		.idle_exit = o->idle_exit,
	};
}

struct listener
setup_listener(const struct opts *o, const struct sock_opts *sock_opts,
    struct unix_file *file)
{
	return (struct listener){
		.type = type_of(o),
		.backlog = (int)value_or(o->backlog, BACKLOG),
		.mode = (int)o->mode,
		.connect = o->command != NULL,
		.replace = !o->no_reuse,
		.file = file,
		.opts = sock_opts,
	};
}

/* For how long to try to connect: -c, or with -k for ever. */
static long long
reconnect_limit(const struct opts *o)
{
	return o->retry == NEVER && o->keep_open ? FOREVER : o->retry;
}

static bool
shares_port(const struct opts *o)
{
	return o->source_port != NULL && !o->no_reuse;
}

void
setup_client(const struct opts *o, struct client *c, const struct proxy *proxy,
    int port, int source_port)
{
	const char *host = o->unix_domain ? o->path : o->host;

	c->proxy = proxy;
	if (proxy != NULL) {
		host = proxy->host;
		port = proxy->port;
	}
	c->ends = ends_to(o, host, port, source_port);
	c->dial.type = type_of(o);
	c->dial.host = host;
	c->dial.is_proxy = proxy != NULL;
	c->dial.sock_opts = &c->sock_opts;
	c->dial.replace = !o->no_reuse;
	c->dial.refuse_self = o->retry != NEVER || o->keep_open;
	c->dial.ask_many = o->datagram && o->command == NULL && !o->pass_fd;
	c->dial.limit = dial_limit(o->timeout, o->retry);
	c->share = shares_port(o);
	c->timeout = o->timeout;
	c->limit = reconnect_limit(o);
	c->hold = o->verbose < 2; /* -vv shows each */
}

struct scan_params
setup_scan(const struct opts *o, struct scan_host *hosts, int nhosts,
    int source_port)
{
	struct scan_params p = {
		.dial = {
			.type = type_of(o),
			.replace = !o->no_reuse,
			.refuse_self = true,
			.probe = o->proxy == NULL,
			.limit = dial_limit(value_or(o->timeout, SCAN_TIMEOUT),
			    o->retry),
		},
		.host = hosts,
		.nhosts = nhosts,
		.proxied = o->proxy != NULL,
		.repeat = o->keep_open,
		.attempts = o->max_messages,
		.lookup = o->timeout,
		.timeout = value_or(o->timeout, SCAN_TIMEOUT),
		.delay = o->delay,
		.retry = o->retry,
		.numeric = o->numeric,
		.report = o->verbose > 0,
		.hold = o->retry != NEVER && o->verbose < 2,
		.out = stdout,
	};

	if (o->keep_open)
		p.delay = value_or(o->delay, REPEAT_DELAY);
	for (int i = 0; i < nhosts; i++)
		hosts[i].ends = p.proxied ? ends_to(o, hosts[i].proxy.host,
		    hosts[i].proxy.port, source_port)
		    : ends_to(o, hosts[i].name, 0, source_port);
	return p;
}

void
setup_share(const struct opts *o, struct sock_opts *sock_opts)
{
	if (shares_port(o))
		sock_opts->reuse = true;
}
