/* Tell those who started the program that it listens, or is about to end. */
#include "notify.h"
#include "../base/say.h"
#include "addr.h"
#include "datagram.h"
#include "listen.h"
#include "sock.h"
#include "unix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A datagram to the socket that NOTIFY_SOCKET names, as in sd_notify(3). */
static void
tell_manager(const char *state)
{
	static const struct sock_opts none = { -1, -1, -1, false, NULL };
	const char *path = getenv("NOTIFY_SOCKET");
	struct addr to;
	int fd;

	if (path == NULL || unix_addr(&to, path) == -1)
		return;
	fd = sock_open(AF_UNIX, SOCK_DGRAM, &none);
	if (fd == -1 || datagram_send(fd, state, strlen(state), &to) == -1)
		say_error(errno, "tell NOTIFY_SOCKET %s: %s", path,
		    state);
	if (fd != -1)
		sock_close(fd);
}

static bool
write_port(const struct listener *l, int fd)
{
	int port = addr_get_port(&l->at[0]);
	char line[16] = "\n";
	size_t n;
	bool written;

	if (port != -1)
		snprintf(line, sizeof line, "%d\n", port);
	n = strlen(line);
	written = write(fd, line, n) == (ssize_t)n;
	if (!written)
		say_error(errno, "--ready %d", fd);
	close(fd);
	return written;
}

bool
notify_ready(const struct listener *l, int ready)
{
	tell_manager("READY=1");
	return ready == -1 || write_port(l, ready);
}

void
notify_stopping(void)
{
	tell_manager("STOPPING=1");
}
