#ifndef FLOW_H
#define FLOW_H

#include "buf.h"
#include "frame.h"

#include <stdbool.h>
#include <stddef.h>

struct peer;
struct rate;
struct relay;

/*
 * A read buffer shared by its readers. It is refilled when all of them have
 * taken everything.
 */
struct shared {
	struct buf buf;
	int readers;     /* peers to which some of it is pending */
	long long since; /* when it was filled */
};

/* Input of one peer that is not framed yet. */
struct unframed {
	struct peer *from; /* NULL: none */
	struct buf buf;
	const char *at;
	size_t n;
};

/* One direction: what stdin sends to the peers, or what these send. */
struct flow {
	struct peer *sink;         /* whom it is for; NULL: for the peers */
	struct shared *to_stdout;  /* the buffers that it fills, or NULL; ... */
	struct shared *to_peers;   /* ... with -j it may be one for both */
	struct shared *direct;     /* input that is not framed is read there */
	struct shared store;       /* one of these buffers */
	struct unframed rest;      /* else here, and waits for the buffers */
	struct rate *rate;         /* the limit of reading it; NULL: none */
	bool framed;               /* it is cut, decoded or encoded */
	bool paced;                /* a unit waits after the one before */
	long long last_unit;       /* when that was sent, or NEVER */
	bool failed;               /* a write to a peer that it is from */
	bool split_told;           /* that a line was split, at -v */
	const char *kept;          /* output that a lost connection leaves to */
	size_t nkept;              /* the next one: in to_peers; its bytes */
};

/* Allocate the two directions that the policy asks for; false: no memory. */
bool flow_open(struct relay *r);
void flow_close(struct relay *r);

/* Are all buffers free that what it carries goes to? */
bool flow_free(const struct flow *f);

/* Was part of a line or message of p read, or input that is not framed? */
bool flow_has_partial(const struct relay *r, const struct peer *p);

/* How many peers can take what stdin sends? */
int flow_sinks(const struct relay *r);

/* When may more of it be read, by the rate? AT_ONCE, or a clock_ms(). */
long long flow_ready_at(const struct flow *f);

/* When may its next line or message go on? AT_ONCE, or a clock_ms(). */
long long flow_unit_at(const struct relay *r, const struct flow *f);

/* The buffer into which p is read, and its size. */
char *flow_buffer(const struct flow *f, size_t *size);

/* How many bytes to read at once, if it may be read. */
size_t flow_read_size(const struct relay *r, const struct flow *f);

/*
 * n bytes of p were read into the buffer of its flow: frame them, and fan them
 * out as far as the buffers are free. Other results than FRAME_MORE are for the
 * caller to act on, and so is flow_failed().
 */
enum frame_result flow_pass(struct relay *r, struct peer *p, size_t n);

/* Go on with input that had to wait for free buffers; the same results. */
enum frame_result flow_resume(struct relay *r, struct flow *f);

/* At EOF: fan out the incomplete line or message of p. */
void flow_flush(struct relay *r, struct peer *p);

/* Write pending output to p, as much as it takes. */
void flow_drain(struct relay *r, struct peer *p);

/* A peer with a write_error that nobody has acted on; NULL: none. */
struct peer *flow_failed(struct relay *r);

/* The pending output of p is lost. */
void flow_drop(struct relay *r, struct peer *p);

/*
 * The next connection gets the output that is pending for p; with -L and -m
 * from the start of its line on, so that no line arrives cut in half.
 */
void flow_keep(struct relay *r, struct peer *p);
void flow_hand_on(struct relay *r, struct peer *p);

/* Input that waits is lost. */
void flow_clear(struct relay *r);

/* We were stopped for ms milliseconds: do not count them towards timeouts. */
void flow_skip_time(struct relay *r, long long ms);

#endif
