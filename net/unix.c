/* Names in the file system, for sockets. */
#include "unix.h"
#include "addr.h"

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
#if defined(__linux__) && !defined(POSIX_ONLY)
	if (*path == '@') {
		a->is.un.sun_path[0] = '\0';
		a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    n);
	}
#endif
	return 0;
}

/*
 * Does nobody hold the socket any more? Asked with a datagram socket, a stream
 * that is listened on sees nothing of it (EPROTOTYPE).
 */
static bool
stale(const struct addr *a)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	bool refused;

	if (fd == -1)
		return false;
	refused = connect(fd, &a->is.any, a->len) == -1 &&
	    errno == ECONNREFUSED;
	close(fd);
	return refused;
}

/* Is it still that file? Its number alone may be another's by now. */
static bool
unchanged(const char *path, const struct stat *was)
{
	struct stat now;

	return lstat(path, &now) == 0 && now.st_dev == was->st_dev &&
	    now.st_ino == was->st_ino &&
	    now.st_ctim.tv_sec == was->st_ctim.tv_sec &&
	    now.st_ctim.tv_nsec == was->st_ctim.tv_nsec;
}

/* Make way for a socket at the path. 0, or -1 and errno. */
static int
clear_way(const struct addr *a, bool replace)
{
	const char *path = a->is.un.sun_path;
	struct stat st;
	bool there = !abstract(a) && lstat(path, &st) == 0;

	if (there && !S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	if (!there || !replace || !stale(a) || !unchanged(path, &st)) {
		errno = EADDRINUSE;
		return -1;
	}
	return unlink(path) == -1 && errno != ENOENT ? -1 : 0;
}

int
unix_bind(int fd, const struct addr *a, bool replace, struct unix_file *file)
{
	struct stat st;

	if (bind(fd, &a->is.any, a->len) == -1 && (errno != EADDRINUSE ||
	    clear_way(a, replace) == -1 || bind(fd, &a->is.any, a->len) == -1))
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
	int kept;

	snprintf(file->dir, sizeof file->dir, "%s/sockcat.XXXXXX",
	    tmp == NULL || *tmp == '\0' || strlen(tmp) > 80 ? "/tmp" : tmp);
	if (mkdtemp(file->dir) == NULL) {
		file->dir[0] = '\0';
		return -1;
	}
	snprintf(path, sizeof path, "%s/s", file->dir);
	if (unix_addr(&a, path) == 0 && unix_bind(fd, &a, false, file) == 0)
		return 0;
	kept = errno;
	unix_remove(file);
	errno = kept;
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
