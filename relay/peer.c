/* One endpoint: its two descriptors, pending output and counters. */
#include "peer.h"
#include "../base/clock.h"
#include "../base/event.h"
#include "../base/say.h"
#include "../base/stdio.h"
#include "../base/system.h"
#include "../net/datagram.h"
#include "../net/group.h"
#include "../net/reason.h"
#include "../net/redial.h"
#include "../net/sock.h"
#include "../net/tcp.h"
#include "../net/trace.h"
#include "dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

struct peer *
peer_new(int fd, int type, const struct addr *addr)
{
	struct peer *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->rfd = p->wfd = fd;
	p->rsock = p->wsock = true;
	p->datagram = type == SOCK_DGRAM;
	p->closing_since = NEVER;
	p->addr = *addr;
	return p;
}

bool
peer_ask_many(struct peer *p)
{
	p->many = calloc(1, sizeof *p->many);
	p->unconnected = true;
	p->local.interface = addr_zone(&p->addr);
	if (p->local.interface != 0 && !addr_is_group(&p->addr))
		p->local.family = AF_INET; /* broadcast, by this interface */
	return p->many != NULL;
}

void
peer_free(struct peer *p)
{
	peer_close_in(p);
	peer_close_out(p);
	message_free(&p->partial);
	redial_free(p->redial);
	free(p->many);
	free(p->label);
	free(p);
}

void
peer_stdio(struct peer *p, bool read_stdin)
{
	struct stat in, out;
	bool pipelike;

	*p = (struct peer){
		.rfd = read_stdin ? STDIN_FILENO : -1,
		.wfd = STDOUT_FILENO,
		.closing_since = NEVER,
	};
	p->terminal_in = read_stdin && isatty(STDIN_FILENO);
	p->rsock = fstat(STDIN_FILENO, &in) == 0 && S_ISSOCK(in.st_mode);
	if (fstat(STDOUT_FILENO, &out) == -1)
		return;
	p->wsock = S_ISSOCK(out.st_mode);
	p->one_socket = p->rsock && p->wsock && in.st_dev == out.st_dev &&
	    in.st_ino == out.st_ino;
	pipelike = S_ISFIFO(out.st_mode) || isatty(STDOUT_FILENO);
	p->may_block = pipelike && !stdio_nonblocking(STDOUT_FILENO) &&
	    !stdio_own(STDOUT_FILENO);
}

bool
peer_in_foreground(const struct peer *p)
{
	pid_t group = tcgetpgrp(p->rfd);

	return group == -1 || group == getpgrp();
}

void
peer_flush_typed(const struct peer *p)
{
	if (p->terminal_in && p->rfd != -1 && peer_in_foreground(p))
		tcflush(p->rfd, TCIFLUSH);
}

bool
peer_writable(const struct peer *p)
{
	return p->wfd != -1 && p->closing_since == NEVER;
}

/*
 * Is it one of our own questions, which came back? They go to the port of the
 * group, which has to be ours then.
 */
static bool
is_own(const struct peer *p, const struct addr *from)
{
	struct many *m = p->many;
	struct addr own;

	if (addr_get_port(from) != addr_get_port(&p->addr))
		return false;
	if (m->own_port == 0 && sock_local_addr(p->rfd, &own) == 0)
		m->own_port = addr_get_port(&own);
	return m->own_port == addr_get_port(from) && group_is_own(from);
}

/* From now on labels name this sender. */
static void
set_sender(struct peer *p, const struct addr *from)
{
	if (addr_same(&p->many->from, from))
		return;
	p->many->from = *from;
	free(p->label);
	p->label = NULL;
}

static ssize_t
read_answer(struct peer *p, void *buf, size_t n)
{
	struct addr from;
	ssize_t got = datagram_receive(p->rfd, buf, n, &from);

	if (got == -1)
		return got;
	if (is_own(p, &from)) {
		errno = EINTR;
		return -1;
	}
	set_sender(p, &from);
	return got;
}

