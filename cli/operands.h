#ifndef OPERANDS_H
#define OPERANDS_H

#include "../opts.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Set o->host, o->port and o->path by the operands. Returns 0, or -1 with the
 * reason in o->error.
 */
int operands_parse(struct opts *o);

/* Is the port to listen on that of -p, and not an operand? */
bool operands_port_is_source(const struct opts *o);

/*
 * With -z: how many of the operands from this one on are a host and its ports.
 * After the host and one word come further words that begin with a digit and
 * have no '.' and no ':'.
 */
int operands_of_host(const struct opts *o, int first);

/* Join n words by spaces; a text that is longer than size bytes is cut. */
void operands_join(char *text, size_t size, int n, char **word);

/*
 * The operands with a space before each, for a corrected command: " host 80".
 * text has OPERANDS_TEXT bytes; what does not fit is cut. Returns text.
 */
enum { OPERANDS_TEXT = 256 };
const char *operands_text(const struct opts *o, char *text);

#endif
