#ifndef MISTAKES_H
#define MISTAKES_H

#include "../opts.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What people type by mistake, and what to type instead. Nothing here knows
 * what the options do. A valid command line costs only comparisons of strings.
 */

/* What to do instead of an unknown option, "-D" or "--zero"; NULL: unknown. */
const char *mistake_option(const char *option);

/* What is wrong with this argument of an option; NULL: nothing is known. */
const char *mistake_argument(enum opt opt, const char *arg);

/*
 * Do the host, which may be NULL, and the port have the form that the program
 * takes? given is the set of the options given. If so, the operands are no
 * mistake that mistake_operands() knows.
 */
bool mistake_unlikely(const char *host, const char *port,
    unsigned long long given);

/*
 * Are the n operands, on a command line that is wrong, a known mistake? Then
 * what to type instead is written to text, which holds size bytes; else text
 * stays as it is.
 */
bool mistake_operands(int n, char **operand, unsigned long long given,
    char *text, size_t size);

/*
 * Do at most n insertions, deletions, replacements and swaps of neighbouring
 * letters turn what was typed into the name?
 */
bool mistake_near(const char *typed, const char *name, size_t n);

#endif
