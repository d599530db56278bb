#ifndef UNIX_H
#define UNIX_H

#include <stdbool.h>
#include <sys/types.h>

struct addr;

/* A file that was made for a socket, and goes when it does. */
struct unix_file {
	char path[128]; /* "" for none */
	char dir[128];  /* made for it too; "" for none */
	dev_t dev;
	ino_t ino;
};

/*
 * The address of a path, or on Linux of an abstract name with an '@' before
 * it (unix(7)). Returns 0; -1 if it is empty, or too long for sun_path.
 */
int unix_addr(struct addr *a, const char *path);

/*
 * bind(2) fd to the path, and remember in *file what that made; a socket there
 * that nobody listens on any more is replaced, if so asked. The mode is what
 * umask(2) leaves. Returns 0, or -1 and errno: EEXIST for what is no socket,
 * EADDRINUSE for one that is in use.
 */
int unix_bind(int fd, const struct addr *a, bool replace,
    struct unix_file *file);

/*
 * bind(2) fd to a name of its own, in a directory below TMPDIR or /tmp that
 * only the user can enter: datagrams can be answered then. 0, or -1 and errno.
 */
int unix_bind_private(int fd, struct unix_file *file);

/* Remove what was made, if it is still that; a signal handler may, too. */
void unix_remove(struct unix_file *file);

#endif
