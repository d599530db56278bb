/*
 * sockcat: relays standard input and output over a socket.
 */
#include "base/say.h"
#include "base/signals.h"
#include "base/stdio.h"
#include "cli/connecting.h"
#include "cli/exec.h"
#include "cli/forwarding.h"
#include "cli/listening.h"
#include "cli/places.h"
#include "cli/scanning.h"
#include "cli/settings.h"
#include "net/addr.h"
#include "net/client.h"
#include "net/listen.h"
#include "net/notify.h"
#include "net/pass.h"
#include "net/sockopt.h"
#include "net/trace.h"
#include "net/unix.h"
#include "opts.h"
#include "relay/connector.h"
#include "relay/dump.h"
#include "relay/meter.h"
#include "relay/peer.h"
#include "relay/policy.h"
#include "relay/session.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define VERSION "1.1.0"

static struct dump *dump_file;       /* of -o; NULL: none */
static struct unix_file socket_file; /* to be removed on exit */
static struct sockopts sockopts;     /* of -K */
static struct forwarding forwarding; /* of -f */

static void
remove_socket_file(void)
{
	unix_remove(&socket_file);
}

static enum status
catch_signals(void)
{
	if (signals_catch(remove_socket_file))
		return STATUS_OK;
	say_error(errno, "create a pipe");
	return STATUS_LOCAL;
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

/* Relay stdio with the peer, or with the clients of the listener. */
static enum status
relay(const struct opts *o, struct listener *listener, struct peer *peer,
    const struct connector *connector)
{
	struct policy policy = settings_policy(o, dump_file);
	struct peer stdio;
	struct session session = { .policy = &policy, .stdio = &stdio,
		.listener = listener, .peer = peer, .connector = connector };

	if (isatty(STDERR_FILENO)) /* one that nobody reads holds up nothing */
		stdio_own(STDERR_FILENO);
	policy.many = peer != NULL && peer->many != NULL;
	peer_stdio(&stdio, !o->recv_only);
	session_run(&session, 1, signals_fd());
	return session.status;
}

/* Does SIGUSR1 ask for the totals? */
static bool
has_totals(const struct opts *o)
{
	return !o->pass_fd && (o->command == NULL || exec_is_watched(o));
}

/* Open the file of -o once nothing else can be wrong. */
static enum status
open_dump(const struct opts *o)
{
	if (o->dump == NULL)
		return STATUS_OK;
	dump_file = dump_open(o->dump, o->keep_open);
	return dump_file == NULL ? STATUS_LOCAL : STATUS_OK;
}

/* Serve the clients of the listener as the options say. */
static enum status
serve(const struct opts *o, struct listener *listener)
{
	if (o->forward != NULL)
		return forwarding_run(&forwarding, dump_file, listener);
	if (o->command != NULL)
		return exec_run(o, dump_file, listener, -1, NULL);
	return relay(o, listener, NULL, NULL);
}

static enum status
listen_and_serve(const struct opts *o, struct listening *w)
{
	enum status status;

	if (has_totals(o))
		signals_catch_report(); /* before -v tells that we are ready */
	status = listening_open(w);
	if (status != STATUS_OK)
		return status;
	if (!notify_ready(&w->listener, (int)o->ready))
		status = STATUS_LOCAL;
	else
		status = serve(o, &w->listener);
	notify_stopping();
	listen_remove(&w->listener);
	return status;
}

static enum status
run_listener(const struct opts *o, int port)
{
	struct listening w;
	enum status status = listening_set(o, port, &sockopts, &socket_file,
	    &w);

	if (o->forward != NULL && status == STATUS_OK)
		status = forwarding_set(o, &sockopts, &forwarding);
	if (status == STATUS_OK)
		status = open_dump(o);
	if (status == STATUS_OK)
		status = listen_and_serve(o, &w);
	listening_free(&w);
	return status;
}

/* The connection is there: use it as the options say. */
static enum status
use_client(const struct opts *o, struct client *c)
{
	struct connector connector = { connector_again, c };
	struct peer *peer;

	if (has_totals(o))
		signals_catch_report(); /* before -v tells that we are ready */
	client_report(c);
	if (o->command != NULL)
		return exec_run(o, dump_file, NULL, c->fd, &c->reached);
	if (o->pass_fd)
		return pass_socket(STDOUT_FILENO, c->fd);
	peer = connector_peer(c);
	return peer == NULL ? STATUS_LOCAL : relay(o, NULL, peer, &connector);
}

static enum status
run_client(const struct opts *o, int port, int source_port)
{
	struct connecting w;
	struct meter meter;
	enum status status = connecting_set(o, port, source_port, &sockopts,
	    &socket_file, &w);

	if (status == STATUS_OK)
		status = open_dump(o);
	if (status != STATUS_OK)
		return status;
	meter_start(&meter, false, -1);
	status = client_connect(&w.client);
	if (status == STATUS_OK)
		status = use_client(o, &w.client);
	else if (o->progress)
		meter_report(&meter, &(struct meter_totals){ 0 }, "");
	client_end(&w.client);
	return status;
}

/* Do what the options say, which are in order. */
static enum status
run_mode(const struct opts *o, int port, int source_port)
{
	enum status status;

	if (o->scan)
		status = scanning_run(o, &sockopts, &socket_file, source_port);
	else if (o->listen)
		status = run_listener(o, port);
	else
		status = run_client(o, port, source_port);
	if (dump_file != NULL && !dump_close(dump_file))
		status = STATUS_LOCAL;
	return status;
}

static enum status
run(const struct opts *o)
{
	int port = 0, source_port = 0;
	enum status status;

	say_set_verbose(o->verbose);
	say_set_stamp(o->stamp);
	status = settings_descriptors(o);
	if (status == STATUS_OK)
		status = settings_sockopts(o, &sockopts);
	if (o->verbose >= 3)
		trace_start(o->verbose >= 4);
	if (status == STATUS_OK)
		status = places_parse(o, &port, &source_port);
	if (status == STATUS_OK && o->pass_fd)
		status = pass_check(STDOUT_FILENO);
	if (status == STATUS_OK)
		status = catch_signals();
	if (status != STATUS_OK)
		return status;
	return run_mode(o, port, source_port);
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
