#ifndef VISIBLE_H
#define VISIBLE_H

#include <stddef.h>

enum { VISIBLE_MAX = 8 }; /* bytes that a character becomes, at most */

/*
 * Write the next character of the *n bytes at *text to out, at most
 * VISIBLE_MAX, and advance both. Control characters, except the tab, become
 * \xNN a byte: those of ASCII, and C1, which is U+0080 to U+009F in UTF-8 (RFC
 * 3629) and 0x80 to 0x9f outside of it. Returns the length in out.
 */
size_t visible_next(char *out, const char **text, size_t *n);

#endif
