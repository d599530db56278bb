#ifndef PATTERNS_H
#define PATTERNS_H

#include "../opts.h"

#include <stdbool.h>

/*
 * Do the operands, on a command line that is wrong, match a known mistake? Then
 * o->error says what to type instead. This compiles regular expressions.
 */
bool patterns_advise(struct opts *o);

#endif
