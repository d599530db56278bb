/*
 * Fuzz target of addresses as text and in binary; no names are looked up. The
 * first line of the input is parsed as a port, an address, a network and a
 * path. The bytes after it are a network and an address, which are compared bit
 * by bit.
 */
#include "../../net/addr.h"
#include "../../net/network.h"
#include "../../net/resolve.h"
#include "../../net/unix.h"
#include "must.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORD = 300,    /* size of the buffer for the first line */
	NET6 = 16,     /* bytes of an IPv6 address */
	NET_MAX = 62,  /* length of a network's address and zone as text */
};

/* A decimal number up to max, with any number of digits; -1: it is none. */
static int
number(const char *word, int max)
{
	int n = 0;

	if (*word == '\0')
		return -1;
	for (; *word != '\0'; word++) {
		if (*word < '0' || *word > '9')
			return -1;
		n = 10 * n + (*word - '0');
		if (n > max)
			return -1;
	}
	return n;
}

static void
check_port(const char *word)
{
	int port = addr_port(word, PORT_NUMERIC);

	MUST(port == number(word, 65535));
	MUST(port == addr_port(word, PORT_UDP | PORT_NUMERIC));
}

/*
 * Four numbers up to 255, without leading zeros, with dots between them, before
 * the zone, if there is one.
 */
static bool
is_ipv4(const char *word, unsigned char *bytes)
{
	char part[4];
	size_t len;
	int n;

	for (int i = 0; i < 4; i++, word += len) {
		if (i > 0 && *word++ != '.')
			return false;
		len = strspn(word, "0123456789");
		if (len > 3 || (len > 1 && *word == '0'))
			return false;
		memcpy(part, word, len);
		part[len] = '\0';
		n = number(part, 255);
		if (n == -1)
			return false;
		bytes[i] = (unsigned char)n;
	}
	return *word == '\0' || *word == '%';
}

/* A zone that is a number fits into 32 bits, whatever the size of a long. */
static void
check_zone(const char *word, uint32_t id)
{
	const char *zone = strchr(word, '%');
	unsigned long long n = 0;

	if (zone == NULL) {
		MUST(id == 0);
		return;
	}
	if (zone[1 + strspn(zone + 1, "0123456789")] != '\0')
		return;
	for (zone++; *zone != '\0'; zone++) {
		n = 10 * n + (unsigned)(*zone - '0');
		MUST(n <= UINT32_MAX);
	}
	MUST(id == n);
}

static void
check_text(const struct addr *a)
{
	char text[ADDR_TEXT], host[ADDR_TEXT], expected[2 * ADDR_TEXT];
	struct addr *again;
	size_t n;
	int port = addr_get_port(a);

	MUST(addr_host(a, text) == text);
	n = strlen(text);
	snprintf(host, sizeof host, "%s", text);
	snprintf(expected, sizeof expected, "%s:%d", host, port);
	MUST(strcmp(addr_label(a, text), expected) == 0);
	snprintf(expected, sizeof expected, "%s port %d", host, port);
	MUST(strcmp(addr_host_port(a, text), expected) == 0);
	if (a->is.any.sa_family == AF_INET6) {
		MUST(host[0] == '[' && host[n - 1] == ']');
		memmove(host, host + 1, n - 1);
		host[n - 2] = '\0';
	}
	MUST(resolve(&again, host, port, a->is.any.sa_family, true) == 1);
	MUST(addr_same(a, again) && addr_hash(a, 7) == addr_hash(again, 7));
	MUST(again->len == a->len);
	addr_set_port(again, port ^ 1);
	MUST(!addr_same(a, again) && addr_get_port(again) == (port ^ 1));
	free(again);
}

/* Is it written as IPv6? Then an IPv4 address was mapped (RFC 4291). */
static bool
is_mapped(const char *word)
{
	return strchr(word, ':') != NULL;
}

/* Of IPv4 addresses, groups and 255.255.255.255 have a zone. */
static bool
may_have_zone(const struct addr *a)
{
	in_addr_t host = ntohl(a->is.in4.sin_addr.s_addr);

	return host >> 28 == 14 || host == INADDR_BROADCAST;
}

static bool
is_mapped_to(const char *word, const struct addr *a)
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char bytes[16];
	char bare[WORD];

	snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word, "%"), word);
	return inet_pton(AF_INET6, bare, bytes) == 1 &&
	    memcmp(bytes, prefix, sizeof prefix) == 0 &&
	    memcmp(bytes + sizeof prefix, &a->is.in4.sin_addr, 4) == 0;
}

static void
check_ipv4(const char *word, const struct addr *a)
{
	unsigned char bytes[4];

	check_zone(word, a->zone);
	MUST(may_have_zone(a) || strchr(word, '%') == NULL);
	if (is_mapped(word))
		MUST(is_mapped_to(word, a));
	else
		MUST(is_ipv4(word, bytes) &&
		    memcmp(&a->is.in4.sin_addr, bytes, 4) == 0);
}

static void
check_address(const char *word, int port)
{
	struct addr *list, *other;
	unsigned char bytes[4];
	int n = resolve(&list, word, port, AF_UNSPEC, true), family;

	MUST(n == -1 || n == 1);
	MUST((n == 1) == (list != NULL));
	if (n == 1) {
		family = list->is.any.sa_family;
		MUST(addr_get_port(list) == port && !addr_unnamed(list));
		MUST(is_ipv4(word, bytes) ==
		    (family == AF_INET && !is_mapped(word)));
		if (family == AF_INET6)
			check_zone(word, list->is.in6.sin6_scope_id);
		else
			check_ipv4(word, list);
		check_text(list);
		family = family == AF_INET ? AF_INET6 : AF_INET;
		MUST(resolve(&other, word, port, family, true) == -1);
		MUST(other == NULL);
	} else
		MUST(!is_ipv4(word, bytes) || strchr(word, '%') != NULL);
	free(list);
}

