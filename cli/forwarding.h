#ifndef FORWARDING_H
#define FORWARDING_H

#include "../base/status.h"
#include "../net/proxy.h"
#include "../net/reach.h"
#include "../net/sock.h"
#include "../opts.h"
#include "../relay/forward.h"

struct listener;

/* What -f needs: parameters, and what they point to. */
struct forwarding {
	struct forward_params params;
	struct reach_params to;
	struct proxy proxy;
	struct sock_opts sock_opts;
	char host[PROXY_HOST];
};

/*
 * How clients are served, by -f, or by a command of -e whose data is watched.
 * The caller adds where they lead to, and dump.
 */
struct forward_params forwarding_params(const struct opts *o);

/*
 * What -f means, with the options of -K, more, on both sides; the password of a
 * proxy is asked for if it is needed. *w stays where it is. Returns an exit
 * status, after reporting why it is not STATUS_OK.
 */
enum status forwarding_set(const struct opts *o, const struct sockopts *more,
    struct forwarding *w);

/*
 * Forward the clients of the listener; dump is that of -o, or NULL. A listener
 * that -f leads to is reported and closed: STATUS_USAGE. Otherwise returns the
 * exit status, as forward_run() does.
 */
enum status forwarding_run(struct forwarding *w, struct dump *dump,
    struct listener *listener);

#endif
