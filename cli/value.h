#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>

/* One more than the largest number of seconds. */
enum { VALUE_SECONDS = 1000000000 };

enum { VALUE_FORM = 128 }; /* size of the buffer for a form */

/* The kinds of values. */
enum value {
	VALUE_NUMBER, VALUE_BYTES, VALUE_TIME, VALUE_TOS, VALUE_OCTAL
};

/* Parse a value of this kind with one of the functions below. */
long long value_parse(enum value kind, const char *text);

/*
 * Write to text, which holds VALUE_FORM bytes, what a value of this kind has to
 * look like: "must be ...". n is the value that is out of range; -1: it does
 * not have the form.
 */
void value_form(enum value kind, long long min, long long max, long long n,
    char *text);

/* Numbers as people write them; -1 if the text is none. */

/* A whole number. */
long long value_number(const char *text);

/*
 * Bytes: a number, with a fraction if a unit follows: k, M or G, in either
 * case, or kB, KiB and so on. A k is 1024 bytes.
 */
long long value_bytes(const char *text);

/*
 * Seconds below VALUE_SECONDS, with an optional fraction and an optional unit:
 * ms, s, m, h or d. Returns milliseconds, rounded down.
 */
long long value_time(const char *text);

/*
 * An IP type of service: a number, also as 0x and two hexadecimal digits, a
 * DSCP name (RFC 2474, 2597, 3246, 5865, 8622) or a name of RFC 1349.
 */
long long value_tos(const char *text);

/* Permissions, up to 0777 in octal. */
long long value_octal(const char *text);

/* The text of a value as messages show it: '' if it is empty. */
const char *value_shown(const char *text);

/* The value of an option, or another one if it is -1, which is unset. */
long long value_or(long long value, long long otherwise);

#endif
