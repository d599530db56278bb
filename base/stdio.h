#ifndef STDIO_FDS_H
#define STDIO_FDS_H

#include <stdbool.h>

/*
 * The descriptors 0, 1 and 2, which the program shares with the shell: their
 * file descriptions are left as they are.
 */

/*
 * If 0, 1 or 2 is closed, a socket would get its number: something that gives
 * and takes nothing gets it. A stdin of /dev/null that is open for writing only
 * is opened again, to be read.
 */
void stdio_fill(void);

/* Is stdin /dev/null? Then it has nothing to send, not even an EOF. */
bool stdio_is_null(void);

/*
 * Give fd, which is standard output or error, a non-blocking file description
 * of our own, where the system can do that. Returns whether it has one.
 */
bool stdio_own(int fd);

/* Does the file description of fd have O_NONBLOCK? */
bool stdio_nonblocking(int fd);

#endif