/*
 * A network is an address, optionally with a slash and a number of bits that
 * the address has.
 */
static void
check_net(const char *word)
{
	char host[WORD];
	const char *slash = strchr(word, '/');
	struct network net;
	struct addr *a;
	size_t n = slash == NULL ? strlen(word) : (size_t)(slash - word);
	int result = network_parse(&net, word), max, bits;

	memcpy(host, word, n);
	host[n] = '\0';
	if (n > NET_MAX ||
	    resolve(&a, host, 0, AF_UNSPEC, true) == -1) {
		MUST(result == -1);
		return;
	}
	max = a->is.any.sa_family == AF_INET ? 32 : 128;
	bits = slash == NULL ? max : number(slash + 1, max);
	if (max == 32 && is_mapped(host) && slash != NULL) {
		bits = number(slash + 1, 128);
		bits = bits < 96 ? -1 : bits - 96;
	}
	if (bits != -1 && slash != NULL && strlen(slash + 1) > 3)
		bits = -1; /* at most three digits */
	MUST((result == 0) == (bits != -1));
	if (result == 0) {
		MUST(net.bits == bits && addr_same(&net.addr, a));
		MUST(network_find(a, &net, 1) == &net);
		MUST(network_find(a, &net, 0) == NULL);
	}
	free(a);
}

static void
check_path(const char *word)
{
	struct addr a, other;
	char text[ADDR_TEXT];
	size_t n = strlen(word);
	int result = unix_addr(&a, word);

	MUST((result == 0) == (n > 0 && n < sizeof a.is.un.sun_path));
	if (result == -1)
		return;
	MUST(strcmp(addr_host(&a, text), word) == 0);
	MUST(strcmp(addr_host_port(&a, text), word) == 0);
	MUST(!addr_unnamed(&a) && addr_get_port(&a) == -1);
	a.nth = 7;
	MUST(strcmp(addr_label(&a, text), "unix:7") == 0);
	unix_addr(&other, "another");
	MUST(addr_same(&a, &a));
	MUST(addr_same(&a, &other) == (strcmp(word, "another") == 0));
}

static bool
bit(const unsigned char *bytes, int i)
{
	return bytes[i / 8] >> (7 - i % 8) & 1;
}

static struct addr
make_addr(int family, const unsigned char *bytes)
{
	struct addr a = { .len = sizeof a.is.in4 };

	a.is.any.sa_family = (sa_family_t)family;
	if (family == AF_INET6) {
		a.len = sizeof a.is.in6;
		memcpy(&a.is.in6.sin6_addr, bytes, NET6);
	} else
		memcpy(&a.is.in4.sin_addr, bytes, 4);
	return a;
}

/*
 * The bytes are the number of bits, the families, 16 bytes of the network and
 * 16 of the address.
 */
static void
check_bits(const unsigned char *bytes)
{
	int one = bytes[1] & 1 ? AF_INET6 : AF_INET;
	int two = bytes[1] & 2 ? AF_INET6 : AF_INET;
	const unsigned char *x = bytes + 2, *y = x + NET6;
	struct addr a = make_addr(two, y);
	struct addr other = make_addr(one, x);
	struct network net[2];
	char text[INET6_ADDRSTRLEN], word[2 * INET6_ADDRSTRLEN];
	int bits = bytes[0] % (one == AF_INET6 ? 129 : 33);
	bool in = one == two;

	addr_unmap(&a);
	addr_unmap(&other);
	if (a.is.any.sa_family != two || other.is.any.sa_family != one)
		return; /* mapped, and covered as IPv4 */
	inet_ntop(one, x, text, sizeof text);
	snprintf(word, sizeof word, "%s/%d", text, bits);
	MUST(network_parse(&net[1], word) == 0 && net[1].bits == bits);
	for (int i = 0; i < bits; i++)
		in = in && bit(x, i) == bit(y, i);
	MUST((network_find(&a, &net[1], 1) != NULL) == in);
	net[0] = net[1];
	MUST((network_find(&a, net, 2) != NULL) == in);
	net[0].bits = 0;
	MUST((network_find(&a, net, 2) != NULL) == (one == two));
	MUST(addr_same(&a, &net[1].addr) == (one == two &&
	    memcmp(x, y, one == AF_INET6 ? NET6 : 4) == 0));
	in = one == two && memcmp(x, y, one == AF_INET6 ? 8 : 4) == 0;
	addr_keep_host(&a);
	addr_keep_host(&other);
	MUST(addr_same(&a, &other) == in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned char bytes[2 + 2 * NET6] = { 0 };
	char word[WORD];
	size_t len = 0;

	while (len < n && len < sizeof word - 1 && data[len] != '\n' &&
	    data[len] != '\0')
		len++;
	if (len > 0)
		memcpy(word, data, len);
	word[len] = '\0';
	if (len + 1 < n)
		memcpy(bytes, data + len + 1, n - len - 1 < sizeof bytes
		    ? n - len - 1 : sizeof bytes);
	check_port(word);
	check_address(word, bytes[0] << 8 | bytes[1]);
	check_net(word);
	check_path(word);
	check_bits(bytes);
	return 0;
}
