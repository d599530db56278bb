/* Commands of -e whose data is passed on. */
#include "commands.h"
#include "../base/say.h"
#include "../net/command.h"
#include "../net/listen.h"
#include "../net/sock.h"
#include "../net/trace.h"
#include "forward.h"
#include "link.h"

#include <errno.h>

/* The client is reset: an EOF would look like an empty answer. */
static void
cannot_start(struct forward *f, struct link *l, int error)
{
	char client[ADDR_TEXT];

	if (!f->unreachable)
		say_error(error, "start a process for client %s",
		    addr_label(&l->pair.client, client));
	f->unreachable = true;
	l->pair.error = error;
	l->status = STATUS_LOCAL;
}

void
commands_start(struct forward *f, struct link *l)
{
	int fd[2], error;

	if (f->listens)
		listen_report_connected(l->pair.fd[0], &l->pair.client);
	if (sock_pair(fd) == -1) {
		cannot_start(f, l, errno);
		return;
	}
	l->pid = command_start(f->p->command, fd[1], l->pair.fd[0],
	    &l->pair.client);
	error = errno;
	trace_shared(fd[1]);
	sock_close(fd[1]);
	l->pair.fd[1] = fd[0];
	l->pair.last = f->pool.now;
	if (l->pid > 0) {
		f->unreachable = false;
		return;
	}
	l->pid = 0;
	cannot_start(f, l, error);
}

static struct link *
find(const struct forward *f, pid_t pid)
{
	for (int i = 0; i < f->links.n; i++)
		if (f->links.list[i]->pid == pid)
			return f->links.list[i];
	return NULL;
}

static void
ended(struct forward *f, struct link *l, int status)
{
	if (f->listens)
		command_report_end(&l->pair.client, status);
	l->pid = 0;
	l->status = command_status(status);
	l->until = f->pool.now + COMMAND_DRAIN_TIME;
	pair_discard(&l->pair, COMMAND_DRAIN_BYTES);
	links_wake(&f->links, l);
}

void
commands_reap(struct forward *f)
{
	int status;
	pid_t pid;

	while ((pid = command_reap(&status)) != 0) {
		struct link *l = find(f, pid);

		if (l != NULL)
			ended(f, l, status);
	}
}

static bool
is_over(const struct forward *f, const struct link *l)
{
	const struct pair *p = &l->pair;

	if (pair_over(p))
		return true;
	return l->pid == 0 && p->flow[1].done &&
	    (p->flow[0].spare == 0 || f->pool.now >= l->until);
}

bool
commands_go_on(struct forward *f, struct link *l)
{
	if (l->pair.fd[0] != -1 && is_over(f, l))
		pair_close(&l->pair, &f->pool, l->pair.error != 0);
	return l->pid != 0 || l->pair.fd[0] != -1;
}
