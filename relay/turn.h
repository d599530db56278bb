#ifndef TURN_H
#define TURN_H

#include <stdbool.h>

struct relay;

/*
 * When the loop updates the relay: before the next wait, or once r->wake has
 * come. Data that is written at once changes nothing, which keeps idle clients
 * cheap.
 */

/* The poll set, or the time of the next look, may have changed. */
void turn_changed(struct relay *r);

/* Update once more, without waiting: what was visited already is affected. */
void turn_again(struct relay *r);

/*
 * Has this time, a clock_ms(), AT_ONCE or NEVER, come? If not, the loop looks
 * again at that time at the latest.
 */
bool turn_due(struct relay *r, long long at);

#endif
