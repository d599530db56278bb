/* Where clients come in. */
#include "listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "say.h"
#include "sock.h"

enum { PORT_TRIES = 16 }; /* ports the system may propose for all addresses */

/* A socket bound to *a, which then tells its port; -1 and errno. */
static int
bound(struct addr *a, const struct sock_wish *wish)
{
	int family = a->is.any.sa_family;
	int fd = sock_open(family, SOCK_STREAM, wish);
	int on = 1;
	int kept;

	if (fd == -1)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, &a->is.any, a->len) == 0 &&
	    getsockname(fd, &a->is.any, &a->len) == 0)
		return fd;
	kept = errno;
	close(fd);
	errno = kept;
	return -1;
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
		l->fd[l->n] = bound(a, wish);
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
		close(l->fd[--l->n]);
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
announce(struct listener *l, int backlog)
{
	char text[ADDR_TEXT];

	for (int i = 0; i < l->n; i++) {
		if (listen(l->fd[i], backlog) == -1) {
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
listen_open(struct listener *l, const struct addr *at, int n, int backlog,
    const struct sock_wish *wish)
{
	char text[ADDR_TEXT];
	int error;

	l->fd = calloc((size_t)n, sizeof *l->fd);
	l->at = calloc((size_t)n, sizeof *l->at);
	if (l->fd == NULL || l->at == NULL) {
		say_error(errno = ENOMEM, "listen on %s", addr_end(at, text));
		return -1;
	}
	error = bind_one_port(l, at, n, wish);
	if (error == 0 && announce(l, backlog) == 0)
		return 0;
	if (error != 0)
		say_error(errno = error, "listen on %s",
		    addr_end(&l->at[l->n], text));
	error = errno;
	listen_close(l);
	errno = error;
	return -1;
}

static bool
stranger(const struct listener *l, const struct addr *from)
{
	char text[ADDR_TEXT];

	if (l->nallowed == 0 || addr_in(from, l->allowed, l->nallowed))
		return false;
	say_more(1, "client %s turned away", addr_label(from, text));
	return true;
}

int
listen_accept(struct listener *l, int i, struct addr *from)
{
	int fd;

	for (;;) {
		from->len = sizeof from->is;
		fd = accept(l->fd[i], &from->is.any, &from->len);
		if (fd == -1 && errno != ECONNABORTED && errno != EINTR)
			return -1;
		if (fd == -1)
			continue;
		if (!stranger(l, from))
			break;
		close(fd);
	}
	sock_adopt(fd, from->is.any.sa_family);
	return fd;
}

void
listen_late(const struct listener *l)
{
	char text[ADDR_TEXT];

	if (l->n == 1)
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
