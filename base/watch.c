/* One descriptor for many: epoll(7), where there is one. */
#include "watch.h"

#include <stddef.h>

#if defined(__linux__) && !defined(POSIX_ONLY)
#include <sys/epoll.h>

enum { TAKEN = 64 };

int
watch_open(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

/* The events have the same numbers as those of poll(2) (epoll_ctl(2)). */
bool
watch_add(int w, int fd, int events, void *what)
{
	struct epoll_event e = { .events = (unsigned int)events,
		.data.ptr = what };

	return epoll_ctl(w, EPOLL_CTL_ADD, fd, &e) == 0;
}

void
watch_remove(int w, int fd)
{
	struct epoll_event none = { 0 };

	epoll_ctl(w, EPOLL_CTL_DEL, fd, &none);
}

int
watch_take(int w, void **what, int n)
{
	struct epoll_event e[TAKEN];
	int found = epoll_wait(w, e, n < TAKEN ? n : TAKEN, 0);

	for (int i = 0; i < found; i++)
		what[i] = e[i].data.ptr;
	return found < 0 ? 0 : found;
}
#else
int
watch_open(void)
{
	return -1;
}

bool
watch_add(int w, int fd, int events, void *what)
{
	(void)w;
	(void)fd;
	(void)events;
	(void)what;
	return false;
}

void
watch_remove(int w, int fd)
{
	(void)w;
	(void)fd;
}

int
watch_take(int w, void **what, int n)
{
	(void)w;
	(void)what;
	(void)n;
	return 0;
}
#endif
