/* Listening sockets: listen, accept, and turning clients away. */
#include "listen.h"
#include "../base/clock.h"
#include "../base/event.h"
#include "../base/say.h"
#include "addr.h"
#include "allow.h"
#include "bind.h"
#include "datagram.h"
#include "network.h"
#include "reason.h"
#include "sock.h"
#include "tally.h"
#include "unix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REJECTED = 64 }; /* clients rejected in a row, then others */

static void
report_listening(const struct listener *l)
{
	char text[ADDR_TEXT];

	for (int i = 0; i < l->n; i++)
		event(&(struct event){ .kind = EVENT_LISTENING,
		    .who = addr_host_port(&l->at[i], text) });
}

static void
report(const struct listener *l, const struct addr *a, int error)
{
	char text[ADDR_TEXT], why[REASON_TEXT];

	say("listen on %s: %s", addr_host_port(a, text),
	    reason_listen(l, a, error, why));
}

static int
listen_all(struct listener *l)
{
	for (int i = 0; i < l->n; i++) {
		if (l->type == SOCK_STREAM &&
		    sock_listen(l->fd[i], l->backlog) == -1) {
			int error = errno;

			report(l, &l->at[i], error);
			errno = error;
			return -1;
		}
	}
	report_listening(l);
	return 0;
}

/* Returns false, and reports it, if there is no memory for n sockets. */
static bool
reserve(struct listener *l, int n)
{
	l->fd = calloc((size_t)n, sizeof *l->fd);
	l->at = calloc((size_t)n, sizeof *l->at);
	if (l->fd != NULL && l->at != NULL)
		return true;
	free(l->fd);
	free(l->at);
	say_error(ENOMEM, "listen");
	errno = ENOMEM;
	return false;
}

int
listen_open(struct listener *l, const struct addr *at, int n)
{
	int error;

	if (!reserve(l, n))
		return -1;
	error = bind_open(l, at, n);
	if (error == 0 && listen_all(l) == 0)
		return 0;
	if (error != 0)
		report(l, &l->at[l->n], error);
	else
		error = errno;
	listen_close(l);
	listen_remove(l);
	errno = error;
	return -1;
}

/* Why can we not listen on a socket that others have opened? NULL: we can. */
static const char *
unfit(const struct listener *l, int fd, struct addr *at)
{
	struct addr peer;
	int type = sock_type(fd);
	bool connected = sock_peer_addr(fd, &peer) == 0;

	if (type == -1 || sock_local_addr(fd, at) == -1)
		return "is no socket";
	if (type == SOCK_DGRAM && l->type == SOCK_STREAM)
		return "is a socket for datagrams: add -u";
	if (type == SOCK_STREAM && l->type == SOCK_DGRAM)
		return "is a socket for streams: leave out -u";
	if (type != l->type)
		return "is a socket of another kind than streams and datagrams";
	if (connected)
		return "is a connection (Accept=yes): its command has it as "
		    "standard input and output, with StandardInput=socket";
	if (type == SOCK_STREAM && !sock_listens(fd))
		return "is a socket that does not listen";
	return NULL;
}

static enum status
adopt(struct listener *l, int fd)
{
	struct addr *at = &l->at[l->n];
	const char *why = unfit(l, fd, at);

	if (why != NULL) {
		say("LISTEN_FDS: descriptor %d %s", fd, why);
		return STATUS_USAGE;
	}
	if (!sock_adopt(fd, at->is.any.sa_family, l->opts))
		return STATUS_LOCAL;
	bind_note_local(l, fd, at);
	l->fd[l->n++] = fd;
	return STATUS_OK;
}

enum status
listen_adopt(struct listener *l, int first, int n)
{
	enum status status = STATUS_OK;

	if (!reserve(l, n))
		return STATUS_LOCAL;
	for (int i = 0; i < n && status == STATUS_OK; i++)
		status = adopt(l, first + i);
	if (status == STATUS_OK)
		report_listening(l);
	else
		listen_close(l);
	return status;
}

/* A flood of them costs no formatting unless it is shown. */
static void
report_rejected(const struct addr *from, const char *why)
{
	char text[ADDR_TEXT];

	if (!say_is_verbose(1))
		return;
	event(&(struct event){ .kind = EVENT_REJECTED,
	    .who = addr_label(from, text), .more = why });
}

static bool
allowed(const struct listener *l, const struct addr *from)
{
	struct addr plain = *from;

	addr_unmap(&plain); /* sockets that a manager opened serve IPv4 too */
	if (l->allow == NULL || allow_has(l->allow, &plain))
		return true;
	report_rejected(from, "not allowed by -a");
	return false;
}

bool
listen_enter(struct listener *l, const struct addr *from)
{
	return tally_enter(l->tally, from);
}

void
listen_leave(struct listener *l, const struct addr *from)
{
	tally_leave(l->tally, from);
}

/* Has its host few enough clients? Then it is counted. */
static bool
counted(const struct listener *l, const struct addr *from)
{
	if (tally_enter(l->tally, from))
		return true;
	report_rejected(from, "too many of this address, -M");
	return false;
}

static int
try_later(void)
{
	errno = EAGAIN;
	return -1;
}

