#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <stddef.h>

struct handshake;

/* What the handshakes of net/proxy.c and net/http.c are made of. */

/* The handshake has failed, with this reason. */
void handshake_fail(struct handshake *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Append to the request. Logins and hosts were checked, so that it fits. */
void handshake_put(struct handshake *h, const void *data, size_t n);
void handshake_put_byte(struct handshake *h, int byte);

/* Expect an answer of n bytes, or of at least n; check() asks for more. */
void handshake_expect(struct handshake *h, size_t n,
    void (*check)(struct handshake *));

/* What to do about a proxy that wants a login. */
const char *handshake_hint(const struct handshake *h);

#endif
