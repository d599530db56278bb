#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>

struct dump;
struct peer;
struct relay;

/*
 * The settings of a relay. Times are in milliseconds and may be NEVER; counts
 * of -1 are unset.
 */
struct policy {
	bool keep_open;         /* serve many clients, not only one */
	bool broker;            /* with keep_open: pass on what clients send */
	bool lines;             /* whole lines; with keep_open, labelled */
	bool stamp;             /* each line received, with the time of day */
	bool messages;          /* the message protocol; lines: labelled */
	bool terminal;          /* stdout is one: show control bytes of -m, -L */
	bool datagram;          /* no EOF, and each write is a datagram */
	bool no_half_close;     /* at EOF of stdin */
	bool half_close_late;   /* it waits, though stdin was not empty */
	long long half_close_wait;  /* ms of the peer's silence that it waits */
	long long idle_exit;    /* end after this long without a client */
	int max_clients;        /* at once, with keep_open */
	int max_per_address;    /* of them from one host; -1: no limit */
	long long max_messages; /* quit after so many messages, or reads */
	size_t read_size;       /* bytes read at once */
	long long rate;         /* bytes per second read of stdin, and of the
				   peers together; 0: no limit */
	long long unit_delay;   /* between lines or messages of stdin; or 0 */
	bool crlf;              /* send CR LF for an LF without a CR */
	bool telnet;            /* refuse and remove telnet's commands */
	long long idle_timeout;     /* close an idle connection */
	long long quit_after_stdin; /* silence that ends it, after its EOF */
	long long stdin_grace;      /* the same for stdin, after a peer's EOF */
	bool reconnect;             /* a lost connection is made again */
	bool send_only;             /* what peers send is thrown away; quit
				       once stdin has ended */
	bool recv_only;             /* stdin is not read, and does not end */
	bool feed_receiver;         /* a peer that ends without having sent a
				       byte gets all of stdin */
	bool progress;              /* draw a meter, and report the totals */
	struct dump *dump;          /* shows all data; NULL: none */
};

/*
 * Each predicate answers a question about the relay as it is now. If the
 * answer will change only with time, r->next_timeout becomes that time, unless
 * it is earlier already. Nothing else is changed.
 */

/*
 * May p be read? nsinks: how many peers can take what stdin sends. Sets
 * r->next_timeout like the others.
 */
bool policy_can_read(struct relay *r, const struct peer *p, int nsinks);

/* May more output still come for this peer? */
bool policy_may_send_more(struct relay *r, const struct peer *p);

/* With --send-only: has p been sent all that it will be sent? */
bool policy_all_sent(const struct relay *r, const struct peer *p);

/* Is it still open whether p, which has ended, takes what was sent last? */
bool policy_unacked(struct relay *r, const struct peer *p);

/* May more output still come for stdout? nsources: peers that may send. */
bool policy_stdout_wanted(const struct relay *r, int nsources);

/* After EOF of stdin: has p been silent for the time of -q? */
bool policy_quit_expired(struct relay *r, const struct peer *p);

/* Has the connection been idle for too long, with no other peer to blame? */
bool policy_idle(struct relay *r, const struct peer *p);

/* Has p not taken its pending output for too long? */
bool policy_write_stalled(struct relay *r, const struct peer *p);

/* Has p not taken its pending output for so long that we try to write? */
bool policy_write_retry(struct relay *r, const struct peer *p);

/* We closed our side of p: has it had enough time to close its side? */
bool policy_linger_done(struct relay *r, const struct peer *p);

/* With -k and -q: has stdin ended, and has no client been active since? */
bool policy_listener_done(struct relay *r);

/* Has the reader of stdout gone, and stdin nothing more to send? */
bool policy_output_gone(struct relay *r);

/* Has no client connected in time? */
bool policy_accept_expired(struct relay *r);

/* Has there been no client for the time of --idle-exit? */
bool policy_unused(struct relay *r);

/* Is it time to draw the meter again? */
bool policy_redraw(struct relay *r);

/* Is the time that was left for pending output over? */
bool policy_deadline_passed(struct relay *r);

#endif
