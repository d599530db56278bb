#ifndef CLIENT_H
#define CLIENT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One end of a connection, as the test programs have it. */
struct client {
	int fd;              /* -1: closed, or not connected yet */
	bool shut;           /* it has ended its sending side */
	bool eof;            /* it has received all that it will */
	size_t sent, got;    /* bytes */
	long long wake;      /* until then, in ms of now_ms(), it does nothing */
};

/* A client of a socket, which becomes non-blocking; -1: it is over at once. */
struct client client_of(int fd);

/*
 * Send up to n bytes, or receive up to size. Return how many; 0: none now, or
 * all is received (then eof is set); -1 and errno: the connection has failed.
 */
ssize_t client_send(struct client *, const void *bytes, size_t n);
ssize_t client_receive(struct client *, void *bytes, size_t size);

/* End the sending side. */
void client_shut(struct client *);

/* Close; with a RST; or only if both sides are over. */
void client_close(struct client *);
void client_reset(struct client *);
void client_leave(struct client *);

/* Poll for these events of a descriptor; not at all if either is none. */
void watch(struct pollfd *, int fd, int events);

/* Poll for what a client may receive, and for whether it can send. */
void client_watch(struct pollfd *, const struct client *, bool sends);

#endif
