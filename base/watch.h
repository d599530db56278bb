#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

/*
 * Many descriptors that are silent most of the time, which one descriptor
 * stands for: poll(2) finds it readable if any of them has an event (Linux,
 * epoll(7)). poll(2) takes time for each place, and of these there are few.
 */

/* The descriptor; -1: the system has none, or none is left. */
int watch_open(void);

/*
 * Add a descriptor, with the events of poll(2) that are waited for; what is
 * what watch_take() returns. Returns false if the system does not allow it.
 */
bool watch_add(int w, int fd, int events, void *what);

/* Remove a descriptor, before it is closed. It may not have been added. */
void watch_remove(int w, int fd);

/*
 * Which have events? Up to n go to what[], some perhaps twice. Returns how
 * many; never waits.
 */
int watch_take(int w, void **what, int n);

#endif
