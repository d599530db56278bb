/* A command for each connection: accept, start it, and wait for its end. */
#include "spawn.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "../base/wait.h"
#include "addr.h"
#include "command.h"
#include "listen.h"
#include "sock.h"
#include "trace.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { RETRY = 1000 }; /* ms until accept(2) or fork(2) is tried again */

/* A command, and its connection. */
struct child {
	pid_t pid;       /* 0: it has ended, and the client may still send */
	struct addr peer;
	int fd;
	long long until; /* then what the client sends is read no more */
	size_t left;     /* bytes that are */
};

struct server {
	const struct spawn_params *params;
	struct listener *listener;
	bool listening;         /* report clients, not one connection */
	struct command command;
	struct pollfd *pfds;
	int first;              /* the first place for a child */
	struct child *children; /* whose commands run, or have just ended */
	int n, cap;
	int nrunning;           /* commands */
	int fd;                 /* connected, without a command yet; or -1 */
	struct addr peer;       /* of fd */
	long long now;
	long long deadline;     /* for the only client, or NEVER */
	long long idle_since;   /* when a client or a command was there last */
	long long retry;        /* after a failure, wait until then; or NEVER */
	bool warned;            /* the failure was reported */
	enum status status;
};

/* The poll set: these, then the listening sockets, then the children's. */
enum { WAKE, LISTENERS };

/*
 * Make room for one more child, also in the poll set. Returns false and sets
 * errno if it cannot.
 */
static bool
reserve(struct server *s)
{
	int cap = s->cap == 0 ? 16 : 2 * s->cap;
	struct child *more;
	struct pollfd *pfds;

	if (s->n < s->cap)
		return true;
	more = realloc(s->children, (size_t)cap * sizeof *more);
	if (more != NULL)
		s->children = more;
	pfds = realloc(s->pfds, (size_t)(s->first + cap) * sizeof *pfds);
	if (pfds != NULL)
		s->pfds = pfds;
	if (more == NULL || pfds == NULL)
		return false;
	s->cap = cap;
	return true;
}

/* No further client until a command has ended, or a second has passed. */
static void
pause_server(struct server *s)
{
	s->warned = true;
	s->retry = s->now + RETRY;
}

/* Start a command for s->fd. Returns false and sets errno if it cannot. */
static bool
start_child(struct server *s)
{
	pid_t pid;

	if (!reserve(s) || sock_blocking(s->fd) == -1)
		return false;
	pid = command_start(&s->command, s->fd, s->fd, &s->peer);
	if (pid == -1)
		return false;
	s->children[s->n++] = (struct child){ .pid = pid, .peer = s->peer,
		.fd = s->fd };
	trace_shared(s->fd);
	s->nrunning++;
	return true;
}

static void
serve_connected(struct server *s)
{
	char text[ADDR_TEXT];

	if (start_child(s)) {
		s->fd = -1;
		return;
	}
	if (!s->warned)
		say_error(errno, "start a process for client %s",
		    addr_label(&s->peer, text));
	pause_server(s);
	if (!s->params->keep_open)
		s->status = STATUS_LOCAL; /* and nothing is left to wait for */
}

/* Is there a process for one more client? */
static bool
can_serve(const struct server *s)
{
	return s->fd == -1 && s->retry == NEVER &&
	    (s->params->max_commands == -1 ||
	    s->nrunning < s->params->max_commands);
}

static void
remove_child(struct server *s, int i)
{
	sock_close(s->children[i].fd);
	s->children[i] = s->children[--s->n];
	s->retry = NEVER; /* there is a process or a descriptor again */
}

/* Give up a client whose command has ended; false: there is none. */
static bool
drop_drained(struct server *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->children[i].pid == 0) {
			remove_child(s, i);
			return true;
		}
	return false;
}

/* Out of descriptors or memory: clients wait in the backlog. */
static void
pause_accept(struct server *s)
{
	if (!s->warned)
		say_error(errno, "accept a client");
	pause_server(s);
	if (s->params->keep_open)
		return;
	listen_close(s->listener); /* there is no client to wait for */
	s->status = STATUS_LOCAL;
}

/* Serve the next client that waits at socket i. */
static void
serve_client(struct server *s, int i)
{
	s->fd = listen_accept(s->listener, i, &s->peer);
	if (s->fd == -1 && sock_exhausted(errno) && !drop_drained(s))
		pause_accept(s);
	if (s->fd == -1)
		return;
	listen_report_connected(s->fd, &s->peer);
	s->deadline = NEVER;
	if (!s->params->keep_open)
		listen_close(s->listener);
	serve_connected(s);
}

/*
 * The command of child i has ended. Closing a socket with unread data would
 * reset it, and the client could lose the answer: it is half-closed first.
 */
static void
command_ended(struct server *s, int i, int status)
{
	struct child *c = &s->children[i];

	if (s->listening)
		command_report_end(&c->peer, status);
	if (!s->params->keep_open)
		s->status = command_status(status);
	s->nrunning--;
	listen_leave(s->listener, &c->peer);
	s->retry = NEVER; /* there is a process again */
	c->pid = 0;
	c->until = clock_ms() + COMMAND_DRAIN_TIME;
	c->left = COMMAND_DRAIN_BYTES;
	if (sock_shutdown(c->fd) == -1)
		remove_child(s, i);
}

