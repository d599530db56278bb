/*
 * Makes every system call of sockcat fail once, in every way it can, and checks
 * that all data still arrives or that sockcat reports why it does not.
 *
 *	walk scenario...		some uses of each call
 *	walk --all [scenario...]	its first 12 and its last 3 uses
 *	walk scenario call:what:n	one case, and what happened in it
 *	walk --list			the names of the scenarios
 *
 * tests/fault.c makes the calls fail, in sockcat only: the one two directories
 * above this program, or $SOCKCAT. Each finding is printed as the command that
 * repeats it. The exit status is 0 if there is none, 1 if there is, and 77 if
 * the library cannot be preloaded.
 *
 * What a case has to fulfil (see verdict()):
 *
 * - sockcat ends in time, without spinning, and leaves no descriptor, socket
 *   file or memory behind.
 * - No byte is changed, repeated or reordered.
 * - A fault that the program can overcome has no effect at all.
 * - If data is lost, one or two lines on standard error say so, except where
 *   the reader of standard output has gone. The exit status is that of the
 *   fault, or, from a listener that goes on, only one client has lost data.
 *
 * Data is what the scenario is about: with -F, what passes over the socket
 * that sockcat has passed on; with -e, what the command has echoed; with -z,
 * the line of the port that is open. A command that is left to run keeps our
 * standard error open, so it counts as a sockcat that hangs.
 */
#include "fault.h"

#include "bytes.h"
#include "client.h"
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const program = "walk";

enum {
	STREAM = 65536,    /* bytes that each side sends on a stream */
	BLOCK = 100,       /* bytes of a datagram */
	BLOCKS = 8,
	MAX_LINES = 2,     /* on standard error, for one fault */
	FIRST_USES = 12,   /* of a call, that fail with --all */
	LAST_USES = 3,
	MAX_FDS = 5,       /* open at exit: 0, 1, 2 and the signal pipe */
	CHILD_FDS = 2,     /* with -e another pipe */
	MAX_POLLS = 5000,  /* calls of poll(2) more than without a fault */
	TIME_LIMIT = 20000, /* ms for a case */
	TICK = 20,         /* ms */
	IDLE_TICKS = 15,   /* longer than TCP waits to retransmit */
	WORKERS = 24,      /* cases at a time: most of them only wait */
	SKIP = 77,
};

/* The exit statuses that may report a fault; none if it has no effect. */
enum {
	HARMLESS = 0,
	NETWORK = 1 << 1,
	LOCAL = 1 << 3,
	SILENT = 1 << 8, /* no line has to report it */
	COMMAND = 1 << 9, /* 127, as sh(1) has it */
	TRANSIENT = 1 << 10, /* with -c it has no effect */
};

static const struct fault {
	const char *call;
	int status;
	const char *errors; /* for fault.c, with blanks between them */
} faults[] = {
	{ "socket", LOCAL, "EMFILE ENFILE ENOBUFS ENOMEM" },
	{ "socket", NETWORK, "EACCES EAFNOSUPPORT" },
	{ "bind", LOCAL, "ENOBUFS ENOMEM" },
	{ "bind", NETWORK, "EADDRINUSE EACCES EADDRNOTAVAIL" },
	{ "listen", LOCAL, "ENOBUFS" },
	{ "listen", NETWORK, "EADDRINUSE" },
	{ "accept", HARMLESS,
	    "EINTR EAGAIN ECONNABORTED EPROTO EPERM ENETDOWN" },
	{ "accept", LOCAL, "EMFILE ENFILE ENOBUFS ENOMEM" },
	{ "connect", HARMLESS, "EINTR" },
	{ "connect", LOCAL, "ENOBUFS" },
	{ "connect", NETWORK | TRANSIENT, "ECONNREFUSED ECONNRESET ETIMEDOUT "
	    "ENETUNREACH EHOSTUNREACH" },
	{ "connect", NETWORK, "EADDRNOTAVAIL EACCES EAGAIN" },
	{ "poll", HARMLESS, "EINTR EAGAIN" },
	{ "poll", LOCAL, "ENOMEM" },
	{ "read", HARMLESS, "EINTR EAGAIN short" },
	{ "read", LOCAL, "EIO EISDIR" },
	{ "write", HARMLESS, "EINTR EAGAIN short" },
	{ "write", LOCAL, "ENOSPC EDQUOT EFBIG EIO" },
	{ "write", LOCAL | SILENT, "EPIPE" },
	{ "say", HARMLESS, "EINTR short" },
	{ "send", HARMLESS, "EINTR EAGAIN short" },
	{ "send", LOCAL, "ENOBUFS ENOMEM" },
	{ "send", NETWORK, "ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH "
	    "ECONNREFUSED EMSGSIZE" },
	{ "recv", HARMLESS, "EINTR EAGAIN short" },
	{ "recv", LOCAL, "ENOMEM" },
	{ "recv", NETWORK, "ECONNRESET ETIMEDOUT EHOSTUNREACH" },
	{ "sendto", HARMLESS, "EINTR EAGAIN" },
	{ "sendto", LOCAL, "ENOBUFS" },
	{ "sendto", NETWORK, "ECONNREFUSED EPERM EHOSTUNREACH EMSGSIZE" },
	{ "recvmsg", HARMLESS, "EINTR EAGAIN" },
	{ "recvmsg", LOCAL, "ENOMEM" },
	{ "recvmsg", NETWORK, "ECONNREFUSED" },
	{ "sendmsg", HARMLESS, "EINTR EAGAIN" },
	{ "sendmsg", LOCAL, "ENOBUFS ENOMEM EPIPE ECONNRESET" },
	{ "shutdown", HARMLESS, "ENOTCONN ENOBUFS" },
	{ "malloc", LOCAL, "ENOMEM" },
	{ "fcntl", HARMLESS, "EBADF EINVAL" },
	{ "setsockopt", LOCAL, "ENOBUFS ENOMEM" },
	{ "setsockopt", NETWORK, "EINVAL ENOPROTOOPT" },
	{ "getsockopt", LOCAL, "ENOBUFS" },
	{ "getsockname", LOCAL, "ENOBUFS" },
	{ "getpeername", LOCAL, "ENOBUFS" },
	{ "pipe", LOCAL, "EMFILE ENFILE" },
	{ "open", HARMLESS, "EINTR EMFILE ENOENT EACCES ENXIO ENOMEM" },
	{ "dup2", NETWORK | COMMAND, "EINTR EBUSY" },
	{ "getaddrinfo", LOCAL, "EAI_MEMORY" },
	{ "getaddrinfo", NETWORK, "EAI_AGAIN EAI_NONAME EAI_FAIL EAI_SYSTEM" },
	{ "mkdtemp", LOCAL | NETWORK, "EACCES ENOSPC" },
	{ "fork", LOCAL, "EAGAIN ENOMEM" },
	{ "execle", COMMAND, "E2BIG EACCES ENOENT ENOEXEC ENOMEM" },
	{ "waitpid", HARMLESS, "EINTR" },
};

