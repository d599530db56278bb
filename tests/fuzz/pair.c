/*
 * Fuzz target of -f's pairs. The first two bytes of the input are the settings;
 * the others are a script of what two pairs' four sockets do, and when the
 * forwarder looks at them. There is no kernel: this file is in place of
 * net/sock.c, relay/dump.c and redial_free(). Sockets behave as those of Linux.
 * After the script all read again, all send EOF, and time passes.
 *
 * Each side receives the bytes of the other one, in order, and an EOF after the
 * last one; but if one was reset, no EOF. What waits is counted. The forwarder
 * neither spins, nor waits while there is something to do.
 */
#include "../../base/clock.h"
#include "../../net/redial.h"
#include "../../net/sock.h"
#include "../../relay/dump.h"
#include "../../relay/pair.h"
#include "../../relay/rate.h"
#include "must.h"
#include "script.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAIRS = 2,
	FIRST_FD = 100,
	MAX_SENT = 96 * 1024,   /* bytes, by all together */
	MAX_SENT_SLOWLY = 1000, /* the same if little is read at once */
	ALWAYS_READ = 4096,     /* bytes, even if many wait already */
	LEAST_LEFT = 16,        /* else a read leaves so many times its size */
	DRAIN_TIME = 1000,      /* ms after the end of a command */
	A_LOT = 1 << 30,        /* room in a send buffer */
};

/* One socket, and what is at its other end. */
struct side {
	size_t arrived;   /* bytes from the other end ... */
	size_t read;      /* ... and those that the pair has read */
	size_t piece;     /* the most of them that one call gives; 0: all */
	bool ended;       /* the other end has sent EOF ... */
	bool eof_read;    /* ... which the pair has read */
	bool gone;        /* the connection is closed or reset */
	int error;        /* is reported by the next call */
	int reported;     /* that, once it was; or EPIPE */
	size_t taken;     /* bytes that the pair has written */
	size_t room;      /* for more of them */
	bool busy;        /* the next write fails although there is room */
	bool cut;         /* a read in this step has left bytes in the queue */
	bool shut;        /* the pair has passed on EOF */
	bool resets;      /* close(2) shall reset it */
	bool closed;
};

/* A pair, and what is known of it. */
struct scene {
	struct pair pair;
	struct side side[2];
	size_t dumped[2];
	size_t spare;     /* bytes that the pair may read and throw away */
	bool stepping;    /* in pair_step() */
	bool closing;     /* in pair_close() */
	bool exited;      /* the command has ended */
	long long until;  /* then the client is read no more */
};

static struct scene scenes[PAIRS];
static struct pool pool;
static struct rate rates[2];
static char buf[1 << 16];

static struct {
	long long now;
	size_t left;      /* bytes that may still be sent */
	size_t others;    /* bytes that wait in pairs which are not here */
	size_t mark;      /* room from which on poll(2) reports POLLOUT */
	bool hasty;       /* things also happen between two calls of a step */
	size_t events;    /* counts what happens */
	bool stopped;     /* by a signal */
} sim;

struct dump { char none; };
static struct dump dump;

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What arrives at socket i of the pair, from the kth byte on. */
static const char *
bytes_of(const struct scene *s, int i, size_t k)
{
	static char bytes[2 * PAIRS][MAX_SENT];
	static bool made;

	for (uint32_t n = 0; n < MAX_SENT && !made; n++)
		for (uint32_t at = 0; at < 2 * PAIRS; at++)
			bytes[at][n] = (char)((n * 2654435761u >> 16) + at);
	made = true;
	return &bytes[2 * (s - scenes) + i][k];
}

/* What happens between calls of the program: low bits of a script's byte. */
enum action {
	TURN,
	ARRIVE, ARRIVE_MUCH, PIECE, ROOM, ROOM_MUCH, /* of a socket ... */
	BUSY, END, CLOSE, RESET, /* ... up to here */
	WAIT, SHARE, KNOCK, EXIT, STOP,
};

static void
arrive(struct side *s, size_t n)
{
	if (s->ended)
		return;
	n = smaller(n, sim.left);
	s->arrived += n;
	sim.left -= n;
}

/* The connection of a command, a Unix socket, has no other error. */
static void
reset(struct side *s, bool in_time)
{
	bool late = !in_time && !pool.command;

	s->gone = true;
	s->error = late ? ETIMEDOUT : ECONNRESET;
}

