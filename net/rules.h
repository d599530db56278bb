#ifndef RULES_H
#define RULES_H

#include <stdbool.h>

struct peer;
struct talk;

/*
 * What the rules say of a talk, now. Where an answer hangs on time that has
 * not passed yet, *alarm becomes that time if it is the nearer one; -1 is
 * never.
 */

/* May p be read? With ears: how many peers there are to be told. */
bool rules_may_speak(const struct talk *t, const struct peer *p, int ears);

/* May ear e still be told anything that it is not owed yet? */
bool rules_expects(const struct talk *t, const struct peer *e,
    long long *alarm);

/* The same of the user, when so many peers may speak. */
bool rules_user_expects(const struct talk *t, int speakers);

/* The user has ended, and p has been silent for as long as -q says. */
bool rules_has_done(const struct talk *t, const struct peer *p,
    long long *alarm);

/* Nothing has gone either way for too long, though nobody else held it up. */
bool rules_idle(const struct talk *t, const struct peer *p, long long *alarm);

/*
 * p is owed something and has taken nothing for too long: with hurry only for
 * so long that it is worth another try.
 */
bool rules_stalls(const struct talk *t, const struct peer *p, bool hurry,
    long long *alarm);

/* p was left, and has had its time to end too. */
bool rules_parted(const struct talk *t, const struct peer *p,
    long long *alarm);

/* Nobody reads the user's output, and the user has no more to say. */
bool rules_unheard(const struct talk *t, long long *alarm);

/* Nobody has come in time. */
bool rules_deserted(const struct talk *t, long long *alarm);

/* It was decided to end, and that was long enough ago. */
bool rules_over(const struct talk *t, long long *alarm);

/*
 * Has it been so many milliseconds since then? A limit of -1 never passes.
 */
bool rules_passed(const struct talk *t, long long since, long long limit,
    long long *alarm);

#endif
