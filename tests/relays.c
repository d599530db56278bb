/*
 * Two relays in one loop: each passes on what its ends send, and ends when they
 * do. Those of the second one begin once the first relay is over. Exits with 0
 * if both are right.
 */
#include "../base/clock.h"
#include "../relay/peer.h"
#include "../relay/policy.h"
#include "../relay/session.h"
#include "common.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const program = "relays";

enum { N = 2, TEXT = 32 };

/* A relay and its ends: what it reads as stdin, and writes as stdout. */
struct ends {
	struct peer stdio;
	int in, out; /* our ends of these */
	int far;     /* our end of the connection */
};

static const struct policy policy = {
	.read_size = 4096, .idle_timeout = NEVER, .idle_exit = NEVER,
	.quit_after_stdin = NEVER, .stdin_grace = NEVER, .max_clients = -1,
	.max_messages = -1,
};

/* Does the descriptor give "WORD NUMBER", and then EOF? */
static bool
gives(int fd, const char *word, int number)
{
	char expected[TEXT], got[TEXT];
	size_t len = 0;
	ssize_t n;

	snprintf(expected, sizeof expected, "%s %d", word, number);
	while ((n = read(fd, got + len, sizeof got - len)) > 0)
		len += (size_t)n;
	return n == 0 && len == strlen(expected) &&
	    memcmp(got, expected, len) == 0;
}

/* Connect the ends of a relay. */
static void
make(struct ends *e, struct session *s)
{
	struct addr a = { .len = sizeof a.is.any.sa_family };
	int in[2], out[2], link[2];

	if (pipe(in) == -1 || pipe(out) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, link) == -1)
		fail("pipe");
	a.is.any.sa_family = AF_UNIX;
	e->stdio = (struct peer){ .rfd = in[0], .wfd = out[1],
		.closing_since = NEVER };
	e->in = in[1];
	e->out = out[0];
	e->far = link[0];
	*s = (struct session){ .policy = &policy, .stdio = &e->stdio,
		.peer = peer_new(link[1], SOCK_STREAM, &a) };
}

/* Send in both directions, and check what the connection gives. */
static bool
converse(const struct ends *e, int number)
{
	dprintf(e->in, "to %d", number);
	close(e->in);
	dprintf(e->far, "from %d", number);
	shutdown(e->far, SHUT_WR);
	return gives(e->far, "to", number) && gives(e->out, "from", number);
}

int
main(void)
{
	struct ends ends[N];
	struct session session[N];
	bool right = true;
	int status;

	for (int i = 0; i < N; i++)
		make(&ends[i], &session[i]);
	if (fork() == 0) {
		for (int i = 0; i < N; i++) {
			close(ends[i].stdio.rfd);
			close(ends[i].stdio.wfd);
			close(session[i].peer->rfd);
		}
		for (int i = 0; i < N; i++)
			right = converse(&ends[i], i) && right;
		_exit(right ? 0 : 1);
	}
	for (int i = 0; i < N; i++) {
		close(ends[i].in);
		close(ends[i].out);
		close(ends[i].far);
	}
	session_run(session, N, -1);
	for (int i = 0; i < N; i++)
		right = right && session[i].status == STATUS_OK;
	return wait(&status) == -1 || status != 0 || !right;
}
