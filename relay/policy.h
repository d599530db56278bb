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
	bool many;              /* many are asked at one address */
	bool broker;            /* with keep_open: pass on what clients send */
	bool lines;             /* whole ones; with keep_open, many: labelled */
	bool stamp;             /* each line received, with the time of day */
	bool messages;          /* the message protocol; lines: labelled */
	bool terminal;          /* stdout: show control bytes of -m, -L */
	bool datagram;          /* no EOF, and each write is a datagram */
	bool no_half_close;     /* at EOF of stdin */
	bool half_close_late;   /* wait also if stdin was not empty */
	long long half_close_wait;  /* ms of the peer's silence before it */
	long long idle_exit;    /* end after this long without a client */
	int max_clients;        /* at once, with keep_open */
	long long max_messages; /* quit after this many, or reads */
	size_t read_size;       /* bytes read at once */
	long long rate;         /* bytes per second read of stdin, and of the
				   peers together; 0: no limit */
	long long unit_delay;   /* between lines or messages of stdin; or 0 */
	bool crlf;              /* send CR LF for an LF without a CR */
	bool telnet;            /* refuse and remove telnet's commands */
	long long idle_timeout;     /* close an idle connection */
	long long quit_after_stdin; /* of the peer, once stdin has ended */
	long long stdin_grace;      /* of stdin, once the peer has ended */
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
 * Each rule answers with the time from which it holds, as the relay is now:
 * AT_ONCE, a clock_ms(), or NEVER if time alone does not bring it about. A time
 * in the future may only be when to look again. Nothing is changed.
 */
enum { AT_ONCE = 0 };

/* When may p be read? nsinks: how many peers can take what stdin sends. */
long long policy_read_at(const struct relay *r, const struct peer *p,
    int nsinks);

/* When is it sure that no more output will come for this peer? */
long long policy_close_out_at(const struct relay *r, const struct peer *p);

/* With --send-only: has p been sent all that it will be sent? */
bool policy_all_sent(const struct relay *r, const struct peer *p);

/* When is it known whether p, which has ended, took what was sent last? */
long long policy_acked_at(const struct relay *r, const struct peer *p);

/* May more output still come for stdout? nsources: peers that may send. */
bool policy_stdout_wanted(const struct relay *r, int nsources);

/* After EOF of stdin: when will p have been silent for the time of -q? */
long long policy_quit_at(const struct relay *r, const struct peer *p);

/*
 * When will the connection have been idle for too long, with no other peer to
 * blame?
 */
long long policy_idle_at(const struct relay *r, const struct peer *p);

/* When will p not have taken its pending output for too long? */
long long policy_give_up_at(const struct relay *r, const struct peer *p);

/*
 * When will p not have taken its pending output for so long that we try to
 * write? And after that try, when comes the next one?
 */
long long policy_retry_at(const struct relay *r, const struct peer *p);
long long policy_next_retry_at(const struct relay *r, const struct peer *p);

/* We closed our side of p: until when has it time to close its side? */
long long policy_linger_until(const struct relay *r, const struct peer *p);

/* With -k and -q: when is it long enough since stdin and all clients ended? */
long long policy_listener_done_at(const struct relay *r);

/* The reader of stdout has gone: when has stdin nothing more to send? */
long long policy_output_gone_at(const struct relay *r);

/* Until when may the first client connect? */
long long policy_accept_until(const struct relay *r);

/* When will there have been no client for the time of --idle-exit? */
long long policy_unused_at(const struct relay *r);

/* When is the meter drawn again? */
long long policy_redraw_at(const struct relay *r);

#endif
