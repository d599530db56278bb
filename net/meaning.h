#ifndef MEANING_H
#define MEANING_H

#include <stdbool.h>

struct call;

/* What is true of a call or of its socket. */
enum {
	FAILED = 1 << 0,
	AGAIN = 1 << 1,    /* failed with EAGAIN */
	EMPTY = 1 << 2,    /* of 0 bytes, which may be the end of file */
	PART = 1 << 3,     /* of fewer bytes than were asked for */
	NONE = 1 << 4,     /* the value is 0 */
	PEEK = 1 << 5,     /* the data stays in the queue */
	DGRAM = 1 << 6,    /* of a socket for datagrams */
	UNIX = 1 << 7,     /* of the Unix domain */
	NAMELESS = 1 << 8, /* of an address without a name */
	ANY4 = 1 << 9,     /* of INADDR_ANY */
	ANY6 = 1 << 10,    /* of in6addr_any */
	ANY_PORT = 1 << 11, /* of port 0 */
	GROUP = 1 << 20,   /* of a group */
	LOCAL = 1 << 21,   /* it tells which address of ours was asked */
	/* of a socket */
	LISTENS = 1 << 12,
	CONNECTED = 1 << 13,
	ENDED = 1 << 14,  /* the peer's end of file was read */
	BROKEN = 1 << 15, /* by an error */
	RESETS = 1 << 16, /* when it is closed */
	SHARED = 1 << 17, /* another process has it too */
	PASSED = 1 << 18, /* to the receiver of a descriptor */
	ADOPTED = 1 << 19, /* another process has opened it */
};

/*
 * What a call means with these facts; error is why it failed, an errno.
 * '%' and a letter stand for an argument, as in net/trace.c.
 */
const char *meaning_of(const struct call *c, unsigned int facts, int error);

/* Does an error's meaning say as much as its text, strerror(3)? */
bool meaning_tells(int error);

/* The name of an errno: "EAGAIN". */
const char *meaning_error(int error);

/* The name of an error of getaddrinfo(3): "EAI_NONAME". */
const char *meaning_lookup_error(int error);

/*
 * The name of an option of sockets, what this value of it does to a socket with
 * these facts ("": unknown), and the name of its level; NULL: it has no name
 * here.
 */
const char *meaning_option(int level, int name);
const char *meaning_of_option(int level, int name, int value,
    unsigned int facts);
const char *meaning_level(int level);

#endif
