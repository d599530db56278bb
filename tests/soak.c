/*
 * Clients that connect, send, stall, reset and close at random, for as long as
 * wanted: no data may be lost or mixed up, and nothing may be left behind.
 *
 *	soak sockcat seconds seed	seed 0: any; it is printed
 *
 * One half of the time the listener is sockcat -lk, the other half sockcat
 * -lkj. With SANITIZED set, memory is not
 * measured. The exit status is 0 if there was no difference from what had to
 * be.
 */
#include "bytes.h"
#include "client.h"
#include "common.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *const program = "soak";

enum {
	CLIENTS = 50,
	STDIN = SENDERS - 1, /* the last sender; the clients are the first */
	TIME_LIMIT = 60000, /* ms after the end until all have to be closed */
	WARMUP = 8,        /* part of the time before the first measurement */
	SLACK = 1024,      /* KiB that buffers may still grow by then */
	SHOWN = 20,        /* differences that are printed */
};

enum ending { CLEAN, GONE, RESET };

struct visitor {
	struct client c;
	long long id;      /* 0: this place is free */
	bool open;         /* the listener has not reported that it is closed */
	enum ending ending;
	size_t piece, left; /* to send: at once, in all */
	size_t reported_got, reported_sent; /* as the listener has counted */
	size_t printed;    /* of what it sent */
	struct bytes from[SENDERS];
};

static struct visitor visitors[CLIENTS];
static struct bytes printed[SENDERS], fed;
static struct client in;  /* our end of the listener's standard input */
static long long print_wake;

static pid_t listener;
static int out;           /* our end of its standard output */
static FILE *logs;        /* and of its standard error */
static char port[16];
static bool closing;      /* no more clients are to connect */

static long long last_id;
static long long served[3], differences;
static size_t from_clients, to_clients;
static uint64_t dice;

static void
differs(const char *format, ...)
{
	va_list args;

	if (++differences > SHOWN)
		return;
	fputs("soak: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* xorshift64: a number below n. */
static size_t
roll(size_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (size_t)(dice >> 11) % n;
}

/* Most are small, some are large. */
static size_t
roll_size(int bits)
{
	return roll((size_t)1 << (1 + roll((size_t)bits)));
}

/* Send up to n bytes of a sender's stream; returns how many, or -1. */
static ssize_t
send_some(struct client *c, size_t n, int sender, struct bytes *at)
{
	static char bytes[1 << 18];
	struct bytes next = *at;
	ssize_t done;

	if (n > sizeof bytes)
		n = sizeof bytes;
	bytes_make(&next, sender, bytes, n);
	done = client_send(c, bytes, n);
	if (done > 0)
		bytes_make(at, sender, bytes, (size_t)done);
	return done;
}

/* The first line of its log reports the port. */
static void
start_listener(char *sockcat, char *options)
{
	/* -q 0: a client that half-closes is closed once it has all data */
	char *argv[] = { sockcat, options, "-q", "0", "127.0.0.1", "0", NULL };
	char line[256] = "";
	int ends[3];

	listener = spawn(argv, 3, ends, pipe);
	in = client_of(ends[0]);
	out = ends[1];
	nonblocking(out);
	logs = fdopen(ends[2], "r");
	if (logs == NULL)
		fail("fdopen");
	setvbuf(logs, NULL, _IONBF, 0); /* so that poll(2) sees every line */
	fgets(line, sizeof line, logs);
	if (sscanf(line, "sockcat: listening on %*s port %15[0-9]", port) != 1)
		fail("the listener does not report its port");
}

/* Each has an address of its own: another may soon have the same port. */
static int
connect_from(int sender)
{
	struct sockaddr_storage to;
	socklen_t len = address(port, &to);
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 +
	    (in_addr_t)sender);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&from, sizeof from) == -1 ||
	    connect(fd, (struct sockaddr *)&to, len) == -1)
		fail("connect");
	return fd;
}

static void
join(struct visitor *v, int sender)
{
	*v = (struct visitor){ .c = client_of(connect_from(sender)),
		.open = true, .id = ++last_id };
	v->ending = roll(4) > 0 ? CLEAN : roll(2) > 0 ? GONE : RESET;
	v->piece = 1 + roll_size(17);
	v->left = v->piece * roll(64); /* or it would never end */
}

static void
leave(struct visitor *v)
{
	if (v->ending == RESET)
		client_reset(&v->c);
	else
		client_close(&v->c);
}

/* A count may be smaller than another one, but not if the client ended well. */
static void
compare(const struct visitor *v, const char *what, size_t got, size_t all)
{
	if (got > all || (v->ending == CLEAN && got < all))
		differs("client %lld: %zu bytes %s of %zu", v->id, got, what,
		    all);
}

