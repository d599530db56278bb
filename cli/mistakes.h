#ifndef MISTAKES_H
#define MISTAKES_H

#include "../opts.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What people type by mistake for options, and what to type instead. A valid
 * command line costs only comparisons of strings.
 */

/* What to do instead of an unknown option, "-D" or "--zero"; NULL: unknown. */
const char *mistake_option(const char *option);

/*
 * Is the argument of an option, which takes no such argument, a known mistake?
 * Then what to type instead is written to text, which holds size bytes.
 */
bool mistake_argument(enum opt opt, const char *arg, char *text, size_t size);

/*
 * Is the word, "-lk", a group of letters, and not a long option with one dash?
 * next is the word after it, or "".
 */
bool mistake_is_group(const char *word, const char *next);

/*
 * Do at most n insertions, deletions, replacements and swaps of neighbouring
 * letters turn what was typed into the name?
 */
bool mistake_near(const char *typed, const char *name, size_t n);

#endif
