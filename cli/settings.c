/* From the options to the parameters of each module. */
#include "settings.h"
#include "../base/clock.h"
#include "../base/signals.h"
#include "../base/stdio.h"
#include "../net/addr.h"
#include "../net/login.h"
#include "../net/lookup.h"
#include "../net/proxy.h"
#include "../net/scan.h"
#include "../net/unix.h"
#include "operands.h"
#include "rules.h"
#include "sockopts.h"
#include "value.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	STREAM_READ = 1 << 20, /* bytes; smaller reads cost more CPU time */
	FORWARD_READ = 256 << 10, /* stays in the processor's cache */
	DATAGRAM = 64 << 10, /* none is longer */
	UDP_READ = 1400,       /* most networks pass such a datagram whole */
	UNIX_READ = 8192,      /* most programs receive such a datagram whole */
	ANSWER_WAIT = 1000,    /* ms of silence after which no answer comes */
	STDIN_GRACE = 1000,    /* ms of silence on stdin after the peer's EOF */
	UDP_CLIENTS = 65536,   /* senders that a -k listener remembers */
	SOCKS_PORT = 1080,     /* of a proxy, unless -x has one */
	HTTP_PROXY_PORT = 3128,
	LINE_SIZE = 4096,      /* no terminal gives a longer line */
	MESSAGE_SIZE = 4096,   /* say() shows no more */
};

