/*
 * Fault injection: one chosen call to the C library fails, once.
 *
 *	FAULT=call:what:n[:file] LD_PRELOAD=tests/build/fault.so sockcat ...
 *
 * The nth use of the call fails with the error "what", such as ENOMEM, or
 * transfers a single byte if that is "short". With n = 0 calls are only
 * counted. Three are what other systems do: an accept that is "unnamed" gives
 * no address; with "unwatched" every poll ignores entries without events and
 * refuses devices; with "full" every connect of a stream is refused, as by a
 * full backlog. fault.h has the names of the calls: "malloc" is every
 * allocation, "say" is write(2) to standard error, "write" is write(2) to
 * standard output. The file has to exist; a struct fault_report is written to
 * it by the first program that opens it: in commands which that one starts, no
 * call fails. No name server is used: every name resolves to 127.0.0.1.
 */
#undef _FORTIFY_SOURCE /* this file defines the functions it redirects */
#include "fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RTLD_NEXT
#define RTLD_NEXT ((void *)-1L) /* POSIX has it since 2024 */
#endif

/* neither an errno nor an EAI_... value */
enum { SHORT = -1000, UNNAMED, UNWATCHED, FULL };

enum { LONG_WAIT = 10000 }; /* ms */

static struct fault_report own, *report = &own;
static bool armed;
static int chosen = -1, error, nth;

static const struct {
	const char *name;
	int error;
} errors[] = {
#define ERROR(e) { #e, e }
	ERROR(EACCES), ERROR(EADDRINUSE), ERROR(EADDRNOTAVAIL),
	ERROR(EAFNOSUPPORT), ERROR(EAGAIN), ERROR(EBADF), ERROR(EBUSY),
	ERROR(ECHILD), ERROR(E2BIG), ERROR(ENOEXEC),
	ERROR(ECONNABORTED), ERROR(ECONNREFUSED), ERROR(ECONNRESET),
	ERROR(EDQUOT), ERROR(EFBIG), ERROR(EHOSTUNREACH), ERROR(EINTR),
	ERROR(EINVAL), ERROR(EIO), ERROR(EISDIR), ERROR(EMFILE),
	ERROR(EMSGSIZE), ERROR(ENETDOWN), ERROR(ENETUNREACH), ERROR(ENFILE),
	ERROR(ENOBUFS), ERROR(ENOENT), ERROR(ENOMEM), ERROR(ENOPROTOOPT),
	ERROR(ENOSPC), ERROR(ENOTCONN), ERROR(ENXIO), ERROR(EPERM),
	ERROR(EPIPE), ERROR(EPROTO), ERROR(EPROTOTYPE), ERROR(ETIMEDOUT),
	ERROR(EAI_AGAIN),
	ERROR(EAI_FAIL), ERROR(EAI_MEMORY), ERROR(EAI_NONAME),
	ERROR(EAI_SYSTEM), { "short", SHORT }, { "unnamed", UNNAMED },
	{ "unwatched", UNWATCHED }, { "full", FULL },
#undef ERROR
};

/* Find the C library's function. dlsym(3) may allocate: see calloc(). */
#define REAL(call) \
	static __typeof__(&call) real; \
	if (real == NULL) \
		*(void **)&real = dlsym(RTLD_NEXT, #call)

static void
choose(const char *call, const char *what)
{
	static const char *const calls[] = { FAULT_NAMES };

	for (int i = 0; i < FAULT_CALLS; i++)
		if (strcmp(call, calls[i]) == 0)
			chosen = i;
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(what, errors[i].name) == 0)
			error = errors[i].error;
}

