/* From the options to the parameters of each module. */
#include "settings.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/stdio.h"
#include "operands.h"
#include "rules.h"
#include "sockopts.h"
#include "usage.h"
#include "value.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	STREAM_READ = 1 << 20, /* bytes; smaller reads cost more CPU time */
	UDP_READ = 1400,       /* most networks pass such a datagram whole */
	UNIX_READ = 8192,      /* most programs receive such a datagram whole */
	ANSWER_WAIT = 1000,    /* ms of silence after which no answer comes */
	STDIN_GRACE = 1000,    /* ms of silence on stdin after the peer's EOF */
	UDP_CLIENTS = 65536,   /* senders that a -k listener remembers */
};

/* Is standard input a socket that listens, as s6 passes it? */
static bool
stdin_listens(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    sock_listens(STDIN_FILENO);
}

int
settings_check(struct opts *o)
{
	if (o->version && o->noperands > 2)
		return opts_advise(o, "%s shows the version and takes no "
		    "value: there are no routing tables to choose from",
		    opts_name(o, OPT_VERSION).text);
	if (o->help || o->version || o->list_options)
		return 0;
	if (stdin_listens())
		return opts_advise(o, "standard input is a socket that "
		    "listens; use sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "
		    "sockcat -l' 3<&0 </dev/null");
	if (rules_check(o) == -1)
		return -1;
	return operands_parse(o);
}

enum status
settings_rejected(const struct opts *o)
{
	if (o->no_memory || o->advised)
		say("%s", o->error);
	else
		say("%s; try 'sockcat -h'", o->error);
	if (o->no_memory)
		return STATUS_LOCAL;
	return STATUS_USAGE;
}

struct sock_opts
settings_sock_opts(const struct opts *o, const struct sockopts *more)
{
	return (struct sock_opts){
		.recv_buffer = (int)o->recv_buffer,
		.send_buffer = (int)o->send_buffer,
		.tos = (int)o->tos,
		.reuse = o->reuse || (!o->no_reuse && !o->datagram &&
		    (o->listen || o->source_port != NULL)),
		.more = more,
	};
}

/* Those of a listener on a path may yet be of the connections of -f. */
static int
sockopts_family(const struct opts *o)
{
	if (o->only6)
		return AF_INET6;
	if (o->only4)
		return AF_INET;
	if (o->unix_domain && o->forward == NULL)
		return AF_UNIX;
	return AF_UNSPEC;
}

enum status
settings_sockopts(const struct opts *o, struct sockopts *list)
{
	int family = sockopts_family(o);
	int type = o->datagram ? SOCK_DGRAM : SOCK_STREAM;
	char text[USAGE_TEXT];
	bool granted;

	if (sockopts_parse(o, family, type, list, text, sizeof text) == -1)
		return usage_error("%s", text);
	if (family == AF_UNSPEC)
		granted = sockopt_try(AF_INET, type, list) &&
		    sockopt_try(AF_INET6, type, list);
	else
		granted = sockopt_try(family, type, list);
	return granted ? STATUS_OK : STATUS_LOCAL;
}

enum status
settings_descriptors(const struct opts *o)
{
	if (o->ready != -1 && fcntl((int)o->ready, F_GETFD) == -1)
		return usage_error("--ready %lld: the descriptor is not open",
		    o->ready);
	return STATUS_OK;
}

static size_t
default_read_size(const struct opts *o)
{
	if (!o->datagram)
		return STREAM_READ;
	return o->unix_domain ? UNIX_READ : UDP_READ;
}

/* How long stdin may be silent after the end of the peer's data. */
static long long
default_grace(const struct opts *o, bool null)
{
	if (o->recv_only || null || isatty(STDIN_FILENO))
		return 0;
	return STDIN_GRACE;
}

/* How long the peer may be silent after the end of stdin. */
static long long
default_quit_after(const struct opts *o)
{
	if (!o->datagram || o->listen)
		return NEVER;
	return value_or(o->timeout, ANSWER_WAIT);
}

static int
default_clients(const struct opts *o)
{
	if (o->datagram && o->keep_open)
		return UDP_CLIENTS;
	return -1;
}

/*
 * Many servers take a half-close for the client having gone, and people who
 * give -w wait for an answer.
 */
static bool
waits_for_answer(const struct opts *o)
{
	return o->timeout != NEVER && o->quit_after == NEVER && !o->listen &&
	    !o->datagram;
}

/* Of the listener's clients, or of the connection. */
static void
set_peers(struct policy *p, const struct opts *o)
{
	p->keep_open = o->keep_open && o->listen;
	p->reconnect = o->keep_open && !o->listen;
	p->broker = o->broker;
	p->max_clients = (int)value_or(o->max_clients, default_clients(o));
	p->idle_timeout = o->timeout;
	p->idle_exit = o->idle_exit;
}

/* When and how each side ends. */
static void
set_ends(struct policy *p, const struct opts *o)
{
	bool null = stdio_is_null();
	long long grace = default_grace(o, null);

	p->no_half_close = o->no_half_close || o->recv_only ||
	    (null && !o->half_close_at_once);
	p->half_close_wait = ANSWER_WAIT;
	p->quit_after_stdin = value_or(o->quit_after, default_quit_after(o));
	p->stdin_grace = value_or(o->quit_after, grace);
	p->send_only = o->send_only;
	p->recv_only = o->recv_only;
	p->feed_receiver = o->quit_after == NEVER && !o->keep_open &&
	    grace > 0;
	p->max_messages = o->max_messages;
	if (o->half_close_at_once)
		p->half_close_wait = 0;
	else if (waits_for_answer(o)) {
		p->half_close_late = true;
		if (o->timeout < ANSWER_WAIT)
			p->half_close_wait = o->timeout;
	}
	if (o->recv_only)
		p->quit_after_stdin = NEVER;
}

struct policy
settings_policy(const struct opts *o, struct dump *dump)
{
	struct policy p = {
		.lines = o->lines,
		.stamp = o->stamp,
		.messages = o->messages,
		.terminal = (o->messages || o->lines) &&
		    isatty(STDOUT_FILENO),
		.datagram = o->datagram,
		.read_size = (size_t)value_or(o->read_size,
		    (long long)default_read_size(o)),
		.rate = value_or(o->rate, 0),
		.unit_delay = value_or(o->delay, 0),
		.crlf = o->crlf,
		.telnet = o->telnet,
		.progress = o->progress,
		.dump = dump,
	};

	set_peers(&p, o);
	set_ends(&p, o);
	return p;
}
