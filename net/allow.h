#ifndef ALLOW_H
#define ALLOW_H

#include "../base/status.h"

#include <stdbool.h>

struct addr;
struct allow_part;

enum { ALLOW_ADVICE = 160 };

/*
 * Which clients a listener serves: the items of -a. advise() says what to type
 * instead of a wrong one, in a text of ALLOW_ADVICE bytes, which it returns.
 */
struct allow {
	const char *(*advise)(const char *item, char *text);
	const char *option; /* -a as the user wrote it, for reports */
	bool numeric;       /* look up no names */
	int n;              /* parts, one for each item; 0: serve everybody */
	struct allow_part *part;
	long long looked;   /* clock_ms() of the last look at the files */
};

/*
 * Read the n items: "net", "!net", a name, or "@file" with one of these a line.
 * Names are looked up. The items must outlive *a, whose advise, option and
 * numeric are set. Returns STATUS_OK; another status after reporting why. Call
 * allow_close() in any case.
 */
enum status allow_open(struct allow *a, char *const *item, int n);

/*
 * Is the client served? The first network that has the address decides. If
 * none has it, it is in a list that begins with an exception, and in no other.
 * Files are looked at every half second at most. One that has changed is read
 * again; if it cannot be, that is reported, and its list stays as it was.
 */
bool allow_has(struct allow *a, const struct addr *from);

void allow_close(struct allow *a);

#endif
