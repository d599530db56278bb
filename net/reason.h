#ifndef REASON_H
#define REASON_H

#include <stdbool.h>

struct addr;
struct dial_params;
struct listener;

/* Why a connection or a listener failed, with what to do about it if known. */

enum { REASON_TEXT = 256 };

/* In place of an errno: nobody has answered in time. */
enum { REASON_SILENCE = -1 };

/*
 * Why d could not connect from a local address, NULL if none was given, to
 * another: strerror(error), and what to do. text holds REASON_TEXT bytes.
 * Returns text.
 */
const char *reason_connect(const struct dial_params *d, const struct addr *from,
    const struct addr *to, int error, char *text);

/* The same for a listener on this address. */
const char *reason_listen(const struct listener *l, const struct addr *at,
    int error, char *text);

/*
 * Why a datagram cannot be sent to this address, or its group not be joined: if
 * no route leads there, the operands to type instead, after these options, such
 * as "-lu".
 */
const char *reason_group(const struct addr *to, int error, const char *options,
    char *text);

/*
 * "no answer within 1 s (-w)"; without the time if limit, in milliseconds, is
 * NEVER. Returns text.
 */
const char *reason_silence(long long limit, char *text);

#endif