static enum status usage_error(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* Report what is wrong with the command line, and what would be right. */
static enum status
usage_error(const char *fmt, ...)
{
	char text[MESSAGE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	say("%s", text);
	return STATUS_USAGE;
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
	return rules_check(o) == -1 ? -1 : operands_parse(o);
}

enum status
settings_rejected(const struct opts *o)
{
	if (o->no_memory || o->advised)
		say("%s", o->error);
	else
		say("%s; try 'sockcat -h'", o->error);
	return o->no_memory ? STATUS_LOCAL : STATUS_USAGE;
}

struct sock_opts
settings_sock_opts(const struct opts *o)
{
	return (struct sock_opts){
		.recv_buffer = (int)o->recv_buffer,
		.send_buffer = (int)o->send_buffer,
		.tos = (int)o->tos,
		.reuse = o->reuse || (!o->no_reuse && !o->datagram &&
		    (o->listen || o->source_port != NULL)),
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
	return o->unix_domain && o->forward == NULL ? AF_UNIX : AF_UNSPEC;
}

enum status
settings_sockopts(const struct opts *o, struct sockopts *list)
{
	int family = sockopts_family(o);
	int type = o->datagram ? SOCK_DGRAM : SOCK_STREAM;
	char text[MESSAGE_SIZE];
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
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    sock_listens(STDIN_FILENO)) {
		say("standard input is a socket that listens; use sh -c "
		    "'LISTEN_FDS=1 LISTEN_PID=$$ exec sockcat -l' 3<&0 "
		    "</dev/null");
		return STATUS_USAGE;
	}
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
	return o->datagram && o->keep_open ? UDP_CLIENTS : -1;
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

struct policy
settings_policy(const struct opts *o, struct dump *dump)
{
	bool null = stdio_is_null();
	struct policy p = {
		.keep_open = o->keep_open && o->listen,
		.reconnect = o->keep_open && !o->listen,
		.broker = o->broker,
		.lines = o->lines,
		.stamp = o->stamp,
		.messages = o->messages,
		.terminal = (o->messages || o->lines) &&
		    isatty(STDOUT_FILENO),
		.datagram = o->datagram,
		.no_half_close = o->no_half_close || o->recv_only ||
		    (null && !o->half_close_at_once),
		.half_close_wait = ANSWER_WAIT,
		.max_clients = (int)value_or(o->max_clients,
		    default_clients(o)),
		.max_per_address = (int)o->max_per_address,
		.max_messages = o->max_messages,
		.read_size = (size_t)value_or(o->read_size,
		    (long long)default_read_size(o)),
		.rate = value_or(o->rate, 0),
		.unit_delay = value_or(o->delay, 0),
		.crlf = o->crlf,
		.telnet = o->telnet,
		.idle_timeout = o->timeout,
		.idle_exit = o->idle_exit,
		.quit_after_stdin = value_or(o->quit_after,
		    default_quit_after(o)),
		.stdin_grace = value_or(o->quit_after, default_grace(o, null)),
		.send_only = o->send_only,
		.recv_only = o->recv_only,
		.feed_receiver = o->quit_after == NEVER && !o->keep_open &&
		    default_grace(o, null) > 0,
		.progress = o->progress,
		.dump = dump,
	};

	if (o->half_close_at_once)
		p.half_close_wait = 0;
	else if (waits_for_answer(o)) {
		p.half_close_late = true;
		if (o->timeout < ANSWER_WAIT)
			p.half_close_wait = o->timeout;
	}
	if (o->recv_only)
		p.quit_after_stdin = NEVER;
	return p;
}

/* The networks of -a so far. */
struct networks {
	struct addr_net *list;
	int n;
};

/* Append the network. Returns false, and reports it, if there is no memory. */
static bool
append(struct networks *to, struct addr_net net)
{
	struct addr_net *more = realloc(to->list,
	    ((size_t)to->n + 1) * sizeof *more);

	if (more == NULL) {
		say_error(ENOMEM, "cannot read the networks of -a");
		return false;
	}
	to->list = more;
	more[to->n++] = net;
	return true;
}

/* A name stands for all its addresses, as they are now. */
static enum status
append_name(struct networks *to, const char *name, bool except)
{
	struct ends any = { .family = AF_UNSPEC };
	struct addr *at;
	int n = lookup(&any, name, 0, &at);
	bool done = true;

	if (n == -1)
		return sock_status(errno);
	for (int i = 0; i < n && done; i++)
		done = append(to, (struct addr_net){ .addr = at[i],
		    .bits = addr_bits(&at[i]), .except = except });
	free(at);
	return done ? STATUS_OK : STATUS_LOCAL;
}

/* Can it be the name of a host? */
static bool
is_name(const char *text)
{
	return *text != '\0' && strpbrk(text, "/:%!@") == NULL &&
	    text[strspn(text, "0123456789.")] != '\0';
}

/* An item of -a: a network, an address or a name, with ! an exception. */
static enum status
append_item(const struct opts *o, struct networks *to, const char *item)
{
	bool except = *item == '!';
	const char *text = item + except;
	struct addr_net net;

	if (addr_net(&net, text) == 0) {
		net.except = except;
		return append(to, net) ? STATUS_OK : STATUS_LOCAL;
	}
	if (is_name(text) && !o->numeric)
		return append_name(to, text, except);
	return usage_error("%s %s: must be an address, a name or a network "
	    "such as 192.0.2.0/24", opts_name(o, OPT_ALLOW).text,
	    value_shown(item));
}

enum status
settings_networks(const struct opts *o, struct addr_net **nets, int *n)
{
	struct networks all = { 0 };
	enum status status = STATUS_OK;

	for (int i = 0; i < o->allow.n && status == STATUS_OK; i++)
		status = append_item(o, &all, o->allow.item[i]);
	*nets = all.list;
	*n = all.n;
	return status;
}

/* How addr_port() reads a port. */
static int
port_flags(const struct opts *o)
{
	int how = 0;

	if (o->datagram)
		how |= PORT_UDP;
	if (o->numeric)
		how |= PORT_NUMERIC;
	return how;
}

/* Is the text a service's name, which -n forbids? */
static bool
is_forbidden_name(const struct opts *o, const char *text)
{
	return o->numeric &&
	    addr_port(text, port_flags(o) & ~PORT_NUMERIC) != -1;
}

/*
 * Parse a port, which is an operand (OPTS) or belongs to the argument of this
 * option. Returns -1 after reporting that it is none.
 */
static int
parse_port(const struct opts *o, const char *text, enum opt opt,
    const char *argument)
{
	int port = addr_port(text, port_flags(o));
	const char *why = "use 0-65535 or a name such as http";

	if (port != -1)
		return port;
	if (is_forbidden_name(o, text))
		why = "-n requires a number";
	if (opt == OPTS)
		usage_error("invalid port '%s' (%s)", text, why);
	else
		usage_error("%s %s: invalid port (%s)", opts_name(o, opt).text,
		    value_shown(argument), why);
	return -1;
}

/*
 * -s takes an address: is it one with a port, or an interface? Returns an exit
 * status.
 */
static enum status
check_source(const struct opts *o)
{
	struct opts_name name = opts_name(o, OPT_SOURCE);
	const char *colon = strchr(o->source, ':');

	if (colon != NULL && strchr(colon + 1, ':') == NULL)
		return usage_error("%s %s: an address without a port is "
		    "needed; use '-s %.*s -p %s'", name.text, o->source,
		    (int)(colon - o->source), o->source, colon + 1);
	if (strpbrk(o->source, ".:") == NULL && if_nametoindex(o->source) != 0)
		return usage_error("%s %s: %s is an interface; give an address "
		    "of it, or use '-K device=%s'", name.text, o->source,
		    o->source, o->source);
	return STATUS_OK;
}

/* A path has to fit into an address. */
static enum status
check_path(const struct opts *o, enum opt opt, const char *path)
{
	struct addr a;

	if (path == NULL || unix_addr(&a, path) == 0)
		return STATUS_OK;
	return usage_error("%s %s: the path must have 1 to %zu bytes",
	    opts_name(o, opt).text, value_shown(path),
	    sizeof a.is.un.sun_path - 1);
}

/*
 * What is at the path of -U is a socket, or nothing. With -c there may be a
 * socket later.
 */
static enum status
check_file(const struct opts *o)
{
	const char *what = "it is no socket";
	struct stat st;

	if (o->path == NULL || o->retry != -1 || stat(o->path, &st) == -1 ||
	    S_ISSOCK(st.st_mode))
		return STATUS_OK;
	if (S_ISDIR(st.st_mode))
		what = "it is a directory, not a socket";
	else if (S_ISREG(st.st_mode))
		what = "it is a file, not a socket";
	if (o->listen)
		say("listen on %s: %s; remove it or use another path", o->path,
		    what);
	else
		say("connect to %s: %s", o->path, what);
	return STATUS_NETWORK;
}

static enum status
check_paths(const struct opts *o)
{
	enum status status = check_path(o, OPT_UNIXSOCK, o->path);

	if (status == STATUS_OK && o->forward == NULL)
		status = check_path(o, OPT_SOURCE, o->source);
	if (status == STATUS_OK)
		status = check_file(o);
	return status;
}

enum status
settings_ports(const struct opts *o, int *port, int *source_port)
{
	const char *p = o->source_port;

	*port = *source_port = 0;
	if (o->unix_domain)
		return check_paths(o);
	if (o->source != NULL && check_source(o) != STATUS_OK)
		return STATUS_USAGE;
	if (operands_port_is_source(o))
		*port = parse_port(o, p, OPT_SOURCE_PORT, p);
	else if (!o->scan && o->port != NULL)
		*port = parse_port(o, o->port, OPTS, o->port);
	if (*port != -1 && !o->listen && p != NULL)
		*source_port = parse_port(o, p, OPT_SOURCE_PORT, p);
	if (*port == -1 || *source_port == -1)
		return STATUS_USAGE;
	return STATUS_OK;
}

/* Is it a network, not a host? */
static bool
is_network(const char *host)
{
	struct addr_net net;

	return strchr(host, '/') != NULL && addr_net(&net, host) == 0;
}

/* Parse the n operands of a host, which are that and its ports. */
static enum status
parse_host(const struct opts *o, char **operand, int n, struct scan_host *h)
{
	const char *why = "not a number up to 65535, a service or a range "
	    "such as 8000-8100";
	char word[PORTS_WORD];

	h->name = operand[0];
	if (is_network(h->name)) {
		say("%s is a network: give its hosts, such as '-z %.*s %s'",
		    h->name, (int)strcspn(h->name, "/"), h->name, operand[1]);
		return STATUS_USAGE;
	}
	if (ports_parse(&h->ports, operand + 1, n - 1, port_flags(o),
	    word) == 0)
		return STATUS_OK;
	if (is_forbidden_name(o, word))
		why = "-n requires a number";
	return usage_error("port %s: %s", value_shown(word), why);
}

static enum status
parse_hosts(const struct opts *o, struct scan_host *hosts, int *nhosts)
{
	enum status status = STATUS_OK;
	int n;

	for (int i = 0; i < o->noperands && status == STATUS_OK; i += n) {
		n = operands_of_host(o, i);
		status = parse_host(o, o->operand + i, n, &hosts[(*nhosts)++]);
	}
	if (status == STATUS_OK && o->keep_open &&
	    (*nhosts > 1 || hosts->ports.n > 1))
		return usage_error("port %s: -k with -z takes only one port",
		    o->port);
	return status;
}

/* The proxy of -x, which is asked for each host. */
static enum status
set_proxies(const struct opts *o, struct scan_host *hosts, int nhosts)
{
	struct proxy proxy = { 0 };
	enum status status = settings_proxy(o, 0, &proxy);

	for (int i = 0; i < nhosts && status == STATUS_OK; i++) {
		hosts[i].proxy = proxy;
		status = proxy_set_target(&hosts[i].proxy, hosts[i].name, 0,
		    o->numeric);
	}
	return status;
}

enum status
settings_scan(const struct opts *o, struct scan_host **hosts, int *nhosts)
{
	enum status status = STATUS_OK;

	*nhosts = 0;
	*hosts = calloc((size_t)o->noperands + 1, sizeof **hosts);
	if (*hosts == NULL) {
		say_error(ENOMEM, "cannot read the ports of -z");
		return STATUS_LOCAL;
	}
	if (o->unix_domain) {
		*nhosts = 1;
		(*hosts)->name = o->path;
		(*hosts)->ports.n = 1;
	} else {
		status = parse_hosts(o, *hosts, nhosts);
	}
	if (status == STATUS_OK && o->proxy != NULL)
		status = set_proxies(o, *hosts, *nhosts);
	return status;
}

/* The type of -X that a URL of a proxy means. */
static const char *
type_of_url(const char *url)
{
	if (strncmp(url, "http", 4) == 0)
		return "http";
	return strncmp(url, "socks4", 6) == 0 ? "4" : "5";
}

/* The argument of -x is malformed: report what it has to look like. */
static enum status
report_proxy(const struct opts *o)
{
	struct opts_name name = opts_name(o, OPT_PROXY);
	const char *rest = strstr(o->proxy, "://");
	const char *at = strrchr(o->proxy, '@');

	if (rest == NULL && at != NULL)
		return usage_error("%s %s: the login is an option of its own; "
		    "use '-P %.*s -x %s'", name.text, o->proxy,
		    (int)(at - o->proxy), o->proxy, at + 1);
	if (rest == NULL)
		return usage_error("%s %s: must be host or host:port, with an "
		    "IPv6 address in brackets", name.text,
		    value_shown(o->proxy));
	rest += strlen("://");
	if (at != NULL)
		return usage_error("%s %s: give host:port, not a URL; use "
		    "'-X %s -P %.*s -x %.*s'", name.text, o->proxy,
		    type_of_url(o->proxy), (int)(at - rest), rest,
		    (int)strcspn(at + 1, "/"), at + 1);
	return usage_error("%s %s: give host:port, not a URL; use '-X %s -x "
	    "%.*s'", name.text, o->proxy, type_of_url(o->proxy),
	    (int)strcspn(rest, "/"), rest);
}

/* Parse -x and -X. */
static enum status
parse_proxy(const struct opts *o, struct proxy *p)
{
	const char *port;
	int type = PROXY_SOCKS5;

	if (o->proxy_type != NULL)
		type = proxy_type(o->proxy_type);
	if (type == -1)
		return usage_error("%s %s: must be 4, 5 or http",
		    opts_name(o, OPT_PROXY_TYPE).text,
		    value_shown(o->proxy_type));
	if (strchr(o->proxy, '@') != NULL ||
	    !proxy_split(o->proxy, p->host, &port))
		return report_proxy(o);
	p->type = (enum proxy_type)type;
	p->port = type == PROXY_CONNECT ? HTTP_PROXY_PORT : SOCKS_PORT;
	if (port != NULL)
		p->port = parse_port(o, port, OPT_PROXY, o->proxy);
	return p->port == -1 ? STATUS_USAGE : STATUS_OK;
}

/* The password of -P: given there, in the environment, or typed. */
static enum status
find_password(const struct opts *o, struct proxy *p)
{
	static char typed[LINE_SIZE];
	char prompt[PROXY_TEXT];

	p->password = o->proxy_password;
	if (p->password == NULL)
		p->password = getenv("SOCKCAT_PROXY_PASSWORD");
	if (p->password != NULL)
		return STATUS_OK;
	snprintf(prompt, sizeof prompt,
	    "Password for %.200s at proxy %s port %d: ", p->user, p->host,
	    p->port);
	p->password = typed;
	if (login_ask(prompt, typed, sizeof typed) == 0)
		return STATUS_OK;
	if (signals_stopped())
		return STATUS_LOCAL;
	say("cannot ask for the proxy password: %s; use -P user:password or "
	    "set SOCKCAT_PROXY_PASSWORD", errno == EIO
	    ? "sockcat runs in the background" : strerror(errno));
	return STATUS_LOCAL;
}

enum status
settings_proxy(const struct opts *o, int port, struct proxy *p)
{
	enum status status = parse_proxy(o, p);

	if (status == STATUS_OK)
		status = proxy_set_target(p, o->host, port, false);
	p->user = o->proxy_user;
	if (status == STATUS_OK && p->type != PROXY_CONNECT &&
	    p->user != NULL && *p->user == '\0')
		return usage_error("-P: the user is missing, which only an "
		    "HTTP proxy allows (-X http)");
	if (status == STATUS_OK && p->user != NULL && p->type != PROXY_SOCKS4)
		status = find_password(o, p);
	if (status != STATUS_OK || proxy_login_fits(p))
		return status;
	return usage_error("-P: the login is too long for the proxy");
}

static bool
is_path(const char *dest)
{
	return *dest == '@' || strchr(dest, '/') != NULL;
}

/* Parse the argument of -f: where to, and from where. */
static enum status
parse_dest(const struct opts *o, struct forwarding *w)
{
	struct ends *e = &w->to.ends;
	const char *port, *from = o->source_port;

	e->numeric = o->numeric;
	e->host = o->forward;
	e->local = o->source != NULL || from != NULL;
	e->local_host = o->source;
	if (is_path(o->forward)) {
		e->family = AF_UNIX;
		return check_path(o, OPT_FORWARD, o->forward);
	}
	if (!proxy_split(o->forward, w->host, &port) || port == NULL)
		return usage_error("%s %s: must be host:port, [address]:port, "
		    "a path with a slash, or @name", opts_name(o,
		    OPT_FORWARD).text, value_shown(o->forward));
	if (o->only4)
		e->family = AF_INET;
	if (o->only6)
		e->family = AF_INET6;
	e->host = w->host;
	e->port = parse_port(o, port, OPT_FORWARD, o->forward);
	if (from != NULL)
		e->local_port = parse_port(o, from, OPT_SOURCE_PORT, from);
	return e->port == -1 || e->local_port == -1 ? STATUS_USAGE : STATUS_OK;
}

/* The proxy takes the place of the destination, which it is told. */
static enum status
dest_through_proxy(const struct opts *o, struct forwarding *w)
{
	struct opts to = *o;
	struct ends *e = &w->to.ends;
	enum status status;

	if (e->family == AF_UNIX)
		return usage_error("%s %s: a proxy connects to a host and a "
		    "port", opts_name(o, OPT_FORWARD).text, o->forward);
	to.host = w->host;
	status = settings_proxy(&to, e->port, &w->proxy);
	e->host = w->proxy.host;
	e->port = w->proxy.port;
	w->to.proxy = &w->proxy;
	return status;
}

enum status
settings_forward(const struct opts *o, struct forwarding *w)
{
	enum status status;

	*w = (struct forwarding){
		.sock_opts = settings_sock_opts(o),
		.to = { .timeout = o->timeout, .retry = o->retry },
		.params = {
			.to = &w->to,
			.name = o->forward,
			.datagram = o->datagram,
			.keep_open = o->keep_open,
			.max_clients = (int)o->max_clients,
			.read_size = (size_t)value_or(o->read_size,
			    FORWARD_READ),
			.rate = value_or(o->rate, 0),
			.timeout = o->timeout,
			.quit_after = o->quit_after,
			.idle_exit = o->idle_exit,
			.progress = o->progress,
		},
	};
	if (o->datagram && w->params.read_size < DATAGRAM)
		w->params.read_size = DATAGRAM;
	status = parse_dest(o, w);
	if (status == STATUS_OK && o->proxy != NULL)
		status = dest_through_proxy(o, w);
	/* connections at once from one local port have to share it */
	w->sock_opts.reuse = o->reuse ||
	    (o->source_port != NULL && !o->no_reuse);
	w->to.dial = (struct dial_params){ .type = o->datagram ? SOCK_DGRAM : SOCK_STREAM,
		.host = w->to.ends.host, .sock_opts = &w->sock_opts,
		.replace = !o->no_reuse, .refuse_self = true };
	return status;
}