/* "which" selects the socket. Some take the next byte as an argument. */
static void
act_as(enum action action, int which)
{
	struct side *s = &scenes[which / 2 % PAIRS].side[which % 2];
	size_t n = action >= BUSY ? 0 : (size_t)next_byte();

	sim.events++;
	if (s->gone)
		return;
	switch (action) {
	case ARRIVE:
		arrive(s, n);
		break;
	case ARRIVE_MUCH:
		arrive(s, n * 256);
		break;
	case PIECE:
		s->piece = n;
		break;
	case ROOM:
		s->room = n > 0 ? s->room + n : 0;
		break;
	case ROOM_MUCH:
		s->room += n * 256;
		break;
	case BUSY:
		s->busy = true;
		break;
	case CLOSE:
		s->ended = s->gone = true;
		break;
	case RESET:
		reset(s, which & 4);
		break;
	default:
		s->ended = true;
	}
}

/* Time passes between two calls of the program. */
static void
meanwhile(const struct scene *s)
{
	int action;

	if (!sim.hasty || !s->stepping || !script_left())
		return;
	action = *script.at % 16;
	if (action >= ARRIVE && action <= RESET)
		act_as((enum action)action, next_byte() / 16);
}

static struct scene *
scene_of(int fd)
{
	MUST(fd >= FIRST_FD && fd < FIRST_FD + 2 * PAIRS);
	return &scenes[(fd - FIRST_FD) / 2];
}

static ssize_t
report(struct side *s, int error)
{
	s->reported = errno = error;
	s->error = 0;
	return -1;
}

/* A read is not larger than what all limits allow. */
static void
check_read(const struct scene *s, int i, size_t n)
{
	const struct pair_flow *f = &s->pair.flow[i];

	MUST(n > 0 && n <= pool.size && n <= pool.share);
	MUST(rate_allowed(&rates[i], n, pool.now) == n);
	MUST(n <= ALWAYS_READ || (pool.pending < PAIR_PENDING &&
	    n <= (PAIR_PENDING - pool.pending) / LEAST_LEFT));
	MUST(f->n == 0 && f->buf == NULL);
	MUST(!f->lost || n <= s->spare);
}

/* The end of a command's output is EOF, however it has come. */
static bool
has_ended(const struct scene *s, int i)
{
	return s->side[i].ended || (pool.command && i == 1 && s->side[i].gone);
}

ssize_t
sock_recv(int fd, void *data, size_t n)
{
	struct scene *s = scene_of(fd);
	int i = fd % 2;
	struct side *from = &s->side[i];
	size_t there, got;

	MUST(s->stepping && !from->closed && !from->eof_read);
	check_read(s, i, n);
	meanwhile(s);
	there = from->arrived - from->read;
	got = smaller(n, there);
	if (from->piece > 0)
		got = smaller(got, from->piece);
	memcpy(data, bytes_of(s, i, from->read), got);
	from->read += got;
	from->cut = got < there;
	s->spare -= i == 0 ? smaller(got, s->spare) : 0;
	if (got > 0)
		return (ssize_t)got;
	from->eof_read = has_ended(s, i) || (from->gone && from->error == 0);
	if (from->error != 0 && !from->ended)
		return report(from, from->error);
	errno = EAGAIN;
	return from->eof_read ? 0 : -1;
}

ssize_t
sock_send(int fd, const void *data, size_t n)
{
	struct scene *s = scene_of(fd);
	int from = !(fd % 2);
	struct side *to = &s->side[!from];
	size_t done;

	MUST(s->stepping && !to->closed && !to->shut && n > 0);
	MUST(!s->pair.flow[from].lost);
	MUST(to->taken + n <= s->side[from].read);
	meanwhile(s);
	if (to->error != 0 || to->gone)
		return report(to, to->error != 0 ? to->error : EPIPE);
	done = to->busy ? 0 : smaller(n, to->room);
	to->busy = false;
	sim.events++;
	MUST(memcmp(data, bytes_of(s, from, to->taken), done) == 0);
	to->taken += done;
	to->room -= done;
	errno = EAGAIN;
	return done > 0 ? (ssize_t)done : -1;
}

int
sock_shutdown(int fd)
{
	struct scene *s = scene_of(fd);
	int from = !(fd % 2);
	struct side *to = &s->side[!from];
	const struct side *source = &s->side[from];

	MUST(s->stepping && !to->closed && !to->shut);
	MUST(has_ended(s, from) && source->eof_read);
	MUST(source->read == source->arrived);
	MUST(s->pair.flow[from].lost || to->taken == source->read);
	to->shut = true;
	errno = ENOTCONN;
	return to->gone ? -1 : 0;
}

