/* Sockets bound to all addresses of a listener, with one port. */
#include "bind.h"
#include "addr.h"
#include "datagram.h"
#include "group.h"
#include "listen.h"
#include "sock.h"
#include "unix.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { PORT_TRIES = 16 }; /* until one is free on all addresses */

/* The file has its permissions before anybody can connect. */
static int
to_path(struct listener *l, int fd, const struct addr *a)
{
	mode_t old;
	int result;

	if (l->mode == -1)
		return unix_bind(fd, a, l->replace, l->file);
	old = umask(0777 & ~(mode_t)l->mode);
	result = unix_bind(fd, a, l->replace, l->file);
	umask(old);
	return result;
}

static bool
is_wildcard(const struct addr *a)
{
	if (a->is.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&a->is.in6.sin6_addr);
	return a->is.any.sa_family == AF_INET &&
	    a->is.in4.sin_addr.s_addr == htonl(INADDR_ANY);
}

/* bind(2), and learn the port. */
static int
to_port(int fd, struct addr *a)
{
	struct addr bound;

	if (sock_bind(fd, a) == -1 || sock_local_addr(fd, &bound) == -1)
		return -1;
	addr_set_port(a, addr_get_port(&bound));
	return 0;
}

/* Bound to a group, a socket gets what is sent to that group, and no more. */
static int
to_group(const struct listener *l, int fd, struct addr *a)
{
	if (l->type == SOCK_STREAM) {
		errno = EOPNOTSUPP;
		return -1;
	}
	group_prepare(fd, a, l->replace);
	if (to_port(fd, a) == -1)
		return -1;
	return group_join(fd, a);
}

static int
bind_to(struct listener *l, int fd, struct addr *a)
{
	if (addr_is_unix(a))
		return to_path(l, fd, a);
	if (addr_is_group(a))
		return to_group(l, fd, a);
	return to_port(fd, a);
}

void
bind_note_local(struct listener *l, int fd, const struct addr *a)
{
	if (l->type == SOCK_DGRAM && !l->connect &&
	    (is_wildcard(a) || group_reaches_many(a)))
		l->noted = datagram_note_local(fd, a) == 0;
}

/* Open a socket bound to *a, which gets the port. Returns it; -1 and errno. */
static int
open_bound(struct listener *l, struct addr *a)
{
	int family = a->is.any.sa_family;
	int fd = sock_open(family, l->type, l->opts);

	if (fd == -1)
		return -1;
	if (family == AF_INET6)
		sock_v6only(fd);
	bind_note_local(l, fd, a);
	if (bind_to(l, fd, a) == 0)
		return fd;
	return sock_fail(fd);
}

/* Does the error mean that the machine lacks this address family? */
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
 * Bind to all addresses, with the port that the first one gets. Returns 0, or
 * the error of l->at[l->n].
 */
static int
each(struct listener *l, const struct addr *at, int n)
{
	int error = 0;

	for (int i = 0; i < n; i++) {
		struct addr *a = &l->at[l->n];

		*a = at[i];
		if (l->n > 0)
			addr_set_port(a, addr_get_port(&l->at[0]));
		l->fd[l->n] = open_bound(l, a);
		if (l->fd[l->n] != -1)
			l->n++;
		else if (family_missing(a, errno))
			error = errno;
		else
			return errno;
	}
	return l->n > 0 ? 0 : error;
}

void
bind_close(struct listener *l)
{
	while (l->n > 0)
		if (l->fd[--l->n] != -1)
			sock_close(l->fd[l->n]);
}

/* A port that is free on one address may be in use on the next: try again. */
int
bind_open(struct listener *l, const struct addr *at, int n)
{
	int tries = addr_get_port(&at[0]) == 0 ? PORT_TRIES : 1;
	int error;

	for (;;) {
		error = each(l, at, n);
		if (error != EADDRINUSE || --tries == 0)
			return error;
		bind_close(l);
	}
}
