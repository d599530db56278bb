/*
 * sockcat: relays standard input and output over a socket.
 */
#include "base/clock.h"
#include "base/manager.h"
#include "base/say.h"
#include "base/signals.h"
#include "base/stdio.h"
#include "base/system.h"
#include "base/wait.h"
#include "cli/settings.h"
#include "cli/value.h"
#include "net/addr.h"
#include "net/connect.h"
#include "net/dial.h"
#include "net/listen.h"
#include "net/lookup.h"
#include "net/notify.h"
#include "net/proxy.h"
#include "net/redial.h"
#include "net/retry.h"
#include "net/scan.h"
#include "net/sock.h"
#include "net/sockopt.h"
#include "net/spawn.h"
#include "net/trace.h"
#include "net/unix.h"
#include "opts.h"
#include "relay/dump.h"
#include "relay/forward.h"
#include "relay/loop.h"
#include "relay/meter.h"
#include "relay/peer.h"
#include "relay/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define VERSION "1.1.0"

enum {
	BACKLOG = 4096,        /* SOMAXCONN is only 128 in some systems */
	SCAN_TIMEOUT = 3000,   /* ms that a port may take to answer */
	REPEAT_DELAY = 1000,   /* ms between the attempts of -zk */
	PATIENCE = 5000,       /* ms that a scan waits for a full stderr */
	LIVED = 10000,         /* ms after which a lost connection was none
				  that a server refuses by closing it */
};

/* A limit that nobody lives to see, in ms. */
static const long long FOREVER = 1000000000000;

static struct dump *dump_file;       /* of -o; NULL: none */
static struct unix_file socket_file; /* to be removed on exit */
static struct sockopts sockopts;     /* of -K */
static struct forwarding forwarding; /* of -f */

static void
remove_socket_file(void)
{
	unix_remove(&socket_file);
}

/* Returns false after reporting a failure. */
static bool
catch_signals(void)
{
	if (signals_catch(remove_socket_file))
		return true;
	say_error(errno, "cannot create a pipe");
	return false;
}

/* Print to standard output, and check that it was written. */
static enum status
print(void (*what)(FILE *))
{
	what(stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_OK;
	say_error(errno, "write standard output");
	return STATUS_LOCAL;
}

static void
print_version(FILE *out)
{
	fprintf(out, "sockcat %s\n", VERSION);
}

/*
 * Many clients need many descriptors: use as many as the hard limit allows and
 * poll(2) takes. When they run out, clients wait, and that is reported.
 */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur > DESCRIPTORS_MAX)
		limit.rlim_cur = DESCRIPTORS_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Run the command of -e for the clients of the listener, or for the socket fd
 * that is connected to *peer. Returns the exit status, which may be the
 * command's.
 */
static enum status
run_command(const struct opts *o, struct listener *listener, int fd,
    const struct addr *peer)
{
	struct spawn_params p = {
		.command = o->command,
		.keep_open = o->keep_open,
		.max_per_address = (int)o->max_per_address,
		.max_commands = (int)o->max_clients,
		.timeout = o->timeout,
		.idle_exit = o->idle_exit,
	};

	return spawn_run(&p, listener, fd, peer);
}

/* What of the addresses does not depend on the end. */
static struct ends
ends_of(const struct opts *o)
{
	struct ends e = { .family = AF_UNSPEC, .numeric = o->numeric };

	if (o->unix_domain)
		e.family = AF_UNIX;
	else if (o->forward != NULL)
		return e; /* -4 and -6 are about where it leads */
	else if (o->only4)
		e.family = AF_INET;
	else if (o->only6)
		e.family = AF_INET6;
	return e;
}

/* Relay stdio with the peer, or with the clients of the listener. */
static enum status
relay(const struct opts *o, struct listener *listener, struct peer *peer,
    const struct connector *connector)
{
	struct policy policy = settings_policy(o, dump_file);
	struct peer stdio;
	enum status status;

	if (isatty(STDERR_FILENO)) /* one that nobody reads holds up nothing */
		stdio_own(STDERR_FILENO);
	peer_stdio(&stdio, !o->recv_only);
	status = loop_run(&policy, &stdio, listener, peer, connector,
	    signals_fd());
	if (dump_file != NULL && !dump_close(dump_file))
		status = STATUS_LOCAL;
	return status;
}

