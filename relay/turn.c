/* When the loop has to look at the relay again. */
#include "turn.h"
#include "../base/clock.h"
#include "relay.h"

void
turn_changed(struct relay *r)
{
	r->changed = true;
}

void
turn_again(struct relay *r)
{
	r->wake = r->now;
}

bool
turn_due(struct relay *r, long long at)
{
	if (clock_reached(at, r->now))
		return true;
	r->wake = clock_earlier(r->wake, at);
	return false;
}
