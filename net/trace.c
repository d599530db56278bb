/* The line that shows a socket call, its result and what it means: -vvv. */
#include "trace.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/system.h"
#include "../base/wait.h"
#include "addr.h"
#include "detail.h"
#include "local.h"
#include "meaning.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_TEXT = 512,
	MAX_SOCKETS = 1024, /* more is known only of lower descriptors */
};

/* How a call is written; argument() has the letters. */
static const char *const forms[CALLS] = {
	[CALL_SOCKET] = "socket(%f, %t, %P)",
	[CALL_SOCKETPAIR] = "socketpair(AF_UNIX, SOCK_STREAM, 0, {%d, %v})",
	[CALL_SETSOCKOPT] = "setsockopt(%d, %L, %o, %v)",
	[CALL_GETSOCKOPT] = "getsockopt(%d, %L, %o, %v)",
	[CALL_ASK] = "getsockopt(%d, %L, %o)",
	[CALL_LINGER] = "setsockopt(%d, SOL_SOCKET, SO_LINGER, {1, 0})",
	[CALL_BIND] = "bind(%d, %a)",
	[CALL_LISTEN] = "listen(%d, %v)",
	[CALL_CONNECT] = "connect(%d, %a)",
	[CALL_ACCEPT] = "accept(%d)",
	[CALL_GETSOCKNAME] = "getsockname(%d)",
	[CALL_GETPEERNAME] = "getpeername(%d)",
	[CALL_RECV] = "recv(%d, %n%p)",
	[CALL_RECVMSG] = "recvmsg(%d, %n%p)",
	[CALL_SEND] = "send(%d, %n)",
	[CALL_SENDTO] = "sendto(%d, %n, %a)",
	[CALL_SENDMSG] = "sendmsg(%d, SCM_RIGHTS, %v)",
	[CALL_SENDMSG_FROM] = "sendmsg(%d, %n, %a, from %i)",
	[CALL_SHUTDOWN] = "shutdown(%d, SHUT_WR)",
	[CALL_ERROR] = "getsockopt(%d, SOL_SOCKET, SO_ERROR)",
	[CALL_CLOSE] = "close(%d)",
	[CALL_READ] = "read(%d, %n)",
	[CALL_WRITE] = "write(%d, %n)",
};

/* What is remembered of each socket. */
struct memory {
	unsigned int facts;
	struct addr local; /* len 0: unknown */
};

static struct {
	bool on, detailed;
	struct timespec began; /* the call */
	struct memory sockets[MAX_SOCKETS];
	char last[MAX_TEXT];  /* a failed call that may be repeated */
	int repeated;         /* how often it was, unseen */
	struct timespec then; /* the last time */
} trace;

/* Tell how often the last call was repeated without news. */
static void
end_repeats(void)
{
	if (trace.repeated > 0)
		say_call(&trace.then, "%s  %d times more", trace.last,
		    trace.repeated);
	trace.repeated = 0;
	trace.last[0] = '\0';
}

/* The waits for standard error are those of the trace itself. */
static void
show_poll(const struct timespec *began, const struct pollfd *p, nfds_t n,
    int timeout, int ready)
{
	int error = errno;

	if (p->fd == STDERR_FILENO)
		return;
	end_repeats();
	errno = error;
	detail_poll(began, p, (size_t)n, timeout, ready);
	errno = error;
}

void
trace_start(bool detailed)
{
	trace.on = true;
	trace.detailed = detailed;
	if (detailed)
		wait_watch(show_poll);
}

bool
trace_is_on(void)
{
	return trace.on;
}

void
trace_begin(void)
{
	if (trace.on)
		clock_real(&trace.began);
}

/* NULL: of this descriptor nothing is known. */
static struct memory *
memory_of(int fd)
{
	if (fd < 0 || fd >= MAX_SOCKETS)
		return NULL;
	return &trace.sockets[fd];
}

