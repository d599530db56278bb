/* Where -f leads to, and how; runs it. */
#include "forwarding.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/dial.h"
#include "../net/listen.h"
#include "places.h"
#include "settings.h"
#include "setup.h"
#include "through.h"
#include "usage.h"
#include "value.h"

#include <stdio.h>
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

/* What was probably meant by a destination in another form. Returns text. */
static const char *
meant(const char *dest, char *text)
{
	const char *url = strstr(dest, "://");
	const char *host = dest;
	const char *last = strrchr(dest, ':'), *port = "80";
	int n, digits;

	if (url != NULL)
		host = url + strlen("://");
	n = (int)strcspn(host, ":/");
	if (*host == '[')
		n = (int)strcspn(host, "]");
	if (host[n] == ']')
		n++;
	if (host[n] == ':' && host[n + 1] != '\0')
		port = host + n + 1;
	digits = (int)strspn(port, "0123456789");

	if (strchr(port, ':') != NULL && *host != '[')
		snprintf(text, PROXY_TEXT, "[%.*s]%s", (int)(last - host),
		    host, last);
	else if (n == 0)
		snprintf(text, PROXY_TEXT, "localhost:%.*s", digits, port);
	else if (host[strspn(host, "0123456789")] == '\0')
		snprintf(text, PROXY_TEXT, "localhost:%s", host);
	else
		snprintf(text, PROXY_TEXT, "%.*s:%.*s", n, host, digits, port);
	return text;
}

static enum status
report_dest(const struct opts *o, const char *why)
{
	struct opts_name name = opts_name(o, OPT_FORWARD);
	char text[PROXY_TEXT];

	return usage_error("%s %s: %s; use '%s %s'", name.text,
	    value_shown(o->forward), why, name.text, meant(o->forward, text));
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
	if (strstr(o->forward, "://") != NULL)
		return report_dest(o, "give host:port, not a URL");
	if (is_path(o->forward)) {
		e->family = AF_UNIX;
		return places_path(o, OPT_FORWARD, o->forward);
	}
	if (!proxy_split(o->forward, w->host, &port) || port == NULL)
		return report_dest(o, "must be host:port, [address]:port, "
		    "a path with a slash, or @name");
	if (o->only4)
		e->family = AF_INET;
	if (o->only6)
		e->family = AF_INET6;
	e->host = w->host;
	e->port = places_port(o, port, OPT_FORWARD, o->forward);
	if (from != NULL)
		e->local_port = places_port(o, from, OPT_SOURCE_PORT, from);
	if (e->port == -1 || e->local_port == -1)
		return STATUS_USAGE;
	return STATUS_OK;
}

/* Forward to the proxy, and tell it the destination. */
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

static struct reach_params
reach_of(const struct opts *o, const struct sock_opts *sock_opts)
{
	return (struct reach_params){
		.timeout = o->timeout,
		.retry = o->retry,
		.dial = {
			.type = o->datagram ? SOCK_DGRAM : SOCK_STREAM,
			.sock_opts = sock_opts,
			.replace = !o->no_reuse,
			.refuse_self = true,
			.limit = dial_limit(o->timeout, o->retry),
		},
	};
}

static size_t
read_size(const struct opts *o)
{
	size_t n = (size_t)value_or(o->read_size, FORWARD_READ);

	return o->datagram && n < DATAGRAM ? DATAGRAM : n;
}

struct forward_params
forwarding_params(const struct opts *o)
{
	return (struct forward_params){
		.name = o->forward,
		.datagram = o->datagram,
		.keep_open = o->keep_open,
		.max_clients = (int)o->max_clients,
		.read_size = read_size(o),
		.rate = value_or(o->rate, 0),
		.timeout = o->timeout,
		.quit_after = o->quit_after,
		.idle_exit = o->idle_exit,
		.progress = o->progress,
	};
}

enum status
forwarding_set(const struct opts *o, const struct sockopts *more,
    struct forwarding *w)
{
	enum status status;

	*w = (struct forwarding){
		.sock_opts = settings_sock_opts(o, more),
		.to = reach_of(o, &w->sock_opts),
		.params = forwarding_params(o),
	};
	w->params.to = &w->to;
	status = parse_dest(o, w);
	if (status == STATUS_OK && o->proxy != NULL)
		status = dest_through_proxy(o, w);
	w->sock_opts.reuse = o->reuse;
	setup_share(o, &w->sock_opts);
	w->to.dial.host = w->to.ends.host;
	return status;
}

enum status
forwarding_run(struct forwarding *w, struct dump *dump,
    struct listener *listener)
{
	if (reach_leads_to(&w->to, listener)) {
		say("-f %s: this is the listener itself; give another port "
		    "or path", w->params.name);
		listen_close(listener);
		return STATUS_USAGE;
	}
	w->params.dump = dump;
	return forward_run(&w->params, listener, -1, NULL);
}