ssize_t
listen_receive(struct listener *l, int i, void *buf, size_t n,
    struct addr *from)
{
	for (int k = 0; k < MAX_REJECTED; k++) {
		ssize_t got = l->noted
		    ? datagram_receive_noted(l->fd[i], buf, n, from, &l->local)
		    : datagram_receive(l->fd[i], buf, n, from);

		if (got == -1 || allowed(l, from))
			return got;
	}
	return try_later();
}

/* May this error mean that the address to send from has gone? */
static bool
may_be_gone(int error)
{
	return error == EADDRNOTAVAIL || error == EINVAL ||
	    error == ENETUNREACH;
}

ssize_t
listen_answer(int fd, const void *buf, size_t n, const struct addr *to,
    struct local *asked)
{
	char text[ADDR_TEXT];
	ssize_t done;

	if (asked->family == 0)
		return datagram_send(fd, buf, n, to);
	done = datagram_send_from(fd, buf, n, to, asked);
	if (done != -1 || !may_be_gone(errno))
		return done;
	asked->family = 0;
	done = datagram_send(fd, buf, n, to);
	if (done != -1)
		say("the address that client %s asked is gone; "
		    "the answer leaves from another", addr_label(to, text));
	return done;
}

/*
 * connect(2) to a sender. One without a route cannot be replied to; a Unix
 * sender without a name cannot either, but is not at fault.
 */
static bool
connect_back(int fd, const struct addr *from)
{
	char text[ADDR_TEXT];
	int status;

	do
		status = sock_connect(fd, from);
	while (status == -1 && errno == EINTR);
	if (status == 0 || addr_is_unix(from))
		return true;
	say_error(errno, "reply to client %s", addr_label(from, text));
	return false;
}

/* The first sender's datagram stays in the queue, for its reader. */
static int
accept_sender(struct listener *l, int i, struct addr *from)
{
	int fd = l->fd[i];
	char none;

	for (int k = 0; k < MAX_REJECTED; k++) {
		if (datagram_peek(fd, from) == -1)
			return -1;
		from->nth = l->clients + 1;
		if (allowed(l, from) && (l->noted || connect_back(fd, from))) {
			l->clients++;
			l->fd[i] = -1;
			return fd;
		}
		datagram_receive(fd, &none, 0, from);
	}
	return try_later();
}

static int
accept_client(struct listener *l, int i, struct addr *from)
{
	for (int k = 0; k < MAX_REJECTED; k++) {
		int fd = sock_accept(l->fd[i], l->opts, from);

		if (fd == -1)
			return -1;
		addr_unmap(from);
		from->nth = ++l->clients;
		if (allowed(l, from) && counted(l, from))
			return fd;
		sock_close(fd);
	}
	return try_later();
}

int
listen_accept(struct listener *l, int i, struct addr *from)
{
	return l->type == SOCK_DGRAM ? accept_sender(l, i, from)
				     : accept_client(l, i, from);
}

void
listen_report_connected(int fd, const struct addr *from)
{
	char text[ADDR_TEXT], who[64] = "";
	struct sock_user u;
	size_t n;

	if (addr_is_unix(from) && sock_peer_user(fd, &u)) {
		snprintf(who, sizeof who, " (uid %ld)", u.uid);
		n = strlen(who) - 1;
		if (u.pid > 0)
			snprintf(who + n, sizeof who - n, ", pid %ld)", u.pid);
	}
	event(&(struct event){ .kind = EVENT_JOINED,
	    .who = addr_label(from, text), .more = who });
}

void
listen_report_timeout(const struct listener *l, long long limit)
{
	char text[ADDR_TEXT], seconds[CLOCK_SECONDS];

	if (l->n == 1 || addr_is_unix(&l->at[0]))
		addr_host_port(&l->at[0], text);
	else
		snprintf(text, sizeof text, "port %d",
		    addr_get_port(&l->at[0]));
	say("no client connected to %s within %s s (-w)", text,
	    clock_seconds(limit, seconds));
}

/* Is it in one of the networks, which are written as in -a? */
static bool
is_in(const struct addr *a, const char *first, const char *second)
{
	struct network nets[2];

	return network_parse(&nets[0], first) == 0 &&
	    network_parse(&nets[1], second) == 0 &&
	    network_find(a, nets, 2) != NULL;
}

bool
listen_is_self(const struct listener *l, const struct addr *to)
{
	for (int i = 0; i < l->n; i++) {
		const struct addr *at = &l->at[i];

		if (addr_same(at, to))
			return true;
		if (!addr_is_unix(at) && !addr_is_unix(to) &&
		    addr_get_port(at) == addr_get_port(to) &&
		    is_in(at, "0.0.0.0", "::") &&
		    (is_in(to, "127.0.0.0/8", "::1") ||
		    is_in(to, "0.0.0.0", "::")))
			return true;
	}
	return false;
}

void
listen_close(struct listener *l)
{
	bind_close(l);
	free(l->fd);
	free(l->at);
	l->fd = NULL;
	l->at = NULL;
}

void
listen_remove(struct listener *l)
{
	unix_remove(l->file);
}
