#ifndef RULES_H
#define RULES_H

#include "../opts.h"

/*
 * Check which options were given together. Returns 0, or -1 with the reason in
 * o->error.
 */
int rules_check(struct opts *o);

#endif
