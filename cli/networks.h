#ifndef NETWORKS_H
#define NETWORKS_H

#include "../base/status.h"
#include "../opts.h"

struct addr_net;

/*
 * The *n networks of -a, with the addresses of names as they are now; free(3)
 * *nets, also after an error. Returns an exit status, after reporting why it is
 * not STATUS_OK.
 */
enum status networks_parse(const struct opts *o, struct addr_net **nets,
    int *n);

#endif
