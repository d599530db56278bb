#ifndef LIMIT_H
#define LIMIT_H

#include <sys/resource.h>

/*
 * Many clients need many descriptors: use as many as the hard limit allows and
 * poll(2) takes. When they run out, clients wait, and that is reported. Returns
 * the limit as it was, for the commands that we start: see getrlimit(2).
 */
struct rlimit limit_raise(void);

#endif
