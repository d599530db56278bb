#ifndef SPAWN_H
#define SPAWN_H

#include "../base/status.h"

#include <stdbool.h>

struct addr;
struct listener;

/* The command of -e, and how often and for how long it is offered. */
struct spawn_params {
	const char *command; /* of sh(1) */
	bool keep_open;      /* serve any number of clients, not only one */
	int max_commands;    /* that run at once; -1: no limit */
	long long timeout;   /* ms to wait for the only client, or NEVER */
	long long idle_exit; /* ms without a command until the end, or NEVER */
};

/*
 * Run the command for each client of *l or, if l is NULL, for the socket fd,
 * which is connected to *peer and is closed here. A command has the socket as
 * its standard input and output (blocking), see command_start().
 *
 * If no process can be started, the client waits; so do clients beyond
 * max_commands. Returns after a signal to stop, or after idle_exit, with
 * STATUS_OK; commands that run go on. Without keep_open it also returns once
 * the command has ended, with its exit status, or 128 plus the number of the
 * signal that ended it (POSIX, Shell Command Language, 2.8.2). Other failures
 * are reported.
 */
enum status spawn_run(const struct spawn_params *p, struct listener *l, int fd,
    const struct addr *peer);

#endif
