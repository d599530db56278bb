/* The options of a corrected command. */
#include "corrected.h"
#include "parse.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct output {
	char *text;
	size_t n, size;
};

static void add(struct output *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct output *out, const char *fmt, ...)
{
	va_list ap;

	if (out->n >= out->size)
		return;
	va_start(ap, fmt);
	out->n += (size_t)vsnprintf(out->text + out->n, out->size - out->n,
	    fmt, ap);
	va_end(ap);
}

static bool
is_given(const struct opts *o, enum opt id)
{
	return (o->given & SET(id)) != 0;
}

/* Is the option written by its name? */
static bool
is_by_name(const struct opts *o, enum opt id)
{
	return opts_table[id].letter == '\0' || (o->by_name & SET(id)) != 0;
}

/* How often to write the letter of a flag. */
static int
count_flag(const struct opts *o, enum opt id, const char *more)
{
	const struct option *opt = &opts_table[id];

	if (opt->arg != NULL || is_by_name(o, id))
		return 0;
	if (opt->kind == COUNT)
		return o->verbose;
	return is_given(o, id) || strchr(more, opt->letter) != NULL;
}

/* The flags with a letter are one group, in the order of people. */
static void
add_flags(struct output *out, const struct opts *o, const char *more)
{
	static const enum opt first[] = { OPT_LISTEN, OPT_KEEP_OPEN, OPT_SCAN,
		OPT_UDP, OPT_UNIXSOCK };
	enum { FIRST = sizeof first / sizeof first[0] };
	unsigned long long done = 0;
	const char *before = "-";

	for (int i = 0; i < FIRST + OPTS; i++) {
		enum opt id = i < FIRST ? first[i] : (enum opt)(i - FIRST);

		if ((done & SET(id)) != 0)
			continue;
		done |= SET(id);
		for (int n = count_flag(o, id, more); n > 0; n--) {
			add(out, "%s%c", before, opts_table[id].letter);
			before = "";
		}
	}
	if (*before == '\0')
		add(out, " ");
}

static void
add_value(struct output *out, const struct opts *o, enum opt id,
    const char *value)
{
	const char *quote = "";

	if (*value == '\0' || strpbrk(value, " \"'$;|&<>()*?") != NULL)
		quote = "\"";
	add(out, "%s %s%s%s ", opts_name(o, id).text, quote, value, quote);
}

static void
add_option(struct output *out, const struct opts *o, enum opt id)
{
	const struct option *opt = &opts_table[id];
	const struct strlist *list;
	char limits[64];

	if (opt->arg == NULL && is_by_name(o, id))
		add(out, "--%s ", opt->name);
	if (opt->arg == NULL || o->argument[id] == NULL)
		return;
	if (opt->kind == LIMITS && o->max_per_address != -1) {
		snprintf(limits, sizeof limits, "%lld,%lld", o->max_clients,
		    o->max_per_address);
		add_value(out, o, id, limits);
		return;
	}
	if (opt->kind != LIST) {
		add_value(out, o, id, o->argument[id]);
		return;
	}
	list = (const struct strlist *)(const void *)((const char *)o +
	    opt->field);
	for (int i = 0; i < list->n; i++)
		add_value(out, o, id, list->item[i]);
}

const char *
corrected_options(const struct opts *o, const char *more, char *text,
    size_t size)
{
	struct output out = { text, 0, size };

	*text = '\0';
	add_flags(&out, o, more);
	for (enum opt id = 0; id < OPTS; id++)
		if (is_given(o, id))
			add_option(&out, o, id);
	return text;
}