enum { FAULTS = sizeof faults / sizeof faults[0] };

/* What a proxy expects, and its answer to that. */
struct handshake {
	size_t request; /* bytes */
	const char *answer;
	size_t n;
};

static const struct handshake socks5[] = {
	{ 3, "\5", 2 }, { 16, "\5\0\0\1\0\0\0\0\0", 10 }, { 0 },
};
static const struct handshake socks4[] = {
	{ 19, "\0\132\0\0\0\0\0", 8 }, { 0 },
};
static const struct handshake http[] = {
	{ 53, "HTTP/1.1 200 OK\r\n\r\n", 19 }, { 0 },
};

/* The columns of a scenario: who sockcat is, over what, and who gets what. */
enum role {
	CONNECTS, /* to us */
	RETRIES,  /* the same, and it may come again */
	LISTENS,  /* until its client has ended */
	STAYS,    /* until a signal */
	KEEPS,    /* and one more client connects when all others are done */
};

enum {
	TCP = 0, UDP = 1 << 0, UNIX = 1 << 1,
	SEVERAL = 1 << 2, /* addresses has the name */
	FORWARD = 1 << 3, /* with -f, to a server of ours; to a path: */
	TO_PATH = 1 << 4,
};

enum traffic {
	RELAY,   /* standard input and each client receive what the other sends */
	TEXT,    /* the same, as messages */
	SHARE,   /* the same, and each client receives what the others send */
	MIRROR,  /* the client sends back what it receives, nothing else */
	ECHO,    /* each client receives what it has sent, from a command, or
		    from the server that -f connects it to */
	PASS,    /* what passes over the socket that sockcat passes on */
	SCAN,    /* nothing: the line of the port that is open */
};

/*
 * Ways to use sockcat. "@", at the end of a word, stands for the address to
 * listen on or to connect to, with -f always the latter.
 */
static const struct scenario {
	const char *name;
	int clients;
	enum role role;
	int over;
	enum traffic traffic;
	const struct handshake *proxy;
	const char *args;
} scenarios[] = {
	{ "connect", 1, CONNECTS, TCP, RELAY, NULL, "-q 30 -B 8k 127.0.0.1 @" },
	{ "listen", 1, LISTENS, TCP, RELAY, NULL, "-lv -q 30 -B 8k 127.0.0.1 0" },
	{ "many", 2, KEEPS, TCP, RELAY, NULL, "-lkv -B 8k 127.0.0.1 0" },
	{ "room", 2, KEEPS, TCP, SHARE, NULL, "-lkjv -B 8k 127.0.0.1 0" },
	{ "messages", 1, CONNECTS, TCP, TEXT, NULL, "-m -B 8k 127.0.0.1 @" },
	{ "chat", 1, KEEPS, TCP, TEXT, NULL, "-lkmv -B 8k 127.0.0.1 0" },
	{ "race", 1, CONNECTS, TCP | SEVERAL, RELAY, NULL,
	    "-q 30 -B 8k localhost @" },
	{ "name", 1, CONNECTS, TCP, RELAY, NULL, "-q 30 -B 8k name.test @" },
	{ "allowed", 1, LISTENS, TCP, RELAY, NULL,
	    "-a 127.0.0.0/8,::1 -lv 127.0.0.1 0" },
	{ "unix", 1, CONNECTS, UNIX, RELAY, NULL, "-q 30 -B 8k -U @" },
	{ "unix-listen", 1, LISTENS, UNIX, RELAY, NULL, "-q 30 -B 8k -lvU @" },
	{ "datagrams", 1, CONNECTS, UDP, MIRROR, NULL, "-u -q 0 127.0.0.1 @" },
	{ "redial", 1, CONNECTS, UDP | SEVERAL, MIRROR, NULL,
	    "-u -q 0 localhost @" },
	{ "sender", 1, STAYS, UDP, RELAY, NULL, "-luv 127.0.0.1 0" },
	{ "senders", 2, KEEPS, UDP, RELAY, NULL, "-lkuv 127.0.0.1 0" },
	{ "unix-datagrams", 1, CONNECTS, UDP | UNIX, MIRROR, NULL,
	    "-uU -q 0 @" },
	{ "unix-sender", 1, STAYS, UDP | UNIX, RELAY, NULL, "-luvU @" },
	{ "unix-senders", 2, KEEPS, UDP | UNIX, RELAY, NULL, "-lkuvU @" },
	{ "scan", 0, CONNECTS, TCP, SCAN, NULL, "-nzv 127.0.0.1 1,2,@" },
	{ "scan-name", 0, CONNECTS, TCP | SEVERAL, SCAN, NULL,
	    "-zv localhost 1,2,@" },
	{ "scan-udp", 0, CONNECTS, UDP, SCAN, NULL,
	    "-nzuv -w 5 127.0.0.1 1,2,@" },
	{ "socks5", 1, CONNECTS, TCP, RELAY, socks5,
	    "-q 30 -B 8k -X 5 -x 127.0.0.1:@ name.test 80" },
	{ "socks4", 1, CONNECTS, TCP, RELAY, socks4,
	    "-q 30 -B 8k -X 4 -x 127.0.0.1:@ name.test 80" },
	{ "http", 1, CONNECTS, TCP, RELAY, http,
	    "-q 30 -B 8k -X connect -x 127.0.0.1:@ name.test 80" },
	{ "pass", 1, CONNECTS, TCP, PASS, NULL, "-F 127.0.0.1 @" },
	{ "pass-proxy", 1, CONNECTS, TCP, PASS, socks5,
	    "-F -X 5 -x 127.0.0.1:@ name.test 80" },
	{ "retry", 1, RETRIES, TCP, RELAY, NULL, "-q 30 -B 8k -c 30 127.0.0.1 @" },
	{ "retry-unix", 1, RETRIES, UNIX, RELAY, NULL, "-q 30 -B 8k -c 30 -U @" },
	{ "command", 1, CONNECTS, TCP, ECHO, NULL, "-e cat 127.0.0.1 @" },
	{ "serve", 1, LISTENS, TCP, ECHO, NULL, "-lve cat 127.0.0.1 0" },
	{ "serve-many", 2, KEEPS, TCP, ECHO, NULL, "-lkve cat 127.0.0.1 0" },
	{ "forward", 2, KEEPS, TCP | FORWARD, ECHO, NULL,
	    "-lkv -B 8k 127.0.0.1 0 -f 127.0.0.1:@" },
	{ "forward-name", 1, KEEPS, TCP | FORWARD, ECHO, NULL,
	    "-lkv -B 8k 127.0.0.1 0 -f name.test:@" },
	{ "forward-dump", 1, KEEPS, TCP | FORWARD | TO_PATH, ECHO, NULL,
	    "-lkv -B 8k -o /dev/null 127.0.0.1 0 -f @" },
	{ "forward-proxy", 1, KEEPS, TCP | FORWARD, ECHO, socks5,
	    "-lkv -B 8k 127.0.0.1 0 -X 5 -x 127.0.0.1:@ -f name.test:80" },
	{ "forward-retry", 1, KEEPS, TCP | FORWARD, ECHO, NULL,
	    "-lkv -B 8k -c 30 127.0.0.1 0 -f 127.0.0.1:@" },
	{ "forward-datagrams", 2, KEEPS, UDP | FORWARD, ECHO, NULL,
	    "-lkuv 127.0.0.1 0 -f 127.0.0.1:@" },
};

enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

enum { CLOSED_PORTS = 2 }; /* that are scanned */

/* Where data comes from: standard input, or client 1, 2 or 3. */
enum { STDIN, SOURCES = 4 };

static unsigned char data[SOURCES][STREAM];

/* What one reader has received of each source. */
struct received {
	size_t n[SOURCES];
	struct bytes of[SOURCES];
	int last;          /* the source of the last byte */
	bool line_feed;    /* one that was not sent, at the end of a message */
	char wrong[150];   /* what is wrong with the bytes, if anything is */
};

struct party {
	struct client c;
	bool lags;         /* it waits no longer for what it should receive */
	struct received received;
};

/* One case. */
struct run {
	const struct scenario *is;
	const struct fault *fault; /* NULL: none */
	char dir[12];              /* for files; exists during the run */
	char where[100];           /* "@": a path in it, or a port */
	struct fault_report *report;
	pid_t pid;
	pid_t server;              /* that -f connects to; 0: none */
	int listener;              /* that sockcat is to connect to, or -1 */
	struct client in;          /* our end of standard input */
	int out, err;              /* of the others; -1: closed */
	int nclients;              /* that have connected */
	struct party clients[SOURCES]; /* [STDIN] is not used */
	struct received received;  /* from standard output */
	char text[100];            /* the same, with -z */
	bool passed;               /* with -F: in and out are the socket */
	bool passed_nonblocking;
	char log[8192];            /* from standard error */
	size_t nlog;
	int polls, idle_ticks;
	bool stuck;                /* a client waited for data, not closed */
	bool resent;               /* a datagram that was lost */
	bool signalled;            /* a SIGTERM was sent, as all is done */
	bool late;                 /* killed at the time limit */
	int status;                /* as from waitpid(2) */
	bool files_left;
};

static char *sockcat, *library;

/* With -m: where messages end. One is longer than a read, many are short. */
static char
message_end(size_t i)
{
	if (i < 20000 || (i % 97 < 95 && i < STREAM - 2))
		return '\0';
	return i == STREAM - 2 || i % 97 == 95 ? '.' : '\n';
}

static void
make_data(bool text)
{
	for (int s = 0; s < SOURCES; s++) {
		struct bytes at = bytes_begin;

		for (size_t i = 0; i < STREAM; i++) {
			char end = text ? message_end(i) : '\0';

			data[s][i] = (unsigned char)end;
			if (end == '\0')
				bytes_make(&at, PRINTABLE + s, &data[s][i], 1);
		}
	}
}

static int
type_of(const struct run *r)
{
	return r->is->over & UDP ? SOCK_DGRAM : SOCK_STREAM;
}

static bool
is_udp(const struct run *r)
{
	return (r->is->over & UDP) != 0;
}

static bool
is_unix(const struct run *r)
{
	return (r->is->over & UNIX) != 0;
}

static int
last_client(const struct run *r)
{
	return r->is->clients + (r->is->role == KEEPS);
}

static bool
is_extra(const struct run *r, int i)
{
	return i > r->is->clients && r->is->traffic != ECHO;
}

/* How much a source sends. */
static size_t
amount(const struct run *r, int source)
{
	if (r->is->traffic == SCAN || (source == STDIN && r->is->traffic == ECHO))
		return 0;
	if (!is_udp(r))
		return STREAM;
	return is_extra(r, source) ? BLOCK : BLOCK * BLOCKS;
}

/* The next byte of a source; what is wrong with it, if anything is. */
static const char *
check_byte(struct received *to, bool text, const unsigned char *at,
    const unsigned char *end)
{
	bool ends = text && (*at == '.' || *at == '\n');
	int s = ends ? to->last : bytes_sender(*at) - PRINTABLE;
	char due;

	if (s < 0 || s >= SOURCES)
		return "a byte that nobody sent";
	to->last = s;
	if (to->n[s] == STREAM)
		return "more than was sent";
	due = text ? message_end(to->n[s]) : '\0';
	if (ends ? *at != due : due != '\0') {
		to->line_feed |= *at == '\n';
		return *at == '\n' ? NULL : "another end of a message";
	}
	to->n[s]++;
	return ends ? NULL : bytes_check(&to->of[s], at, end);
}

static void
check(const struct run *r, struct received *to, const unsigned char *bytes,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *what = check_byte(to, r->is->traffic == TEXT, bytes + i,
		    bytes + n);

		if (what != NULL && to->wrong[0] == '\0')
			snprintf(to->wrong, sizeof to->wrong, "%s", what);
	}
}

/* Has reading standard input failed? Then nobody has to receive all of it. */
static bool
stdin_failed(const struct run *r)
{
	return r->fault != NULL && r->fault->status != HARMLESS &&
	    strcmp(r->fault->call, "read") == 0 && r->report->fired;
}

