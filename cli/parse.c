/* The parser of the options, which follows the table. */
#include "hide.h"
#include "mistakes.h"
#include "parse.h"
#include "value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	GUESS = 6, /* letters that differ at most in a guess */
	NAME_TEXT = 64,
};

/* What -q -1 means: more than thirty years, in milliseconds. */
static const long long NEVER = 1000LL * (VALUE_SECONDS - 1);

/* The command line. The words before "next" are parsed. */
struct words {
	char **word;
	int next, n;
};

/* What an argument is called in an error; NULL: as in the help. */
static const char *const called[STRING + 1] = {
	[NUMBER] = "a number", [BYTES] = "bytes", [TIME] = "seconds",
	[TOS] = "type of service", [OCTAL] = "permissions",
	[LIMITS] = "a number", [LOGIN] = "user[:password]",
};

/* The option with this letter; OPTS: none. */
static enum opt
find_letter(int letter)
{
	enum opt id = 0;

	while (id < OPTS && opts_table[id].letter != letter)
		id++;
	return id;
}

static enum opt
find_name(const char *name)
{
	enum opt id = 0;

	while (id < OPTS && strcmp(opts_table[id].name, name) != 0)
		id++;
	return id;
}

static int
out_of_memory(struct opts *o)
{
	o->no_memory = true;
	return opts_error(o, "out of memory");
}

/* Is the argument of this option a known mistake? Then the error says so. */
static bool
is_argument_mistaken(struct opts *o, enum opt id, const char *arg)
{
	char advice[sizeof o->error];

	if (!mistake_argument(id, arg, advice, sizeof advice))
		return false;
	opts_advise(o, "%s %s: %s", opts_name(o, id).text, value_shown(arg),
	    advice);
	return true;
}

/* Split arg at its commas, in place, and append the parts to the list. */
static int
append_list(struct opts *o, struct strlist *list, char *arg)
{
	for (char *next = arg; next != NULL; arg = next) {
		char **more = realloc(list->item,
		    ((size_t)list->n + 1) * sizeof(char *));

		if (more == NULL)
			return out_of_memory(o);
		next = strchr(arg, ',');
		if (next != NULL)
			*next++ = '\0';
		list->item = more;
		list->item[list->n++] = arg;
	}
	return 0;
}

/* Split user:password. The password is copied, and hidden from ps(1). */
static int
apply_login(struct opts *o, struct words *w, char *arg)
{
	char *colon = strchr(arg, ':');

	free(o->proxy_password);
	o->proxy_password = NULL;
	o->proxy_user = arg;
	if (colon != NULL) {
		*colon = '\0';
		o->proxy_password = strdup(colon + 1);
		hide_password(colon + 1, w->word + w->next, w->n - w->next);
		if (o->proxy_password == NULL)
			return out_of_memory(o);
	}
	if (*arg != '\0' || colon != NULL)
		return 0;
	return opts_advise(o, "%s: the user is missing",
	    opts_name(o, OPT_PROXY_AUTH).text);
}

/* Parse the value of an option into *field. */
static int
parse_value(struct opts *o, enum opt id, enum value kind, const char *arg,
    long long *field)
{
	const struct option *opt = &opts_table[id];
	long long n = value_parse(kind, arg);
	char form[VALUE_FORM];

	if (id == OPT_QUIT_AFTER && strcmp(arg, "-1") == 0)
		n = NEVER;
	if (n >= opt->min && n <= opt->max) {
		*field = n;
		return 0;
	}
	if (n == -1 && is_argument_mistaken(o, id, arg))
		return -1;
	value_form(kind, opt->min, opt->max, n, form);
	return opts_advise(o, "%s %s: %s", opts_name(o, id).text,
	    value_shown(arg), form);
}

/* Split num[,per]: a limit of all clients, and one of each address. */
static int
apply_limits(struct opts *o, enum opt id, char *arg)
{
	char *comma = strchr(arg, ',');

	if (comma != NULL)
		*comma++ = '\0';
	if (parse_value(o, id, VALUE_NUMBER, arg, &o->max_clients) == -1)
		return -1;
	return comma == NULL ? 0 : parse_value(o, id, VALUE_NUMBER, comma,
	    &o->max_per_address);
}

