/* The progress meter on standard error, and the summary of a transfer. */
#include "meter.h"
#include "../base/clock.h"
#include "../base/say.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#ifndef POSIX_ONLY
#include <sys/ioctl.h>
#endif

enum {
	DEFAULT_WIDTH = 80,
	US_PER_SECOND = 1000000,
	LONGEST_LEFT = 100 * 3600, /* seconds; a longer time left is no news */
};

/* The parts of the meter in the order in which they are shown. */
enum part { SENT, RECEIVED, ELAPSED, RATE, AVERAGE, PERCENT, LEFT, CLIENTS };
enum { PARTS = CLIENTS + 1, PART_LEN = 40 };

static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB",
	"EiB" };

enum { NUNITS = sizeof units / sizeof units[0], MIB_UNIT = 2 };

/* The rest of a regular file; 0: it is none, or its end is not ahead. */
static unsigned long long
rest_of_file(int fd)
{
	struct stat st;
	off_t at;

	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return 0;
	at = lseek(fd, 0, SEEK_CUR);
	return at == -1 || at >= st.st_size ? 0
	    : (unsigned long long)(st.st_size - at);
}

/* Count the time from now. */
static void
restart(struct meter *m)
{
	m->start = clock_us();
	for (int i = 0; i < METER_PAST; i++)
		m->past[i] = (struct meter_sample){ .time = m->start };
}

void
meter_start(struct meter *m, bool live, int input)
{
	*m = (struct meter){ .live = live, .size = rest_of_file(input) };
	restart(m);
}

void
meter_connected(struct meter *m)
{
	if (!m->connected)
		restart(m);
	m->connected = true;
}

static double
seconds_between(long long from, long long to)
{
	return (double)(to - from) / (double)US_PER_SECOND;
}

static double
per_second(unsigned long long bytes, double seconds)
{
	return seconds > 0 ? (double)bytes / seconds : 0;
}

/* Three digits and a unit: "1.23MiB". */
static void
put_size(char *out, const char *before, double bytes, const char *after)
{
	size_t unit = 0;
	int decimals = 2;

	while (bytes >= 1023.5 && unit < NUNITS - 1) {
		bytes /= 1024;
		unit++;
	}
	if (unit == 0 || bytes >= 99.95)
		decimals = 0;
	else if (bytes >= 9.995)
		decimals = 1;
	snprintf(out, PART_LEN, "%s%.*f%s%s", before, decimals, bytes,
	    units[unit], after);
}

/* Minutes and seconds, and hours if there are any: "1:02:03". */
static void
put_time(char *out, const char *before, double seconds)
{
	long long s = (long long)seconds;

	if (s < 3600)
		snprintf(out, PART_LEN, "%s%lld:%02lld", before, s / 60,
		    s % 60);
	else
		snprintf(out, PART_LEN, "%s%lld:%02lld:%02lld", before,
		    s / 3600, s / 60 % 60, s % 60);
}

/* How much of the file on stdin was read, and how long the rest may take. */
static void
put_file(char (*part)[PART_LEN], const struct meter_view *v)
{
	double done = (double)v->totals.input, size = (double)v->size;
	double left;

	if (v->size == 0)
		return;
	if (done > size)
		done = size; /* the file has grown */
	snprintf(part[PERCENT], PART_LEN, "%d%%", (int)(100 * done / size));
	left = done > 0 ? v->elapsed * (size - done) / done
			: (double)LONGEST_LEFT;
	if (left < (double)LONGEST_LEFT)
		put_time(part[LEFT], "left ", left);
}

static void
put_parts(char (*part)[PART_LEN], const struct meter_view *v)
{
	const struct meter_totals *t = &v->totals;

	put_size(part[SENT], "sent ", (double)t->sent, "");
	put_size(part[RECEIVED], "received ", (double)t->received, "");
	put_time(part[ELAPSED], "", v->elapsed);
	put_size(part[RATE], "", v->rate, "/s");
	put_size(part[AVERAGE], "avg ", per_second(t->sent + t->received,
	    v->elapsed), "/s");
	put_file(part, v);
	if (t->clients != -1)
		snprintf(part[CLIENTS], PART_LEN, "%d client%s", t->clients,
		    t->clients == 1 ? "" : "s");
}

/* Leave out those that do not fit, the least important ones first. */
static void
choose_parts(char (*part)[PART_LEN], size_t width)
{
	static const enum part by_importance[PARTS] = { SENT, RECEIVED, RATE,
		PERCENT, LEFT, ELAPSED, CLIENTS, AVERAGE };
	size_t used = 0;

	for (int i = 0; i < PARTS; i++) {
		char *text = part[by_importance[i]];
		size_t n = strlen(text);

		if (n == 0)
			continue;
		if (used + n <= width)
			used += n + 1; /* and the space after it */
		else
			*text = '\0';
	}
}

size_t
meter_format(char *out, size_t width, const struct meter_view *v)
{
	char part[PARTS][PART_LEN] = { "" };
	size_t n = 0;

	put_parts(part, v);
	choose_parts(part, width < METER_LINE ? width : METER_LINE);
	for (int i = 0; i < PARTS; i++) {
		size_t len = strlen(part[i]);

		if (len == 0)
			continue;
		if (n > 0)
			out[n++] = ' ';
		memcpy(out + n, part[i], len);
		n += len;
	}
	return n;
}

/*
 * Is the terminal ours? A pager, an editor or a shell's prompt turns canonical
 * mode off; a background process has no business on it.
 */
static bool
terminal_is_free(void)
{
	struct termios t;
	pid_t foreground = tcgetpgrp(STDERR_FILENO);

	return tcgetattr(STDERR_FILENO, &t) == 0 && (t.c_lflag & ICANON) &&
	    (foreground == -1 || foreground == getpgrp());
}

/* The columns of the terminal, which may change at any time. */
static size_t
terminal_width(void)
{
#if defined(TIOCGWINSZ) && !defined(POSIX_ONLY)
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
#endif
	return DEFAULT_WIDTH;
}

/* The rate since the oldest sample; the newest one takes its place. */
static double
rate_now(struct meter *m, unsigned long long bytes)
{
	struct meter_sample now = { clock_us(), bytes }, old = m->past[0];

	memmove(&m->past[0], &m->past[1], sizeof m->past - sizeof now);
	m->past[METER_PAST - 1] = now;
	return per_second(bytes - old.bytes,
	    seconds_between(old.time, now.time));
}

void
meter_draw(struct meter *m, const struct meter_totals *t)
{
	struct meter_view v = {
		.totals = *t,
		.rate = rate_now(m, t->sent + t->received),
		.elapsed = seconds_between(m->start, clock_us()),
		.size = m->size,
	};
	char line[METER_LINE];

	/* in the last column lines wrap */
	if (terminal_is_free())
		say_status(line, meter_format(line, terminal_width() - 1, &v));
}

void
meter_report(const struct meter *m, const struct meter_totals *t,
    const char *waits)
{
	double elapsed = seconds_between(m->start, clock_us());

	double rate = per_second(t->sent + t->received, elapsed);
	size_t unit = 0;

	while (rate >= 1024 && unit < NUNITS - 1 && unit < MIB_UNIT) {
		rate /= 1024;
		unit++;
	}
	say("sent %llu byte%s, received %llu byte%s in %.3f s (%.1f %s/s)%s",
	    t->sent, say_plural(t->sent), t->received, say_plural(t->received),
	    elapsed, rate, units[unit], waits);
}
