#ifndef ADDR_H
#define ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The address of a socket: IPv4, IPv6 or Unix. */
struct addr {
	socklen_t len;
	int nth; /* labels a Unix client, which has no name: 1, 2, ... */
	uint32_t zone; /* the interface of an IPv4 group; 0: none */
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} is;
};

enum { ADDR_TEXT = 160 }; /* size of the buffer for an address as text */

enum { PORT_MAX = 65535 }; /* the highest port */

/* How to read a port: names are those of UDP, not TCP; or there are none. */
enum { PORT_UDP = 1, PORT_NUMERIC = 2 };

/*
 * Parse a port: a decimal number up to 65535 or a name from services(5), as
 * the flags in how say. Returns -1 if it is neither.
 */
int addr_port(const char *text, int how);

/*
 * The name in services(5) of a TCP port, or UDP if datagram; "-" if it has
 * none. It is valid until the next call.
 */
const char *addr_service(int port, bool datagram);

/* The name of AF_INET or AF_INET6: "IPv4" or "IPv6". */
const char *addr_family_name(int family);

/* An IPv4 or IPv6 address; only the host is in network byte order. */
struct addr addr_ipv4(in_addr_t host, int port);
struct addr addr_ipv6(const struct in6_addr *host, int port);

/*
 * The bytes of the host, in network byte order, or of the path, which no NUL
 * ends. Their number goes to *n.
 */
const unsigned char *addr_bytes(const struct addr *a, size_t *n);

/* Are they the same, port included? */
bool addr_same(const struct addr *a, const struct addr *b);

/*
 * A hash: the same for equal addresses. Without the seed, nobody can construct
 * addresses that collide.
 */
size_t addr_hash(const struct addr *a, uint64_t seed);

/* Is it the address of an unnamed Unix socket, which cannot be replied to? */
bool addr_unnamed(const struct addr *a);

/* Is it the address of a group: multicast (RFC 1112, 4; RFC 4291, 2.7)? */
bool addr_is_group(const struct addr *a);

/* The interface that its zone names, by number; 0: it has no zone. */
uint32_t addr_zone(const struct addr *a);

/* Is it a Unix address? */
bool addr_is_unix(const struct addr *a);

/* The port; -1 for a Unix address. */
int addr_get_port(const struct addr *a);

/* Change the port; a Unix address has none and stays as it is. */
void addr_set_port(struct addr *a, int port);

/* An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) becomes the IPv4 address. */
void addr_unmap(struct addr *a);

/* How many bits the address of a host has: 32 or 128. */
int addr_bits(const struct addr *a);

/*
 * Leave only what tells hosts apart: no port, and the first 64 bits of an IPv6
 * address, because one host may have all addresses with these.
 */
void addr_keep_host(struct addr *a);

/*
 * Format an address into text, which holds ADDR_TEXT bytes, and return text.
 * An IP address alone: "192.0.2.1" or "2001:db8::1".
 */
const char *addr_ip(const struct addr *a, char *text);

/* A host: "192.0.2.1", "[2001:db8::1]" or "/path". */
const char *addr_host(const struct addr *a, char *text);

/* A host and port, for diagnostics: "192.0.2.1 port 80". */
const char *addr_host_port(const struct addr *a, char *text);

/* The label of a client: "192.0.2.1:80", "[2001:db8::1]:80" or "unix:1". */
const char *addr_label(const struct addr *a, char *text);

#endif
