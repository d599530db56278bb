/* Who is slow: the shares of the time in which the loop had to wait. */
#include "waits.h"
#include "../base/clock.h"
#include "../base/say.h"
#include "../net/tcp.h"
#include "flow.h"
#include "peer.h"
#include "policy.h"
#include "relay.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	SHORTEST = 1000000, /* us: a shorter transfer explains nothing */
	TYPED = 65536,      /* bytes: less may have been typed */
};

/* Has the only peer received more than it has sent? */
static bool
is_receiver(const struct peer *p)
{
	return p->sent > 0 && p->sent >= p->received;
}

/* The other side has all output, and stdin waits for its turn or has ended. */
static enum cause
idle_cause(const struct relay *r)
{
	const struct peer *p;

	if (r->policy->keep_open || r->peers.n == 0)
		return r->stdio->rfd == -1 ? CAUSE_SENDER : CAUSE_STDIN;
	p = r->peers.at[0];
	if (r->stdio->rfd != -1 && (is_receiver(p) || p->received == 0))
		return CAUSE_STDIN;
	if (!is_receiver(p))
		return CAUSE_SENDER;
	if (!p->datagram && p->rfd != -1 && tcp_unacked(p->rfd) > 0)
		return CAUSE_PEER;
	return CAUSE_RECEIVER;
}

enum cause
waits_cause(struct relay *r)
{
	if (r->stdio->outlen > 0)
		return CAUSE_STDOUT;
	if (r->to_peers->readers > 0)
		return CAUSE_PEER;
	if (flow_ready_at(&r->from_stdin) > r->now ||
	    flow_ready_at(&r->from_peers) > r->now)
		return CAUSE_RATE;
	return idle_cause(r);
}

/* Append to the text, as far as it fits. */
static void
append(char *text, const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, WAITS_TEXT - n, fmt, ap);
	va_end(ap);
}

static void
share(char *text, long long us, long long elapsed, const char *what)
{
	long long percent = 100 * us / elapsed;

	if (percent == 0)
		return;
	append(text, *text == '\0' ? "; waited %lld%% for %s"
				   : ", %lld%% for %s", percent, what);
}

/* The kernel tells how much of the time the receiver's window was full. */
static void
share_peer(char *text, const struct waits *w, long long elapsed)
{
	long long us = w->us[CAUSE_PEER], receiver;
	long long late = w->us[CAUSE_RECEIVER];

	if (!w->stats.known || w->stats.busy == 0) {
		share(text, us + late, elapsed, "the network or the receiver");
		return;
	}
	receiver = (long long)((double)us * (double)w->stats.window_limited /
	    (double)w->stats.busy);
	if (receiver > us)
		receiver = us;
	share(text, receiver + late, elapsed, "the receiver");
	share(text, us - receiver, elapsed, "the network");
}

/* The connection as it is now, or was when it was closed. */
static struct waits
waits_now(const struct relay *r)
{
	struct waits w = r->waits;

	if (r->peers.n == 1 && r->peers.at[0]->rfd != -1 &&
	    !r->peers.at[0]->datagram)
		tcp_stats(r->peers.at[0]->rfd, &w.stats);
	return w;
}

void
waits_text(const struct relay *r, char *text)
{
	long long elapsed = clock_us() - r->meter.start;
	struct waits w = waits_now(r);

	*text = '\0';
	if (elapsed <= SHORTEST)
		return;
	if (!r->policy->keep_open)
		share_peer(text, &w, elapsed);
	share(text, w.us[CAUSE_STDIN], elapsed, "standard input");
	if (!r->policy->keep_open)
		share(text, w.us[CAUSE_SENDER], elapsed, "the sender");
	share(text, w.us[CAUSE_STDOUT], elapsed, "standard output");
	share(text, w.us[CAUSE_RATE], elapsed, "-y");
	if (w.stats.known && !r->policy->keep_open)
		append(text, "; rtt %.1f ms, %u retransmission%s",
		    (double)w.stats.rtt / 1e3, w.stats.retransmissions,
		    say_plural(w.stats.retransmissions));
}

bool
waits_are_told(void)
{
	return say_is_verbose(2) && !say_is_verbose(3);
}

void
waits_tell(const struct relay *r)
{
	char text[WAITS_TEXT];

	if (!waits_are_told() || r->peers.sent + r->peers.received < TYPED)
		return;
	waits_text(r, text);
	if (*text != '\0')
		say("%s", text + strlen("; "));
}
