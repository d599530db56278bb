#ifndef WAIT_H
#define WAIT_H

#include <poll.h>

struct timespec;

enum waited { WAIT_READY, WAIT_TIMEOUT, WAIT_STOPPED, WAIT_FAILED };

/*
 * Wait until poll(2) has these events, or an error, for fd; -1 waits for none.
 * Gives up at "until", a clock_ms() or NEVER, and after a signal to stop: see
 * signals_catch(). An event that is there already counts even then. After
 * WAIT_FAILED errno tells why.
 */
enum waited wait_fd(int fd, short events, long long until);

/* The same for n descriptors. p has one more entry, which is used here. */
enum waited wait_any(struct pollfd *p, int n, long long until);

/*
 * poll(2), but places whose fd is -1 do not count: it fails with EINVAL if it
 * gets more places than RLIMIT_NOFILE, unused ones included.
 */
int wait_poll(struct pollfd *p, nfds_t n, int timeout);

/*
 * From now on this is called after each wait_poll(): with the time at which it
 * began, by CLOCK_REALTIME, its arguments, and its result. It keeps errno.
 */
typedef void wait_watcher(const struct timespec *began, const struct pollfd *p,
    nfds_t n, int timeout, int ready);
void wait_watch(wait_watcher *watcher);

#endif
