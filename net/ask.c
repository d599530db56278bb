/* Look up names in child processes: getaddrinfo(3) cannot be interrupted. */
#include "ask.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "addr.h"
#include "lookup.h"
#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 4096 }; /* bytes read of an answer at once */

/* An answer: this, then the remote addresses, then the local ones. */
struct head {
	int error; /* errno of the failure; 0: none */
	int nto, nfrom;
};

/* Names of local addresses, of -s, are seldom; they need the resolver too. */
static bool
needs_child(const struct ends *e)
{
	return resolve_is_name(e->host) ||
	    (e->local && resolve_is_name(e->local_host));
}

/* A pipe takes this at once, or its reader does not wait. */
static void
put(int fd, const void *data, size_t n)
{
	if (n > 0 && write(fd, data, n) == -1)
		_exit(EXIT_FAILURE);
}

/* The child: look up, write the answer, end. */
static void
answer(struct ends *e, int fd, int highest, bool quiet)
{
	struct head h = { 0 };

	signals_restore();
	for (int i = STDERR_FILENO + 1; i <= highest; i++)
		if (i != fd)
			close(i);
	if (quiet)
		say_hold();
	errno = 0;
	if (lookup_ends(e, NEVER) == -1) {
		h.error = errno != 0 ? errno : EHOSTUNREACH;
		put(fd, &h, sizeof h);
		_exit(EXIT_FAILURE);
	}
	h.nto = e->nto;
	h.nfrom = e->nfrom;
	put(fd, &h, sizeof h);
	put(fd, e->to, (size_t)h.nto * sizeof *e->to);
	put(fd, e->from, (size_t)h.nfrom * sizeof *e->from);
	_exit(EXIT_SUCCESS);
}

/* fork(2); no signal reaches the child before it has reset them. */
static pid_t
start_child(struct ends *e, int fd, int highest, bool quiet)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid == 0)
		answer(e, fd, highest, quiet);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

/* A failure that no child reports. Returns -1, with errno. */
static int
fail(const struct ask *a, const struct ends *e, int error)
{
	if (!a->quiet)
		say_error(error, "resolve %s", e->host);
	errno = error;
	return -1;
}

int
ask_start(struct ask *a, struct ends *e, int highest, bool quiet)
{
	int ends[2] = { -1, -1 };
	int error;

	*a = (struct ask){ .place = { .fd = -1 }, .quiet = quiet };
	if (e->family == AF_UNIX || !needs_child(e))
		return lookup_ends(e, NEVER) == -1 ? -1 : 1;
	a->child = -1;
	if (pipe(ends) == 0)
		a->child = start_child(e, ends[1],
		    highest > ends[0] ? highest : ends[0], quiet);
	if (a->child == -1) {
		error = errno;
		if (ends[0] != -1) {
			close(ends[0]);
			close(ends[1]);
		}
		return fail(a, e, error);
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	a->place = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	return 0;
}

/* A copy of n of the addresses in the answer. NULL: no memory. */
static struct addr *
copy(const char *at, int n)
{
	struct addr *list = malloc(((size_t)n + 1) * sizeof *list);

	if (list != NULL && n > 0)
		memcpy(list, at, (size_t)n * sizeof *list);
	return list;
}

/* The answer is whole. */
static int
take(const struct ask *a, struct ends *e)
{
	struct head h = { 0 };
	const char *at = a->answer + sizeof h;

	if (a->n >= sizeof h)
		memcpy(&h, a->answer, sizeof h);
	errno = h.error;
	if (h.error != 0)
		return -1; /* the child has reported it */
	if (a->n < sizeof h || a->n != sizeof h +
	    (size_t)(h.nto + h.nfrom) * sizeof(struct addr))
		return fail(a, e, EHOSTUNREACH); /* the child was killed */
	e->nto = h.nto;
	e->nfrom = h.nfrom;
	e->to = copy(at, h.nto);
	e->from = copy(at + (size_t)h.nto * sizeof *e->to, h.nfrom);
	if (e->to == NULL || e->from == NULL)
		return fail(a, e, ENOMEM);
	return 1;
}

int
ask_step(struct ask *a, struct ends *e)
{
	ssize_t n;

	if (a->cap - a->n < PIECE) {
		char *more = realloc(a->answer, a->cap + PIECE);

		if (more == NULL)
			return fail(a, e, ENOMEM);
		a->answer = more;
		a->cap += PIECE;
	}
	n = read(a->place.fd, a->answer + a->n, a->cap - a->n);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == -1)
		return fail(a, e, errno);
	a->n += (size_t)n;
	return n > 0 ? 0 : take(a, e);
}

void
ask_end(struct ask *a)
{
	if (a->place.fd != -1) {
		close(a->place.fd);
		kill(a->child, SIGKILL);
		while (waitpid(a->child, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	free(a->answer);
	*a = (struct ask){ .place = { .fd = -1 } };
}
