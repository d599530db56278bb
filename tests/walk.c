/*
 * Every call that sockcat makes fails once, in every way it can: what was to be
 * relayed is whole then, or it was said why not.
 *
 *	walk scenario...		some positions of each call
 *	walk --all [scenario...]	its first 12 and its last 3 uses
 *	walk scenario call:what:n	one case, and what came of it
 *	walk --list			what scenarios there are
 *
 * The calls fail by tests/fault.c, in nobody but sockcat, which is the one two
 * folders up from this program, or SOCKCAT. A finding is a line that names it
 * and its case. The exit status is 0 if there is none, 1 if there is, and 77
 * where the library cannot be put before sockcat.
 */
#include "fault.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	STREAM = 65536,   /* bytes that everybody says in a stream */
	BLOCK = 100,      /* in a datagram */
	BLOCKS = 8,
	FIRSTS = 12,      /* positions of --all, of those that are first */
	LASTS = 3,
	KEPT = 5,         /* descriptors at its end: 0, 1, 2 and two of a pipe */
	TURNS = 5000,     /* calls of poll(2) more than needed: it spins */
	PATIENCE = 20000, /* ms for a case */
	WALKERS = 8,      /* cases at a time: most of them only wait */
	NOT_HERE = 77,
};

static const char *const calls[] = { FAULT_NAMES };

/*
 * What a call can meet, and the exit status that says so: of the network, of
 * this side, either; or nobody is to notice.
 */
enum { WHOLE = 0, NETWORK = 1 << 1, LOCAL = 1 << 3, EITHER = NETWORK | LOCAL };

static const struct fault {
	const char *call, *what;
	int status;
} faults[] = {
	{ "socket", "EMFILE", LOCAL }, { "socket", "ENFILE", LOCAL },
	{ "socket", "ENOBUFS", LOCAL }, { "socket", "ENOMEM", LOCAL },
	{ "socket", "EACCES", NETWORK }, { "socket", "EAFNOSUPPORT", NETWORK },
	{ "bind", "EADDRINUSE", NETWORK }, { "bind", "EACCES", NETWORK },
	{ "bind", "EADDRNOTAVAIL", NETWORK }, { "bind", "ENOBUFS", LOCAL },
	{ "bind", "ENOMEM", LOCAL },
	{ "listen", "EADDRINUSE", NETWORK }, { "listen", "ENOBUFS", LOCAL },
	{ "accept", "EINTR", WHOLE }, { "accept", "EAGAIN", WHOLE },
	{ "accept", "ECONNABORTED", WHOLE }, { "accept", "EPROTO", WHOLE },
	{ "accept", "EPERM", WHOLE }, { "accept", "ENETDOWN", WHOLE },
	{ "accept", "EMFILE", LOCAL }, { "accept", "ENFILE", LOCAL },
	{ "accept", "ENOBUFS", LOCAL }, { "accept", "ENOMEM", LOCAL },
	{ "connect", "EINTR", WHOLE }, { "connect", "ECONNREFUSED", NETWORK },
	{ "connect", "ECONNRESET", NETWORK },
	{ "connect", "ETIMEDOUT", NETWORK },
	{ "connect", "ENETUNREACH", NETWORK },
	{ "connect", "EHOSTUNREACH", NETWORK },
	{ "connect", "EADDRNOTAVAIL", NETWORK },
	{ "connect", "EACCES", NETWORK }, { "connect", "EAGAIN", NETWORK },
	{ "connect", "ENOBUFS", LOCAL },
	{ "poll", "EINTR", WHOLE }, { "poll", "EAGAIN", WHOLE },
	{ "poll", "ENOMEM", LOCAL },
	{ "read", "EINTR", WHOLE }, { "read", "EAGAIN", WHOLE },
	{ "read", "short", WHOLE }, { "read", "EIO", LOCAL },
	{ "read", "EISDIR", LOCAL },
	{ "write", "EINTR", WHOLE }, { "write", "EAGAIN", WHOLE },
	{ "write", "short", WHOLE }, { "write", "ENOSPC", LOCAL },
	{ "write", "EDQUOT", LOCAL }, { "write", "EFBIG", LOCAL },
	{ "write", "EIO", LOCAL }, { "write", "EPIPE", LOCAL },
	{ "say", "EINTR", WHOLE }, { "say", "short", WHOLE },
	{ "send", "EINTR", WHOLE }, { "send", "EAGAIN", WHOLE },
	{ "send", "short", WHOLE }, { "send", "ECONNRESET", NETWORK },
	{ "send", "EPIPE", NETWORK }, { "send", "ETIMEDOUT", NETWORK },
	{ "send", "EHOSTUNREACH", NETWORK }, { "send", "ENOBUFS", LOCAL },
	{ "send", "ENOMEM", LOCAL }, { "send", "ECONNREFUSED", NETWORK },
	{ "send", "EMSGSIZE", NETWORK },
	{ "recv", "EINTR", WHOLE }, { "recv", "EAGAIN", WHOLE },
	{ "recv", "short", WHOLE }, { "recv", "ECONNRESET", NETWORK },
	{ "recv", "ETIMEDOUT", NETWORK }, { "recv", "EHOSTUNREACH", NETWORK },
	{ "recv", "ENOMEM", LOCAL },
	{ "sendto", "EINTR", WHOLE }, { "sendto", "EAGAIN", WHOLE },
	{ "sendto", "ECONNREFUSED", NETWORK }, { "sendto", "EPERM", NETWORK },
	{ "sendto", "EHOSTUNREACH", NETWORK },
	{ "sendto", "EMSGSIZE", NETWORK }, { "sendto", "ENOBUFS", LOCAL },
	{ "recvfrom", "EINTR", WHOLE }, { "recvfrom", "EAGAIN", WHOLE },
	{ "recvfrom", "ECONNREFUSED", NETWORK },
	{ "recvfrom", "ENOMEM", LOCAL },
	{ "shutdown", "ENOTCONN", WHOLE }, { "shutdown", "ENOBUFS", WHOLE },
	{ "malloc", "ENOMEM", LOCAL },
	{ "fcntl", "EBADF", WHOLE }, { "fcntl", "EINVAL", WHOLE },
	{ "setsockopt", "ENOBUFS", LOCAL }, { "setsockopt", "ENOMEM", LOCAL },
	{ "setsockopt", "EINVAL", NETWORK },
	{ "setsockopt", "ENOPROTOOPT", NETWORK },
	{ "getsockopt", "ENOBUFS", LOCAL }, { "getsockname", "ENOBUFS", LOCAL },
	{ "pipe", "EMFILE", LOCAL }, { "pipe", "ENFILE", LOCAL },
	{ "open", "EINTR", WHOLE }, { "open", "EMFILE", WHOLE },
	{ "open", "ENOENT", WHOLE }, { "open", "EACCES", WHOLE },
	{ "open", "ENXIO", WHOLE }, { "open", "ENOMEM", WHOLE },
	{ "dup2", "EINTR", NETWORK }, { "dup2", "EBUSY", NETWORK },
	{ "getaddrinfo", "EAI_AGAIN", NETWORK },
	{ "getaddrinfo", "EAI_NONAME", NETWORK },
	{ "getaddrinfo", "EAI_FAIL", NETWORK },
	{ "getaddrinfo", "EAI_MEMORY", LOCAL },
	{ "getaddrinfo", "EAI_SYSTEM", NETWORK },
	{ "mkdtemp", "EACCES", EITHER }, { "mkdtemp", "ENOSPC", EITHER },
};

