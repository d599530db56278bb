/* The handshake of HTTP CONNECT: its request, and the header of the answer. */
#include "http.h"
#include "handshake.h"
#include "proxy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { HEADER_MAX = 65536 }; /* bytes of an HTTP answer */

/* Is this, as far as it goes, "HTTP/1.1 200" and a space or line end? */
static bool
is_status_line(const char *line, size_t n)
{
	static const char form[] = "HTTP/1.0 000";
	size_t length = sizeof form - 1;

	for (size_t i = 0; i < n && i < length; i++)
		if (form[i] == '0' ? line[i] < '0' || line[i] > '9'
				   : line[i] != form[i])
			return false;
	return n <= length || line[length] == ' ' || line[length] == '\r' ||
	    line[length] == '\n';
}

/* A complete status line, without its line end. */
static void
http_status(struct handshake *h)
{
	const char *line = (const char *)h->in;

	h->code = 100 * (line[9] - '0') + 10 * (line[10] - '0') + line[11] -
	    '0';
	/* an interim answer (RFC 9110, 15.2): the one that counts follows */
	if (h->code / 100 != 2 && (h->code / 100 != 1 || h->code == 101))
		handshake_fail(h, "%s%s", line,
		    h->code == 407 ? handshake_hint(h) : "");
	/* Bad Gateway, Service Unavailable, Gateway Timeout */
	if (h->code >= 502 && h->code <= 504)
		h->reason = h->code == 504 ? ETIMEDOUT : EHOSTUNREACH;
}

/* A complete line is in h->in: the header ends with an empty one. */
static void
http_line(struct handshake *h)
{
	h->nin--;
	if (h->nin > 0 && h->in[h->nin - 1] == '\r')
		h->nin--;
	h->in[h->nin] = '\0';
	if (h->code == 0)
		http_status(h);
	else if (h->nin == 0 && h->code / 100 == 2)
		h->want = 0;
	else if (h->nin == 0)
		h->code = 0;
	h->nin = 0;
}

/* Some proxies send two spaces before the code: one is enough. */
static void
skip_spaces(struct handshake *h)
{
	const size_t at = sizeof "HTTP/1.0" - 1;

	while (h->nin > at + 1 && memcmp(h->in + at, "  ", 2) == 0) {
		h->nin--;
		memmove(h->in + at, h->in + at + 1, h->nin - at);
	}
}

/*
 * How much may be read without passing the end of the header: one byte at the
 * start of a line, whose LF may be the last; else two.
 */
static void
http_check(struct handshake *h)
{
	if (h->code == 0)
		skip_spaces(h);
	h->want = h->in[h->nin - 1] == '\n' ||
	    (h->nin == 1 && h->in[0] == '\r') ? 1 : 2;
	if (h->code == 0 && !is_status_line((const char *)h->in, h->nin))
		handshake_fail(h, "the answer is not HTTP/1");
	else if (h->total > HEADER_MAX)
		handshake_fail(h,
		    "the answer has a header of more than 64 KiB");
	else if (h->in[h->nin - 1] == '\n')
		http_line(h);
}

/* RFC 4648, section 4. */
static void
put_base64(struct handshake *h, const unsigned char *data, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned int bits = (unsigned int)data[i] << 16 |
		    (i + 1 < n ? (unsigned int)data[i + 1] << 8 : 0) |
		    (i + 2 < n ? data[i + 2] : 0);

		handshake_put_byte(h, digits[bits >> 18]);
		handshake_put_byte(h, digits[bits >> 12 & 63]);
		handshake_put_byte(h, i + 1 < n ? digits[bits >> 6 & 63] : '=');
		handshake_put_byte(h, i + 2 < n ? digits[bits & 63] : '=');
	}
}

static void
put_text(struct handshake *h, const char *text)
{
	handshake_put(h, text, strlen(text));
}

void
http_start(struct handshake *h)
{
	const struct proxy *p = h->proxy;
	char host[PROXY_HOST + 2], at[PROXY_HOST + 16], login[PROXY_LOGIN + 1];

	snprintf(at, sizeof at, "%s:%d", proxy_bracketed(p->target, host),
	    p->target_port);
	put_text(h, "CONNECT ");
	put_text(h, at);
	put_text(h, " HTTP/1.1\r\nHost: ");
	put_text(h, at);
	if (p->user != NULL) {
		snprintf(login, sizeof login, "%s:%s", p->user, p->password);
		put_text(h, "\r\nProxy-Authorization: Basic ");
		put_base64(h, (unsigned char *)login, strlen(login));
	}
	put_text(h, "\r\n\r\n");
	handshake_expect(h, 1, http_check);
}
