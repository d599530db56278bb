#ifndef LISTENING_H
#define LISTENING_H

#include "../base/status.h"
#include "../net/allow.h"
#include "../net/listen.h"
#include "../net/lookup.h"
#include "../net/sock.h"
#include "../net/tally.h"
#include "../opts.h"

#include <stdbool.h>

struct sockopts;
struct unix_file;

/* What -l needs: the listener, and what it points to. */
struct listening {
	struct listener listener;
	struct ends here;      /* where it listens */
	bool adopts;           /* it takes the sockets that a service
				  manager has opened */
	struct opts_name name; /* of -a, as it was typed */
	struct allow allow;
	struct tally tally;
	struct sock_opts sock_opts;
};

/*
 * What -l means, at this port, with the options of -K, more; *file is for its
 * socket file. The networks of -a are read. *w stays where it is; free it by
 * listening_free() in any case. Returns an exit status, after reporting why it
 * is not STATUS_OK.
 */
enum status listening_set(const struct opts *o, int port,
    const struct sockopts *more, struct unix_file *file, struct listening *w);

/* Open the sockets of w->listener: see service_listen(). */
enum status listening_open(struct listening *w);

/* Free the lists of *w. Whoever serves its listener has closed that. */
void listening_free(struct listening *w);

#endif
