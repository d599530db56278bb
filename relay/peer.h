#ifndef PEER_H
#define PEER_H

#include "../net/addr.h"
#include "../net/listen.h"
#include "../net/tcp.h"
#include "message.h"
#include "telnet.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct dump;
struct flow;
struct shared;

/* Of a peer that is many, at one address. */
struct many {
	struct addr from; /* who of them sent last */
	int own_port;     /* of the socket; 0: not looked up */
};

/*
 * One endpoint: a client, a server, or stdio, which is standard input and
 * output together. Times are those of clock_ms(); NEVER is none.
 */
struct peer {
	int rfd, wfd;            /* -1: that direction is closed */
	bool rsock, wsock;       /* is it a socket? */
	bool one_socket;         /* stdin and stdout are the same (inetd) */
	bool terminal_in;        /* rfd is a terminal */
	bool may_block;          /* wfd blocks: write little, after POLLOUT */
	bool datagram;           /* each write is a datagram; there is no EOF */
	bool check_source;       /* drop datagrams from other addresses */
	bool client;             /* it was accepted: labels name it */
	bool shared_fd;          /* the socket is the listener's */
	bool unconnected;        /* it learns the address that is asked */
	struct many *many;       /* anybody at addr may answer; or NULL */
	struct local local;      /* where its datagrams came to */
	struct redial *redial;   /* further addresses of a UDP peer, or NULL */
	bool timed_retry;        /* poll(2) cannot tell when to write again */
	struct flow *out_of;     /* carries what it sends */
	struct shared *source;   /* the buffer that holds its output: */
	const char *out;         /* what is pending of it */
	size_t outlen;           /* its bytes */
	long long last_in;       /* when it connected or last sent */
	long long last_out;      /* when output was queued or last written */
	long long closing_since; /* when its end was decided */
	bool discard;            /* what it sends is read and thrown away */
	unsigned long long received, sent; /* bytes */
	int error;               /* the failure, an errno; 0: none */
	int write_error;         /* one that is not acted on yet; or 0 */
	const char *failed_op;   /* what failed, for the report */
	size_t unsent, unacked;  /* bytes pending then, and in the kernel */
	struct tcp_stats stats;  /* when it was closed, if watched */
	bool watched;            /* somebody asks who is slow */
	bool count_unacked;      /* at every end, not only after a stall */
	struct dump *dump;       /* shows what it sends and receives, or NULL */
	bool on_terminal;        /* it writes where the status line is */
	struct message partial;  /* its incomplete line or message */
	char last_byte;          /* the last one that peers were sent of it */
	struct telnet telnet;    /* answers are sent ahead of other output */
	struct addr addr;
	char *label;             /* of that, once asked for; or NULL */
};

/* A peer that owns a connected socket. NULL: no memory. */
struct peer *peer_new(int fd, int type, const struct addr *addr);

/*
 * Its socket is not connected, and its address is one of many, such as a group:
 * everybody's answers are its data, but what we have sent ourselves is not.
 * Returns false if there is no memory.
 */
bool peer_ask_many(struct peer *p);

/* Close what is open and free it. */
void peer_free(struct peer *p);

/*
 * Make *p the peer of standard output and, if read_stdin, standard input.
 * O_NONBLOCK is never set on a file description shared with other processes.
 */
void peer_stdio(struct peer *p, bool read_stdin);

/*
 * Is this process in the foreground of the terminal that p reads? Else reading
 * it would stop the process (POSIX, General Terminal Interface).
 */
bool peer_in_foreground(const struct peer *p);

/* Discard what was typed on the terminal that p reads, but not read yet. */
void peer_flush_typed(const struct peer *p);

/* May more output be queued for it? */
bool peer_writable(const struct peer *p);

/*
 * read(2) at most n bytes; a socket never blocks. A datagram from another
 * address is dropped, and is EINTR: the next one may have arrived.
 */
ssize_t peer_read(struct peer *p, void *buf, size_t n);

/* Count n bytes that were received from p, and show them in the dump. */
void peer_received(struct peer *p, const char *data, size_t n);

/* Is there pending output, or a pending answer? */
bool peer_pending(const struct peer *p);

/*
 * Write pending answers and output, as much as fits now. Returns 0 even if that
 * is nothing; -1 and errno of write(2).
 */
int peer_write(struct peer *p);

/* Stop reading from it. */
void peer_close_in(struct peer *p);

/* Stop writing to it: a half-close (RFC 9293, 3.6) or close(2). */
void peer_close_out(struct peer *p);

/* Close both directions and reset the connection (RFC 9293, 3.5.2). */
void peer_reset(struct peer *p);

/* Record the first failure of the peer; pending output is lost. */
void peer_fail(struct peer *p, const char *op, int error);

/*
 * The address as it labels a client, formatted once; of many, that of who has
 * sent last. text holds ADDR_TEXT
 * bytes, which are used if there is no memory.
 */
const char *peer_label(struct peer *p, char *text);

/* Report at -v that a client has connected, and that it was closed. */
void peer_report_connected(const struct peer *p);
void peer_report_closed(const struct peer *p);

/* Report the failure, with the bytes that were lost. */
void peer_report_failed(const struct peer *p);

#endif
