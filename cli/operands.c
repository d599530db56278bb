/* The operands: a path, or a host and a port. */
#include "operands.h"
#include "../base/manager.h"
#include "corrected.h"
#include "slips.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_number(const char *s)
{
	return s != NULL && *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

bool
operands_port_is_source(const struct opts *o)
{
	return o->listen && o->source_port != NULL && o->forward == NULL;
}

/* Is -s where to listen? With -f it is where connections come from. */
static bool
is_source_listening(const struct opts *o)
{
	return o->listen && o->source != NULL && o->forward == NULL;
}

/* Is it how other programs write a path? */
static bool
is_other_path(const char *path)
{
	return strncasecmp(path, "unix:", 5) == 0 ||
	    strncasecmp(path, "unix-", 5) == 0 ||
	    strncasecmp(path, "file:", 5) == 0;
}

/* With -U: the path to connect to or to listen on. */
static int
apply_path(struct opts *o)
{
	char **operand = o->operand;
	int n = o->noperands;

	if (n > 1 && slips_advise(o))
		return -1;
	if (n == 1 && is_other_path(operand[0]) && slips_advise(o))
		return -1;
	if (n > 1)
		return opts_advise(o, "%s takes one path, and '%s' is a second "
		    "one; a path with a space needs quotes",
		    opts_name(o, OPT_UNIXSOCK).text, operand[1]);
	if (n == 1 && is_source_listening(o))
		return opts_advise(o, "%s %s and %s: give only one path",
		    opts_name(o, OPT_SOURCE).text, o->source, operand[0]);
	if (n == 0 && !is_source_listening(o))
		return opts_advise(o, "%s requires a path",
		    opts_name(o, OPT_UNIXSOCK).text);
	o->path = n == 1 ? operand[0] : o->source;
	if (strstr(o->path, "://") != NULL)
		return opts_advise(o, "%s %s: this is no path; leave out %s "
		    "to connect to a host", opts_name(o, OPT_UNIXSOCK).text,
		    o->path, opts_name(o, OPT_UNIXSOCK).text);
	if (is_number(o->path))
		return opts_advise(o, "%s %s: %s is a number, not a path; for "
		    "a file of this name use ./%s, for UDP use -u",
		    opts_name(o, OPT_UNIXSOCK).text, o->path, o->path,
		    o->path);
	return 0;
}

/* Has the service manager opened the sockets to listen on? */
static bool
are_sockets_passed(const struct opts *o)
{
	return o->listen && o->noperands == 0 && o->source_port == NULL &&
	    manager_sockets() > 0;
}

static int
missing(struct opts *o)
{
	char options[OPERANDS_TEXT];

	if (o->noperands > 0)
		return opts_advise(o, "missing port after host '%s'; use '%s%s "
		    "80', or another port", o->operand[0],
		    corrected_options(o, "", options, sizeof options),
		    o->operand[0]);
	if (o->listen && o->before.value != NULL &&
	    is_number(o->before.value))
		return opts_advise(o, "%s took '%s' as its argument: no port "
		    "is left", o->before.word, o->before.value);
	if (o->listen)
		return opts_advise(o, "%s requires a port; use '%s8080', or "
		    "another one", opts_name(o, OPT_LISTEN).text,
		    corrected_options(o, "", options, sizeof options));
	return opts_error(o, "missing host and port");
}

/* -l host: does the only operand, taken as the port, look like a host? */
static bool
is_host_alone(const struct opts *o)
{
	return o->listen && o->noperands == 1 && o->host == NULL &&
	    (strcmp(o->port, "localhost") == 0 ||
	    strpbrk(o->port, ".:") != NULL);
}

/* The host is a number. With -l and -p it is most likely a second port. */
static int
number_as_host(struct opts *o)
{
	char options[OPERANDS_TEXT];

	if (operands_port_is_source(o))
		return opts_advise(o, "%s %s and %s: give only one port",
		    opts_name(o, OPT_SOURCE_PORT).text, o->port, o->host);
	corrected_options(o, "", options, sizeof options);
	if (o->listen && is_number(o->port))
		return opts_advise(o, "%s and %s are two ports, and a listener "
		    "has one; use '%s%s'", o->host, o->port, options, o->host);
	if (is_number(o->port))
		return opts_advise(o, "'%s' is a number, not a host; use '%s"
		    "localhost %s', or another host", o->host, options,
		    o->port);
	return opts_advise(o, "'%s' is a number, not a host; the host comes "
	    "first: '%s%s %s'", o->host, options, o->port, o->host);
}

static int
check_host(struct opts *o)
{
	if (o->host == NULL)
		return 0;
	if (is_source_listening(o))
		return opts_advise(o, "%s %s and %s: give only one address",
		    opts_name(o, OPT_SOURCE).text, o->source, o->host);
	if (is_number(o->host))
		return number_as_host(o);
	return 0;
}

static bool
is_further_port(const char *word)
{
	return *word >= '0' && *word <= '9' && strpbrk(word, ".:") == NULL;
}

int
operands_of_host(const struct opts *o, int first)
{
	int n = o->noperands - first > 1 ? 2 : 1;

	while (first + n < o->noperands &&
	    is_further_port(o->operand[first + n]))
		n++;
	return n;
}

/* A host without a port, with -z: is it a further port by its name? */
static int
missing_scan_port(struct opts *o, int host)
{
	const char *word = o->operand[host];
	char options[OPERANDS_TEXT];

	if (host == 0 || strpbrk(word, ".:/[@") != NULL)
		return opts_advise(o, "missing port after host '%s'; use '%s%s "
		    "80', or another port, or 1-65535 for all", word,
		    corrected_options(o, "", options, sizeof options), word);
	return opts_advise(o, "missing port after host '%s'; several names of "
	    "ports are one list, such as http,https", word);
}

/* With -z: hosts, each with its ports. */
static int
apply_hosts(struct opts *o)
{
	int n;

	for (int i = 0; i < o->noperands; i += n) {
		n = operands_of_host(o, i);
		o->host = o->operand[i];
		o->port = n > 1 ? o->operand[i + 1] : NULL;
		if ((n == 1 || !slips_unlikely(o->host, o->port, o->given)) &&
		    slips_advise(o))
			return -1;
		if (n == 1)
			return missing_scan_port(o, i);
		if (check_host(o) == -1)
			return -1;
	}
	if (o->noperands == 0)
		return missing(o);
	o->host = o->operand[0];
	o->port = o->operand[1];
	return 0;
}

/* These operands, of which there may be min to max, are no host and port. */
static int
report_host_port(struct opts *o, int min, int max)
{
	int n = o->noperands;
	char options[OPERANDS_TEXT];

	if (n == 2 && max == 1 && is_number(o->operand[1]))
		return opts_advise(o, "%s %s and %s: give only one port",
		    opts_name(o, OPT_SOURCE_PORT).text, o->source_port,
		    o->operand[1]);
	if (slips_advise(o))
		return -1;
	corrected_options(o, "", options, sizeof options);
	if (is_host_alone(o))
		return opts_advise(o, "missing port after '%s'; use '%s%s "
		    "8080'", o->port, options, o->port);
	if (n > max && o->listen && max == 2 && is_number(o->operand[2]))
		return opts_advise(o, "unexpected argument '%s': a listener "
		    "has one port; use '%s%s %s'", o->operand[2], options,
		    o->operand[0], o->operand[1]);
	if (n > max)
		return opts_error(o, "unexpected argument '%s'",
		    o->operand[max]);
	if (n < min)
		return missing(o);
	return check_host(o);
}

/* Without -U: a host and a port, with -l the port alone or, after -p, none. */
static int
apply_host_port(struct opts *o)
{
	int n = o->noperands;
	int min = 2, max = 2;

	if (operands_port_is_source(o))
		max = 1;
	if (o->listen)
		min = max - 1;
	if (n == 2 || (n == 1 && max == 1))
		o->host = o->operand[0];
	if (max == 1)
		o->port = o->source_port;
	else if (n > 0)
		o->port = o->operand[n - 1];
	if (n >= min && n <= max && !is_host_alone(o) &&
	    slips_unlikely(o->host, o->port, o->given))
		return check_host(o);
	return report_host_port(o, min, max);
}

int
operands_parse(struct opts *o)
{
	if (are_sockets_passed(o) && !o->unix_domain)
		return 0;
	if (o->unix_domain)
		return apply_path(o);
	return o->scan ? apply_hosts(o) : apply_host_port(o);
}

void
operands_join(char *text, size_t size, int n, char **word)
{
	const char *space = "";
	size_t used = 0;

	*text = '\0';
	for (int i = 0; i < n && used < size; i++) {
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    space, word[i]);
		space = " ";
	}
}

const char *
operands_text(const struct opts *o, char *text)
{
	*text = '\0';
	if (o->noperands == 0)
		return text;
	*text = ' ';
	operands_join(text + 1, OPERANDS_TEXT - 1, o->noperands, o->operand);
	return text;
}