/* Read and throw away what a client sends after the end of its command. */
static void
drain(struct server *s, int i)
{
	struct child *c = &s->children[i];
	char buf[1 << 14];
	ssize_t n = sock_recv(c->fd, buf, sizeof buf);

	if (n == -1 && sock_later(errno))
		return;
	if (n <= 0 || (size_t)n >= c->left)
		remove_child(s, i);
	else
		c->left -= (size_t)n;
}

static void
reap(struct server *s)
{
	int status, i;
	pid_t pid;

	while ((pid = command_reap(&status)) != 0) {
		i = 0;
		while (i < s->n && s->children[i].pid != pid)
			i++;
		if (i < s->n)
			command_ended(s, i, status);
	}
}

static void
build_pollset(struct server *s)
{
	const struct listener *l = s->listener;
	bool accepting = can_serve(s);

	s->pfds[WAKE].fd = signals_fd();
	for (int i = 0; i < l->n; i++)
		s->pfds[LISTENERS + i].fd = accepting ? l->fd[i] : -1;
	for (int i = l->n; i < s->first - LISTENERS; i++)
		s->pfds[LISTENERS + i].fd = -1;
	for (int i = 0; i < s->n; i++)
		s->pfds[s->first + i].fd = s->children[i].pid == 0
		    ? s->children[i].fd : -1;
	for (int i = 0; i < s->first + s->n; i++) {
		s->pfds[i].events = POLLIN;
		s->pfds[i].revents = 0;
	}
}

/* One client at each socket: a signal and other sockets have their turn. */
static void
dispatch(struct server *s)
{
	bool polled = can_serve(s), waits = false;

	for (int i = s->n - 1; i >= 0; i--) /* removing moves the last one */
		if (s->pfds[s->first + i].revents != 0)
			drain(s, i);
	if (s->pfds[WAKE].revents != 0) {
		signals_drain();
		reap(s);
	}
	for (int i = 0; i < s->listener->n; i++) {
		if (s->pfds[LISTENERS + i].revents == 0)
			continue;
		waits = true;
		if (can_serve(s))
			serve_client(s, i);
	}
	if (polled && !waits)
		s->warned = false; /* nobody waits any more */
}

/* Do what time decides. */
static void
update(struct server *s)
{
	if (clock_reached(s->retry, s->now))
		s->retry = NEVER;
	if (s->fd != -1 && s->retry == NEVER)
		serve_connected(s);
	for (int i = s->n - 1; i >= 0; i--)
		if (s->children[i].pid == 0 && s->now >= s->children[i].until)
			remove_child(s, i);
}

/* When it has been idle for too long, or NEVER. */
static long long
idle_end(const struct server *s)
{
	if (s->n > 0 || s->fd != -1 || s->params->idle_exit == NEVER)
		return NEVER;
	return s->idle_since + s->params->idle_exit;
}

/* When time alone changes something, or NEVER. */
static long long
next_time(const struct server *s)
{
	long long then = clock_earlier(s->deadline, s->retry);

	then = clock_earlier(then, idle_end(s));
	for (int i = 0; i < s->n; i++)
		if (s->children[i].pid == 0)
			then = clock_earlier(then, s->children[i].until);
	return then;
}

/*
 * One turn; false: there is nothing left to do. A client that waits already at
 * the deadline still counts.
 */
static bool
turn(struct server *s)
{
	bool late = clock_reached(s->deadline, s->now);
	bool unused;
	int ready;

	update(s);
	if (s->listener->n == 0 && s->n == 0)
		return false;
	unused = clock_reached(idle_end(s), s->now);
	build_pollset(s);
	ready = wait_poll(s->pfds, (nfds_t)s->first + (nfds_t)s->n,
	    clock_timeout(next_time(s), s->now));
	if (ready == -1 && !sock_later(errno)) {
		say_error(errno, "poll");
		s->status = STATUS_LOCAL;
		return false;
	}
	s->now = clock_ms();
	if (s->n > 0 || s->fd != -1)
		s->idle_since = s->now;
	if (signals_stopped())
		return false;
	if (ready > 0)
		dispatch(s);
	if (ready == 0 && unused)
		return false;
	if (ready != 0 || !late)
		return true;
	listen_report_timeout(s->listener, s->params->timeout);
	s->status = STATUS_TIMEOUT;
	return false;
}

static enum status
serve(struct server *s)
{
	s->first = LISTENERS + s->listener->n;
	s->pfds = calloc((size_t)s->first, sizeof *s->pfds);
	if (s->pfds != NULL && command_init(&s->command, s->params->command)) {
		signals_catch_children();
		while (turn(s))
			;
	} else {
		say_error(errno, "run commands");
		s->status = STATUS_LOCAL;
	}
	if (s->fd != -1)
		sock_close(s->fd);
	for (int i = 0; i < s->n; i++)
		sock_close(s->children[i].fd);
	if (s->listener->n > 0)
		listen_close(s->listener);
	free(s->children);
	command_free(&s->command);
	free(s->pfds);
	return s->status;
}

enum status
spawn_run(const struct spawn_params *p, struct listener *l, int fd,
    const struct addr *peer)
{
	struct listener none = { 0 };
	struct server s = {
		.params = p,
		.listener = l == NULL ? &none : l,
		.listening = l != NULL,
		.fd = fd,
		.now = clock_ms(),
		.idle_since = clock_ms(),
		.deadline = NEVER,
		.retry = NEVER,
	};

	if (peer != NULL)
		s.peer = *peer;
	if (l != NULL && !p->keep_open && p->timeout != NEVER)
		s.deadline = s.now + p->timeout;
	return serve(&s);
}
