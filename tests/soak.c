/*
 * Clients that connect, send, stall, reset and close at random, for as long as
 * wanted: no data may be lost or mixed up, and nothing may be left behind.
 *
 *	soak sockcat seconds seed	seed 0: any; it is printed
 *
 * One half of the time the listener is sockcat -lk, the other half sockcat
 * -lkj. Each byte names its sender and has two bits of that sender's sequence,
 * which can be checked from any point on. With SANITIZED set, memory is not
 * measured. The exit status is 0 if there was no difference from what had to
 * be.
 */
#include "common.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
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
	SENDERS = 64,      /* those, and standard input as the last */
	STDIN = SENDERS - 1,
	SYNC = 8,          /* symbols that give the position in a sequence */
	TIME_LIMIT = 60000, /* ms after the end until all have to be closed */
	WARMUP = 8,        /* part of the time before the first measurement */
	SLACK = 1024,      /* KiB that buffers may still grow by then */
	SHOWN = 20,        /* differences that are printed */
};

/* A position in a sender's sequence. */
struct sequence {
	unsigned state;
	int known; /* symbols so far, SYNC at most */
};

enum ending { CLEAN, GONE, RESET };

struct client {
	int fd;            /* -1: closed, or not connected yet */
	long long id;      /* 0: this place is free */
	bool open;         /* the listener has not reported that it is closed */
	bool shut;         /* it has ended its sending side */
	enum ending ending;
	long long wake;    /* until then it does nothing */
	size_t piece, left; /* to send: at once, in all */
	long long sent, received;                 /* as we counted */
	long long reported_received, reported_sent; /* as the listener did */
	long long printed;     /* of what it sent */
	struct sequence from[SENDERS];
};

static struct client clients[CLIENTS];
static struct sequence printed[SENDERS];
static struct sequence fed = { 1, SYNC };
static long long feed_wake, print_wake;

static pid_t listener;
static int in, out;       /* our ends of its standard input and output */
static FILE *logs;        /* and of its standard error */
static char port[16];
static bool closing;      /* no more clients are to connect */

static long long last_id;
static long long served[3], from_clients, to_clients, differences;
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

/* Two steps of the shift register x^15 + x^14 + 1: the lowest bits are new. */
static unsigned
step(unsigned state)
{
	return (state << 2 | ((state >> 13 ^ state >> 12) & 3)) & 0x7fff;
}

static unsigned
generate(char *bytes, size_t n, int sender, unsigned state)
{
	for (size_t i = 0; i < n; i++) {
		state = step(state);
		bytes[i] = (char)(sender << 2 | (int)(state & 3));
	}
	return state;
}

/* Is this the next symbol of the sequence? */
static bool
follows(struct sequence *s, unsigned symbol)
{
	if (s->known < SYNC) {
		s->state = (s->state << 2 | symbol) & 0x7fff;
		s->known++;
		return true;
	}
	s->state = step(s->state);
	if ((s->state & 3) == symbol)
		return true;
	s->known = 0;
	return false;
}

/* Write up to n bytes of a sequence; returns how many, or -1. */
static ssize_t
send_some(int fd, size_t n, int sender, unsigned *state)
{
	static char bytes[1 << 18];
	ssize_t done;

	if (n > sizeof bytes)
		n = sizeof bytes;
	generate(bytes, n, sender, *state);
	done = write(fd, bytes, n);
	if (done == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (done > 0)
		*state = generate(bytes, (size_t)done, sender, *state);
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
	in = ends[0];
	out = ends[1];
	nonblocking(in);
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
	nonblocking(fd);
	return fd;
}

static void
join(struct client *c, int sender)
{
	*c = (struct client){ .fd = connect_from(sender), .open = true,
		.id = ++last_id };
	c->ending = roll(4) > 0 ? CLEAN : roll(2) > 0 ? GONE : RESET;
	c->piece = 1 + roll_size(17);
	c->left = c->piece * roll(64); /* or it would never end */
}

static void
leave(struct client *c)
{
	if (c->ending == RESET)
		close_with_reset(c->fd);
	else
		close(c->fd);
	c->fd = -1;
}

/* A count may be smaller than another one, but not if the client ended well. */
static void
compare(const struct client *c, const char *what, long long got, long long all)
{
	if (got > all || (c->ending == CLEAN && got < all))
		differs("client %lld: %lld bytes %s of %lld", c->id, got, what,
		    all);
}

/* Free its place once the listener has closed it and printed all of it. */
static void
settle(struct client *c, int sender)
{
	if (c->fd != -1 || c->open || c->printed < c->reported_received)
		return;
	compare(c, "arrived", c->reported_received, c->sent);
	compare(c, "were received", c->received, c->reported_sent);
	if (c->printed > c->reported_received)
		differs("client %lld: more was printed than arrived", c->id);
	from_clients += c->printed;
	to_clients += c->received;
	served[c->ending]++;
	c->id = 0;
	if (printed[sender].known < SYNC)
		printed[sender] = (struct sequence){ 1, SYNC };
}

static void
client_send(struct client *c, int sender)
{
	/* it goes on where the last one at its place was printed last */
	static unsigned state[CLIENTS];
	size_t most = 1 + roll(c->piece);
	ssize_t n = 0;

	if (closing && c->left > most)
		c->left = most;
	if (c->sent == 0)
		state[sender] = printed[sender].state;
	if (c->left > 0)
		n = send_some(c->fd, most < c->left ? most : c->left, sender,
		    &state[sender]);
	if (n == -1) {
		differs("client %lld: send: %s", c->id, strerror(errno));
		c->ending = GONE;
	} else {
		c->left -= (size_t)n;
		c->sent += (long long)n;
	}
	if (n == -1 || (c->left == 0 && c->ending != CLEAN))
		leave(c);
	else if (c->left == 0) {
		shutdown(c->fd, SHUT_WR);
		c->shut = true;
	}
}

static void
client_end(struct client *c, ssize_t n)
{
	if (n == -1 || !c->shut) {
		differs("client %lld: %s", c->id, n == -1 ? strerror(errno)
		    : "closed before it had sent everything");
		c->ending = GONE;
	}
	leave(c);
}

static void
client_receive(struct client *c)
{
	unsigned char bytes[1 << 16];
	ssize_t n = read(c->fd, bytes, 1 + roll(sizeof bytes));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 1) {
		client_end(c, n);
		return;
	}
	c->received += (long long)n;
	for (ssize_t i = 0; i < n; i++)
		if (!follows(&c->from[bytes[i] >> 2], bytes[i] & 3))
			differs("client %lld: data of %d out of order", c->id,
			    bytes[i] >> 2);
}

