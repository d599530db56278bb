/* Slips in the operands that need no pattern, and what to type instead. */
#include "slips.h"
#include "corrected.h"
#include "operands.h"
#include "patterns.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SPACE " \t\r\n"

enum { TYPED = 256 }; /* size of the buffer for operands; the rest is cut */

/* A dash that word processors make of "-": U+2010 to U+2015, and U+2212. */
static bool
is_typographic(const char *word)
{
	return strncmp(word, "\xe2\x88\x92", 3) == 0 ||
	    (strncmp(word, "\xe2\x80", 2) == 0 && word[2] != '\0' &&
	    strchr("\x90\x91\x92\x93\x94\x95", word[2]) != NULL);
}

/*
 * fe80::/10, or a group of one link (RFC 4291, 2.7), without the zone that it
 * requires. The host has a colon.
 */
static bool
lacks_zone(const char *host)
{
	if (strchr("fF", host[0]) == NULL || strchr(host, '%') != NULL)
		return false;
	if (strchr("eE", host[1]) != NULL)
		return strchr("89abAB", host[2]) != NULL;
	return strchr("fF", host[1]) != NULL && host[2] != ':' &&
	    strchr("12", host[3]) != NULL && host[4] == ':';
}

/* tcp or udp, which is no host. */
static bool
is_protocol(const char *host)
{
	return strcasecmp(host, "tcp") == 0 || strcasecmp(host, "udp") == 0;
}

/* A number, or several with dashes, some of which may be in an address. */
static bool
is_numeric_range(const char *host)
{
	return host[strspn(host, "0123456789")] == '\0' ||
	    (strchr(host, '-') != NULL &&
	    host[strspn(host, "0123456789-.,")] == '\0');
}

/* A name or an address; for a proxy an IPv6 address may be in brackets. */
static bool
looks_like_host(const char *host, bool proxy)
{
	const char *colon = strchr(host, ':');
	size_t n = strspn(host, "0123456789abcdefABCDEF:.");

	if (*host == '[')
		return proxy;
	if (*host == '\0' || is_typographic(host))
		return false;
	if (colon == NULL)
		return strpbrk(host, "/@,*" SPACE) == NULL &&
		    !is_protocol(host) && !is_numeric_range(host);
	return (host[n] == '\0' || host[n] == '%') &&
	    strchr(colon + 1, ':') != NULL && !lacks_zone(host);
}

/* A number or a service's name; a scan takes a list of them, and of ranges. */
static bool
looks_like_port(const char *port, bool scan)
{
	size_t digits = strspn(port, "0123456789");

	if (strpbrk(port, ":/[@%. ") != NULL || *port == '-' || *port == ',')
		return false;
	if (digits > 0 && strcmp(port + digits, ",") == 0)
		return false;
	return scan || (strchr(port, ',') == NULL &&
	    (digits == 0 || port[digits] != '-'));
}

bool
slips_unlikely(const char *host, const char *port, unsigned long long given)
{
	return looks_like_port(port, (given & SET(OPT_SCAN)) != 0) &&
	    (host == NULL ||
	    looks_like_host(host, (given & SET(OPT_PROXY)) != 0));
}

static bool
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789.")] == '\0';
}

/* Is there space only before or after the word? */
static bool
is_padded(const char *word)
{
	size_t before = strspn(word, SPACE);
	size_t n = strcspn(word + before, SPACE);

	return (before > 0 || word[before + n] != '\0') && n > 0 &&
	    strspn(word + before + n, SPACE) == strlen(word + before + n);
}

