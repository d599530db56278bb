/* A client's connection: made, and made again. */
#include "client.h"
#include "../base/clock.h"
#include "../base/event.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "connect.h"
#include "proxy.h"
#include "unix.h"

#include <errno.h>
#include <stdlib.h>

/* ms after which a lost connection was none that a server refuses by closing */
enum { LIVED = 10000 };

/* How many milliseconds name lookups may take; NEVER: no limit. */
static long long
lookup_limit(const struct client *c)
{
	long long left = c->retry.end - clock_ms();

	if (c->retry.end == NEVER)
		return c->timeout;
	return left < 0 ? 0 : left;
}

/* Look up both ends. Returns 0; -1 and errno. */
static int
find_ends(struct client *c)
{
	struct dial_params *d = &c->dial;
	struct ends *e = &c->ends;
	int status = lookup_ends(e, lookup_limit(c));

	d->to = e->to;
	d->nto = e->nto;
	d->from = e->from;
	d->nfrom = e->nfrom;
	if (c->share && d->nto > 1)
		c->sock_opts.reuse = true;
	return status;
}

static struct outcome
try_once(void *client)
{
	struct client *c = client;
	long long deadline = NEVER;

	unix_remove(c->dial.file); /* of the attempt before */
	if (c->timeout != NEVER)
		deadline = clock_ms() + c->timeout;
	c->dial.deadline = clock_earlier(c->retry.end, deadline);
	if (find_ends(c) == -1)
		return (struct outcome){ sock_status(errno),
		    dial_transient(errno) };
	return connect_wait(&c->dial, c->proxy, &c->fd, &c->reached);
}

static enum status
try_all(struct client *c)
{
	bool hold = c->hold && c->retry.end != NEVER;
	enum status status = retry_all(&c->retry, hold, try_once, c);
	char note[RETRY_NOTE];

	say_release(retry_note(&c->retry, status, note));
	c->connected = clock_ms();
	return status;
}

enum status
client_connect(struct client *c)
{
	c->retry = retry_begin(c->limit);
	return try_all(c);
}

enum status
client_connect_again(struct client *c)
{
	struct retry fresh = retry_begin(c->limit);

	c->retry.end = fresh.end;
	if (clock_ms() - c->connected >= LIVED)
		c->retry = fresh;
	if (!retry_wait(&c->retry))
		return STATUS_TIMEOUT;
	return try_all(c);
}

void
client_report(const struct client *c)
{
	struct event e = { .kind = EVENT_CONNECTED };
	char text[ADDR_TEXT], through[PROXY_TEXT];

	e.who = c->proxy == NULL ? addr_host_port(&c->reached, text)
				 : proxy_text(c->proxy, through);
	if (dial_asks_many(&c->dial, &c->reached))
		e.kind = EVENT_ASKING;
	event(&e);
}

void
client_end(struct client *c)
{
	unix_remove(c->dial.file);
	free(c->ends.to);
	free(c->ends.from);
}
