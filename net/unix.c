/* Socket files: bind to a path, replace a stale socket, remove on exit. */
#include "unix.h"
#include "../base/system.h"
#include "addr.h"
#include "sock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
abstract(const struct addr *a)
{
	return a->is.un.sun_path[0] == '\0';
}

int
unix_addr(struct addr *a, const char *path)
{
	size_t n = strlen(path);

	*a = (struct addr){ .len = sizeof a->is.un };
	a->is.un.sun_family = AF_UNIX;
	if (n == 0 || n >= sizeof a->is.un.sun_path)
		return -1;
	memcpy(a->is.un.sun_path, path, n);
	if (ABSTRACT_NAMES && *path == '@') {
		a->is.un.sun_path[0] = '\0';
		a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    n);
	}
	return 0;
}

/*
 * Is the socket file left over from a program that has exited? The probe is a
 * datagram socket, which a listening stream socket does not notice
 * (EPROTOTYPE), and which no full backlog refuses, as the BSDs' does a stream.
 */
static bool
stale(const struct addr *a)
{
	static const struct sock_opts none = { -1, -1, -1, false, NULL };
	int fd = sock_open(AF_UNIX, SOCK_DGRAM, &none);
	bool refused;

	if (fd == -1)
		return false;
	refused = sock_connect(fd, a) == -1 && errno == ECONNREFUSED;
	sock_close(fd);
	return refused;
}

/* Is it the same file? An inode number may be reused at once. */
static bool
unchanged(const char *path, const struct stat *before)
{
	struct stat now;

	return lstat(path, &now) == 0 && now.st_dev == before->st_dev &&
	    now.st_ino == before->st_ino &&
	    now.st_ctim.tv_sec == before->st_ctim.tv_sec &&
	    now.st_ctim.tv_nsec == before->st_ctim.tv_nsec;
}

/* Has another process removed the file? */
static bool
gone(const struct addr *a)
{
	struct stat st;

	return !abstract(a) && lstat(a->is.un.sun_path, &st) == -1 &&
	    errno == ENOENT;
}

/*
 * Remove a stale socket from the path, unless it is gone already. Returns 0; -1
 * and errno.
 */
static int
remove_stale(const struct addr *a, bool replace)
{
	const char *path = a->is.un.sun_path;
	struct stat st;
	bool exists = !abstract(a) && lstat(path, &st) == 0;

	if (exists && !S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	if (!exists || !replace || !stale(a) || !unchanged(path, &st)) {
		if (gone(a))
			return 0;
		errno = EADDRINUSE;
		return -1;
	}
	return unlink(path) == -1 && errno != ENOENT ? -1 : 0;
}

int
unix_bind(int fd, const struct addr *a, bool replace, struct unix_file *file)
{
	struct stat st;

	if (sock_bind(fd, a) == -1 && (errno != EADDRINUSE ||
	    remove_stale(a, replace) == -1 || sock_bind(fd, a) == -1))
		return -1;
	if (abstract(a) || lstat(a->is.un.sun_path, &st) == -1)
		return 0;
	snprintf(file->path, sizeof file->path, "%s", a->is.un.sun_path);
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	return 0;
}

int
unix_bind_private(int fd, struct unix_file *file)
{
	const char *tmp = getenv("TMPDIR");
	char path[sizeof file->dir + 2];
	struct addr a;
	int error;

	snprintf(file->dir, sizeof file->dir, "%s/sockcat.XXXXXX",
	    tmp == NULL || *tmp == '\0' || strlen(tmp) > 80 ? "/tmp" : tmp);
	if (mkdtemp(file->dir) == NULL) {
		file->dir[0] = '\0';
		return -1;
	}
	snprintf(path, sizeof path, "%s/s", file->dir);
	if (unix_addr(&a, path) == 0 && unix_bind(fd, &a, false, file) == 0)
		return 0;
	error = errno;
	unix_remove(file);
	errno = error;
	return -1;
}

void
unix_remove(struct unix_file *file)
{
	struct stat st;

	if (*file->path != '\0' && lstat(file->path, &st) == 0 &&
	    st.st_dev == file->dev && st.st_ino == file->ino)
		unlink(file->path);
	if (*file->dir != '\0')
		rmdir(file->dir);
	file->path[0] = file->dir[0] = '\0';
}
