#ifndef ASK_H
#define ASK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ends;

/*
 * A lookup that holds up nobody: a child process does it, and answers by a
 * pipe. What needs no resolver is looked up at once, without a child.
 */
struct ask {
	struct pollfd place; /* the pipe, for poll(2); fd -1: no child runs */
	pid_t child;
	bool quiet;          /* report no failure */
	char *answer;        /* the bytes that have come so far */
	size_t n, cap;
};

/*
 * Look up *e, as lookup_ends() does. If a child has to do that, its descriptor
 * is in a->place, and it closes those from 3 to highest: a connection ends for
 * the other side when all its copies are closed. quiet: report no failure, of
 * the steps either.
 * Returns 1 if e has the addresses, 0 if a child looks for them; -1 and errno
 * after reporting the failure.
 */
int ask_start(struct ask *a, struct ends *e, int highest, bool quiet);

/* The pipe is readable. Returns as ask_start() does. */
int ask_step(struct ask *a, struct ends *e);

/* End the child, if one runs; free what there is. */
void ask_end(struct ask *a);

#endif
