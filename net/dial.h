#ifndef DIAL_H
#define DIAL_H

#include <stdbool.h>

struct addr;
struct sock_opts;
struct unix_file;

/* Where to connect to, from which local address, and for how long to try. */
struct dial_params {
	int type;                /* SOCK_STREAM or SOCK_DGRAM */
	const char *host;        /* as the user wrote it, for diagnostics */
	const struct addr *to;   /* the addresses to try */
	int nto;
	const struct addr *from; /* local addresses, one for each family */
	int nfrom;               /* 0: the system chooses */
	const struct sock_opts *sock_opts;
	bool replace;            /* replace a stale socket at a local path */
	struct unix_file *file;  /* the socket file that bind(2) creates */
	long long deadline;      /* clock_ms() when to give up, or NEVER */
	int stop_fd;             /* give up when this becomes readable */
};

enum {
	DIAL_FAILED = -1,
	DIAL_TIMEOUT = -2,
	DIAL_STOPPED = -3,
};

/*
 * Connect to the first address that answers, in the spirit of RFC 8305: the
 * next attempt starts 250 ms after the last, or at once when that one failed,
 * and the families alternate. A datagram socket connects at once, and may
 * still be refused later. Returns the connected socket, and its address in
 * *reached; or DIAL_FAILED and errno, or DIAL_TIMEOUT at the deadline, after
 * reporting the failure of each address; or DIAL_STOPPED, without a report.
 */
int dial(const struct dial_params *d, struct addr *reached);

/*
 * Start connect(2) to one address. Returns the socket, which poll(2) reports
 * as writable once connect(2) has succeeded or failed; -1 and errno.
 */
int dial_start(const struct dial_params *d, const struct addr *to);

#endif
