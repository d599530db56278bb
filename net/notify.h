#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>

struct listener;

/*
 * Tell those who started the program that it listens: the port (for a path an
 * empty line) and a line feed are written to the descriptor ready, which is
 * closed; -1 is none. The service manager gets "READY=1". Returns false after
 * reporting a failure of ready.
 */
bool notify_ready(const struct listener *l, int ready);

/* Tell the service manager that the program is about to end: "STOPPING=1". */
void notify_stopping(void);

#endif