/*
 * Has client i received all that it is to receive? With -j that includes what
 * the other clients sent, as far as standard output received it.
 */
static bool
has_all(const struct run *r, int i)
{
	const size_t *n = r->clients[i].received.n;

	if (is_extra(r, i))
		return true;
	if (r->is->traffic == ECHO)
		return n[i] == amount(r, i);
	if (!stdin_failed(r) && n[STDIN] != amount(r, STDIN))
		return false;
	for (int k = 1; r->is->traffic == SHARE && k <= r->is->clients; k++)
		if (k != i && n[k] != amount(r, k) &&
		    !(r->clients[k].lags && n[k] == r->received.n[k]))
			return false;
	return true;
}

/* How much has arrived of what client i sends, or sends back? */
static size_t
arrived(const struct run *r, int i)
{
	if (r->is->traffic == ECHO)
		return r->clients[i].received.n[i];
	return r->received.n[r->is->traffic == MIRROR ? STDIN : i];
}

/* Has client i lost data, in either direction? */
static bool
has_loss(const struct run *r, int i)
{
	return !has_all(r, i) || arrived(r, i) != amount(r, i);
}

/* With -z: is the line of the open port all that was printed? */
static bool
port_found(const struct run *r)
{
	size_t n = strlen(r->where);

	return strncmp(r->text, r->where, n) == 0 && r->text[n] == ' ' &&
	    strcspn(r->text, "\n") + 1 == strlen(r->text);
}

/* How many of the first n clients have? */
static int
losses(const struct run *r, int n)
{
	int lost = r->is->traffic == SCAN && !port_found(r);

	for (int i = 1; i <= n; i++)
		lost += has_loss(r, i);
	return lost;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static struct party
party_of(int fd)
{
	struct party p = { .c = client_of(fd) };

	for (int s = 0; s < SOURCES; s++)
		p.received.of[s] = bytes_begin;
	return p;
}

/* What sockcat connects to. For datagrams that is the client itself. */
static void
open_listener(struct run *r)
{
	int fd = bound_socket(type_of(r), is_unix(r) ? r->where : "0");

	if (fd == -1)
		fail("bind");
	if (!is_unix(r))
		snprintf(r->where, sizeof r->where, "%d", port_of(fd));
	if (is_udp(r)) {
		r->nclients = 1;
		r->clients[1] = party_of(fd);
		r->clients[1].c.shut = true;
		return;
	}
	nonblocking(fd);
	r->listener = fd;
	if (listen(fd, 8) == -1)
		fail("listen");
}

/* Answer as a proxy, if all of each request comes. */
static void
shake_hands(const struct run *r, int fd)
{
	struct timeval limit = { .tv_sec = TIME_LIMIT / 2000 };
	const struct handshake *h = r->is->proxy;
	char request[64];

	if (h == NULL)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	for (; h->request > 0; h++)
		if (recv(fd, request, h->request, MSG_WAITALL) !=
		    (ssize_t)h->request ||
		    write(fd, h->answer, h->n) != (ssize_t)h->n)
			return;
}

/* Send back what comes over a connection, and end as it does. */
static void
echo(int fd)
{
	char bytes[16384];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		for (ssize_t done = 0, m; done < n; done += m) {
			m = write(fd, bytes + done, (size_t)(n - done));
			if (m == -1)
				_exit(1);
		}
	_exit(0);
}

/* With -f: a process for each connection to the destination. */
static void
serve_echo(const struct run *r, int listener)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd == -1)
			_exit(1);
		if (fork() == 0) {
			close(listener);
			shake_hands(r, fd);
			echo(fd);
		}
		close(fd);
	}
}

/* The same with datagrams. */
static void
return_datagrams(int fd)
{
	struct sockaddr_storage from;
	socklen_t len;
	char bytes[BLOCK];
	ssize_t n;

	for (;;) {
		len = sizeof from;
		n = recvfrom(fd, bytes, sizeof bytes, 0,
		    (struct sockaddr *)&from, &len);
		if (n != -1)
			sendto(fd, bytes, (size_t)n, 0,
			    (struct sockaddr *)&from, len);
	}
}

static void
open_server(struct run *r)
{
	bool path = (r->is->over & TO_PATH) != 0;
	int fd = bound_socket(type_of(r), path ? r->where : "0");

	if (fd == -1 || (!is_udp(r) && listen(fd, 8) == -1))
		fail("listen");
	if (!path)
		snprintf(r->where, sizeof r->where, "%d", port_of(fd));
	r->server = fork();
	if (r->server == -1)
		fail("fork");
	if (r->server == 0 && is_udp(r))
		return_datagrams(fd);
	if (r->server == 0)
		serve_echo(r, fd);
	close(fd);
}

static void
close_server(struct run *r)
{
	char path[100];

	kill(r->server, SIGKILL);
	waitpid(r->server, NULL, 0);
	snprintf(path, sizeof path, "%s/s", r->dir);
	unlink(path);
}

/* With -c, sockcat may have given up its connection, and come again. */
static bool
may_accept(const struct run *r)
{
	return r->is->traffic != SCAN && (r->nclients == 0 || r->clients[1].c.eof);
}

static void
accept_client(struct run *r)
{
	int fd = accept(r->listener, NULL, NULL);

	if (fd == -1)
		return;
	shake_hands(r, fd);
	r->nclients = 1;
	client_close(&r->clients[1].c);
	r->clients[1] = party_of(fd);
	if (r->is->role != RETRIES)
		close_fd(&r->listener);
}

/* A word of the arguments, with the address for an "@" at its end. */
static char *
argument(const struct run *r, const char *word)
{
	int n = (int)strcspn(word, "@");
	size_t size = (size_t)n + sizeof r->where;
	char *text = malloc(size);

	if (text == NULL)
		fail("malloc");
	snprintf(text, size, "%.*s%s", n, word,
	    word[n] == '@' ? r->where : "");
	return text;
}

