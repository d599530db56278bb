#ifndef SETUP_H
#define SETUP_H

#include "../net/lookup.h"
#include "../net/spawn.h"

struct client;
struct listener;
struct opts;
struct proxy;
struct scan_host;
struct scan_params;
struct sock_opts;
struct unix_file;

/*
 * From the options to what each way to run needs: a command, a listener, a
 * connection, a scan. Nothing here fails; the steps of settings.h may.
 * The parameters point to texts of the options and of the caller, which outlive
 * them.
 */

/* Where to listen: the host and port, or the path. */
struct ends setup_here(const struct opts *o, int port);

/* The command of -e. */
struct spawn_params setup_spawn(const struct opts *o);

/* A listener without its networks; file is what a path becomes. */
struct listener setup_listener(const struct opts *o,
    const struct sock_opts *sock_opts, struct unix_file *file);

/*
 * The one connection, to this port, or to the proxy unless it is NULL; from
 * source_port, or 0. c->sock_opts is set.
 */
void setup_client(const struct opts *o, struct client *c,
    const struct proxy *proxy, int port, int source_port);

/* A scan of these hosts, whose ends are set; as hosts_parse() has made them. */
struct scan_params setup_scan(const struct opts *o, struct scan_host *hosts,
    int nhosts, int source_port);

/*
 * With -p, and without -R, set SO_REUSEADDR: attempts or connections at once
 * have to share the local port.
 */
void setup_share(const struct opts *o, struct sock_opts *sock_opts);

#endif
