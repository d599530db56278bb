#ifndef SOCKOPT_H
#define SOCKOPT_H

#include <stdbool.h>

/* The socket options of -K, by name. */

/* What the value of an option is. */
enum sockopt_kind {
	SOCKOPT_SECONDS, /* whole seconds */
	SOCKOPT_MS,      /* a time in milliseconds */
	SOCKOPT_NUMBER,
	SOCKOPT_FLAG,    /* 0 or 1 */
	SOCKOPT_TEXT,    /* a name */
};

/* A name that a user may give. */
struct sockopt_name {
	const char *name;
	enum sockopt_kind kind;
	long long min, max; /* of a number, or of the length of a text */
};

enum { SOCKOPT_NAMES = 13, SOCKOPT_GIVEN = 32 };

extern const struct sockopt_name sockopt_names[SOCKOPT_NAMES];

/* The options given, in their order. */
struct sockopts {
	int n;
	struct sockopt {
		int id; /* an index into sockopt_names */
		int value;
		const char *text;
	} given[SOCKOPT_GIVEN];
};

/* Does this system have the option? */
bool sockopt_exists(int id);

/* May a socket of this family and type have it? */
bool sockopt_suits(int id, int family, int type);

/* The protocol for socket(2): multipath TCP or 0, the usual one. */
int sockopt_protocol(const struct sockopts *list, int family, int type);

/*
 * setsockopt(2) of each option that suits a socket of this family and type.
 * NULL is an empty list. Returns true; false and errno after reporting which
 * one the system refuses, and what it requires.
 */
bool sockopt_set(int fd, int family, int type, const struct sockopts *list);

/* The same for a socket of accept(2), which inherits all but a few. */
void sockopt_set_accepted(int fd, int family, const struct sockopts *list);

/*
 * Set the options of a socket of this family and type, and close it: returns
 * what sockopt_set() returned, or true if no such socket can be made.
 */
bool sockopt_try(int family, int type, const struct sockopts *list);

#endif