static int
socket_channel(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

static void
start(struct run *r)
{
	char args[100], *argv[16] = { sockcat };
	int n = 1, ends[3];

	snprintf(args, sizeof args, "%s", r->is->args);
	for (char *w = strtok(args, " "); w != NULL; w = strtok(NULL, " "))
		argv[n++] = argument(r, w);
	setenv("TMPDIR", r->dir, 1);
	setenv("LD_PRELOAD", library, 1);
	r->pid = spawn(argv, 3, ends, r->is->traffic == PASS ? socket_channel : pipe);
	while (n > 1)
		free(argv[--n]);
	r->in = client_of(ends[0]);
	r->out = ends[1];
	r->err = ends[2];
}

/* The next client of a listener. If that has gone, it is over at once. */
static void
connect_client(struct run *r)
{
	int i = ++r->nclients, fd;
	struct sockaddr_storage a;
	char name[100];

	snprintf(name, sizeof name, "%s/client%d", r->dir, i);
	if (is_unix(r) && is_udp(r)) {
		fd = bound_socket(type_of(r), name);
		if (connect(fd, (struct sockaddr *)&a,
		    address(r->where, &a)) == -1)
			close_fd(&fd);
	} else
		fd = connected_socket(type_of(r), r->where);
	r->clients[i] = party_of(fd);
}

/* Clients connect once a line reports the address. */
static void
read_log(struct run *r)
{
	ssize_t n = read(r->err, r->log + r->nlog, sizeof r->log - 1 - r->nlog);
	const char *at, *port;

	if (n < 1) {
		close_fd(&r->err);
		return;
	}
	r->nlog += (size_t)n;
	at = strstr(r->log, "listening on ");
	if (r->nclients > 0 || at == NULL || strchr(at, '\n') == NULL)
		return;
	port = strstr(at, " port ");
	if (port != NULL)
		snprintf(r->where, sizeof r->where, "%d", atoi(port + 6));
	while (r->nclients < r->is->clients)
		connect_client(r);
}

/* With -F: use the socket that comes over standard output. */
static void
receive_socket(struct run *r)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec byte = { .iov_base = (char[]){ 0 }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes };
	ssize_t n = recvmsg(r->out, &m, 0);
	struct cmsghdr *header = n < 1 ? NULL : CMSG_FIRSTHDR(&m);

	close_fd(&r->out);
	client_close(&r->in);
	if (header == NULL)
		return;
	r->passed = true;
	memcpy(&r->out, CMSG_DATA(header), sizeof r->out);
	r->passed_nonblocking = (fcntl(r->out, F_GETFL) & O_NONBLOCK) != 0;
	r->in = client_of(dup(r->out));
}

static void
read_output(struct run *r)
{
	unsigned char bytes[16384];
	ssize_t n;

	if (r->is->traffic == PASS && !r->passed) {
		receive_socket(r);
		return;
	}
	n = read(r->out, bytes, sizeof bytes);
	if (n < 1)
		close_fd(&r->out);
	else if (r->is->traffic == SCAN)
		snprintf(r->text + strlen(r->text),
		    sizeof r->text - strlen(r->text), "%.*s", (int)n, bytes);
	else
		check(r, &r->received, bytes, (size_t)n);
}

/* What comes from standard input goes to those who are connected then. */
static bool
all_connected(const struct run *r)
{
	char line[64];

	for (int i = 1; i <= r->is->clients; i++) {
		const struct party *p = &r->clients[i];

		if (p->c.eof || p->lags)
			continue;
		snprintf(line, sizeof line, ":%d connected", port_of(p->c.fd));
		if (strstr(r->log, line) == NULL)
			return false;
	}
	return true;
}

/* May standard input go on, or end? Datagrams pass one at a time. */
static bool
may_feed(const struct run *r)
{
	size_t fed = r->in.sent;

	if (r->is->traffic == MIRROR)
		return fed == r->received.n[STDIN];
	if (r->is->traffic == PASS)
		return r->passed;
	if (!is_udp(r))
		return r->is->role != KEEPS ||
		    (r->nclients > 0 && all_connected(r));
	for (int i = 1; i <= r->is->clients && fed < amount(r, STDIN); i++)
		if (!r->clients[i].lags && r->received.n[i] < fed + BLOCK)
			return false;
	return true;
}

/* Send the next part of a source's data; false if there is none, or no use. */
static bool
send_next(const struct run *r, struct client *c, int source)
{
	size_t sent = c->sent, left = amount(r, source) - sent;

	if (is_udp(r) && left > BLOCK)
		left = BLOCK;
	return left > 0 && client_send(c, data[source] + sent, left) != -1;
}

static void
feed(struct run *r)
{
	if (send_next(r, &r->in, STDIN))
		return;
	client_shut(&r->in);
	client_close(&r->in);
}

/* May client i send more or, if all is sent, shut down? */
static bool
may_send(const struct run *r, int i)
{
	const struct party *p = &r->clients[i];
	size_t sent = p->c.sent;

	if (p->c.fd == -1 || p->c.shut ||
	    (r->is->traffic == SHARE && !all_connected(r)))
		return false;
	if (is_udp(r))
		return sent < amount(r, i) && (sent == 0 || p->lags ||
		    sent == p->received.n[r->is->traffic == ECHO ? i : STDIN]);
	if (sent < amount(r, i) || p->c.eof || p->lags)
		return true;
	if (r->is->role == KEEPS)
		return has_all(r, i);
	return r->is->role >= LISTENS || r->is->traffic == ECHO;
}

static void
send_as(struct run *r, int i)
{
	struct client *c = &r->clients[i].c;

	if (!send_next(r, c, i))
		client_shut(c);
	client_leave(c);
}

/* What the extra client receives is not checked: it may be some of the rest. */
static void
receive_as(struct run *r, int i)
{
	struct party *p = &r->clients[i];
	unsigned char bytes[16384];
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	ssize_t n = recvfrom(p->c.fd, bytes, sizeof bytes, 0,
	    (struct sockaddr *)&from, &len);

	if (n > 0 && !is_extra(r, i) && !(is_udp(r) && p->lags))
		check(r, &p->received, bytes, (size_t)n);
	if ((r->is->traffic == MIRROR && n > 0) ||
	    (r->is->traffic == SCAN && n >= 0))
		sendto(p->c.fd, bytes, (size_t)n, 0, (struct sockaddr *)&from,
		    len);
	p->c.eof |= n < 1 && !is_udp(r);
	client_leave(&p->c);
}

/*
 * Nothing happens any more, so what client i waits for is lost. A datagram that
 * it sent is sent again, once; there may have been no memory for its sender.
 * Returns false if it was not waiting.
 */