static void
dispatch_client(struct client *c, int sender, int events)
{
	if (events & (POLLIN | POLLHUP | POLLERR))
		client_receive(c);
	if (c->fd != -1 && !c->shut && (events & POLLOUT))
		client_send(c, sender);
	if (roll(32) == 0 && !closing)
		c->wake = now_ms() +
		    (long long)roll(roll(64) == 0 ? 2000 : 100);
}

/* The last byte of an address tells which client a line is about. */
static void
read_log(void)
{
	char line[512] = "";
	const char *at, *closed;
	struct client *c;
	int n;

	if (fgets(line, sizeof line, logs) == NULL ||
	    strstr(line, " connected") != NULL)
		return;
	at = strstr(line, "127.0.1.");
	closed = strstr(line, " closed: ");
	n = at == NULL ? 0 : atoi(at + strlen("127.0.1."));
	c = n < 1 || n > CLIENTS ? NULL : &clients[n - 1];
	if (c == NULL || !c->open)
		differs("no such client: %s", line);
	else if (closed != NULL && sscanf(closed, " closed: received %lld "
	    "bytes, sent %lld bytes", &c->reported_received,
	    &c->reported_sent) == 2)
		c->open = false;
	else if (c->ending == CLEAN)
		differs("%s", line);
}

static void
read_output(void)
{
	unsigned char bytes[1 << 16];
	ssize_t got = read(out, bytes, 1 + roll(sizeof bytes));

	for (ssize_t i = 0; i < got; i++) {
		int sender = bytes[i] >> 2;

		if (sender >= CLIENTS || clients[sender].id == 0) {
			differs("printed, but not sent");
			continue;
		}
		if (!follows(&printed[sender], bytes[i] & 3))
			differs("client %lld is printed out of order",
			    clients[sender].id);
		clients[sender].printed++;
	}
	if (roll(32) == 0)
		print_wake = now_ms() + (long long)roll(50);
}

static void
feed(void)
{
	if (send_some(in, 1 + roll_size(18), STDIN, &fed.state) == -1)
		fail("write to the listener");
	feed_wake = now_ms() + (long long)roll(20);
}

/* Poll this once it is time to; *timeout is when to look again. */
static void
set(struct pollfd *p, int fd, int events, long long wake, long long *timeout)
{
	*p = (struct pollfd){ .fd = fd, .events = (short)events };
	if (wake <= now_ms())
		return;
	p->fd = -1;
	if (wake < *timeout)
		*timeout = wake;
}

static void
turn(void)
{
	struct pollfd p[3 + CLIENTS];
	long long timeout = now_ms() + 100;

	set(&p[0], closing ? -1 : in, POLLOUT, feed_wake, &timeout);
	set(&p[1], out, POLLIN, print_wake, &timeout);
	set(&p[2], fileno(logs), POLLIN, 0, &timeout);
	for (int i = 0; i < CLIENTS; i++)
		set(&p[3 + i], clients[i].fd,
		    clients[i].shut ? POLLIN : POLLIN | POLLOUT,
		    closing ? 0 : clients[i].wake, &timeout);
	timeout -= now_ms();
	poll(p, 3 + CLIENTS, timeout > 0 ? (int)timeout : 0);
	if (p[0].revents != 0)
		feed();
	if (p[1].revents != 0)
		read_output();
	if (p[2].revents != 0)
		read_log();
	for (int i = 0; i < CLIENTS; i++)
		if (p[3 + i].revents != 0)
			dispatch_client(&clients[i], i, p[3 + i].revents);
}

/* Settle with clients that are closed, let new ones join; false: none left. */
static bool
renew(void)
{
	bool any = false;

	for (int i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];

		if (c->id != 0)
			settle(c, i);
		if (c->id == 0 && !closing && roll(8) == 0)
			join(c, i);
		any |= c->id != 0;
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
	close(in);
	close(out);
	fclose(logs);
}

static void
soak(char *sockcat, char *options, long long ms)
{
	int fds;
	long kib;

	for (int i = 0; i < CLIENTS; i++)
		clients[i] = (struct client){ .fd = -1 };
	for (int i = 0; i < SENDERS; i++)
		printed[i] = (struct sequence){ 1, SYNC };
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
	    "%lld bytes from them, %lld to them\n%lld differences\n",
	    all_served(), served[CLEAN], served[GONE], served[RESET],
	    from_clients, to_clients, differences);
	return differences != 0;
}
