#ifndef WAITS_H
#define WAITS_H

#include "../net/tcp.h"

#include <stdbool.h>
#include <stddef.h>

struct relay;

/* What the loop waits for when it can do nothing. */
enum cause {
	CAUSE_PEER,   /* which takes nothing: the receiver, or the network */
	CAUSE_RECEIVER, /* it has all, and has not ended or answered yet */
	CAUSE_STDIN,
	CAUSE_SENDER,
	CAUSE_STDOUT,
	CAUSE_RATE,   /* of -y */
	CAUSES,
};

/* For how long it has waited, in microseconds, by cause. */
struct waits {
	long long us[CAUSES];
	struct tcp_stats stats; /* of the connection that was closed last */
};

enum { WAITS_TEXT = 200 };

/* What does the loop wait for now? */
enum cause waits_cause(struct relay *r);

/*
 * Write "; waited 71% for the receiver, ..." to text, which holds WAITS_TEXT
 * bytes: the shares of the time since the first connection; "" within a second.
 */
void waits_text(const struct relay *r, char *text);

/* Is it told without -S, too? At -vv, not at -vvv, where the calls tell it. */
bool waits_are_told(void);

/* Tell it then, but not after a conversation that may have been typed. */
void waits_tell(const struct relay *r);

#endif