/* Open the file of -o, if it was given. */
static enum status
open_dump(const struct opts *o)
{
	if (o->dump == NULL)
		return STATUS_OK;
	dump_file = dump_open(o->dump, o->keep_open);
	return dump_file == NULL ? STATUS_LOCAL : STATUS_OK;
}

/* Does -f lead back to the listener? A name is not looked up for this. */
static bool
leads_back(const struct listener *listener)
{
	struct ends e = forwarding.to.ends;
	bool back = false;

	if (forwarding.to.proxy != NULL ||
	    (e.family != AF_UNIX && addr_is_name(e.host)))
		return false;
	e.local = false;
	if (lookup_ends(&e, NEVER) == 0)
		for (int i = 0; i < e.nto; i++)
			back = back || listen_is_self(listener, &e.to[i]);
	free(e.to);
	return back;
}

/* Forward the clients of the listener. */
static enum status
forward(struct listener *listener)
{
	enum status status;

	if (leads_back(listener)) {
		say("-f %s: this is the listener itself; try 'sockcat -h'",
		    forwarding.params.name);
		listen_close(listener);
		return STATUS_USAGE;
	}
	forwarding.params.dump = dump_file;
	forwarding.sock_opts.more = &sockopts;
	status = forward_run(&forwarding.params, listener);
	if (dump_file != NULL && !dump_close(dump_file))
		status = STATUS_LOCAL;
	return status;
}

/* Serve the clients of the listener as the options say. */
static enum status
serve(const struct opts *o, struct listener *listener)
{
	if (o->forward != NULL)
		return forward(listener);
	if (o->command != NULL)
		return run_command(o, listener, -1, NULL);
	return relay(o, listener, NULL, NULL);
}

/* Before -v tells that we are ready. */
static enum status
catch_all(const struct opts *o)
{
	if (o->forward == NULL && !catch_signals())
		return STATUS_LOCAL; /* with -f they are caught already */
	if (o->command == NULL)
		signals_catch_report();
	return STATUS_OK;
}

/* Listen on the addresses of the host or path. */
static enum status
open_listener(const struct opts *o, struct listener *listener, int port)
{
	const char *host = o->source;
	struct ends ends = ends_of(o);
	struct addr *at;
	enum status status;
	int n;

	if (o->unix_domain)
		host = o->path;
	else if (o->host != NULL || o->forward != NULL)
		host = o->host;
	n = lookup(&ends, host, port, &at);
	if (n == -1)
		return sock_status(errno);
	status = catch_all(o);
	if (status == STATUS_OK && listen_open(listener, at, n) == -1)
		status = sock_status(errno);
	free(at);
	return status;
}

/* Listen on the sockets of the service manager. */
static enum status
adopt_listener(const struct opts *o, struct listener *listener)
{
	enum status status = catch_all(o);

	if (status != STATUS_OK)
		return status;
	return listen_adopt(listener, MANAGER_FIRST, manager_sockets());
}

static enum status
listen_and_relay(const struct opts *o, struct listener *listener, int port)
{
	enum status status;

	if (o->port == NULL && o->path == NULL)
		status = adopt_listener(o, listener);
	else
		status = open_listener(o, listener, port);
	if (status != STATUS_OK)
		return status;
	if (!notify_ready(listener, (int)o->ready))
		status = STATUS_LOCAL;
	else
		status = serve(o, listener);
	notify_stopping();
	listen_remove(listener);
	return status;
}

