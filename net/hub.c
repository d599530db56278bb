/* The loop: settle what follows from the rules, wait, answer. */
#include "addr.h"
#include "chunk.h"
#include "clock.h"
#include "frame.h"
#include "hub.h"
#include "unix.h"
#include "listen.h"
#include "part.h"
#include "rules.h"
#include "say.h"
#include "senders.h"
#include "sock.h"
#include "talk.h"
#include "text.h"
#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RETRY = 1000, /* ms before accept is tried again, out of memory */
	NAP = 20,     /* ms before a Unix datagram is tried again */
	BURST = 64,   /* datagrams taken from a socket in a turn */
};

struct hub {
	struct talk talk;
	struct pollfd *asked;
	int room;           /* for so many peers */
	int sockets;        /* of the listener while it listens */
	int stop;
	long long alarm;    /* when time alone will change something, -1: never */
	struct senders senders;
	int speakers, ears; /* peers that may speak, and be told more */
	int first;          /* who is heard first: it was made to wait */
	long long starved;  /* since when nobody can be let in, 0: all can */
	bool hungry;        /* that was said */
	unsigned long long received, sent;
};

/* The places in the poll set; listening sockets and then peers follow. */
enum { STOP, INPUT, OUTPUT, OTHERS };

/* The user is waited for no more: what was begun goes out as it stands. */
static bool
cut_short(struct hub *h, const struct peer *p)
{
	struct talk *t = &h->talk;

	if (t->rules->keep || p->leaving != 0 || t->user->rfd == -1 ||
	    !talk_begun(t, t->user))
		return false;
	peer_end_in(t->user);
	h->alarm = t->now;
	return true;
}

/* A half of p that nobody will use again is closed. */
static void
close_halves(struct hub *h, struct peer *p)
{
	struct talk *t = &h->talk;

	if (p->wfd != -1 && p->owing == 0 &&
	    !rules_expects(t, p, &h->alarm) && !talk_refused(t, p) &&
	    !cut_short(h, p)) {
		peer_end_out(p);
		if (p->leaving != 0)
			p->leaving = t->now;
	}
	if (rules_parted(t, p, &h->alarm))
		peer_end_in(p);
}

/*
 * A Unix datagram socket is writable though the one it is to go to is full:
 * then poll(2) is of no use.
 */
static bool
must_retry(struct hub *h, const struct peer *p)
{
	if (!p->shared || p->owing == 0 || p->addr.is.any.sa_family != AF_UNIX)
		return false;
	rules_passed(&h->talk, h->talk.now, NAP, &h->alarm);
	return true;
}

static void
judge(struct hub *h, struct peer *p)
{
	struct talk *t = &h->talk;
	bool owed = p->owing > 0;

	if (rules_stalls(t, p, true, &h->alarm) || must_retry(h, p))
		talk_drain(t, p);
	if ((p->leaving == 0 || p->owing > 0) &&
	    (rules_stalls(t, p, false, &h->alarm) ||
	    (rules_idle(t, p, &h->alarm) && !cut_short(h, p)))) {
		if (p->owing > 0)
			talk_broken(t, p, "send to", ETIMEDOUT);
		talk_farewell(t, p);
	}
	if (owed && p->owing == 0)
		h->alarm = t->now; /* what had to wait for it can go on */
	if (rules_has_done(t, p, &h->alarm))
		talk_farewell(t, p);
	close_halves(h, p);
	if (p->datagram && p->error != 0)
		talk_exhaust(t, p);
}

static void
let_go(struct hub *h, struct peer *p)
{
	struct talk *t = &h->talk;

	if (p->error != 0) {
		peer_say_failed(p);
		if (t->status == HUB_DONE && !t->rules->keep)
			t->status = sock_starved(p->error) ? HUB_LOCAL
							   : HUB_NETWORK;
	}
	if (t->listener != NULL)
		peer_say_closed(p);
	if (p->shared)
		senders_remove(&h->senders, p);
	h->received += p->received;
	h->sent += p->sent;
	peer_free(p);
	h->starved = 0;
}

/*
 * Those go who have both halves behind them, and nothing left to say. The
 * others keep their turns.
 */
static void
sweep(struct hub *h)
{
	struct talk *t = &h->talk;
	int stay = 0, first = h->first;

	for (int i = 0; i < t->n; i++) {
		struct peer *p = t->peers[i];

		if (p->rfd != -1 || p->wfd != -1 || talk_begun(t, p)) {
			t->peers[stay++] = p;
			continue;
		}
		let_go(h, p);
		first -= i < h->first;
	}
	t->n = stay;
	h->first = first;
}

