#ifndef SAY_H
#define SAY_H

#include <stdbool.h>
#include <stddef.h>

/* Is -v given at least n times? */
bool say_is_verbose(int n);

/* The "s" of "2 bytes", or "" for one. */
const char *say_plural(unsigned long long n);

/*
 * Each of these writes one line, "sockcat: ...", to standard error with one
 * write(2), and keeps errno. The format is printf(3)'s. Control characters are
 * shown as \xNN; a line is cut after 4 KiB. If standard error is a full pipe,
 * the line is dropped, unless say_set_patience() lets it wait; before the next
 * line that is written, "... N lines left out" tells of it.
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, followed by ": " and strerror(error). */
void say_error(int error, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same as say(), if -v was given at least this often. */
void say_verbose(int level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The same without "sockcat: ", but with the time of day, which is began, by
 * CLOCK_REALTIME: a call that is shown.
 */
struct timespec;
void say_call(const struct timespec *began, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Tell of lines left out, if there were any and there is room now. */
void say_left_out(void);

/* Start each line with the time of day; off until set. */
void say_set_stamp(bool on);

/*
 * Format a line as say() does, for say_prepared() to write later, which is
 * async-signal-safe.
 */
void say_prepare(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_prepared(void);

/*
 * Draw a status line on standard error, which has to be a terminal: n
 * characters of text without an LF, at most 240. The next status line replaces
 * it, and any other line erases it first.
 */
void say_status(const char *text, size_t n);

/* Erase the status line, before others write to the terminal. */
void say_erase_status(void);

/*
 * Has the last line on the terminal no LF yet? Then no status line is drawn,
 * and our next line starts with an LF.
 */
void say_set_midline(bool midline);

/* How often -v was given; 0 until set. */
void say_set_verbose(int level);

/*
 * How long, in milliseconds, a line may wait until standard error can take it;
 * 0 until set: then it is dropped.
 */
void say_set_patience(int ms);

/*
 * From now on keep the lines of say() and say_error() back, the first 32 of
 * them, and forget those kept so far. say_release() ends this, and writes what
 * was kept, each line with the note at its end, unless note is NULL.
 */
void say_hold(void);
void say_release(const char *note);

#endif
