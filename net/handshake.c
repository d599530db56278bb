/* What the handshakes with all proxies have in common. */
#include "handshake.h"
#include "proxy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
handshake_fail(struct handshake *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(h->error, sizeof h->error, fmt, ap);
	va_end(ap);
	h->reason = EPROTO;
	h->want = 0;
}

void
handshake_put(struct handshake *h, const void *data, size_t n)
{
	memcpy(h->out + h->nout, data, n);
	h->nout += n;
}

void
handshake_put_byte(struct handshake *h, int byte)
{
	h->out[h->nout++] = (unsigned char)byte;
}

void
handshake_expect(struct handshake *h, size_t n,
    void (*check)(struct handshake *))
{
	h->want = n;
	h->nin = 0;
	h->check = check;
}

const char *
handshake_hint(const struct handshake *h)
{
	if (h->proxy->user == NULL)
		return "; give a login with -P";
	return "; the proxy refused the login";
}
