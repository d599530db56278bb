/* sockcat: standard input to a socket, and the socket to standard output. */
#include "net/addr.h"
#include "net/clock.h"
#include "net/dial.h"
#include "net/hub.h"
#include "net/unix.h"
#include "net/listen.h"
#include "net/part.h"
#include "net/text.h"
#include "net/peer.h"
#include "net/redial.h"
#include "net/say.h"
#include "net/sock.h"
#include "opts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define VERSION "0.1.0"

enum { DONE = 0, NETWORK = 1, USAGE = 2, LOCAL = 3, LATE = 4 };

enum {
	PIECE = 1 << 20, /* bytes read at once: fewer cost more time */
	UDP_PIECE = 1400,  /* a datagram that crosses most networks whole */
	UNIX_PIECE = 8192, /* and one that most programs receive whole */
	HUSH = 1000,     /* ms to wait for an answer to datagrams */
	BACKLOG = 4096,  /* the system cuts it; some SOMAXCONN are too small */
	SILENCE = 1000,  /* ms that stdin may be silent after the peer's end */
};

static volatile sig_atomic_t caught;
static int wake[2] = { -1, -1 }; /* tells whoever polls that caught is set */

static void
die_by(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

static struct unix_file made; /* what is to be removed at the end */

static void
on_signal(int number)
{
	int kept = errno;
	ssize_t n = write(wake[1], "", 1);

	(void)n; /* full: they know already */
	if (caught != 0) {
		unix_remove(&made);
		die_by(number);
	}
	caught = number;
	errno = kept;
}

/*
 * From here on, the signals that end the program let it tidy up first; a
 * second one just ends it. What nohup(1) ignores stays ignored. Returns
 * false, having said why, on failure.
 */
static bool
catch_signals(void)
{
	static const int fatal[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction act = { .sa_handler = on_signal };
	struct sigaction was;

	if (pipe(wake) == -1) {
		say_error(errno, "make a pipe");
		return false;
	}
	for (int i = 0; i < 2; i++) {
		fcntl(wake[i], F_SETFL, O_NONBLOCK);
		fcntl(wake[i], F_SETFD, FD_CLOEXEC);
	}
	sigemptyset(&act.sa_mask);
	sigaction(SIGHUP, NULL, &was);
	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		if (fatal[i] != SIGHUP || was.sa_handler != SIG_IGN)
			sigaction(fatal[i], &act, NULL);
	return true;
}

static char late[ADDR_TEXT]; /* what there is to say when time is up */

static void
on_alarm(int signal)
{
	ssize_t n = write(STDERR_FILENO, late, strlen(late));

	(void)n;
	(void)signal;
	_exit(LATE);
}

/* -w holds for the resolver too, and nothing but a signal ends its wait. */
static void
bound_lookup(long long patience, const char *host)
{
	struct itimerval t = { .it_value = {
		.tv_sec = (time_t)(patience / 1000),
		.tv_usec = (suseconds_t)(patience % 1000 * 1000) + 1,
	} };

	if (patience == -1)
		return;
	snprintf(late, sizeof late - 1, "sockcat: resolve %.100s: %s\n", host,
	    strerror(ETIMEDOUT));
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &t, NULL);
}

static void
unbound(long long patience)
{
	static const struct itimerval never;

	if (patience != -1)
		setitimer(ITIMER_REAL, &never, NULL);
}

/* Were 0, 1 or 2 closed, a socket would become one of them: not so. */
static void
hold_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			open("/dev/null", O_RDWR);
}

static int
status_of(int error)
{
	return sock_starved(error) ? LOCAL : NETWORK;
}

/* The command line was not taken: why, and what that makes of us. */
static int
refuse(const struct opts *o)
{
	say(o->no_memory ? "%s" : "%s; try 'sockcat -h'", o->error);
	return o->no_memory ? LOCAL : USAGE;
}

