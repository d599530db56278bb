#ifndef CONNECTING_H
#define CONNECTING_H

#include "../base/status.h"
#include "../net/client.h"
#include "../net/proxy.h"

struct opts;
struct sockopts;
struct unix_file;

/* What a client needs: its connection, and the proxy that it may go through. */
struct connecting {
	struct client client;
	struct proxy proxy;
};

/*
 * The connection to the host at this port, or to the path, from source_port, or
 * 0, with the options of -K, more; *file is for the socket file of the local
 * end. The password of a proxy is asked for if it is needed. *w stays where it
 * is. Returns an exit status, after reporting why it is not STATUS_OK.
 */
enum status connecting_set(const struct opts *o, int port, int source_port,
    const struct sockopts *more, struct unix_file *file,
    struct connecting *w);

#endif
