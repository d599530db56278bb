#ifndef HOSTS_H
#define HOSTS_H

#include "../base/status.h"
#include "../opts.h"

struct scan_host;

/*
 * The hosts of -z, with their ports and the proxy of -x, but not their ends;
 * free(3) *hosts, also after an error. Returns an exit status, after reporting
 * why it is not STATUS_OK.
 */
enum status hosts_parse(const struct opts *o, struct scan_host **hosts,
    int *nhosts);

#endif
