#ifndef SOCK_H
#define SOCK_H

#include <stdbool.h>

/* What the user wants of every socket made here. */
struct sock_wish {
	int receive, send; /* buffer sizes in bytes, 0: what suits the type */
	int tos;           /* type of service or traffic class, -1: none */
	bool reuse;        /* set SO_REUSEADDR (socket(7)) */
};

/*
 * A socket(2) of this family and type, non-blocking and closed on exec(2),
 * that is as wished. For TCP, TCP_NODELAY is set: what is read at once is sent
 * at once. Returns the descriptor, or -1 and errno; a wish that the system
 * does not grant is said.
 */
int sock_open(int family, int type, const struct sock_wish *wish);

/* Close fd, which failed: returns -1, and errno is still why. */
int sock_discard(int fd);

/* Set TCP_NODELAY (RFC 896 says what for) and FD_CLOEXEC. */
void sock_adopt(int fd, int family);

/* Does the error of a read(2), write(2) or poll(2) mean just: not now? */
bool sock_later(int error);

/* Does an error mean that this side has no descriptors or memory left? */
bool sock_starved(int error);

#endif
