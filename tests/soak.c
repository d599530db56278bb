/*
 * Clients that come, talk, stall, reset and go at random, for as long as one
 * likes: nothing may be lost, mixed up or left behind.
 *
 *	soak sockcat seconds seed	seed 0: any, which is told
 *
 * Half of the time the listener is sockcat -lk, then sockcat -lkj. A byte
 * tells who said it, and two bits of a sequence of his that anybody can check
 * from any place on. With SANITIZED set, memory is not measured. It exits with
 * 0 if there was no difference between what was and what had to be.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	CLIENTS = 50,
	SPEAKERS = 64,   /* those, and standard input as the last */
	FEED = SPEAKERS - 1,
	SYNC = 8,        /* symbols that tell where in the sequence one is */
	PATIENCE = 60000, /* ms after the end until all should have gone */
	WARMUP = 8,      /* a part of the time: what is measured comes then */
	SLACK = 1024,    /* KiB of a buffer that was never filled till then */
	SHOWN = 20,      /* differences that are told one by one */
};

/* A place in a speaker's sequence. */
struct stream {
	unsigned state;
	int known; /* symbols that were heard, SYNC at most */
};

enum ending { CLEAN, GONE, RESET };

struct client {
	int fd;             /* -1: it has left, or not come */
	bool here;          /* the listener has not said that it has closed */
	bool shut;
	enum ending ending;
	long long serial, wake;
	size_t piece, left; /* to say */
	unsigned long long said, heard;       /* as we saw it */
	unsigned long long received, sent;    /* as the listener did */
	unsigned long long printed;           /* of what it said */
	struct stream ears[SPEAKERS];
};

static struct client clients[CLIENTS];
static struct stream printed[SPEAKERS];
static struct stream fed = { 1, SYNC };
static long long feed_wake, print_wake;

static pid_t listener;
static int in, out, said; /* its standard input, output and error */
static int port;
static bool closing;      /* nobody comes any more */

static long long serial;
static unsigned long long served[3], from_all, to_all, differences;
static uint64_t dice;

static void
fail(const char *what)
{
	fprintf(stderr, "soak: %s: %s\n", what, strerror(errno));
	exit(1);
}

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

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
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
compose(char *words, size_t n, int speaker, unsigned state)
{
	for (size_t i = 0; i < n; i++) {
		state = step(state);
		words[i] = (char)(speaker << 2 | (int)(state & 3));
	}
	return state;
}

/* Is this the symbol that had to come? */
static bool
follows(struct stream *s, unsigned symbol)
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

/* Write at most n bytes of a speaker's sequence; what was taken counts. */
static size_t
speak(int fd, size_t n, int speaker, unsigned *state)
{
	static char words[1 << 18];
	ssize_t done;

	if (n > sizeof words)
		n = sizeof words;
	compose(words, n, speaker, *state);
	done = write(fd, words, n);
	if (done == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (done == -1)
		return SIZE_MAX;
	*state = compose(words, (size_t)done, speaker, *state);
	return (size_t)done;
}

/* In the listener: its end of a pipe becomes this descriptor. */
static void
adopt(const int ends[2], int own, int fd)
{
	dup2(ends[own], fd);
	close(ends[0]);
	close(ends[1]);
}

/* Here: the other end of it. */
static int
keep(const int ends[2], int own)
{
	close(ends[1 - own]);
	fcntl(ends[own], F_SETFL, O_NONBLOCK);
	return ends[own];
}

static int
first_port(void)
{
	struct pollfd p = { .fd = said, .events = POLLIN };
	char line[256];
	size_t n = 0;

	while (n < sizeof line - 1 && poll(&p, 1, PATIENCE) == 1 &&
	    read(said, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	if (strrchr(line, ' ') == NULL)
		fail("the listener does not say its port");
	return atoi(strrchr(line, ' '));
}

static void
start_listener(const char *sockcat, const char *how)
{
	int a[2], b[2], c[2];

	if (pipe(a) == -1 || pipe(b) == -1 || pipe(c) == -1)
		fail("pipe");
	listener = fork();
	if (listener == -1)
		fail("fork");
	if (listener == 0) {
		adopt(a, 0, STDIN_FILENO);
		adopt(b, 1, STDOUT_FILENO);
		adopt(c, 1, STDERR_FILENO);
		execl(sockcat, sockcat, how, "127.0.0.1", "0", (char *)NULL);
		_exit(127);
	}
	in = keep(a, 1);
	out = keep(b, 0);
	said = keep(c, 0);
	port = first_port();
}

/* Each comes from an address of its own: a port may soon be another's. */
static int
reach(int speaker)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = from;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 +
	    (in_addr_t)speaker);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((in_port_t)port);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&from, sizeof from) == -1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof to) == -1)
		fail("connect");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