/* A socket bound before connect(2) may have queued anybody's datagrams. */
static ssize_t
read_datagram(struct peer *p, void *buf, size_t n)
{
	struct addr from;
	struct local local = { 0 };
	ssize_t got;

	if (p->many != NULL)
		return read_answer(p, buf, n);
	if (!p->check_source)
		return sock_recv(p->rfd, buf, n);
	got = p->unconnected
	    ? datagram_receive_noted(p->rfd, buf, n, &from, &local)
	    : datagram_receive(p->rfd, buf, n, &from);
	if (got == -1)
		return got;
	if (addr_same(&from, &p->addr)) {
		p->local = local;
		return got;
	}
	errno = EINTR;
	return -1;
}

void
peer_received(struct peer *p, const char *data, size_t n)
{
	if (p->dump != NULL)
		dump_bytes(p->dump, '<', &p->addr, p->received, data, n);
	p->received += n;
}

static ssize_t
read_some(struct peer *p, void *buf, size_t n)
{
	if (p->datagram)
		return read_datagram(p, buf, n);
	if (p->rsock)
		return sock_recv(p->rfd, buf, n);
	return (ssize_t)traced((struct call){ .id = CALL_READ, .fd = p->rfd,
	    .n = n, .data = buf, .result = read(p->rfd, buf, n) });
}

ssize_t
peer_read(struct peer *p, void *buf, size_t n)
{
	ssize_t got = read_some(p, buf, n);

	if (got >= 0 && p->redial != NULL) { /* a reply: this is the address */
		redial_free(p->redial);
		p->redial = NULL;
	}
	if (got > 0 || (got == 0 && p->datagram))
		peer_received(p, buf, (size_t)got);
	return got;
}

static ssize_t
write_some(struct peer *p, const char *data, size_t n)
{
	if (p->may_block && n > PIPE_BUF)
		n = PIPE_BUF;
	if (p->many != NULL && p->local.family != 0)
		return datagram_send_from(p->wfd, data, n, &p->addr, &p->local);
	if (p->shared_fd || p->unconnected)
		return listen_answer(p->wfd, data, n, &p->addr, &p->local);
	if (p->wsock)
		return sock_send(p->wfd, data, n);
	return (ssize_t)traced((struct call){ .id = CALL_WRITE, .fd = p->wfd,
	    .n = n, .data = data, .result = write(p->wfd, data, n) });
}

/*
 * ENOBUFS is a full queue on the BSDs. A Unix datagram socket that is not
 * connected is writable even if the receiver's queue is full. poll(2) does not
 * wait in either case.
 */
static bool
must_retry(const struct peer *p, int error)
{
	return p->wsock && (error == ENOBUFS || (error == EAGAIN &&
	    p->shared_fd && addr_is_unix(&p->addr)));
}

/* Count n bytes that were sent to p, and show them in the dump. */
static void
count_sent(struct peer *p, const char *data, size_t n)
{
	if (p->dump != NULL)
		dump_bytes(p->dump, '>', &p->addr, p->sent, data, n);
	p->sent += n;
}

bool
peer_pending(const struct peer *p)
{
	return p->outlen > 0 || p->telnet.answers.n > 0;
}

/*
 * Answers are not sent in the middle of a pair of IACs, which output completes.
 * Returns -1 and errno if they cannot be sent: a failing send(2) consumes the
 * socket's pending error, so that recv(2) would take a reset for an EOF.
 */
static int
write_answers(struct peer *p)
{
	struct buf *answers = &p->telnet.answers;
	ssize_t n;

	if (answers->n == 0 || p->telnet.half_pair)
		return 0;
	n = write_some(p, answers->data, answers->n);
	if (n == -1)
		return sock_later(errno) ? 0 : -1;
	count_sent(p, answers->data, (size_t)n);
	answers->n -= (size_t)n;
	memmove(answers->data, answers->data + n, answers->n);
	return 0;
}

/* Are there answers that output has to wait for? */
static bool
answers_first(const struct peer *p)
{
	return p->telnet.answers.n > 0 && !p->telnet.half_pair;
}

/* n bytes of the pending output were written. */
static void
written(struct peer *p, size_t n)
{
	if (p->redial != NULL)
		redial_keep(p->redial, p->out, n);
	if (p->telnet.used)
		telnet_sent(&p->telnet, p->out, n);
	count_sent(p, p->out, n);
	if (p->on_terminal && n > 0)
		say_set_midline(p->out[n - 1] != '\n');
	p->out += n;
	p->outlen -= n;
}