void
trace_shared(int fd)
{
	struct memory *m = memory_of(fd);

	if (m != NULL)
		m->facts |= SHARED;
}

void
trace_adopted(int fd, int family, int type)
{
	struct memory *m = memory_of(fd);

	if (m == NULL)
		return;
	*m = (struct memory){ .facts = ADOPTED };
	if (family == AF_UNIX)
		m->facts |= UNIX;
	if (type == SOCK_DGRAM)
		m->facts |= DGRAM;
}

static bool
is_later(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK;
}

/* What an address says of a call. */
static unsigned int
addr_facts(const struct addr *a)
{
	unsigned int facts = 0;

	if (a->len == 0)
		return NAMELESS;
	if (addr_is_unix(a))
		return addr_unnamed(a) ? UNIX | NAMELESS : UNIX;
	if (addr_get_port(a) == 0)
		facts |= ANY_PORT;
	if (addr_is_group(a))
		facts |= GROUP;
	if (a->is.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&a->is.in6.sin6_addr)
		    ? facts | ANY6 : facts;
	if (a->is.in4.sin_addr.s_addr == htonl(INADDR_ANY))
		facts |= ANY4;
	return facts;
}

static unsigned int
own_facts(const struct call *c)
{
	unsigned int facts = 0;

	if (c->id != CALL_SOCKET && memory_of(c->fd) != NULL)
		return memory_of(c->fd)->facts;
	if (c->family == AF_UNIX)
		facts |= UNIX;
	if (c->type == SOCK_DGRAM)
		facts |= DGRAM;
	return facts;
}

static unsigned int
facts_of(const struct call *c, int error)
{
	unsigned int facts = own_facts(c);

	if (c->result == -1)
		facts |= FAILED;
	if (c->result == -1 && is_later(error))
		facts |= AGAIN;
	if (c->result == 0)
		facts |= EMPTY;
	if (c->result != -1 && (size_t)c->result < c->n)
		facts |= PART;
	if (c->value == 0)
		facts |= NONE;
	if (c->peek)
		facts |= PEEK;
	if (c->local != NULL && c->local->family != 0)
		facts |= LOCAL;
	if (c->addr != NULL)
		facts |= addr_facts(c->addr);
	return facts;
}

static const char *
family_name(int family)
{
	if (family == AF_UNIX)
		return "AF_UNIX";
	return family == AF_INET6 ? "AF_INET6" : "AF_INET";
}

/* "127.0.0.1:8080", "[::1]:8080" or a path. */
static const char *
address(const struct addr *a, char *buf)
{
	struct addr given = *a;

	given.zone = 0; /* struct sockaddr_in has none */
	if (a->len == 0)
		return "?";
	return addr_is_unix(a) ? addr_host(a, buf) : addr_label(&given, buf);
}

/* Our own address; on the wildcard the port alone is ours. */
static const char *
local(int fd, char *buf)
{
	const struct memory *m = memory_of(fd);

	if (m == NULL || m->local.len == 0)
		return "listening socket";
	if ((addr_facts(&m->local) & (ANY4 | ANY6)) == 0)
		return address(&m->local, buf);
	snprintf(buf, ADDR_TEXT, "port %d", addr_get_port(&m->local));
	return buf;
}

/* A name, or the number where there is none. */
static const char *
name_or(const char *name, int number, char *buf)
{
	if (name != NULL)
		return name;
	snprintf(buf, ADDR_TEXT, "%d", number);
	return buf;
}