int
sock_error(int fd)
{
	struct scene *s = scene_of(fd);
	struct side *side = &s->side[fd % 2];
	int error;

	MUST(s->stepping && !side->closed);
	meanwhile(s);
	error = side->error;
	if (error != 0)
		report(side, error);
	return error;
}

void
sock_reset_on_close(int fd)
{
	struct side *side = &scene_of(fd)->side[fd % 2];

	MUST(scene_of(fd)->closing && !side->closed);
	side->resets = true;
}

void
sock_close(int fd)
{
	struct side *side = &scene_of(fd)->side[fd % 2];

	MUST(scene_of(fd)->closing && !side->closed);
	side->closed = true;
}

bool
sock_later(int error)
{
	return error == EAGAIN;
}

/* Only datagrams have further addresses. */
void
redial_free(struct redial *r)
{
	MUST(r == NULL);
}

void
dump_bytes(struct dump *d, char direction, const struct addr *peer,
    unsigned long long offset, const char *data, size_t n)
{
	int i = (direction == '>') != pool.command ? 0 : 1;
	struct scene *s = scenes;

	while (&s->pair.client != peer)
		MUST(++s < scenes + PAIRS);
	MUST(d == &dump && (direction == '>' || direction == '<'));
	MUST(n > 0 && offset == s->dumped[i]);
	MUST(memcmp(data, bytes_of(s, i, s->dumped[i]), n) == 0);
	s->dumped[i] += n;
}

/* What poll(2) finds at a socket. */
static short
revents(const struct side *s, int events)
{
	int found = 0;

	if (events == -1)
		return 0;
	if (s->read < s->arrived || s->ended || s->gone)
		found |= POLLIN;
	if (s->room >= sim.mark || s->shut || s->gone)
		found |= POLLOUT;
	found &= events;
	if (s->gone || (s->ended && s->shut))
		found |= POLLHUP;
	if (s->error != 0)
		found |= POLLERR;
	return (short)found;
}

static bool
takes_more(const struct pair_flow *f)
{
	return !f->ended && f->n == 0 && (!f->lost || f->spare > 0);
}

static void
check_counts(const struct scene *s)
{
	const struct pair *p = &s->pair;

	for (int i = 0; i < 2; i++) {
		const struct side *from = &s->side[i], *to = &s->side[!i];
		const struct pair_flow *f = &p->flow[i];

		MUST((f->n > 0) == (f->buf != NULL));
		MUST(f->passed == from->read);
		MUST(f->lost || from->read == to->taken + f->n);
		MUST(!f->lost || f->spare == s->spare);
		MUST(f->done == to->shut);
		MUST(pool.dump == NULL || s->dumped[i] == from->read);
	}
	MUST(p->error == 0 || p->error == s->side[p->failed].reported);
}

static void
check_pool(void)
{
	size_t pending = sim.others, total[2] = { 0 };

	for (int k = 0; k < PAIRS; k++) {
		for (int i = 0; i < 2; i++) {
			pending += scenes[k].pair.flow[i].n;
			total[i] += scenes[k].side[i].read;
		}
	}
	MUST(pool.pending == pending);
	MUST(pool.total[0] == total[0] && pool.total[1] == total[1]);
}

/* What had come from the socket that has failed was read. */
static void
check_rescued(const struct pair *p, const struct side *s)
{
	const struct pair_flow *f = &p->flow[p->failed];

	if (p->error != 0 && takes_more(f) && rates[p->failed].limit == 0)
		MUST(s->read == s->arrived || s->cut);
}

/* Bytes that have moved, and EOFs. */
static size_t
moved(const struct scene *s)
{
	size_t sum = 0;

	for (int i = 0; i < 2; i++)
		sum += 2 * s->side[i].read + s->side[i].eof_read -
		    s->pair.flow[i].n;
	return sum;
}

