#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdbool.h>

struct addr;

/* A connection's two ends: their names, and the addresses found. */
struct ends {
	int family;   /* AF_UNSPEC, AF_INET, AF_INET6, or AF_UNIX: paths */
	bool numeric; /* no names */
	const char *host; /* the remote end */
	int port;
	bool local;       /* the local end is given: */
	const char *local_host; /* NULL: any address */
	int local_port;         /* 0: any port */
	bool retried;     /* the time limit is that of several attempts, -c */
	struct addr *to, *from; /* remote and local; free(3) them */
	int nto, nfrom;
};

/*
 * The addresses of a host or path: see resolve(). A path has one. Returns
 * their number; -1 and errno after reporting the failure.
 */
int lookup(const struct ends *e, const char *host, int port,
    struct addr **list);

/*
 * Find the addresses of both ends, whose lists are allocated, within the limit
 * in milliseconds, or NEVER. If that is not enough for a name, report this and
 * end the program with STATUS_TIMEOUT: nothing else can interrupt
 * getaddrinfo(3). An alarm(2) of our caller stays set, and happens if it comes
 * first. Returns 0; -1 and errno after reporting the failure.
 */
int lookup_ends(struct ends *e, long long limit);

#endif
