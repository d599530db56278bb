#ifndef METER_H
#define METER_H

#include <stdbool.h>
#include <stddef.h>

enum {
	METER_REDRAW = 250, /* ms */
	METER_PAST = 4,     /* samples of the last second */
	METER_LINE = 160,   /* size of the buffer for a line */
};

/* What was relayed so far. */
struct meter_totals {
	unsigned long long sent, received; /* bytes */
	unsigned long long input;          /* bytes read from stdin */
	int clients;                       /* connected now; -1: no listener */
};

/* The progress meter on standard error, and the summary. */
struct meter {
	bool live;                /* standard error is a terminal: draw it */
	bool connected;           /* somebody was connected */
	long long start;          /* of the connection; clock_us() */
	long long drawn;          /* when it was last drawn; clock_ms() */
	unsigned long long size;  /* bytes of the file on stdin; 0: no file */
	struct meter_sample {
		long long time;   /* clock_us() */
		unsigned long long bytes;
	} past[METER_PAST];       /* when it was last drawn, the oldest first */
};

/* What the meter shows. */
struct meter_view {
	struct meter_totals totals;
	double elapsed;           /* seconds */
	double rate;              /* bytes per second, now */
	unsigned long long size;  /* as in struct meter */
};

/*
 * Start to measure. input is a descriptor, standard input, or -1 if it is not
 * read; if it is a regular file, its rest is what will be sent.
 */
void meter_start(struct meter *m, bool live, int input);

/* Somebody has connected: if that is the first one, time counts from now. */
void meter_connected(struct meter *m);

/* Draw the meter, if nobody else uses the terminal now. */
void meter_draw(struct meter *m, const struct meter_totals *t);

/*
 * Report the totals and the average rate in one line, which goes on with what
 * the transfer waited for, or "".
 */
void meter_report(const struct meter *m, const struct meter_totals *t,
    const char *waits);

/*
 * Write the meter into out, which holds METER_LINE bytes, as wide as at most
 * width columns: what matters less is left out. Returns the length; there is
 * no '\0'.
 */
size_t meter_format(char *out, size_t width, const struct meter_view *v);

#endif
