/* Where to connect to and to listen: ports, paths and local addresses. */
#include "places.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/unix.h"
#include "operands.h"
#include "usage.h"
#include "value.h"

#include <net/if.h>
#include <string.h>
#include <sys/stat.h>

int
places_how(const struct opts *o)
{
	int how = 0;

	if (o->datagram)
		how |= PORT_UDP;
	if (o->numeric)
		how |= PORT_NUMERIC;
	return how;
}

bool
places_needs_number(const struct opts *o, const char *text)
{
	return o->numeric &&
	    addr_port(text, places_how(o) & ~PORT_NUMERIC) != -1;
}

int
places_port(const struct opts *o, const char *text, enum opt opt,
    const char *argument)
{
	int port = addr_port(text, places_how(o));
	const char *why = "use 0-65535 or a name such as http";

	if (port != -1)
		return port;
	if (places_needs_number(o, text))
		why = "-n requires a number";
	if (opt == OPTS)
		usage_error("invalid port '%s' (%s)", text, why);
	else
		usage_error("%s %s: invalid port (%s)", opts_name(o, opt).text,
		    value_shown(argument), why);
	return -1;
}

/*
 * -s takes an address: is it one with a port, or an interface? Returns an exit
 * status.
 */
static enum status
check_source(const struct opts *o)
{
	struct opts_name name = opts_name(o, OPT_SOURCE);
	const char *colon = strchr(o->source, ':');
	char operands[OPERANDS_TEXT];

	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		return usage_error("%s %s: an address without a port is "
		    "needed; use '-s %.*s -p %s%s'", name.text, o->source,
		    (int)(colon - o->source), o->source, colon + 1,
		    operands_text(o, operands));
	if (strpbrk(o->source, ".:") == NULL && if_nametoindex(o->source) != 0)
		return usage_error("%s %s: %s is an interface; give an address "
		    "of it, or use '-K device=%s%s'", name.text, o->source,
		    o->source, o->source, operands_text(o, operands));
	return STATUS_OK;
}

enum status
places_path(const struct opts *o, enum opt opt, const char *path)
{
	struct addr a;

	if (path == NULL || unix_addr(&a, path) == 0)
		return STATUS_OK;
	return usage_error("%s %s: the path must have 1 to %zu bytes",
	    opts_name(o, opt).text, value_shown(path),
	    sizeof a.is.un.sun_path - 1);
}

/*
 * What is at the path of -U is a socket, or nothing. With -c there may be a
 * socket later.
 */
static enum status
check_file(const struct opts *o)
{
	const char *what = "it is no socket";
	struct stat st;

	if (o->path == NULL || o->retry != -1 || stat(o->path, &st) == -1 ||
	    S_ISSOCK(st.st_mode))
		return STATUS_OK;
	if (S_ISDIR(st.st_mode))
		what = "it is a directory, not a socket";
	else if (S_ISREG(st.st_mode))
		what = "it is a file, not a socket";
	if (o->listen)
		say("listen on %s: %s; remove it or use another path", o->path,
		    what);
	else
		say("connect to %s: %s", o->path, what);
	return STATUS_NETWORK;
}

static enum status
check_paths(const struct opts *o)
{
	enum status status = places_path(o, OPT_UNIXSOCK, o->path);

	if (status == STATUS_OK && o->forward == NULL)
		status = places_path(o, OPT_SOURCE, o->source);
	if (status == STATUS_OK)
		status = check_file(o);
	return status;
}

enum status
places_parse(const struct opts *o, int *port, int *source_port)
{
	const char *p = o->source_port;

	*port = *source_port = 0;
	if (o->unix_domain)
		return check_paths(o);
	if (o->source != NULL && check_source(o) != STATUS_OK)
		return STATUS_USAGE;
	if (operands_port_is_source(o))
		*port = places_port(o, p, OPT_SOURCE_PORT, p);
	else if (!o->scan && o->port != NULL)
		*port = places_port(o, o->port, OPTS, o->port);
	if (*port != -1 && !o->listen && p != NULL)
		*source_port = places_port(o, p, OPT_SOURCE_PORT, p);
	if (*port == -1 || *source_port == -1)
		return STATUS_USAGE;
	return STATUS_OK;
}
