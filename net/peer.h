#ifndef PEER_H
#define PEER_H

/* after addr.h, part.h and text.h */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Somebody who speaks and hears: a client, a server, or the user at standard
 * input and output. Times are clock_ms()'s.
 */
struct peer {
	int rfd, wfd;       /* -1 once that half is over */
	bool rsock, wsock;  /* is it a socket? */
	bool paced;         /* wfd may block: little at a time, when poll says */
	bool datagram;      /* each write is one, and no end is ever read */
	bool picky;         /* what others send to its socket is not its */
	bool shared;        /* the socket is the listener's, for many peers */
	struct redial *redial; /* where else its datagrams may go, or NULL */
	int slot;           /* in the poll set, -1: in none */
	const char *owed;   /* what it has still to be told */
	size_t owing;       /* bytes of it */
	long long heard;    /* when it came or last spoke */
	long long told;     /* when it last was owed something or took it */
	long long leaving;  /* when it was bidden farewell, 0: it was not */
	bool muted;         /* what it says is for nobody */
	unsigned long long received, sent; /* bytes */
	int error;          /* what it failed with, 0: it has not */
	const char *failed; /* at doing what */
	size_t lost;        /* bytes it was owed then */
	struct text text;   /* what it has begun to say, if that is framed */
	struct addr addr;
};

/* A peer on a connected socket, which is its to close; NULL and errno. */
struct peer *peer_new(int fd, int type, const struct addr *addr);

/* Close what is still open of it and free it. */
void peer_free(struct peer *p);

/*
 * Make a peer of standard input, if it is to listen to that, and output. A
 * description shared with others stays as it is: no O_NONBLOCK.
 */
void peer_user(struct peer *p, bool listens);

/* May it be told anything? */
bool peer_hears(const struct peer *p);

/*
 * read(2) at most n bytes of what it says; a socket is never waited for. A
 * datagram from anybody else is dropped (EAGAIN).
 */
ssize_t peer_read(struct peer *p, void *buf, size_t n);

/*
 * Tell it of what it is owed as much as it takes now. Returns 0, also if that
 * is nothing; -1 and errno as for write(2).
 */
int peer_write(struct peer *p);

/*
 * Is there something in the kernel's buffer that has not reached the other
 * side? False where the system does not tell.
 */
bool peer_undelivered(const struct peer *p);

/* It has ended, or is to be heard no more. */
void peer_end_in(struct peer *p);

/* It is told no more: half-close (RFC 9293, 3.6) or close. */
void peer_end_out(struct peer *p);

/* It failed with that error at doing that; what it is owed is lost. */
void peer_fail(struct peer *p, const char *doing, int error);

/* Say at -v that it came in, and when it has gone; say what it failed with. */
void peer_say_joined(const struct peer *p);
void peer_say_closed(const struct peer *p);
void peer_say_failed(const struct peer *p);

/* Say that it was not sent what it is owed. */
void peer_say_missed(const struct peer *p, int error);

#endif
