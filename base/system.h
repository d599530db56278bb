#ifndef SYSTEM_H
#define SYSTEM_H

/*
 * Differences between systems: extensions to POSIX.1-2008, and replacements for
 * it. The Makefile has the rest: the macros that make their headers show what
 * is used here, the libraries and the linker's options. -DPOSIX_ONLY leaves out
 * what POSIX does not have.
 */
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* macOS has st_ctim by another name, and polls OPEN_MAX descriptors at most. */
#ifdef __APPLE__
#define st_ctim st_ctimespec
enum { DESCRIPTORS_MAX = OPEN_MAX };
#else
enum { DESCRIPTORS_MAX = INT_MAX };
#endif

/* poll(2) may ignore a descriptor of which no events are asked. */
#if defined(__APPLE__) || defined(__DragonFly__) || defined(SIMULATE_MACOS)
enum { POLL_NEEDS_EVENTS = 1 };
#else
enum { POLL_NEEDS_EVENTS = 0 };
#endif

/* Only Linux has Unix addresses without a file. */
#if defined(__linux__) && !defined(POSIX_ONLY)
enum { ABSTRACT_NAMES = 1 };
#else
enum { ABSTRACT_NAMES = 0 };
#endif

/* socket(2) takes these in POSIX.1-2024; macOS does not have them. */
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC) && !defined(POSIX_ONLY)
enum { SOCKET_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC };
#else
enum { SOCKET_FLAGS = 0 };
#endif

/*
 * ioctl(2) of the number of bytes not acknowledged, an int: Linux, some BSDs.
 */
#ifndef POSIX_ONLY
#include <sys/ioctl.h>
#endif
#if defined(FIONWRITE) && !defined(POSIX_ONLY)
#define GET_UNACKED(fd, n) ioctl(fd, FIONWRITE, n)
#elif defined(TIOCOUTQ) && !defined(POSIX_ONLY)
#define GET_UNACKED(fd, n) ioctl(fd, TIOCOUTQ, n)
#else
#define GET_UNACKED(fd, n) ((void)(fd), (void)(n), -1)
#endif

/*
 * getsockopt(2) of the state of a TCP connection, a byte: Linux, whose struct
 * tcp_info begins with it.
 */
#if defined(__linux__) && !defined(POSIX_ONLY)
#define GET_TCP_STATE(fd, state) getsockopt(fd, IPPROTO_TCP, TCP_INFO, state, \
    &(socklen_t){ sizeof *(state) })
#endif

/* Socket options that a system lacks; macOS has one by another name. */
#define OPTION_MISSING (-1)
#ifdef POSIX_ONLY
#undef SO_BINDTODEVICE
#undef SO_MARK
#undef SO_PRIORITY
#undef TCP_CONGESTION
#undef TCP_KEEPALIVE
#undef TCP_KEEPCNT
#undef TCP_KEEPIDLE
#undef TCP_KEEPINTVL
#undef TCP_USER_TIMEOUT
#endif
#ifndef SO_BINDTODEVICE
#define SO_BINDTODEVICE OPTION_MISSING
#endif
#ifndef SO_MARK
#define SO_MARK OPTION_MISSING
#endif
#ifndef SO_PRIORITY
#define SO_PRIORITY OPTION_MISSING
#endif
#ifndef TCP_CONGESTION
#define TCP_CONGESTION OPTION_MISSING
#endif
#ifndef TCP_KEEPCNT
#define TCP_KEEPCNT OPTION_MISSING
#endif
#if !defined(TCP_KEEPIDLE) && defined(TCP_KEEPALIVE)
#define TCP_KEEPIDLE TCP_KEEPALIVE
#elif !defined(TCP_KEEPIDLE)
#define TCP_KEEPIDLE OPTION_MISSING
#endif
#ifndef TCP_KEEPINTVL
#define TCP_KEEPINTVL OPTION_MISSING
#endif
#ifndef TCP_USER_TIMEOUT
#define TCP_USER_TIMEOUT OPTION_MISSING
#endif

/* The protocol of multipath TCP (RFC 8684), of socket(2). */
#if defined(IPPROTO_MPTCP) && !defined(POSIX_ONLY)
#define MULTIPATH IPPROTO_MPTCP
#else
#define MULTIPATH OPTION_MISSING
#endif

/* Who is at the other end of a Unix stream: SO_PEERCRED or getpeereid(3). */
#if defined(__linux__) && defined(SO_PEERCRED) && !defined(POSIX_ONLY)
#define HAVE_PEERCRED 1
#elif (defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || \
    defined(__OpenBSD__) || defined(__DragonFly__)) && !defined(POSIX_ONLY)
#define HAVE_PEEREID 1
#endif

/*
 * How the local address of a datagram is learned and chosen. The BSDs have a
 * pair of options for IPv4; NetBSD's in_pktinfo lacks ipi_spec_dst.
 */
#ifndef POSIX_ONLY
#if defined(IP_RECVDSTADDR) && defined(IP_SENDSRCADDR)
#define LOCAL4_RECEIVE IP_RECVDSTADDR
#define LOCAL4_SEND IP_SENDSRCADDR
#elif defined(IP_PKTINFO)
#define LOCAL4_PKTINFO IP_PKTINFO
#endif
#if defined(IPV6_RECVPKTINFO) && defined(IPV6_PKTINFO)
#define LOCAL6_PKTINFO IPV6_PKTINFO
#endif
#endif

/* Does the system have ss(8), which shows the sockets of other programs? */
#ifdef __linux__
#define SHOWS_SOCKETS 1
#else
#define SHOWS_SOCKETS 0
#endif

/*
 * How a group of IPv4 is joined: struct ip_mreqn names the interface by its
 * number, struct ip_mreq by its address. POSIX has groups of IPv6 only.
 */
#if (defined(__linux__) || defined(__APPLE__) || defined(__FreeBSD__)) && \
    !defined(POSIX_ONLY)
#define JOIN_BY_NUMBER 1
#endif

/* The number of an interface, in struct in_pktinfo. */
#ifdef __APPLE__
typedef unsigned int interface_index;
#else
typedef int interface_index;
#endif

/* 255.255.255.255 leaves by an interface that a control message names. */
#ifdef LOCAL4_PKTINFO
enum { BROADCAST_ZONES = 1 };
#else
enum { BROADCAST_ZONES = 0 };
#endif

/* The addresses of the interfaces, by getifaddrs(3). */
#ifndef POSIX_ONLY
#define HAVE_IFADDRS 1
#endif

/* Options of groups, and of local addresses, that a system lacks. */
#if defined(POSIX_ONLY) || !defined(IP_MULTICAST_ALL)
#undef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL OPTION_MISSING
#endif
#if defined(POSIX_ONLY) || !defined(IPV6_MULTICAST_ALL)
#undef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL OPTION_MISSING
#endif
#ifndef IP_PKTINFO
#define IP_PKTINFO OPTION_MISSING
#endif
#ifndef IP_RECVDSTADDR
#define IP_RECVDSTADDR OPTION_MISSING
#endif
#ifndef IPV6_RECVPKTINFO
#define IPV6_RECVPKTINFO OPTION_MISSING
#endif

/* POSIX lets it be undefined where pipes differ. */
#ifndef PIPE_BUF
#define PIPE_BUF _POSIX_PIPE_BUF
#endif

/* Opening this may give a file description of our own: Linux, illumos. */
#ifdef POSIX_ONLY
#define FD_PATH ""
#else
#define FD_PATH "/dev/fd"
#endif

#endif
