/* The line that shows a socket call, its result and what it means: -vvv. */
#include "trace.h"
#include "../base/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MAX_CALL = 512 };

bool tracing;

/* NULL: what it means depends on the call. */
static const struct error {
	int number;
	const char *name, *meaning;
} errors[] = {
	{ EACCES, "EACCES", "not permitted; ports below 1024 may be reserved" },
	{ EADDRINUSE, "EADDRINUSE",
	    "taken by a socket, by TIME_WAIT or by a stale file" },
	{ EADDRNOTAVAIL, "EADDRNOTAVAIL", "this machine has no such address" },
	{ EAFNOSUPPORT, "EAFNOSUPPORT", "this machine lacks the family" },
	{ EAGAIN, "EAGAIN", NULL },
	{ EWOULDBLOCK, "EWOULDBLOCK", NULL },
	{ ECONNABORTED, "ECONNABORTED", "the client left before the accept" },
	{ ECONNREFUSED, "ECONNREFUSED", "nobody listens there" },
	{ ECONNRESET, "ECONNRESET", "the peer reset the connection (RST)" },
	{ EHOSTUNREACH, "EHOSTUNREACH", "no host answers at this address" },
	{ EINPROGRESS, "EINPROGRESS", NULL },
	{ EINTR, "EINTR", "a signal came first" },
	{ EINVAL, "EINVAL", "not possible with this socket now" },
	{ EMFILE, "EMFILE", "this process has no descriptor left" },
	{ EMSGSIZE, "EMSGSIZE", "too long for one datagram" },
	{ ENETUNREACH, "ENETUNREACH", "no route leads there" },
	{ ENFILE, "ENFILE", "the system has no descriptor left" },
	{ ENOBUFS, "ENOBUFS", "the kernel has no memory left for it" },
	{ ENOENT, "ENOENT", "there is no socket file of this name" },
	{ ENOMEM, "ENOMEM", "the kernel has no memory left for it" },
	{ ENOPROTOOPT, "ENOPROTOOPT", "the system lacks this option" },
	{ ENOTCONN, "ENOTCONN", "there is no connection" },
	{ EPERM, "EPERM", "not permitted" },
	{ EPIPE, "EPIPE", "the connection is closed for sending" },
	{ EPROTOTYPE, "EPROTOTYPE", "the socket there has another type" },
	{ ETIMEDOUT, "ETIMEDOUT", "no answer came" },
};

static const struct error *
find_error(int number)
{
	static const struct error unknown = { 0, "an error", "" };

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (errors[i].number == number)
			return &errors[i];
	return &unknown;
}

const char *
trace_error_name(int error)
{
	return find_error(error)->name;
}

static const char *
gap(const char *meaning)
{
	return *meaning == '\0' ? "" : "  ";
}

void
trace(long long result, const char *meaning, const char *fmt, ...)
{
	int error = errno;
	const struct error *e = find_error(error);
	char call[MAX_CALL];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(call, sizeof call, fmt, ap);
	va_end(ap);
	if (result == -1 && e->meaning != NULL)
		meaning = e->meaning;
	if (result != -1)
		say("%s = %lld%s%s", call, result, gap(meaning), meaning);
	else
		say("%s = -1 %s (%s)%s%s", call, e->name, strerror(error),
		    gap(meaning), meaning);
	errno = error;
}
