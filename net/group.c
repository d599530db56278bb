/* Groups and broadcast addresses: to join, to ask, and whose they are. */
#include "group.h"
#include "../base/system.h"
#include "addr.h"
#include "sock.h"
#include "zone.h"

#include <arpa/inet.h>
#include <errno.h>
#ifdef HAVE_IFADDRS
#include <ifaddrs.h>
#endif
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#ifdef HAVE_IFADDRS
static struct in_addr
ip4(const struct sockaddr *a)
{
	struct sockaddr_in in;

	memcpy(&in, a, sizeof in);
	return in.sin_addr;
}

static bool
same6(const struct sockaddr *a, const struct addr *b)
{
	struct sockaddr_in6 in;

	memcpy(&in, a, sizeof in);
	return memcmp(&in.sin6_addr, &b->is.in6.sin6_addr,
	    sizeof in.sin6_addr) == 0;
}

/* Is a the address of the interface? */
static bool
has_address(const struct ifaddrs *i, const struct addr *a)
{
	if (a->is.any.sa_family == AF_INET6)
		return same6(i->ifa_addr, a);
	return ip4(i->ifa_addr).s_addr == a->is.in4.sin_addr.s_addr;
}

/*
 * Is a the broadcast address of the interface's network: all bits after the
 * prefix are set, and they are two at least (RFC 3021)?
 */
static bool
broadcasts(const struct ifaddrs *i, const struct addr *a)
{
	in_addr_t rest;

	if (i->ifa_netmask == NULL)
		return false;
	rest = ~ip4(i->ifa_netmask).s_addr;
	return ntohl(rest) > 1 &&
	    (ip4(i->ifa_addr).s_addr | rest) == a->is.in4.sin_addr.s_addr;
}

/* Is the answer yes for an address of any interface? */
static bool
any_interface(bool (*asks)(const struct ifaddrs *, const struct addr *),
    const struct addr *a, bool unknown)
{
	struct ifaddrs *list;
	bool found = false;

	if (getifaddrs(&list) == -1)
		return unknown;
	for (struct ifaddrs *i = list; i != NULL && !found; i = i->ifa_next)
		found = i->ifa_addr != NULL &&
		    i->ifa_addr->sa_family == a->is.any.sa_family &&
		    asks(i, a);
	freeifaddrs(list);
	return found;
}
#else
#define any_interface(asks, a, unknown) ((void)(a), (unknown))
#endif

/* Only an address that ends in two bits set can be one: most need no look. */
static bool
is_broadcast(const struct addr *a)
{
	if (a->is.any.sa_family != AF_INET)
		return false;
	if (a->is.in4.sin_addr.s_addr == htonl(INADDR_BROADCAST))
		return true;
	return (ntohl(a->is.in4.sin_addr.s_addr) & 3) == 3 &&
	    any_interface(broadcasts, a, false);
}

bool
group_reaches_many(const struct addr *a)
{
	return addr_is_group(a) || is_broadcast(a);
}

bool
group_is_own(const struct addr *a)
{
	if (a->is.any.sa_family == AF_INET &&
	    a->is.in4.sin_addr.s_addr == htonl(INADDR_ANY))
		return true; /* our interface has no address that may be told */
	return any_interface(has_address, a, true);
}

static bool
is_ip6(const struct addr *a)
{
	return a->is.any.sa_family == AF_INET6;
}

/* An option that not every system has, or does for every family. */
static void
set_if_known(int fd, int level, int name, int value)
{
	if (name != OPTION_MISSING)
		sock_set(fd, level, name, value);
}

void
group_prepare(int fd, const struct addr *group, bool share)
{
	if (share)
		sock_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (is_ip6(group))
		set_if_known(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	else
		set_if_known(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

static int
join6(int fd, const struct addr *group)
{
	struct ipv6_mreq request = {
		.ipv6mr_multiaddr = group->is.in6.sin6_addr,
		.ipv6mr_interface = addr_zone(group),
	};
	char text[ADDR_TEXT];

	return sock_set_data(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request,
	    sizeof request, addr_ip(group, text));
}

#if defined(JOIN_BY_NUMBER)
static int
set_membership(int fd, int name, const struct addr *group, const char *text)
{
	struct ip_mreqn request = {
		.imr_multiaddr = group->is.in4.sin_addr,
		.imr_ifindex = (int)addr_zone(group),
	};

	return sock_set_data(fd, IPPROTO_IP, name, &request, sizeof request,
	    text);
}
#elif !defined(POSIX_ONLY)
/* The address that the interface of this number has first. */
static int
address_of(unsigned int zone, struct in_addr *found)
{
	struct ifaddrs *list;

	found->s_addr = htonl(INADDR_ANY);
	if (zone == 0)
		return 0;
	if (getifaddrs(&list) == -1)
		return -1;
	for (struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET &&
		    found->s_addr == htonl(INADDR_ANY) &&
		    if_nametoindex(i->ifa_name) == zone)
			*found = ip4(i->ifa_addr);
	freeifaddrs(list);
	errno = EADDRNOTAVAIL;
	return found->s_addr == htonl(INADDR_ANY) ? -1 : 0;
}

static int
set_membership(int fd, int name, const struct addr *group, const char *text)
{
	struct ip_mreq request = { .imr_multiaddr = group->is.in4.sin_addr };

	if (address_of(addr_zone(group), &request.imr_interface) == -1)
		return -1;
	if (name == IP_MULTICAST_IF)
		return sock_set_data(fd, IPPROTO_IP, name,
		    &request.imr_interface, sizeof request.imr_interface,
		    text);
	return sock_set_data(fd, IPPROTO_IP, name, &request, sizeof request,
	    text);
}
#else
static int
set_membership(int fd, int name, const struct addr *group, const char *text)
{
	(void)fd;
	(void)name;
	(void)group;
	(void)text;
	errno = EOPNOTSUPP;
	return -1;
}
#endif

int
group_join(int fd, const struct addr *group)
{
	char text[ADDR_TEXT];

	if (is_ip6(group))
		return join6(fd, group);
	return set_membership(fd, IP_ADD_MEMBERSHIP, group,
	    addr_ip(group, text));
}

int
group_leave_by_zone(int fd, const struct addr *group)
{
	uint32_t zone = addr_zone(group);
	char text[IF_NAMESIZE];

	if (zone == 0 || !addr_is_group(group))
		return 0;
	if (is_ip6(group))
		return sock_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)zone);
	return set_membership(fd, IP_MULTICAST_IF, group,
	    zone_name(zone, text, sizeof text));
}

bool
group_lacks_route(const struct addr *to, int error)
{
	bool zones = addr_is_group(to) || BROADCAST_ZONES;

	return zones && addr_zone(to) == 0 && group_reaches_many(to) &&
	    (error == ENODEV || error == EADDRNOTAVAIL ||
	    error == ENETUNREACH || error == EHOSTUNREACH);
}
