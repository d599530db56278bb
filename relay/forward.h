#ifndef FORWARD_H
#define FORWARD_H

#include "../base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct addr;
struct command;
struct dump;
struct listener;
struct reach_params;

/* What -f does. Times are in milliseconds, and may be NEVER. */
struct forward_params {
	const struct reach_params *to; /* where each client is forwarded */
	const char *name;     /* the same, as the user wrote it */
	struct command *command; /* is run for each client instead; or NULL */
	bool datagram;        /* the clients send datagrams, not streams */
	bool keep_open;       /* serve many clients, not only one */
	int max_clients;      /* at once; -1: no limit */
	size_t read_size;     /* bytes read at once, and kept of a direction */
	long long rate;       /* bytes per second each way; 0: no limit */
	long long timeout;    /* for the only client; and of an idle pair */
	long long quit_after; /* silence after one side's EOF that ends it */
	long long idle_exit;  /* without a client that ends all; or NEVER */
	bool progress;        /* draw a meter, and report the totals */
	struct dump *dump;    /* shows all data; NULL: none */
};

/*
 * Forward each client of *l, until a signal to stop; without keep_open the
 * first one, until both its directions have ended. Returns the exit status:
 * without keep_open the client's, or its command's. If l is NULL, the only
 * client is the socket fd, which is connected to *peer and is closed here.
 */
enum status forward_run(const struct forward_params *p, struct listener *l,
    int fd, const struct addr *peer);

#endif
