#ifndef ADDR_H
#define ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Any address that a socket here can have. */
struct addr {
	socklen_t len;
	int nth; /* a Unix client has no name: it is the Nth of its listener */
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} is;
};

enum { ADDR_TEXT = 160 }; /* bytes enough for any text made here */

/*
 * The port that a word means: decimal digits up to 65535, or a name from
 * services(5) for TCP (for UDP if datagram) unless numeric. -1: none.
 */
int addr_port(const char *word, bool datagram, bool numeric);

/*
 * All addresses of host with this port, in the resolver's order, in an array
 * made with malloc(3). host is an IPv4 or IPv6 literal, with or without a
 * zone (RFC 4007), or a name; NULL is every local address of the families.
 * "localhost" is both loopbacks (RFC 6761). family is AF_UNSPEC, AF_INET or
 * AF_INET6; numeric looks up no names. Returns how many there are; -1 and
 * errno having said why.
 */
int addr_resolve(struct addr **list, const char *host, int port, int family,
    bool numeric);

/* Is it the same address, port included? Equal addresses hash equally. */
bool addr_same(const struct addr *a, const struct addr *b);
size_t addr_hash(const struct addr *a);

/* Is it the address of a Unix socket that was never bound? */
bool addr_nameless(const struct addr *a);

/* The port, -1 for a Unix address; addr_set_port() gives it another. */
int addr_get_port(const struct addr *a);
void addr_set_port(struct addr *a, int port);

/* The addresses that begin with the same bits as this one: a CIDR network. */
struct addr_net {
	struct addr addr;
	int bits;
};

/*
 * Read a network as RFC 4632 and 4291 write it, "192.0.2.0/24", or a single
 * address; host bits are ignored. Returns 0, or -1 if it is none.
 */
int addr_net(struct addr_net *net, const char *word);

/* Is the address in one of the n networks? */
bool addr_in(const struct addr *a, const struct addr_net *nets, int n);

/*
 * Write "192.0.2.1", "[2001:db8::1]" or "/path" to text: what a message calls
 * a host. All three return text, which has room for ADDR_TEXT bytes.
 */
const char *addr_host(const struct addr *a, char *text);

/* Write "192.0.2.1 port 80": what a message calls an end of a connection. */
const char *addr_end(const struct addr *a, char *text);

/* Write "192.0.2.1:80" or "unix:1": what labels a client. */
const char *addr_label(const struct addr *a, char *text);

#endif