/* What needs no pattern: words that are empty or have the wrong characters. */
static bool
advise_words(struct opts *o)
{
	char *word = o->operand[0], options[TYPED];
	const char *dashes = "-";

	corrected_options(o, "", options, sizeof options);
	if (o->noperands == 3 && !o->scan &&
	    strcmp(o->operand[1], o->operand[2]) == 0)
		opts_advise(o, "give the port only once; use '%s%s %s'",
		    options, word, o->operand[1]);
	else if (o->noperands == 2 && is_padded(word))
		opts_advise(o, "the host has a space or the end of a line in "
		    "it; use '%s%.*s %s'", options,
		    (int)strcspn(word + strspn(word, SPACE), SPACE),
		    word + strspn(word, SPACE), o->operand[1]);
	else if (o->noperands == 1 && strpbrk(word, SPACE) != NULL)
		opts_advise(o, "'%s': host and port are two arguments; leave "
		    "out the quotes: %s%s", word, options, word);
	else if (*word == '\0' && o->noperands == 2)
		opts_advise(o, "the host is empty, perhaps an unset variable; "
		    "use '%slocalhost %s'", options, o->operand[1]);
	else if (is_typographic(word)) {
		if (strncmp(word, "\xe2\x80\x94", 3) == 0 ||
		    strlen(word) > strlen("xxx") + 3)
			dashes = "--";
		opts_advise(o, "%s begins with a typographic dash; type '%s%s'",
		    word, dashes, word + 3);
	}
	return o->advised;
}

/* How many operands after a command are no part of it. */
static int
count_after_command(const struct opts *o)
{
	if (o->listen)
		return o->source_port == NULL;
	return o->noperands > 2 ? 2 : 1;
}

/* -e cat file: the command was not quoted. */
static bool
advise_command(struct opts *o)
{
	char rest[TYPED], words[TYPED];
	int n = count_after_command(o), args = o->noperands - n;

	if (o->before.opt != OPT_SH_EXEC || o->before.value == NULL ||
	    args < 1 || (!o->listen && o->noperands == 2 &&
	    strchr(o->operand[0], '/') == NULL))
		return false;
	operands_join(words, sizeof words, args, o->operand);
	operands_join(rest, sizeof rest, n, o->operand + args);
	opts_advise(o, "-e takes one argument; use -e '%.80s %.60s' %.60s",
	    o->command, words, rest);
	return true;
}

/* -lpn 80: -p took the letters after it as its argument. */
static bool
advise_port_last(struct opts *o, const char *word, const char *arg)
{
	opts_advise(o,
	    "%s: -p took '%s' as its argument; put it last: '%.*s%sp %s'",
	    word, arg, (int)(arg - 1 - word), word, arg, o->operand[0]);
	return true;
}

/* host 80 -e cat file: the words after the command were taken as operands. */
static bool
advise_command_after(struct opts *o)
{
	char options[TYPED], place[TYPED], words[TYPED];
	struct opts rest = *o; /* without -e */
	int n = 2;

	if (o->command == NULL || o->before.opt == OPT_SH_EXEC)
		return false;
	if (o->listen && is_number(o->operand[0]))
		n = 1;
	if (o->noperands <= n)
		return false;
	operands_join(place, sizeof place, n, o->operand);
	operands_join(words, sizeof words, o->noperands - n, o->operand + n);
	rest.given &= ~SET(OPT_SH_EXEC);
	corrected_options(&rest, "", options, sizeof options);
	opts_advise(o, "-e takes one argument; use %s%.60s -e '%.80s %.60s'",
	    options, place, o->command, words);
	return true;
}

/* -w 5 5 host 80: a number too many before the host. */
static bool
advise_number(struct opts *o)
{
	char options[TYPED];

	if (o->noperands != 3 || o->scan || !is_number(o->operand[0]) ||
	    is_number(o->operand[1]) || !is_number(o->operand[2]))
		return false;
	opts_advise(o, "'%s' was taken as the host; use '%s%s %s'",
	    o->operand[0], corrected_options(o, "", options, sizeof options),
	    o->operand[1], o->operand[2]);
	return true;
}

/* -xu proxy host 80: the argument of -x is the rest of the group. */
static bool
advise_group(struct opts *o)
{
	const struct opts_before *b = &o->before;
	char words[TYPED];
	const char *arg;

	if (b->opt == OPTS || b->value != NULL || opts_is_flag(b->opt) ||
	    b->word[1] == '-')
		return false;
	arg = strchr(b->word, opts_letter(b->opt)) + 1;
	if (is_number(arg))
		return false;
	if (b->opt == OPT_SOURCE_PORT && o->noperands == 1 &&
	    strspn(arg, "lnvuk") == strlen(arg) && is_number(o->operand[0]))
		return advise_port_last(o, b->word, arg);
	if (o->noperands < 3)
		return false;
	operands_join(words, sizeof words, o->noperands, o->operand);
	opts_advise(o, "%s took '%s' as the argument of -%c; use '-%s -%c %s'",
	    b->word, arg, arg[-1], arg, arg[-1], words);
	return true;
}

