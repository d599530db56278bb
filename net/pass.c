/* -F: pass the connection to another program. */
#include "pass.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/wait.h"
#include "addr.h"
#include "sock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>

enum status
pass_check(int out)
{
	struct addr a = { 0 };
	bool unknown = sock_local_addr(out, &a) == -1;

	if (unknown && sock_exhausted(errno)) {
		say_error(errno, "check standard output for -F");
		return STATUS_LOCAL;
	}
	if (!unknown && addr_is_unix(&a))
		return STATUS_OK;
	say("-F: standard output must be a Unix-domain socket");
	return STATUS_USAGE;
}

enum status
pass_socket(int out, int fd)
{
	enum waited waited = WAIT_READY;
	bool passed = false;

	while (!passed && waited == WAIT_READY) {
		passed = sock_blocking(fd) != -1 && sock_send_fd(out, fd) != -1;
		if (!passed)
			waited = sock_later(errno)
			    ? wait_fd(out, POLLOUT, NEVER)
			    : WAIT_FAILED;
	}
	if (waited == WAIT_FAILED)
		say_error(errno, "pass the socket to standard output");
	sock_close(fd);
	return passed ? STATUS_OK : STATUS_LOCAL;
}
