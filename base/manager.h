#ifndef MANAGER_H
#define MANAGER_H

#include <stdbool.h>

/* The first descriptor that a service manager passes (sd_listen_fds(3)). */
enum { MANAGER_FIRST = 3 };

/*
 * How many sockets to listen on the service manager passes to this process,
 * from MANAGER_FIRST on: LISTEN_FDS, if LISTEN_PID is ours; else 0.
 */
int manager_sockets(void);

/* Is the variable, "NAME=value", from a service manager and only for us? */
bool manager_variable(const char *var);

#endif