come(struct client *c, int speaker)
{
	memset(c, 0, sizeof *c);
	c->fd = reach(speaker);
	c->here = true;
	c->serial = ++serial;
	c->ending = roll(4) > 0 ? CLEAN : roll(2) > 0 ? GONE : RESET;
	c->piece = 1 + roll_size(17);
	c->left = c->piece * roll(64); /* or it would never end */
}

static void
leave(struct client *c)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (c->ending == RESET)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof at_once);
	close(c->fd);
	c->fd = -1;
}

/* The listener has closed it, and printed all that it has received of it. */
static void
settle_up(struct client *c, int speaker)
{
	if (c->fd != -1 || c->here || c->printed < c->received)
		return;
	if (c->received > c->said ||
	    (c->ending == CLEAN && c->received < c->said))
		differs("client %lld said %llu bytes, %llu arrived", c->serial,
		    c->said, c->received);
	if (c->printed > c->received)
		differs("client %lld: %llu bytes arrived, %llu were printed",
		    c->serial, c->received, c->printed);
	if (c->heard > c->sent ||
	    (c->ending == CLEAN && c->heard < c->sent))
		differs("client %lld heard %llu bytes of %llu", c->serial,
		    c->heard, c->sent);
	from_all += c->printed;
	to_all += c->heard;
	served[c->ending]++;
	c->serial = 0;
	if (printed[speaker].known < SYNC)
		printed[speaker] = (struct stream){ 1, SYNC };
}

static void
end_speech(struct client *c)
{
	if (c->ending != CLEAN) {
		leave(c);
		return;
	}
	shutdown(c->fd, SHUT_WR);
	c->shut = true;
}

static void
talk(struct client *c, int speaker)
{
	/* its sequence goes on where its forerunner's stopped being heard */
	static unsigned state[CLIENTS];
	size_t n = 1 + roll(c->piece);

	if (closing && c->left > n)
		c->left = n;
	if (c->said == 0)
		state[speaker] = printed[speaker].state;
	n = c->left == 0 ? 0 : speak(c->fd, n < c->left ? n : c->left,
	    speaker, &state[speaker]);
	if (n == SIZE_MAX) {
		differs("client %lld cannot speak: %s", c->serial,
		    strerror(errno));
		c->ending = GONE;
		leave(c);
		return;
	}
	c->left -= n;
	c->said += n;
	if (c->left == 0)
		end_speech(c);
}

static void
heard_end(struct client *c, ssize_t n)
{
	if (n == -1)
		differs("client %lld cannot hear: %s", c->serial,
		    strerror(errno));
	else if (!c->shut)
		differs("client %lld was left", c->serial);
	if (n == -1 || !c->shut)
		c->ending = GONE;
	leave(c);
}

static void
listen_to(struct client *c)
{
	unsigned char words[1 << 16];
	ssize_t n = read(c->fd, words, 1 + roll(sizeof words));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 1) {
		heard_end(c, n);
		return;
	}
	c->heard += (unsigned long long)n;
	for (ssize_t i = 0; i < n; i++)
		if (!follows(&c->ears[words[i] >> 2], words[i] & 3))
			differs("client %lld heard of %d what does not follow",
			    c->serial, words[i] >> 2);
}

static void
answer(struct client *c, int speaker, int what)
{
	if (what & (POLLIN | POLLHUP | POLLERR))
		listen_to(c);
	if (c->fd != -1 && !c->shut && (what & POLLOUT))
		talk(c, speaker);
	if (roll(32) == 0 && !closing)
		c->wake = now() + (long long)roll(roll(64) == 0 ? 2000 : 100);
}

/* Who is there with the last byte of this address, counted from 1. */
static struct client *
find(int at)
{
	if (at < 1 || at > CLIENTS || !clients[at - 1].here)
		return NULL;
	return &clients[at - 1];
}

static void
read_line(const char *line)
{
	unsigned long long received, sent;
	struct client *c;
	int at;

	if (sscanf(line, "sockcat: client 127.0.1.%d:%*d closed: received "
	    "%llu bytes, sent %llu bytes", &at, &received, &sent) == 3) {
		c = find(at);
		if (c == NULL) {
			differs("closed, but not there: %s", line);
			return;
		}
		c->here = false;
		c->received = received;
		c->sent = sent;
	} else if (sscanf(line, "sockcat: %*s %*s 127.0.1.%d port", &at) == 1) {
		c = find(at);
		if (c == NULL || c->ending == CLEAN)
			differs("%s", line);
	} else if (strstr(line, " connected") == NULL)
		differs("%s", line);
}

static void
read_log(void)
{
	static char line[512];
	static size_t n;
	char words[4096];
	ssize_t got = read(said, words, sizeof words);

	for (ssize_t i = 0; i < got; i++) {
		line[n] = words[i] == '\n' ? '\0' : words[i];
		n++;
		if (line[n - 1] == '\0' || n == sizeof line - 1) {
			line[n] = '\0';
			read_line(line);
			n = 0;
		}
	}
}

