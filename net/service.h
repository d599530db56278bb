#ifndef SERVICE_H
#define SERVICE_H

#include "../base/status.h"

struct ends;
struct listener;

/*
 * Listen at the host and port, or at the path, of here, which are looked up;
 * NULL: on the sockets that a service manager has opened (sd_listen_fds(3)).
 * *l is as for listen_open(). Returns STATUS_OK, or another status after a
 * report.
 */
enum status service_listen(struct listener *l, const struct ends *here);

#endif
