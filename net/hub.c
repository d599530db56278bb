/* Everyone hears everyone they should, at the speed of the slowest. */
#include "addr.h"
#include "chunk.h"
#include "clock.h"
#include "frame.h"
#include "hub.h"
#include "listen.h"
#include "part.h"
#include "text.h"
#include "peer.h"
#include "say.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STALL = 10000, /* ms that a client may hold the others up */
	RETRY = 1000,  /* ms before accept is tried again, out of memory */
	HUSH = 1000,   /* ms a peer is silent before an empty stdin ends it */
	LINGER = 500,  /* ms at most for a peer that we left to end too */
	PARTED = 100,  /* ms of its silence that do as well */
};

struct hub {
	const struct hub_rules *rules;
	struct peer *user;
	struct peer **peers;
	int n, room;
	struct listener *listener;
	struct chunk store[2];
	struct chunk *down;    /* what the peers hear */
	struct chunk *up;      /* what the user hears: the same, if shared */
	struct frame frame;
	struct pollfd *asked;
	int sockets;           /* of the listener while it listens */
	int stop;
	long long began, now;
	long long next;        /* the nearest deadline asked about, -1: none */
	long long end;         /* when it is over, done or not; -1: open */
	int speakers, ears;    /* peers that may speak, and be told more */
	int first;             /* the peer to hear first: it was made to wait */
	long long starved;     /* since when nobody can be let in, 0: all can */
	bool hungry;           /* it was said that it happens */
	bool unheard;          /* the reader of standard output has gone */
	unsigned long long received, sent;
	int status;
};

/* The places in the poll set; listening sockets and then peers follow. */
enum { STOP, INPUT, OUTPUT, OTHERS };

/*
 * Has it been that long since then? Where it has not, the loop will wake when
 * it has: asking sets the alarm.
 */
static bool
passed(struct hub *h, long long since, long long limit)
{
	if (limit == -1)
		return false;
	if (h->now - since >= limit)
		return true;
	if (h->next == -1 || since + limit < h->next)
		h->next = since + limit;
	return false;
}

static long long
later(long long a, long long b)
{
	return a > b ? a : b;
}

static long long
sooner(long long a, long long b)
{
	return a < b ? a : b;
}