/* Free its place once the listener has closed it and printed all of it. */
static void
settle(struct visitor *v)
{
	if (v->c.fd != -1 || v->open || v->printed < v->reported_got)
		return;
	compare(v, "arrived", v->reported_got, v->c.sent);
	compare(v, "were received", v->c.got, v->reported_sent);
	if (v->printed > v->reported_got)
		differs("client %lld: more was printed than arrived", v->id);
	from_clients += v->printed;
	to_clients += v->c.got;
	served[v->ending]++;
	v->id = 0;
}

static void
send_as(struct visitor *v, int sender)
{
	/* it goes on where the last one at its place was printed last */
	static struct bytes at[CLIENTS];
	size_t most = 1 + roll(v->piece);
	ssize_t n = 0;

	if (closing && v->left > most)
		v->left = most;
	if (v->c.sent == 0)
		at[sender] = printed[sender];
	if (v->left > 0)
		n = send_some(&v->c, most < v->left ? most : v->left, sender,
		    &at[sender]);
	if (n == -1) {
		differs("client %lld: send: %s", v->id, strerror(errno));
		v->ending = GONE;
	} else
		v->left -= (size_t)n;
	if (n == -1 || (v->left == 0 && v->ending != CLEAN))
		leave(v);
	else if (v->left == 0)
		client_shut(&v->c);
}

static void
receive_as(struct visitor *v)
{
	unsigned char bytes[1 << 16];
	ssize_t n = client_receive(&v->c, bytes, 1 + roll(sizeof bytes));

	for (ssize_t i = 0; i < n; i++) {
		const char *wrong = bytes_check(
		    &v->from[bytes_sender(bytes[i])], bytes + i, bytes + n);

		if (wrong != NULL)
			differs("client %lld: %s", v->id, wrong);
	}
	if (!v->c.eof)
		return;
	if (n == -1 || !v->c.shut) {
		differs("client %lld: %s", v->id, n == -1 ? strerror(errno)
		    : "closed before it had sent everything");
		v->ending = GONE;
	}
	leave(v);
}

static void
dispatch(struct visitor *v, int sender, int events)
{
	if (events & (POLLIN | POLLHUP | POLLERR))
		receive_as(v);
	if (v->c.fd != -1 && !v->c.shut && (events & POLLOUT))
		send_as(v, sender);
	if (roll(32) == 0 && !closing)
		v->c.wake = now_ms() +
		    (long long)roll(roll(64) == 0 ? 2000 : 100);
}

/* The last byte of an address tells which client a line is about. */
static void
read_log(void)
{
	char line[512] = "";
	const char *at, *closed;
	struct visitor *v;
	int n;

	if (fgets(line, sizeof line, logs) == NULL ||
	    strstr(line, " connected") != NULL)
		return;
	at = strstr(line, "127.0.1.");
	closed = strstr(line, " closed: ");
	n = at == NULL ? 0 : atoi(at + strlen("127.0.1."));
	v = n < 1 || n > CLIENTS ? NULL : &visitors[n - 1];
	if (v == NULL || !v->open)
		differs("no such client: %s", line);
	else if (closed != NULL && sscanf(closed, " closed: received %zu "
	    "%*[bytes], sent %zu %*[bytes]", &v->reported_got,
	    &v->reported_sent) == 2)
		v->open = false;
	else if (v->ending == CLEAN)
		differs("%s", line);
}

static void
read_output(void)
{
	unsigned char bytes[1 << 16];
	ssize_t got = read(out, bytes, 1 + roll(sizeof bytes));

	for (ssize_t i = 0; i < got; i++) {
		int sender = bytes_sender(bytes[i]);
		const char *wrong;

		if (sender >= CLIENTS || visitors[sender].id == 0) {
			differs("printed, but not sent");
			continue;
		}
		wrong = bytes_check(&printed[sender], bytes + i, bytes + got);
		if (wrong != NULL)
			differs("printed of client %lld: %s",
			    visitors[sender].id, wrong);
		visitors[sender].printed++;
	}
	if (roll(32) == 0)
		print_wake = now_ms() + (long long)roll(50);
}

static void
feed(void)
{
	if (send_some(&in, 1 + roll_size(18), STDIN, &fed) == -1)
		fail("write to the listener");
	in.wake = now_ms() + (long long)roll(20);
}

/* These events, once it is time to; *until is when to look again. */
static int
from_then(long long wake, int events, long long *until)
{
	if (closing || wake <= now_ms())
		return events;
	if (wake < *until)
		*until = wake;
	return 0;
}

