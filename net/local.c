/* The local address of a datagram, in a control message. */
#ifndef POSIX_ONLY
/* glibc, musl and macOS hide in6_pktinfo */
#define _GNU_SOURCE 1 /* NOLINT */
#define __APPLE_USE_RFC_3542 1 /* NOLINT */
#endif
#include "local.h"
#include "../base/system.h"

#include <string.h>

bool
local_option(int family, int *level, int *name)
{
	*level = IPPROTO_IP;
#ifdef LOCAL4_RECEIVE
	*name = LOCAL4_RECEIVE;
	if (family == AF_INET)
		return true;
#elif defined(LOCAL4_PKTINFO)
	*name = LOCAL4_PKTINFO;
	if (family == AF_INET)
		return true;
#endif
#ifdef LOCAL6_PKTINFO
	*level = IPPROTO_IPV6;
	*name = IPV6_RECVPKTINFO;
	return family == AF_INET6;
#else
	(void)family;
	*name = 0;
	return false;
#endif
}

#ifdef LOCAL4_RECEIVE
/* The BSDs give a group's address too, from which nothing can be sent. */
static void
learn4(const struct cmsghdr *h, struct local *l)
{
	if (h->cmsg_level != IPPROTO_IP || h->cmsg_type != LOCAL4_RECEIVE)
		return;
	memcpy(&l->in4, CMSG_DATA(h), sizeof l->in4);
	if (!IN_MULTICAST(ntohl(l->in4.s_addr)))
		l->family = AF_INET;
}
#elif defined(LOCAL4_PKTINFO)
/* ipi_spec_dst is the interface's own, whatever was asked. */
static void
learn4(const struct cmsghdr *h, struct local *l)
{
	struct in_pktinfo info;

	if (h->cmsg_level != IPPROTO_IP || h->cmsg_type != LOCAL4_PKTINFO)
		return;
	memcpy(&info, CMSG_DATA(h), sizeof info);
	l->in4 = info.ipi_spec_dst;
	l->family = AF_INET;
}
#else
static void
learn4(const struct cmsghdr *h, struct local *l)
{
	(void)h;
	(void)l;
}
#endif

/* Asked by multicast, the answer leaves from the interface's own address. */
static void
learn6(const struct cmsghdr *h, struct local *l)
{
#ifdef LOCAL6_PKTINFO
	struct in6_pktinfo info;

	if (h->cmsg_level != IPPROTO_IPV6 || h->cmsg_type != LOCAL6_PKTINFO)
		return;
	memcpy(&info, CMSG_DATA(h), sizeof info);
	l->in6 = info.ipi6_addr;
	if (IN6_IS_ADDR_MULTICAST(&l->in6))
		l->in6 = in6addr_any;
	l->interface = (unsigned int)info.ipi6_ifindex;
	l->family = AF_INET6;
#else
	(void)h;
	(void)l;
#endif
}

void
local_learn(struct local *l, struct msghdr *m)
{
	const struct cmsghdr *h = CMSG_FIRSTHDR(m); /* one option: one header */

	if (h == NULL)
		return;
	learn4(h, l);
	learn6(h, l);
}

#ifndef POSIX_ONLY
/* Make n bytes of data the one control message of m. */
static void
put_control(struct msghdr *m, int level, int type, const void *data, size_t n)
{
	struct cmsghdr *h = m->msg_control;

	m->msg_controllen = (socklen_t)CMSG_SPACE(n);
	h->cmsg_level = level;
	h->cmsg_type = type;
	h->cmsg_len = (socklen_t)CMSG_LEN(n);
	memcpy(CMSG_DATA(h), data, n);
}
#endif

void
local_choose(const struct local *l, struct msghdr *m)
{
#ifdef LOCAL6_PKTINFO
	if (l->family == AF_INET6) {
		struct in6_pktinfo info = { .ipi6_addr = l->in6 };

		if (IN6_IS_ADDR_LINKLOCAL(&l->in6) ||
		    IN6_IS_ADDR_UNSPECIFIED(&l->in6))
			info.ipi6_ifindex = l->interface;
		put_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
		return;
	}
#endif
#ifdef LOCAL4_SEND
	put_control(m, IPPROTO_IP, LOCAL4_SEND, &l->in4, sizeof l->in4);
#elif defined(LOCAL4_PKTINFO)
	struct in_pktinfo info = { .ipi_spec_dst = l->in4 };

	put_control(m, IPPROTO_IP, LOCAL4_PKTINFO, &info, sizeof info);
#else
	(void)m;
	(void)l;
#endif
}
