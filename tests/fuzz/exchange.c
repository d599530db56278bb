/*
 * Fuzz target of -f's pairs of datagrams. The first two bytes of the input are
 * the settings; the others are a script of what one sender and the destination
 * do, and when the forwarder looks at them. There is no kernel: this file is in
 * place of net/sock.c, net/redial.c, relay/dump.c, listen_answer() and
 * addr_unnamed(). After the script all take datagrams again, and time passes.
 *
 * Datagrams arrive whole, once and in order. One is lost only if too many wait
 * already, or if no address takes it. What waits is counted. The forwarder
 * neither spins, nor waits while there is something to do.
 */
#include "../../base/clock.h"
#include "../../net/addr.h"
#include "../../net/listen.h"
#include "../../net/redial.h"
#include "../../net/sock.h"
#include "../../relay/dump.h"
#include "../../relay/exchange.h"
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
	LISTENER = 100,
	DEST = 101,
	DATAGRAMS = 256,
	LARGEST = 60000,    /* bytes of a datagram */
	WAITING = 64 << 10, /* bytes that wait, if there is more than one */
	BURST = 64,         /* datagrams that are received in a step */
	RETRY = 2,          /* ms until what waits is tried again, at most */
	PLENTY = 1 << 20,   /* room for datagrams */
};

/* One direction, with the datagrams in it. */
struct way {
	struct {
		size_t n;
		bool lost; /* no room, or an unnamed sender: it must not arrive */
	} datagram[DATAGRAMS];
	int arrived, read;   /* datagrams that came, and that were read */
	int next;            /* the first that was neither taken nor lost */
	size_t passed;       /* bytes that were read */
	size_t dumped;       /* bytes and ... */
	int shown;           /* ... datagrams */
	int room;            /* for datagrams */
	int dropped;         /* errno of the first that is lost; 0: none */
	int error;           /* is reported by the next call; 0: none */
};

/* The further addresses of the destination. */
struct redial {
	int left;
	int kept;            /* datagrams that they shall get */
};

static struct pair pair;
static struct pool pool;
static struct rate rates[2];
static struct way ways[2];
static char buf[1 << 16];

static struct {
	long long now;
	size_t others;       /* bytes that wait in pairs which are not here */
	bool unnamed;        /* the client cannot be answered */
	int no_room;         /* errno where there is none */
	int refuses;         /* bits: does this address and the next ones? */
	int taken;           /* datagrams, by the destination */
	int refused;         /* errno of what no further address can help */
	bool tried;          /* to send the first one, after such a refusal */
	int received;        /* in this step */
	size_t events;       /* counts what happens */
	bool closed;
} sim;

struct dump { char none; };
static struct dump dump;

/* What the kth datagram of a direction begins with. */
static const char *
bytes_of(int i, int k)
{
	static char bytes[2 * DATAGRAMS + LARGEST];
	static bool made;

	for (uint32_t at = 0; at < sizeof bytes && !made; at++)
		bytes[at] = (char)(at * 2654435761u >> 16);
	made = true;
	return &bytes[i * DATAGRAMS + k];
}

/* The bytes that wait. */
static size_t
waiting(int i)
{
	const struct way *w = &ways[i];
	size_t sum = 0;

	for (int k = w->next; k < w->read; k++)
		if (!w->datagram[k].lost)
			sum += w->datagram[k].n + sizeof(size_t);
	return sum;
}

static bool
fits(size_t n)
{
	return pool.pending + n + sizeof n <= PAIR_PENDING;
}

static void
skip_lost(struct way *w)
{
	while (w->next < w->read && w->datagram[w->next].lost)
		w->next++;
}

/* One is lost, which is told. */
static void
drop(struct way *w, int error)
{
	if (w->dropped == 0)
		w->dropped = error;
}

/* The first one that waits has arrived, or is lost. */
static void
take_first(struct way *w)
{
	w->next++;
	skip_lost(w);
	sim.tried = false;
	sim.events++;
}

static int
report(struct way *w, int error)
{
	w->error = 0;
	sim.events++;
	errno = error;
	return -1;
}

