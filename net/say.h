#ifndef SAY_H
#define SAY_H

/*
 * Every line begins with "sockcat: ", goes to standard error in one write(2)
 * and keeps errno. Control bytes in it are shown as '?', so that a name from
 * outside cannot break the line; what does not fit into 4 KiB is cut.
 */

/* Let say_more() through up to this level; 0 until told. */
void say_level(int level);

/* Say what happened. The format is printf(3)'s. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Say what was tried, then ": " and strerror(err). */
void say_error(int err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Say it only if the level is at least this: 1 for -v, 2 for -vv. */
void say_more(int level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
