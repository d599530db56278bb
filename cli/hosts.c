/* The hosts of -z, and their ports. */
#include "hosts.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/ports.h"
#include "../net/proxy.h"
#include "../net/scan.h"
#include "corrected.h"
#include "operands.h"
#include "places.h"
#include "through.h"
#include "usage.h"
#include "value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A range from the higher to the lower port: report it the right way round. */
static enum status
report_backwards(const struct opts *o, const char *host, const char *word)
{
	const char *dash = strchr(word, '-');
	char options[OPERANDS_TEXT];

	corrected_options(o, "", options, sizeof options);
	return usage_error("port %s: the range goes backwards; use '%s%s "
	    "%s-%.*s'", word, options, host, dash + 1, (int)(dash - word),
	    word);
}

/* Is it a range whose ends are ports? Then they are in the wrong order. */
static bool
is_backwards(const char *word)
{
	const char *dash = strchr(word, '-');
	char first[PORTS_WORD];

	if (dash == NULL)
		return false;
	snprintf(first, sizeof first, "%.*s", (int)(dash - word), word);
	return addr_port(first, PORT_NUMERIC) != -1 &&
	    addr_port(dash + 1, PORT_NUMERIC) != -1;
}

/* One of the ports is none. */
static enum status
report_port(const struct opts *o, const char *host, const char *word)
{
	const char *hint = "";
	const char *dash = strchr(word, '-');

	if (is_backwards(word))
		return report_backwards(o, host, word);
	if (places_needs_number(o, word))
		return usage_error("port %s: -n requires a number", word);
	if (strcmp(word, "all") == 0 ||
	    (dash != NULL && word[strspn(word, "0123456789-")] == '\0'))
		hint = "; all ports are 1-65535";
	else if (*word == '\0')
		hint = "; there is a comma too many, or a space after one";
	else if (strchr(word, ' ') != NULL)
		hint = "; leave out the quotes, or use commas";
	else if (dash == NULL && isalpha((unsigned char)*word))
		hint = "; each host comes with its ports, as in 'host1 80 "
		    "host2 80'";
	return usage_error("port %s: not a number up to 65535, a service or a "
	    "range such as 8000-8100%s", value_shown(word), hint);
}

/* Is it an address, a slash and a number of bits? */
static bool
is_network(const char *host)
{
	size_t n = strcspn(host, "/");

	return host[n] == '/' && host[n + 1] != '\0' &&
	    host[n + 1 + strspn(host + n + 1, "0123456789")] == '\0';
}

/* Parse the n operands of a host, which are that and its ports. */
static enum status
parse_host(const struct opts *o, char **operand, int n, struct scan_host *h)
{
	char word[PORTS_WORD];

	h->name = operand[0];
	if (is_network(h->name))
		return usage_error("%s: a network is no host; scan its hosts, "
		    "such as '-z %.*s %s'", h->name,
		    (int)strcspn(h->name, "/"), h->name, operand[1]);
	if (ports_parse(&h->ports, operand + 1, n - 1, places_how(o),
	    word) == 0)
		return STATUS_OK;
	return report_port(o, h->name, word);
}

static enum status
parse_hosts(const struct opts *o, struct scan_host *hosts, int *nhosts)
{
	enum status status = STATUS_OK;
	int n;

	for (int i = 0; i < o->noperands && status == STATUS_OK; i += n) {
		n = operands_of_host(o, i);
		status = parse_host(o, o->operand + i, n, &hosts[(*nhosts)++]);
	}
	if (status == STATUS_OK && o->keep_open &&
	    (*nhosts > 1 || hosts->ports.n > 1))
		return usage_error("port %s: -k with -z takes only one port",
		    o->port);
	return status;
}

/* The proxy of -x, which is asked for each host. */
static enum status
set_proxies(const struct opts *o, struct scan_host *hosts, int nhosts)
{
	struct proxy proxy = { 0 };
	enum status status = through_proxy(o, 0, &proxy);

	for (int i = 0; i < nhosts && status == STATUS_OK; i++) {
		hosts[i].proxy = proxy;
		status = proxy_set_target(&hosts[i].proxy, hosts[i].name, 0,
		    o->numeric);
	}
	return status;
}

enum status
hosts_parse(const struct opts *o, struct scan_host **hosts, int *nhosts)
{
	enum status status = STATUS_OK;

	*nhosts = 0;
	*hosts = calloc((size_t)o->noperands + 1, sizeof **hosts);
	if (*hosts == NULL) {
		say_error(ENOMEM, "read the ports of -z");
		return STATUS_LOCAL;
	}
	if (o->unix_domain) {
		*nhosts = 1;
		(*hosts)->name = o->path;
		(*hosts)->ports.n = 1;
	} else {
		status = parse_hosts(o, *hosts, nhosts);
	}
	if (status == STATUS_OK && o->proxy != NULL)
		status = set_proxies(o, *hosts, *nhosts);
	return status;
}
