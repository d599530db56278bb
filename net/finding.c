/* What a scan has found: stored until it can be printed in order. */
#include "finding.h"
#include "../base/event.h"
#include "../base/say.h"
#include "../base/signals.h"
#include "addr.h"
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct finding *
findings_at(struct findings *f, long long index)
{
	return &f->port[index % f->nports];
}

int *
findings_errors(struct findings *f, long long index)
{
	return f->error + index % f->nports * f->naddrs;
}

static void
add_host(struct findings *f, int host)
{
	const struct ports *ports = &f->p->host[host].ports;

	for (int i = 0; i < ports->n; i++)
		f->port[f->nports++] = (struct finding){ .host = host,
		    .port = ports->port[i] };
}

static bool
is_tried(const struct scan_params *p, int host)
{
	return !p->host[host].open && scan_dial(p, host).nto > 0;
}

static size_t
count_ports(struct findings *f)
{
	size_t n = 0;

	for (int i = 0; i < f->p->nhosts; i++) {
		int naddrs = scan_dial(f->p, i).nto;

		if (!is_tried(f->p, i))
			continue;
		n += (size_t)f->p->host[i].ports.n;
		if (naddrs > f->naddrs)
			f->naddrs = naddrs;
	}
	return n;
}

/* Looking up a service opens a file, when descriptors may have run out. */
static void
reserve(struct findings *f)
{
	f->reserve = -1;
	if (!f->p->numeric && f->nports > 1)
		f->reserve = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
}

bool
findings_begin(struct findings *f, const struct scan_params *p)
{
	size_t n;

	*f = (struct findings){ .p = p, .naddrs = 1, .reserve = -1 };
	n = count_ports(f);
	f->port = calloc(n + 1, sizeof *f->port);
	f->error = calloc((n + 1) * (size_t)f->naddrs, sizeof *f->error);
	if (f->port == NULL || f->error == NULL)
		return false;
	for (int i = 0; i < p->nhosts; i++)
		if (is_tried(p, i))
			add_host(f, i);
	f->total = f->nports;
	if (p->repeat && f->nports > 0)
		f->total = p->attempts == -1 ? LLONG_MAX : p->attempts;
	reserve(f);
	return true;
}

void
findings_end(struct findings *f)
{
	findings_release(f);
	for (int i = 0; i < f->nports; i++)
		free(f->port[i].words);
	free(f->port);
	free(f->error);
}

bool
findings_release(struct findings *f)
{
	if (f->reserve == -1)
		return false;
	close(f->reserve);
	f->reserve = -1;
	return true;
}

/* May a closed port be open later? */
static bool
is_transient(struct findings *f, long long index)
{
	const int *error = findings_errors(f, index);

	for (int i = 0; i < f->naddrs; i++)
		if (dial_transient(error[i]))
			return true;
	return false;
}

void
findings_note(struct findings *f, long long index)
{
	const struct finding *port = findings_at(f, index);
	struct scan_host *h = &f->p->host[port->host];

	if (port->found == FOUND_CLOSED)
		h->again = is_transient(f, index);
	else
		h->open = true;
	if (port->found != FOUND_OPEN)
		return;
	f->min = f->answered == 0 || port->us < f->min ? port->us : f->min;
	f->max = port->us > f->max ? port->us : f->max;
	f->sum += port->us;
	f->answered++;
}

/* Report each address of a closed port that was tried. */
static void
report_errors(struct findings *f, const struct finding *port)
{
	struct dial_params d = scan_dial(f->p, port->host);
	const int *error = findings_errors(f, f->printed);

	for (int i = 0; i < d.nto; i++) {
		struct addr to = d.to[i];

		addr_set_port(&to, port->port);
		if (error[i] != 0)
			dial_report_error(&d, &to, error[i]);
	}
}

static void
report_answer(const struct findings *f, const struct finding *port)
{
	struct dial_params d = scan_dial(f->p, port->host);
	struct addr to = d.to[port->addr];

	addr_set_port(&to, port->port);
	if (port->found == FOUND_OPEN)
		dial_report_open(&d, &to);
	else
		dial_report(&d, &to, "open or filtered");
}

static void
report_proxied(const struct findings *f, const struct finding *port)
{
	struct proxy proxy = f->p->host[port->host].proxy;
	char text[PROXY_TEXT];

	proxy.target_port = port->port;
	proxy_text(&proxy, text);
	if (port->found == FOUND_OPEN)
		event(&(struct event){ .kind = EVENT_OPEN, .who = text });
	else
		say("connect to %s: %s", text,
		    port->words == NULL ? strerror(ENOMEM) : port->words);
}

/* With -c the only port of a host is reported, too. */
static void
report(struct findings *f, const struct finding *port)
{
	const struct scan_params *p = f->p;

	if (!p->report && !(p->hold && p->host[port->host].ports.n == 1))
		return;
	if (p->proxied)
		report_proxied(f, port);
	else if (port->found == FOUND_CLOSED)
		report_errors(f, port);
	else
		report_answer(f, port);
}

static const char *
service(struct findings *f, int port)
{
	const char *name;

	if (f->p->numeric)
		return "-";
	findings_release(f);
	name = addr_service(port, f->p->dial.type == SOCK_DGRAM);
	reserve(f);
	return name;
}

static int
count_all_ports(const struct scan_params *p)
{
	int n = 0;

	for (int i = 0; i < p->nhosts; i++)
		n += p->host[i].ports.n;
	return n;
}

static void
print(struct findings *f, const struct finding *port)
{
	const struct scan_params *p = f->p;

	if (!p->repeat &&
	    (port->found == FOUND_CLOSED || count_all_ports(p) == 1))
		return;
	if (p->nhosts > 1)
		fprintf(p->out, "%s ", p->host[port->host].name);
	if (p->repeat)
		fprintf(p->out, "%lld ", f->printed + 1);
	else
		fprintf(p->out, "%d %s ", port->port, service(f, port->port));
	if (port->found == FOUND_OPEN)
		fprintf(p->out, "%lld.%03lld\n", port->us / 1000,
		    port->us % 1000);
	else
		fputs(port->found == FOUND_SILENCE ? "?\n" : "-\n", p->out);
}

bool
findings_print(struct findings *f)
{
	FILE *out = f->p->out;

	for (; f->printed < f->total; f->printed++) {
		struct finding *port = findings_at(f, f->printed);

		if (port->found == FOUND_NOTHING_YET)
			break;
		report(f, port);
		print(f, port);
		port->found = FOUND_NOTHING_YET;
	}
	if (fflush(out) == 0 && !ferror(out))
		return true;
	if (errno != EPIPE && !signals_stopped())
		say_error(errno, "write standard output");
	return false;
}

/* Rounded down: one attempt that failed is not 100.0%. */
void
findings_report_totals(const struct findings *f)
{
	long long tenths = 0;

	if (f->printed > 0)
		tenths = (long long)(1000.0 * (double)f->answered /
		    (double)f->printed);
	if (f->answered == 0)
		say("%lld attempts, 0 answered (0.0%%)", f->printed);
	else
		say("%lld attempts, %lld answered (%lld.%lld%%), min %.3f, "
		    "mean %.3f, max %.3f ms", f->printed, f->answered,
		    tenths / 10, tenths % 10, (double)f->min / 1e3,
		    (double)f->sum / (double)f->answered / 1e3,
		    (double)f->max / 1e3);
}
