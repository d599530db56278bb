#ifndef DIAL_H
#define DIAL_H

#include <poll.h>
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
	bool is_proxy;           /* the host is a proxy */
	const struct addr *from; /* local addresses, one for each family */
	int nfrom;               /* 0: the system chooses */
	const struct sock_opts *sock_opts;
	bool replace;            /* replace a stale socket at a local path */
	struct unix_file *file;  /* the socket file that bind(2) creates */
	bool refuse_self;        /* a TCP connection to itself is refused */
	bool ask_many;           /* do not connect to an address of many */
	bool probe;              /* only find out whether there is an answer */
	long long deadline;      /* clock_ms() when to give up, or NEVER */
	long long limit;         /* ms of an attempt, to report, or NEVER */
};

/*
 * The limit that -w and -c, in milliseconds or NEVER, leave an attempt: of
 * several attempts none is reported alone.
 */
long long dial_limit(long long wait, long long retry);

/* What has become of an attempt, if not a socket. */
enum {
	DIAL_FAILED = -1,
	DIAL_TIMEOUT = -2,
	DIAL_STOPPED = -3, /* by a signal */
	DIAL_PENDING = -4,
};

/*
 * Is it an address of many, such as a group, of which anybody may answer? Then
 * the socket is not connected: it would hear nobody.
 */
bool dial_asks_many(const struct dial_params *d, const struct addr *to);

/*
 * Start connect(2) to one address. Returns the socket, which poll(2) reports
 * as writable once connect(2) has succeeded or failed; -1 and errno.
 */
int dial_start(const struct dial_params *d, const struct addr *to);

/* Report what came of an attempt: "connect to example.org port 80: why". */
void dial_report(const struct dial_params *d, const struct addr *to,
    const char *why);

/* The same of an errno or REASON_SILENCE, with what to do if that is known. */
void dial_report_error(const struct dial_params *d, const struct addr *to,
    int error);

/* Report at -v: "connection to example.org port 80 succeeded: open". */
void dial_report_open(const struct dial_params *d, const struct addr *to);

/*
 * May a later attempt succeed after this error? It may if the other side
 * refused, reset, did not answer or was unreachable, or if the name or the
 * path does not exist.
 */
bool dial_transient(int error);

/* The attempt at one address. */
struct attempt {
	int error;       /* 0: it has not failed */
	int spare;       /* a socket for the next attempt, or -1 */
	bool full;       /* the backlog is: another attempt is due */
	long long start; /* clock_us(), 0: it has not been tried */
};

/*
 * One attempt at each address, in the spirit of RFC 8305: pfds[i] and
 * attempts[i] belong to d->to[i]. The next attempt starts 250 ms after the
 * last, or at once when that one failed, and the families alternate. A datagram
 * socket connects at once, and may still be refused later. If d->probe is set,
 * an empty UDP datagram is sent to see whether there is a reply, and refused
 * TCP sockets are used again where the system can do that.
 */
struct race {
	const struct dial_params *d;
	struct pollfd *pfds; /* for poll(2) */
	struct attempt *attempts;
	int last;       /* the address tried last, -1: none yet */
	long long next; /* clock_ms() when the next one may start */
};

/* Set up a race whose first three members are set. */
void race_init(struct race *r);

/* Begin anew: no address has been tried. */
void race_reset(struct race *r);

/* Start the attempt that is due, if any. Returns false if there is none. */
bool race_start(struct race *r, long long now);

/* The attempt started last has failed, but it is due again. */
void race_take_back(struct race *r);

/*
 * clock_ms() when to go on if poll(2) finds nothing until then, or NEVER; 0 if
 * all attempts have failed.
 */
long long race_next(const struct race *r);

/*
 * What poll(2) has found. Returns the index of the first address that has
 * answered; DIAL_PENDING, or DIAL_FAILED if all have failed.
 */
int race_result(struct race *r);

/* Close all sockets but the winner's; -1: all of them. */
void race_close(struct race *r, int winner);

/* Every pending attempt has failed with this error. */
void race_fail(struct race *r, int error);

/*
 * The error of a race that has failed: the last one, or the last one that is
 * transient, because another attempt may succeed then.
 */
int race_error(const struct race *r);

/* Report the failure of each address that was tried. */
void race_report(const struct race *r);

/* Close the spare sockets. Returns false if there are none. */
bool race_drop_spares(struct race *r);

#endif
