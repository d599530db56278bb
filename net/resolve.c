/* Names to addresses: literals, localhost, and what getaddrinfo(3) finds. */
#include "resolve.h"
#include "../base/say.h"
#include "../base/system.h"
#include "addr.h"
#include "trace.h"
#include "zone.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a host turns out to be. */
enum literal { NO_LITERAL, LITERAL, NO_ZONE, NEEDLESS_ZONE };

/*
 * The zone after '%', which chooses the interface. Of IPv4 addresses only those
 * that lead nowhere else have one.
 */
static enum literal
take_zone(struct addr *a, const char *text)
{
	uint32_t id;

	if (!zone_parse(text, &id))
		return NO_ZONE;
	if (a->is.any.sa_family == AF_INET6)
		a->is.in6.sin6_scope_id = id;
	else if (addr_is_group(a) || (BROADCAST_ZONES &&
	    a->is.in4.sin_addr.s_addr == htonl(INADDR_BROADCAST)))
		a->zone = id;
	else
		return NEEDLESS_ZONE;
	return LITERAL;
}

/* Parse a literal address, without the resolver: that keeps startup fast. */
static enum literal
literal(const char *host, int port, struct addr *a)
{
	char bare[INET6_ADDRSTRLEN];
	size_t n = strcspn(host, "%");
	enum literal found = LITERAL;
	struct in_addr host4;
	struct in6_addr host6;

	if (n >= sizeof bare)
		return NO_LITERAL;
	memcpy(bare, host, n);
	bare[n] = '\0';
	if (inet_pton(AF_INET, bare, &host4) == 1)
		*a = addr_ipv4(host4.s_addr, port);
	else if (inet_pton(AF_INET6, bare, &host6) == 1)
		*a = addr_ipv6(&host6, port);
	else
		return NO_LITERAL;
	addr_unmap(a);
	if (host[n] != '\0')
		found = take_zone(a, host + n + 1);
	return found;
}

static bool
is_localhost(const char *host)
{
	return strcasecmp(host, "localhost") == 0 ||
	    strcasecmp(host, "localhost.") == 0;
}

/* Those of two addresses that the family allows. Returns their number. */
static int
pair(struct addr *list, int family, struct addr first, struct addr second)
{
	int n = 0;

	if (family == AF_UNSPEC || family == first.is.any.sa_family)
		list[n++] = first;
	if (family == AF_UNSPEC || family == second.is.any.sa_family)
		list[n++] = second;
	return n;
}

/* The zone is wrong. Returns -1 and sets errno. */
static int
report_zone(const char *host, enum literal found)
{
	int n = (int)strcspn(host, "%");
	char text[ZONE_NAMES];

	if (found == NO_ZONE)
		say("resolve %s: there is no interface %s%s", host,
		    host + n + 1, zone_names(text));
	else
		say("resolve %s: only groups and IPv6 addresses have "
		    "a zone; use '-K device=%s' and %.*s", host, host + n + 1,
		    n, host);
	errno = EINVAL;
	return -1;
}

/*
 * The addresses that need no resolver. Returns their number, 0 if the host is
 * a name to look up, or -1 after reporting an error.
 */
static int
fixed(struct addr *list, const char *host, int port, int family,
    bool numeric)
{
	enum literal found;

	if (host == NULL)
		return pair(list, family, addr_ipv4(htonl(INADDR_ANY), port),
		    addr_ipv6(&in6addr_any, port));
	found = literal(host, port, list);
	if (found == NO_ZONE || found == NEEDLESS_ZONE)
		return report_zone(host, found);
	if (found == LITERAL) {
		if (family == AF_UNSPEC || family == list->is.any.sa_family)
			return 1;
		say("resolve %s: not an %s address (-%c)", host,
		    addr_family_name(family),
		    family == AF_INET ? '4' : '6');
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (numeric) {
		say("resolve %s: not a numeric address (-n)", host);
		errno = EINVAL;
		return -1;
	}
	if (is_localhost(host))
		return pair(list, family, addr_ipv6(&in6addr_loopback, port),
		    addr_ipv4(htonl(INADDR_LOOPBACK), port));
	return 0;
}

/* Is list[n] a duplicate? hosts(5) may list an address twice. */
static bool
repeated(const struct addr *list, int n)
{
	for (int i = 0; i < n; i++)
		if (addr_same(&list[i], &list[n]))
			return true;
	return false;
}

/* Copy the resolver's list. Returns its length; -1: out of memory. */
static int
copy_list(struct addr **list, const struct addrinfo *found, int port)
{
	int n = 0;

	for (const struct addrinfo *f = found; f != NULL; f = f->ai_next)
		n++;
	*list = calloc((size_t)n + 1, sizeof **list);
	if (*list == NULL)
		return -1;
	n = 0;
	for (const struct addrinfo *f = found; f != NULL; f = f->ai_next) {
		struct addr *a = &(*list)[n];

		if (f->ai_addrlen > sizeof a->is)
			continue;
		memcpy(&a->is, f->ai_addr, f->ai_addrlen);
		a->len = f->ai_addrlen;
		addr_set_port(a, port);
		addr_unmap(a);
		if (!repeated(*list, n))
			n++;
	}
	return n;
}

/* getaddrinfo(3) has failed. Returns -1 and sets errno. */
static int
report_lookup(const char *host, int port, int error)
{
	const char *reason = gai_strerror(error);

	trace_lookup(host, port, NULL, 0, error);
	if (error == EAI_SYSTEM)
		reason = strerror(errno);
	say("resolve %s: %s", *host == '\0' ? "''" : host, reason);
	if (error != EAI_SYSTEM)
		errno = error == EAI_MEMORY ? ENOMEM : ENOENT;
	return -1;
}

static int
look_up(struct addr **list, const char *host, int port, int family)
{
	struct addrinfo hints = { .ai_family = family,
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *found;
	char service[sizeof "65535"];
	int error, n;

	snprintf(service, sizeof service, "%d", port & PORT_MAX);
	trace_begin();
	error = getaddrinfo(host, service, &hints, &found);
	if (error != 0)
		return report_lookup(host, port, error);
	n = copy_list(list, found, port);
	freeaddrinfo(found);
	if (n != -1)
		trace_lookup(host, port, *list, n, 0);
	if (n == -1) {
		errno = ENOMEM;
		say_error(errno, "resolve %s", host);
	}
	return n;
}

bool
resolve_literal(struct addr *a, const char *host)
{
	return literal(host, 0, a) == LITERAL;
}

bool
resolve_is_name(const char *host)
{
	struct addr a;

	return host != NULL && literal(host, 0, &a) == NO_LITERAL &&
	    !is_localhost(host);
}

int
resolve(struct addr **list, const char *host, int port, int family,
    bool numeric)
{
	struct addr two[2];
	int n = fixed(two, host, port, family, numeric);

	*list = NULL;
	if (n == 0)
		return look_up(list, host, port, family);
	if (n == -1)
		return -1;
	*list = malloc(sizeof two);
	if (*list == NULL) {
		say_error(ENOMEM, "resolve %s",
		    host == NULL ? "*" : host);
		return -1;
	}
	memcpy(*list, two, sizeof two);
	return n;
}
