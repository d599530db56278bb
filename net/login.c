/* Asks for a password on the terminal. */
#include "login.h"
#include "../base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

/*
 * Wait until the terminal can be read, or written to: Ctrl-S may have stopped
 * it. Signals are delivered only here, so that none is missed.
 */
static bool
wait_for(int tty, bool output, const struct timespec *limit,
    const sigset_t *unblocked)
{
	fd_set set;
	int ready;

	do {
		FD_ZERO(&set);
		/* some C libraries' macro warns about an int */
		FD_SET((unsigned short)tty, &set);
		ready = pselect(tty + 1, output ? NULL : &set,
		    output ? &set : NULL, NULL, limit, unblocked);
	} while (ready == -1 && errno == EINTR && !signals_stopped());
	return ready > 0;
}

/* A terminal gives a line at once. */
static ssize_t
ask(int tty, const char *prompt, char *line, size_t size,
    const sigset_t *unblocked)
{
	if (!wait_for(tty, true, NULL, unblocked) ||
	    write(tty, prompt, strlen(prompt)) == -1 ||
	    !wait_for(tty, false, NULL, unblocked))
		return -1;
	return read(tty, line, size);
}

/*
 * Prompt once there is no echo: what is typed at the prompt is neither shown
 * nor flushed. Ctrl-Z is ignored, or the terminal would be left without echo.
 */
static ssize_t
ask_silently(int tty, const char *prompt, char *line, size_t size,
    const sigset_t *unblocked)
{
	const struct timespec at_once = { 0 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, stop;
	struct termios before, silent;
	ssize_t n;

	if (tcgetpgrp(tty) != getpgrp())
		errno = EIO; /* in the background, which SIGTTOU would stop */
	else
		errno = 0;
	if (errno != 0 || tcgetattr(tty, &before) == -1)
		return -1;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | NOFLSH;
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGTSTP, &ignore, &stop);
	if (tcsetattr(tty, TCSAFLUSH, &silent) == -1)
		return -1;
	n = ask(tty, prompt, line, size, unblocked);
	tcsetattr(tty, TCSANOW, &before);
	sigaction(SIGTSTP, &stop, NULL);
	if (wait_for(tty, true, &at_once, unblocked) &&
	    write(tty, "\n", 1) == -1)
		return -1;
	return n;
}

int
login_ask(const char *prompt, char *line, size_t size)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	sigset_t unblocked;
	ssize_t n = -1;
	int error;

	if (tty == -1)
		return -1;
	unblocked = signals_hold();
	errno = EMFILE;
	if (tty < FD_SETSIZE)
		n = ask_silently(tty, prompt, line, size, &unblocked);
	error = errno;
	signals_release(&unblocked);
	close(tty);
	if (n > 0 && line[n - 1] == '\n') {
		line[n - 1] = '\0';
		return 0;
	}
	errno = error;
	if (n == 0)
		errno = ECANCELED;
	else if (n > 0)
		errno = EMSGSIZE;
	return -1;
}
