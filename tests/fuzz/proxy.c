/*
 * Fuzz target of the proxy handshakes. The first byte of the input gives the
 * protocol and whether there is a login, the second one in what pieces the
 * answer comes. Then follow the target, user and password, each up to a NUL
 * byte, and the proxy's answer. The outcome and the requests are the same
 * however the answer is cut, and no byte after it is taken.
 */
#include "../../net/proxy.h"
#include "must.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD = 3000, REQUESTS = 3 * PROXY_REQUEST };

struct input {
	const uint8_t *data;
	size_t n;
};

/* What came of a handshake. */
struct outcome {
	size_t taken, nsent;
	bool done;
	char error[sizeof((struct handshake *)NULL)->error];
	unsigned char sent[REQUESTS];
};

/* The bytes up to the next NUL, as a string that may be cut. */
static void
next_field(struct input *in, char *text)
{
	size_t len = 0;

	for (; in->n > 0 && *in->data != '\0'; in->data++, in->n--)
		if (len < FIELD - 1)
			text[len++] = (char)*in->data;
	text[len] = '\0';
	if (in->n > 0) {
		in->data++;
		in->n--;
	}
}

static void
note_request(struct outcome *o, const struct handshake *h)
{
	MUST(h->nout <= sizeof h->out && o->nsent + h->nout <= REQUESTS);
	memcpy(o->sent + o->nsent, h->out, h->nout);
	o->nsent += h->nout;
}

static void
converse(struct outcome *o, const struct proxy *p, const struct input *in,
    size_t piece)
{
	struct handshake h;

	memset(o, 0, sizeof *o);
	proxy_start(&h, p);
	note_request(o, &h);
	while (h.want > 0 && o->taken < in->n) {
		size_t n = in->n - o->taken;

		n = n < h.want ? n : h.want;
		n = n < piece ? n : piece;
		proxy_feed(&h, in->data + o->taken, n);
		o->taken += n;
		note_request(o, &h);
	}
	MUST(h.want == 0 || *h.error == '\0');
	o->done = h.want == 0;
	memcpy(o->error, h.error, sizeof o->error);
}

/* Requests, outcome and, unless it has failed, the length are the same. */
static void
compare(const struct outcome *a, const struct outcome *b)
{
	MUST(a->done == b->done && strcmp(a->error, b->error) == 0);
	MUST(a->nsent == b->nsent && memcmp(a->sent, b->sent, a->nsent) == 0);
	MUST(*a->error != '\0' || a->taken == b->taken);
}

/* The length of the answers of SOCKS that granted a connection. */
static size_t
socks_length(const struct proxy *p, const uint8_t *data)
{
	size_t n = 2;

	if (p->type == PROXY_SOCKS4)
		return 8;
	if (data[1] == 2)
		n += 2;
	switch (data[n + 3]) {
	case 1:
		return n + 10;
	case 3:
		return n + 7 + data[n + 4];
	default:
		MUST(data[n + 3] == 4);
		return n + 22;
	}
}

/* The length of a header up to its empty line. */
static size_t
head_length(const uint8_t *data, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (data[i] == '\n' && (data[i - 1] == '\n' ||
		    (data[i - 1] == '\r' && i > 1 && data[i - 2] == '\n')))
			return i + 1;
	return n + 1;
}

/* Interim answers, and then one of success. */
static size_t
http_length(const uint8_t *data, size_t n)
{
	size_t at = 0;

	while (n - at > 9 && data[at + 9] == '1')
		at += head_length(data + at, n - at);
	MUST(n - at > 9 && data[at + 9] == '2');
	return at + head_length(data + at, n - at);
}

static void
check_split(const char *text)
{
	char host[PROXY_HOST], again[FIELD + PROXY_HOST];
	const char *port;

	if (!proxy_split(text, host, &port))
		return;
	MUST(*host != '\0' && strlen(host) < PROXY_HOST);
	snprintf(again, sizeof again, *text == '[' ? "[%s]%s%s" : "%s%s%s",
	    host, port != NULL ? ":" : "", port != NULL ? port : "");
	MUST(strcmp(text, again) == 0);
}

static void
check_handshake(const struct proxy *p, const struct input *in, size_t piece)
{
	static struct outcome whole, pieces, bytes;

	converse(&whole, p, in, SIZE_MAX);
	converse(&pieces, p, in, piece);
	converse(&bytes, p, in, 1);
	compare(&whole, &pieces);
	compare(&whole, &bytes);
	if (whole.done && *whole.error == '\0')
		MUST(whole.taken == (p->type == PROXY_CONNECT
		    ? http_length(in->data, in->n)
		    : socks_length(p, in->data)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char target[FIELD], user[FIELD], password[FIELD];
	struct proxy p = { .port = 1080, .host = "proxy" };
	struct input in = { data + 2, n - 2 };

	if (n < 2)
		return 0;
	next_field(&in, target);
	next_field(&in, user);
	next_field(&in, password);
	p.type = (enum proxy_type)(data[0] % 3);
	p.user = data[0] & 4 ? user : NULL;
	p.password = data[0] & 4 ? password : NULL;
	check_split(target);
	if (proxy_set_target(&p, target, data[0] << 8 | data[1],
	    (data[0] & 8) != 0) == STATUS_OK && proxy_login_fits(&p))
		check_handshake(&p, &in, 1 + data[1] % 7u);
	return 0;
}