static void
step(struct scene *s, const short *found)
{
	struct pair *p = &s->pair;
	size_t before = moved(s), read[2];
	long long last = p->last;

	for (int i = 0; i < 2; i++) {
		read[i] = s->side[i].read;
		s->side[i].cut = false;
	}
	s->stepping = true;
	pair_step(p, &pool, found);
	s->stepping = false;
	for (int i = 0; i < 2; i++)
		MUST(s->side[i].read - read[i] <= 3 * pool.share);
	if (p->error == 0)
		MUST(p->last == (moved(s) == before ? last : pool.now));
	check_counts(s);
	check_pool();
	check_rescued(p, &s->side[p->failed]);
}

/* Without a failure, each has all that the other has sent, and its EOF. */
static void
check_complete(const struct scene *s)
{
	const struct pair *p = &s->pair;

	for (int i = 0; i < 2 && p->error == 0; i++) {
		const struct side *from = &s->side[i];

		if (i == 0 && s->exited)
			continue;
		MUST(from->read == from->arrived && has_ended(s, i));
		MUST(s->side[!i].shut);
		MUST(p->flow[i].lost || s->side[!i].taken == from->read);
	}
}

static void
close_pair(struct scene *s, bool by_resets)
{
	struct pair *p = &s->pair;

	if (p->fd[0] == -1)
		return;
	if (!sim.stopped)
		check_complete(s);
	s->closing = true;
	pair_close(p, &pool, by_resets);
	s->closing = false;
	for (int i = 0; i < 2; i++) {
		MUST(s->side[i].closed && p->fd[i] == -1);
		MUST(s->side[i].resets == by_resets);
		MUST(p->flow[i].buf == NULL && p->flow[i].n == 0);
	}
	check_pool();
}

/* The rules of link.c and commands.c. */
static bool
is_over(const struct scene *s)
{
	const struct pair *p = &s->pair;

	if (pair_over(p))
		return true;
	return s->exited && p->flow[1].done &&
	    (p->flow[0].spare == 0 || pool.now >= s->until);
}

static void
serve(struct scene *s, const short *found)
{
	if (found[0] != 0 || found[1] != 0)
		step(s, found);
	if (is_over(s))
		close_pair(s, s->pair.error != 0);
}

/* Changes with all that may happen. */
static size_t
progress(void)
{
	size_t sum = sim.events;

	for (int k = 0; k < PAIRS; k++) {
		const struct scene *s = &scenes[k];

		sum += moved(s);
		for (int i = 0; i < 2; i++)
			sum += (size_t)(s->side[i].shut + s->side[i].closed +
			    s->pair.hung_up[i] + (s->side[i].reported != 0));
	}
	return sum;
}

/* Nothing was found: nothing is there that could be passed on now. */
static void
check_quiet(const struct scene *s)
{
	const struct pair *p = &s->pair;

	for (int i = 0; i < 2; i++) {
		const struct side *from = &s->side[i], *to = &s->side[!i];
		const struct pair_flow *f = &p->flow[i];

		if (f->n > 0)
			MUST(to->room < sim.mark && !to->gone);
		else if (takes_more(f) && !pair_delayed(&pool, i))
			MUST(from->read == from->arrived && !has_ended(s, i) &&
			    !from->gone);
		MUST(!f->ended || f->n > 0 || f->done);
		MUST(from->error == 0 || p->hung_up[i] ||
		    (f->ended && p->flow[!i].done));
	}
}

/* One turn of the loop of forward.c. Returns whether there was something. */
static bool
turn(void)
{
	short found[PAIRS][2];
	bool any = false;
	size_t before = progress();

	pool.now = sim.now;
	for (int k = 0; k < PAIRS; k++) {
		struct scene *s = &scenes[k];

		for (int i = 0; i < 2; i++) {
			found[k][i] = s->side[i].closed ? 0 : revents(
			    &s->side[i], pair_events(&s->pair, i, &pool));
			any = any || found[k][i] != 0;
		}
	}
	for (int k = PAIRS - 1; k >= 0; k--) {
		if (scenes[k].side[0].closed)
			continue;
		if (!any)
			check_quiet(&scenes[k]);
		serve(&scenes[k], found[k]);
	}
	MUST(!any || progress() != before);
	return any;
}

/* Some events may be there no more. */
static void
knock(struct scene *s, int bits)
{
	short found[2];

	pool.now = sim.now;
	for (int i = 0; i < 2; i++, bits /= 4)
		found[i] = (short)((bits & 1 ? POLLIN : 0) |
		    (bits & 2 ? POLLOUT : 0));
	if (!s->side[0].closed)
		serve(s, found);
}

