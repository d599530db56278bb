/* Proxies: how they are given, and the handshakes of SOCKS 4 and 5. */
#include "proxy.h"
#include "../base/say.h"
#include "dial.h"
#include "handshake.h"
#include "http.h"
#include "sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	FIELD_MAX = 255,    /* bytes of a host, user or password in SOCKS5 */
	SOCKS4_ANSWER = 8,
	SOCKS5_ANSWER = 5,  /* up to the length of the address */
};

enum { METHOD_NONE = 0, METHOD_LOGIN = 2, METHOD_REFUSED = 0xff };
enum { TYPE_IPV4 = 1, TYPE_NAME = 3, TYPE_IPV6 = 4 };

int
proxy_type(const char *text)
{
	static const struct {
		const char *name;
		enum proxy_type type;
	} types[] = {
		{ "4", PROXY_SOCKS4 }, { "5", PROXY_SOCKS5 },
		{ "connect", PROXY_CONNECT }, { "http", PROXY_CONNECT },
		{ "socks4", PROXY_SOCKS4 }, { "socks4a", PROXY_SOCKS4 },
		{ "socks5", PROXY_SOCKS5 }, { "socks5h", PROXY_SOCKS5 },
	};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(text, types[i].name) == 0)
			return (int)types[i].type;
	return -1;
}

bool
proxy_split(const char *text, char *host, const char **port)
{
	bool bracket = *text == '[';
	const char *start = text + bracket;
	size_t n = strcspn(start, bracket ? "]" : ":");
	const char *end = start + n;

	if (n == 0 || n >= PROXY_HOST || (bracket && *end++ != ']'))
		return false;
	memcpy(host, start, n);
	host[n] = '\0';
	*port = *end == ':' ? end + 1 : NULL;
	return *end == '\0' ||
	    (*end == ':' && end[1] != '\0' && strpbrk(end + 1, ":/") == NULL);
}

/* The type of the address in SOCKS5, and its bytes; TYPE_NAME if it is none. */
static int
address_type(const char *host, unsigned char *bytes)
{
	if (inet_pton(AF_INET, host, bytes) == 1)
		return TYPE_IPV4;
	return inet_pton(AF_INET6, host, bytes) == 1 ? TYPE_IPV6 : TYPE_NAME;
}

/* A space or control byte would let a host write its own HTTP header. */
static bool
is_host(const char *host)
{
	size_t n = strlen(host);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)host[i] <= ' ' || host[i] == 0x7f)
			return false;
	return n > 0 && n <= FIELD_MAX;
}

/* Why the proxy cannot be asked for its target; NULL: it can. */
static const char *
target_error(const struct proxy *p, bool numeric)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	int type = address_type(p->target, bytes);

	if (numeric && type == TYPE_NAME)
		return "not a numeric address (-n)";
	if (p->type == PROXY_SOCKS4 && type == TYPE_IPV6)
		return "SOCKS4 has no IPv6 addresses; use -X 5";
	return NULL;
}

enum status
proxy_set_target(struct proxy *p, const char *host, int port, bool numeric)
{
	size_t n = strlen(host);
	bool bracket = n > 2 && *host == '[' && host[n - 1] == ']';
	const char *error = "not a host name";

	if (is_host(host)) {
		n -= bracket ? 2 : 0;
		memcpy(p->target, host + bracket, n);
		p->target[n] = '\0';
		p->target_port = port;
		error = target_error(p, numeric);
	}
	if (error == NULL)
		return STATUS_OK;
	say("resolve %s: %s", *host == '\0' ? "''" : host, error);
	return STATUS_NETWORK;
}

bool
proxy_login_fits(const struct proxy *p)
{
	size_t user, password;

	if (p->user == NULL)
		return true;
	user = strlen(p->user);
	password = p->password == NULL ? 0 : strlen(p->password);
	return p->type == PROXY_CONNECT ? user + 1 + password <= PROXY_LOGIN
	    : user <= FIELD_MAX && password <= FIELD_MAX;
}

const char *
proxy_bracketed(const char *host, char *text)
{
	snprintf(text, PROXY_HOST + 2,
	    strchr(host, ':') != NULL ? "[%s]" : "%s", host);
	return text;
}

