/* A socket as the user wants it, whatever it is for. */
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "say.h"

/* What comes in bursts has to wait somewhere; the system cuts it. */
enum { PLENTY = 8 << 20 };

static bool
set(int fd, int protocol, int name, int value, const char *what)
{
	if (setsockopt(fd, protocol, name, &value, sizeof value) == 0)
		return true;
	say_error(errno, "set the %s to %d", what, value);
	return false;
}

static bool
mark(int fd, int family, const struct sock_wish *w)
{
	if (w->tos == -1)
		return true;
	if (family == AF_INET6)
		return set(fd, IPPROTO_IPV6, IPV6_TCLASS, w->tos,
		    "traffic class");
	return set(fd, IPPROTO_IP, IP_TOS, w->tos, "type of service");
}

static bool
tune(int fd, int family, int type, const struct sock_wish *w)
{
	int plenty = PLENTY;

	if (w->receive == 0 && type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &plenty, sizeof plenty);
	if (w->receive != 0 && !set(fd, SOL_SOCKET, SO_RCVBUF, w->receive,
	    "receive buffer size"))
		return false;
	if (w->send != 0 && !set(fd, SOL_SOCKET, SO_SNDBUF, w->send,
	    "send buffer size"))
		return false;
	if (w->reuse && !set(fd, SOL_SOCKET, SO_REUSEADDR, 1,
	    "address to be reusable, SO_REUSEADDR,"))
		return false;
	return mark(fd, family, w);
}

/* One call where POSIX.1-2024 is at home, three elsewhere. */
static int
make(int family, int type)
{
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC) && !defined(POSIX_ONLY)
	return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
	int fd = socket(family, type, 0);

	if (fd != -1) {
		fcntl(fd, F_SETFL, O_NONBLOCK);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	return fd;
#endif
}

/* What a stream is given at once, TCP is to send at once. */
static void
hurry(int fd, int family)
{
	int on = 1;

	if (family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void
sock_adopt(int fd, int family)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	hurry(fd, family);
}

int
sock_discard(int fd)
{
	int kept = errno;

	close(fd);
	errno = kept;
	return -1;
}

int
sock_open(int family, int type, const struct sock_wish *wish)
{
	int fd = make(family, type);

	if (fd == -1)
		return -1;
	if (type == SOCK_STREAM)
		hurry(fd, family);
	if (tune(fd, family, type, wish))
		return fd;
	return sock_discard(fd);
}

bool
sock_later(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

bool
sock_starved(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM;
}
