/* The standard descriptors: what stands in for them, and how they block. */
#include "stdio.h"
#include "system.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 32 };

/* Without /dev/null, as in a chroot, the end of a pipe that nobody else has. */
static void
fill(int fd)
{
	int ends[2];

	if (open("/dev/null", O_RDWR) != -1 || pipe(ends) == -1)
		return;
	if (fd != STDIN_FILENO)
		dup2(ends[1], ends[0]);
	close(ends[1]);
}

void
stdio_fill(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			fill(fd);
	if ((fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) != O_WRONLY ||
	    !stdio_is_null())
		return;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	dup2(fd, STDIN_FILENO);
	close(fd);
}

bool
stdio_is_null(void)
{
	struct stat in, null;

	return fstat(STDIN_FILENO, &in) == 0 && S_ISCHR(in.st_mode) &&
	    stat("/dev/null", &null) == 0 && in.st_rdev == null.st_rdev;
}

bool
stdio_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags != -1 && (flags & O_NONBLOCK) != 0;
}

/*
 * A terminal is opened by its name, because /dev/fd/1 of a pty's master side is
 * another device. On the BSDs /dev/fd/1 is only a dup(2): the flag then shows
 * on both or on neither, and nothing is replaced.
 */
bool
stdio_own(int fd)
{
	char path[PATH_SIZE];
	const char *name = path;
	int shared = fcntl(fd, F_GETFL), own = -1;
	bool replaced;

	snprintf(path, sizeof path, "%s/%d", FD_PATH, fd);
	if (isatty(fd))
		name = ttyname(fd);
	else if (*FD_PATH == '\0')
		return false;
	if (shared != -1 && name != NULL)
		own = open(name, (shared & O_ACCMODE) | O_NONBLOCK | O_NOCTTY |
		    O_CLOEXEC);
	if (own == -1)
		return false;
	replaced = stdio_nonblocking(own) && !stdio_nonblocking(fd) &&
	    dup2(own, fd) != -1;
	close(own);
	return replaced;
}
