#ifndef DETAIL_H
#define DETAIL_H

#include <poll.h>
#include <stddef.h>

struct addr;
struct timespec;

/* What -vvvv adds to the line of a call: each of these writes a line more. */

/* The bytes of the address as the system has them (POSIX, sys/socket.h). */
void detail_addr(const struct timespec *began, const struct addr *a);

/* The first of n bytes of data, in hexadecimal and as text. */
void detail_data(const struct timespec *began, const void *data, size_t n);

/*
 * The state of a TCP connection (RFC 9293, 3.3.2) where the system tells, and
 * the bytes in its queues.
 */
void detail_state(const struct timespec *began, int fd);

/*
 * poll(2) of n places has found this many ready, by this time limit in ms; -1:
 * errno tells why not.
 */
void detail_poll(const struct timespec *began, const struct pollfd *p, size_t n,
    int timeout, int ready);

#endif
