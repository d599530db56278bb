/* The command of -e: run as it is, or with its data watched. */
#include "exec.h"
#include "../base/say.h"
#include "../net/command.h"
#include "../net/listen.h"
#include "../net/sock.h"
#include "../net/spawn.h"
#include "forwarding.h"
#include "setup.h"

#include <errno.h>

bool
exec_is_watched(const struct opts *o)
{
	return o->dump != NULL || o->progress || o->rate != -1;
}

/* There is no memory. Close what the command was for. */
static enum status
cannot_run(struct listener *listener, int fd)
{
	say_error(errno, "run commands");
	if (listener != NULL)
		listen_close(listener);
	else
		sock_close(fd);
	return STATUS_LOCAL;
}

/* Run a command whose data passes through this process. */
static enum status
run_watched(const struct opts *o, struct dump *dump, struct listener *listener,
    int fd, const struct addr *peer)
{
	struct forward_params p = forwarding_params(o);
	struct command command;
	enum status status;

	p.command = &command;
	p.dump = dump;
	if (command_init(&command, o->command))
		status = forward_run(&p, listener, fd, peer);
	else
		status = cannot_run(listener, fd);
	command_free(&command);
	return status;
}

enum status
exec_run(const struct opts *o, struct dump *dump, struct listener *listener,
    int fd, const struct addr *peer)
{
	struct spawn_params p = setup_spawn(o);

	if (exec_is_watched(o))
		return run_watched(o, dump, listener, fd, peer);
	return spawn_run(&p, listener, fd, peer);
}