static bool
stop_waiting(struct run *r, int i)
{
	struct party *p = &r->clients[i];
	bool lost = p->received.n[STDIN] < r->in.sent;

	if (r->is->traffic == ECHO)
		lost = has_loss(r, i);
	if (is_udp(r) && p->c.sent > arrived(r, i) && !r->resent) {
		p->c.sent = arrived(r, i);
		r->resent = true;
		return true;
	}
	if (p->lags || !(is_udp(r) ? lost : has_loss(r, i)))
		return false;
	p->lags = true;
	/* what stdin has not given by then, nobody waits for */
	r->stuck |= !is_udp(r) && lost && !p->c.eof &&
	    r->in.sent == amount(r, STDIN) &&
	    strstr(r->log, "read standard input") == NULL;
	return true;
}

static int
count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* How many clients have connected; for Unix clients the user is told. */
static int
connected_lines(const struct run *r)
{
	return count(r->log, " connected\n") +
	    count(r->log, " connected (uid ") +
	    count(r->log, " connected, forwarded to ");
}

static bool
all_done(const struct run *r)
{
	for (int i = 1; i <= r->nclients; i++)
		if (!is_udp(r) && r->clients[i].c.fd != -1)
			return false;
	return losses(r, r->nclients) == 0 && (is_udp(r) ||
	    count(r->log, " closed: ") == connected_lines(r));
}

/* When all is done, the extra client connects, then SIGTERM is sent. */
static void
conclude(struct run *r)
{
	bool waited = false;

	if (r->is->role < STAYS || r->signalled || r->nclients == 0)
		return;
	if (!all_done(r)) {
		if (r->idle_ticks < IDLE_TICKS)
			return;
		r->idle_ticks = 0;
		for (int i = 1; i <= r->nclients; i++)
			waited |= stop_waiting(r, i);
		if (waited)
			return;
	}
	if (r->nclients < last_client(r)) {
		connect_client(r);
		return;
	}
	for (int i = 1; !is_udp(r) && i <= r->nclients; i++)
		r->stuck |= r->clients[i].c.fd != -1;
	r->signalled = true;
	kill(r->pid, SIGTERM);
}

/* The state of a process, as /proc tells it; S where the system does not. */
static char
state_of(long pid)
{
	char name[64], state = 'S';
	FILE *f;

	snprintf(name, sizeof name, "/proc/%ld/stat", pid);
	f = fopen(name, "r");
	if (f == NULL)
		return 'S';
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'S';
	fclose(f);
	return state;
}

/* Does a child of it run, or one of theirs? On a busy machine they are late. */
static bool
children_run(long pid)
{
	char name[64];
	bool run = false;
	long child;
	FILE *f;

	snprintf(name, sizeof name, "/proc/%ld/task/%ld/children", pid, pid);
	f = fopen(name, "r");
	if (f == NULL)
		return false;
	while (!run && fscanf(f, "%ld", &child) == 1)
		run = strchr("RD", state_of(child)) != NULL ||
		    children_run(child);
	fclose(f);
	return run;
}

/* Is neither it nor what it has started running or ready to? */
static bool
sleeps(pid_t pid)
{
	return state_of(pid) == 'S' && !children_run(pid);
}

/* Idle: we have nothing to do, and sockcat waits in poll(2) for us. */
static void
count_idle_ticks(struct run *r, bool ready)
{
	int polls = r->report->count[POLL];

	if (ready || !r->report->waits || polls != r->polls ||
	    !sleeps(r->pid) || (r->server != 0 && !sleeps(r->server)))
		r->idle_ticks = 0;
	else
		r->idle_ticks++;
	r->polls = polls;
}

static void
dispatch(struct run *r, const struct pollfd *p)
{
	if (p[0].revents != 0)
		feed(r);
	if (p[1].revents != 0)
		read_output(r);
	if (p[2].revents != 0)
		read_log(r);
	if (p[3].revents != 0)
		accept_client(r);
	for (int i = 1; i < SOURCES; i++) {
		if (r->clients[i].c.fd != -1 && (p[3 + i].revents & ~POLLOUT))
			receive_as(r, i);
		if ((p[3 + i].revents & ~POLLIN) && may_send(r, i))
			send_as(r, i);
	}
}

/* One turn; false at the end. */
static bool
turn(struct run *r)
{
	struct pollfd p[3 + SOURCES];
	bool more = r->out != -1 || r->err != -1;
	int n;

	watch(&p[0], r->in.fd, may_feed(r) ? POLLOUT : 0);
	watch(&p[1], r->out, POLLIN);
	watch(&p[2], r->err, POLLIN);
	watch(&p[3], r->listener, may_accept(r) ? POLLIN : 0);
	for (int i = 1; i < SOURCES; i++) {
		const struct client *c = &r->clients[i].c;

		client_watch(&p[3 + i], c, may_send(r, i));
		more |= c->fd != -1 && !is_udp(r);
	}
	if (!more)
		return false;
	n = poll(p, 3 + SOURCES, TICK);
	count_idle_ticks(r, n != 0);
	if (n > 0)
		dispatch(r, p);
	conclude(r);
	return true;
}

static void
perform(struct run *r)
{
	long long end = now_ms() + TIME_LIMIT;

	if (r->is->role < LISTENS)
		open_listener(r);
	if (r->is->over & FORWARD)
		open_server(r);
	start(r);
	while (!r->late && turn(r))
		r->late = now_ms() >= end;
	if (r->late)
		kill(r->pid, SIGKILL);
	waitpid(r->pid, &r->status, 0);
	if (r->server != 0)
		close_server(r);
	client_close(&r->in);
	close_fd(&r->out);
	close_fd(&r->err);
	close_fd(&r->listener);
	for (int i = 1; i < SOURCES; i++)
		client_close(&r->clients[i].c);
}

/* Remove the directory; does it have files that sockcat should have removed? */
static bool
leaves_files(const struct run *r)
{
	static const char *const ours[] = { "report", "client1", "client2",
		"client3", "s" /* unless sockcat listens on it */ };
	char name[100];

	for (int i = 0; i < 5 - (r->is->role >= LISTENS); i++) {
		snprintf(name, sizeof name, "%s/%s", r->dir, ours[i]);
		unlink(name);
	}
	if (rmdir(r->dir) == 0)
		return false;
	snprintf(name, sizeof name, "rm -rf %s", r->dir);
	return system(name) != -1;
}

