#ifndef SCAN_H
#define SCAN_H

#include "../base/status.h"
#include "dial.h"
#include "lookup.h"
#include "ports.h"
#include "proxy.h"

#include <stdbool.h>
#include <stdio.h>

/* A host, or a path, and its ports. */
struct scan_host {
	const char *name;   /* as the user wrote it */
	struct ports ports; /* a path has one, whose number does not matter */
	struct ends ends;   /* its addresses are looked up by scan() */
	struct proxy proxy; /* its target is this host; the port is not set */
	bool open;          /* a port was found that is not closed */
	bool again;         /* another attempt may find one */
};

/* What to scan, and how. Times are in milliseconds. */
struct scan_params {
	/*
	 * For all hosts: scan() sets the addresses, and the deadline of the
	 * whole scan. probe is set, but not through a proxy.
	 */
	struct dial_params dial;
	struct scan_host *host;
	int nhosts;
	bool proxied;       /* through the proxy of the hosts */
	bool repeat;        /* the one port, again and again */
	long long attempts; /* how many, or -1: until it is stopped */
	long long lookup;   /* of one name, unless -c limits it; NEVER */
	long long timeout;  /* of the attempt at one port, all its addresses */
	long long delay;    /* between two ports; NEVER: many ports at once */
	long long retry;    /* for how long closed hosts are tried again */
	bool numeric;       /* no service names */
	bool report;        /* report each port, open or why not */
	bool hold;          /* report only the last attempt's failures */
	FILE *out;          /* the results */
};

/*
 * Look up the hosts, and try to connect to each port. A connection is closed at
 * once. With datagrams, an empty one is sent: a reply means open, a refusal
 * closed, and silence open or filtered.
 *
 * Each port that is not closed is a line on out, unless there is only one port:
 * the host if there are several, the port, its service and the milliseconds
 * until it answered, "?" if it did not. With repeat, each attempt is a line:
 * its number and the milliseconds, "-" if closed; and at the end the totals are
 * reported.
 *
 * Returns STATUS_OK if each host has a port that is not closed; STATUS_NETWORK
 * if not, or if the proxy cannot be reached; STATUS_TIMEOUT if not in the time
 * of retry; STATUS_LOCAL after reporting why, but for EPIPE of out. A signal to
 * stop ends the scan.
 */
enum status scan(struct scan_params *p);

/* What scan() connects to for a host: that, or the proxy. */
struct dial_params scan_dial(const struct scan_params *p, int host);

#endif
