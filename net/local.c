/* The local address of a datagram, in a control message. */
#ifndef POSIX_ONLY
/* glibc, musl and macOS hide in6_pktinfo */
#define _GNU_SOURCE 1 /* NOLINT */
#define __APPLE_USE_RFC_3542 1 /* NOLINT */
#endif
#include "local.h"
#include "../base/system.h"
#include "addr.h"
#include "group.h"

#include <arpa/inet.h>
#include <stdio.h>
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
/* Nothing can be sent from the address of a group, or from one of broadcast. */
static bool
can_send(struct in_addr ip)
{
	struct addr a = { .len = sizeof a.is.in4 };

	a.is.in4.sin_family = AF_INET;
	a.is.in4.sin_addr = ip;
	return !group_reaches_many(&a);
}

/* The BSDs give what was asked; then the system chooses by route. */
static void
learn4(const struct cmsghdr *h, struct local *l)
{
	if (h->cmsg_level != IPPROTO_IP || h->cmsg_type != LOCAL4_RECEIVE)
		return;
	memcpy(&l->asked.in4, CMSG_DATA(h), sizeof l->asked.in4);
	if (can_send(l->asked.in4))
		l->own = l->asked;
	l->family = AF_INET;
}
#elif defined(LOCAL4_PKTINFO)
/* ipi_spec_dst is the interface's own, whatever was asked (RFC 1122). */
static void
learn4(const struct cmsghdr *h, struct local *l)
{
	struct in_pktinfo info;

	if (h->cmsg_level != IPPROTO_IP || h->cmsg_type != LOCAL4_PKTINFO)
		return;
	memcpy(&info, CMSG_DATA(h), sizeof info);
	l->asked.in4 = info.ipi_addr;
	l->own.in4 = info.ipi_spec_dst;
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
	l->asked.in6 = info.ipi6_addr;
	if (!IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
		l->own = l->asked;
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

#ifdef LOCAL6_PKTINFO
static void
choose6(const struct local *l, struct msghdr *m)
{
	struct in6_pktinfo info = { .ipi6_addr = l->own.in6 };

	if (IN6_IS_ADDR_LINKLOCAL(&l->own.in6) ||
	    IN6_IS_ADDR_UNSPECIFIED(&l->own.in6))
		info.ipi6_ifindex = l->interface;
	put_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
}
#endif

#ifdef LOCAL4_SEND
static void
choose4(const struct local *l, struct msghdr *m)
{
	if (l->own.in4.s_addr != htonl(INADDR_ANY))
		put_control(m, IPPROTO_IP, LOCAL4_SEND, &l->own.in4,
		    sizeof l->own.in4);
}
#elif defined(LOCAL4_PKTINFO)
/* With an address of ours, routing chooses the interface. */
static void
choose4(const struct local *l, struct msghdr *m)
{
	struct in_pktinfo info = { .ipi_spec_dst = l->own.in4 };

	if (l->own.in4.s_addr == htonl(INADDR_ANY))
		info.ipi_ifindex = (interface_index)l->interface;
	put_control(m, IPPROTO_IP, LOCAL4_PKTINFO, &info, sizeof info);
}
#endif

void
local_choose(const struct local *l, struct msghdr *m)
{
#ifdef LOCAL6_PKTINFO
	if (l->family == AF_INET6) {
		choose6(l, m);
		return;
	}
#endif
#if defined(LOCAL4_SEND) || defined(LOCAL4_PKTINFO)
	choose4(l, m);
#else
	(void)m;
	(void)l;
#endif
}

static const char *
text_of(int family, const union local_ip *ip, char *text)
{
	if (inet_ntop(family, ip, text, LOCAL_TEXT) == NULL)
		snprintf(text, LOCAL_TEXT, "?");
	return text;
}

const char *
local_text(const struct local *l, char *text)
{
	return text_of(l->family, &l->asked, text);
}

/* Does the system choose an address? */
static bool
is_any(const struct local *l)
{
	if (l->family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&l->own.in6);
	return l->own.in4.s_addr == htonl(INADDR_ANY);
}

const char *
local_own_text(const struct local *l, char *text)
{
	if (!is_any(l))
		return text_of(l->family, &l->own, text);
	snprintf(text, LOCAL_TEXT, "interface %u", l->interface);
	return text;
}
