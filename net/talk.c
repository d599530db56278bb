/* Words on their way: from a speaker, into a chunk, to every ear. */
#include "addr.h"
#include "chunk.h"
#include "frame.h"
#include "hub.h"
#include "listen.h"
#include "part.h"
#include "say.h"
#include "talk.h"
#include "text.h"
#include "peer.h"

#include <errno.h>
#include <stdlib.h>

enum { LINGER = 500 }; /* ms at most from the decision to end to the end */

bool
talk_listening(const struct talk *t)
{
	return t->listener != NULL && t->listener->n > 0;
}

static struct chunk *
spoken_by(const struct talk *t, const struct peer *p)
{
	return p == t->user ? t->down : t->up;
}

static struct chunk *
heard_by(const struct talk *t, const struct peer *e)
{
	return e == t->user ? t->up : t->down;
}

/* Are its words cut into lines or messages before they are passed on? */
static bool
framed(const struct talk *t, const struct peer *p)
{
	if (t->rules->chat)
		return true;
	return t->rules->lines && (p != t->user || t->rules->share);
}

bool
talk_begun(const struct talk *t, const struct peer *p)
{
	return framed(t, p) && frame_begun(&t->frame, p);
}

bool
talk_floor_free(const struct talk *t, const struct peer *p)
{
	if (p == t->user)
		return t->down->ears == 0;
	return t->up->ears == 0 && (!t->rules->share || t->down->ears == 0);
}

static long long
sooner(long long a, long long b)
{
	return a < b ? a : b;
}

/*
 * Time that a chunk was held up counts as nobody's silence: neither its
 * speaker nor those who heard it in time could help it. Who is still owed
 * something of another chunk has that to answer for.
 */
static void
excuse(struct talk *t, long long held)
{
	for (int i = 0; i < t->n; i++) {
		struct peer *p = t->peers[i];

		if (p->owing > 0)
			continue;
		p->heard = sooner(p->heard + held, t->now);
		p->told = sooner(p->told + held, t->now);
	}
}

static void
heard_out(struct talk *t, struct chunk *c)
{
	c->ears--;
	if (c->ears == 0 && t->now > c->filled)
		excuse(t, t->now - c->filled);
}

/* What it is owed will never reach it. */
static void
forget(struct talk *t, struct peer *e)
{
	if (e->owing == 0)
		return;
	e->owing = 0;
	heard_out(t, heard_by(t, e));
}

void
talk_farewell(struct talk *t, struct peer *p)
{
	if (p->leaving == 0)
		p->leaving = t->now;
}

void
talk_close_up(struct talk *t)
{
	if (talk_listening(t))
		listen_close(t->listener);
	peer_end_in(t->user);
	for (int i = 0; i < t->n; i++) {
		talk_farewell(t, t->peers[i]);
		t->peers[i]->muted = true;
	}
}

void
talk_finish(struct talk *t, int status)
{
	if (t->end != -1)
		return;
	t->end = t->now + LINGER;
	t->status = status;
	talk_close_up(t);
}

void
talk_broken(struct talk *t, struct peer *p, const char *doing, int error)
{
	peer_fail(p, doing, error);
	forget(t, p);
	peer_end_out(p);
}

/* A reader that has had enough is no news; a full disk is. */
static void
broken_output(struct talk *t, int error)
{
	if (error != EPIPE && error != ECONNRESET)
		say_error(error, "write standard output");
	forget(t, t->user);
	peer_end_out(t->user);
	talk_finish(t, HUB_LOCAL);
}

void
talk_drain(struct talk *t, struct peer *e)
{
	size_t owing = e->owing;

	if (peer_write(e) == -1) {
		if (e == t->user)
			broken_output(t, errno);
		else
			talk_broken(t, e, "send to", errno);
		return;
	}
	if (e->owing < owing)
		e->told = t->now;
	if (e->owing == 0)
		heard_out(t, heard_by(t, e));
}

static void
owe(struct talk *t, struct peer *e, const struct chunk *c)
{
	if (!peer_hears(e) || (t->rules->keep && e != t->user && e->rfd == -1))
		return;
	e->owed = c->words;
	e->owing = c->n;
	e->told = t->now;
	heard_by(t, e)->ears++;
	if (!e->paced)
		talk_drain(t, e);
}

/* What is in the chunk goes to everyone who hears the speaker. */
static void
tell(struct talk *t, const struct peer *speaker, struct chunk *c)
{
	c->filled = t->now;
	c->ears++; /* nobody may fill it while it is handed round */
	if (c == t->down)
		for (int i = 0; i < t->n; i++)
			if (t->peers[i] != speaker)
				owe(t, t->peers[i], c);
	if (c == t->up && speaker != t->user)
		owe(t, t->user, c);
	heard_out(t, c);
}