static bool
again(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static bool
listening(const struct hub *h)
{
	return h->listener != NULL && h->listener->n > 0;
}

static struct chunk *
spoken_by(const struct hub *h, const struct peer *p)
{
	return p == h->user ? h->down : h->up;
}

static struct chunk *
heard_by(const struct hub *h, const struct peer *e)
{
	return e == h->user ? h->up : h->down;
}

/* Are its words cut into lines or messages before they are passed on? */
static bool
framed(const struct hub *h, const struct peer *p)
{
	if (h->rules->chat)
		return true;
	return h->rules->lines && (p != h->user || h->rules->share);
}

/* Is there nothing in the way of what it would say? */
static bool
floor_is_free(const struct hub *h, const struct peer *p)
{
	if (p == h->user)
		return h->down->ears == 0;
	return h->up->ears == 0 && (!h->rules->share || h->down->ears == 0);
}

/*
 * Time that a chunk was held up counts as nobody's silence: neither its
 * speaker nor those who heard it in time could help it.
 */
static void
excuse(struct hub *h, long long held)
{
	for (int i = 0; i < h->n; i++) {
		struct peer *p = h->peers[i];

		p->heard = sooner(p->heard + held, h->now);
		p->told = sooner(p->told + held, h->now);
	}
}

static void
heard_out(struct hub *h, struct chunk *c)
{
	c->ears--;
	if (c->ears == 0 && h->now > c->filled)
		excuse(h, h->now - c->filled);
}

/* What it is owed will never reach it. */
static void
forget(struct hub *h, struct peer *e)
{
	if (e->owing == 0)
		return;
	e->owing = 0;
	heard_out(h, heard_by(h, e));
}

static void
farewell(struct hub *h, struct peer *p)
{
	if (p->leaving == 0)
		p->leaving = h->now;
}

/* Nobody is to say any more; what was said still goes out. */
static void
close_up(struct hub *h)
{
	if (listening(h))
		listen_close(h->listener);
	peer_end_in(h->user);
	for (int i = 0; i < h->n; i++)
		farewell(h, h->peers[i]);
}

/* The same, and what does not go out soon never does. */
static void
finish(struct hub *h, int status)
{
	if (h->end != -1)
		return;
	h->end = h->now + LINGER;
	h->status = status;
	close_up(h);
}

static void
broken(struct hub *h, struct peer *p, const char *doing, int error)
{
	peer_fail(p, doing, error);
	forget(h, p);
	peer_end_out(p);
}

/* A reader that has had enough is no news; a full disk is. */
static void
broken_output(struct hub *h, int error)
{
	if (error != EPIPE && error != ECONNRESET)
		say_error(error, "write standard output");
	forget(h, h->user);
	peer_end_out(h->user);
	finish(h, HUB_LOCAL);
}

static void
drain(struct hub *h, struct peer *e)
{
	size_t owing = e->owing;

	if (peer_write(e) == -1) {
		if (e == h->user)
			broken_output(h, errno);
		else
			broken(h, e, "send to", errno);
		return;
	}
	if (e->owing < owing)
		e->told = h->now;
	if (e->owing == 0)
		heard_out(h, heard_by(h, e));
}

static void
owe(struct hub *h, struct peer *e, const struct chunk *c)
{
	if (e->wfd == -1 || e->leaving != 0)
		return;
	e->owed = c->words;
	e->owing = c->n;
	e->told = h->now;
	heard_by(h, e)->ears++;
	if (!e->paced)
		drain(h, e);
}

static void
stop_hearing(struct hub *h, struct peer *p, int error)
{
	if (error != 0 && p == h->user) {
		say_error(error, "read standard input");
		h->status = HUB_LOCAL;
	} else if (error != 0)
		broken(h, p, "receive from", error);
	p->heard = h->now;
	peer_end_in(p);
}

/* What is in the chunk goes to everyone who hears the speaker. */
static void
tell(struct hub *h, const struct peer *speaker, struct chunk *c)
{
	c->filled = h->now;
	c->ears++; /* nobody may fill it while it is handed round */
	if (c == h->down)
		for (int i = 0; i < h->n; i++)
			if (h->peers[i] != speaker)
				owe(h, h->peers[i], c);
	if (c == h->up && speaker != h->user)
		owe(h, h->user, c);
	heard_out(h, c);
}

/* The chunks that its framed words go into: for the user, for the peers. */
static void
open_chunks(const struct hub *h, const struct peer *p, struct chunk **user,
    struct chunk **wire)
{
	*user = p == h->user ? NULL : h->up;
	*wire = p == h->user || h->rules->share ? h->down : NULL;
	if (*user != NULL)
		(*user)->n = 0;
	if (*wire != NULL)
		(*wire)->n = 0;
}

static void
tell_framed(struct hub *h, struct peer *p, struct chunk *user,
    struct chunk *wire)
{
	if (user != NULL && user->n > 0)
		tell(h, p, user);
	if (wire != NULL && wire != user && wire->n > 0)
		tell(h, p, wire);
}

/* Pass on the lines or messages that these bytes make whole. */
static void
frame(struct hub *h, struct peer *p, const char *bytes, size_t n)
{
	struct chunk *user, *wire;
	enum framed became;

	open_chunks(h, p, &user, &wire);
	became = frame_words(&h->frame, p, bytes, n, user, wire);
	tell_framed(h, p, user, wire);
	if (became == FRAMED_FAILED)
		stop_hearing(h, p, ENOMEM);
	else if (became == FRAMED_END && h->rules->keep && p != h->user)
		farewell(h, p);
	else if (became != FRAMED_ALL)
		close_up(h);
}

/* It says no more: what it had begun to say goes out as it stands. */
static void
finish_words(struct hub *h, struct peer *p)
{
	struct chunk *user, *wire;

	if (!framed(h, p) || !frame_begun(&h->frame, p) ||
	    !floor_is_free(h, p))
		return;
	open_chunks(h, p, &user, &wire);
	frame_rest(&h->frame, p, user, wire);
	tell_framed(h, p, user, wire);
}

/* -W counts messages, which frame_words() does, or else reads. */
static void
count_read(struct hub *h)
{
	if (!h->rules->chat && h->frame.left > 0 && --h->frame.left == 0)
		close_up(h);
}

static void
hear(struct hub *h, struct peer *p)
{
	struct chunk *c = spoken_by(h, p);
	char bytes[FRAME_BYTES];
	bool cut = framed(h, p);
	size_t most = h->rules->piece;
	ssize_t n;

	if (cut && most > sizeof bytes)
		most = sizeof bytes;
	n = peer_read(p, cut ? bytes : c->words, most);
	if (n == 0 || (n == -1 && !again(errno)))
		stop_hearing(h, p, n == 0 ? 0 : errno);
	if (n <= 0)
		return;
	p->heard = h->now;
	if (cut) {
		frame(h, p, bytes, (size_t)n);
	} else {
		c->n = (size_t)n;
		tell(h, p, c);
	}
	if (p != h->user)
		count_read(h);
}

/* What a peer that we left still says is read, lest our end be a reset. */
static void
overhear(struct hub *h, struct peer *p)
{
	char words[16384];
	ssize_t n = peer_read(p, words, sizeof words);

	if (n > 0)
		p->heard = h->now;
	else if (n == 0 || !again(errno))
		peer_end_in(p);
}

static bool
may_speak(const struct hub *h, const struct peer *p)
{
	if (p->rfd == -1)
		return false;
	if (p == h->user)
		return floor_is_free(h, p) && h->ears > 0;
	return p->leaving != 0 || (floor_is_free(h, p) && h->user->wfd != -1);
}

/* May the ear be told more, though the user will say no more? */
static bool
held_open(struct hub *h, const struct peer *e)
{
	if (e->rfd == -1)
		return false;
	if (h->rules->hold || h->rules->share)
		return true;
	if (h->rules->keep)
		return e->sent == 0;
	return h->user->received == 0 && !passed(h, e->heard, HUSH);
}

/* May the ear still be told anything that it is not owed yet? */
static bool
expects(struct hub *h, const struct peer *e)
{
	if (e == h->user)
		return h->speakers > 0 || listening(h);
	if (e->leaving != 0)
		return false;
	if (h->user->rfd == -1)
		return held_open(h, e);
	if (h->rules->keep)
		return e->rfd != -1;
	return e->rfd != -1 || !passed(h, later(h->user->heard,
	    later(e->heard, e->told)), h->rules->after_peer);
}

/* The user has ended, and the peer has been silent for as long as -q says. */
static bool
has_done(struct hub *h, const struct peer *p)
{
	if (h->rules->keep && p->wfd != -1)
		return false;
	return h->user->rfd == -1 && p->owing == 0 && h->up->ears == 0 &&
	    passed(h, later(h->user->heard, later(p->heard, p->told)),
	    h->rules->after_input);
}

/* Nothing goes either way, though nobody else holds it up. */
static bool
idle(struct hub *h, const struct peer *p)
{
	if (h->up->ears > 0 || (h->down->ears > 0 && p->owing == 0))
		return false;
	return passed(h, later(p->heard, p->told), h->rules->idle);
}

/* A client that has stopped reading holds up all the others. */
static bool
stalls(struct hub *h, const struct peer *p)
{
	return h->rules->keep && p->owing > 0 &&
	    passed(h, p->told, h->rules->idle == -1 ? STALL : h->rules->idle);
}

/* Its half that nobody will use again is closed. */
static void
close_halves(struct hub *h, struct peer *p)
{
	if (p->wfd != -1 && p->owing == 0 && !expects(h, p)) {
		peer_end_out(p);
		if (p->leaving != 0)
			p->leaving = h->now;
	}
	if (p->leaving != 0 && p->wfd == -1 &&
	    (passed(h, p->leaving, LINGER) ||
	    passed(h, later(p->leaving, p->heard), PARTED)))
		peer_end_in(p);
}

static void
judge(struct hub *h, struct peer *p)
{
	if (p->leaving == 0 && (stalls(h, p) || idle(h, p))) {
		if (p->owing > 0)
			broken(h, p, "send to", ETIMEDOUT);
		farewell(h, p);
	}
	if (has_done(h, p))
		farewell(h, p);
	close_halves(h, p);
}

static void
part(struct hub *h, int i)
{
	struct peer *p = h->peers[i];

	if (p->error != 0) {
		peer_say_failed(p);
		if (h->status == HUB_DONE && !h->rules->keep)
			h->status = HUB_NETWORK;
	}
	if (h->listener != NULL)
		peer_say_closed(p);
	h->received += p->received;
	h->sent += p->sent;
	peer_free(p);
	h->peers[i] = h->peers[--h->n];
	h->starved = 0;
}

/* Time is up: what is still owed is lost. */
static void
cut(struct hub *h)
{
	for (int i = 0; i < h->n; i++) {
		struct peer *p = h->peers[i];

		forget(h, p);
		peer_end_out(p);
		peer_end_in(p);
	}
	forget(h, h->user);
}

static void
count(struct hub *h)
{
	h->speakers = h->ears = 0;
	for (int i = 0; i < h->n; i++) {
		const struct peer *p = h->peers[i];

		h->speakers += frame_begun(&h->frame, p) ||
		    (p->rfd != -1 && p->leaving == 0);
		h->ears += p->wfd != -1 && p->leaving == 0;
	}
}

/* Nobody reads our output: it ends as when a peer has ended. */
static bool
speaks_to_nobody(struct hub *h)
{
	long long last = h->user->heard;

	if (!h->unheard || h->down->ears > 0)
		return false;
	if (h->rules->keep || h->n == 0)
		return h->rules->keep;
	for (int i = 0; i < h->n; i++)
		last = later(last, h->peers[i]->told);
	return h->user->rfd == -1 || passed(h, last, h->rules->after_peer);
}

/* Let the rules be followed, and those leave who have both halves behind. */
static void
settle(struct hub *h)
{
	h->next = -1;
	if (h->end != -1 && passed(h, h->end, 0))
		cut(h);
	if (listening(h) && !h->rules->keep &&
	    passed(h, h->began, h->rules->idle)) {
		listen_late(h->listener);
		finish(h, HUB_LATE);
	}
	if (speaks_to_nobody(h))
		finish(h, HUB_LOCAL);
	for (int i = h->n - 1; i >= 0; i--) {
		struct peer *p = h->peers[i];

		judge(h, p);
		if (p->rfd == -1 || p->leaving != 0)
			finish_words(h, p);
		if (p->rfd == -1 && p->wfd == -1 &&
		    !frame_begun(&h->frame, p))
			part(h, i);
	}
	if (h->user->rfd == -1)
		finish_words(h, h->user);
	count(h);
	if (h->user->wfd != -1 && h->user->owing == 0 && !expects(h, h->user))
		peer_end_out(h->user);
}

static bool
may_enter(struct hub *h)
{
	if (!listening(h) || (h->rules->most > 0 && h->n >= h->rules->most))
		return false;
	return h->starved == 0 || passed(h, h->starved, RETRY);
}

static bool
put(struct pollfd *slot, int fd, int events)
{
	slot->fd = events == 0 ? -1 : fd;
	slot->events = (short)events;
	slot->revents = 0;
	return slot->fd != -1;
}

/* What there is to wait for; false if that is nothing. */
static bool
ask(struct hub *h)
{
	struct pollfd *slot = h->asked;
	struct peer *user = h->user;
	bool any, enter;

	put(&slot[STOP], h->stop, h->end == -1 ? POLLIN : 0);
	any = put(&slot[INPUT], user->rfd, may_speak(h, user) ? POLLIN : 0);
	any |= put(&slot[OUTPUT], user->wfd, user->owing > 0 ? POLLOUT : 0);
	if (user->owing == 0 && !h->unheard)
		slot[OUTPUT].fd = user->wfd; /* only to see it go */
	slot += OTHERS;
	enter = may_enter(h);
	for (int i = 0; i < h->sockets; i++)
		any |= put(slot++, listening(h) ? h->listener->fd[i] : -1,
		    enter ? POLLIN : 0);
	for (int i = 0; i < h->n; i++) {
		const struct peer *p = h->peers[i];

		any |= put(slot++, p->wfd == -1 ? p->rfd : p->wfd,
		    (may_speak(h, p) ? POLLIN : 0) |
		    (p->owing > 0 ? POLLOUT : 0));
	}
	return any || listening(h);
}

/* Places for one more peer, here and in the poll set. */
static bool
make_room(struct hub *h)
{
	size_t room = h->room == 0 ? 1 : 2 * (size_t)h->room;
	struct peer **peers;
	struct pollfd *asked;

	if (h->n < h->room)
		return true;
	peers = realloc(h->peers, room * sizeof(struct peer *));
	if (peers != NULL)
		h->peers = peers;
	asked = realloc(h->asked,
	    (OTHERS + (size_t)h->sockets + room) * sizeof *asked);
	if (asked != NULL)
		h->asked = asked;
	if (peers == NULL || asked == NULL)
		return false;
	h->room = (int)room;
	return true;
}

static void
enter(struct hub *h, struct peer *p)
{
	p->heard = p->told = h->now;
	h->peers[h->n++] = p;
}

static bool
short_of(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM;
}

/* Out of descriptors or memory: who waits outside waits until one leaves. */
static void
starve(struct hub *h, int error)
{
	if (!h->hungry)
		say_error(error, "accept a client");
	h->hungry = true;
	h->starved = h->now;
	if (!h->rules->keep)
		finish(h, HUB_LOCAL);
}

/* Let one in who waits at socket i; false: there is none, or no place. */
static bool
admit(struct hub *h, int i)
{
	struct addr from;
	struct peer *p;
	int fd;

	if (!make_room(h)) {
		starve(h, ENOMEM);
		return false;
	}
	fd = listen_accept(h->listener, i, &from);
	if (fd == -1) {
		if (short_of(errno))
			starve(h, errno);
		return false;
	}
	p = peer_new(fd, &from);
	if (p == NULL) {
		close(fd);
		starve(h, ENOMEM);
		return false;
	}
	peer_say_joined(p);
	enter(h, p);
	return true;
}

/* All who wait at socket i come in; without -k, only the first. */
static void
welcome(struct hub *h, int i)
{
	while (may_enter(h) && admit(h, i))
		if (!h->rules->keep)
			listen_close(h->listener);
}

static void
answer_user(struct hub *h)
{
	int out = h->asked[OUTPUT].revents;

	if (h->user->owing > 0 && out != 0)
		drain(h, h->user);
	else if (out & (POLLERR | POLLHUP | POLLNVAL))
		h->unheard = true;
	if (h->asked[INPUT].revents != 0 && may_speak(h, h->user))
		hear(h, h->user);
}

/* False: it would speak, but what others said is still going round. */
static bool
answer_peer(struct hub *h, struct peer *p, int what)
{
	if (p->owing > 0 && (what & ~POLLIN) != 0)
		drain(h, p);
	if ((what & ~POLLOUT) == 0)
		return true;
	if (!may_speak(h, p))
		return false;
	if (p->leaving != 0)
		overhear(h, p);
	else
		hear(h, p);
	return true;
}

/* The first who has to wait for a word is the first to be heard next time. */
static void
answer_peers(struct hub *h, const struct pollfd *slot)
{
	int n = h->n;
	int first = h->first < n ? h->first : 0;
	bool waiting = false;

	h->first = 0;
	for (int k = 0; k < n; k++) {
		int i = first + k < n ? first + k : first + k - n;

		if (slot[i].revents == 0 ||
		    answer_peer(h, h->peers[i], slot[i].revents) || waiting)
			continue;
		waiting = true;
		h->first = i;
	}
}

static void
answer(struct hub *h)
{
	if (h->asked[STOP].revents != 0)
		finish(h, h->status);
	answer_user(h);
	answer_peers(h, h->asked + OTHERS + h->sockets);
	for (int i = 0; i < h->sockets; i++)
		if (h->asked[OTHERS + i].revents != 0)
			welcome(h, i);
}

/* One turn: settle, wait, answer; false when there is nothing to wait for. */
static bool
turn(struct hub *h)
{
	int ready;

	settle(h);
	if (!ask(h))
		return false;
	ready = poll(h->asked, OTHERS + (nfds_t)(h->sockets + h->n),
	    clock_until(h->next, h->now));
	h->now = clock_ms();
	if (ready > 0)
		answer(h);
	if (ready != -1 || again(errno))
		return true;
	say_error(errno, "poll");
	h->status = HUB_LOCAL;
	return false;
}

/* The hub in its house: what it needs, and what is left of it. */
static bool
furnish(struct hub *h)
{
	const struct hub_rules *r = h->rules;
	size_t room = r->piece;

	h->frame = (struct frame){
		.chat = r->chat,
		.labelled = r->keep && r->lines,
		.each = r->keep,
		.mixed = r->share,
		.terminal = r->terminal,
		.left = r->wanted,
	};
	if ((r->chat || r->lines) && room < FRAME_CHUNK)
		room = FRAME_CHUNK;
	h->store[0].words = malloc(room);
	h->store[1].words = malloc(room);
	h->down = &h->store[0];
	h->up = &h->store[r->share && !r->chat ? 0 : 1];
	return h->store[0].words != NULL && h->store[1].words != NULL &&
	    make_room(h);
}

static void
vacate(struct hub *h)
{
	cut(h);
	while (h->n > 0)
		part(h, h->n - 1);
	if (listening(h))
		listen_close(h->listener);
	free(h->peers);
	free(h->asked);
	free(h->store[0].words);
	free(h->store[1].words);
	text_free(&h->user->text);
}

int
hub_run(const struct hub_rules *rules, struct peer *user,
    struct listener *listener, struct peer *peer, int stop)
{
	struct hub h = {
		.rules = rules,
		.user = user,
		.listener = listener,
		.sockets = listener == NULL ? 0 : listener->n,
		.stop = stop,
		.end = -1,
		.status = HUB_DONE,
	};

	h.began = h.now = user->heard = clock_ms();
	if (furnish(&h)) {
		if (peer != NULL)
			enter(&h, peer);
		while (turn(&h))
			;
	} else {
		say_error(ENOMEM, "relay");
		h.status = HUB_LOCAL;
	}
	vacate(&h);
	say_more(2, "received %llu bytes, sent %llu bytes", h.received, h.sent);
	return h.status;
}