/* Set the option's field in *o. */
static int
apply(struct opts *o, struct words *w, enum opt id, char *arg)
{
	void *field = (char *)o + opts_table[id].field;

	o->argument[id] = arg;
	switch (opts_table[id].kind) {
	case FLAG:
		*(bool *)field = true;
		return 0;
	case COUNT:
		++*(int *)field;
		return 0;
	case STRING:
		if (is_argument_mistaken(o, id, arg))
			return -1;
		*(const char **)field = arg;
		return 0;
	case LIMITS:
		return apply_limits(o, id, arg);
	case LIST:
		return append_list(o, field, arg);
	case LOGIN:
		return apply_login(o, w, arg);
	default:
		return parse_value(o, id, (enum value)opts_table[id].kind, arg,
		    field);
	}
}

static int
missing_argument(struct opts *o, enum opt id)
{
	const char *name = opts_table[id].arg;

	if (called[opts_table[id].kind] != NULL)
		name = called[opts_table[id].kind];
	return opts_advise(o, "option %s requires an argument (%s)",
	    opts_name(o, id).text, name);
}

static bool
is_near(const char *text, const char *name, size_t differ)
{
	return differ <= strlen(name) / 3 && mistake_near(text, name, differ);
}

/*
 * The name that was probably meant: one that was cut short, or else one of
 * which at most a third of the letters differ. NULL: none is near.
 */
static const char *
nearest_name(const char *text)
{
	size_t n = strlen(text);

	for (enum opt id = 0; id < OPTS && n > 0; id++)
		if (strncmp(text, opts_table[id].name, n) == 0)
			return opts_table[id].name;
	for (size_t differ = 1; differ <= GUESS; differ++)
		for (enum opt id = 0; id < OPTS; id++)
			if (is_near(text, opts_table[id].name, differ))
				return opts_table[id].name;
	return NULL;
}

/* The name in small letters, and with dashes between its words. */
static const char *
lower(const char *name, char *text, size_t size)
{
	size_t n = 0;

	for (; name[n] != '\0' && n + 1 < size; n++) {
		text[n] = (char)tolower((unsigned char)name[n]);
		if (text[n] == '_')
			text[n] = '-';
	}
	text[n] = '\0';
	return text;
}

/* Report an unknown option, "-D" or "--zero". */
static int
unknown(struct opts *o, const char *option)
{
	const char *advice = NULL, *guess = NULL;
	char name[NAME_TEXT];

	lower(option, name, sizeof name);
	if (option[1] == '-')
		advice = mistake_option(name);
	else
		advice = mistake_option(option);

	if (advice != NULL)
		return opts_advise(o, "unknown option %s: %s", option, advice);
	if (option[1] == '-' && option[2] != '\0' && option[3] == '\0' &&
	    find_letter(option[2]) != OPTS)
		return opts_advise(o, "unknown option %s: a letter has one "
		    "dash; use %s", option, option + 1);
	if (option[1] == '-')
		guess = nearest_name(name + 2);
	if (guess != NULL)
		return opts_advise(o, "unknown option %s (did you mean --%s?)",
		    option, guess);
	return opts_error(o, "unknown option %s", option);
}

/* Note that the option is given, as this word, and what else it means. */
static void
note(struct opts *o, enum opt id, const char *word)
{
	bool by_name = word[1] == '-';

	if (id == OPT_LISTEN && (o->given & SET(id)) != 0)
		opts_imply(o, OPT_KEEP_OPEN);
	o->given |= SET(id);
	o->by_name &= ~SET(id);
	if (by_name)
		o->by_name |= SET(id);
	if (o->noperands == 0)
		o->before = (struct opts_before){ id, word, NULL };
}

/* The next word is the argument of the option. */
static int
take_argument(struct opts *o, struct words *w, enum opt id)
{
	char *arg;

	if (w->next == w->n)
		return missing_argument(o, id);
	arg = w->word[w->next++];
	if (o->noperands == 0)
		o->before.value = arg;
	return apply(o, w, id, arg);
}

/* Is the word a long option with one dash? Then the error says so. */
static bool
lacks_dash(struct opts *o, const char *word, const char *next)
{
	char name[NAME_TEXT] = "-";
	const char *advice = NULL;

	if (mistake_is_group(word, next))
		return false;
	lower(word, name + 1, sizeof name - 1);
	if (find_name(name + 2) == OPTS)
		advice = mistake_option(name);
	if (advice != NULL)
		opts_advise(o, "%s: %s", word, advice);
	else if (find_name(name + 2) != OPTS)
		opts_advise(o, "%s: a long option has two dashes; use %s",
		    word, name);
	return *o->error != '\0';
}