static enum status
run_listener(const struct opts *o, int port)
{
	struct addr_net *nets;
	int nallow;
	enum status status = settings_networks(o, &nets, &nallow);
	struct sock_opts sock_opts = settings_sock_opts(o);
	struct listener listener = {
		.type = o->datagram ? SOCK_DGRAM : SOCK_STREAM,
		.backlog = (int)value_or(o->backlog, BACKLOG),
		.mode = (int)o->mode,
		.connect = o->command != NULL,
		.replace = !o->no_reuse,
		.file = &socket_file,
		.allow = nets,
		.nallow = nallow,
		.opts = &sock_opts,
	};

	sock_opts.more = &sockopts;
	if (o->keep_open && o->command == NULL)
		raise_descriptor_limit();
	if (o->forward != NULL && status == STATUS_OK)
		status = catch_signals() ? settings_forward(o, &forwarding)
					 : STATUS_LOCAL;
	if (status == STATUS_OK)
		status = open_dump(o);
	if (status == STATUS_OK)
		status = listen_and_relay(o, &listener, port);
	free(nets);
	return status;
}

/*
 * Is standard output a socket that a descriptor can be passed over? Returns an
 * exit status.
 */
static enum status
check_stdout(void)
{
	struct addr a = { 0 };
	bool unknown = sock_local_addr(STDOUT_FILENO, &a) == -1;

	if (unknown && sock_exhausted(errno)) {
		say_error(errno, "-F: cannot check standard output");
		return STATUS_LOCAL;
	}
	if (!unknown && addr_is_unix(&a))
		return STATUS_OK;
	say("-F: standard output must be a Unix-domain socket");
	return STATUS_USAGE;
}

/* Pass the socket to standard output, in blocking mode, and close it. */
static enum status
pass_socket(int fd)
{
	enum waited waited = WAIT_READY;
	bool passed = false;

	while (!passed && waited == WAIT_READY) {
		passed = sock_blocking(fd) != -1 &&
		    sock_send_fd(STDOUT_FILENO, fd) != -1;
		if (!passed)
			waited = sock_later(errno)
			    ? wait_fd(STDOUT_FILENO, POLLOUT, NEVER)
			    : WAIT_FAILED;
	}
	if (waited == WAIT_FAILED)
		say_error(errno, "pass the socket to standard output");
	sock_close(fd);
	return passed ? STATUS_OK : STATUS_LOCAL;
}

/* A connection to be made. */
struct client {
	const struct opts *o;
	const struct proxy *proxy; /* of -x, or NULL */
	struct sock_opts sock_opts;
	struct ends ends;
	struct dial_params d;
	struct retry retry;  /* of -c */
	int fd;              /* the connection */
	long long connected; /* clock_ms() when it was made */
	struct addr reached; /* whom it leads to */
};

/* For how long to try to connect: -c, or with -k for ever. */
static long long
reconnect_limit(const struct opts *o)
{
	return o->retry == NEVER && o->keep_open ? FOREVER : o->retry;
}

/* How many milliseconds name lookups may take; NEVER: no limit. */
static long long
lookup_limit(const struct client *c)
{
	long long left = c->retry.end - clock_ms();

	if (c->retry.end == NEVER)
		return c->o->timeout;
	return left < 0 ? 0 : left;
}

/* Look up both ends. Returns 0; -1 and errno. */
static int
find_ends(struct client *c)
{
	const struct opts *o = c->o;
	struct dial_params *d = &c->d;
	struct ends *e = &c->ends;
	int status = lookup_ends(e, lookup_limit(c));

	d->to = e->to;
	d->nto = e->nto;
	d->from = e->from;
	d->nfrom = e->nfrom;
	/* attempts at once from one local port have to share it */
	if (o->source_port != NULL && !o->no_reuse && d->nto > 1)
		c->sock_opts.reuse = true;
	return status;
}

static struct outcome
try_once(void *client)
{
	struct client *c = client;
	long long timeout = c->o->timeout;

	unix_remove(&socket_file); /* of the attempt before */
	c->d.deadline = clock_earlier(c->retry.end,
	    timeout == NEVER ? NEVER : clock_ms() + timeout);
	if (find_ends(c) == -1)
		return (struct outcome){ sock_status(errno),
		    dial_transient(errno) };
	return connect_wait(&c->d, c->proxy, &c->fd, &c->reached);
}

/* Only the last attempt of -c is reported, unless -vv shows all of them. */
static enum status
try_all(struct client *c)
{
	bool hold = c->retry.end != NEVER && c->o->verbose < 2;
	enum status status = retry_all(&c->retry, hold, try_once, c);

	say_release(status != STATUS_OK && !signals_stopped());
	return status;
}

