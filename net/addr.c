/* Names to addresses and back. */
#include "addr.h"
#include "../base/say.h"
#include "../base/system.h"
#include "trace.h"
#include "zone.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_MAX = 65535 };

int
addr_port(const char *text, int how)
{
	const char *protocol = "tcp";
	size_t digits = strspn(text, "0123456789");
	struct servent *service;
	long port;

	if (digits > 0 && text[digits] == '\0') {
		port = strtol(text, NULL, 10);
		return port > PORT_MAX ? -1 : (int)port;
	}
	if ((how & PORT_NUMERIC) != 0 || *text == '\0')
		return -1;
	if ((how & PORT_UDP) != 0)
		protocol = "udp";
	service = getservbyname(text, protocol);
	return service == NULL ? -1 : ntohs((in_port_t)service->s_port);
}

const char *
addr_service(int port, bool datagram)
{
	struct servent *service = getservbyport(htons((in_port_t)port),
	    datagram ? "udp" : "tcp");

	return service == NULL ? "-" : service->s_name;
}

static struct addr
make4(in_addr_t host, int port)
{
	struct addr a = { .len = sizeof a.is.in4 };

	a.is.in4.sin_family = AF_INET;
	a.is.in4.sin_port = htons((in_port_t)port);
	a.is.in4.sin_addr.s_addr = host;
	return a;
}

static struct addr
make6(const struct in6_addr *host, int port)
{
	struct addr a = { .len = sizeof a.is.in6 };

	a.is.in6.sin6_family = AF_INET6;
	a.is.in6.sin6_port = htons((in_port_t)port);
	a.is.in6.sin6_addr = *host;
	return a;
}

void
addr_unmap(struct addr *a)
{
	in_addr_t host;

	if (a->is.any.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&a->is.in6.sin6_addr))
		return;
	memcpy(&host, &a->is.in6.sin6_addr.s6_addr[12], sizeof host);
	*a = make4(host, addr_get_port(a));
}

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
		*a = make4(host4.s_addr, port);
	else if (inet_pton(AF_INET6, bare, &host6) == 1)
		*a = make6(&host6, port);
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

