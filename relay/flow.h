#ifndef FLOW_H
#define FLOW_H

#include <stdbool.h>
#include <stddef.h>

struct peer;
struct rate;
struct relay;
struct shared;
struct unframed;

/*
 * Questions about the two directions: what stdin sends to the peers, and what
 * these send. Where p only chooses the direction, NULL is any peer but stdio.
 */

/* The buffer for what p sends. */
struct shared *flow_input(const struct relay *r, const struct peer *p);

/* The buffer that holds the pending output of p. */
struct shared *flow_output(const struct relay *r, const struct peer *p);

/* Input of p that waits to be framed. */
struct unframed *flow_unframed(struct relay *r, const struct peer *p);

/* Is what p sends cut into lines or messages, decoded or encoded? */
bool flow_framed(const struct relay *r, const struct peer *p);

/* Was part of a line or message of p read, or input that is not framed? */
bool flow_has_partial(const struct relay *r, const struct peer *p);

/* Are the buffers free that get what p sends? */
bool flow_buffers_free(const struct relay *r, const struct peer *p);

/* And has all that was read before been framed? */
bool flow_can_read(const struct relay *r, const struct peer *p);

/* The limit on what p sends. */
struct rate *flow_rate(const struct relay *r, const struct peer *p);

/* How many bytes to read at once from p, which may be read. */
size_t flow_read_size(struct relay *r, const struct peer *p);

/* When may the next line or message of p go on? Only those of stdin wait. */
long long flow_unit_at(const struct relay *r, const struct peer *p);

/* Is there a listener that accepts clients or receives datagrams? */
bool flow_listening(const struct relay *r);

#endif
