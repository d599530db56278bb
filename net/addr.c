/* The addresses of sockets: their parts, their text, and which are the same. */
#include "addr.h"
#include "../base/system.h"
#include "zone.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct addr
addr_ipv4(in_addr_t host, int port)
{
	struct addr a = { .len = sizeof a.is.in4 };

	a.is.in4.sin_family = AF_INET;
	a.is.in4.sin_port = htons((in_port_t)port);
	a.is.in4.sin_addr.s_addr = host;
	return a;
}

struct addr
addr_ipv6(const struct in6_addr *host, int port)
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
	*a = addr_ipv4(host, addr_get_port(a));
}

const char *
addr_family_name(int family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
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