static void
turn(void)
{
	struct pollfd p[3 + CLIENTS];
	long long until = now_ms() + 100;

	watch(&p[0], closing ? -1 : in.fd, from_then(in.wake, POLLOUT, &until));
	watch(&p[1], out, from_then(print_wake, POLLIN, &until));
	watch(&p[2], fileno(logs), POLLIN);
	for (int i = 0; i < CLIENTS; i++) {
		const struct client *c = &visitors[i].c;

		watch(&p[3 + i], c->fd, from_then(c->wake,
		    c->shut ? POLLIN : POLLIN | POLLOUT, &until));
	}
	until -= now_ms();
	poll(p, 3 + CLIENTS, until > 0 ? (int)until : 0);
	if (p[0].revents != 0)
		feed();
	if (p[1].revents != 0)
		read_output();
	if (p[2].revents != 0)
		read_log();
	for (int i = 0; i < CLIENTS; i++)
		if (p[3 + i].revents != 0)
			dispatch(&visitors[i], i, p[3 + i].revents);
}

/* Settle with clients that are closed, let new ones join; false: none left. */
static bool
renew(void)
{
	bool any = false;

	for (int i = 0; i < CLIENTS; i++) {
		struct visitor *v = &visitors[i];

		if (v->id != 0)
			settle(v);
		if (v->id == 0 && !closing && roll(8) == 0)
			join(v, i);
		any |= v->id != 0;
	}
	return any;
}

static long long
all_served(void)
{
	return served[CLEAN] + served[GONE] + served[RESET];
}

/* Serve until that time, and so many clients, and until all are closed. */
static void
run_until(long long end, long long least)
{
	long long enough = all_served() + least;

	closing = false;
	while (now_ms() < end ||
	    (all_served() < enough && now_ms() < end + TIME_LIMIT / 2)) {
		renew();
		turn();
	}
	if (all_served() < enough)
		differs("too few clients were served");
	closing = true;
	while (renew()) {
		turn();
		if (now_ms() > end + TIME_LIMIT) {
			differs("a client is never closed");
			return;
		}
	}
}

/* Descriptors that the listener has open, where that can be seen. */
static int
descriptors(void)
{
	char name[64];
	DIR *dir;
	int n = -2; /* for . and .. */

	snprintf(name, sizeof name, "/proc/%ld/fd", (long)listener);
	dir = opendir(name);
	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* KiB of memory that the listener has, where that can be seen. */
static long
memory(void)
{
	char line[128];
	long n = -1;
	const char *checker = getenv("SANITIZED");
	FILE *f;

	snprintf(line, sizeof line, "/proc/%ld/status", (long)listener);
	f = checker != NULL && *checker != '\0' ? NULL : fopen(line, "r");
	if (f == NULL)
		return -1;
	while (fgets(line, sizeof line, f) != NULL)
		sscanf(line, "VmRSS: %ld", &n);
	fclose(f);
	return n;
}

static void
stop_listener(void)
{
	int status;

	kill(listener, SIGTERM);
	if (waitpid(listener, &status, 0) == -1)
		fail("wait");
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
		differs("the listener's status is %x", (unsigned)status);
	client_close(&in);
	close(out);
	fclose(logs);
}

static void
soak(char *sockcat, char *options, long long ms)
{
	int fds;
	long kib;

	for (int i = 0; i < CLIENTS; i++)
		visitors[i] = (struct visitor){ .c.fd = -1 };
	for (int i = 0; i < SENDERS; i++)
		printed[i] = bytes_begin;
	fed = bytes_begin;
	start_listener(sockcat, options);
	run_until(now_ms() + ms / WARMUP, CLIENTS);
	fds = descriptors();
	kib = memory();
	run_until(now_ms() + ms - ms / WARMUP, 0);
	printf("%s: descriptors %d, then %d; memory %ld KiB, then %ld\n",
	    options, fds, descriptors(), kib, memory());
	fflush(stdout);
	if (descriptors() != fds)
		differs("descriptors are left open");
	if (memory() > kib + SLACK)
		differs("memory is not freed");
	stop_listener();
}

int
main(int argc, char **argv)
{
	long long ms = argc == 4 ? (long long)(atof(argv[2]) * 1000) : 0;

	if (ms <= 0)
		return 2;
	dice = strtoull(argv[3], NULL, 10);
	if (dice == 0)
		dice = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)dice);
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	soak(argv[1], "-vlk", ms / 2);
	soak(argv[1], "-vlkj", ms / 2);
	printf("%lld clients served: %lld to the end, %lld gone, %lld reset\n"
	    "%zu bytes from them, %zu to them\n%lld differences\n",
	    all_served(), served[CLEAN], served[GONE], served[RESET],
	    from_clients, to_clients, differences);
	return differences != 0;
}
