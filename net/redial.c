/* UDP: when an address refuses, send everything to the next one. */
#include "redial.h"
#include "../base/clock.h"
#include "../base/wait.h"
#include "addr.h"
#include "dial.h"
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MAX_BYTES = 65536,    /* kept for sending again */
	MAX_DATAGRAMS = 1024, /* kept for sending again */
	SEND_WAIT = 100,      /* ms that a full send buffer may take to drain */
};

struct redial {
	const struct dial_params *d;
	int next;       /* the address to try next */
	bool overflow;  /* more was sent than is kept */
	size_t n, size; /* datagrams kept, and their bytes */
	size_t len[MAX_DATAGRAMS];
	char data[MAX_BYTES];
};

struct redial *
redial_new(const struct dial_params *d, const struct addr *reached)
{
	struct redial *r;
	int i = 0;

	while (i < d->nto && !addr_same(&d->to[i], reached))
		i++;
	if (i + 1 >= d->nto)
		return NULL;
	r = calloc(1, sizeof *r);
	if (r == NULL)
		return NULL;
	r->d = d;
	r->next = i + 1;
	return r;
}

void
redial_keep(struct redial *r, const char *data, size_t n)
{
	if (r->n == MAX_DATAGRAMS || r->size + n > MAX_BYTES) {
		r->overflow = true;
		return;
	}
	memcpy(r->data + r->size, data, n);
	r->size += n;
	r->len[r->n++] = n;
}

/* Nothing may be lost: wait a moment when the send buffer is full. */
static bool
send_one(int fd, const char *data, size_t n)
{
	if (sock_send(fd, data, n) != -1)
		return true;
	return sock_later(errno) &&
	    wait_fd(fd, POLLOUT, clock_ms() + SEND_WAIT) != WAIT_TIMEOUT &&
	    sock_send(fd, data, n) != -1;
}

static bool
send_again(const struct redial *r, int fd)
{
	const char *data = r->data;

	for (size_t i = 0; i < r->n; i++) {
		if (!send_one(fd, data, r->len[i]))
			return false;
		data += r->len[i];
	}
	return true;
}

bool
redial_next(struct redial *r, int fd, struct addr *reached)
{
	while (!r->overflow && r->next < r->d->nto) {
		const struct addr *to = &r->d->to[r->next++];
		int next_fd = dial_start(r->d, to);

		if (next_fd == -1)
			continue;
		dup2(next_fd, fd);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		sock_close(next_fd);
		if (sock_peer_addr(fd, reached) == -1)
			*reached = *to;
		if (send_again(r, fd))
			return true;
	}
	return false;
}

void
redial_free(struct redial *r)
{
	free(r);
}
