#ifndef FINDING_H
#define FINDING_H

#include "../base/status.h"

#include <stdbool.h>

struct scan_params;

enum found { FOUND_NOTHING_YET, FOUND_OPEN, FOUND_SILENCE, FOUND_CLOSED };

/* What was found out about a port. */
struct finding {
	int host, port; /* the host's index */
	enum found found;
	int addr;       /* not closed: the index of the address that told */
	long long us;   /* open: microseconds until it answered */
	char *words;    /* closed: the proxy's; NULL: the errors tell why */
};

/* What a scan has found, in the order of hosts and ports. */
struct findings {
	const struct scan_params *p;
	struct finding *port;
	int nports;
	int *error;        /* closed: of each address, 0 if it was not tried */
	int naddrs;        /* of the host that has most of them */
	long long total;   /* ports or attempts */
	long long printed; /* the next of them to print */
	int reserve;       /* a descriptor for services(5), or -1 */
	long long answered, min, max, sum; /* microseconds */
};

/*
 * Begin, with the hosts that have addresses and no open port yet. Returns
 * false if there is no memory. Call findings_end() in any case.
 */
bool findings_begin(struct findings *f, const struct scan_params *p);
void findings_end(struct findings *f);

/* The port that is tried as number "index", and the errors of its addresses. */
struct finding *findings_at(struct findings *f, long long index);
int *findings_errors(struct findings *f, long long index);

/* Something was found: take note of it in the host, and in the totals. */
void findings_note(struct findings *f, long long index);

/*
 * Report and print what comes next, as far as it is known. Returns false after
 * reporting that it cannot be written.
 */
bool findings_print(struct findings *f);

/* Report the totals. */
void findings_report_totals(const struct findings *f);

/* Close the descriptor that is held for services(5). False: there is none. */
bool findings_release(struct findings *f);

#endif