/* Returns false if another program has it already. */
static bool
share(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	void *p = fd == -1 ? MAP_FAILED : mmap(NULL, sizeof *report,
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	if (p != MAP_FAILED && ((struct fault_report *)p)->pid != 0)
		return false;
	if (p != MAP_FAILED)
		report = p;
	report->pid = (int)getpid();
	return true;
}

__attribute__((constructor)) static void
arm(void)
{
	const char *fault = getenv("FAULT");
	char call[32], what[32], file[256] = "";

	if (fault == NULL || sscanf(fault, "%31[^:]:%31[^:]:%d:%255s", call,
	    what, &nth, file) < 3)
		return;
	choose(call, what);
	if (nth > 0 && (chosen == -1 || error == 0)) {
		fprintf(stderr, "fault: cannot make %s\n", fault);
		_exit(127);
	}
	armed = *file == '\0' || share(file);
}

__attribute__((destructor)) static void
disarm(void)
{
	int open_still = 0;

	armed = false;
	for (int fd = 0; fd < 256; fd++)
		open_still += fcntl(fd, F_GETFD) != -1;
	report->descriptors = open_still;
}

/* A program that ends itself by a signal has cleaned up before, too. */
int
raise(int number)
{
	REAL(raise);
	disarm();
	return real(number);
}

/* Count the call; is it the one to fail? A short one gets *n = 1 instead. */
static bool
fails(enum fault_call call, size_t *n)
{
	if (!armed)
		return false;
	if (++report->count[call] != nth || (int)call != chosen)
		return false;
	report->fired = 1;
	if (error != SHORT) {
		errno = error;
		return true;
	}
	if (n != NULL && *n > 1)
		*n = 1;
	return false;
}

int
socket(int family, int type, int protocol)
{
	REAL(socket);
	return fails(SOCKET, NULL) ? -1 : real(family, type, protocol);
}

int
bind(int fd, const struct sockaddr *a, socklen_t len)
{
	REAL(bind);
	return fails(BIND, NULL) ? -1 : real(fd, a, len);
}

int
listen(int fd, int backlog)
{
	REAL(listen);
	return fails(LISTEN, NULL) ? -1 : real(fd, backlog);
}

int
accept(int fd, struct sockaddr *a, socklen_t *len)
{
	REAL(accept);
	if (!fails(ACCEPT, NULL))
		return real(fd, a, len);
	if (error != UNNAMED)
		return -1;
	memset(a, 0xa5, *len);
	*len = 0;
	return real(fd, NULL, NULL);
}

static bool
meets_full_backlog(int fd)
{
	int type = 0;
	socklen_t n = sizeof type;

	return armed && chosen == CONNECT && error == FULL &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	    type == SOCK_STREAM;
}

/* An interrupted connect(2) continues in the background. */
int
connect(int fd, const struct sockaddr *a, socklen_t len)
{
	REAL(connect);
	if (meets_full_backlog(fd)) {
		errno = ECONNREFUSED;
		return -1;
	}
	if (!fails(CONNECT, NULL))
		return real(fd, a, len);
	if (error == EINTR)
		real(fd, a, len);
	errno = error;
	return -1;
}

/* Negative descriptors are not watched; a second call undoes the first. */
static void
hide_unwatched(struct pollfd *p, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++)
		if (p[i].events == 0 && p[i].fd != -1)
			p[i].fd ^= INT_MIN;
}

static int
refuse_devices(struct pollfd *p, nfds_t n)
{
	struct stat st;
	int refused = 0;

	for (nfds_t i = 0; i < n; i++) {
		if (p[i].events == 0 || fstat(p[i].fd, &st) == -1 ||
		    !S_ISCHR(st.st_mode))
			continue;
		refused += p[i].revents == 0;
		p[i].revents = POLLNVAL;
	}
	return refused;
}

int
poll(struct pollfd *p, nfds_t n, int timeout)
{
	bool hide = armed && chosen == POLL && error == UNWATCHED;
	int ready;
	REAL(poll);

	if (fails(POLL, NULL))
		return -1;
	if (hide)
		hide_unwatched(p, n);
	report->waits = timeout < 0 || timeout > LONG_WAIT;
	ready = real(p, n, timeout);
	report->waits = false;
	if (hide)
		hide_unwatched(p, n);
	if (hide && ready != -1)
		ready += refuse_devices(p, n);
	return ready;
}

ssize_t
read(int fd, void *bytes, size_t n)
{
	REAL(read);
	if (fd > STDERR_FILENO) /* the seed of a hash */
		return real(fd, bytes, n);
	return fails(READ, &n) ? -1 : real(fd, bytes, n);
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	REAL(write);
	if (fd > STDERR_FILENO) /* the byte that a signal handler writes */
		return real(fd, bytes, n);
	return fails(fd == STDERR_FILENO ? SAY : WRITE, &n) ? -1
	    : real(fd, bytes, n);
}

ssize_t
send(int fd, const void *bytes, size_t n, int flags)
{
	REAL(send);
	return fails(SEND, &n) ? -1 : real(fd, bytes, n, flags);
}

ssize_t
recv(int fd, void *bytes, size_t n, int flags)
{
	REAL(recv);
	return fails(RECV, &n) ? -1 : real(fd, bytes, n, flags);
}

ssize_t
sendto(int fd, const void *bytes, size_t n, int flags,
    const struct sockaddr *a, socklen_t len)
{
	REAL(sendto);
	return fails(SENDTO, NULL) ? -1 : real(fd, bytes, n, flags, a, len);
}

ssize_t
recvmsg(int fd, struct msghdr *m, int flags)
{
	REAL(recvmsg);
	return fails(RECVMSG, NULL) ? -1 : real(fd, m, flags);
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	REAL(sendmsg);
	return fails(SENDMSG, NULL) ? -1 : real(fd, m, flags);
}

/* It fails, but the connection is shut down. */
int
shutdown(int fd, int how)
{
	bool struck = fails(SHUTDOWN, NULL);
	REAL(shutdown);
	int done = real(fd, how);

	if (!struck)
		return done;
	errno = error;
	return -1;
}

