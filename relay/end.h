#ifndef END_H
#define END_H

#include "../base/status.h"

#include <stdbool.h>

struct peer;
struct relay;

/* How far the relay is on its way to the end. */
struct end {
	long long deadline;  /* when to give up on pending output, or NEVER */
	bool accept_closed;  /* no further client is accepted */
	bool timed_out;      /* -w, -q or a default wait ended it */
	bool stdout_gone;    /* its reader has closed it, or it failed */
	enum status status;  /* for the program to exit with */
};

/*
 * The ways to end, in order of severity. First those of one peer: send what is
 * pending, then close. What it sends is thrown away meanwhile; or is not.
 */
void end_discard(struct relay *r, struct peer *p);
void end_close(struct relay *r, struct peer *p);

/* Nobody can take what p sends: reset its connection now. */
void end_lost(struct relay *r, struct peer *p);

/* Read no more from anybody; what is pending is still sent. */
void end_all(struct relay *r);

/* The same for a limited time; then end with this status. */
void end_stop(struct relay *r, enum status status);

/* End now: what is pending is lost. */
void end_abort(struct relay *r);

/* Something that is no peer's has failed; this is reported. */
void end_failed(struct relay *r, int error, const char *what);

/* Nothing is left to do, and this is why. */
void end_with(struct relay *r, enum status status);

/* -w, -q or a default wait ends a connection. */
void end_timed_out(struct relay *r);

/* stdout has no reader any more. */
void end_stdout_gone(struct relay *r);

/* p has sent EOF, or reading from it has failed: error is not 0. */
void end_input(struct relay *r, struct peer *p, int error);

/* Writing to p has failed. */
void end_output(struct relay *r, struct peer *p, int error);

/* p did not take its output in time: drop the output and reset p. */
void end_stalled(struct relay *r, struct peer *p);

/* p, which is read only to be thrown away, has ended, or has failed. */
void end_discarded(struct relay *r, struct peer *p, int error);

/*
 * A reset or an ICMP error for what was sent last is seen only by a further
 * call. Then p gets its next address, or has failed. Returns false if there is
 * no pending error.
 */
bool end_late_error(struct relay *r, struct peer *p);

/* A line or message that is to be sent is longer than any datagram. */
void end_too_long(struct relay *r);

/*
 * Is p a client of -k that has sent EOF? Then it may have closed the other
 * direction too, which TCP shows only when more is sent to it.
 */
bool end_may_have_left(const struct relay *r, const struct peer *p);

/*
 * Has p sent EOF and may still be sent to? Its reset is to be seen also when
 * nothing is sent to it.
 */
bool end_may_be_reset(const struct relay *r, const struct peer *p);

/* Is a connection to be made again once the last one has gone? */
bool end_will_connect(const struct relay *r);

/* Has stdin ended, and is nothing left to be written to stdout? */
bool end_output_done(const struct relay *r);

/* Report the end of p, and free it. The caller took it from the array. */
void end_free(struct relay *r, struct peer *p);

/* The status for the program, after the last turn. */
enum status end_status(const struct relay *r);

#endif
