#ifndef TCP_H
#define TCP_H

#include <stdbool.h>
#include <stddef.h>

/* What the kernel has measured of a TCP connection. */
struct tcp_stats {
	bool known;              /* the system tells */
	long long busy;          /* us in which data was on its way */
	long long window_limited; /* us of it: the receiver's window was full */
	unsigned int rtt;        /* us */
	unsigned int retransmissions;
};

/* Fill in *s (Linux, TCP_INFO), or leave it as it is. */
void tcp_stats(int fd, struct tcp_stats *s);

/* The bytes sent that were not acknowledged; 0 also if that is unknown. */
size_t tcp_unacked(int fd);

/*
 * The state of a TCP connection (RFC 9293, 3.3.2), with the bytes that were not
 * acknowledged and those that were not read; NULL if the system does not tell.
 */
const char *tcp_state(int fd, size_t *unacked, size_t *unread);

#endif