/* What stands for a letter of a form or meaning; buf has ADDR_TEXT bytes. */
static const char *
argument(char letter, const struct call *c, char *buf)
{
	switch (letter) {
	case 'a':
		return address(c->addr, buf);
	case 'd':
		return name_or(NULL, c->fd, buf);
	case 'e':
		return meaning_error(c->value);
	case 'f':
		return family_name(c->family);
	case 'l':
		return local(c->fd, buf);
	case 'L':
		return name_or(meaning_level(c->level), c->level, buf);
	case 'i':
		return c->id == CALL_RECVMSG ? local_text(c->local, buf)
					     : local_own_text(c->local, buf);
	case 'm':
		return meaning_of_option(c->level, c->name, c->value,
		    own_facts(c));
	case 'n':
		snprintf(buf, ADDR_TEXT, "%zu", c->n);
		return buf;
	case 'o':
		return name_or(meaning_option(c->level, c->name), c->name,
		    buf);
	case 'p':
		return c->peek ? ", MSG_PEEK" : "";
	case 'P':
		return c->value == 0 ? "0" : "IPPROTO_MPTCP";
	case 't':
		return c->type == SOCK_DGRAM ? "SOCK_DGRAM" : "SOCK_STREAM";
	default:
		if (c->text != NULL)
			return c->text;
		return name_or(NULL, c->value, buf);
	}
}

/* Write a form or meaning with its arguments to out, of MAX_TEXT bytes. */
static void
expand(char *out, const char *form, const struct call *c)
{
	char buf[ADDR_TEXT];
	size_t n = 0;

	*out = '\0';
	while (*form != '\0' && n < MAX_TEXT) {
		size_t plain = strcspn(form, "%");

		n += (size_t)snprintf(out + n, MAX_TEXT - n, "%.*s",
		    (int)plain, form);
		form += plain;
		if (*form == '\0' || n >= MAX_TEXT)
			break;
		n += (size_t)snprintf(out + n, MAX_TEXT - n, "%s",
		    argument(form[1], c, buf));
		form += 2;
	}
}

/*
 * The call and its result, into MAX_TEXT bytes. The text of an error is left
 * out where the meaning says as much.
 */
static void
put_call(char *out, const struct call *c, int error)
{
	size_t n;

	expand(out, forms[c->id], c);
	n = strnlen(out, MAX_TEXT - 1);
	if (c->result != -1)
		snprintf(out + n, MAX_TEXT - n, " = %lld", c->result);
	else if (meaning_tells(error))
		snprintf(out + n, MAX_TEXT - n, " = -1 %s",
		    meaning_error(error));
	else
		snprintf(out + n, MAX_TEXT - n, " = -1 %s (%s)",
		    meaning_error(error), strerror(error));
}

/* Show the call; a repeated failure that is not final is only counted. */
static void
show(const struct call *c, unsigned int facts, int error)
{
	char line[MAX_TEXT], meaning[MAX_TEXT];

	put_call(line, c, error);
	expand(meaning, meaning_of(c, facts, error), c);
	if ((facts & AGAIN) != 0 && strcmp(line, trace.last) == 0) {
		trace.repeated++;
		trace.then = trace.began;
		return;
	}
	end_repeats();
	say_call(&trace.began, "%s%s%s", line, *meaning == '\0' ? "" : "  ",
	    meaning);
	if ((facts & AGAIN) != 0)
		memcpy(trace.last, line, sizeof trace.last);
}

/* What a call that has not failed makes of its socket. */
static unsigned int
becomes(const struct call *c, unsigned int facts)
{
	switch (c->id) {
	case CALL_LISTEN:
		return LISTENS;
	case CALL_SOCKETPAIR:
		return UNIX | CONNECTED;
	case CALL_CONNECT:
		return CONNECTED;
	case CALL_RECV:
		if ((facts & (PEEK | DGRAM)) == PEEK)
			return CONNECTED;
		return (facts & (DGRAM | EMPTY)) == EMPTY ? ENDED : 0;
	case CALL_LINGER:
		return RESETS;
	default:
		return 0;
	}
}

/* What an error makes of it. */
static unsigned int
breaks(const struct call *c, unsigned int facts, int error)
{
	if ((facts & AGAIN) != 0 && (facts & PEEK) != 0)
		return CONNECTED;
	if (c->id != CALL_RECV && c->id != CALL_SEND)
		return 0;
	if (is_later(error) || error == EINTR || error == ENOBUFS ||
	    error == ENOMEM)
		return 0;
	return BROKEN;
}

