/* Signals: flags, and a pipe that wakes whoever waits. */
#include "signals.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

static const int stops[] = { SIGHUP, SIGINT, SIGTERM };

/* That the program may catch or ignore. */
static const int changed[] = { SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGQUIT,
	SIGTERM, SIGUSR1, SIGXFSZ, SIGCONT };

enum {
	STOPS = sizeof stops / sizeof stops[0],
	CHANGED = sizeof changed / sizeof changed[0],
};

static struct {
	volatile sig_atomic_t caught; /* the number of a signal to stop */
	volatile sig_atomic_t deadly; /* the first of them kills */
	volatile sig_atomic_t report;
	int wake[2];
	bool ignored[CHANGED]; /* at the start of the program */
	void (*last_act)(void);
} signals = { .wake = { -1, -1 } };

void
signals_start(void)
{
	struct sigaction old;

	for (int i = 0; i < CHANGED; i++)
		signals.ignored[i] = changed[i] != SIGPIPE &&
		    changed[i] != SIGXFSZ &&
		    sigaction(changed[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* write(2) then fails with EFBIG */
	signal(SIGUSR1, SIG_IGN);
}

static void
die_by(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

static void
on_stop(int number)
{
	signals_wake();
	if (signals.caught != 0 || signals.deadly) {
		signals.last_act();
		die_by(number);
	}
	signals.caught = number;
}

static void
on_report(int number)
{
	(void)number;
	signals.report = 1;
	signals_wake();
}

static void
on_child(int number)
{
	(void)number;
	signals_wake();
}

static void
on_continue(int number)
{
	(void)number;
	clock_continued();
	signals_wake();
}

/* Catch a signal, unless the program was started with it ignored. */
static void
catch(int number, void (*handler)(int))
{
	struct sigaction act = { .sa_handler = handler }, old;

	sigemptyset(&act.sa_mask);
	if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(number, &act, NULL);
}

bool
signals_catch(void (*last_act)(void))
{
	if (pipe(signals.wake) == -1)
		return false;
	for (int i = 0; i < 2; i++) {
		fcntl(signals.wake[i], F_SETFL, O_NONBLOCK);
		fcntl(signals.wake[i], F_SETFD, FD_CLOEXEC);
	}
	signals.last_act = last_act;
	for (int i = 0; i < STOPS; i++)
		catch(stops[i], on_stop);
	catch(SIGCONT, on_continue);
	return true;
}

void
signals_catch_report(void)
{
	struct sigaction act = { .sa_handler = on_report };

	sigemptyset(&act.sa_mask);
	sigaction(SIGUSR1, &act, NULL);
#ifdef SIGINFO
	sigaction(SIGINFO, &act, NULL);
#endif
}

void
signals_catch_children(void)
{
	struct sigaction act = { .sa_handler = on_child,
		.sa_flags = SA_NOCLDSTOP };

	sigemptyset(&act.sa_mask);
	sigaction(SIGCHLD, &act, NULL);
	sigaddset(&act.sa_mask, SIGCHLD); /* if it was blocked */
	sigprocmask(SIG_UNBLOCK, &act.sa_mask, NULL);
}

void
signals_set_deadly(bool deadly)
{
	signals.deadly = deadly;
}

sigset_t
signals_hold(void)
{
	sigset_t held, before;

	sigemptyset(&held);
	for (int i = 0; i < STOPS; i++)
		sigaddset(&held, stops[i]);
	sigaddset(&held, SIGQUIT);
	sigprocmask(SIG_BLOCK, &held, &before);
	catch(SIGQUIT, on_stop);
	return before;
}

void
signals_release(const sigset_t *before)
{
	struct sigaction old;

	if (sigaction(SIGQUIT, NULL, &old) == 0 && old.sa_handler == on_stop)
		signal(SIGQUIT, SIG_DFL);
	sigprocmask(SIG_SETMASK, before, NULL);
}

int
signals_fd(void)
{
	return signals.wake[0];
}

void
signals_drain(void)
{
	char bytes[64];
	ssize_t n = read(signals.wake[0], bytes, sizeof bytes);

	(void)n; /* poll(2) reports what is left */
}

/* A full pipe is readable, too. */
void
signals_wake(void)
{
	int error = errno;
	ssize_t n = write(signals.wake[1], "", 1);

	(void)n;
	errno = error;
}

bool
signals_stopped(void)
{
	return signals.caught != 0;
}

bool
signals_take_report(void)
{
	bool asked = signals.report != 0;

	signals.report = 0;
	return asked;
}

void
signals_restore(void)
{
	sigset_t none;

	for (int i = 0; i < CHANGED; i++)
		signal(changed[i], signals.ignored[i] ? SIG_IGN : SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void
signals_die(void)
{
	if (signals.caught != 0)
		die_by((int)signals.caught);
}