/* The peer of the connection. NULL after a report: there is no memory. */
static struct peer *
client_peer(struct client *c)
{
	const struct opts *o = c->o;
	struct addr addr = c->reached;
	struct peer *peer = NULL;

	/* datagrams will have the address as the system returns it */
	if (!o->datagram || sock_peer_addr(c->fd, &addr) == 0)
		peer = peer_new(c->fd, c->d.type, &addr);
	if (peer == NULL) {
		say_error(errno, "connect to %s", c->d.host);
		sock_close(c->fd);
		return NULL;
	}
	if (o->datagram)
		peer->check_source = c->d.nfrom > 0 || o->unix_domain;
	if (o->datagram && !o->unix_domain)
		peer->redial = redial_new(&c->d, &c->reached);
	return peer;
}

static void
report_connected(const struct client *c)
{
	char text[ADDR_TEXT], through[PROXY_TEXT];

	say_verbose(1, "connected to %s", c->proxy == NULL
	    ? addr_host_port(&c->reached, text)
	    : proxy_text(c->proxy, through));
}

/*
 * With -k a lost connection is made again, with the waits of -c. They start
 * anew only after a connection that has lived for a while, so that a server
 * that accepts and closes at once makes nobody spin.
 */
static struct peer *
connect_again(void *client, enum status *status)
{
	struct client *c = client;
	struct retry fresh = retry_begin(reconnect_limit(c->o));
	struct peer *peer = NULL;

	c->retry.end = fresh.end;
	if (clock_ms() - c->connected >= LIVED)
		c->retry = fresh;
	*status = STATUS_TIMEOUT;
	if (retry_wait(&c->retry))
		*status = try_all(c);
	c->connected = clock_ms();
	if (*status != STATUS_OK)
		return NULL;
	report_connected(c);
	peer = client_peer(c);
	if (peer == NULL)
		*status = STATUS_LOCAL;
	return peer;
}

/* Relay stdio with the connection. */
static enum status
relay_client(struct client *c)
{
	struct connector connector = { connect_again, c };
	struct peer *peer = client_peer(c);

	if (peer == NULL)
		return STATUS_LOCAL;
	return relay(c->o, NULL, peer, &connector);
}

/* The connection is there: use it as the options say. */
static enum status
use_client(struct client *c)
{
	if (c->o->command == NULL && !c->o->pass_fd)
		signals_catch_report(); /* before -v tells that we are ready */
	report_connected(c);
	c->connected = clock_ms();
	if (c->o->command != NULL)
		return run_command(c->o, NULL, c->fd, &c->reached);
	return c->o->pass_fd ? pass_socket(c->fd) : relay_client(c);
}

/* What is looked up to reach a host, from the local end that was given. */
static struct ends
ends_to(const struct opts *o, const char *host, int port, int source_port)
{
	struct ends e = ends_of(o);

	e.host = host;
	e.port = port;
	e.local = o->source != NULL || o->source_port != NULL;
	e.local_host = o->source;
	e.local_port = source_port;
	return e;
}

static enum status
run_client(const struct opts *o, const struct proxy *proxy, int port,
    int source_port)
{
	struct client c = {
		.o = o,
		.proxy = proxy,
		.sock_opts = settings_sock_opts(o),
		.d = {
			.type = o->datagram ? SOCK_DGRAM : SOCK_STREAM,
			.host = o->unix_domain ? o->path
			    : proxy != NULL ? proxy->host : o->host,
			.is_proxy = proxy != NULL,
			.sock_opts = &c.sock_opts,
			.replace = !o->no_reuse,
			.file = &socket_file,
			.refuse_self = o->retry != NEVER || o->keep_open,
		},
		.retry = retry_begin(o->scan ? o->retry : reconnect_limit(o)),
	};
	enum status status = open_dump(o);
	struct meter meter;

	c.sock_opts.more = &sockopts;
	c.ends = ends_to(o, c.d.host, port, source_port);
	meter_start(&meter, false, -1);
	if (status == STATUS_OK)
		status = try_all(&c);
	if (status == STATUS_OK)
		status = use_client(&c);
	else if (o->progress)
		meter_report(&meter, &(struct meter_totals){ 0 }, "");
	unix_remove(&socket_file);
	free(c.ends.to);
	free(c.ends.from);
	return status;
}