const char *
addr_family_name(int family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
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
resolve_fixed(struct addr *list, const char *host, int port, int family,
    bool numeric)
{
	enum literal found;

	if (host == NULL)
		return pair(list, family, make4(htonl(INADDR_ANY), port),
		    make6(&in6addr_any, port));
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
		return pair(list, family, make6(&in6addr_loopback, port),
		    make4(htonl(INADDR_LOOPBACK), port));
	return 0;
}

/* The BSDs may pad a path with NULs. */
const unsigned char *
addr_bytes(const struct addr *a, size_t *n)
{
	switch (a->is.any.sa_family) {
	case AF_INET:
		*n = sizeof a->is.in4.sin_addr;
		return (const unsigned char *)&a->is.in4.sin_addr;
	case AF_INET6:
		*n = sizeof a->is.in6.sin6_addr;
		return a->is.in6.sin6_addr.s6_addr;
	default:
		*n = a->len > offsetof(struct sockaddr_un, sun_path)
		    ? a->len - offsetof(struct sockaddr_un, sun_path) : 0;
		if (!ABSTRACT_NAMES)
			*n = strnlen(a->is.un.sun_path, *n);
		return (const unsigned char *)a->is.un.sun_path;
	}
}

bool
addr_same(const struct addr *a, const struct addr *b)
{
	size_t n, m;
	const unsigned char *x = addr_bytes(a, &n), *y = addr_bytes(b, &m);

	if (a->is.any.sa_family != b->is.any.sa_family || n != m ||
	    memcmp(x, y, n) != 0)
		return false;
	if (a->is.any.sa_family == AF_UNIX)
		return true;
	return addr_get_port(a) == addr_get_port(b) &&
	    (a->is.any.sa_family == AF_INET ||
	    a->is.in6.sin6_scope_id == b->is.in6.sin6_scope_id);
}

bool
addr_unnamed(const struct addr *a)
{
	size_t n;

	addr_bytes(a, &n);
	return n == 0;
}

/* Mix eight bytes into the hash (the finalizer of MurmurHash3). */
static uint64_t
mix(uint64_t hash, uint64_t bytes)
{
	hash ^= bytes;
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
	return hash ^ hash >> 33;
}

size_t
addr_hash(const struct addr *a, uint64_t seed)
{
	size_t n, len;
	const unsigned char *x = addr_bytes(a, &n);
	uint64_t hash = mix(seed, (uint64_t)addr_get_port(a));

	for (; n > 0; x += len, n -= len) {
		uint64_t bytes = 0;

		len = n < sizeof bytes ? n : sizeof bytes;
		memcpy(&bytes, x, len);
		hash = mix(hash, bytes);
	}
	return (size_t)hash;
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
	if (n == -1)
		say_error(errno = ENOMEM, "resolve %s", host);
	return n;
}

bool
addr_literal(struct addr *a, const char *host)
{
	return literal(host, 0, a) == LITERAL;
}

bool
addr_is_name(const char *host)
{
	struct addr a;

	return host != NULL && literal(host, 0, &a) == NO_LITERAL &&
	    !is_localhost(host);
}

int
addr_resolve(struct addr **list, const char *host, int port, int family,
    bool numeric)
{
	struct addr two[2];
	int n = resolve_fixed(two, host, port, family, numeric);

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

bool
addr_is_group(const struct addr *a)
{
	if (a->is.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&a->is.in6.sin6_addr);
	return a->is.any.sa_family == AF_INET &&
	    ntohl(a->is.in4.sin_addr.s_addr) >> 28 == 14; /* 224.0.0.0/4 */
}

uint32_t
addr_zone(const struct addr *a)
{
	return a->is.any.sa_family == AF_INET6 ? a->is.in6.sin6_scope_id
					       : a->zone;
}

bool
addr_is_unix(const struct addr *a)
{
	return a->is.any.sa_family == AF_UNIX;
}

int
addr_get_port(const struct addr *a)
{
	if (addr_is_unix(a))
		return -1;
	return a->is.any.sa_family == AF_INET6 ? ntohs(a->is.in6.sin6_port)
					       : ntohs(a->is.in4.sin_port);
}

void
addr_set_port(struct addr *a, int port)
{
	if (a->is.any.sa_family == AF_INET6)
		a->is.in6.sin6_port = htons((in_port_t)port);
	else if (a->is.any.sa_family == AF_INET)
		a->is.in4.sin_port = htons((in_port_t)port);
}

int
addr_bits(const struct addr *a)
{
	return a->is.any.sa_family == AF_INET6 ? 128 : 32;
}

void
addr_keep_host(struct addr *a)
{
	addr_unmap(a);
	addr_set_port(a, 0);
	if (a->is.any.sa_family != AF_INET6)
		return;
	a->is.in6.sin6_scope_id = 0;
	memset(&a->is.in6.sin6_addr.s6_addr[8], 0, 8);
}

static const char *
unix_host(const struct addr *a, char *text)
{
	size_t n;
	const char *path = (const char *)addr_bytes(a, &n);

	if (n > 0 && *path == '\0')
		snprintf(text, ADDR_TEXT, "@%.*s", (int)n - 1, path + 1);
	else if (n > 0)
		snprintf(text, ADDR_TEXT, "%.*s", (int)n, path);
	else
		snprintf(text, ADDR_TEXT, "unix:%d", a->nth);
	return text;
}

/* Some systems' getnameinfo(3) wants sa_len, which POSIX does not have. */
const char *
addr_ip(const struct addr *a, char *text)
{
	char zone[IF_NAMESIZE];
	size_t n;

	if (inet_ntop(a->is.any.sa_family, addr_bytes(a, &n), text,
	    ADDR_TEXT) == NULL)
		snprintf(text, ADDR_TEXT, "?");
	n = strlen(text);
	if (*zone_name(addr_zone(a), zone, sizeof zone) != '\0')
		snprintf(text + n, ADDR_TEXT - n, "%%%s", zone);
	return text;
}

const char *
addr_host(const struct addr *a, char *text)
{
	char ip[ADDR_TEXT];

	if (a->is.any.sa_family == AF_UNIX)
		return unix_host(a, text);
	addr_ip(a, ip);
	snprintf(text, ADDR_TEXT, strchr(ip, ':') ? "[%.*s]" : "%.*s",
	    ADDR_TEXT - 3, ip);
	return text;
}

const char *
addr_host_port(const struct addr *a, char *text)
{
	size_t n = strlen(addr_host(a, text));

	if (a->is.any.sa_family != AF_UNIX)
		snprintf(text + n, ADDR_TEXT - n, " port %d",
		    addr_get_port(a));
	return text;
}

const char *
addr_label(const struct addr *a, char *text)
{
	size_t n;

	if (a->is.any.sa_family == AF_UNIX) {
		snprintf(text, ADDR_TEXT, "unix:%d", a->nth);
		return text;
	}
	n = strlen(addr_host(a, text));
	snprintf(text + n, ADDR_TEXT - n, ":%d", addr_get_port(a));
	return text;
}
