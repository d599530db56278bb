/* Where to connect to and to listen: ports, paths and local addresses. */
#include "places.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/unix.h"
#include "corrected.h"
#include "operands.h"
#include "usage.h"
#include "value.h"

#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	PORT_TEXT = 32, /* of a port, with its NUL */
	REASON = 80,
};

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

/* The only number in the text, if no letter touches it: "tcp/80", "80.". */
static bool
take_number(const char *typed, char *text)
{
	size_t n = strcspn(typed, "0123456789");
	size_t digits = strspn(typed + n, "0123456789");
	const char *rest = typed + n + digits;

	snprintf(text, PORT_TEXT, "%.*s", (int)digits, typed + n);
	return digits > 0 && strpbrk(rest, "0123456789") == NULL &&
	    !isalpha((unsigned char)*rest) &&
	    (n == 0 || !isalpha((unsigned char)typed[n - 1]));
}

/* Digits, some of which are letters that look like them: "8O80". */
static bool
take_look_alikes(const char *typed, char *text)
{
	static const char look[] = "OoIl", alike[] = "0011";

	if (typed[strspn(typed, "0123456789OoIl")] != '\0')
		return false;
	snprintf(text, PORT_TEXT, "%s", typed);
	for (char *c = text; *c != '\0'; c++) {
		const char *at = strchr(look, *c);

		if (at != NULL)
			*c = alike[at - look];
	}
	return true;
}

static bool
take_lower_case(const char *typed, char *text)
{
	snprintf(text, PORT_TEXT, "%s", typed);
	for (char *c = text; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return true;
}

/* Which port was probably meant? It is written to text, if there is one. */
static bool
is_meant(const char *typed, int how, char *text)
{
	if (strlen(typed) >= PORT_TEXT)
		return false;
	return (take_number(typed, text) && addr_port(text, how) != -1) ||
	    (take_look_alikes(typed, text) && addr_port(text, how) != -1) ||
	    (take_lower_case(typed, text) && addr_port(text, how) != -1);
}

int
places_port(const struct opts *o, const char *text, enum opt opt,
    const char *argument)
{
	int port = addr_port(text, places_how(o));
	char why[REASON] = "use 0-65535 or a name such as http";
	char probably[PORT_TEXT];

	if (port != -1)
		return port;
	if (*text == '\0')
		snprintf(why, sizeof why, "it is empty, perhaps an unset "
		    "variable");
	else if (places_needs_number(o, text))
		snprintf(why, sizeof why, "-n requires a number");
	else if (is_meant(text, places_how(o), probably))
		snprintf(why, sizeof why, "use %s", probably);
	if (opt == OPTS)
		usage_error("invalid port '%s' (%s)", text, why);
	else
		usage_error("%s %s: invalid port (%s)", opts_name(o, opt).text,
		    value_shown(argument), why);
	return -1;
}

static bool
is_interface(const char *host)
{
	return strpbrk(host, ".:") == NULL && if_nametoindex(host) != 0;
}

/* -l eth0 80: is the host an interface? Returns an exit status. */
static enum status
check_interface(const struct opts *o)
{
	char options[OPERANDS_TEXT];

	if (o->host == NULL || o->forward != NULL || !is_interface(o->host))
		return STATUS_OK;
	corrected_options(o, "", options, sizeof options);
	return usage_error("%s is an interface, not an address of it; use '%s"
	    "-K device=%s %s'", o->host, options, o->host, o->port);
}

/*
 * -s takes an address: is it one with a port, a port, or an interface? Returns
 * an exit status.
 */
static enum status
check_source(const struct opts *o)
{
	struct opts_name name = opts_name(o, OPT_SOURCE);
	const char *source = o->source, *colon = strchr(source, ':');
	char operands[OPERANDS_TEXT];
	int n = (int)strcspn(source, ":");

	operands_text(o, operands);
	if (*source == '\0')
		return usage_error("%s '': the address is empty, perhaps an "
		    "unset variable", name.text);
	if (n == 0 && colon[1] != ':')
		return usage_error("%s %s: a port is the argument of -p; use "
		    "'-p %s%s'", name.text, source, source + 1, operands);
	if (source[strspn(source, "0123456789")] == '\0')
		return usage_error("%s %s: a port is the argument of -p; use "
		    "'-p %s%s'", name.text, source, source, operands);
	if (*source == '[')
		return usage_error("%s %s: leave out the brackets; use '-s "
		    "%.*s%s'", name.text, source, (int)strcspn(source + 1,
		    "]"), source + 1, operands);
	if (strchr(source, '/') != NULL)
		return usage_error("%s %s: a network is no address; use '-s "
		    "%.*s%s'", name.text, source, (int)strcspn(source, "/"),
		    source, operands);
	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		return usage_error("%s %s: an address without a port is "
		    "needed; use '-s %.*s -p %s%s'", name.text, source, n,
		    source, colon + 1, operands);
	if (is_interface(source))
		return usage_error("%s %s: %s is an interface; give an address "
		    "of it, or use '-K device=%s%s'", name.text, source,
		    source, source, operands);
	return STATUS_OK;
}

enum status
places_path(const struct opts *o, enum opt opt, const char *path)
{
	struct addr a;

	if (path == NULL || unix_addr(&a, path) == 0)
		return STATUS_OK;
	if (*path == '\0')
		return usage_error("%s '': the path is empty, perhaps an unset "
		    "variable", opts_name(o, opt).text);
	return usage_error("%s %s: the path must have 1 to %zu bytes",
	    opts_name(o, opt).text, value_shown(path),
	    sizeof a.is.un.sun_path - 1);
}

/* -U host:80, where there is no such path. */
static enum status
check_host_port(const struct opts *o)
{
	const char *colon = strrchr(o->path, ':');

	if (colon == NULL || strchr(o->path, '/') != NULL || o->listen ||
	    *o->path == '@' || addr_port(colon + 1, PORT_NUMERIC) == -1)
		return STATUS_OK;
	say("connect to %s: there is no such path; for a host and a port leave "
	    "out %s: '%.*s %s'", o->path, opts_name(o, OPT_UNIXSOCK).text,
	    (int)(colon - o->path), o->path, colon + 1);
	return STATUS_NETWORK;
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

	if (o->path == NULL || o->retry != -1)
		return STATUS_OK;
	if (stat(o->path, &st) == -1)
		return check_host_port(o);
	if (S_ISSOCK(st.st_mode))
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
	if (o->listen && check_interface(o) != STATUS_OK)
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
