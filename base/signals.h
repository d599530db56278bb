#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Signals set a flag and make signals_fd() readable: whoever waits adds that
 * descriptor to its poll set, drains it, and asks for the flags.
 */

/*
 * Call this first in the program: remember which signals the caller ignores,
 * and ignore SIGPIPE, SIGXFSZ and SIGUSR1.
 */
void signals_start(void);

/*
 * From now on the first SIGHUP, SIGINT or SIGTERM is a request to stop; a
 * second one kills the program at once, after a call of last_act(), which must
 * be async-signal-safe. A signal that the caller ignores stays ignored: SIGHUP
 * under nohup(1), SIGINT in a background job. Returns false and sets
 * errno if there is no descriptor left.
 */
bool signals_catch(void (*last_act)(void));

/* From now on SIGUSR1, and SIGINFO where there is one, ask for a report. */
void signals_catch_report(void);

/* From now on the end of a child makes signals_fd() readable. */
void signals_catch_children(void);

/* Is this a time in which the first signal to stop kills at once? */
void signals_set_deadly(bool deadly);

/*
 * While a terminal has no echo: SIGQUIT stops too, and signals are delivered
 * only where the mask that this returns is set, such as in pselect(2).
 */
sigset_t signals_hold(void);
void signals_release(const sigset_t *before);

/* Readable after a signal, until it is drained; -1: no signal is caught. */
int signals_fd(void);
void signals_drain(void);

/* Make signals_fd() readable again: what woke us may concern others. */
void signals_wake(void);

/* Was there a signal to stop? */
bool signals_stopped(void);

/* Was a report asked for since this was called last? */
bool signals_take_report(void);

/*
 * In a child: all signals as the program found them, but SIGPIPE and SIGXFSZ
 * kill.
 */
void signals_restore(void);

/* If there was a signal to stop, die by it. */
void signals_die(void);

#endif