static void
count(struct hub *h)
{
	const struct talk *t = &h->talk;

	h->speakers = 0;
	h->ears = talk_ears(t);
	for (int i = 0; i < t->n; i++) {
		const struct peer *p = t->peers[i];

		h->speakers += talk_begun(t, p) || (p->rfd != -1 && !p->muted);
	}
}

/* What the rules and the clock say is done. */
static void
settle(struct hub *h)
{
	struct talk *t = &h->talk;
	struct peer *user = t->user;

	h->alarm = -1;
	if (rules_over(t, &h->alarm))
		talk_cut(t);
	if (rules_deserted(t, &h->alarm)) {
		listen_late(t->listener);
		talk_finish(t, HUB_LATE);
	}
	if (rules_unheard(t, &h->alarm))
		talk_finish(t, HUB_LOCAL);
	talk_resume(t);
	if (user->rfd == -1)
		talk_finish_words(t, user);
	for (int i = 0; i < t->n; i++) {
		judge(h, t->peers[i]);
		if (t->peers[i]->rfd == -1)
			talk_finish_words(t, t->peers[i]);
	}
	sweep(h);
	count(h);
	if (user->wfd != -1 && user->owing == 0 &&
	    !rules_user_expects(t, h->speakers))
		peer_end_out(user);
}

static bool
full(const struct talk *t)
{
	return t->rules->most > 0 && t->n >= t->rules->most;
}

/* May a client be accepted, or a datagram of whomever be received? */
static bool
may_enter(struct hub *h)
{
	const struct talk *t = &h->talk;

	if (!talk_listening(t))
		return false;
	if (t->rules->datagram && t->rules->keep)
		return talk_floor_free(t, NULL) && t->user->wfd != -1;
	if (full(t))
		return false;
	return h->starved == 0 ||
	    rules_passed(t, h->starved, RETRY, &h->alarm);
}

static bool
put(struct pollfd *slot, int fd, int events)
{
	slot->fd = events == 0 ? -1 : fd;
	slot->events = (short)events;
	slot->revents = 0;
	return slot->fd != -1;
}

static int
interest(const struct hub *h, const struct peer *p)
{
	int events = rules_may_speak(&h->talk, p, h->ears) ? POLLIN : 0;

	return p->owing > 0 ? events | POLLOUT : events;
}

/* The user has two descriptors where others have one. */
static bool
ask_user(struct hub *h)
{
	const struct peer *user = h->talk.user;
	int events = interest(h, user);
	bool in = put(&h->asked[INPUT], user->rfd, events & POLLIN);
	bool out = put(&h->asked[OUTPUT], user->wfd, events & POLLOUT);

	if (!out && !h->talk.unheard)
		h->asked[OUTPUT].fd = user->wfd; /* only to see it go */
	return in || out;
}

/* Peers that share the listener's socket wait for it together. */
static int
ask_peers(struct hub *h, struct pollfd *slot)
{
	const struct talk *t = &h->talk;
	const struct pollfd *first = slot;

	for (int i = 0; i < t->n; i++) {
		struct peer *p = t->peers[i];
		int events = p->shared ? 0 : interest(h, p);

		p->slot = -1;
		if (events == 0)
			continue;
		p->slot = (int)(slot - h->asked);
		put(slot++, p->wfd == -1 ? p->rfd : p->wfd, events);
	}
	return (int)(slot - first);
}

static bool
owing_at(const struct talk *t, int fd)
{
	for (int i = 0; i < t->n; i++)
		if (t->peers[i]->shared && t->peers[i]->wfd == fd &&
		    t->peers[i]->owing > 0)
			return true;
	return false;
}

static bool
ask_listener(struct hub *h)
{
	const struct talk *t = &h->talk;
	const struct listener *l = t->listener;
	int enter = may_enter(h) ? POLLIN : 0;
	bool crowd = t->rules->datagram && t->rules->keep && t->down->ears > 0;
	bool any = false;

	for (int i = 0; i < h->sockets; i++) {
		int fd = l->n > i ? l->fd[i] : -1;
		int owing = crowd && fd != -1 && owing_at(t, fd) &&
		    l->at[i].is.any.sa_family != AF_UNIX ? POLLOUT : 0;

		any |= put(&h->asked[OTHERS + i], fd, enter | owing);
	}
	return any;
}

/* What there is to wait for; its number, 0 if that is nothing. */
static nfds_t
ask(struct hub *h)
{
	const struct talk *t = &h->talk;
	bool user = ask_user(h);
	int peers = ask_peers(h, h->asked + OTHERS + h->sockets);
	bool listener = ask_listener(h);

	put(&h->asked[STOP], h->stop, t->end == -1 ? POLLIN : 0);
	if (!user && peers == 0 && !listener && !talk_listening(t) &&
	    (t->n == 0 || h->alarm == -1))
		return 0;
	return OTHERS + (nfds_t)(h->sockets + peers);
}

