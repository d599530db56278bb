/* One conversation: its two halves, what it is owed, what it has cost. */
#include "addr.h"
#include "part.h"
#include "text.h"
#include "peer.h"
#include "redial.h"
#include "say.h"
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PIPE_BUF
#define PIPE_BUF _POSIX_PIPE_BUF
#endif

#ifdef POSIX_ONLY
#define OWN_OUTPUT NULL
#else
#include <sys/ioctl.h>
#define OWN_OUTPUT "/dev/fd/1"
#endif

struct peer *
peer_new(int fd, int type, const struct addr *addr)
{
	struct peer *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->rfd = p->wfd = fd;
	p->rsock = p->wsock = true;
	p->datagram = type == SOCK_DGRAM;
	p->addr = *addr;
	return p;
}

void
peer_free(struct peer *p)
{
	peer_end_in(p);
	peer_end_out(p);
	text_free(&p->text);
	redial_free(p->redial);
	free(p);
}

static bool
nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags != -1 && (flags & O_NONBLOCK) != 0;
}

/*
 * Put a non-blocking description of our own in the place of standard output's,
 * which is shared with the shell. A terminal goes by its name: /dev/fd/1 of a
 * master would be another one. Where /dev/fd/1 is but a dup(2) (the BSDs), the
 * flag shows at both or at neither: then all is left alone.
 */
static bool
reopen_output(void)
{
	int shared = fcntl(STDOUT_FILENO, F_GETFL);
	const char *name = isatty(STDOUT_FILENO) ? ttyname(STDOUT_FILENO)
						 : OWN_OUTPUT;
	int own = shared == -1 || name == NULL ? -1 : open(name,
	    (shared & O_ACCMODE) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool apart;

	if (own == -1)
		return false;
	apart = nonblocking(own) && !nonblocking(STDOUT_FILENO) &&
	    dup2(own, STDOUT_FILENO) != -1;
	close(own);
	return apart;
}

void
peer_user(struct peer *p, bool listens)
{
	struct stat in, out;
	bool pipelike;

	p->rfd = listens ? STDIN_FILENO : -1;
	p->wfd = STDOUT_FILENO;
	p->rsock = fstat(STDIN_FILENO, &in) == 0 && S_ISSOCK(in.st_mode);
	if (fstat(STDOUT_FILENO, &out) == -1)
		return;
	p->wsock = S_ISSOCK(out.st_mode);
	pipelike = S_ISFIFO(out.st_mode) || isatty(STDOUT_FILENO);
	p->paced = pipelike && !nonblocking(STDOUT_FILENO) &&
	    !reopen_output();
}

/* A socket that was bound before it was connected may hold others' words. */
static ssize_t
read_datagram(struct peer *p, void *buf, size_t n)
{
	struct addr from = { .len = sizeof from.is };
	ssize_t got = recvfrom(p->rfd, buf, n, MSG_DONTWAIT, &from.is.any,
	    &from.len);

	if (from.len == 0) {
		from.len = sizeof from.is.any.sa_family;
		from.is.any.sa_family = p->addr.is.any.sa_family;
	}
	if (got == -1 || !p->picky || addr_same(&from, &p->addr))
		return got;
	errno = EAGAIN;
	return -1;
}

ssize_t
peer_read(struct peer *p, void *buf, size_t n)
{
	ssize_t got = p->datagram ? read_datagram(p, buf, n)
	    : p->rsock ? recv(p->rfd, buf, n, MSG_DONTWAIT)
	    : read(p->rfd, buf, n);

	if (got > 0)
		p->received += (size_t)got;
	if (got >= 0 && p->redial != NULL) {
		redial_free(p->redial);
		p->redial = NULL;
	}
	return got;
}

bool
peer_hears(const struct peer *p)
{
	return p->wfd != -1 && p->leaving == 0;
}

static ssize_t
put(const struct peer *p)
{
	size_t n = p->paced && p->owing > PIPE_BUF ? PIPE_BUF : p->owing;

	if (p->shared)
		return sendto(p->wfd, p->owed, n, MSG_DONTWAIT,
		    &p->addr.is.any, p->addr.len);
	return p->wsock ? send(p->wfd, p->owed, n, MSG_DONTWAIT)
			: write(p->wfd, p->owed, n);
}

int
peer_write(struct peer *p)
{
	ssize_t n = put(p);

	if (n == -1)
		return sock_later(errno) ? 0 : -1;
	if (p->redial != NULL)
		redial_keep(p->redial, p->owed, (size_t)n);
	p->owed += n;
	p->owing -= (size_t)n;
	p->sent += (size_t)n;
	return 0;
}

bool
peer_undelivered(const struct peer *p)
{
#if defined(TIOCOUTQ) && !defined(POSIX_ONLY)
	int n = 0;

	return ioctl(p->rfd, TIOCOUTQ, &n) == 0 && n > 0;
#else
	(void)p;
	return false;
#endif
}

/* Let go of a descriptor; 0 and 1 are not to become a socket's number. */
static void
release(int fd)
{
	int null;

	if (fd > STDERR_FILENO) {
		close(fd);
		return;
	}
	null = open("/dev/null", O_RDWR);
	if (null == -1)
		return;
	dup2(null, fd);
	close(null);
}

void
peer_end_in(struct peer *p)
{
	if (p->rfd != -1 && p->rfd != p->wfd && !p->shared)
		release(p->rfd);
	p->rfd = -1;
}

void
peer_end_out(struct peer *p)
{
	if (p->wfd != -1 && p->wfd == p->rfd && !p->datagram)
		shutdown(p->wfd, SHUT_WR);
	else if (p->wfd != -1 && p->wfd != p->rfd && !p->shared)
		release(p->wfd);
	p->wfd = -1;
}

void
peer_fail(struct peer *p, const char *doing, int error)
{
	if (p->error != 0)
		return;
	p->error = error;
	p->failed = doing;
	p->lost = p->owing;
}

void
peer_say_joined(const struct peer *p)
{
	char text[ADDR_TEXT];

	say_more(1, "client %s connected", addr_label(&p->addr, text));
}

void
peer_say_closed(const struct peer *p)
{
	char text[ADDR_TEXT];

	say_more(1, "client %s closed: received %llu bytes, sent %llu bytes",
	    addr_label(&p->addr, text), p->received, p->sent);
}

void
peer_say_failed(const struct peer *p)
{
	char text[ADDR_TEXT];

	addr_end(&p->addr, text);
	if (p->lost == 0)
		say_error(p->error, "%s %s", p->failed, text);
	else
		say("%s %s: %s; %zu bytes read but not sent", p->failed, text,
		    strerror(p->error), p->lost);
}

void
peer_say_missed(const struct peer *p, int error)
{
	char text[ADDR_TEXT];

	say("send to %s: %s; %zu bytes read but not sent",
	    addr_end(&p->addr, text), strerror(error), p->owing);
}
