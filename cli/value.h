#ifndef VALUE_H
#define VALUE_H

/* One more than the largest number of seconds. */
enum { VALUE_SECONDS = 1000000000 };

/* Numbers as people write them. Each function returns -1 if the text is none. */

/* A whole number. */
long long value_number(const char *text);

/* Bytes: a whole number and an optional unit, k, M or G. */
long long value_bytes(const char *text);

/*
 * Seconds below VALUE_SECONDS, with an optional fraction. Returns milliseconds,
 * rounded down.
 */
long long value_time(const char *text);

/*
 * An IP type of service: a number, also as 0x and two hexadecimal digits, a
 * DSCP name (RFC 2474, 2597, 3246, 5865, 8622) or a name of RFC 1349.
 */
long long value_tos(const char *text);

#endif
