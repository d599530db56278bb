/* Scan: look up the hosts, and try them until each has an open port. */
#include "scan.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "probe.h"
#include "retry.h"
#include "sock.h"
#include "unix.h"

#include <errno.h>
#include <stdlib.h>

/* The scan, and the waits between its attempts. */
struct job {
	struct scan_params *p;
	struct retry retry;
};

/* There is only one proxy, whose addresses are those of the first host. */
static struct ends *
ends_of(const struct scan_params *p, int host)
{
	return &p->host[p->proxied ? 0 : host].ends;
}

struct dial_params
scan_dial(const struct scan_params *p, int host)
{
	const struct ends *e = ends_of(p, host);
	struct dial_params d = p->dial;

	d.host = p->proxied ? p->host[host].proxy.host : p->host[host].name;
	d.is_proxy = p->proxied;
	d.to = e->to;
	d.nto = e->nto;
	d.from = e->from;
	d.nfrom = e->nfrom;
	return d;
}

static long long
lookup_limit(const struct job *j)
{
	long long left = j->retry.end - clock_ms();

	if (j->retry.end == NEVER)
		return j->p->lookup;
	return left < 0 ? 0 : left;
}

/* Look up a host, or the proxy. A failure closes what it is needed for. */
static enum status
find(struct job *j, int host)
{
	struct ends *e = ends_of(j->p, host);
	struct scan_host *h = &j->p->host[host];

	if (lookup_ends(e, lookup_limit(j)) == 0)
		return STATUS_OK;
	e->nto = 0;
	h->again = dial_transient(errno);
	return sock_status(errno);
}

static enum status
find_all(struct job *j)
{
	const struct scan_params *p = j->p;

	for (int i = 0; i < p->nhosts; i++) {
		enum status status = STATUS_OK;

		if (!p->host[i].open && !(p->proxied && i > 0))
			status = find(j, i);
		if (status != STATUS_OK && status != STATUS_NETWORK)
			return status;
	}
	return STATUS_OK;
}

static struct outcome
outcome_of(const struct scan_params *p)
{
	struct outcome all = { STATUS_OK, true };

	for (int i = 0; i < p->nhosts; i++) {
		const struct scan_host *h = &p->host[i];

		if (h->open)
			continue;
		all.status = STATUS_NETWORK;
		all.again = all.again && h->again;
	}
	return all;
}

/* Try the hosts that have no open port yet. */
static struct outcome
try_hosts(void *job)
{
	struct job *j = job;
	struct outcome outcome = { STATUS_OK, false };

	unix_remove(j->p->dial.file); /* of the attempt before */
	outcome.status = find_all(j);
	if (j->p->proxied && ends_of(j->p, 0)->nto == 0)
		return (struct outcome){ STATUS_NETWORK, j->p->host[0].again };
	if (outcome.status == STATUS_OK)
		outcome = probe_all(j->p);
	if (outcome.status == STATUS_OK)
		outcome = outcome_of(j->p);
	return outcome;
}

/* The time is over: name the hosts of whose ports none was open. */
static void
report_closed(const struct scan_params *p)
{
	for (int i = 0; i < p->nhosts; i++)
		if (!p->host[i].open && p->host[i].ports.n > 1)
			say("no port of %s was open", p->host[i].name);
}

enum status
scan(struct scan_params *p)
{
	struct job j = { .p = p, .retry = retry_begin(p->retry) };
	enum status status;
	char note[RETRY_NOTE];

	p->dial.deadline = j.retry.end;
	status = retry_all(&j.retry, p->hold, try_hosts, &j);
	if (status == STATUS_TIMEOUT && !signals_stopped())
		report_closed(p);
	say_release(retry_note(&j.retry, status, note));
	for (int i = 0; i < p->nhosts; i++) {
		free(p->host[i].ends.to);
		free(p->host[i].ends.from);
	}
	return status;
}