static enum status
run_proxied(const struct opts *o, int port, int source_port)
{
	struct proxy proxy = { 0 };
	enum status status;

	if (!catch_signals())
		return STATUS_LOCAL;
	status = settings_proxy(o, port, &proxy);
	if (status != STATUS_OK)
		return status;
	return run_client(o, &proxy, proxy.port, source_port);
}

static enum status
scan_hosts(const struct opts *o, struct scan_host *hosts, int nhosts,
    int source_port)
{
	struct sock_opts sock_opts = settings_sock_opts(o);
	struct scan_params p = {
		.dial = {
			.type = o->datagram ? SOCK_DGRAM : SOCK_STREAM,
			.sock_opts = &sock_opts,
			.replace = !o->no_reuse,
			.file = &socket_file,
			.refuse_self = true,
			.probe = o->proxy == NULL,
		},
		.host = hosts,
		.nhosts = nhosts,
		.proxied = o->proxy != NULL,
		.repeat = o->keep_open,
		.attempts = o->max_messages,
		.lookup = o->timeout,
		.timeout = value_or(o->timeout, SCAN_TIMEOUT),
		.delay = o->keep_open ? value_or(o->delay, REPEAT_DELAY)
				      : o->delay,
		.retry = o->retry,
		.numeric = o->numeric,
		.report = o->verbose > 0,
		.hold = o->retry != NEVER && o->verbose < 2,
		.out = stdout,
	};

	/* attempts at once from one local port have to share it */
	if (o->source_port != NULL && !o->no_reuse)
		sock_opts.reuse = true;
	for (int i = 0; i < nhosts; i++)
		hosts[i].ends = p.proxied ? ends_to(o, hosts[i].proxy.host,
		    hosts[i].proxy.port, source_port)
		    : ends_to(o, hosts[i].name, 0, source_port);
	return scan(&p);
}

static enum status
run_scan(const struct opts *o, int source_port)
{
	struct scan_host *hosts = NULL;
	enum status status;
	int nhosts;

	if (!catch_signals())
		return STATUS_LOCAL;
	status = settings_scan(o, &hosts, &nhosts);
	say_set_patience(PATIENCE);
	raise_descriptor_limit();
	if (status == STATUS_OK)
		status = scan_hosts(o, hosts, nhosts, source_port);
	unix_remove(&socket_file);
	free(hosts);
	return status;
}

static enum status
run(const struct opts *o)
{
	int port, source_port;
	enum status status;

	say_set_verbose(o->verbose);
	say_set_stamp(o->stamp);
	status = settings_descriptors(o);
	if (status == STATUS_OK)
		status = settings_sockopts(o, &sockopts);
	if (o->verbose >= 3)
		trace_start(o->verbose >= 4);
	if (status == STATUS_OK)
		status = settings_ports(o, &port, &source_port);
	if (status == STATUS_OK && o->pass_fd)
		status = check_stdout();
	if (status != STATUS_OK)
		return status;
	if (o->scan)
		return run_scan(o, source_port);
	if (o->listen)
		return run_listener(o, port);
	if (o->proxy != NULL)
		return run_proxied(o, port, source_port);
	if (!catch_signals())
		return STATUS_LOCAL;
	return run_client(o, NULL, port, source_port);
}

int
main(int argc, char **argv)
{
	struct opts o;
	enum status status;

	stdio_fill();
	signals_start();
	if (opts_parse(&o, argc, argv) == -1 || settings_check(&o) == -1)
		status = settings_rejected(&o);
	else if (o.help)
		status = print(opts_help);
	else if (o.list_options)
		status = print(opts_list);
	else if (o.version)
		status = print(print_version);
	else
		status = run(&o);
	say_left_out();
	opts_free(&o);
	signals_die();
	return (int)status;
}