enum { FAULTS = sizeof faults / sizeof faults[0] };

/*
 * A way to use sockcat: "@" is where we listen, or where it is to. Its stdin
 * and the other side say what they have to, and hear each other out.
 */
static const struct scenario {
	const char *name, *words;
	bool listens, keep, share, datagram, local, text;
	bool several; /* addresses: one that fails may hide why another did */
	int clients;
} scenarios[] = {
	{ "connect", "-q 30 -B 8k 127.0.0.1 @", .clients = 1 },
	{ "listen", "-lv -q 30 -B 8k 127.0.0.1 0", .listens = true,
	    .clients = 1 },
	{ "many", "-lkv -B 8k 127.0.0.1 0", .listens = true, .keep = true,
	    .clients = 2 },
	{ "room", "-lkjv -B 8k 127.0.0.1 0", .listens = true, .keep = true,
	    .share = true, .clients = 2 },
	{ "messages", "-m -B 8k 127.0.0.1 @", .text = true, .clients = 1 },
	{ "chat", "-lkmv -B 8k 127.0.0.1 0", .listens = true, .keep = true,
	    .text = true, .clients = 1 },
	{ "race", "-q 30 -B 8k localhost @", .several = true, .clients = 1 },
	{ "name", "-q 30 -B 8k name.test @", .clients = 1 },
	{ "allowed", "-a 127.0.0.0/8,::1 -lv 127.0.0.1 0", .listens = true,
	    .clients = 1 },
	{ "unix", "-q 30 -B 8k -U @", .local = true, .clients = 1 },
	{ "unix-listen", "-q 30 -B 8k -lvU @", .local = true, .listens = true,
	    .clients = 1 },
	{ "datagrams", "-u -q 0 127.0.0.1 @", .datagram = true, .clients = 1 },
	{ "redial", "-u -q 0 localhost @", .datagram = true, .several = true,
	    .clients = 1 },
	{ "sender", "-luv 127.0.0.1 0", .datagram = true, .listens = true,
	    .clients = 1 },
	{ "senders", "-lkuv 127.0.0.1 0", .datagram = true, .listens = true,
	    .keep = true, .clients = 2 },
	{ "unix-datagrams", "-uU -q 0 @", .datagram = true, .local = true,
	    .clients = 1 },
	{ "unix-sender", "-luvU @", .datagram = true, .local = true,
	    .listens = true, .clients = 1 },
	{ "unix-senders", "-lkuvU @", .datagram = true, .local = true,
	    .listens = true, .keep = true, .clients = 2 },
};

enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

/* Who says something; each in bytes of their own. */
enum { USER, FIRST, SECOND, WITNESS, SPEAKERS };

static unsigned char words[SPEAKERS][STREAM];

/* What somebody has heard of each speaker, and whether it was as said. */
struct heard {
	size_t n[SPEAKERS];
	int last;   /* the speaker heard last */
	bool cut;   /* a message had an end where it has none */
	bool wrong;
};