static void
read_output(void)
{
	unsigned char words[1 << 16];
	ssize_t got = read(out, words, 1 + roll(sizeof words));

	for (ssize_t i = 0; i < got; i++) {
		int speaker = words[i] >> 2;

		if (speaker >= CLIENTS || clients[speaker].serial == 0)
			differs("printed, but said by nobody");
		else if (!follows(&printed[speaker], words[i] & 3))
			differs("client %lld is printed out of order",
			    clients[speaker].serial);
		if (speaker < CLIENTS)
			clients[speaker].printed++;
	}
	if (roll(32) == 0)
		print_wake = now() + (long long)roll(50);
}

static void
feed(void)
{
	if (speak(in, 1 + roll_size(18), FEED, &fed.state) == SIZE_MAX)
		fail("feed the listener");
	feed_wake = now() + (long long)roll(20);
}

static void
put(struct pollfd *p, int fd, int events, long long wake, long long *alarm)
{
	*p = (struct pollfd){ .fd = fd, .events = (short)events };
	if (wake <= now())
		return;
	p->fd = -1;
	if (wake < *alarm)
		*alarm = wake;
}

static void
turn(void)
{
	enum { INPUT, OUTPUT, ERRORS, OTHERS };
	struct pollfd p[OTHERS + CLIENTS];
	long long alarm = now() + 100;

	put(&p[INPUT], closing ? -1 : in, POLLOUT, feed_wake, &alarm);
	put(&p[OUTPUT], out, POLLIN, print_wake, &alarm);
	put(&p[ERRORS], said, POLLIN, 0, &alarm);
	for (int i = 0; i < CLIENTS; i++)
		put(&p[OTHERS + i], clients[i].fd,
		    clients[i].shut ? POLLIN : POLLIN | POLLOUT,
		    closing ? 0 : clients[i].wake, &alarm);
	poll(p, OTHERS + CLIENTS, (int)(alarm > now() ? alarm - now() : 0));
	if (p[INPUT].revents != 0)
		feed();
	if (p[OUTPUT].revents != 0)
		read_output();
	if (p[ERRORS].revents != 0)
		read_log();
	for (int i = 0; i < CLIENTS; i++)
		if (p[OTHERS + i].revents != 0 && clients[i].fd != -1)
			answer(&clients[i], i, p[OTHERS + i].revents);
}

/* Let everybody who may come; false if nobody is there. */
static bool
renew(void)
{
	bool any = false;

	for (int i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];

		if (c->serial != 0)
			settle_up(c, i);
		if (c->serial == 0 && !closing && roll(8) == 0)
			come(c, i);
		any |= c->serial != 0;
	}
	return any;
}

static unsigned long long
all_served(void)
{
	return served[CLEAN] + served[GONE] + served[RESET];
}

/* Serve until then, and so many, and until all have gone. */
static void
run_until(long long end, unsigned long long least)
{
	unsigned long long enough = all_served() + least;

	closing = false;
	while (now() < end ||
	    (all_served() < enough && now() < end + PATIENCE / 2)) {
		renew();
		turn();
	}
	if (all_served() < enough)
		differs("too few were served");
	closing = true;
	while (renew()) {
		turn();
		if (now() > end + PATIENCE) {
			differs("somebody never goes");
			return;
		}
	}
}

/* Descriptors that the listener has open; -1: who knows. */
static int
descriptors(void)
{
	char name[64];
	DIR *dir;
	int n = 0;

	snprintf(name, sizeof name, "/proc/%ld/fd", (long)listener);
	dir = opendir(name);
	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

/* KiB of memory that the listener has; -1: who knows. */
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
	close(said);
}

static void
round_of(const char *sockcat, const char *how, long long ms)
{
	int fds;
	long kib;

	for (int i = 0; i < CLIENTS; i++)
		clients[i] = (struct client){ .fd = -1 };
	for (int i = 0; i < SPEAKERS; i++)
		printed[i] = (struct stream){ 1, SYNC };
	start_listener(sockcat, how);
	run_until(now() + ms / WARMUP, CLIENTS);
	fds = descriptors();
	kib = memory();
	run_until(now() + ms - ms / WARMUP, 0);
	printf("%s: descriptors %d, then %d; memory %ld KiB, then %ld\n", how,
	    fds, descriptors(), kib, memory());
	if (descriptors() != fds)
		differs("descriptors are left open");
	if (memory() > kib + SLACK)
		differs("memory is not given back");
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
	round_of(argv[1], "-vlk", ms / 2);
	round_of(argv[1], "-vlkj", ms / 2);
	printf("%llu clients served: %llu to the end, %llu gone, %llu reset\n"
	    "%llu bytes from them, %llu to them\n%llu differences\n",
	    all_served(), served[CLEAN], served[GONE], served[RESET], from_all,
	    to_all, differences);
	return differences != 0;
}