/* Places for one more peer, here and in the poll set. */
static bool
make_room(struct hub *h)
{
	struct talk *t = &h->talk;
	size_t room = h->room == 0 ? 1 : 2 * (size_t)h->room;
	struct peer **peers;
	struct pollfd *asked;

	if (t->n < h->room)
		return true;
	peers = realloc(t->peers, room * sizeof(struct peer *));
	if (peers != NULL)
		t->peers = peers;
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
	struct talk *t = &h->talk;

	p->slot = -1;
	p->heard = p->told = t->now;
	if (t->n > 0 && h->first == t->n)
		h->first++; /* the user's turn comes behind the last peer's */
	t->peers[t->n++] = p;
}

/* Out of descriptors or memory: who waits outside waits until one leaves. */
static void
starve(struct hub *h, int error)
{
	if (!h->hungry)
		say_error(error, "accept a client");
	h->hungry = true;
	h->starved = h->talk.now;
	if (!h->talk.rules->keep)
		talk_finish(&h->talk, HUB_LOCAL);
}

/* The next client at socket i; NULL: there is none, or no place. */
static struct peer *
caller(struct hub *h, int i)
{
	struct addr from;
	struct peer *p;
	int fd = make_room(h) ? listen_accept(h->talk.listener, i, &from) : -1;

	if (fd == -1) {
		if (sock_starved(errno))
			starve(h, errno);
		else
			h->hungry = false; /* all who waited are in */
		return NULL;
	}
	p = peer_new(fd, h->talk.listener->type, &from);
	if (p == NULL) {
		close(fd);
		starve(h, ENOMEM);
	} else if (p->datagram) {
		p->picky = true;
		if (!listen_answerable(fd))
			p->wfd = -1;
	}
	return p;
}

/* All who wait at socket i come in; without -k, only the first. */
static void
welcome(struct hub *h, int i)
{
	struct peer *p;

	while (may_enter(h) && (p = caller(h, i)) != NULL) {
		peer_say_joined(p);
		enter(h, p);
		if (!h->talk.rules->keep)
			listen_close(h->talk.listener);
	}
}

/* What it said is lost, and said to be: once, until one can come in again. */
static struct peer *
out_of_memory(struct hub *h)
{
	if (!h->hungry)
		say_error(ENOMEM, "accept a client");
	h->hungry = true;
	return NULL;
}

/* The peer that datagrams from there are of, a new one if need be. */
static struct peer *
sender(struct hub *h, int i, const struct addr *from)
{
	struct peer *p = senders_find(&h->senders, from);
	int fd = h->talk.listener->fd[i];

	if (p != NULL && p->leaving == 0)
		return p;
	if (p != NULL) /* whoever sends now begins anew */
		senders_remove(&h->senders, p);
	if (full(&h->talk)) {
		listen_refuse(from);
		return NULL;
	}
	p = make_room(h) ? peer_new(fd, SOCK_DGRAM, from) : NULL;
	if (p == NULL)
		return out_of_memory(h);
	p->shared = true;
	if (addr_nameless(from))
		p->wfd = -1; /* there is nowhere to answer to */
	p->addr.nth = h->talk.listener->clients + 1;
	if (!senders_add(&h->senders, p)) {
		peer_free(p);
		return out_of_memory(h);
	}
	h->talk.listener->clients++;
	h->hungry = false;
	peer_say_joined(p);
	enter(h, p);
	return p;
}

/* Who sends to socket i is heard; those who could not be let in are not. */
static void
receive(struct hub *h, int i)
{
	struct talk *t = &h->talk;
	struct addr from;
	struct peer *p;
	ssize_t n;

	for (int k = 0; k < BURST && may_enter(h); k++) {
		n = listen_receive(t->listener, i, talk_buffer(t), t->room,
		    &from);
		if (n == -1)
			return;
		p = sender(h, i, &from);
		if (p == NULL)
			continue;
		p->received += (size_t)n;
		talk_take(t, p, (size_t)n);
	}
}

/* The listener's socket can take more, for whoever is owed something. */
static void
drain_all(struct hub *h, int fd)
{
	struct talk *t = &h->talk;

	for (int i = 0; i < t->n; i++)
		if (t->peers[i]->shared && t->peers[i]->owing > 0 &&
		    t->peers[i]->wfd == fd)
			talk_drain(t, t->peers[i]);
}

static void
answer_listener(struct hub *h, int i)
{
	const struct talk *t = &h->talk;
	int what = h->asked[OTHERS + i].revents;

	if ((what & POLLOUT) && t->listener->n > i)
		drain_all(h, t->listener->fd[i]);
	if ((what & ~POLLOUT) == 0 || !talk_listening(t))
		return;
	if (t->rules->datagram && t->rules->keep)
		receive(h, i);
	else
		welcome(h, i);
}

