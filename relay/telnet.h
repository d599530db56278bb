#ifndef TELNET_H
#define TELNET_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	TELNET_INPUT = 8192,           /* bytes decoded at once */
	TELNET_ANSWERS = BUF_FRAGMENT, /* the most bytes of answers pending */
};

/* What one peer has sent of the telnet protocol. All zero is the start. */
struct telnet {
	enum telnet_state {
		TELNET_DATA,
		TELNET_COMMAND,    /* after IAC */
		TELNET_REQUEST,    /* after WILL or DO: the option follows */
		TELNET_STATEMENT,  /* after WONT or DONT: likewise */
		TELNET_SUB,        /* in a subnegotiation */
		TELNET_SUB_COMMAND /* after IAC in one */
	} state;
	bool used;             /* the connection uses the protocol */
	unsigned char refusal; /* TELNET_REQUEST: the answer's verb */
	bool half_pair;        /* the peer was sent the first IAC of a pair */
	struct buf answers;    /* not sent yet */
};

/*
 * Remove the commands from n bytes that the peer sent, in place (RFC 854).
 * Returns how many bytes of data are left. Each WILL and DO gets a refusal,
 * which is added to t->answers; one for which there is no room is left out. How
 * the bytes are split into calls makes no difference.
 */
size_t telnet_decode(struct telnet *t, char *data, size_t n);

/*
 * n bytes of data, in which each 255 is a pair of IACs, were sent to the peer:
 * update t->half_pair. If that is true, no answer may be sent now.
 */
void telnet_sent(struct telnet *t, const char *data, size_t n);

/* Drop the answers that were not sent. */
void telnet_free(struct telnet *t);

#endif
