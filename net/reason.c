/* Why a connection or a listener failed, and what to do about it. */
#include "reason.h"
#include "../base/clock.h"
#include "../base/system.h"
#include "addr.h"
#include "dial.h"
#include "group.h"
#include "listen.h"
#include "network.h"
#include "sock.h"
#include "zone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { FIRST_FREE_PORT = 1024 }; /* those below may be reserved for root */

/* The reason of the system, and an advice if there is one. */
static const char *
with_advice(int error, const char *advice, char *text)
{
	if (advice == NULL)
		snprintf(text, REASON_TEXT, "%s", strerror(error));
	else
		snprintf(text, REASON_TEXT, "%s (%s)", strerror(error),
		    advice);
	return text;
}

static bool
is_reserved(const struct addr *a)
{
	int port = addr_get_port(a);

	return port > 0 && port < FIRST_FREE_PORT;
}

/* Every machine has it. */
static bool
is_everywhere(const struct addr *a)
{
	static const char *const nets[] = { "0.0.0.0", "::", "127.0.0.0/8",
		"::1" };
	struct network net;

	for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++)
		if (network_parse(&net, nets[i]) == 0 &&
		    network_find(a, &net, 1) != NULL)
			return true;
	return false;
}

/* The sockets of other programs, as ss(8) shows them. */
static const char *
used_by_another(const struct addr *a, int type)
{
	if (!SHOWS_SOCKETS)
		return "another program listens there";
	if (addr_is_unix(a))
		return "another program listens there; 'ss -lxp' shows it";
	if (type == SOCK_DGRAM)
		return "another program listens there; 'ss -lunp' shows it";
	return "another program listens there; 'ss -ltnp' shows it";
}

/* Why bind(2) of a listener failed. */
static const char *
advise_listen(const struct listener *l, const struct addr *at, int error)
{
	if (error == EACCES && is_reserved(at))
		return "use a port from 1024 on, or be root";
	if (error == EADDRNOTAVAIL)
		return "no interface here has this address";
	if (error != EADDRINUSE)
		return NULL;
	if (addr_is_unix(at) && !l->replace)
		return "with -R no socket file is replaced";
	if (l->type == SOCK_STREAM && !l->opts->reuse && !addr_is_unix(at))
		return "another program listens there, or one did a minute "
		    "ago: leave out -R";
	return used_by_another(at, l->type);
}

const char *
reason_group(const struct addr *to, int error, const char *options, char *text)
{
	char ip[ADDR_TEXT], zone[ZONE_NAMES];

	if (!group_lacks_route(to, error))
		return with_advice(error, NULL, text);
	snprintf(text, REASON_TEXT, "no route leads there; name an interface: "
	    "'%s %.60s%%%.20s %d'", options, addr_ip(to, ip),
	    zone_example(zone, sizeof zone), addr_get_port(to));
	return text;
}

const char *
reason_listen(const struct listener *l, const struct addr *at, int error,
    char *text)
{
	char ip[ADDR_TEXT];

	if (addr_is_group(at) && l->type == SOCK_STREAM) {
		snprintf(text, REASON_TEXT, "only datagrams reach a group; use "
		    "'-lu %.60s %d'", addr_ip(at, ip), addr_get_port(at));
		return text;
	}
	if (group_lacks_route(at, error))
		return reason_group(at, error, "-lu", text);
	return with_advice(error, advise_listen(l, at, error), text);
}

/* Why a socket could not be bound to what -s and -p say, or connect from it. */
static const char *
advise_source(const struct dial_params *d, const struct addr *from, int error)
{
	bool port = addr_get_port(from) != 0;

	if (error == EACCES && is_reserved(from))
		return "use a port from 1024 on, or be root";
	if (error == EADDRINUSE && port && !d->sock_opts->reuse)
		return "another program uses this port, or one did a minute "
		    "ago: leave out -R";
	if (error == EADDRINUSE && port)
		return "another program uses this port";
	if (error != EADDRNOTAVAIL)
		return NULL;
	if (!port)
		return "no interface here has this address";
	if (is_everywhere(from))
		return "the same connection ended less than a minute ago; "
		    "wait, or use another -p";
	return NULL;
}

/* A socket file is there, of another type. */
static const char *
other_type(const struct dial_params *d)
{
	if (d->type == SOCK_DGRAM)
		return "it is a stream socket: leave out -u";
	return "it is no stream socket: for datagrams add -u";
}

static const char *
family_name(const struct addr *a)
{
	return addr_family_name(a->is.any.sa_family);
}

/* No address of -s has the family of the one to connect to. */
static const char *
other_family(const struct dial_params *d, const struct addr *to, char *text)
{
	char source[ADDR_TEXT], target[ADDR_TEXT];

	snprintf(text, REASON_TEXT, "-s %.60s is %s and %.60s is %s; use an "
	    "%s address with -s", addr_ip(&d->from[0], source),
	    family_name(&d->from[0]), addr_ip(to, target), family_name(to),
	    family_name(to));
	return text;
}

const char *
reason_connect(const struct dial_params *d, const struct addr *from,
    const struct addr *to, int error, char *text)
{
	const char *advice = NULL;

	if (error == REASON_SILENCE)
		return reason_silence(d->limit, text);
	if (from == NULL && d->nfrom > 0 && error == EAFNOSUPPORT)
		return other_family(d, to, text);
	if (addr_is_unix(to) && error == EPROTOTYPE)
		advice = other_type(d);
	else if (from != NULL && !addr_is_unix(from))
		advice = advise_source(d, from, error);
	return with_advice(error, advice, text);
}

const char *
reason_silence(long long limit, char *text)
{
	char seconds[CLOCK_SECONDS];

	if (limit == NEVER)
		snprintf(text, REASON_TEXT, "no answer");
	else if (limit == 0)
		snprintf(text, REASON_TEXT, "no answer at once (-w 0)");
	else
		snprintf(text, REASON_TEXT, "no answer within %s s (-w)",
		    clock_seconds(limit, seconds));
	return text;
}
