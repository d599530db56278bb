#ifndef SOCKOPTS_H
#define SOCKOPTS_H

#include "../net/sockopt.h"
#include "../opts.h"

#include <stddef.h>

/*
 * The socket options of -K, which have to suit the sockets of this family
 * (AF_UNSPEC: IPv4 and IPv6) and type. Returns 0, or -1 with the reason
 * in text, which holds size bytes. The strings in *list are o's.
 */
int sockopts_parse(const struct opts *o, int family, int type,
    struct sockopts *list, char *text, size_t size);

#endif