static int
write_output(struct peer *p)
{
	ssize_t n;

	if (p->on_terminal)
		say_erase_status();
	n = write_some(p, p->out, p->outlen);
	p->timed_retry = n == -1 && must_retry(p, errno);
	if (n == -1)
		return p->timed_retry || sock_later(errno) ? 0 : -1;
	written(p, (size_t)n);
	return 0;
}

int
peer_write(struct peer *p)
{
	if (write_answers(p) == -1)
		return -1;
	if (answers_first(p) || p->outlen == 0)
		return 0;
	if (write_output(p) == -1)
		return -1;
	return write_answers(p); /* which may have waited for a pair's end */
}

/*
 * Close a descriptor. Standard error takes the place of 0 and 1, so that no
 * socket does; that needs no further descriptor, and it stays open anyway.
 */
static void
release(int fd)
{
	if (fd > STDERR_FILENO)
		sock_close(fd);
	else
		dup2(STDERR_FILENO, fd);
}

/* Before its last descriptor is closed. */
static void
remember_stats(struct peer *p, int fd)
{
	if (p->watched && p->wsock && !p->datagram)
		tcp_stats(fd, &p->stats);
}

void
peer_close_in(struct peer *p)
{
	if (p->rfd != -1 && p->rfd != p->wfd && !p->shared_fd) {
		remember_stats(p, p->rfd);
		release(p->rfd);
	}
	p->rfd = -1;
}

void
peer_close_out(struct peer *p)
{
	bool stream = p->wfd == p->rfd && !p->datagram;

	if (p->wfd != -1 && (stream || p->one_socket))
		sock_shutdown(p->wfd);
	if (p->wfd != -1 && p->wfd != p->rfd && !p->shared_fd) {
		remember_stats(p, p->wfd);
		release(p->wfd);
	}
	p->wfd = -1;
	telnet_free(&p->telnet);
}

void
peer_reset(struct peer *p)
{
	if (p->wsock && !p->datagram && (p->rfd != -1 || p->wfd != -1))
		sock_reset_on_close(p->rfd != -1 ? p->rfd : p->wfd);
	if (p->rfd != -1)
		p->wfd = -1; /* no half-close first */
	peer_close_out(p);
	peer_close_in(p);
}

void
peer_fail(struct peer *p, const char *op, int error)
{
	if (p->error != 0)
		return;
	p->error = error;
	p->failed_op = op;
	p->unsent = p->outlen;
	if (p->wfd != -1 && (error == ETIMEDOUT || p->count_unacked))
		p->unacked = tcp_unacked(p->wfd);
}

const char *
peer_label(struct peer *p, char *text)
{
	if (p->label != NULL)
		return p->label;
	addr_label(p->many != NULL ? &p->many->from : &p->addr, text);
	p->label = strdup(text);
	return text;
}

void
peer_report_connected(const struct peer *p)
{
	listen_report_connected(p->rfd, &p->addr);
}

void
peer_report_closed(const struct peer *p)
{
	char text[ADDR_TEXT];

	event(&(struct event){ .kind = EVENT_LEFT,
	    .who = addr_label(&p->addr, text),
	    .received = p->received, .sent = p->sent });
}

static const char *
why(const struct peer *p, char *text)
{
	if (p->many == NULL)
		return strerror(p->error);
	return reason_group(&p->addr, p->error, "-u", text);
}

void
peer_report_failed(const struct peer *p)
{
	char text[ADDR_TEXT], lost[ADDR_TEXT] = "", unacked[ADDR_TEXT] = "";
	char reason[REASON_TEXT];

	if (p->client)
		addr_label(&p->addr, text);
	else
		addr_host_port(&p->addr, text);
	if (p->unsent > 0)
		snprintf(lost, sizeof lost, "; %zu bytes read but not sent",
		    p->unsent);
	if (p->unacked > 0)
		snprintf(unacked, sizeof unacked,
		    ", %zu sent but not acknowledged", p->unacked);
	say("%s %s: %s%s%s", p->failed_op, text, why(p, reason), lost,
	    unacked);
}
