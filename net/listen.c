/* Where clients come in. */
#include "unix.h"
#include "listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "say.h"
#include "sock.h"

enum { PORT_TRIES = 16 }; /* ports the system may propose for all addresses */

/* A socket bound to *a, which then tells its port; -1 and errno. */
static int
bound(struct listener *l, struct addr *a, const struct sock_wish *wish)
{
	int family = a->is.any.sa_family;
	int fd = sock_open(family, l->type, wish);
	int on = 1;

	if (fd == -1)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (family == AF_UNIX
	    ? unix_bind(fd, a, l->replace, l->file) == 0
	    : bind(fd, &a->is.any, a->len) == 0 &&
	    getsockname(fd, &a->is.any, &a->len) == 0)
		return fd;
	return sock_discard(fd);
}

/* Does the error mean that the machine has no such family at all? */
static bool
family_missing(const struct addr *a, int error)
{
	if (error == EAFNOSUPPORT || error == EPROTONOSUPPORT)
		return true;
	return error == EADDRNOTAVAIL && a->is.any.sa_family == AF_INET6 &&
	    (IN6_IS_ADDR_UNSPECIFIED(&a->is.in6.sin6_addr) ||
	    IN6_IS_ADDR_LOOPBACK(&a->is.in6.sin6_addr));
}

/*
 * Bind to all of them, with the port that the first one gets. Returns 0, or
 * the error that l->at[l->n] met.
 */
static int
bind_all(struct listener *l, const struct addr *at, int n,
    const struct sock_wish *wish)
{
	int error = 0;

	for (int i = 0; i < n; i++) {
		struct addr *a = &l->at[l->n];

		*a = at[i];
		if (l->n > 0)
			addr_set_port(a, addr_get_port(&l->at[0]));
		l->fd[l->n] = bound(l, a, wish);
		if (l->fd[l->n] != -1)
			l->n++;
		else if (family_missing(a, errno))
			error = errno;
		else
			return errno;
	}
	return l->n > 0 ? 0 : error;
}

static void
unbind(struct listener *l)
{
	while (l->n > 0)
		if (l->fd[--l->n] != -1)
			close(l->fd[l->n]);
}

/* A port the system chose at one address may be taken at the next: again. */
static int
bind_one_port(struct listener *l, const struct addr *at, int n,
    const struct sock_wish *wish)
{
	int tries = addr_get_port(&at[0]) == 0 ? PORT_TRIES : 1;
	int error;

	for (;;) {
		error = bind_all(l, at, n, wish);
		if (error != EADDRINUSE || --tries == 0)
			return error;
		unbind(l);
	}
}

static int
announce(struct listener *l)
{
	char text[ADDR_TEXT];

	for (int i = 0; i < l->n; i++) {
		if (l->type == SOCK_STREAM &&
		    listen(l->fd[i], l->backlog) == -1) {
			say_error(errno, "listen on %s",
			    addr_end(&l->at[i], text));
			return -1;
		}
	}
	for (int i = 0; i < l->n; i++)
		say_more(1, "listening on %s", addr_end(&l->at[i], text));
	return 0;
}

int
listen_open(struct listener *l, const struct addr *at, int n,
    const struct sock_wish *wish)
{
	char text[ADDR_TEXT];
	int error;

	l->fd = calloc((size_t)n, sizeof *l->fd);
	l->at = calloc((size_t)n, sizeof *l->at);
	if (l->fd == NULL || l->at == NULL) {
		free(l->fd);
		free(l->at);
		say_error(errno = ENOMEM, "listen on %s", addr_end(at, text));
		return -1;
	}
	error = bind_one_port(l, at, n, wish);
	if (error == 0 && announce(l) == 0)
		return 0;
	if (error != 0)
		say_error(errno = error, "listen on %s",
		    addr_end(&l->at[l->n], text));
	error = errno;
	listen_close(l);
	listen_remove(l);
	errno = error;
	return -1;
}

void
listen_refuse(const struct addr *from)
{
	char text[ADDR_TEXT];

	say_more(1, "client %s turned away", addr_label(from, text));
}

static bool
stranger(const struct listener *l, const struct addr *from)
{
	if (l->nallowed == 0 || addr_in(from, l->allowed, l->nallowed))
		return false;
	listen_refuse(from);
	return true;
}

/* accept(2) that does not tire; who came is the Nth if it has no name. */
static int
next_client(struct listener *l, int i, struct addr *from)
{
	int fd;

	do {
		from->len = sizeof from->is;
		fd = accept(l->fd[i], &from->is.any, &from->len);
	} while (fd == -1 && (errno == ECONNABORTED || errno == EINTR));
	if (fd == -1)
		return -1;
	from->nth = ++l->clients;
	sock_adopt(fd, from->is.any.sa_family);
	return fd;
}

/* recvfrom(2) with the name of who sent it, if it has one. */
static ssize_t
next_datagram(struct listener *l, int i, void *buf, size_t n, int flags,
    struct addr *from)
{
	ssize_t got;

	*from = (struct addr){ .len = sizeof from->is };
	got = recvfrom(l->fd[i], buf, n, flags | MSG_DONTWAIT, &from->is.any,
	    &from->len);
	if (from->len == 0) {
		from->len = sizeof from->is.any.sa_family;
		from->is.any.sa_family = l->at[i].is.any.sa_family;
	}
	return got;
}

ssize_t
listen_receive(struct listener *l, int i, void *buf, size_t n,
    struct addr *from)
{
	ssize_t got;

	do
		got = next_datagram(l, i, buf, n, 0, from);
	while (got != -1 && stranger(l, from));
	return got;
}

/* The first sender's datagram is left for it to say. */
static int
first_sender(struct listener *l, int i, struct addr *from)
{
	int fd = l->fd[i];
	char none;

	while (next_datagram(l, i, &none, 0, MSG_PEEK, from) != -1) {
		if (stranger(l, from)) {
			next_datagram(l, i, &none, 0, 0, from);
			continue;
		}
		from->nth = ++l->clients;
		/* without a name it cannot be answered, which is not our end */
		if (connect(fd, &from->is.any, from->len) == -1 &&
		    from->is.any.sa_family != AF_UNIX)
			return -1;
		l->fd[i] = -1;
		return fd;
	}
	return -1;
}

bool
listen_answerable(int fd)
{
	struct addr to = { .len = sizeof to.is };

	return getpeername(fd, &to.is.any, &to.len) == 0;
}

int
listen_accept(struct listener *l, int i, struct addr *from)
{
	int fd;

	if (l->type == SOCK_DGRAM)
		return first_sender(l, i, from);
	while ((fd = next_client(l, i, from)) != -1 && stranger(l, from))
		close(fd);
	return fd;
}

void
listen_late(const struct listener *l)
{
	char text[ADDR_TEXT];

	if (l->n == 1 || addr_get_port(&l->at[0]) == -1)
		say_error(ETIMEDOUT, "wait for a client on %s",
		    addr_end(&l->at[0], text));
	else
		say_error(ETIMEDOUT, "wait for a client on port %d",
		    addr_get_port(&l->at[0]));
}

void
listen_close(struct listener *l)
{
	unbind(l);
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