/* -l8080, -U/path, -80: an operand in the same word as the letters. */
static int
fused(struct opts *o, const char *word)
{
	int n = (int)strcspn(word, "0123456789/.");
	const char *colon = strchr(word, ':');

	if (colon != NULL && colon[1] != '\0')
		return opts_advise(o, "%s: this is how ssh writes it; to "
		    "forward a port use '-lk -f %s %.*s'", word, colon + 1,
		    (int)(colon - word) - n, word + n);
	if (n == 1)
		return opts_advise(o, "unknown option -%c: a port has no dash "
		    "before it; use %s", word[1], word + 1);
	return opts_advise(o, "%s: a port or a path is a word of its own; use "
	    "'%.*s %s'", word, n, word, word + n);
}

static int
parse_letter(struct opts *o, struct words *w, const char *word, char *letter)
{
	enum opt id = find_letter(*letter);
	char option[] = { '-', *letter, '\0' };

	if (*letter == '-' && letter - word > 1 && letter[1] != '\0')
		return opts_advise(o, "%s: a space is missing; use '%.*s %s'",
		    word, (int)(letter - word), word, letter);
	if (*letter == '-')
		return opts_error(o, "'-' is not an option letter");
	if (*letter == ' ' || (letter[1] == ' ' && id != OPT_SH_EXEC))
		return opts_advise(o, "'%s' is one word; leave out the quotes",
		    word);
	if (id == OPTS && (strchr("0123456789", *letter) != NULL ||
	    (letter - word > 1 && strchr("/.", *letter) != NULL)))
		return fused(o, word);
	if (id == OPTS)
		return unknown(o, option);
	note(o, id, word);
	if (opts_table[id].arg == NULL)
		return apply(o, w, id, NULL);
	if (letter[1] == '\0')
		return take_argument(o, w, id);
	if (letter[1] == '=')
		return opts_advise(o, "%s: leave out the =; use '%s %s'", word,
		    option, letter + 2);
	return apply(o, w, id, letter + 1);
}

/* Parse a group of letters, the last of which may have an argument. */
static int
parse_letters(struct opts *o, struct words *w)
{
	char *word = w->word[w->next++];
	const char *next = w->next < w->n ? w->word[w->next] : "";
	char *letter = word;
	enum opt id;

	if (lacks_dash(o, word, next))
		return -1;
	do {
		if (parse_letter(o, w, word, ++letter) == -1)
			return -1;
		id = find_letter(*letter);
	} while (opts_table[id].arg == NULL && letter[1] != '\0');
	return 0;
}

/* Parse --name or --name=value, and the argument if that is the next word. */
static int
parse_long(struct opts *o, struct words *w)
{
	char *word = w->word[w->next++], *value = strchr(word, '=');
	enum opt id;

	if (value != NULL)
		*value++ = '\0';
	id = find_name(word + 2);
	if (id == OPTS)
		return unknown(o, word);
	note(o, id, word);
	if (opts_table[id].arg == NULL && value != NULL)
		return opts_advise(o, "option %s takes no argument; leave out "
		    "=%s", word, value);
	if (opts_table[id].arg != NULL && value == NULL)
		return take_argument(o, w, id);
	return apply(o, w, id, value);
}

/* The next word is an operand: it changes places with an option's word. */
static void
take_operand(struct opts *o, struct words *w)
{
	char *word = w->word[w->next];

	w->word[w->next++] = o->operand[o->noperands];
	o->operand[o->noperands++] = word;
}

/* Parse a word, whether an option with its argument, or an operand. */
static int
parse_word(struct opts *o, struct words *w, bool *ended)
{
	char *word = w->word[w->next];

	if (*ended || word[0] != '-' || word[1] == '\0') {
		take_operand(o, w);
		return 0;
	}
	if (word[1] != '-')
		return parse_letters(o, w);
	if (word[2] != '\0')
		return parse_long(o, w);
	*ended = true;
	w->next++;
	return 0;
}

int
opts_parse(struct opts *o, int argc, char **argv)
{
	struct words w = { argv, argc > 0, argc };
	bool ended = false;
	int status = 0;

	*o = (struct opts){ .read_size = -1, .backlog = -1, .max_clients = -1,
		.max_per_address = -1, .ready = -1, .idle_exit = -1,
		.mode = -1, .recv_buffer = -1, .send_buffer = -1, .tos = -1,
		.max_messages = -1, .quit_after = -1, .timeout = -1,
		.retry = -1, .delay = -1, .rate = -1,
		.operand = argv + w.next, .before = { .opt = OPTS } };
	while (status == 0 && w.next < w.n)
		status = parse_word(o, &w, &ended);
	return status;
}

void
opts_free(struct opts *o)
{
	free(o->allow.item);
	free(o->sockopts.item);
	free(o->proxy_password);
}