const char *
proxy_text(const struct proxy *p, char *text)
{
	char target[PROXY_HOST + 2], host[PROXY_HOST + 2];

	snprintf(text, PROXY_TEXT, "%s port %d through %s port %d",
	    proxy_bracketed(p->target, target), p->target_port,
	    proxy_bracketed(p->host, host), p->port);
	return text;
}

static void
put_port(struct handshake *h)
{
	handshake_put_byte(h, h->proxy->target_port >> 8);
	handshake_put_byte(h, h->proxy->target_port);
}

/* A string after its length, as in SOCKS5. */
static void
put_field(struct handshake *h, const char *text)
{
	size_t n = strlen(text);

	handshake_put_byte(h, (int)n);
	handshake_put(h, text, n);
}

/* The names of the reply codes in RFC 1928, section 6. */
static void
socks5_refused(struct handshake *h, int code)
{
	static const char *const names[] = {
		"succeeded", "general SOCKS server failure",
		"connection not allowed by ruleset", "Network unreachable",
		"Host unreachable", "Connection refused", "TTL expired",
		"Command not supported", "Address type not supported",
	};
	static const int reasons[] = { 0, 0, 0, ENETUNREACH, EHOSTUNREACH,
		ECONNREFUSED, ETIMEDOUT };

	if ((size_t)code < sizeof names / sizeof names[0])
		handshake_fail(h, "%s", names[code]);
	else
		handshake_fail(h, "SOCKS5 reply code %d", code);
	if ((size_t)code < sizeof reasons / sizeof reasons[0] &&
	    reasons[code] != 0)
		h->reason = reasons[code];
}

/* The length of the whole reply; 0: it has an unknown type of address. */
static size_t
socks5_length(const unsigned char *reply)
{
	switch (reply[3]) {
	case TYPE_IPV4:
		return 4 + 4 + 2;
	case TYPE_IPV6:
		return 4 + 16 + 2;
	case TYPE_NAME:
		return 4 + 1 + (size_t)reply[4] + 2;
	default:
		return 0;
	}
}

static void
socks5_reply(struct handshake *h)
{
	size_t length;

	if (h->in[0] != 5)
		handshake_fail(h, "the answer is not SOCKS5");
	else if (h->nin >= 2 && h->in[1] != 0)
		socks5_refused(h, h->in[1]);
	else if (h->nin == SOCKS5_ANSWER) {
		length = socks5_length(h->in);
		h->want = length - SOCKS5_ANSWER;
		if (length == 0)
			handshake_fail(h, "SOCKS5 address type %d", h->in[3]);
	}
}

static void
socks5_request(struct handshake *h)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	int type = address_type(h->proxy->target, bytes);

	handshake_put(h, "\5\1\0", 3);
	handshake_put_byte(h, type);
	if (type == TYPE_NAME)
		put_field(h, h->proxy->target);
	else
		handshake_put(h, bytes, type == TYPE_IPV4 ? 4 : 16);
	put_port(h);
	handshake_expect(h, SOCKS5_ANSWER, socks5_reply);
}

static void
socks5_login_reply(struct handshake *h)
{
	if (h->in[0] != 1)
		handshake_fail(h, "the answer is not one to a SOCKS5 login");
	else if (h->nin == 2 && h->in[1] != 0)
		handshake_fail(h, "authentication failed");
	else if (h->nin == 2)
		socks5_request(h);
}

static void
socks5_login(struct handshake *h)
{
	handshake_put_byte(h, 1);
	put_field(h, h->proxy->user);
	put_field(h, h->proxy->password);
	handshake_expect(h, 2, socks5_login_reply);
}

static void
socks5_method(struct handshake *h)
{
	if (h->in[0] != 5)
		handshake_fail(h, "the answer is not SOCKS5");
	else if (h->nin < 2)
		return;
	else if (h->in[1] == METHOD_REFUSED)
		handshake_fail(h, "no acceptable methods%s", handshake_hint(h));
	else if (h->in[1] == METHOD_LOGIN && h->proxy->user != NULL)
		socks5_login(h);
	else if (h->in[1] == METHOD_NONE)
		socks5_request(h);
	else
		handshake_fail(h, "SOCKS5 method %d was not offered", h->in[1]);
}

