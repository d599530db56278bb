#ifndef SETTINGS_H
#define SETTINGS_H

#include "../base/say.h"
#include "../net/proxy.h"
#include "../net/reach.h"
#include "../net/sock.h"
#include "../opts.h"
#include "../relay/forward.h"
#include "../relay/policy.h"

#include <stdbool.h>

struct scan_host;
struct sockopts;

/*
 * From the options to the parameters of each module. What returns a status has
 * reported why it is not STATUS_OK: STATUS_USAGE if the command line is wrong.
 */

/*
 * Check the options together, and parse the operands, unless sockcat only
 * prints something about itself. Standard input must not be a socket that
 * listens. Returns 0, or -1 with the reason in o->error.
 */
int settings_check(struct opts *o);

/* Report o->error. Returns the exit status. */
enum status settings_rejected(const struct opts *o);

struct sock_opts settings_sock_opts(const struct opts *o);

/*
 * The socket options of -K, which a socket was tried with: what the system
 * refuses is reported, and is STATUS_LOCAL.
 */
enum status settings_sockopts(const struct opts *o, struct sockopts *list);

/* Check that the descriptor of --ready is open, before we open our own. */
enum status settings_descriptors(const struct opts *o);

/* The policy of a relay; dump is that of -o, or NULL. */
struct policy settings_policy(const struct opts *o, struct dump *dump);

/*
 * Check the paths, and parse the ports: the one to connect to or to listen on,
 * and the local one of -p. Each is 0 if there is none; that of -z is in
 * settings_scan().
 */
enum status settings_ports(const struct opts *o, int *port, int *source_port);

/*
 * The hosts of -z, with their ports and the proxy of -x, but not their ends;
 * free(3) *hosts, also after an error.
 */
enum status settings_scan(const struct opts *o, struct scan_host **hosts,
    int *nhosts);

/*
 * The proxy of -x, which is to connect to o->host at this port. The password is
 * asked for if it is needed. The strings in *p are o's or static.
 */
enum status settings_proxy(const struct opts *o, int port, struct proxy *p);

/* What -f needs: parameters, and what they point to. */
struct forwarding {
	struct forward_params params;
	struct reach_params to;
	struct proxy proxy;
	struct sock_opts sock_opts;
	char host[PROXY_HOST];
};

/*
 * What -f means; the password of a proxy is asked for if it is needed. *w stays
 * where it is. The caller adds params.dump.
 */
enum status settings_forward(const struct opts *o, struct forwarding *w);

#endif
