/* The socket options of -K: one table of names, one of what each sets. */
#include "sockopt.h"
#include "../base/say.h"
#include "../base/system.h"
#include "sock.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum {
	DAY = 86400,
	KEEPALIVE_MAX = 32767, /* seconds, in Linux */
	DEAD_PROBES = 5,
};

/* In the order of their names. */
enum {
	CONGESTION, DEAD, DEVICE, KEEPCNT, KEEPIDLE, KEEPINTVL, MARK, MPTCP,
	MSS, NODELAY, PRIORITY, TTL, USER_TIMEOUT,
};

const struct sockopt_name sockopt_names[SOCKOPT_NAMES] = {
	[CONGESTION] = { "congestion", SOCKOPT_TEXT, 1, 15 },
	[DEAD] = { "dead", SOCKOPT_SECONDS, 2, KEEPALIVE_MAX },
	[DEVICE] = { "device", SOCKOPT_TEXT, 1, IF_NAMESIZE - 1 },
	[KEEPCNT] = { "keepcnt", SOCKOPT_NUMBER, 1, 127 },
	[KEEPIDLE] = { "keepidle", SOCKOPT_SECONDS, 1, KEEPALIVE_MAX },
	[KEEPINTVL] = { "keepintvl", SOCKOPT_SECONDS, 1, KEEPALIVE_MAX },
	[MARK] = { "mark", SOCKOPT_NUMBER, 0, UINT_MAX },
	[MPTCP] = { "mptcp", SOCKOPT_FLAG, 0, 1 },
	[MSS] = { "mss", SOCKOPT_NUMBER, 88, 65535 },
	[NODELAY] = { "nodelay", SOCKOPT_FLAG, 0, 1 },
	[PRIORITY] = { "priority", SOCKOPT_NUMBER, 0, INT_MAX },
	[TTL] = { "ttl", SOCKOPT_NUMBER, 1, 255 },
	[USER_TIMEOUT] = { "user-timeout", SOCKOPT_MS, 1, DAY * 1000LL },
};

/* Seconds of silence before the first probe, early enough for several. */
static int
dead_idle(int secs)
{
	return secs * 3 / 10 < 1 ? 1 : secs * 3 / 10;
}

/* Seconds between the next ones, and their number. */
static int
dead_interval(int secs)
{
	int left = secs - dead_idle(secs);

	return left < DEAD_PROBES ? 1 : left / DEAD_PROBES;
}

static int
dead_probes(int secs)
{
	int left = secs - dead_idle(secs);

	return left < DEAD_PROBES ? left : DEAD_PROBES;
}

/*
 * Milliseconds. Linux looks at this time when a packet is due, also a probe of
 * keepalive: then it ignores their number (tcp(7)). If a packet was sent just
 * before, the next one comes after half that time again, because the waits
 * double, or stay as they are if no router has the way (RFC 6069).
 */
static int
dead_timeout(int secs)
{
	return secs * 650;
}

