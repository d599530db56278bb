#ifndef EXEC_H
#define EXEC_H

#include "../base/status.h"

#include <stdbool.h>

struct addr;
struct dump;
struct listener;
struct opts;

/* Is the data of a command of -e to be shown, counted or limited? */
bool exec_is_watched(const struct opts *o);

/*
 * Run the command of -e for the clients of the listener or, if it is NULL, for
 * the socket fd that is connected to *peer. Both are closed here in any case.
 * dump is that of -o, or NULL. Returns the exit status, which may be the
 * command's; what fails is reported.
 */
enum status exec_run(const struct opts *o, struct dump *dump,
    struct listener *listener, int fd, const struct addr *peer);

#endif