/* What is written to standard output must have arrived there. */
static int
show(void (*what)(FILE *))
{
	what(stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return DONE;
	say_error(errno, "write standard output");
	return LOCAL;
}

static void
show_version(FILE *out)
{
	fprintf(out, "sockcat %s\n", VERSION);
}

static long long
given(long long n, long long otherwise)
{
	return n == -1 ? otherwise : n;
}

static struct sock_wish
wish_of(const struct opts *o)
{
	struct sock_wish w = {
		.receive = (int)given(o->recv_buffer, 0),
		.send = (int)given(o->send_buffer, 0),
		.tos = (int)o->tos,
		.reuse = o->reuse ||
		    (o->listen && !o->datagram && !o->no_reuse),
	};

	return w;
}

/* A listener for all may need as many descriptors as there are. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static struct hub_rules
rules_of(const struct opts *o)
{
	bool at_once = o->recv_only || isatty(STDIN_FILENO);
	long long piece = !o->datagram ? PIECE
	    : o->unix_domain ? UNIX_PIECE : UDP_PIECE;
	long long answer = o->datagram && !o->listen ? HUSH : -1;
	struct hub_rules r = {
		.keep = o->keep_open,
		.share = o->broker,
		.lines = o->lines,
		.chat = o->messages,
		.terminal = o->messages && isatty(STDOUT_FILENO),
		.wanted = o->max_messages,
		.most = (int)given(o->max_clients, 0),
		.datagram = o->datagram,
		.hold = o->no_half_close || o->recv_only,
		.piece = (size_t)given(o->read_size, piece),
		.idle = o->timeout,
		.after_input = o->recv_only ? -1 : given(o->quit_after, answer),
		.after_peer = given(o->quit_after, at_once ? 0 : SILENCE),
	};

	return r;
}

static int
path_of(const char *path, struct addr **list)
{
	*list = calloc(1, sizeof **list);
	if (*list == NULL) {
		say_error(ENOMEM, "use the path %s", path);
		return -1;
	}
	return unix_addr(*list, path) == 0 ? 1 : -1;
}

/* All addresses for a host or path, and a port, as the user wrote them. */
static int
resolve(const struct opts *o, const char *host, int port, struct addr **list)
{
	int family = o->only4 ? AF_INET : o->only6 ? AF_INET6 : AF_UNSPEC;

	if (o->unix_domain)
		return path_of(host, list);
	return addr_resolve(list, host, port, family, o->numeric);
}

/* Let the user talk with whom we have reached, or with whoever comes. */
static int
converse(const struct opts *o, struct listener *listener, struct peer *peer)
{
	struct hub_rules rules = rules_of(o);
	struct peer user = { 0 };

	peer_user(&user, !o->recv_only);
	return hub_run(&rules, &user, listener, peer, wake[0]);
}

/* Read what -a names. Returns an exit status; *nets is to be freed. */
static int
allow(const struct strlist *list, struct addr_net **nets)
{
	*nets = calloc((size_t)list->n + 1, sizeof **nets);
	if (*nets == NULL) {
		say_error(ENOMEM, "read the networks of -a");
		return LOCAL;
	}
	for (int i = 0; i < list->n; i++) {
		const char *word = list->item[i];

		if (addr_net(&(*nets)[i], word) == 0)
			continue;
		say("-a %s: neither an address nor a network; "
		    "try 'sockcat -h'", *word == '\0' ? "''" : word);
		return USAGE;
	}
	return DONE;
}

static int
listen_at(const struct opts *o, struct listener *listener, int port)
{
	const char *host = o->unix_domain ? o->path
	    : o->host != NULL ? o->host : o->source;
	struct sock_wish wish = wish_of(o);
	struct addr *at;
	int n = resolve(o, host, port, &at);
	int status;

	if (n == -1)
		return status_of(errno);
	if (!catch_signals()) {
		free(at);
		return LOCAL;
	}
	status = listen_open(listener, at, n, &wish);
	free(at);
	if (status == -1)
		return status_of(errno);
	status = converse(o, listener, NULL);
	listen_remove(listener);
	return status;
}

static int
serve(const struct opts *o, int port)
{
	struct addr_net *nets;
	int status = allow(&o->allow, &nets);
	struct listener listener = {
		.type = o->datagram ? SOCK_DGRAM : SOCK_STREAM,
		.backlog = (int)given(o->backlog, BACKLOG),
		.replace = !o->no_reuse,
		.file = &made,
		.allowed = nets,
		.nallowed = o->allow.n,
	};

	if (o->keep_open)
		raise_descriptors();
	if (status == DONE)
		status = listen_at(o, &listener, port);
	free(nets);
	return status;
}

/* Connect as d says; what it points to is freed. */
static int
connect_to(const struct opts *o, const struct dialing *d)
{
	struct addr reached;
	char text[ADDR_TEXT];
	struct peer *peer;
	int fd = dial(d, &reached);
	int kept = errno;

	if (fd < 0)
		return fd == DIAL_LATE ? LATE : status_of(kept);
	say_more(1, "connected to %s", addr_end(&reached, text));
	peer = peer_new(fd, d->type, &reached);
	if (peer == NULL) {
		say_error(ENOMEM, "connect to %s", d->host);
		close(fd);
		return LOCAL;
	}
	if (o->datagram && !o->unix_domain)
		peer->redial = redial_new(d, &reached);
	return converse(o, NULL, peer);
}

static int
connect_from(const struct opts *o, int port, int from_port)
{
	struct sock_wish wish = wish_of(o);
	struct addr *to = NULL, *from = NULL;
	struct dialing d = {
		.type = o->datagram ? SOCK_DGRAM : SOCK_STREAM,
		.host = o->unix_domain ? o->path : o->host,
		.wish = &wish,
		.replace = !o->no_reuse,
		.file = &made,
		.end = o->timeout == -1 ? -1 : clock_ms() + o->timeout,
	};
	int status = NETWORK;

	bound_lookup(o->timeout, d.host);
	d.nto = resolve(o, d.host, port, &to);
	if (d.nto != -1 && (o->source != NULL || o->source_port != NULL))
		d.nfrom = resolve(o, o->source, from_port, &from);
	unbound(o->timeout);
	/* attempts that race from one port have to share it */
	if (d.nto > 1 && o->source_port != NULL && !o->no_reuse)
		wish.reuse = true;
	if (d.nto == -1 || d.nfrom == -1)
		status = status_of(errno);
	else if (!catch_signals())
		status = LOCAL;
	else {
		d.to = to;
		d.from = from;
		d.stop = wake[0];
		status = connect_to(o, &d);
		unix_remove(&made);
	}
	free(to);
	free(from);
	return status;
}

/* The number of a port that the user named; -1 having said that it is none. */
static int
port_of(const struct opts *o, const char *word)
{
	int port = addr_port(word, o->datagram, o->numeric);

	if (port == -1)
		say("port %s: neither a number up to 65535 nor a service; "
		    "try 'sockcat -h'", *word == '\0' ? "''" : word);
	return port;
}

/* Does the path fit into an address? Else it is said. */
static bool
path_fits(char option, const char *path)
{
	struct addr a;

	if (path == NULL || unix_addr(&a, path) == 0)
		return true;
	say("-%c %s: not a path of 1 to %zu bytes; try 'sockcat -h'",
	    option, *path == '\0' ? "''" : path, sizeof a.is.un.sun_path - 1);
	return false;
}

static int
run(const struct opts *o)
{
	int port = 0, from = 0;

	say_level(o->verbose);
	if (o->unix_domain && !(path_fits('U', o->path) && path_fits('s', o->source)))
		return USAGE;
	if (!o->unix_domain)
		port = port_of(o, o->port);
	if (port != -1 && !o->listen && o->source_port != NULL)
		from = port_of(o, o->source_port);
	if (port == -1 || from == -1)
		return USAGE;
	return o->listen ? serve(o, port) : connect_from(o, port, from);
}

int
main(int argc, char **argv)
{
	struct opts o;
	int status;

	hold_stdio();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	if (opts_parse(&o, argc, argv) == -1)
		status = refuse(&o);
	else if (o.help)
		status = show(opts_help);
	else if (o.version)
		status = show(show_version);
	else
		status = run(&o);
	opts_free(&o);
	if (caught != 0)
		die_by(caught);
	return status;
}