struct client {
	int fd;     /* -1: it is not there */
	int port;
	bool silent; /* it has said all it will */
	bool ended;  /* it hears no more */
	size_t said;
	struct heard heard;
};

/* One case, from its start to its end. */
struct play {
	const struct scenario *is;
	const char *dir;
	char fault[300], path[100];
	pid_t pid;
	int door;         /* where sockcat is to connect to, or -1 */
	int in, out, err; /* our ends; -1 once they are closed */
	bool open;        /* it listens, and all have come */
	bool told;        /* to end, as one that listens for ever has to be */
	bool again;       /* clients have begun anew */
	bool late;
	size_t fed;
	struct heard heard; /* on standard output */
	char said[8192];    /* on standard error */
	size_t nsaid;
	struct client clients[SPEAKERS]; /* the user is none of them */
	int descriptors;    /* that it had when it was told; 0: who knows */
	int usual;          /* that it has then if nothing fails */
	int status;         /* as waitpid(2) gives it */
	struct fault_report *report;
};

static const char *sockcat, *library;
static const char untouched[] = "poll:EINTR:0"; /* of no use at all */

static void
die(const char *what)
{
	fprintf(stderr, "walk: %s: %s\n", what, strerror(errno));
	exit(2);
}

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1000LL * t.tv_sec + t.tv_nsec / 1000000;
}

/* Where messages end: one is longer than a read, and many are short. */
static const char *
message_end(size_t i)
{
	if (i < 20000 || (i % 97 < 95 && i < STREAM - 2))
		return NULL;
	return i == STREAM - 2 || i % 97 == 95 ? "." : "\n";
}

/* The two high bits of a byte say who has said it, if it ends no message. */
static void
make_words(bool text)
{
	static const unsigned char least[] = { '0', 'a', 0x80, 0xc0 };
	unsigned int x = 1;

	for (unsigned int s = 0; s < SPEAKERS; s++)
		for (size_t i = 0; i < STREAM; i++) {
			const char *end = text ? message_end(i) : NULL;
			unsigned int c;

			x = 1103515245 * x + 12345;
			c = text ? least[s] + (x >> 16) % 10
				 : s << 6 | (x >> 16 & 63);
			words[s][i] = end != NULL ? (unsigned char)*end
						  : (unsigned char)c;
		}
}

/* How much s has to say. */
static size_t
speech(const struct play *p, int s)
{
	if (p->is->datagram)
		return s == WITNESS ? BLOCK : BLOCK * BLOCKS;
	return STREAM;
}

/* Does the other side say just what it hears? */
static bool
echoes(const struct play *p)
{
	return p->is->datagram && !p->is->listens;
}

static void
hear(const struct play *p, struct heard *h, const unsigned char *bytes,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = bytes[i];
		int s = p->is->text && (c == '.' || c == '\n') ? h->last
							       : c >> 6;

		h->last = s;
		if (h->n[s] < STREAM && words[s][h->n[s]] == c)
			h->n[s]++;
		else if (p->is->text && c == '\n')
			h->cut = true;
		else
			h->wrong = true;
	}
}

