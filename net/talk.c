/* Words on their way: from a speaker, into a chunk, to every ear. */
#include "addr.h"
#include "chunk.h"
#include "frame.h"
#include "hub.h"
#include "unix.h"
#include "listen.h"
#include "part.h"
#include "redial.h"
#include "say.h"
#include "sock.h"
#include "talk.h"
#include "text.h"
#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { LAST_WORDS = 500 }; /* ms from the decision to end to the end */

bool
talk_listening(const struct talk *t)
{
	return t->listener != NULL && t->listener->n > 0 && !t->shut;
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
	return t->rules->lines && (p != t->user || t->rules->share ||
	    t->rules->datagram);
}

/* Which of the two rests is for its words. */
static int
side(const struct talk *t, const struct peer *p)
{
	return p == t->user ? 0 : 1;
}

/* With -k a client that has ended is told no more than it is owed. */
static bool
is_ear(const struct talk *t, const struct peer *p)
{
	return peer_hears(p) && !(t->rules->keep && p->rfd == -1);
}

int
talk_ears(const struct talk *t)
{
	int n = 0;

	for (int i = 0; i < t->n; i++)
		n += is_ear(t, t->peers[i]);
	return n;
}

bool
talk_begun(const struct talk *t, const struct peer *p)
{
	return t->rest[0].speaker == p || t->rest[1].speaker == p ||
	    (framed(t, p) && frame_begun(&t->frame, p));
}

/* May p put something into the chunks of those who hear it? */
static bool
chunks_free(const struct talk *t, const struct peer *p)
{
	if (p == t->user)
		return t->down->ears == 0;
	return t->up->ears == 0 && (!t->rules->share || t->down->ears == 0);
}

