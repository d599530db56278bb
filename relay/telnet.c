/* The telnet protocol (RFC 854): refuses all options, and removes commands. */
#include "telnet.h"

#include <string.h>

enum { SE = 240, SB = 250, WILL, WONT, DO, DONT, IAC };

/*
 * WONT and DONT agree with how it is, and an answer could start a loop (RFC
 * 1143).
 */
static void
refuse(struct telnet *t, char option)
{
	const char answer[] = { (char)IAC, (char)t->refusal, option };

	if (t->answers.n + sizeof answer <= TELNET_ANSWERS)
		buf_add(&t->answers, answer, sizeof answer);
}

/* After IAC. Is the byte data? */
static bool
command(struct telnet *t, unsigned char c)
{
	t->state = TELNET_DATA;
	switch (c) {
	case WILL:
	case DO:
		t->refusal = c == WILL ? DONT : WONT;
		t->state = TELNET_REQUEST;
		break;
	case WONT:
	case DONT:
		t->state = TELNET_STATEMENT;
		break;
	case SB:
		t->state = TELNET_SUB;
	}
	return c == IAC;
}

/* Advance by one byte. Is it data? */
static bool
is_data(struct telnet *t, unsigned char c)
{
	switch (t->state) {
	case TELNET_DATA:
		if (c == IAC)
			t->state = TELNET_COMMAND;
		return c != IAC;
	case TELNET_COMMAND:
		return command(t, c);
	case TELNET_REQUEST:
		refuse(t, (char)c);
		/* fall through */
	case TELNET_STATEMENT:
		t->state = TELNET_DATA;
		return false;
	case TELNET_SUB:
		if (c == IAC)
			t->state = TELNET_SUB_COMMAND;
		return false;
	case TELNET_SUB_COMMAND:
		t->state = TELNET_SUB;
		if (c >= SE && c != IAC) /* other commands end it as well */
			command(t, c);
	}
	return false;
}

/* How many bytes come before the next IAC? */
static size_t
before_iac(const char *data, size_t n)
{
	const char *iac = memchr(data, IAC, n);

	return iac == NULL ? n : (size_t)(iac - data);
}

size_t
telnet_decode(struct telnet *t, char *data, size_t n)
{
	size_t kept = 0, run;

	for (size_t i = 0; i < n; i += run) {
		run = 1;
		if (t->state == TELNET_DATA && (unsigned char)data[i] != IAC) {
			run = before_iac(data + i, n - i);
			if (kept < i)
				memmove(data + kept, data + i, run);
			kept += run;
		} else if (is_data(t, (unsigned char)data[i]))
			data[kept++] = data[i];
	}
	return kept;
}

void
telnet_sent(struct telnet *t, const char *data, size_t n)
{
	size_t iacs = 0;

	while (iacs < n && (unsigned char)data[n - 1 - iacs] == IAC)
		iacs++;
	if (iacs == n && t->half_pair)
		iacs++;
	t->half_pair = iacs % 2 == 1;
}

void
telnet_free(struct telnet *t)
{
	buf_free(&t->answers);
}