/* A further address helps after a refusal, and only then. */
static bool
is_helped(int error)
{
	return error == ECONNREFUSED && pair.redial != NULL &&
	    pair.redial->left > 0;
}

static int
fail_to_receive(int error)
{
	if (!is_helped(error) && sim.refused == 0)
		sim.refused = error;
	return report(&ways[0], error);
}

/* Without one, the refusal may be that of an earlier datagram. */
static int
refuse(int error)
{
	if (error != ECONNREFUSED || sim.tried)
		take_first(&ways[0]);
	else
		sim.tried = !is_helped(error);
	return fail_to_receive(error);
}

/* There is no room for the first one: it is tried again soon. */
static ssize_t
delay(int i)
{
	struct way *w = &ways[i];

	if (pair.flow[i].n == 0 && !fits(w->datagram[w->next].n)) {
		w->datagram[w->next].lost = true;
		skip_lost(w);
		drop(w, ENOBUFS);
	}
	sim.tried = false;
	errno = sim.no_room;
	return -1;
}

/* Is this the next one, whole, and is it time for it? */
static void
check_sent(int i, const char *data, size_t n)
{
	const struct way *w = &ways[i];

	MUST(w->next < w->read && n == w->datagram[w->next].n);
	MUST(n == 0 || memcmp(data, bytes_of(i, w->next), n) == 0);
	MUST(pair.flow[i].n == 0 || pool.now >= pair.retry);
}

ssize_t
sock_send(int fd, const void *data, size_t n)
{
	struct way *w = &ways[0];

	MUST(fd == DEST && pair.fd[1] == DEST && !sim.closed);
	check_sent(0, data, n);
	if (w->error != 0)
		return refuse(w->error);
	if (w->room == 0)
		return delay(0);
	w->room--;
	w->error = sim.refuses & 1 ? ECONNREFUSED : 0;
	take_first(w);
	sim.taken++;
	return (ssize_t)n;
}

ssize_t
listen_answer(int fd, const void *data, size_t n, const struct addr *to,
    struct local *asked)
{
	struct way *w = &ways[1];

	MUST(fd == LISTENER && !sim.unnamed && to == &pair.client);
	MUST(asked == &pair.local);
	check_sent(1, data, n);
	if (w->error == 0 && w->room == 0)
		return delay(1);
	take_first(w);
	if (w->error != 0) {
		drop(w, w->error);
		return report(w, w->error);
	}
	w->room--;
	return (ssize_t)n;
}

bool
addr_unnamed(const struct addr *a)
{
	MUST(a == &pair.client);
	return sim.unnamed;
}

ssize_t
sock_recv(int fd, void *data, size_t n)
{
	struct way *w = &ways[1];
	size_t got;

	MUST(fd == DEST && pair.fd[1] == DEST && n == pool.size);
	MUST(pair.flow[1].n == 0 && !pair_delayed(&pool, 1));
	MUST(++sim.received <= BURST);
	if (ways[0].error != 0)
		return fail_to_receive(ways[0].error);
	errno = EAGAIN;
	if (w->read == w->arrived)
		return -1;
	got = w->datagram[w->read].n;
	memcpy(data, bytes_of(1, w->read), got);
	w->datagram[w->read++].lost = sim.unnamed;
	w->passed += got;
	skip_lost(w);
	return (ssize_t)got;
}

/* What is not received yet is the old address's answer. */
bool
redial_next(struct redial *r, int fd, struct addr *reached)
{
	MUST(r == pair.redial && fd == DEST && reached != NULL);
	if (r->left == 0)
		return false;
	MUST(r->kept == sim.taken);
	r->left--;
	sim.refuses >>= 1;
	sim.events++;
	ways[0].error = (sim.refuses & 1) && r->kept > 0 ? ECONNREFUSED : 0;
	ways[1].arrived = ways[1].read;
	return true;
}

void
redial_keep(struct redial *r, const char *data, size_t n)
{
	MUST(r == pair.redial && data != NULL && n <= LARGEST);
	r->kept++;
}

void
redial_free(struct redial *r)
{
	free(r);
}

