/* The senders of datagrams to -f: each has a link of its own. */
#include "senders.h"
#include "../base/say.h"
#include "../net/addr.h"
#include "../net/listen.h"
#include "forward.h"
#include "link.h"

#include <errno.h>
#include <string.h>

enum { BURST = 64 }; /* datagrams received in a turn */

/* Its datagram is lost. Reported once, until a client can be added again. */
static struct link *
reject(struct forward *f, const struct addr *from, const char *reason)
{
	char text[ADDR_TEXT];

	if (!f->crowded)
		say("client %s rejected: %s", addr_label(from, text), reason);
	f->crowded = true;
	return NULL;
}

static struct link *
add_sender(struct forward *f, int i, struct addr *from)
{
	struct link *l;

	if (!f->p->keep_open && f->links.n > 0)
		return NULL;
	if (f->p->max_clients != -1 && f->links.n >= f->p->max_clients)
		return reject(f, from, "too many clients (-M)");
	from->nth = ++f->listener->clients;
	l = forward_add(f, f->listener->fd[i], from);
	if (l == NULL)
		return reject(f, from, strerror(ENOMEM));
	if (!table_add(&f->senders, &l->pair.client, l))
		l->pair.error = ENOMEM; /* this ends it */
	f->crowded = false;
	return l;
}

static struct link *
sender(struct forward *f, int i, struct addr *from)
{
	struct link *l = table_find(&f->senders, from);

	if (l != NULL)
		return l;
	if (!listen_enter(f->listener, from))
		return reject(f, from, "too many of this address (-M)");
	l = add_sender(f, i, from);
	if (l == NULL)
		listen_leave(f->listener, from);
	return l;
}

void
senders_receive(struct forward *f, int i)
{
	for (int k = 0; k < BURST && !f->stopped &&
	    !pair_delayed(&f->pool, 0); k++) {
		struct addr from;
		struct link *l;
		ssize_t n = listen_receive(f->listener, i, f->pool.buf,
		    f->pool.size, &from);

		if (n == -1)
			return;
		l = sender(f, i, &from);
		if (l == NULL)
			continue;
		links_wake(&f->links, l);
		l->pair.fd[0] = f->listener->fd[i];
		l->pair.local = f->listener->local;
		link_take(f, l, (size_t)n);
	}
}
