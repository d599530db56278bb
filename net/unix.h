#ifndef UNIX_H
#define UNIX_H

#include <stdbool.h>
#include <sys/types.h>

struct addr;

/* A socket file that bind(2) created, to be removed on exit. */
struct unix_file {
	char path[128]; /* "" for none */
	char dir[128];  /* private directory around it, "" for none */
	dev_t dev;
	ino_t ino;
};

/*
 * The address of a socket file; on Linux "@name" is an abstract name
 * (unix(7)). Returns 0; -1 if the path is empty or too long for sun_path.
 */
int unix_addr(struct addr *a, const char *path);

/*
 * bind(2) fd to the path and remember the file in *file. If replace is set, a
 * stale socket, one that nobody listens on, is replaced. The file's mode is
 * 0777 less the umask(2). Returns 0; -1 and errno: EEXIST if the file is not
 * a socket, EADDRINUSE if it is in use.
 */
int unix_bind(int fd, const struct addr *a, bool replace,
    struct unix_file *file);

/*
 * bind(2) fd to a new name, so that replies can reach it. The file is in a
 * new directory of mode 0700 under TMPDIR or /tmp. Returns 0; -1 and errno.
 */
int unix_bind_private(int fd, struct unix_file *file);

/*
 * Remove the file and its directory, unless another file has taken its place.
 * Async-signal-safe.
 */
void unix_remove(struct unix_file *file);

#endif