void
dump_bytes(struct dump *d, char direction, const struct addr *peer,
    unsigned long long offset, const char *data, size_t n)
{
	int i = direction == '>' ? 0 : 1;
	struct way *w = &ways[i];

	MUST(d == &dump && peer == &pair.client && offset == w->dumped);
	MUST(n == w->datagram[w->shown].n);
	MUST(n == 0 || memcmp(data, bytes_of(i, w->shown), n) == 0);
	w->dumped += n;
	w->shown++;
}

bool
sock_later(int error)
{
	return error == EAGAIN;
}

void
sock_close(int fd)
{
	MUST(fd == DEST && !sim.closed);
	sim.closed = true;
}

/* A pair of datagrams makes no other call. */

int
sock_shutdown(int fd)
{
	MUST(fd == -1);
	return -1;
}

int
sock_error(int fd)
{
	MUST(fd == -1);
	return 0;
}

void
sock_reset_on_close(int fd)
{
	MUST(fd == -1);
}

static void
check_counts(void)
{
	size_t pending = sim.others;

	for (int i = 0; i < 2; i++) {
		const struct pair_flow *f = &pair.flow[i];

		MUST(f->n == waiting(i) && (f->n > 0) == (f->buf != NULL));
		MUST(f->passed == ways[i].passed);
		MUST(f->dropped == ways[i].dropped);
		MUST(pool.total[i] == ways[i].passed);
		MUST(pool.dump == NULL || ways[i].shown == ways[i].read);
		pending += f->n;
	}
	MUST(pool.pending == pending);
	MUST(ways[1].passed == 0 || pair.redial == NULL);
	MUST(pair.refused == sim.refused);
	MUST(pair.error == 0);
	pair.refused = sim.refused = 0; /* as the caller does */
	for (int i = 0; i < 2; i++)
		pair.flow[i].dropped = ways[i].dropped = 0;
}

/* The client's next datagram has come. */
static void
take(size_t n)
{
	struct way *w = &ways[0];
	size_t before = waiting(0), size = n + sizeof n;

	if (w->read == DATAGRAMS || pair_delayed(&pool, 0))
		return;
	memcpy(buf, bytes_of(0, w->read), n);
	w->datagram[w->read].n = n;
	if (before > 0)
		w->datagram[w->read].lost = before + size > WAITING || !fits(n);
	else
		w->datagram[w->read].lost = pair.fd[1] == -1 && !fits(n);
	if (w->datagram[w->read].lost)
		drop(w, ENOBUFS);
	w->arrived = ++w->read;
	w->passed += n;
	skip_lost(w);
	exchange_take(&pair, &pool, n);
	MUST(pair.last == pool.now);
	check_counts();
}

static void
answer(size_t n)
{
	struct way *w = &ways[1];

	if (w->arrived < DATAGRAMS && pair.fd[1] != -1)
		w->datagram[w->arrived++].n = n;
}

static void
step(bool readable)
{
	int before = ways[1].read;
	long long last = pair.last, due;

	if (pair.fd[1] == -1)
		return;
	sim.received = 0;
	exchange_step(&pair, &pool, readable);
	MUST(pair.last == (ways[1].read > before ? pool.now : last));
	check_counts();
	due = exchange_due(&pair, &pool);
	if (pair.flow[0].n > 0 || pair.flow[1].n > 0)
		MUST(due > pool.now && due <= pool.now + RETRY);
}

/* Changes with all that may happen. */
static size_t
progress(void)
{
	return sim.events + (size_t)ways[1].read;
}

/* One turn of the loop of forward.c. Returns whether it has done something. */
static bool
turn(void)
{
	bool found = ways[1].read < ways[1].arrived || ways[0].error != 0;
	int events = exchange_events(&pair, &pool);
	size_t before = progress();

	MUST(events == POLLIN || events == -1);
	MUST((events == POLLIN) ==
	    (pair.flow[1].n == 0 && !pair_delayed(&pool, 1)));
	if (pair.fd[1] == -1)
		return false;
	found = found && events != -1;
	step(found);
	MUST(!found || progress() != before);
	return progress() != before;
}