/* With -zv: how many lines report what is no error? */
static int
scan_lines(const struct run *r)
{
	int refused = count(r->log, ": Connection refused\n");
	int closed = CLOSED_PORTS;

	if (r->is->traffic != SCAN)
		return 0;
	if (strstr(r->is->args, "localhost") != NULL)
		closed *= 2; /* addresses */
	return count(r->log, ": open\n") +
	    (refused > closed ? closed : refused);
}

/* How many lines report an error; -1: some are not lines of sockcat's. */
static int
error_lines(const struct run *r)
{
	static const char prefix[] = "\nsockcat: ";
	int lines = count(r->log, "\n") - count(r->log, " left out\n");
	int ours = count(r->log, prefix);

	ours += strncmp(r->log, prefix + 1, strlen(prefix + 1)) == 0;
	if (ours != lines || (lines > 0 && r->log[r->nlog - 1] != '\n'))
		return -1;
	return lines - count(r->log, "listening on ") -
	    connected_lines(r) - count(r->log, " closed: ") -
	    scan_lines(r);
}

/*
 * What is wrong with what was received? NULL: nothing. An unfinished message of a
 * client that failed gets a line feed.
 */
static const char *
wrong_bytes(const struct run *r)
{
	if (r->received.wrong[0] != '\0')
		return r->received.wrong;
	if (*r->text != '\0' && !port_found(r))
		return "another line than that of the open port";
	if (r->received.line_feed && losses(r, last_client(r)) == 0)
		return "a line feed that nobody sent";
	for (int i = 1; i < SOURCES; i++) {
		const struct received *to = &r->clients[i].received;

		if (to->wrong[0] != '\0')
			return to->wrong;
		if (to->line_feed)
			return "a line feed that nobody sent";
	}
	return NULL;
}

/* Has it ended as it does after it has relayed everything? */
static bool
ended_well(const struct run *r)
{
	if (r->is->role >= STAYS)
		return WIFSIGNALED(r->status) && WTERMSIG(r->status) == SIGTERM;
	return WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0;
}

/* What is wrong, whatever the fault; NULL: nothing. */
static const char *
misbehaviour(const struct run *r, const struct run *sound)
{
	const struct fault_report *is = r->report, *was = sound->report;

	if (r->late)
		return "it hangs";
	if (r->stuck)
		return "a client is left to wait";
	if (WIFSIGNALED(r->status) && !r->signalled)
		return "it is killed by a signal";
	if (is->pid != (int)r->pid)
		return "the fault was in another program";
	if (is->count[POLL] > was->count[POLL] + MAX_POLLS)
		return "it spins";
	if (wrong_bytes(r) != NULL)
		return wrong_bytes(r);
	if (error_lines(r) == -1)
		return "standard error has more than lines of sockcat";
	if (r->files_left)
		return "a file is left";
	if (r->passed_nonblocking)
		return "the socket is passed in non-blocking mode";
	if (is->descriptors > MAX_FDS + (r->is->traffic == ECHO ? CHILD_FDS : 0))
		return "descriptors are left open";
	if (is->descriptors > 0 && was->descriptors > 0 &&
	    is->live > was->live)
		return "memory is not freed";
	return NULL;
}

/* The exit statuses that may report the fault in this scenario. */
static int
allowed_statuses(const struct run *r)
{
	int allowed = r->fault->status;

	if (allowed & TRANSIENT && strstr(r->is->args, "-c ") != NULL)
		return HARMLESS;
	if (r->is->over & SEVERAL)
		allowed |= NETWORK; /* another address may have failed last */
	if (strcmp(r->fault->call, "fcntl") == 0 &&
	    (r->is->traffic == PASS || r->is->traffic == ECHO))
		allowed |= LOCAL; /* without it, the socket would not block */
	if (strcmp(r->fault->call, "open") == 0 &&
	    strstr(r->is->args, "-o ") != NULL)
		allowed |= LOCAL; /* nobody could read the dump */
	if (r->is->traffic == SCAN && port_found(r))
		allowed |= 1; /* only the reason of a closed port differs */
	return allowed;
}

static int
status_bit(int status)
{
	return status == 127 ? COMMAND : 1 << status;
}

/* Is the fault reported as it should be? NULL: yes. */
static const char *
misreport(const struct run *r)
{
	int lines = error_lines(r), lost = losses(r, last_client(r));
	int allowed = allowed_statuses(r);

	if (allowed == HARMLESS)
		return "a harmless fault has an effect";
	if (lines == 0 && !(allowed & SILENT))
		return "no line says why";
	if (lines > MAX_LINES)
		return "too many lines";
	if (r->is->role >= STAYS && ended_well(r))
		return lost > (r->is->role == KEEPS) &&
		    !stdin_failed(r)
		    ? "it goes on, and more than one client lost data" : NULL;
	if (!WIFEXITED(r->status) ||
	    !(status_bit(WEXITSTATUS(r->status)) & allowed))
		return "the exit status is another fault's";
	return NULL;
}

/* What is wrong with a run; NULL: nothing. */
static const char *
verdict(const struct run *r, const struct run *sound)
{
	const char *what = misbehaviour(r, sound);

	if (what != NULL)
		return what;
	if (losses(r, last_client(r)) == 0 && ended_well(r) &&
	    error_lines(r) == 0 && !stdin_failed(r) && !r->resent)
		return NULL;
	return r->fault == NULL ? "it fails without a fault" : misreport(r);
}

/* The file that fault.c reports in, shared with it. */
static struct fault_report *
make_report(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT, 0600);
	void *p = MAP_FAILED;

	if (fd != -1 && ftruncate(fd, sizeof(struct fault_report)) == 0)
		p = mmap(NULL, sizeof(struct fault_report),
		    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail(name);
	close(fd);
	return p;
}

/* Perform a case with the fault "call:what:n"; f is NULL if n is 0. */
static void
run_case(struct run *r, const struct scenario *is, const struct fault *f,
    const char *fault)
{
	char report[100], value[200];

	*r = (struct run){ .is = is, .fault = f, .dir = "walk.XXXXXX",
		.listener = -1 };
	for (int i = 0; i < SOURCES; i++) {
		r->clients[i].c.fd = -1;
		r->received.of[i] = bytes_begin;
	}
	if (mkdtemp(r->dir) == NULL)
		fail(r->dir);
	snprintf(r->where, sizeof r->where, "%s/s", r->dir);
	snprintf(report, sizeof report, "%s/report", r->dir);
	snprintf(value, sizeof value, "%s:%s", fault, report);
	setenv("FAULT", value, 1);
	r->report = make_report(report);
	perform(r);
	r->files_left = leaves_files(r);
}

