/* What the system knows of a TCP connection. */
#include "tcp.h"
#include "../base/system.h"
#include "sock.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/*
 * The layout of Linux' struct tcp_info is fixed, but C libraries declare only
 * its beginning.
 */
#if defined(__linux__) && defined(TCP_INFO) && !defined(POSIX_ONLY)
enum { RTT_AT = 68, RETRANSMISSIONS_AT = 100, BUSY_AT = 168, LIMITED_AT = 176 };

void
tcp_stats(int fd, struct tcp_stats *s)
{
	unsigned char info[256];
	socklen_t n = sizeof info;
	uint64_t busy, limited;

	if (sock_get(fd, IPPROTO_TCP, TCP_INFO, info, &n) == -1 ||
	    n < LIMITED_AT + sizeof limited)
		return;
	memcpy(&s->rtt, info + RTT_AT, sizeof s->rtt);
	memcpy(&s->retransmissions, info + RETRANSMISSIONS_AT,
	    sizeof s->retransmissions);
	memcpy(&busy, info + BUSY_AT, sizeof busy);
	memcpy(&limited, info + LIMITED_AT, sizeof limited);
	s->busy = (long long)busy;
	s->window_limited = (long long)limited;
	s->known = true;
}
#else
void
tcp_stats(int fd, struct tcp_stats *s)
{
	(void)fd;
	(void)s;
}
#endif

size_t
tcp_unacked(int fd)
{
	int n = 0;

	return GET_UNACKED(fd, &n) == 0 && n > 0 ? (size_t)n : 0;
}

#ifdef GET_TCP_STATE
const char *
tcp_state(int fd, size_t *unacked, size_t *unread)
{
	static const char *const names[] = { NULL, "ESTABLISHED", "SYN_SENT",
		"SYN_RECEIVED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT",
		"CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING" };
	unsigned char state = 0;
	int waiting = 0;

	if (GET_TCP_STATE(fd, &state) == -1 ||
	    state >= sizeof names / sizeof names[0])
		return NULL;
	if (ioctl(fd, FIONREAD, &waiting) == -1)
		waiting = 0; /* a listening socket has none */
	*unacked = tcp_unacked(fd);
	*unread = (size_t)waiting;
	return names[state];
}
#else
const char *
tcp_state(int fd, size_t *unacked, size_t *unread)
{
	(void)fd;
	*unacked = *unread = 0;
	return NULL;
}
#endif