/* The connection is there. */
static void
join(int addrs)
{
	if (pair.fd[1] != -1)
		return;
	pair.fd[1] = DEST;
	if (addrs > 0) {
		pair.redial = calloc(1, sizeof *pair.redial);
		MUST(pair.redial != NULL);
		pair.redial->left = addrs;
	}
	step(false);
}

enum action {
	TURN,
	TAKE, TAKE_LARGE, ANSWER, ANSWER_LARGE, /* a datagram */
	ROOM, FULL, ERROR, WAIT, JOIN, KNOCK, REFUSE,
};

/* A datagram: "which" is its length, or the next byte gives it. */
static void
act_with_data(enum action action, int which)
{
	size_t n = (size_t)which;

	if (action == TAKE_LARGE || action == ANSWER_LARGE)
		n = (size_t)next_byte() * LARGEST / 255;
	if (action == TAKE || action == TAKE_LARGE)
		take(n);
	else
		answer(n);
}

/* "which" is an argument, and often selects the direction. */
static void
act(enum action action, int which)
{
	struct way *w = &ways[which % 2];

	switch (action) {
	case TURN:
		turn();
		break;
	case ROOM:
		w->room += which;
		break;
	case FULL:
		w->room = 0;
		break;
	case ERROR:
		w->error = which & 2 ? EMSGSIZE : ECONNREFUSED;
		break;
	case WAIT:
		pool.now = sim.now += 1LL << which;
		break;
	case JOIN:
		join(which % 4);
		break;
	case KNOCK:
		step(true);
		break;
	case REFUSE:
		sim.refuses = which;
		break;
	default:
		if (action <= ANSWER_LARGE)
			act_with_data(action, which);
	}
}

/* All take datagrams again, until nothing is left to do. */
static void
finish(void)
{
	long long due;

	sim.refuses = 0;
	ways[0].room = ways[1].room = PLENTY;
	join(0);
	do {
		while (turn())
			continue;
		due = exchange_due(&pair, &pool);
		MUST(due == NEVER || due > sim.now);
		if (due != NEVER)
			pool.now = sim.now = due;
	} while (due != NEVER);
	for (int i = 0; i < 2; i++)
		MUST(ways[i].next == ways[i].arrived);
}

static void
begin(void)
{
	static const size_t others[] = { 0, PAIR_PENDING - 100000,
		PAIR_PENDING - 100, 2 * (size_t)PAIR_PENDING };
	static const long long limits[] = { 0, 0, 1000000, 20000 };
	int bits = next_byte(), more = next_byte();

	sim.no_room = bits & 1 ? ENOBUFS : EAGAIN;
	sim.unnamed = bits & 4;
	sim.others = others[bits / 8 % 4];
	pool = (struct pool){ .buf = buf, .size = sizeof buf, .now = sim.now,
		.pending = sim.others, .share = 1 << 20, .rate = rates,
		.dump = bits & 2 ? &dump : NULL };
	for (int i = 0; i < 2; i++) {
		rate_open(&rates[i], limits[bits / 32 % 4], sim.now);
		ways[i].room = more & (1 << i) ? PLENTY : 0;
	}
	sim.refuses = more / 16;
	pair = (struct pair){ .datagram = true, .fd = { LISTENER, -1 } };
	if (more & 4)
		join(more / 4 % 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	memset(ways, 0, sizeof ways);
	memset(&sim, 0, sizeof sim);
	script_begin(data, n);
	sim.now = 1;
	begin();
	while (script_left()) {
		int byte = next_byte();

		act((enum action)(byte % 16), byte / 16);
	}
	if (n > 0 && data[n - 1] != 0xff) /* else a signal has come */
		finish();
	sim.closed = pair.fd[1] == -1;
	pair_close(&pair, &pool, false);
	MUST(sim.closed && pair.fd[0] == -1 && pair.fd[1] == -1);
	MUST(pair.flow[0].buf == NULL && pair.flow[1].buf == NULL);
	MUST(pool.pending == sim.others);
	return 0;
}
