/* A command for a connection: its environment, its start and its end. */
#include "command.h"
#include "../base/event.h"
#include "../base/limit.h"
#include "../base/manager.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "sock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BY_SIGNAL = 128,  /* added to a signal's number, as sh(1) does */
	CANNOT_RUN = 127, /* the exit status of system(3) for this */
};

extern char **environ;

/*
 * Is it not for commands? What describes another's connection, as under
 * tcpserver(1), is wrong, and the proxy's password is none of their business.
 */
static bool
is_left_out(const char *var)
{
	static const char *const names[] = { "PROTO=", "TCPLOCALHOST=",
		"TCPLOCALIP=", "TCPLOCALPORT=", "TCPREMOTEHOST=",
		"TCPREMOTEINFO=", "TCPREMOTEIP=", "TCPREMOTEPORT=",
		"SOCKCAT_PROXY_PASSWORD=", "UNIXREMOTEEGID=",
		"UNIXREMOTEEUID=", "UNIXREMOTEPID=" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strncmp(var, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Returns false and sets errno if there is no memory. */
static bool
inherit_env(struct env *e)
{
	size_t n = 0;

	while (environ[n] != NULL)
		n++;
	e->vars = calloc(n + COMMAND_VARIABLES + 1, sizeof *e->vars);
	if (e->vars == NULL)
		return false;
	for (char **var = environ; *var != NULL; var++)
		if (!is_left_out(*var) && !manager_variable(*var))
			e->vars[e->inherited++] = *var;
	return true;
}

static void
add_var(struct env *e, const char *name, const char *value)
{
	char *text = e->text[e->n - e->inherited];

	snprintf(text, sizeof e->text[0], "%s=%s", name, value);
	e->vars[e->n++] = text;
	e->vars[e->n] = NULL;
}

static void
add_addr(struct env *e, const char *ip, const char *port, const struct addr *a)
{
	char text[ADDR_TEXT];

	add_var(e, ip, addr_ip(a, text));
	snprintf(text, sizeof text, "%d", addr_get_port(a));
	add_var(e, port, text);
}

static void
add_number(struct env *e, const char *name, long n)
{
	char text[24];

	snprintf(text, sizeof text, "%ld", n);
	if (n >= 0)
		add_var(e, name, text);
}

static void
add_user(struct env *e, int fd)
{
	struct sock_user u;

	if (!sock_peer_user(fd, &u))
		return;
	add_number(e, "UNIXREMOTEEUID", u.uid);
	add_number(e, "UNIXREMOTEEGID", u.gid);
	add_number(e, "UNIXREMOTEPID", u.pid);
}

static void
describe_connection(struct env *e, int fd, const struct addr *peer)
{
	struct addr local;

	e->n = e->inherited;
	add_var(e, "PROTO", addr_is_unix(peer) ? "UNIX" : "TCP");
	if (addr_is_unix(peer)) {
		add_user(e, fd);
		return;
	}
	add_addr(e, "TCPREMOTEIP", "TCPREMOTEPORT", peer);
	if (sock_local_addr(fd, &local) == -1)
		return;
	addr_unmap(&local);
	add_addr(e, "TCPLOCALIP", "TCPLOCALPORT", &local);
}

/* In the child: become the command. Nothing here needs memory. */
static _Noreturn void
exec_command(const char *command, char **env, int fd,
    const struct rlimit *descriptors)
{
	signals_restore();
	setrlimit(RLIMIT_NOFILE, descriptors);
	/* UCSPI: the command has the connection as descriptors 0 and 1 */
	if (dup2(fd, 0) != -1 && dup2(fd, 1) != -1)
		execle("/bin/sh", "sh", "-c", "--", command, (char *)NULL, env);
	say_error(errno, "run /bin/sh");
	_exit(CANNOT_RUN);
}

pid_t
command_start(struct command *c, int fd, int client, const struct addr *peer)
{
	sigset_t all, old;
	pid_t pid;
	int error;

	describe_connection(&c->env, client, peer);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid == 0)
		exec_command(c->text, c->env.vars, fd, &c->descriptors);
	error = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return pid;
}

pid_t
command_reap(int *status)
{
	pid_t pid;

	do
		pid = waitpid(-1, status, WNOHANG);
	while (pid == -1 && errno == EINTR);
	return pid == -1 ? 0 : pid;
}

void
command_report_end(const struct addr *peer, int status)
{
	char text[ADDR_TEXT], how[128];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof how, "killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof how, "exit status %d",
		    WEXITSTATUS(status));
	event(&(struct event){ .kind = EVENT_ENDED,
	    .who = addr_label(peer, text), .more = how });
}

enum status
command_status(int status)
{
	int n = WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status)
				    : WEXITSTATUS(status);

	return (enum status)n;
}

bool
command_init(struct command *c, const char *text)
{
	*c = (struct command){ .text = text, .descriptors = limit_raise() };
	return inherit_env(&c->env);
}

void
command_free(struct command *c)
{
	free(c->env.vars);
}