/* What each name sets; 0 is any family or type. */
static const struct row {
	int id, family, type, level, name;
	int (*value)(int);    /* NULL: the value as it was given */
	const char *requires; /* what a refusal means, or NULL */
} rows[] = {
	{ CONGESTION, 0, SOCK_STREAM, IPPROTO_TCP, TCP_CONGESTION, NULL,
	    "CAP_NET_ADMIN, or a name of "
	    "net.ipv4.tcp_allowed_congestion_control" },
	{ DEAD, 0, SOCK_STREAM, IPPROTO_TCP, TCP_KEEPIDLE, dead_idle, NULL },
	{ DEAD, 0, SOCK_STREAM, IPPROTO_TCP, TCP_KEEPINTVL, dead_interval,
	    NULL },
	{ DEAD, 0, SOCK_STREAM, IPPROTO_TCP, TCP_KEEPCNT, dead_probes, NULL },
	{ DEAD, 0, SOCK_STREAM, IPPROTO_TCP, TCP_USER_TIMEOUT, dead_timeout,
	    NULL },
	{ DEVICE, 0, 0, SOL_SOCKET, SO_BINDTODEVICE, NULL, "CAP_NET_RAW" },
	{ KEEPCNT, 0, SOCK_STREAM, IPPROTO_TCP, TCP_KEEPCNT, NULL, NULL },
	{ KEEPIDLE, 0, SOCK_STREAM, IPPROTO_TCP, TCP_KEEPIDLE, NULL, NULL },
	{ KEEPINTVL, 0, SOCK_STREAM, IPPROTO_TCP, TCP_KEEPINTVL, NULL, NULL },
	{ MARK, 0, 0, SOL_SOCKET, SO_MARK, NULL, "CAP_NET_ADMIN" },
	{ MSS, 0, SOCK_STREAM, IPPROTO_TCP, TCP_MAXSEG, NULL, NULL },
	{ NODELAY, 0, SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY, NULL, NULL },
	{ PRIORITY, 0, 0, SOL_SOCKET, SO_PRIORITY, NULL, "CAP_NET_ADMIN" },
	{ TTL, AF_INET, 0, IPPROTO_IP, IP_TTL, NULL, NULL },
	{ TTL, AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_MULTICAST_TTL, NULL, NULL },
	{ TTL, AF_INET6, 0, IPPROTO_IPV6, IPV6_UNICAST_HOPS, NULL, NULL },
	{ TTL, AF_INET6, SOCK_DGRAM, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, NULL,
	    NULL },
	{ USER_TIMEOUT, 0, SOCK_STREAM, IPPROTO_TCP, TCP_USER_TIMEOUT, NULL,
	    NULL },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

bool
sockopt_exists(int id)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].id == id && rows[i].name != OPTION_MISSING)
			return true;
	return id == MPTCP && MULTIPATH != OPTION_MISSING;
}

static bool
suits(const struct row *r, int family, int type)
{
	if (family == AF_UNIX)
		return r->level == SOL_SOCKET;
	return (r->family == 0 || r->family == family) &&
	    (r->type == 0 || r->type == type);
}

bool
sockopt_suits(int id, int family, int type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].id == id && suits(&rows[i], family, type))
			return true;
	return id == MPTCP && family != AF_UNIX && type == SOCK_STREAM;
}

int
sockopt_protocol(const struct sockopts *list, int family, int type)
{
	int protocol = 0;

	if (list == NULL || family == AF_UNIX || type != SOCK_STREAM)
		return 0;
	for (int i = 0; i < list->n; i++)
		if (list->given[i].id == MPTCP)
			protocol = list->given[i].value == 1 ? MULTIPATH : 0;
	return protocol;
}

static int
set_row(int fd, const struct row *r, const struct sockopt *given)
{
	int value = given->value;

	if (r->name == OPTION_MISSING)
		return 0;
	if (given->text != NULL)
		return sock_set_text(fd, r->level, r->name, given->text);
	if (r->value != NULL)
		value = r->value(value);
	return sock_set(fd, r->level, r->name, value);
}

/* Report that the system refuses the option, and why that may be. */
static void
report(const struct row *r, const char *text)
{
	const char *name = sockopt_names[r->id].name;

	if (errno == EPERM && r->requires != NULL)
		say("-K %s: %s; this requires %s", name, strerror(errno),
		    r->requires);
	else if (text != NULL)
		say_error(errno, "-K %s=%s", name, text);
	else
		say_error(errno, "-K %s", name);
}

static bool
set_one(int fd, int family, int type, const struct sockopt *given)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		if (r->id != given->id || !suits(r, family, type) ||
		    set_row(fd, r, given) == 0)
			continue;
		report(r, given->text);
		return false;
	}
	return true;
}

bool
sockopt_set(int fd, int family, int type, const struct sockopts *list)
{
	if (list == NULL)
		return true;
	for (int i = 0; i < list->n; i++)
		if (!set_one(fd, family, type, &list->given[i]))
			return false;
	return true;
}

void
sockopt_set_accepted(int fd, int family, const struct sockopts *list)
{
	if (list == NULL)
		return;
	for (int i = 0; i < list->n; i++)
		if (list->given[i].id == NODELAY)
			set_one(fd, family, SOCK_STREAM, &list->given[i]);
}

bool
sockopt_try(int family, int type, const struct sockopts *list)
{
	const struct sock_opts none = { .recv_buffer = -1, .send_buffer = -1,
		.tos = -1, .more = list };
	int fd, error;

	if (list->n == 0)
		return true;
	fd = sock_open(family, type, &none);
	error = errno;
	if (fd != -1)
		sock_close(fd);
	return fd != -1 || error == EAFNOSUPPORT;
}
