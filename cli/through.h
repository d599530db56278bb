#ifndef THROUGH_H
#define THROUGH_H

#include "../base/status.h"
#include "../opts.h"

struct proxy;

/*
 * The proxy of -x, which is to connect to o->host at this port. The password is
 * asked for if it is needed. The strings in *p are o's or static. Returns an
 * exit status, after reporting why it is not STATUS_OK.
 */
enum status through_proxy(const struct opts *o, int port, struct proxy *p);

#endif
