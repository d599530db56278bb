#ifndef SLIPS_H
#define SLIPS_H

#include "../opts.h"

#include <stdbool.h>

/* What people type by mistake as operands, and what to type instead. */

/*
 * Do the host, which may be NULL, and the port have the form that the program
 * takes? given is the set of the options given. If so, the operands are no
 * mistake that slips_advise() knows.
 */
bool slips_unlikely(const char *host, const char *port,
    unsigned long long given);

/*
 * Are the operands, on a command line that is wrong, a known mistake? Then
 * o->error says what to type instead.
 */
bool slips_advise(struct opts *o);

#endif
