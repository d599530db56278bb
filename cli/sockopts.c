/* The socket options of -K as they are written: name=value. */
#include "sockopts.h"
#include "mistakes.h"
#include "value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What is wrong with an option is written here. */
struct complaint {
	char *text;
	size_t size;
	const char *option; /* "-K" or "--sockopt" */
};

/* The name of n letters; SOCKOPT_NAMES if there is none. */
static int
find(const char *name, size_t n)
{
	int id = 0;

	while (id < SOCKOPT_NAMES &&
	    (strlen(sockopt_names[id].name) != n ||
	    strncmp(sockopt_names[id].name, name, n) != 0))
		id++;
	return id;
}

/* The name that differs from the word in a third of its letters at most. */
static const char *
nearest(const char *word)
{
	for (int id = 0; id < SOCKOPT_NAMES; id++) {
		const char *name = sockopt_names[id].name;

		if (mistake_near(word, name, strlen(name) / 3))
			return name;
	}
	return NULL;
}

/* A name without the prefix of its level, in small letters and with dashes. */
static const char *
plain(char *word)
{
	static const char *const prefix[] = { "so-", "tcp-", "ip-", "ipv6-" };

	for (char *c = word; *c != '\0'; c++) {
		*c = (char)tolower((unsigned char)*c);
		if (*c == '_')
			*c = '-';
	}
	for (size_t i = 0; i < sizeof prefix / sizeof prefix[0]; i++) {
		size_t n = strlen(prefix[i]);

		if (strncmp(word, prefix[i], n) == 0)
			return word + n;
	}
	return word;
}

/* What there is in place of a socket option; NULL: nothing. */
static const char *
instead(const char *name)
{
	static const struct {
		const char *name, *advice;
	} known[] = {
		{ "bindtodevice", "use device=eth0, or another interface" },
		{ "broadcast", "leave it out: it is always set" },
		{ "dscp", "use -T" }, { "hoplimit", "use ttl=10" },
		{ "interface", "use device=eth0, or another interface" },
		{ "keepalive", "use keepidle=60, or dead=20" },
		{ "linger", "leave it out: nothing that is sent is lost" },
		{ "maxseg", "use mss=1200" }, { "multicast-ttl", "use ttl=10" },
		{ "rcvbuf", "use -I 64k" }, { "reuseaddr", "use -r" },
		{ "reuseport", "it is never set: two programs would share "
		    "the clients; for SO_REUSEADDR use -r" },
		{ "sndbuf", "use -O 64k" }, { "timeout", "use -w" },
		{ "tos", "use -T" }, { "unicast-hops", "use ttl=10" },
		{ "v6only", "leave it out: it is always set" },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].advice;
	return NULL;
}

/* The names there are. */
static void
list_names(char *text, size_t size)
{
	size_t n = 0;

	for (int id = 0; id < SOCKOPT_NAMES && n < size; id++)
		n += (size_t)snprintf(text + n, size - n, " %s",
		    sockopt_names[id].name);
}

static int
unknown(const struct complaint *c, const char *item, size_t n)
{
	char word[64], lower[64], names[256];
	const char *near, *advice;

	snprintf(word, sizeof word, "%.*s", (int)n, item);
	snprintf(lower, sizeof lower, "%s", word);
	advice = instead(plain(lower));
	near = nearest(plain(lower));
	if (advice == NULL && near == NULL)
		list_names(names, sizeof names);
	if (advice != NULL)
		snprintf(c->text, c->size, "%s %s: unknown socket option; %s",
		    c->option, value_shown(word), advice);
	else if (near != NULL)
		snprintf(c->text, c->size, "%s %s: unknown socket option; use "
		    "%s%s", c->option, value_shown(word), near, item + n);
	else
		snprintf(c->text, c->size, "%s %s: unknown socket option; "
		    "there are%s", c->option, value_shown(word), names);
	return -1;
}

