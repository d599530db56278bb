#ifndef COMMAND_H
#define COMMAND_H

#include "../base/status.h"
#include "addr.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

enum {
	COMMAND_VARIABLES = 5,         /* that a connection adds */
	COMMAND_DRAIN_TIME = 1000,     /* ms that a client has to end after
					  its command */
	COMMAND_DRAIN_BYTES = 1 << 20, /* bytes that it may send in that time */
};

/* The environment of a command: what is inherited, then the connection's. */
struct env {
	char **vars; /* ends with NULL */
	int inherited, n;
	char text[COMMAND_VARIABLES][ADDR_TEXT + sizeof "TCPREMOTEPORT="];
};

/* A command of sh(1) that is run for each connection. */
struct command {
	const char *text;
	struct env env;
	struct rlimit descriptors; /* that the commands find */
};

/*
 * Prepare to run the command; each client may need a descriptor until it has
 * ended, so the limit is raised, but not for the commands. Returns false and
 * sets errno if there is no memory. Call command_free() in any case.
 */
bool command_init(struct command *c, const char *text);
void command_free(struct command *c);

/*
 * Start it with fd as its standard input and output. Its environment tells of
 * client, the socket of *peer: PROTO, TCPLOCALIP, TCPLOCALPORT, TCPREMOTEIP and
 * TCPREMOTEPORT (UCSPI-TCP, tcp-environ(5)), or for a path UNIXREMOTEEUID,
 * UNIXREMOTEEGID and UNIXREMOTEPID. SIGPIPE is not ignored, no signal is
 * blocked, and every other descriptor that the program opened is closed.
 * fork(2), not posix_spawn(3), which waits until sh(1) has been loaded. Returns
 * as fork(2) does to a parent.
 */
pid_t command_start(struct command *c, int fd, int client,
    const struct addr *peer);

/*
 * Reap a child that has ended: waitpid(2) without waiting. Returns its process
 * ID, with *status as there; 0: no child has ended. It may be a child from
 * before exec(2), which has no command here.
 */
pid_t command_reap(int *status);

/* Report at -v how the command of *peer has ended: status is of waitpid(2). */
void command_report_end(const struct addr *peer, int status);

/*
 * The exit status that a shell makes of this: 128 plus the number of the signal
 * that ended it (POSIX, Shell Command Language, 2.8.2).
 */
enum status command_status(int status);

#endif
