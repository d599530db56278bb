#ifndef DIAL_H
#define DIAL_H

#include <stdbool.h>

struct addr;
struct sock_wish;
struct unix_file;

/* Whom to reach, from where, and for how long to try. */
struct dialing {
	int type;                /* SOCK_STREAM, or SOCK_DGRAM */
	const char *host;        /* as the user called it, for messages */
	const struct addr *to;   /* any of these will do */
	int nto;
	const struct addr *from; /* local addresses: one for each family */
	int nfrom;               /* 0: the system chooses */
	const struct sock_wish *wish;
	bool replace;            /* a stale socket at a local path */
	struct unix_file *file;  /* what is made for a local path or name */
	long long end;           /* clock_ms() when to give up, -1: never */
	int stop;                /* give up when this becomes readable */
};

enum {
	DIAL_FAILED = -1,
	DIAL_LATE = -2,
	DIAL_STOPPED = -3,
};

/*
 * Connect to the first address that answers (a datagram socket does so at
 * once, and may still be refused): the next one is tried
 * 250 ms after the last, or at once when that one failed, the families taking
 * turns (in the spirit of RFC 8305). Returns the connected socket, and in
 * *reached where it leads. Else it is DIAL_FAILED and errno, or DIAL_LATE when
 * the time ran out, having said why, address by address; DIAL_STOPPED
 * without a word.
 */
int dial(const struct dialing *d, struct addr *reached);

/*
 * Start to connect to one address. Returns the socket, on which poll(2) tells
 * the end of it by POLLOUT; -1 and errno.
 */
int dial_start(const struct dialing *d, const struct addr *to);

#endif
