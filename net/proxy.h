#ifndef PROXY_H
#define PROXY_H

#include "../base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	PROXY_HOST = 256,     /* size of the buffer for a host */
	PROXY_REQUEST = 4096, /* size of the longest request */
	PROXY_ANSWER = 512,   /* what is kept of an answer */
	PROXY_LOGIN = 2048,   /* bytes of "user:password" for HTTP, at most */
};

enum proxy_type { PROXY_SOCKS5, PROXY_SOCKS4, PROXY_CONNECT };

/* A proxy, and where it is to connect to. */
struct proxy {
	enum proxy_type type;
	char host[PROXY_HOST]; /* the proxy itself */
	int port;
	char target[PROXY_HOST]; /* a name or address, without brackets */
	int target_port;
	const char *user;     /* NULL: no login */
	const char *password; /* SOCKS4 has none */
};

/* Parse the argument of -X. Returns an enum proxy_type; -1 if it is none. */
int proxy_type(const char *text);

/*
 * Parse "host", "host:port", "[address]" or "[address]:port". The host goes to
 * host, which holds PROXY_HOST bytes. *port points to the port in text, and is
 * NULL if there is none. Returns false if text is none of these.
 */
bool proxy_split(const char *text, char *host, const char **port);

/*
 * Set the target, an IPv6 address with or without brackets; numeric forbids
 * names. Returns an exit status, after reporting why the proxy cannot be asked
 * for this target.
 */
enum status proxy_set_target(struct proxy *p, const char *host, int port,
    bool numeric);

/* Does the login fit into a request? */
bool proxy_login_fits(const struct proxy *p);

/*
 * One handshake: SOCKS 4 and 4A, SOCKS5 (RFC 1928) with a login (RFC 1929), or
 * CONNECT (RFC 9110, 9.3.6) with Basic authentication (RFC 7617). It makes no
 * call itself, so that it can be tested byte by byte.
 */
struct handshake {
	const struct proxy *proxy;
	void (*check)(struct handshake *); /* called after each byte */
	size_t want;       /* bytes that still belong to the answer; 0: done */
	size_t nout, sent; /* the request, and how much of it was sent */
	size_t nin, total; /* bytes of this answer or line, and of all */
	int code;          /* status code of HTTP; 0: no status line yet */
	unsigned char out[PROXY_REQUEST];
	unsigned char in[PROXY_ANSWER];
	char error[PROXY_ANSWER + 64]; /* why it failed; "" if it did not */
	int reason;        /* errno of the failure; EPROTO: no other fits */
};

/* Start a handshake: the first request is in h->out. */
void proxy_start(struct handshake *h, const struct proxy *p);

/*
 * Take n bytes of the answer, at most h->want. Then h->want is how much may be
 * read next, after h->out was sent. When it is 0, h->error tells the outcome.
 */
void proxy_feed(struct handshake *h, const unsigned char *data, size_t n);

/* What the handshake waits for: POLLIN or POLLOUT. */
short proxy_events(const struct handshake *h);

/*
 * Go on with the handshake on fd, which is connected to the proxy; never waits.
 * No byte after the proxy's answer is read. Returns 0 once the proxy is
 * connected to the target; DIAL_PENDING; or DIAL_FAILED and errno, which is
 * ECONNREFUSED, EHOSTUNREACH, ENETUNREACH or ETIMEDOUT if the proxy gives such
 * a reason, and EPROTO for other refusals.
 */
int proxy_step(struct handshake *h, int fd);

/* Report why the handshake has failed: as h says, else this reason. */
void proxy_report(const struct handshake *h, const char *why);

/*
 * The host, with the brackets that an IPv6 address needs. Returns text, which
 * holds PROXY_HOST + 2 bytes.
 */
const char *proxy_bracketed(const char *host, char *text);

/* Format "example.org port 22 through 192.0.2.1 port 1080". Returns text. */
enum { PROXY_TEXT = 2 * PROXY_HOST + 64 };
const char *proxy_text(const struct proxy *p, char *text);

#endif
