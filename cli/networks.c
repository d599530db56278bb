/* The networks of -a. */
#include "networks.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/lookup.h"
#include "../net/sock.h"
#include "usage.h"
#include "value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADVICE = 160 };

/* The networks of -a so far. */
struct networks {
	struct addr_net *list;
	int n;
};

/* Append the network. Returns false, and reports it, if there is no memory. */
static bool
append(struct networks *to, struct addr_net net)
{
	struct addr_net *more = realloc(to->list,
	    ((size_t)to->n + 1) * sizeof *more);

	if (more == NULL) {
		say_error(ENOMEM, "read the networks of -a");
		return false;
	}
	to->list = more;
	more[to->n++] = net;
	return true;
}

/* A name stands for all its addresses, as they are now. */
static enum status
append_name(struct networks *to, const char *name, bool except)
{
	struct ends any = { .family = AF_UNSPEC };
	struct addr *at;
	int n = lookup(&any, name, 0, &at);
	bool done = true;

	if (n == -1)
		return sock_status(errno);
	for (int i = 0; i < n && done; i++)
		done = append(to, (struct addr_net){ .addr = at[i],
		    .bits = addr_bits(&at[i]), .except = except });
	free(at);
	if (!done)
		return STATUS_LOCAL;
	return STATUS_OK;
}

/* Can it be the name of a host? */
static bool
is_name(const char *text)
{
	return *text != '\0' && strpbrk(text, "/:%!@* ") == NULL &&
	    text[strspn(text, "0123456789.-")] != '\0';
}

/* How many bits a mask such as 255.255.0.0 has; -1: it is none. */
static int
mask_bits(const char *mask)
{
	struct in_addr a;
	uint32_t bits;
	int n = 0;

	if (inet_pton(AF_INET, mask, &a) != 1)
		return -1;
	for (bits = ntohl(a.s_addr); bits >> 31 == 1; bits <<= 1)
		n++;
	return bits == 0 ? n : -1;
}

/* What to type instead of an item that is no network. Returns text. */
static const char *
advice(const char *item, char *text)
{
	const char *slash = strchr(item, '/');
	size_t digits = strspn(item, "0123456789.");

	if (slash != NULL && mask_bits(slash + 1) != -1)
		snprintf(text, ADVICE, "use %.*s/%d", (int)(slash - item),
		    item, mask_bits(slash + 1));
	else if (strchr(item, ' ') != NULL)
		snprintf(text, ADVICE, "separate networks by commas");
	else if (item[digits] == '*' && digits > 0)
		snprintf(text, ADVICE, "use a network, such as %.*s0/24",
		    (int)digits, item);
	else if (item[digits] == '-' && digits > 0)
		snprintf(text, ADVICE, "a range is no network; use one, such "
		    "as %.*s/24", (int)digits, item);
	else if (item[digits] == ':' && strchr(item, '.') != NULL)
		snprintf(text, ADVICE, "leave out the port; use %.*s",
		    (int)digits, item);
	else if (*item == '[')
		snprintf(text, ADVICE, "leave out the brackets; use %.*s",
		    (int)strcspn(item + 1, "]"), item + 1);
	else if (slash != NULL)
		snprintf(text, ADVICE, "after the slash come the bits of the "
		    "network, as in 192.0.2.0/24 or 2001:db8::/32");
	else
		snprintf(text, ADVICE, "must be an address, a name or a "
		    "network such as 192.0.2.0/24");
	return text;
}

/* An item of -a: a network, an address or a name, with ! an exception. */
static enum status
append_item(const struct opts *o, struct networks *to, const char *item)
{
	bool except = *item == '!';
	const char *text = item + except;
	char instead[ADVICE];
	struct addr_net net;

	if (addr_net(&net, text) == 0) {
		net.except = except;
		return append(to, net) ? STATUS_OK : STATUS_LOCAL;
	}
	if (is_name(text) && !o->numeric)
		return append_name(to, text, except);
	return usage_error("%s %s: %s", opts_name(o, OPT_ALLOW).text,
	    value_shown(item), advice(item, instead));
}

enum status
networks_parse(const struct opts *o, struct addr_net **nets, int *n)
{
	struct networks all = { 0 };
	enum status status = STATUS_OK;

	for (int i = 0; i < o->allow.n && status == STATUS_OK; i++)
		status = append_item(o, &all, o->allow.item[i]);
	*nets = all.list;
	*n = all.n;
	return status;
}
