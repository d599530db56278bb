#ifndef SETTINGS_H
#define SETTINGS_H

#include "../base/say.h"
#include "../net/sock.h"
#include "../opts.h"
#include "../relay/policy.h"

#include <stdbool.h>

struct addr_net;
struct ports;
struct proxy;

/*
 * From the options to the parameters of each module. What returns a status has
 * reported why it is not STATUS_OK: STATUS_USAGE if the command line is wrong.
 */

/*
 * Check the options together, and parse the operands, unless sockcat only
 * prints something about itself. Returns 0, or -1 with the reason in o->error.
 */
int settings_check(struct opts *o);

/* Report o->error. Returns the exit status. */
enum status settings_rejected(const struct opts *o);

struct sock_opts settings_sock_opts(const struct opts *o);

/* The policy of a relay; dump is that of -o, or NULL. */
struct policy settings_policy(const struct opts *o, struct dump *dump);

/* The o->allow.n networks of -a; free(3) *nets, also after an error. */
enum status settings_networks(const struct opts *o, struct addr_net **nets);

/*
 * Check the paths, and parse the ports: the one to connect to or to listen on,
 * and the local one of -p. Each is 0 if there is none; that of -z is in
 * settings_scan().
 */
enum status settings_ports(const struct opts *o, int *port, int *source_port);

/* The ports of -z. */
enum status settings_scan(const struct opts *o, struct ports *list);

/*
 * The proxy of -x, which is to connect to o->host at this port. The password is
 * asked for if it is needed. The strings in *p are o's or static.
 */
enum status settings_proxy(const struct opts *o, int port, struct proxy *p);

#endif
