#ifndef DATAGRAM_H
#define DATAGRAM_H

#include <stddef.h>
#include <sys/types.h>

struct addr;
struct local;

/*
 * The socket calls for datagrams whose address is not that of connect(2), as in
 * sock.h: they return what POSIX says, with errno, and never wait.
 */

/*
 * recvfrom(2). The sender's address goes to *from; a sender without one has
 * the family of the socket and nothing else. A datagram of more than n bytes
 * is dropped, and is EMSGSIZE. datagram_peek() leaves the datagram in the
 * queue, and returns 0; -1 and errno.
 */
ssize_t datagram_receive(int fd, void *buf, size_t n, struct addr *from);
int datagram_peek(int fd, struct addr *from);

/*
 * Note the local address of each datagram at a socket bound to *a: IP_PKTINFO,
 * IP_RECVDSTADDR or IPV6_RECVPKTINFO (RFC 3542, 6). Returns 0; -1 and errno,
 * ENOPROTOOPT if the system cannot.
 */
int datagram_note_local(int fd, const struct addr *a);

/* The same as datagram_receive(); the noted address goes to *local. */
ssize_t datagram_receive_noted(int fd, void *buf, size_t n, struct addr *from,
    struct local *local);

/*
 * sendmsg(2) from this address, whose family is not 0. If the address is gone,
 * errno is EADDRNOTAVAIL, or on Linux EINVAL or ENETUNREACH.
 */
ssize_t datagram_send_from(int fd, const void *buf, size_t n,
    const struct addr *to, const struct local *local);

/* sendto(2). */
ssize_t datagram_send(int fd, const void *buf, size_t n, const struct addr *to);

#endif
