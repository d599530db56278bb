/* The clients of the test programs: send, receive, half-close, reset, wait. */
#include "client.h"

#include "common.h"

#include <errno.h>
#include <unistd.h>

struct client
client_of(int fd)
{
	struct client c = { .fd = fd, .shut = fd == -1, .eof = fd == -1 };

	if (fd != -1)
		nonblocking(fd);
	return c;
}

static bool
later(ssize_t n)
{
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

ssize_t
client_send(struct client *c, const void *bytes, size_t n)
{
	ssize_t done = write(c->fd, bytes, n);

	if (later(done))
		return 0;
	if (done > 0)
		c->sent += (size_t)done;
	return done;
}

ssize_t
client_receive(struct client *c, void *bytes, size_t size)
{
	ssize_t n = read(c->fd, bytes, size);

	if (later(n))
		return 0;
	if (n > 0)
		c->got += (size_t)n;
	else
		c->eof = true;
	return n;
}

void
client_shut(struct client *c)
{
	c->shut = true;
	shutdown(c->fd, SHUT_WR);
}

void
client_close(struct client *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

void
client_reset(struct client *c)
{
	close_with_reset(c->fd);
	c->fd = -1;
}

void
client_leave(struct client *c)
{
	if (c->shut && c->eof)
		client_close(c);
}

void
watch(struct pollfd *p, int fd, int events)
{
	*p = (struct pollfd){ .fd = fd, .events = (short)events };
	if (events == 0)
		p->fd = -1;
}

void
client_watch(struct pollfd *p, const struct client *c, bool sends)
{
	int events = c->eof ? 0 : POLLIN;

	if (sends)
		events |= POLLOUT;
	watch(p, c->fd, events);
}
