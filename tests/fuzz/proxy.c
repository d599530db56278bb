/*
 * Fuzz target of the proxy handshakes. The first byte of the input gives the
 * protocol and whether there is a login, the second one the size of the pieces
 * in which the answer arrives. The target, user and password follow, each up to
 * a NUL byte, and then the proxy's answer. How the answer is split changes
 * neither the result nor the requests, and no byte after it is read.
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

/* The result of a handshake. */
struct result {
	size_t nread, nsent;
	bool done;
	char error[sizeof((struct handshake *)NULL)->error];
	unsigned char sent[REQUESTS];
};

/* The bytes up to the next NUL, as a string; what does not fit is dropped. */
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
record_request(struct result *r, const struct handshake *h)
{
	MUST(h->nout <= sizeof h->out && r->nsent + h->nout <= REQUESTS);
	memcpy(r->sent + r->nsent, h->out, h->nout);
	r->nsent += h->nout;
}

static void
run_handshake(struct result *r, const struct proxy *p, const struct input *in,
    size_t piece)
{
	struct handshake h;

	memset(r, 0, sizeof *r);
	proxy_start(&h, p);
	record_request(r, &h);
	while (h.want > 0 && r->nread < in->n) {
		size_t n = in->n - r->nread;

		n = n < h.want ? n : h.want;
		n = n < piece ? n : piece;
		proxy_feed(&h, in->data + r->nread, n);
		r->nread += n;
		record_request(r, &h);
	}
	MUST(h.want == 0 || *h.error == '\0');
	r->done = h.want == 0;
	memcpy(r->error, h.error, sizeof r->error);
}

/*
 * Requests and results are the same; so is the length that was read, unless the
 * handshake has failed.
 */
static void
compare(const struct result *a, const struct result *b)
{
	MUST(a->done == b->done && strcmp(a->error, b->error) == 0);
	MUST(a->nsent == b->nsent && memcmp(a->sent, b->sent, a->nsent) == 0);
	MUST(*a->error != '\0' || a->nread == b->nread);
}

/* The length of SOCKS answers that grant a connection. */
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

/* The length of a header, its empty line included. */
static size_t
head_length(const uint8_t *data, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (data[i] == '\n' && (data[i - 1] == '\n' ||
		    (data[i - 1] == '\r' && i > 1 && data[i - 2] == '\n')))
			return i + 1;
	return n + 1;
}

/* The first digit of the code of an answer: spaces stand before it. */
static int
code_digit(const uint8_t *data, size_t n)
{
	size_t i = sizeof "HTTP/1.1" - 1;

	while (i < n && data[i] == ' ')
		i++;
	return i < n ? data[i] : -1;
}

/* The length of an answer of success, and of interim ones before it. */
static size_t
http_length(const uint8_t *data, size_t n)
{
	size_t at = 0;

	while (code_digit(data + at, n - at) == '1')
		at += head_length(data + at, n - at);
	MUST(code_digit(data + at, n - at) == '2');
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
	static struct result whole, pieces, bytes;

	run_handshake(&whole, p, in, SIZE_MAX);
	run_handshake(&pieces, p, in, piece);
	run_handshake(&bytes, p, in, 1);
	compare(&whole, &pieces);
	compare(&whole, &bytes);
	if (whole.done && *whole.error == '\0')
		MUST(whole.nread == (p->type == PROXY_CONNECT
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
