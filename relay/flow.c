/* Questions about data on its way: its buffers, its framing, its delays. */
#include "flow.h"
#include "../base/clock.h"
#include "../net/listen.h"
#include "peer.h"
#include "policy.h"
#include "relay.h"

struct shared *
flow_input(const struct relay *r, const struct peer *p)
{
	return p == r->stdio ? r->to_peers : r->to_stdout;
}

struct shared *
flow_output(const struct relay *r, const struct peer *p)
{
	return p == r->stdio ? r->to_stdout : r->to_peers;
}

struct unframed *
flow_unframed(struct relay *r, const struct peer *p)
{
	return &r->unframed[p == r->stdio ? 0 : 1];
}

bool
flow_framed(const struct relay *r, const struct peer *p)
{
	if (p == r->stdio ? r->frame.cut_stdin : r->frame.cut_peers)
		return true;
	return r->policy->telnet ||
	    (r->policy->crlf && (p == r->stdio || r->policy->broker));
}

bool
flow_has_partial(const struct relay *r, const struct peer *p)
{
	return r->unframed[0].from == p || r->unframed[1].from == p ||
	    (flow_framed(r, p) && frame_partial(&r->frame, p));
}

bool
flow_buffers_free(const struct relay *r, const struct peer *p)
{
	if (p == r->stdio)
		return r->to_peers->readers == 0;
	return r->to_stdout->readers == 0 &&
	    (!r->policy->broker || r->to_peers->readers == 0);
}

bool
flow_can_read(const struct relay *r, const struct peer *p)
{
	return r->unframed[p == r->stdio ? 0 : 1].from == NULL &&
	    flow_buffers_free(r, p);
}

struct rate *
flow_rate(const struct relay *r, const struct peer *p)
{
	return &r->rate[p == r->stdio ? 0 : 1];
}

size_t
flow_read_size(struct relay *r, const struct peer *p)
{
	/* a part of a datagram would be another datagram */
	if (r->policy->datagram)
		return r->policy->read_size;
	return rate_allowed(flow_rate(r, p), r->policy->read_size, r->now);
}

long long
flow_unit_at(const struct relay *r, const struct peer *p)
{
	if (p != r->stdio || r->last_unit == NEVER)
		return AT_ONCE;
	return r->last_unit + r->policy->unit_delay;
}

bool
flow_listening(const struct relay *r)
{
	return r->listener != NULL && r->listener->n > 0 && !r->accept_closed;
}
