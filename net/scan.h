#ifndef SCAN_H
#define SCAN_H

#include "../base/status.h"
#include "dial.h"

#include <stdbool.h>
#include <stdio.h>

/* What to scan, and how. Times are in milliseconds. */
struct scan_params {
	/*
	 * The addresses, whose port is not used. deadline is that of the whole
	 * scan; probe is set.
	 */
	struct dial_params dial;
	const int *port;    /* in ascending order */
	int nports;
	bool repeat;        /* the one port, again and again */
	long long attempts; /* so many times, or -1: until it is stopped */
	long long timeout;  /* of the attempt at one port, all its addresses */
	long long delay;    /* between two ports; NEVER: many ports at once */
	bool numeric;       /* no service names */
	bool report;        /* report that no port is open */
	FILE *out;          /* the results */
};

/*
 * Try to connect to each port, 512 sockets at a time or as many as there are
 * descriptors. A connection is closed at once. With datagrams, an empty one is
 * sent: a reply means open, a refusal closed, and silence open or filtered.
 *
 * Each port that is not closed is a line on out, unless there is only one port:
 * the port, its service and the milliseconds until it answered, "?" if it did
 * not. With repeat, each attempt is a line: its number and the milliseconds,
 * "-" if closed; and at the end the totals are reported.
 *
 * Returns STATUS_OK if a port is not closed; STATUS_NETWORK if all are, and
 * whether the error of the last one is transient; STATUS_LOCAL after reporting
 * why, but for EPIPE of out. A signal to stop ends the scan.
 */
struct outcome scan(const struct scan_params *p);

#endif