static void
socks5_start(struct handshake *h)
{
	bool login = h->proxy->user != NULL;

	handshake_put(h, login ? "\5\2\0\2" : "\5\1\0", login ? 4 : 3);
	handshake_expect(h, 2, socks5_method);
}

static void
socks4_reply(struct handshake *h)
{
	static const char *const names[] = {
		"request rejected or failed",
		"request rejected because SOCKS server cannot connect to "
		"identd on the client",
		"request rejected because the client program and identd "
		"report different user-ids",
	};
	enum { GRANTED = 90, REJECTED };

	if (h->in[0] != 0)
		handshake_fail(h, "the answer is not SOCKS4");
	else if (h->nin < 2 || h->in[1] == GRANTED)
		return;
	else if (h->in[1] > GRANTED && h->in[1] <= REJECTED + 2)
		handshake_fail(h, "%s", names[h->in[1] - REJECTED]);
	else
		handshake_fail(h, "SOCKS4 reply code %d", h->in[1]);
}

/* SOCKS 4A: the invalid address 0.0.0.1 announces a host name. */
static void
socks4_start(struct handshake *h)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	const char *user = h->proxy->user != NULL ? h->proxy->user : "";
	bool name = address_type(h->proxy->target, bytes) == TYPE_NAME;

	handshake_put(h, "\4\1", 2);
	put_port(h);
	handshake_put(h, name ? (const void *)"\0\0\0\1" : bytes, 4);
	handshake_put(h, user, strlen(user) + 1);
	if (name)
		handshake_put(h, h->proxy->target,
		    strlen(h->proxy->target) + 1);
	handshake_expect(h, SOCKS4_ANSWER, socks4_reply);
}

void
proxy_start(struct handshake *h, const struct proxy *p)
{
	static void (*const start[])(struct handshake *) = {
		[PROXY_SOCKS5] = socks5_start,
		[PROXY_SOCKS4] = socks4_start,
		[PROXY_CONNECT] = http_start,
	};

	memset(h, 0, sizeof *h);
	h->proxy = p;
	start[p->type](h);
}

/* A line that is too long overwrites the last byte kept; its end counts. */
void
proxy_feed(struct handshake *h, const unsigned char *data, size_t n)
{
	h->nout = h->sent = 0;
	for (size_t i = 0; i < n && h->want > 0; i++) {
		if (h->nin == sizeof h->in)
			h->nin--;
		h->in[h->nin++] = data[i];
		h->total++;
		h->want--;
		h->check(h);
	}
}

short
proxy_events(const struct handshake *h)
{
	return h->sent < h->nout ? POLLOUT : POLLIN;
}

/* Receive a part of the answer. Returns as recv(2) does. */
static ssize_t
receive(struct handshake *h, int fd)
{
	unsigned char data[PROXY_ANSWER];
	size_t n = h->want < sizeof data ? h->want : sizeof data;
	ssize_t got = sock_recv(fd, data, n);

	if (got > 0)
		proxy_feed(h, data, (size_t)got);
	return got;
}

/*
 * Send a part of the request. A proxy may have refused and closed before it was
 * asked: then receive its answer. Returns as send(2) does.
 */
static ssize_t
transmit(struct handshake *h, int fd)
{
	ssize_t n = sock_send(fd, h->out + h->sent, h->nout - h->sent);
	int error = errno;

	if (n != -1)
		h->sent += (size_t)n;
	else if (!sock_later(error) && receive(h, fd) > 0)
		return 1;
	errno = error;
	return n;
}

int
proxy_step(struct handshake *h, int fd)
{
	ssize_t n = h->sent < h->nout ? transmit(h, fd) : receive(h, fd);

	if (n == 0)
		handshake_fail(h, "the proxy closed the connection");
	if (n == -1 && !sock_later(errno))
		return DIAL_FAILED;
	if (h->want > 0)
		return DIAL_PENDING;
	errno = h->reason;
	return *h->error == '\0' ? 0 : DIAL_FAILED;
}

void
proxy_report(const struct handshake *h, const char *why)
{
	char text[PROXY_TEXT];

	proxy_text(h->proxy, text);
	if (*h->error != '\0')
		why = h->error;
	say("connect to %s: %s", text, why);
}
