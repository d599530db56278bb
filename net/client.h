#ifndef CLIENT_H
#define CLIENT_H

#include "../base/status.h"
#include "addr.h"
#include "dial.h"
#include "lookup.h"
#include "retry.h"
#include "sock.h"
#include <stdbool.h>

struct proxy;

/* One connection: how it is made, and made again when it is lost. */
struct client {
	const struct proxy *proxy; /* of -x, or NULL */
	struct dial_params dial;   /* to whom; its addresses are set here */
	struct sock_opts sock_opts;
	struct ends ends;    /* the names of both ends; free them by _end() */
	bool share;          /* attempts at once share the local port */
	bool hold;           /* report only the last attempt's failures */
	long long timeout;   /* ms for an attempt, -w; or NEVER */
	long long limit;     /* ms of further attempts, -c; or NEVER */
	struct retry retry;  /* where these stand */
	int fd;              /* the connection */
	long long connected; /* clock_ms() when it was made */
	struct addr reached; /* whom it leads to */
};

/*
 * Look up both ends and connect, again and again within limit, each attempt
 * within timeout. What fails is reported, with hold only if all fails. Returns
 * STATUS_OK with fd and reached set; STATUS_TIMEOUT, or why the last attempt
 * has failed. A signal to stop ends this without a report.
 */
enum status client_connect(struct client *c);

/*
 * The connection is lost: make another one, with the waits of -c. They start
 * anew only after a connection that has lived for a while, so that a server
 * that accepts and closes at once makes nobody spin. Returns as
 * client_connect() does.
 */
enum status client_connect_again(struct client *c);

/* Report at -v whom the connection leads to. */
void client_report(const struct client *c);

/* Free what was looked up, and remove the local path. */
void client_end(struct client *c);

#endif