static void
stop_hearing(struct talk *t, struct peer *p, int error)
{
	if (error != 0 && p == t->user) {
		say_error(error, "read standard input");
		t->status = HUB_LOCAL;
	} else if (error != 0)
		talk_broken(t, p, "receive from", error);
	p->heard = t->now;
	peer_end_in(p);
}

/* The chunks that its framed words go into: for the user, for the peers. */
static void
open_chunks(const struct talk *t, const struct peer *p, struct chunk **user,
    struct chunk **wire)
{
	*user = p == t->user ? NULL : t->up;
	*wire = p == t->user || t->rules->share ? t->down : NULL;
	if (*user != NULL)
		(*user)->n = 0;
	if (*wire != NULL)
		(*wire)->n = 0;
}

static void
tell_framed(struct talk *t, struct peer *p, struct chunk *user,
    struct chunk *wire)
{
	if (user != NULL && user->n > 0)
		tell(t, p, user);
	if (wire != NULL && wire != user && wire->n > 0)
		tell(t, p, wire);
}

/* Pass on the lines or messages that these bytes make whole. */
static void
frame(struct talk *t, struct peer *p, const char *bytes, size_t n)
{
	struct chunk *user, *wire;
	enum framed became;

	open_chunks(t, p, &user, &wire);
	became = frame_words(&t->frame, p, bytes, n, user, wire);
	tell_framed(t, p, user, wire);
	if (became == FRAMED_FAILED)
		stop_hearing(t, p, ENOMEM);
	else if (became == FRAMED_END && t->rules->keep && p != t->user) {
		talk_farewell(t, p);
		p->muted = true;
	} else if (became != FRAMED_ALL)
		talk_close_up(t);
}

void
talk_finish_words(struct talk *t, struct peer *p)
{
	struct chunk *user, *wire;

	if (!talk_begun(t, p) || !talk_floor_free(t, p))
		return;
	open_chunks(t, p, &user, &wire);
	frame_rest(&t->frame, p, user, wire);
	tell_framed(t, p, user, wire);
}

/* -W counts messages, which frame_words() does, or else reads. */
static void
count_read(struct talk *t)
{
	if (!t->rules->chat && t->frame.left > 0 && --t->frame.left == 0)
		talk_close_up(t);
}

void
talk_hear(struct talk *t, struct peer *p)
{
	struct chunk *c = spoken_by(t, p);
	char bytes[FRAME_BYTES];
	bool cut = framed(t, p);
	size_t most = t->rules->piece;
	ssize_t n;

	if (cut && most > sizeof bytes)
		most = sizeof bytes;
	n = peer_read(p, cut ? bytes : c->words, most);
	if (n == 0 || (n == -1 && !peer_later(errno)))
		stop_hearing(t, p, n == 0 ? 0 : errno);
	if (n <= 0)
		return;
	p->heard = t->now;
	if (cut) {
		frame(t, p, bytes, (size_t)n);
	} else {
		c->n = (size_t)n;
		tell(t, p, c);
	}
	if (p != t->user)
		count_read(t);
}

void
talk_overhear(struct talk *t, struct peer *p)
{
	char words[16384];
	ssize_t n = peer_read(p, words, sizeof words);

	if (n > 0) {
		p->heard = t->now;
		p->received -= (size_t)n;
	} else if (n == 0 || !peer_later(errno))
		peer_end_in(p);
}

void
talk_cut(struct talk *t)
{
	for (int i = 0; i < t->n; i++) {
		struct peer *p = t->peers[i];

		forget(t, p);
		text_free(&p->text);
		peer_end_out(p);
		peer_end_in(p);
	}
	forget(t, t->user);
	text_free(&t->user->text);
}

bool
talk_open(struct talk *t)
{
	const struct hub_rules *r = t->rules;
	size_t room = r->piece;

	t->frame = (struct frame){
		.chat = r->chat,
		.labelled = r->keep && r->lines,
		.each = r->keep,
		.mixed = r->share,
		.terminal = r->terminal,
		.left = r->wanted,
	};
	if ((r->chat || r->lines) && room < FRAME_CHUNK)
		room = FRAME_CHUNK;
	t->store[0].words = malloc(room);
	t->store[1].words = malloc(room);
	t->down = &t->store[0];
	t->up = &t->store[r->share && !r->chat ? 0 : 1];
	return t->store[0].words != NULL && t->store[1].words != NULL;
}

void
talk_close(struct talk *t)
{
	text_free(&t->user->text);
	free(t->store[0].words);
	free(t->store[1].words);
}