static void *
lives(void *p)
{
	report->live += p != NULL;
	return p;
}

void *
malloc(size_t n)
{
	REAL(malloc);
	return fails(MALLOC, NULL) ? NULL : lives(real(n));
}

/* An older dlsym(3) calls this, and copes with NULL. */
void *
calloc(size_t n, size_t size)
{
	static bool looking;

	if (looking)
		return NULL;
	looking = true;
	REAL(calloc);
	looking = false;
	return fails(MALLOC, NULL) ? NULL : lives(real(n, size));
}

void *
realloc(void *p, size_t n)
{
	REAL(realloc);
	if (fails(MALLOC, NULL))
		return NULL;
	return p == NULL ? lives(real(p, n)) : real(p, n);
}

int
posix_memalign(void **p, size_t alignment, size_t n)
{
	REAL(posix_memalign);
	int failed = fails(MALLOC, NULL) ? ENOMEM : real(p, alignment, n);

	if (failed == 0)
		lives(*p);
	return failed;
}

void
free(void *p)
{
	REAL(free);
	report->live -= p != NULL;
	real(p);
}

int
fcntl(int fd, int command, ...)
{
	va_list ap;
	void *word;
	REAL(fcntl);

	va_start(ap, command);
	word = va_arg(ap, void *);
	va_end(ap);
	if (command == F_GETFD) /* used to check whether it is open */
		return real(fd, command, word);
	return fails(FCNTL, NULL) ? -1 : real(fd, command, word);
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	REAL(setsockopt);
	return fails(SETSOCKOPT, NULL) ? -1
	    : real(fd, level, name, value, len);
}

int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	REAL(getsockopt);
	return fails(GETSOCKOPT, NULL) ? -1
	    : real(fd, level, name, value, len);
}

int
getsockname(int fd, struct sockaddr *a, socklen_t *len)
{
	REAL(getsockname);
	return fails(GETSOCKNAME, NULL) ? -1 : real(fd, a, len);
}

int
getpeername(int fd, struct sockaddr *a, socklen_t *len)
{
	REAL(getpeername);
	return fails(GETPEERNAME, NULL) ? -1 : real(fd, a, len);
}

int
pipe(int fd[2])
{
	REAL(pipe);
	return fails(PIPE, NULL) ? -1 : real(fd);
}

/* No mode: the program creates no file. */
int
open(const char *path, int flags, ...)
{
	REAL(open);
	return fails(OPEN, NULL) ? -1 : real(path, flags);
}

int
dup2(int from, int to)
{
	REAL(dup2);
	return fails(DUP2, NULL) ? -1 : real(from, to);
}

int
getaddrinfo(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **found)
{
	REAL(getaddrinfo);
	if (!fails(GETADDRINFO, NULL))
		return real(host == NULL ? NULL : "127.0.0.1", service, hints,
		    found);
	errno = EIO;
	return error;
}

char *
mkdtemp(char *template)
{
	REAL(mkdtemp);
	return fails(MKDTEMP, NULL) ? NULL : real(template);
}

pid_t
fork(void)
{
	REAL(fork);
	return fails(FORK, NULL) ? -1 : real();
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	REAL(waitpid);
	return fails(WAITPID, NULL) ? -1 : real(pid, status, options);
}

int
execle(const char *path, const char *arg, ...)
{
	char *argv[16] = { (char *)arg }, **env;
	va_list ap;
	int n = 0;

	if (fails(EXECLE, NULL))
		return -1;
	va_start(ap, arg);
	while (argv[n] != NULL && n < 15)
		argv[++n] = va_arg(ap, char *);
	env = va_arg(ap, char **);
	va_end(ap);
	return execve(path, argv, env);
}

/* The names that fortified programs call, and those for 64-bit offsets. */
ssize_t
__read_chk(int fd, void *bytes, size_t n, size_t room)
{
	return n > room ? (abort(), -1) : read(fd, bytes, n);
}

ssize_t
__recv_chk(int fd, void *bytes, size_t n, size_t room, int flags)
{
	return n > room ? (abort(), -1) : recv(fd, bytes, n, flags);
}

int
__poll_chk(struct pollfd *p, nfds_t n, int timeout, size_t room)
{
	return n > room / sizeof *p ? (abort(), -1) : poll(p, n, timeout);
}

int
__open_2(const char *path, int flags)
{
	return open(path, flags);
}

int
__open64_2(const char *path, int flags)
{
	return open(path, flags);
}

int
open64(const char *path, int flags, ...)
{
	return open(path, flags);
}

int
fcntl64(int fd, int command, ...)
{
	va_list ap;
	void *word;

	va_start(ap, command);
	word = va_arg(ap, void *);
	va_end(ap);
	return fcntl(fd, command, word);
}
