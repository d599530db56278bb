/* Questions asked of a talk: nothing here changes it. */
#include "addr.h"
#include "chunk.h"
#include "frame.h"
#include "hub.h"
#include "unix.h"
#include "listen.h"
#include "part.h"
#include "rules.h"
#include "talk.h"
#include "text.h"
#include "peer.h"

enum {
	STALL = 10000, /* ms that a client may hold the others up */
	TRIES = 5,     /* parts of that after which it is tried again */
	HUSH = 1000,   /* ms a peer is silent before an empty stdin ends it */
	LINGER = 500,  /* ms at most for a peer that we left to end too */
	PARTED = 100,  /* ms of its silence that do as well */
};

bool
rules_passed(const struct talk *t, long long since, long long limit,
    long long *alarm)
{
	if (limit == -1)
		return false;
	if (t->now - since >= limit)
		return true;
	if (*alarm == -1 || since + limit < *alarm)
		*alarm = since + limit;
	return false;
}

static long long
later(long long a, long long b)
{
	return a > b ? a : b;
}

/* When p last spoke, or last was told something. */
static long long
last_word(const struct peer *p)
{
	return later(p->heard, p->told);
}

bool
rules_may_speak(const struct talk *t, const struct peer *p, int ears)
{
	if (p->rfd == -1)
		return false;
	if (p == t->user)
		return ears > 0 && talk_floor_free(t, p);
	return p->muted || (talk_floor_free(t, p) && t->user->wfd != -1);
}

/* May e be told more, though the user will read no more? */
static bool
held_open(const struct talk *t, const struct peer *e, long long *alarm)
{
	if (talk_begun(t, t->user))
		return true;
	if (e->rfd == -1)
		return false;
	if (t->rules->hold || t->rules->share)
		return true;
	if (t->rules->keep)
		return e->sent == 0;
	return t->user->received == 0 &&
	    !rules_passed(t, e->heard, HUSH, alarm);
}

bool
rules_expects(const struct talk *t, const struct peer *e, long long *alarm)
{
	if (e->leaving != 0)
		return false;
	if (e->datagram)
		return true;
	if (t->user->rfd == -1)
		return held_open(t, e, alarm);
	if (e->rfd != -1)
		return true;
	return !t->rules->keep && !rules_passed(t,
	    later(t->user->heard, last_word(e)), t->rules->after_peer, alarm);
}

bool
rules_user_expects(const struct talk *t, int speakers)
{
	return speakers > 0 || talk_listening(t);
}

bool
rules_has_done(const struct talk *t, const struct peer *p, long long *alarm)
{
	if (t->user->rfd != -1 || p->owing > 0 || t->up->ears > 0)
		return false;
	if (talk_begun(t, t->user) || (t->rules->keep && p->wfd != -1))
		return false;
	return rules_passed(t, later(t->user->heard, last_word(p)),
	    t->rules->after_input, alarm);
}

bool
rules_idle(const struct talk *t, const struct peer *p, long long *alarm)
{
	if (t->up->ears > 0 || (t->down->ears > 0 && p->owing == 0))
		return false;
	return rules_passed(t, last_word(p), t->rules->idle, alarm);
}

/* How long a peer may do nothing about what it is to take. */
static long long
patience(const struct talk *t)
{
	return t->rules->idle == -1 ? STALL : t->rules->idle;
}

/*
 * The kernel says that a socket can take more only when it can take a lot: a
 * slow reader would look like none. So it is tried now and then. The first try
 * may still fill a buffer that nobody empties, and starts the time anew: that
 * is why the last part of the limit is left out.
 */
bool
rules_stalls(const struct talk *t, const struct peer *p, bool hurry,
    long long *alarm)
{
	bool bounded = t->rules->keep || p->leaving != 0;
	long long limit = patience(t);
	long long part = limit / TRIES;
	bool passed = false;

	if (p->owing == 0 || !(bounded || (hurry && t->rules->idle != -1)))
		return false;
	for (int i = 1; i < TRIES; i++)
		if (rules_passed(t, p->told, i * part, alarm))
			passed = hurry || i == TRIES - 1;
	return passed;
}

bool
rules_parted(const struct talk *t, const struct peer *p, long long *alarm)
{
	if (p->leaving == 0 || p->wfd != -1)
		return false;
	if (p->datagram)
		return true;
	if (peer_undelivered(p) && !rules_passed(t, p->leaving, patience(t),
	    alarm)) {
		rules_passed(t, t->now, PARTED, alarm); /* look again */
		return false;
	}
	return rules_passed(t, p->leaving, LINGER, alarm) ||
	    rules_passed(t, later(p->leaving, p->heard), PARTED, alarm);
}

bool
rules_unheard(const struct talk *t, long long *alarm)
{
	long long last = t->user->heard;

	if (!t->unheard || t->rules->keep)
		return t->unheard;
	if (t->down->ears > 0 || t->n == 0)
		return false;
	for (int i = 0; i < t->n; i++)
		last = later(last, t->peers[i]->told);
	return t->user->rfd == -1 ||
	    rules_passed(t, last, t->rules->after_peer, alarm);
}

bool
rules_deserted(const struct talk *t, long long *alarm)
{
	return talk_listening(t) && !t->rules->keep &&
	    rules_passed(t, t->began, t->rules->idle, alarm);
}

bool
rules_over(const struct talk *t, long long *alarm)
{
	return t->end != -1 && rules_passed(t, t->end, 0, alarm);
}