/* A number may be hexadecimal, as marks are written. */
static long long
number(const char *text)
{
	size_t n = strlen(text);

	if (strncmp(text, "0x", 2) == 0 && n > 2 && n <= 10 &&
	    strspn(text + 2, "0123456789abcdefABCDEF") == n - 2)
		return strtoll(text, NULL, 16);
	return value_number(text);
}

/* Returns -1 if the text is no value of this kind. */
static long long
parse(enum sockopt_kind kind, const char *text)
{
	long long ms;

	switch (kind) {
	case SOCKOPT_SECONDS:
		ms = value_time(text);
		return ms % 1000 == 0 ? ms / 1000 : -1;
	case SOCKOPT_MS:
		return value_time(text);
	case SOCKOPT_TEXT:
		return (long long)strlen(text);
	default:
		return number(text);
	}
}

static int
bad_value(const struct complaint *c, const struct sockopt_name *name,
    const char *item)
{
	static const char *const forms[] = {
		[SOCKOPT_SECONDS] = "whole seconds between %lld and %lld",
		[SOCKOPT_MS] = "seconds",
		[SOCKOPT_NUMBER] = "a number between %lld and %lld",
		[SOCKOPT_FLAG] = "%lld or %lld",
		[SOCKOPT_TEXT] = "a name of %lld to %lld letters",
	};
	char form[80];

	if (name->kind == SOCKOPT_MS)
		snprintf(form, sizeof form, "seconds between 0.001 and %lld",
		    name->max / 1000);
	else
		snprintf(form, sizeof form, forms[name->kind], name->min,
		    name->max);
	snprintf(c->text, c->size, "%s %s: the value must be %s", c->option,
	    item, form);
	return -1;
}

static int
parse_value(const struct complaint *c, const char *item, const char *value,
    struct sockopt *given)
{
	const struct sockopt_name *name = &sockopt_names[given->id];
	long long n;

	if (*value == '=')
		value++;
	else if (name->kind == SOCKOPT_FLAG)
		value = "1";
	n = parse(name->kind, value);
	if (n < name->min || n > name->max)
		return bad_value(c, name, item);
	given->value = (int)(unsigned int)n;
	if (name->kind == SOCKOPT_TEXT)
		given->text = value;
	return 0;
}

static int
unsuitable(const struct complaint *c, int id, int family)
{
	const char *name = sockopt_names[id].name;

	if (!sockopt_exists(id))
		snprintf(c->text, c->size, "%s %s: this system has no such "
		    "socket option", c->option, name);
	else if (family == AF_UNIX)
		snprintf(c->text, c->size, "%s %s: a path has no such socket "
		    "option", c->option, name);
	else
		snprintf(c->text, c->size, "%s %s: only TCP has this socket "
		    "option", c->option, name);
	return -1;
}

/* Does the option suit one of the sockets? */
static bool
suits(int id, int family, int type)
{
	if (family != AF_UNSPEC)
		return sockopt_suits(id, family, type);
	return sockopt_suits(id, AF_INET, type) ||
	    sockopt_suits(id, AF_INET6, type);
}

int
sockopts_parse(const struct opts *o, int family, int type,
    struct sockopts *list, char *text, size_t size)
{
	struct opts_name option = opts_name(o, OPT_SOCKOPT);
	struct complaint c = { text, size, option.text };

	*list = (struct sockopts){ 0 };
	for (int i = 0; i < o->sockopts.n; i++) {
		const char *item = o->sockopts.item[i];
		size_t n = strcspn(item, "=");
		struct sockopt given = { .id = find(item, n) };

		if (given.id == SOCKOPT_NAMES)
			return unknown(&c, item, n);
		if (!sockopt_exists(given.id) ||
		    !suits(given.id, family, type))
			return unsuitable(&c, given.id, family);
		if (parse_value(&c, item, item + n, &given) == -1)
			return -1;
		if (list->n < SOCKOPT_GIVEN)
			list->given[list->n++] = given;
	}
	return 0;
}
