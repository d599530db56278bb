/* Numbers, sizes, times and types of service as people write them. */
#include "value.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DECIMALS = 1000000000, /* digits after these are ignored */
	NUMBER_TEXT = 24,
};

/* Read digits and move *s past them. Returns -1 on no digits or overflow. */
static long long
parse_digits(const char **s)
{
	long long n = 0;
	const char *p = *s;

	if (*p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (n > (LLONG_MAX - 9) / 10)
			return -1;
		n = 10 * n + (*p - '0');
	}
	*s = p;
	return n;
}

long long
value_number(const char *text)
{
	long long n = parse_digits(&text);

	return *text == '\0' ? n : -1;
}

/* A number: whole and part/of. */
struct decimal {
	long long whole, part, of;
};

/* Read a number, such as 1, 1.5 or .5, and move *s past it. */
static bool
parse_decimal(const char **s, struct decimal *d)
{
	const char *p = *s;
	bool point = *p == '.';

	*d = (struct decimal){ 0, 0, 1 };
	if (!point)
		d->whole = parse_digits(&p);
	if (d->whole == -1)
		return false;
	*s = p;
	if (*p != '.')
		return true;
	if (p[1] < '0' || p[1] > '9')
		return false;
	for (p++; *p >= '0' && *p <= '9'; p++) {
		if (d->of == DECIMALS)
			continue;
		d->part = 10 * d->part + (*p - '0');
		d->of *= 10;
	}
	*s = p;
	return true;
}

/* The number of something of which there are n in the unit. */
static long long
times(const struct decimal *d, long long n)
{
	return d->whole * n + d->part * n / d->of;
}

/* The bytes in a unit: k, kB or KiB, and so on; -1: there is no such unit. */
static long long
bytes_in(const char *unit)
{
	static const char units[] = "kKmMgG";
	const char *known = strchr(units, *unit);

	if (*unit == '\0' || known == NULL)
		return -1;
	if (unit[1] != '\0' && strcmp(unit + 1, "B") != 0 &&
	    strcmp(unit + 1, "iB") != 0)
		return -1;
	return 1LL << 10 * ((known - units) / 2 + 1);
}

long long
value_bytes(const char *text)
{
	struct decimal d;
	long long unit;

	if (!parse_decimal(&text, &d))
		return -1;
	if (*text == '\0' || strcmp(text, "B") == 0)
		return d.of == 1 ? d.whole : -1; /* no part of a byte */
	unit = bytes_in(text);
	if (unit == -1 || d.whole > INT_MAX)
		return -1;
	return times(&d, unit);
}

/* The milliseconds in a unit; -1: there is no such unit. */
static long long
ms_in(const char *unit)
{
	static const struct {
		const char *name;
		long long ms;
	} units[] = {
		{ "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 },
	};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(unit, units[i].name) == 0)
			return units[i].ms;
	return -1;
}

long long
value_time(const char *text)
{
	struct decimal d;
	long long ms;

	if (!parse_decimal(&text, &d) || d.whole >= VALUE_SECONDS)
		return -1;
	ms = ms_in(text);
	if (ms == -1 || times(&d, ms) >= 1000LL * VALUE_SECONDS)
		return -1;
	return times(&d, ms);
}

/* Class selectors (RFC 2474) and assured forwarding (RFC 2597). */
static long long
parse_dscp(const char *text)
{
	size_t n = strlen(text);

	if (n == 3 && strncmp(text, "cs", 2) == 0 && text[2] >= '0' &&
	    text[2] <= '7')
		return (text[2] - '0') << 5;
	if (n == 4 && strncmp(text, "af", 2) == 0 && text[2] >= '1' &&
	    text[2] <= '4' && text[3] >= '1' && text[3] <= '3')
		return (text[2] - '0') << 5 | (text[3] - '0') << 3;
	return -1;
}

long long
value_tos(const char *text)
{
	static const struct {
		const char *name;
		int tos;
	} names[] = {
		{ "critical", 0xa0 }, { "ef", 0xb8 }, { "inetcontrol", 0xc0 },
		{ "le", 0x04 }, { "lowcost", 0x02 }, { "lowdelay", 0x10 },
		{ "netcontrol", 0xe0 }, { "reliability", 0x04 },
		{ "throughput", 0x08 }, { "va", 0xb0 },
	};
	size_t n = strlen(text);
	long long dscp = parse_dscp(text);

	if (dscp != -1)
		return dscp;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(text, names[i].name) == 0)
			return names[i].tos;
	if (strncmp(text, "0x", 2) == 0 && n > 2 && n <= 4 &&
	    strspn(text + 2, "0123456789abcdefABCDEF") == n - 2)
		return strtol(text, NULL, 16);
	return value_number(text);
}

long long
value_octal(const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n > 4 || text[strspn(text, "01234567")] != '\0')
		return -1;
	return strtol(text, NULL, 8);
}

long long
value_parse(enum value kind, const char *text)
{
	switch (kind) {
	case VALUE_BYTES:
		return value_bytes(text);
	case VALUE_TIME:
		return value_time(text);
	case VALUE_TOS:
		return value_tos(text);
	case VALUE_OCTAL:
		return value_octal(text);
	default:
		return value_number(text);
	}
}

/* A number of bytes as people write it: 1G. */
static const char *
human(long long n, char *text, size_t size)
{
	static const char units[] = "\0kMGT";
	int unit = 0;

	for (; n >= 1024 && n % 1024 == 0 && unit < 4; n /= 1024)
		unit++;
	if (unit == 0)
		snprintf(text, size, "%lld", n);
	else
		snprintf(text, size, "%lld%c", n, units[unit]);
	return text;
}

void
value_form(enum value kind, long long min, long long max, long long n,
    char *text)
{
	bool in_form = n != -1;
	char from[NUMBER_TEXT], to[NUMBER_TEXT];

	human(min, from, sizeof from);
	human(max, to, sizeof to);
	if (kind == VALUE_TIME)
		snprintf(text, VALUE_FORM, "give seconds, such as 5 or 0.25, "
		    "or a time such as 500ms, 2m or 1h");
	else if (kind == VALUE_OCTAL)
		snprintf(text, VALUE_FORM, "must be octal permissions from 0 "
		    "to 777, such as 660");
	else if (kind == VALUE_BYTES && !in_form)
		snprintf(text, VALUE_FORM, "must be a number of bytes from %s "
		    "to %s, such as 64k", from, to);
	else if (kind == VALUE_BYTES)
		snprintf(text, VALUE_FORM, "must be %s to %s", from, to);
	else if (kind == VALUE_NUMBER && n <= max && max >= INT_MAX)
		snprintf(text, VALUE_FORM, "must be a whole number, at least "
		    "%lld", min);
	else if (in_form)
		snprintf(text, VALUE_FORM, "must be %lld to %lld", min, max);
	else if (kind == VALUE_TOS)
		snprintf(text, VALUE_FORM, "must be a number from %lld to "
		    "%lld, or a name such as ef", min, max);
	else
		snprintf(text, VALUE_FORM, "must be a whole number from %lld "
		    "to %lld", min, max);
}

long long
value_or(long long value, long long otherwise)
{
	return value == -1 ? otherwise : value;
}

const char *
value_shown(const char *text)
{
	return *text == '\0' ? "''" : text;
}
