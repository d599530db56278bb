#ifndef SETTINGS_H
#define SETTINGS_H

#include "../base/status.h"
#include "../net/sock.h"
#include "../opts.h"
#include "../relay/policy.h"

struct sockopts;

/*
 * From the options to the parameters of each module. A function that returns a
 * status has reported the mistake: STATUS_USAGE if the command line is wrong.
 * Addresses are the matter of places.h, hosts.h, networks.h, through.h and
 * forwarding.h.
 */

/*
 * Check the options together, and parse the operands, unless sockcat only
 * prints something about itself. Standard input must not be a socket that
 * listens. Returns 0, or -1 with the reason in o->error.
 */
int settings_check(struct opts *o);

/* Report o->error. Returns the exit status. */
enum status settings_rejected(const struct opts *o);

/* What is set on each socket; more is what settings_sockopts() has made. */
struct sock_opts settings_sock_opts(const struct opts *o,
    const struct sockopts *more);

/*
 * The socket options of -K, which a socket was tried with: what the system
 * refuses is reported, and is STATUS_LOCAL.
 */
enum status settings_sockopts(const struct opts *o, struct sockopts *list);

/* Check that the descriptor of --ready is open, before we open our own. */
enum status settings_descriptors(const struct opts *o);

/* The policy of a relay; dump is that of -o, or NULL. */
struct policy settings_policy(const struct opts *o, struct dump *dump);

#endif