/* The command has ended. */
static void
leave(struct scene *s, size_t n)
{
	if (!pool.command || s->exited || s->side[0].closed)
		return;
	s->exited = true;
	s->until = sim.now + DRAIN_TIME;
	s->spare = n;
	pair_discard(&s->pair, n);
}

static void
act(enum action action, int which)
{
	static const size_t shares[] = { 1 << 20, 1 << 16, 10000, 4096 };
	struct scene *s = &scenes[which / 2 % PAIRS];

	switch (action) {
	case TURN:
		turn();
		break;
	case WAIT:
		sim.now += 1LL << which;
		break;
	case SHARE:
		pool.share = shares[which % 4];
		break;
	case KNOCK:
		knock(s, next_byte());
		break;
	case EXIT:
		leave(s, (size_t)next_byte() * (which & 1 ? 256 : 1));
		break;
	case STOP:
		sim.stopped = which == 0;
		break;
	default:
		if (action >= ARRIVE && action <= RESET)
			act_as(action, which);
	}
}

/* When the forwarder wakes without an event, or NEVER. */
static long long
due(void)
{
	long long then = NEVER;

	for (int k = 0; k < PAIRS; k++) {
		const struct scene *s = &scenes[k];

		if (s->side[0].closed)
			continue;
		for (int i = 0; i < 2; i++)
			if (takes_more(&s->pair.flow[i]) &&
			    pair_delayed(&pool, i))
				MUST(pair_due(&s->pair, &pool) != NEVER);
		then = clock_earlier(then, pair_due(&s->pair, &pool));
		if (s->exited && s->pair.flow[1].done)
			then = clock_earlier(then, s->until);
	}
	return then;
}

/* Serve until nothing is left to do, and nothing to be waited for. */
static void
settle(void)
{
	long long then;

	do {
		while (turn())
			continue;
		then = due();
		MUST(then == NEVER || then > sim.now);
		if (then != NEVER)
			sim.now = then;
	} while (then != NEVER);
}

/* All read again, and send EOF; then commands end. */
static void
finish(void)
{
	for (int k = 0; k < 2 * PAIRS; k++) {
		struct side *s = &scenes[k / 2].side[k % 2];

		s->room = A_LOT;
		s->ended = s->ended || !s->gone;
	}
	settle();
	for (int k = 0; k < PAIRS; k++)
		leave(&scenes[k], MAX_SENT);
	settle();
	for (int k = 0; k < PAIRS; k++)
		MUST(scenes[k].side[0].closed);
}

static void
begin(void)
{
	static const size_t sizes[] = { 1, 3, 100, 1000, 4096, 10000,
		sizeof buf, sizeof buf };
	static const size_t others[] = { 0, PAIR_PENDING - 100000,
		PAIR_PENDING - 1, 2 * (size_t)PAIR_PENDING };
	static const size_t marks[] = { 1, 1, 100, 4096 };
	static const size_t rooms[] = { 0, 100, 10000, A_LOT };
	static const long long limits[] = { 0, 0, 100000, 5000 };
	int bits = next_byte(), limit = next_byte();

	sim.hasty = bits & 4;
	sim.mark = marks[bits / 8 % 4];
	sim.others = others[limit / 32 % 4];
	pool = (struct pool){ .buf = buf, .size = sizes[limit % 8],
		.pending = sim.others, .share = 1 << 20, .rate = rates,
		.dump = bits & 2 ? &dump : NULL, .command = bits & 1 };
	sim.left = pool.size < 1000 || limits[limit / 8 % 4] == 5000
	    ? MAX_SENT_SLOWLY : MAX_SENT;
	for (int i = 0; i < 2; i++)
		rate_open(&rates[i], limits[limit / 8 % 4], sim.now);
	for (int k = 0; k < 2 * PAIRS; k++) {
		scenes[k / 2].pair.fd[k % 2] = FIRST_FD + k;
		scenes[k / 2].side[k % 2].room = rooms[bits / 32 % 4];
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	memset(scenes, 0, sizeof scenes);
	memset(&sim, 0, sizeof sim);
	script_begin(data, n);
	sim.now = 1;
	begin();
	while (!sim.stopped && script_left()) {
		int byte = next_byte();

		act((enum action)(byte % 16), byte / 16);
	}
	if (!sim.stopped)
		finish();
	for (int k = 0; k < PAIRS; k++)
		close_pair(&scenes[k], true);
	MUST(pool.pending == sim.others);
	return 0;
}
