#ifndef PARSE_H
#define PARSE_H

#include "../opts.h"
#include "value.h"

#include <stddef.h>

/* The table of the options, for the parser. */

/* What an option sets: numbers of all kinds, and what follows. */
enum kind {
	NUMBER = VALUE_NUMBER, BYTES = VALUE_BYTES, TIME = VALUE_TIME,
	TOS = VALUE_TOS, OCTAL = VALUE_OCTAL,
	FLAG, COUNT, LIMITS, LIST, LOGIN, STRING
};

/* Of the help. */
enum section { CONNECT, LISTEN, ADDRESS, DATA, ENDS, WATCH, GENERAL, SECTIONS };

struct option {
	char letter;      /* '\0': the option has only a name */
	const char *name; /* of the long option, after "--" */
	const char *arg;  /* its argument in the help; NULL: none */
	enum kind kind;
	size_t field; /* its offset in struct opts */
	enum section section;
	const char *help; /* NULL: the option is not shown */
	long long min, max;
};

extern const struct option opts_table[OPTS];

#endif