/* A new socket: of socket(2), or of accept(2), which keeps the family. */
static void
remember_new(const struct call *c, unsigned int facts)
{
	struct memory *m = memory_of((int)c->result);

	if (m == NULL || c->result == -1)
		return;
	*m = (struct memory){ .facts = facts & (UNIX | DGRAM) };
	if (c->id == CALL_ACCEPT)
		m->facts |= CONNECTED;
}

/* Remember what later calls with the socket mean. */
static void
remember(const struct call *c, unsigned int facts, int error)
{
	struct memory *m = memory_of(c->fd);

	if (c->id == CALL_SOCKET || c->id == CALL_ACCEPT)
		remember_new(c, facts);
	if (c->id == CALL_SENDMSG && c->result != -1 &&
	    memory_of(c->value) != NULL)
		memory_of(c->value)->facts |= PASSED;
	if (m == NULL || c->id == CALL_SOCKET)
		return;
	m->facts |= c->result == -1 ? breaks(c, facts, error)
				    : becomes(c, facts);
	if (c->result != -1 &&
	    (c->id == CALL_BIND || c->id == CALL_GETSOCKNAME))
		m->local = *c->addr;
	if (c->id == CALL_CLOSE)
		*m = (struct memory){ 0 };
}

static bool
is_stdio(const struct call *c)
{
	return c->id == CALL_READ || c->id == CALL_WRITE;
}

/* What else there is to say of a call. */
static void
show_details(const struct call *c)
{
	bool given = c->id == CALL_BIND || c->id == CALL_CONNECT ||
	    c->id == CALL_SENDTO || c->id == CALL_SENDMSG_FROM;

	if (c->addr != NULL && (given || c->result != -1))
		detail_addr(&trace.began, c->addr);
	if (c->data != NULL && c->result > 0)
		detail_data(&trace.began, c->data, (size_t)c->result);
	if (c->id == CALL_ACCEPT && c->result != -1)
		detail_state(&trace.began, (int)c->result);
	else if (c->id == CALL_LISTEN || c->id == CALL_CONNECT ||
	    c->id == CALL_RECV || c->id == CALL_SEND ||
	    c->id == CALL_SHUTDOWN)
		detail_state(&trace.began, c->fd);
}

long long
trace_call(struct call c)
{
	int error = errno;
	unsigned int facts;

	if (!trace.on || (is_stdio(&c) && !trace.detailed))
		return c.result;
	facts = facts_of(&c, error);
	show(&c, facts, error);
	if (trace.detailed)
		show_details(&c);
	remember(&c, facts, error);
	errno = error;
	return c.result;
}

/* "0.0.0.0 and ::", as many as fit. */
static void
put_list(char *out, size_t size, const struct addr *list, int n)
{
	char text[ADDR_TEXT];
	size_t used = 0;

	*out = '\0';
	for (int i = 0; i < n && used < size; i++) {
		const char *gap = ", ";

		if (i == 0)
			gap = "";
		else if (i == n - 1)
			gap = " and ";
		used += (size_t)snprintf(out + used, size - used, "%s%s", gap,
		    addr_ip(&list[i], text));
	}
}

void
trace_lookup(const char *host, int port, const struct addr *list, int n,
    int error)
{
	char text[MAX_TEXT];
	int saved = errno;

	if (!trace.on)
		return;
	end_repeats();
	put_list(text, sizeof text, list, n);
	if (error != 0)
		say_call(&trace.began, "getaddrinfo(\"%s\", \"%d\") = %s (%s)",
		    host, port, meaning_lookup_error(error),
		    gai_strerror(error));
	else
		say_call(&trace.began, "getaddrinfo(\"%s\", \"%d\") = 0  %s",
		    host, port, text);
	errno = saved;
}
