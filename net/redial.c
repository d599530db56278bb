/* Where nobody takes datagrams at one address, the next may be right. */
#include "addr.h"
#include "dial.h"
#include "redial.h"
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BYTES = 65536,   /* sent so far, at most, if it is to be sent again */
	PACKETS = 1024,  /* and so many datagrams */
	MOMENT = 100,    /* ms that a full buffer may take to empty */
};

struct redial {
	const struct dialing *d;
	int next;       /* the address to try next */
	bool lost;      /* more was sent than is remembered */
	size_t n, size; /* datagrams, and their bytes */
	size_t len[PACKETS];
	char words[BYTES];
};

struct redial *
redial_new(const struct dialing *d, const struct addr *reached)
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
redial_keep(struct redial *r, const char *words, size_t n)
{
	if (r->n == PACKETS || r->size + n > BYTES) {
		r->lost = true;
		return;
	}
	memcpy(r->words + r->size, words, n);
	r->size += n;
	r->len[r->n++] = n;
}

/* A full buffer is given a moment: what went to nobody is not to be lost. */
static bool
send_one(int fd, const char *words, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (send(fd, words, n, 0) != -1)
		return true;
	return sock_later(errno) && poll(&p, 1, MOMENT) != 0 &&
	    send(fd, words, n, 0) != -1;
}

static bool
send_again(const struct redial *r, int fd)
{
	const char *words = r->words;

	for (size_t i = 0; i < r->n; i++) {
		if (!send_one(fd, words, r->len[i]))
			return false;
		words += r->len[i];
	}
	return true;
}

bool
redial_next(struct redial *r, int fd, struct addr *at)
{
	while (!r->lost && r->next < r->d->nto) {
		const struct addr *to = &r->d->to[r->next++];
		int other = dial_start(r->d, to);

		if (other == -1)
			continue;
		*at = *to;
		dup2(other, fd);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		close(other);
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
