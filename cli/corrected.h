#ifndef CORRECTED_H
#define CORRECTED_H

#include "../opts.h"

#include <stddef.h>

/*
 * Write the options that were given, and the flags whose letters are in more,
 * as a corrected command has them: "-lk -w 5 ". Passwords are left out. text
 * holds size bytes; a longer one is cut. Returns text, "" if there are none.
 */
const char *corrected_options(const struct opts *o, const char *more,
    char *text, size_t size);

#endif
