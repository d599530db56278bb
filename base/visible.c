/* Shows control characters, so that they do not reach a terminal. */
#include "visible.h"

#include <stdbool.h>

/* The length of the UTF-8 character at s; 1 if there is none. */
static size_t
utf8_length(const unsigned char *s, size_t n)
{
	size_t len = 1;

	if (s[0] >= 0xc2 && s[0] < 0xf5)
		len++;
	if (s[0] >= 0xe0 && s[0] < 0xf5)
		len++;
	if (s[0] >= 0xf0 && s[0] < 0xf5)
		len++;
	if (len > n)
		return 1;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 1;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 1; /* overlong, a surrogate, or too large */
	return len;
}

static bool
is_control(const unsigned char *s, size_t len)
{
	if (len == 2)
		return s[0] == 0xc2 && s[1] < 0xa0;
	return len == 1 && s[0] != '\t' &&
	    (s[0] < ' ' || (s[0] >= 0x7f && s[0] < 0xa0));
}

/* One byte of a character, as it is or as \xNN. Returns the length in out. */
static size_t
put(char *out, unsigned char c, bool hex)
{
	static const char digits[] = "0123456789abcdef";

	out[0] = (char)c;
	if (!hex)
		return 1;
	out[0] = '\\';
	out[1] = 'x';
	out[2] = digits[c / 16];
	out[3] = digits[c % 16];
	return 4;
}

size_t
visible_next(char *out, const char **text, size_t *n)
{
	const unsigned char *s = (const unsigned char *)*text;
	size_t len = utf8_length(s, *n), done = 0;
	bool hex = is_control(s, len);

	for (size_t i = 0; i < len; i++)
		done += put(out + done, s[i], hex);
	*text += len;
	*n -= len;
	return done;
}