/* -x proxy 1080 host 80, -K ttl 5 host 80: the argument is two words. */
static bool
advise_two_words(struct opts *o)
{
	const struct opts_before *b = &o->before;
	const char *joint = ":";
	char rest[TYPED];
	int n = o->noperands;

	if (b->opt == OPT_SOCKOPT)
		joint = "=";
	else if (b->opt != OPT_PROXY && b->opt != OPT_FORWARD)
		return false;
	if (b->value == NULL || strpbrk(b->value, ":=/@") != NULL ||
	    !is_number(o->operand[0]) || n < 2 || (n == 2 && !o->listen))
		return false;
	operands_join(rest, sizeof rest, n - 1, o->operand + 1);
	opts_advise(o, "%s takes one argument; use '%s%s %s%s%s %s'", b->word,
	    o->listen ? "-l " : "", b->word, b->value, joint, o->operand[0],
	    rest);
	return true;
}

/* -x host 80: the host was taken as the argument of -x. */
static bool
advise_taken(struct opts *o)
{
	const struct opts_before *b = &o->before;
	const char *word = o->operand[0];

	if (o->listen || o->unix_domain || o->noperands != 1)
		return false;
	if (o->source_port != NULL && !is_number(word) &&
	    is_number(o->source_port) && strpbrk(word, ":/@") == NULL)
		opts_advise(o, "%s is the local port; use '%s %s'",
		    opts_name(o, OPT_SOURCE_PORT).text, word, o->source_port);
	else if (b->value != NULL && is_number(word) &&
	    strchr("xospPXKfe", opts_letter(b->opt)) != NULL)
		opts_advise(o, "%s took '%s' as its argument: no host is left "
		    "before port %s", b->word, b->value, word);
	return o->advised;
}

/* -t 5 host 80: the flag was given a value. */
static bool
advise_flag(struct opts *o)
{
	const struct opts_before *b = &o->before;
	const char *value = o->operand[0];
	struct opts_name name;

	if (b->opt == OPTS || b->value != NULL || !is_number(value) ||
	    !opts_is_flag(b->opt) || (o->noperands < 3 &&
	    !(o->noperands == 2 && (b->opt == OPT_MESSAGES || (o->listen &&
	    b->opt != OPT_LISTEN && is_number(o->operand[1]))))))
		return false;
	name = opts_name(o, b->opt);
	if (b->opt == OPT_MESSAGES && o->listen)
		opts_advise(o, "%s takes no value; for %s clients at once use "
		    "'-M %s'", name.text, value, value);
	else if (b->opt == OPT_MESSAGES)
		opts_advise(o, "%s takes no value; for a TTL use '-K ttl=%s'",
		    name.text, value);
	else
		opts_advise(o, "%s takes no value, and '%s' was taken as the "
		    "host; leave it out", name.text, value);
	return true;
}

static bool
advise_path(struct opts *o)
{
	if (!o->unix_domain || o->noperands != 2 || !is_number(o->operand[1]))
		return false;
	if (strchr(o->operand[0], '/') != NULL)
		opts_advise(o, "%s is a path, which has no port; leave out %s",
		    o->operand[0], o->operand[1]);
	else
		opts_advise(o, "-U takes only a path; for UDP use '%s%s %s'",
	    o->listen ? "-lu " : "-u ", o->operand[0], o->operand[1]);
	return true;
}

bool
slips_advise(struct opts *o)
{
	static bool (*const advise[])(struct opts *) = {
		advise_path, advise_words, advise_command, advise_two_words,
		advise_command_after, advise_flag, advise_group, advise_taken,
		advise_number,
	};

	for (size_t i = 0; i < sizeof advise / sizeof advise[0]; i++)
		if (o->noperands > 0 && advise[i](o))
			return true;
	return patterns_advise(o);
}