/* How often this has been said on standard error. */
static int
said(const struct play *p, const char *what)
{
	int n = 0;

	for (const char *at = p->said; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

/* Could standard input not be read? Then nobody waits for more of it. */
static bool
deaf(const struct play *p)
{
	return said(p, "sockcat: read standard input: ") > 0;
}

/* Has it been said that nothing more can be sent to c, a sender? */
static bool
given_up(const struct play *p, const struct client *c, int who)
{
	char name[64];

	if (p->is->local)
		snprintf(name, sizeof name, "/client%d: ", who);
	else
		snprintf(name, sizeof name, "127.0.0.1 port %d: ", c->port);
	return p->is->keep && said(p, name) > 0;
}

static bool
greeted(const struct play *p, const struct client *c)
{
	char line[64];

	snprintf(line, sizeof line, "127.0.0.1:%d connected\n", c->port);
	return said(p, line) > 0;
}

/* Has everybody come who will? */
static bool
all_in(const struct play *p)
{
	for (int i = FIRST; i < FIRST + p->is->clients; i++)
		if (!p->clients[i].ended && !greeted(p, &p->clients[i]))
			return false;
	return true;
}

/* What -v says when all is well. */
static bool
news(const char *line)
{
	return strstr(line, "listening on ") != NULL ||
	    strstr(line, " connected") != NULL ||
	    strstr(line, " closed: ") != NULL;
}

/* How many lines say that something is not; -1: some are no lines of it. */
static int
complaints(const struct play *p)
{
	int n = 0;
	char line[sizeof p->said];

	for (const char *at = p->said; *at != '\0'; at += strlen(line)) {
		size_t len = strcspn(at, "\n") + 1;

		if (at[len - 1] != '\n' || strncmp(at, "sockcat: ", 9) != 0)
			return -1;
		snprintf(line, len + 1, "%s", at);
		n += !news(line);
	}
	return n;
}

static int
close_it(int fd)
{
	if (fd != -1)
		close(fd);
	return -1;
}

static socklen_t
address(const struct play *p, int port, const char *path,
    struct sockaddr_storage *a)
{
	struct sockaddr_in *in = (struct sockaddr_in *)a;
	struct sockaddr_un *un = (struct sockaddr_un *)a;

	memset(a, 0, sizeof *a);
	if (p->is->local) {
		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof un->sun_path, "%s", path);
		return sizeof *un;
	}
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in->sin_port = htons((in_port_t)port);
	return sizeof *in;
}

static int
make_socket(const struct play *p, const char *path)
{
	int fd = socket(p->is->local ? AF_UNIX : AF_INET,
	    p->is->datagram ? SOCK_DGRAM : SOCK_STREAM, 0);
	struct sockaddr_storage a;
	socklen_t len = address(p, 0, path, &a);

	if (fd == -1)
		die("socket");
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (path != NULL && bind(fd, (struct sockaddr *)&a, len) == -1)
		die("bind");
	return fd;
}

static int
port_of(int fd)
{
	struct sockaddr_in in = { .sin_port = 0 };
	socklen_t len = sizeof in;

	getsockname(fd, (struct sockaddr *)&in, &len);
	return ntohs(in.sin_port);
}

static void
nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* The other side of one that connects. */
static void
open_door(struct play *p)
{
	int fd = make_socket(p, p->path);

	nonblocking(fd);
	p->door = fd;
	if (p->is->datagram) {
		p->clients[FIRST].fd = fd;
		p->clients[FIRST].silent = true;
	} else if (listen(fd, 8) == -1)
		die("listen");
}

static void
let_in(struct play *p)
{
	int fd = accept(p->door, NULL, NULL);

	if (fd == -1)
		return;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	nonblocking(fd);
	p->clients[FIRST].fd = fd;
	p->door = close_it(p->door);
}

/* The words of the scenario, with what "@" stands for. */
static void
arguments(const struct play *p, char *store, char **argv, char *where)
{
	*argv++ = (char *)sockcat;
	strcpy(store, p->is->words);
	for (char *w = strtok(store, " "); w != NULL; w = strtok(NULL, " "))
		*argv++ = strcmp(w, "@") == 0 ? where : w;
	*argv = NULL;
}

static void
become(const struct play *p, int in, int out, int err)
{
	char store[100], where[100], *argv[16];

	snprintf(where, sizeof where, "%d", port_of(p->door));
	arguments(p, store, argv, p->is->local ? (char *)p->path : where);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	for (int fd = STDERR_FILENO + 1; fd < 256; fd++)
		close(fd);
	setenv("TMPDIR", p->dir, 1);
	setenv("FAULT", p->fault, 1);
	setenv("LD_PRELOAD", library, 1);
	execv(sockcat, argv);
	die(sockcat);
}

/* A pipe that only we have, but for what a child makes of it. */
static void
make_pipe(int fd[2])
{
	if (pipe(fd) == -1)
		die("pipe");
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
}

static void
start(struct play *p)
{
	int in[2], out[2], err[2];

	make_pipe(in);
	make_pipe(out);
	make_pipe(err);
	nonblocking(in[1]);
	p->pid = fork();
	if (p->pid == -1)
		die("fork");
	if (p->pid == 0)
		become(p, in[0], out[1], err[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	p->in = in[1];
	p->out = out[0];
	p->err = err[0];
}

/* A client of one that listens; it may find it gone. */
static void
come(struct play *p, int who, int port)
{
	struct client *c = &p->clients[who];
	struct sockaddr_storage a;
	char name[100];
	int fd;

	snprintf(name, sizeof name, "%s/client%d", p->dir, who);
	fd = make_socket(p, p->is->local && p->is->datagram ? name : NULL);
	if (connect(fd, (struct sockaddr *)&a,
	    address(p, port, p->path, &a)) == -1) {
		close(fd);
		c->silent = c->ended = true;
		return;
	}
	nonblocking(fd);
	c->fd = fd;
	c->port = port_of(fd);
}

static int
port_said(const struct play *p)
{
	const char *at = strstr(p->said, " port ");

	return at == NULL ? 0 : atoi(at + 6);
}

static void
read_errors(struct play *p)
{
	ssize_t n = read(p->err, p->said + p->nsaid,
	    sizeof p->said - 1 - p->nsaid);

	if (n < 1) {
		p->err = close_it(p->err);
		return;
	}
	p->nsaid += (size_t)n;
	if (p->open || !p->is->listens || strchr(p->said, '\n') == NULL ||
	    said(p, "listening on ") == 0)
		return;
	p->open = true;
	for (int c = FIRST; c < FIRST + p->is->clients; c++)
		come(p, c, port_said(p));
}

static void
read_output(struct play *p)
{
	unsigned char bytes[16384];
	ssize_t n = read(p->out, bytes, sizeof bytes);

	if (n < 1)
		p->out = close_it(p->out);
	else
		hear(p, &p->heard, bytes, (size_t)n);
}

/* May the user say more? Of datagrams one at a time goes all the way. */
static bool
may_feed(const struct play *p)
{
	if (echoes(p))
		return p->fed == p->heard.n[USER];
	for (int i = FIRST; i < FIRST + p->is->clients; i++) {
		const struct client *c = &p->clients[i];

		if (p->is->datagram && p->heard.n[i] < p->fed + BLOCK &&
		    !given_up(p, c, i))
			return false;
	}
	return p->is->datagram || !p->is->keep || all_in(p);
}

static void
feed(struct play *p)
{
	size_t most = p->is->datagram ? BLOCK : speech(p, USER) - p->fed;
	ssize_t n = p->fed == speech(p, USER) ? -1
	    : write(p->in, words[USER] + p->fed, most);

	if (n > 0)
		p->fed += (size_t)n;
	else if (errno != EAGAIN || p->fed == speech(p, USER))
		p->in = close_it(p->in);
}

static void
part(struct client *c)
{
	if (c->silent && c->ended)
		c->fd = close_it(c->fd);
}

/* Has c been told all that it will be? In a room the others speak to it too. */
static bool
told_all(const struct play *p, const struct client *c, int who)
{
	if (c->heard.n[USER] != speech(p, USER))
		return false;
	for (int i = FIRST; p->is->share && i < FIRST + p->is->clients; i++)
		if (i != who && c->heard.n[i] != speech(p, i) &&
		    !(p->clients[i].ended && complaints(p) > 0))
			return false;
	return true;
}

/* May c say more, or that it has no more to say? */
static bool
may_say(const struct play *p, const struct client *c, int who)
{
	if (c->silent || (p->is->share && !all_in(p)))
		return false;
	if (p->is->datagram)
		return c->said < speech(p, who) && (c->said == 0 ||
		    c->said == c->heard.n[USER]);
	if (c->said < speech(p, who) || c->ended || who == WITNESS || deaf(p))
		return true;
	return p->is->keep ? told_all(p, c, who) : p->is->listens;
}

static void
say(const struct play *p, struct client *c, int who)
{
	size_t most = p->is->datagram ? BLOCK : speech(p, who) - c->said;
	ssize_t n = most == 0 ? 0 : write(c->fd, words[who] + c->said, most);

	if (n > 0)
		c->said += (size_t)n;
	else if (n == 0 || errno != EAGAIN) {
		c->silent = true;
		shutdown(c->fd, SHUT_WR);
	}
	part(c);
}

/* The last client hears what is left, and who has missed some the rest. */
static void
listen_to(const struct play *p, struct client *c, int who)
{
	unsigned char bytes[16384];
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	ssize_t n = recvfrom(c->fd, bytes, sizeof bytes, 0,
	    (struct sockaddr *)&from, &len);

	if (n > 0 && who != WITNESS && !given_up(p, c, who))
		hear(p, &c->heard, bytes, (size_t)n);
	if (n > 0 && echoes(p))
		sendto(c->fd, bytes, (size_t)n, 0, (struct sockaddr *)&from,
		    len);
	if (n < 1 && !p->is->datagram)
		c->ended = true;
	part(c);
}

/* Has the talk with everyone come to its end? */
static bool
all_done(const struct play *p)
{
	for (int i = FIRST; i < FIRST + p->is->clients; i++) {
		const struct client *c = &p->clients[i];

		if (!p->is->datagram && c->fd != -1)
			return false;
		if (p->is->datagram && !given_up(p, c, i) &&
		    (p->heard.n[i] < speech(p, i) ||
		    c->heard.n[USER] < speech(p, USER)))
			return false;
	}
	return p->is->datagram ||
	    said(p, " closed: ") >= said(p, " connected\n");
}

static int
descriptors_of(pid_t pid)
{
	char name[64];
	DIR *dir;
	int n = 0;

	snprintf(name, sizeof name, "/proc/%ld/fd", (long)pid);
	dir = opendir(name);
	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}

/*
 * A sender that there was no memory for has not been heard: the one that is
 * left when all others have been begins anew.
 */
static void
try_again(struct play *p)
{
	struct client *unheard = NULL;

	if (!p->is->datagram || p->again || said(p, "accept a client: ") == 0)
		return;
	for (int i = FIRST; i < SPEAKERS; i++) {
		if (p->clients[i].fd == -1 || p->heard.n[i] > 0)
			continue;
		if (unheard != NULL)
			return;
		unheard = &p->clients[i];
	}
	if (unheard == NULL)
		return;
	unheard->said = 0;
	p->again = true;
}

/*
 * What is open for a moment only is not counted, if it is known how much is
 * usual.
 */
static void
count_descriptors(struct play *p)
{
	for (int i = 0; i < 100; i++) {
		p->descriptors = descriptors_of(p->pid);
		if (p->usual == 0 || p->descriptors <= p->usual)
			return;
		poll(NULL, 0, 5);
	}
}

/* Was the last client heard, or is it the one that was hurt? */
static bool
served(const struct play *p, const struct client *c)
{
	char name[64];

	if (p->heard.n[WITNESS] == speech(p, WITNESS))
		return true;
	snprintf(name, sizeof name, "127.0.0.1 port %d: ", c->port);
	return c->port != 0 && complaints(p) > 0 &&
	    (!greeted(p, c) || said(p, name) > 0);
}

/* A listener for ever has to serve one more client, and is told to end. */
static void
conclude(struct play *p)
{
	struct client *last = &p->clients[WITNESS];
	bool mute = p->is->datagram && deaf(p);

	if (!p->open || p->told || !(p->is->keep || p->is->datagram) ||
	    !(mute || all_done(p)))
		return;
	if (p->is->keep && last->fd == -1 && !last->ended) {
		come(p, WITNESS, port_said(p));
		return;
	}
	if (p->is->keep && !(p->is->datagram || last->fd == -1))
		return;
	if (p->is->keep && !served(p, last))
		return;
	count_descriptors(p);
	p->told = true;
	kill(p->pid, SIGTERM);
}

static int
put(struct pollfd *slot, int fd, int events)
{
	slot->fd = events == 0 ? -1 : fd;
	slot->events = (short)events;
	slot->revents = 0;
	return slot->fd != -1;
}

static void
answer(struct play *p, const struct pollfd *asked)
{
	if (asked[0].revents != 0)
		feed(p);
	if (asked[1].revents != 0)
		read_output(p);
	if (asked[2].revents != 0)
		read_errors(p);
	if (asked[3].revents != 0)
		let_in(p);
	for (int i = FIRST; i < SPEAKERS; i++) {
		struct client *c = &p->clients[i];

		if (c->fd != -1 && (asked[3 + i].revents & ~POLLOUT))
			listen_to(p, c, i);
		if (c->fd != -1 && (asked[3 + i].revents & ~POLLIN) &&
		    may_say(p, c, i))
			say(p, c, i);
	}
}

/* One turn; false at the end. */
static bool
turn(struct play *p, long long left)
{
	struct pollfd asked[3 + SPEAKERS];
	int open_still;
	bool over = p->fed == speech(p, USER) &&
	    (!echoes(p) || p->heard.n[USER] == p->fed);

	put(&asked[0], p->in, over || (p->fed < speech(p, USER) &&
	    may_feed(p)) ? POLLOUT : 0);
	open_still = put(&asked[1], p->out, POLLIN) +
	    put(&asked[2], p->err, POLLIN);
	put(&asked[3], p->is->datagram ? -1 : p->door, POLLIN);
	for (int i = FIRST; i < SPEAKERS; i++) {
		const struct client *c = &p->clients[i];
		int events = (c->ended ? 0 : POLLIN) |
		    (may_say(p, c, i) ? POLLOUT : 0);

		put(&asked[3 + i], c->fd, events);
		open_still += c->fd != -1 && !p->is->datagram;
	}
	if (open_still == 0)
		return false;
	if (poll(asked, 3 + SPEAKERS, (int)left) > 0)
		answer(p, asked);
	try_again(p);
	conclude(p);
	return true;
}

static void
perform(struct play *p)
{
	long long end = now() + PATIENCE;

	for (int i = 0; i < SPEAKERS; i++)
		p->clients[i].fd = -1;
	p->door = -1;
	if (!p->is->listens)
		open_door(p);
	start(p);
	while (!p->late && turn(p, end - now()))
		p->late = now() >= end;
	if (p->late)
		kill(p->pid, SIGKILL);
	waitpid(p->pid, &p->status, 0);
	p->in = close_it(p->in);
	close_it(p->out);
	close_it(p->err);
	if (!p->is->datagram)
		close_it(p->door);
	for (int i = FIRST; i < SPEAKERS; i++)
		close_it(p->clients[i].fd);
}

/* Remove all that is left; how much of it should sockcat have removed? */
static int
litter(const struct play *p)
{
	char name[400];
	struct dirent *e;
	DIR *dir = opendir(p->dir);
	int n = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		bool ours = strncmp(e->d_name, "client", 6) == 0 ||
		    (!p->is->listens && strcmp(e->d_name, "s") == 0);

		if (*e->d_name == '.' || strcmp(e->d_name, "report") == 0)
			continue;
		n += !ours;
		snprintf(name, sizeof name, "%s/%s", p->dir, e->d_name);
		if (unlink(name) == -1)
			rmdir(name);
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* How many clients have not heard all, or were not heard out. */
static int
hurt(const struct play *p)
{
	int n = 0;

	for (int i = FIRST; i < FIRST + p->is->clients; i++)
		n += !told_all(p, &p->clients[i], i) ||
		    p->heard.n[echoes(p) ? USER : i] != speech(p, i);
	return n;
}

static bool
wrong(const struct play *p)
{
	bool any = p->heard.wrong || (p->heard.cut && hurt(p) == 0 &&
	    (!p->is->keep || p->heard.n[WITNESS] == speech(p, WITNESS)));

	for (int i = FIRST; i < SPEAKERS; i++)
		any = any || p->clients[i].heard.wrong ||
		    p->clients[i].heard.cut;
	return any;
}

/* As one ends that has done all: those that listen for ever, by the signal. */
static bool
well_ended(const struct play *p)
{
	if (p->is->listens && (p->is->keep || p->is->datagram))
		return WIFSIGNALED(p->status) && WTERMSIG(p->status) == SIGTERM;
	return WIFEXITED(p->status) && WEXITSTATUS(p->status) == 0;
}

/* Is it standard input, output or the loop that everyone rests on? */
static bool
common(const char *call)
{
	return strcmp(call, "read") == 0 || strcmp(call, "write") == 0 ||
	    strcmp(call, "poll") == 0;
}

/* May another address have failed since, and that be what is told? */
static bool
hidden(const struct play *p, const struct fault *f)
{
	bool relays = strcmp(f->call, "send") == 0 ||
	    strncmp(f->call, "recv", 4) == 0;

	return p->is->several && (p->is->datagram || !relays);
}

/* Something was lost, or said to be: what is wrong with that? NULL: nothing. */
static const char *
excuse(const struct play *p, const struct fault *f, int lines)
{
	bool quiet = strcmp(f->call, "write") == 0 &&
	    strcmp(f->what, "EPIPE") == 0;
	int allowed = f->status | (hidden(p, f) ? NETWORK : 0);

	if (f->status == WHOLE)
		return "it is felt";
	if (lines == 0 && !quiet)
		return well_ended(p) ? "lost in silence" : "no line says why";
	if (lines > 2)
		return "too many lines";
	if (p->is->keep && well_ended(p))
		return hurt(p) > 1 && !common(f->call)
		    ? "more than one client is hurt" : NULL;
	if (WIFEXITED(p->status) && ((1 << WEXITSTATUS(p->status)) & allowed))
		return NULL;
	return p->told && deaf(p) ? NULL : "not that exit status";
}

/* What is left at the end that is not when nothing fails? */
static const char *
leftovers(const struct play *p, const struct play *sound)
{
	const struct fault_report *r = p->report;

	if (litter(p) > 0)
		return "a file is left";
	if (p->descriptors > sound->descriptors || r->descriptors > KEPT)
		return "descriptors are left open";
	if (r->descriptors > 0 && sound->report->descriptors > 0 &&
	    r->live > sound->report->live)
		return "memory is not freed";
	return NULL;
}

/* What is wrong with it; NULL: nothing. f is NULL if nothing was to fail. */
static const char *
verdict(const struct play *p, const struct fault *f, const struct play *sound)
{
	int lines = complaints(p);
	const char *left = leftovers(p, sound);

	if (p->late)
		return "it hangs";
	if (WIFSIGNALED(p->status) && !p->told)
		return "it is killed by a signal";
	if (p->report->pid != (int)p->pid)
		return "another program was struck";
	if (p->report->count[POLL] > sound->report->count[POLL] + TURNS)
		return "it spins";
	if (wrong(p))
		return "other bytes than were said";
	if (lines == -1)
		return "what it says is not in lines";
	if (left != NULL)
		return left;
	if (hurt(p) == 0 && well_ended(p) && (lines == 0 || (p->told &&
	    f != NULL && f->status != WHOLE && lines <= 2)))
		return NULL;
	return f == NULL ? "it fails" : excuse(p, f, lines);
}

/* Where a walker works: a directory, and in it what the library reports. */
static void
settle(struct play *p, char *dir)
{
	char name[300];
	int fd;

	if (mkdtemp(dir) == NULL)
		die(dir);
	snprintf(name, sizeof name, "%s/report", dir);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || ftruncate(fd, sizeof *p->report) == -1)
		die(name);
	p->report = mmap(NULL, sizeof *p->report, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (p->report == MAP_FAILED)
		die(name);
	close(fd);
	p->dir = dir;
	snprintf(p->path, sizeof p->path, "%s/s", dir);
}

static void
leave(const struct play *p)
{
	char name[300];

	litter(p);
	snprintf(name, sizeof name, "%s/report", p->dir);
	unlink(name);
	rmdir(p->dir);
}

/*
 * Perform with this fault, "call:what:n", and with nothing of the last time
 * left.
 */
static void
rehearse(struct play *p, const struct scenario *is, const char *fault,
    int usual)
{
	struct play fresh = { .is = is, .dir = p->dir, .usual = usual,
		.report = p->report };

	strcpy(fresh.path, p->path);
	snprintf(fresh.fault, sizeof fresh.fault, "%s:%s/report", fault,
	    p->dir);
	*p = fresh;
	memset(p->report, 0, sizeof *p->report);
	make_words(is->text);
	perform(p);
}

/* How it goes when nothing fails; does the library hear of it at all? */
static void
go_well(struct play *p, const struct scenario *is)
{
	rehearse(p, is, untouched, 0);
	if (p->report->pid != 0)
		return;
	leave(p);
	exit(well_ended(p) ? NOT_HERE : 2);
}

/* What all walkers have counted. */
struct tally {
	int cases, missed, findings;
};

static int
call_of(const char *name)
{
	for (int i = 0; i < FAULT_CALLS; i++)
		if (strcmp(calls[i], name) == 0)
			return i;
	return -1;
}

/* Is the nth of so many uses one that is to fail? */
static bool
chosen(int n, int uses, bool all)
{
	int firsts = all ? FIRSTS : 2, lasts = all ? LASTS : 1;

	return n <= firsts || n > uses - lasts;
}

static void
tell(const struct play *p, const char *fault, const char *what)
{
	char line[400];
	int n = snprintf(line, sizeof line, "tests/build/walk %s %s\t%s\n",
	    p->is->name, fault, what);

	if (write(STDOUT_FILENO, line, (size_t)n) == -1)
		die("write");
}

static void
try(struct play *p, const struct play *sound, const struct fault *f, int n,
    struct tally *tally)
{
	char fault[100];
	const char *what;

	snprintf(fault, sizeof fault, "%s:%s:%d", f->call, f->what, n);
	rehearse(p, sound->is, fault, sound->descriptors);
	what = verdict(p, f, sound);
	tally->cases++;
	tally->missed += !p->report->fired;
	if (what == NULL)
		return;
	tally->findings++;
	tell(p, fault, what);
}

/*
 * A part of a datagram would be another one; and who cannot be connected to
 * at a Unix socket is heard all the same, but not answered.
 */
static bool
senseless(const struct scenario *is, const struct fault *f)
{
	return is->datagram && (strcmp(f->what, "short") == 0
	    ? strcmp(f->call, "send") == 0
	    : is->local && is->listens && strcmp(f->call, "connect") == 0);
}

/* What this one of all walkers has to do. */
static void
walk(const struct play *sound, bool all, int me, struct tally *tally)
{
	char dir[] = "walk.XXXXXX";
	struct play p;
	int k = 0;

	*tally = (struct tally){ 0 };
	settle(&p, dir);
	for (int i = 0; i < FAULTS; i++) {
		const struct fault *f = &faults[i];
		int uses = sound->report->count[call_of(f->call)];

		if (senseless(sound->is, f))
			continue;
		for (int n = 1; n <= uses; n++)
			if (chosen(n, uses, all) && k++ % WALKERS == me)
				try(&p, sound, f, n, tally);
	}
	leave(&p);
}

static void
walk_all(const struct play *sound, bool all, struct tally *sum)
{
	struct tally tally;
	int results[2];

	make_pipe(results);
	for (int i = 0; i < WALKERS; i++)
		if (fork() == 0) {
			close(results[0]);
			walk(sound, all, i, &tally);
			_exit(write(results[1], &tally, sizeof tally) == -1);
		}
	close(results[1]);
	for (int i = 0; i < WALKERS; i++) {
		/* one that tells nothing has died */
		if (read(results[0], &tally, sizeof tally) != sizeof tally)
			tally = (struct tally){ .findings = 1 };
		sum->cases += tally.cases;
		sum->missed += tally.missed;
		sum->findings += tally.findings;
	}
	close(results[0]);
	while (wait(NULL) > 0)
		;
}

/* Walk one scenario; returns the number of findings. */
static int
explore(const struct scenario *is, bool all)
{
	char dir[] = "walk.XXXXXX";
	struct play sound;
	const char *what;
	struct tally sum = { 0 };

	settle(&sound, dir);
	go_well(&sound, is);
	what = verdict(&sound, NULL, &sound);
	if (what != NULL) {
		tell(&sound, untouched, what);
		sum.findings++;
	} else
		walk_all(&sound, all, &sum);
	leave(&sound);
	printf("%s: %d cases, %d findings (%d not reached)\n", is->name,
	    sum.cases, sum.findings, sum.missed);
	fflush(stdout);
	return sum.findings;
}

static const struct scenario *
scenario(const char *name)
{
	for (int i = 0; i < SCENARIOS; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	fprintf(stderr, "walk: no scenario %s\n", name);
	exit(2);
}

static const struct fault *
fault_of(const char *word)
{
	for (int i = 0; i < FAULTS; i++) {
		char name[100];
		size_t n = (size_t)snprintf(name, sizeof name, "%s:%s:",
		    faults[i].call, faults[i].what);

		if (strncmp(word, name, n) == 0)
			return &faults[i];
	}
	fprintf(stderr, "walk: no fault %s\n", word);
	exit(2);
}

/* One case, with all that it shows; returns the number of findings. */
static int
show(const struct scenario *is, const char *fault)
{
	char dir[] = "walk.XXXXXX", other[] = "walk.XXXXXX";
	struct play p, sound;
	const char *what;

	settle(&sound, other);
	go_well(&sound, is);
	settle(&p, dir);
	rehearse(&p, is, fault, sound.descriptors);
	what = verdict(&p, fault_of(fault), &sound);
	printf("%s", p.said);
	for (int i = FIRST; i < FIRST + is->clients; i++)
		printf("peer %d heard %zu and was heard %zu of %zu bytes\n", i,
		    p.clients[i].heard.n[USER],
		    p.heard.n[echoes(&p) ? USER : i], speech(&p, i));
	printf("exit status %d, signal %d; %s; %s\n",
	    WIFEXITED(p.status) ? WEXITSTATUS(p.status) : -1,
	    WIFSIGNALED(p.status) ? WTERMSIG(p.status) : 0,
	    p.report->fired ? "it failed" : "it was not reached",
	    what == NULL ? "as it should" : what);
	leave(&sound);
	leave(&p);
	return what != NULL;
}

/* Where this program is, with another name. */
static char *
beside(const char *self, const char *name)
{
	const char *slash = strrchr(self, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash + 1 - self);
	char *path = malloc(n + strlen(name) + 1);

	if (path == NULL)
		die("malloc");
	memcpy(path, self, n);
	strcpy(path + n, name);
	return path;
}

int
main(int argc, char **argv)
{
	bool all = argc > 1 && strcmp(argv[1], "--all") == 0;
	int findings = 0;

	signal(SIGPIPE, SIG_IGN);
	library = beside(argv[0], "fault.so");
	sockcat = getenv("SOCKCAT");
	if (sockcat == NULL)
		sockcat = beside(argv[0], "../../sockcat");
	if (argc == 3 && strchr(argv[2], ':') != NULL)
		return show(scenario(argv[1]), argv[2]);
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (int i = 0; i < SCENARIOS; i++)
			puts(scenarios[i].name);
		return 0;
	}
	for (int i = 0; argc == 2 && all && i < SCENARIOS; i++)
		findings += explore(&scenarios[i], all);
	for (int i = 1 + all; i < argc; i++)
		findings += explore(scenario(argv[i]), all);
	return findings > 0;
}