/* Datagrams come in bursts: it costs less to look for one more than to poll. */
static void
hear(struct hub *h, struct peer *p)
{
	for (int i = p->datagram ? BURST : 1; i > 0; i--)
		if (!talk_hear(&h->talk, p) || p->muted ||
		    !rules_may_speak(&h->talk, p, h->ears))
			return;
}

/* False: it would speak, but what others said is still going round. */
static bool
answer_peer(struct hub *h, struct peer *p, int what)
{
	struct talk *t = &h->talk;

	if (p->owing > 0 && (what & ~POLLIN) != 0)
		talk_drain(t, p);
	if ((what & ~POLLOUT) == 0)
		return true;
	if (!rules_may_speak(t, p, h->ears))
		return false;
	if (p->muted)
		talk_overhear(t, p);
	else
		hear(h, p);
	return true;
}

static void
answer_output(struct hub *h)
{
	int what = h->asked[OUTPUT].revents;

	if (h->talk.user->owing > 0 && what != 0)
		talk_drain(&h->talk, h->talk.user);
	else if (what & (POLLERR | POLLHUP | POLLNVAL))
		h->talk.unheard = true;
}

/* False: as answer_peer(). Who is to be told is asked anew: some have ended. */
static bool
answer_input(struct hub *h)
{
	if (h->asked[INPUT].revents == 0)
		return true;
	count(h);
	if (!rules_may_speak(&h->talk, h->talk.user, h->ears))
		return h->ears == 0;
	talk_hear(&h->talk, h->talk.user);
	return true;
}

/*
 * All speak in turn, beginning with the one who had to wait first. If nobody
 * had to, the user is the last, so that nothing is read for those who turn out
 * to have ended.
 */
static void
answer_speakers(struct hub *h, bool all_asked)
{
	int n = h->talk.n, all = n + 1;
	int first = h->first;
	bool waits = false;

	for (int k = 0; k < all; k++) {
		int i = (first + k) % all;
		const struct peer *p = i == n ? NULL : h->talk.peers[i];
		bool heard = p == NULL ? answer_input(h) : p->slot == -1 ||
		    answer_peer(h, h->talk.peers[i],
		    h->asked[p->slot].revents);

		if (!heard && !waits) {
			waits = true;
			h->first = i;
		}
	}
	if (!waits && all_asked)
		h->first = 0;
}

static void
answer(struct hub *h)
{
	/* what goes out only now has kept its speakers from being asked */
	bool all_asked = h->talk.up->ears == 0 && h->talk.down->ears == 0;

	if (h->asked[STOP].revents != 0)
		talk_finish(&h->talk, h->talk.status);
	answer_output(h);
	answer_speakers(h, all_asked);
	for (int i = 0; i < h->sockets; i++)
		answer_listener(h, i);
}

/* One turn; false when there is nothing to wait for any more. */
static bool
turn(struct hub *h)
{
	struct talk *t = &h->talk;
	nfds_t n;
	int ready;

	settle(h);
	n = ask(h);
	if (n == 0)
		return false;
	ready = poll(h->asked, n, clock_until(h->alarm, t->now));
	t->now = clock_ms();
	if (ready > 0)
		answer(h);
	if (ready != -1 || sock_later(errno))
		return true;
	say_error(errno, "poll");
	t->status = HUB_LOCAL;
	return false;
}

/* Nobody is left in it. */
static void
vacate(struct hub *h)
{
	struct talk *t = &h->talk;

	talk_cut(t);
	while (t->n > 0)
		let_go(h, t->peers[--t->n]);
	if (t->listener != NULL && t->listener->n > 0)
		listen_close(t->listener);
	senders_free(&h->senders);
	talk_close(t);
	free(t->peers);
	free(h->asked);
}

int
hub_run(const struct hub_rules *rules, struct peer *user,
    struct listener *listener, struct peer *peer, int stop)
{
	struct hub h = {
		.talk = {
			.rules = rules,
			.user = user,
			.listener = listener,
			.end = -1,
			.status = HUB_DONE,
		},
		.sockets = listener == NULL ? 0 : listener->n,
		.stop = stop,
	};
	struct talk *t = &h.talk;

	t->began = t->now = user->heard = clock_ms();
	if (talk_open(t) && make_room(&h)) {
		if (peer != NULL)
			enter(&h, peer);
		while (turn(&h))
			;
	} else {
		say_error(ENOMEM, "relay");
		t->status = HUB_LOCAL;
		if (peer != NULL)
			peer_free(peer);
	}
	vacate(&h);
	say_more(2, "received %llu bytes, sent %llu bytes", h.received, h.sent);
	return t->status;
}