bool
talk_floor_free(const struct talk *t, const struct peer *p)
{
	return t->rest[side(t, p)].speaker == NULL && chunks_free(t, p);
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

/* Nobody is to say any more: what was said still goes out. */
static void
close_up(struct talk *t)
{
	/* its sockets are those of all who send datagrams */
	if (talk_listening(t) && !t->rules->datagram)
		listen_close(t->listener);
	t->shut = true;
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
	t->end = t->now + LAST_WORDS;
	t->status = status;
	close_up(t);
}

void
talk_broken(struct talk *t, struct peer *p, const char *doing, int error)
{
	peer_fail(p, doing, error);
	if (!t->rules->keep && t->rest[0].speaker != NULL)
		p->lost += t->rest[0].n;
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

/* Nobody takes its datagrams there: somebody may at its next address. */
static bool
rescued(struct talk *t, struct peer *p, int error)
{
	if (error != ECONNREFUSED || p->redial == NULL ||
	    !redial_next(p->redial, p->wfd, &p->addr))
		return false;
	p->told = t->now;
	return true;
}

/* One that is too long for an ear among many is its loss only. */
static void
broken_ear(struct talk *t, struct peer *e, int error)
{
	if (e == t->user)
		broken_output(t, error);
	else if (error == EMSGSIZE && e->shared) {
		peer_say_missed(e, error);
		forget(t, e);
	} else if (!rescued(t, e, error))
		talk_broken(t, e, "send to", error);
}

bool
talk_refused(struct talk *t, struct peer *p)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (!p->datagram || p->shared || p->error != 0 || getsockopt(p->rfd,
	    SOL_SOCKET, SO_ERROR, &error, &len) == -1 || error == 0)
		return false;
	if (!rescued(t, p, error))
		talk_broken(t, p, "send to", error);
	return true;
}

void
talk_drain(struct talk *t, struct peer *e)
{
	size_t owing = e->owing;

	if (peer_write(e) == -1) {
		broken_ear(t, e, errno);
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
	if (e == t->user ? e->wfd == -1 : !is_ear(t, e))
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
	if (error != 0 && rescued(t, p, error))
		return;
	if (error != 0 && p == t->user) {
		say_error(error, "read standard input");
		t->status = HUB_LOCAL;
	} else if (error != 0)
		talk_broken(t, p, "receive from", error);
	p->heard = t->now;
	if (error == 0 || !p->datagram)
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

/* A conversation is over: with -k, if a client said so, only that one. */
static void
hang_up(struct talk *t, struct peer *p)
{
	if (!t->rules->keep || p == t->user) {
		close_up(t);
		return;
	}
	talk_farewell(t, p);
	p->muted = true;
}

/* No more is wanted: neither what anybody has begun to say. */
static void
enough(struct talk *t)
{
	for (int i = 0; i < t->n; i++)
		text_free(&t->peers[i]->text);
	close_up(t);
}

/* Pass on the lines or messages that the next bytes of the rest make whole. */
static void
frame(struct talk *t, struct rest *r)
{
	struct peer *p = r->speaker;
	struct chunk *user, *wire;
	size_t n = r->n < FRAME_BYTES ? r->n : FRAME_BYTES, left = n;
	enum framed became;

	open_chunks(t, p, &user, &wire);
	became = frame_words(&t->frame, p, &r->at, &left, user, wire);
	r->n -= n - left;
	tell_framed(t, p, user, wire);
	if (became == FRAMED_SO_FAR)
		return;
	r->speaker = NULL;
	switch (became) {
	case FRAMED_FAILED:
		stop_hearing(t, p, ENOMEM);
		break;
	case FRAMED_LONG:
		say_error(EMSGSIZE, "send a datagram");
		t->status = HUB_NETWORK;
		close_up(t);
		break;
	case FRAMED_END:
		hang_up(t, p);
		break;
	default:
		enough(t);
	}
}

/* What p has begun to say goes out as it stands. */
static void
finish(struct talk *t, struct peer *p)
{
	struct chunk *user, *wire;

	open_chunks(t, p, &user, &wire);
	frame_rest(&t->frame, p, user, wire);
	tell_framed(t, p, user, wire);
}

static bool
anybody_hears(const struct talk *t, const struct peer *p)
{
	if (p != t->user)
		return t->user->wfd != -1;
	return talk_ears(t) > 0;
}

static void
resume(struct talk *t, struct rest *r)
{
	while (r->speaker != NULL && chunks_free(t, r->speaker) &&
	    anybody_hears(t, r->speaker)) {
		if (r->n > 0) {
			frame(t, r);
			continue;
		}
		/* the end of a datagram is that of a message */
		if (r->speaker->datagram && frame_begun(&t->frame, r->speaker))
			finish(t, r->speaker);
		r->speaker = NULL;
		if (t->frame.left == 0)
			enough(t);
	}
}

void
talk_resume(struct talk *t)
{
	resume(t, &t->rest[0]);
	resume(t, &t->rest[1]);
}

void
talk_finish_words(struct talk *t, struct peer *p)
{
	if (talk_begun(t, p) && talk_floor_free(t, p))
		finish(t, p);
}

/* -W counts messages, which frame_words() does, or else reads. */
static void
count_read(struct talk *t)
{
	if (!t->rules->chat && t->frame.left > 0 && --t->frame.left == 0)
		close_up(t);
}

static char *
buffer(const struct talk *t, const struct peer *p)
{
	return framed(t, p) ? t->rest[side(t, p)].bytes
			    : spoken_by(t, p)->words;
}

char *
talk_buffer(const struct talk *t)
{
	return t->rules->chat || t->rules->lines ? t->rest[1].bytes
						 : t->up->words;
}

void
talk_take(struct talk *t, struct peer *p, size_t n)
{
	struct rest *r = &t->rest[side(t, p)];

	p->heard = t->now;
	if (framed(t, p)) {
		r->speaker = p;
		r->at = r->bytes;
		r->n = n;
		resume(t, r);
	} else if (n > 0) {
		spoken_by(t, p)->n = n;
		tell(t, p, spoken_by(t, p));
	}
	if (p != t->user)
		count_read(t);
}

bool
talk_hear(struct talk *t, struct peer *p)
{
	size_t most = p->datagram ? t->room : t->rules->piece;
	ssize_t n = peer_read(p, buffer(t, p), most);

	if (n > 0 || (n == 0 && p->datagram)) {
		talk_take(t, p, (size_t)n);
		return true;
	}
	if (n == 0 || !sock_later(errno))
		stop_hearing(t, p, n == 0 ? 0 : errno);
	return false;
}

void
talk_exhaust(struct talk *t, struct peer *p)
{
	enum { MOST = 4096 }; /* errors that may lie between datagrams */

	for (int i = 0; i < MOST && p->rfd != -1; i++) {
		ssize_t n;

		if (!p->shared && !talk_floor_free(t, p))
			return;
		n = p->shared ? -1 : peer_read(p, buffer(t, p), t->room);
		if (n >= 0)
			talk_take(t, p, (size_t)n);
		else if (p->shared || sock_later(errno))
			peer_end_in(p);
	}
}

void
talk_overhear(struct talk *t, struct peer *p)
{
	char words[16384];
	ssize_t n = peer_read(p, words, sizeof words);

	if (n > 0) {
		p->heard = t->now;
		p->received -= (size_t)n;
	} else if (n == 0 || !sock_later(errno))
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
	t->rest[0].speaker = t->rest[1].speaker = NULL;
}

bool
talk_open(struct talk *t)
{
	const struct hub_rules *r = t->rules;
	bool cut = r->chat || r->lines;

	t->frame = (struct frame){
		.chat = r->chat,
		.labelled = r->keep && r->lines,
		.each = r->keep,
		.mixed = r->share,
		.single = r->datagram,
		.terminal = r->terminal,
		.left = r->wanted,
	};
	t->room = r->piece;
	if ((cut || r->datagram) && t->room < FRAME_CHUNK)
		t->room = FRAME_CHUNK;
	t->down = &t->store[0];
	t->up = &t->store[r->share && !r->chat ? 0 : 1];
	for (int i = 0; i < 2; i++) {
		t->store[i].words = malloc(t->room);
		t->rest[i].bytes = cut ? malloc(t->room) : NULL;
		if (t->store[i].words == NULL ||
		    (cut && t->rest[i].bytes == NULL))
			return false;
	}
	return true;
}

void
talk_close(struct talk *t)
{
	text_free(&t->user->text);
	for (int i = 0; i < 2; i++) {
		free(t->store[i].words);
		free(t->rest[i].bytes);
	}
}
