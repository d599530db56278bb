#ifndef UPDATE_H
#define UPDATE_H

struct relay;

/*
 * Do what the policy says about the relay and its peers now, and learn when to
 * look again: r->wake. Peers that have ended are closed, and not removed.
 */
void update_relay(struct relay *r);

#endif