static const char no_fault[] = "poll:EINTR:0"; /* the 0th use: never */

static void
print_finding(const struct run *r, const char *fault, const char *what)
{
	char line[400];
	int n = snprintf(line, sizeof line, "tests/build/walk %s %s\t%s\n",
	    r->is->name, fault, what);

	if (write(STDOUT_FILENO, line, (size_t)n) == -1)
		fail("write");
}

/* Perform it without a fault; exit if the library is not used. */
static const char *
run_sound(struct run *r, const struct scenario *is)
{
	make_data(is->traffic == TEXT);
	run_case(r, is, NULL, no_fault);
	if (r->report->pid == 0)
		exit(ended_well(r) ? SKIP : 1);
	return verdict(r, r);
}

/*
 * A part of a datagram would be another one. A Unix listener that cannot
 * connect to a sender still receives from it, though it cannot answer. And a
 * port that resets the connection is open.
 */
static bool
senseless(const struct scenario *is, const struct fault *f, const char *error)
{
	bool udp = is->over & UDP, connects = strcmp(f->call, "connect") == 0;

	/* without memory, glibc's getservbyport(3) crashes; not with -n */
	if (is->traffic == SCAN)
		return strcmp(error, "ECONNRESET") == 0 ||
		    (is->over & SEVERAL && strcmp(f->call, "malloc") == 0);
	if (strcmp(error, "short") == 0)
		return udp && (strcmp(f->call, "send") == 0 ||
		    strcmp(f->call, "recv") == 0);
	return udp && connects && is->over & UNIX && is->role >= LISTENS;
}

/* What the processes that each try a case have found. */
static struct {
	int running, cases, missed, findings;
} tally;

enum { FINDING = 1, MISSED = 2 }; /* bits of their exit status */

static void
collect(void)
{
	int status;

	if (wait(&status) == -1)
		fail("wait");
	status = WIFEXITED(status) ? WEXITSTATUS(status) : FINDING;
	tally.running--;
	tally.cases++;
	tally.missed += (status & MISSED) != 0;
	tally.findings += (status & FINDING) != 0;
}

static void
start_case(const struct run *sound, const struct fault *f, const char *error,
    int n)
{
	char fault[100];
	const char *what;
	struct run r;

	if (tally.running == WORKERS)
		collect();
	tally.running++;
	if (fork() != 0)
		return;
	snprintf(fault, sizeof fault, "%s:%s:%d", f->call, error, n);
	run_case(&r, sound->is, f, fault);
	what = verdict(&r, sound);
	if (what != NULL)
		print_finding(&r, fault, what);
	_exit((what == NULL ? 0 : FINDING) | (r.report->fired ? 0 : MISSED));
}

static int
call_of(const char *name)
{
	static const char *const calls[] = { FAULT_NAMES };
	int i = 0;

	while (strcmp(calls[i], name) != 0)
		i++;
	return i;
}

/* Try the errors of a fault at some or nearly all uses of its call. */
static void
try_fault(const struct run *sound, const struct fault *f, bool all)
{
	int uses = sound->report->count[call_of(f->call)];
	int first = all ? FIRST_USES : 1, last = all ? LAST_USES : 1;
	char errors[100];

	snprintf(errors, sizeof errors, "%s", f->errors);
	for (char *e = strtok(errors, " "); e != NULL; e = strtok(NULL, " "))
		for (int n = 1; n <= uses; n++)
			if ((n <= first || n > uses - last) &&
			    !senseless(sound->is, f, e))
				start_case(sound, f, e, n);
}

/* Walk one scenario; returns the number of findings. */
static int
walk(const struct scenario *is, bool all)
{
	struct run sound;
	const char *what = run_sound(&sound, is);

	memset(&tally, 0, sizeof tally);
	if (what != NULL) {
		print_finding(&sound, no_fault, what);
		tally.findings++;
	}
	for (int i = 0; what == NULL && i < FAULTS; i++)
		try_fault(&sound, &faults[i], all);
	while (tally.running > 0)
		collect();
	printf("%s: %d cases, %d findings (%d not reached)\n", is->name,
	    tally.cases, tally.findings, tally.missed);
	fflush(stdout);
	return tally.findings;
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

/* The fault of "call:what:n". */
static const struct fault *
find_fault(const char *word)
{
	char call[32], what[32];

	if (sscanf(word, "%31[^:]:%31[^:]:", call, what) == 2)
		for (int i = 0; i < FAULTS; i++)
			if (strcmp(faults[i].call, call) == 0 &&
			    strstr(faults[i].errors, what) != NULL)
				return &faults[i];
	fprintf(stderr, "walk: no fault %s\n", word);
	exit(2);
}

/* One case, with all that it shows; returns the number of findings. */
static int
show(const struct scenario *is, const char *fault)
{
	struct run r, sound;
	const char *what;

	run_sound(&sound, is);
	run_case(&r, is, find_fault(fault), fault);
	what = verdict(&r, &sound);
	printf("%s", r.log);
	for (int i = 1; i <= last_client(&r); i++)
		printf("client %d received %zu bytes and sent %zu; %zu of %zu "
		    "arrived\n", i, r.clients[i].received.n[is->traffic == ECHO ? i
		    : STDIN], r.clients[i].c.sent, arrived(&r, i),
		    amount(&r, i));
	printf("%s", r.text);
	printf("exit status %d, signal %d; %s; %s\n",
	    WIFEXITED(r.status) ? WEXITSTATUS(r.status) : -1,
	    WIFSIGNALED(r.status) ? WTERMSIG(r.status) : 0,
	    r.report->fired ? "it failed" : "it was not reached",
	    what == NULL ? "as it should" : what);
	return what != NULL;
}

/* What is found relative to the directory of this program. */
static char *
beside(const char *self, const char *name)
{
	const char *slash = strrchr(self, '/');
	int n = slash == NULL ? 0 : (int)(slash + 1 - self);
	size_t size = (size_t)n + strlen(name) + 1;
	char *path = malloc(size);

	if (path == NULL)
		fail("malloc");
	snprintf(path, size, "%.*s%s", n, self, name);
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
		findings += walk(&scenarios[i], all);
	for (int i = 1 + all; i < argc; i++)
		findings += walk(scenario(argv[i]), all);
	return findings > 0;
}
