/* Numbers, sizes, times and types of service as people write them. */
#include "value.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

long long
value_bytes(const char *text)
{
	static const char units[] = "kMG";
	long long n = parse_digits(&text);
	const char *unit;

	if (n == -1 || *text == '\0')
		return n;
	unit = strchr(units, *text);
	if (unit == NULL || text[1] != '\0' || n > INT_MAX)
		return -1;
	return n << 10 * (unit - units + 1);
}

long long
value_time(const char *text)
{
	bool fraction = *text == '.' && text[1] >= '0' && text[1] <= '9';
	long long whole = fraction ? 0 : parse_digits(&text);
	long long ms, unit = 100;

	if (whole == -1 || whole >= VALUE_SECONDS)
		return -1;
	ms = 1000 * whole;
	if (*text == '\0')
		return ms;
	if (*text++ != '.' || *text == '\0')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++, unit /= 10)
		ms += unit * (*text - '0');
	return *text == '\0' ? ms : -1;
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

void
value_form(enum value kind, long long min, long long max, char *text)
{
	switch (kind) {
	case VALUE_BYTES:
		snprintf(text, VALUE_FORM, "must be a number of bytes between "
		    "%lld and %lld, such as 64k", min, max);
		break;
	case VALUE_TIME:
		snprintf(text, VALUE_FORM, "must be a number of seconds below "
		    "%d, without a unit, such as 5 or 0.25", VALUE_SECONDS);
		break;
	case VALUE_TOS:
		snprintf(text, VALUE_FORM, "must be a number between %lld and "
		    "%lld, or a name such as ef", min, max);
		break;
	case VALUE_OCTAL:
		snprintf(text, VALUE_FORM, "must be octal permissions between "
		    "%llo and %llo, such as 660", (unsigned long long)min,
		    (unsigned long long)max);
		break;
	default:
		snprintf(text, VALUE_FORM, "must be a whole number between "
		    "%lld and %lld", min, max);
	}
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
