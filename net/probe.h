#ifndef PROBE_H
#define PROBE_H

#include "../base/status.h"

struct scan_params;

/*
 * Try to connect to each port of each host that has addresses and is not open
 * yet: 512 sockets at a time, or as many as there are descriptors; through a
 * proxy 64. Reports and prints what is found as scan() says, and sets "open"
 * and "again" of the hosts.
 *
 * Returns STATUS_OK, unless the scan had to end early: STATUS_NETWORK after
 * reporting that the proxy cannot be reached, and whether it may be later;
 * STATUS_LOCAL. A signal to stop ends it, too.
 */
struct outcome probe_all(const struct scan_params *p);

#endif
