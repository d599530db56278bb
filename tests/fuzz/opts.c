/*
 * Words to settings, and back: the input is a command line, a word to a line.
 * What is taken is in range and makes sense; written out again as plainly as
 * can be, it means the same. What is not taken is said.
 */
#include "../../opts.h"
#include "must.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_WORDS = 64,
	LONGEST = 32,      /* of the numbers that are written out */
	FLAGS = 15,
	NUMBERS = 9,
};

static const long long SECONDS = 1000000000;

/* The settings, each with its letter, as the manual has them. */
struct flag {
	char letter;
	bool on;
};

struct number {
	char letter;
	long long is, least, most;
	bool time;
};

struct line {
	char *word[MAX_WORDS + 1];
	int n;
};

static void
flags_of(const struct opts *o, struct flag *flag)
{
	const struct flag all[FLAGS] = {
		{ '4', o->only4 }, { '6', o->only6 }, { 'd', o->recv_only },
		{ 'H', o->no_half_close }, { 'j', o->broker }, { 'k', o->keep_open },
		{ 'L', o->lines }, { 'l', o->listen }, { 'm', o->messages },
		{ 'N', o->half_close }, { 'n', o->numeric }, { 'R', o->no_reuse },
		{ 'r', o->reuse }, { 'U', o->unix_domain }, { 'u', o->datagram },
	};

	memcpy(flag, all, sizeof all);
}

static void
numbers_of(const struct opts *o, struct number *number)
{
	const struct number all[NUMBERS] = {
		{ 'B', o->read_size, 1, 1 << 30, false },
		{ 'b', o->backlog, 0, INT_MAX, false },
		{ 'I', o->recv_buffer, 1, INT_MAX, false },
		{ 'M', o->max_clients, 1, INT_MAX, false },
		{ 'O', o->send_buffer, 1, INT_MAX, false },
		{ 'T', o->tos, 0, 255, false },
		{ 'W', o->max_messages, 1, LLONG_MAX, false },
		{ 'q', o->quit_after, 0, 1000 * SECONDS - 1, true },
		{ 'w', o->timeout, 0, 1000 * SECONDS - 1, true },
	};

	memcpy(number, all, sizeof all);
}

static int
parse(struct opts *o, struct line *l)
{
	int status;

	l->word[l->n] = NULL;
	optind = 0; /* getopt(3) begins anew, within a word too */
	status = opts_parse(o, l->n, l->word);
	MUST(status == 0 || status == -1);
	MUST(memchr(o->error, '\0', sizeof o->error) != NULL);
	MUST((status == -1) == (*o->error != '\0'));
	return status;
}

static void
check_ranges(const struct opts *o)
{
	struct number number[NUMBERS];

	numbers_of(o, number);
	for (int i = 0; i < NUMBERS; i++)
		MUST(number[i].is == -1 || (number[i].is >= number[i].least &&
		    number[i].is <= number[i].most));
	for (int i = 0; i < o->allow.n; i++)
		MUST(strchr(o->allow.item[i], ',') == NULL);
}

/* What excludes what, what needs what, and who is meant. */
static void
check_sense(const struct opts *o)
{
	MUST(!(o->only4 && o->only6) && !(o->no_half_close && o->half_close));
	MUST(!(o->reuse && o->no_reuse));
	MUST(!o->unix_domain || !(o->only4 || o->only6 || o->source_port != NULL ||
	    o->tos != -1 || o->allow.n > 0));
	MUST(!o->datagram || o->backlog == -1);
	MUST(o->listen || !(o->keep_open || o->backlog != -1 || o->allow.n > 0));
	MUST(o->keep_open || !(o->broker || o->max_clients != -1));
	MUST((o->path != NULL) == o->unix_domain && (o->port == NULL) == o->unix_domain);
	MUST(o->unix_domain || o->listen || o->host != NULL);
	MUST(!(o->listen && o->host != NULL && o->source != NULL));
}

static char *
copy(const char *word, size_t n)
{
	char *made = malloc(n + 1);

	MUST(made != NULL);
	memcpy(made, word, n);
	made[n] = '\0';
	return made;
}

static void
add(struct line *l, const char *word)
{
	MUST(l->n < MAX_WORDS);
	l->word[l->n++] = copy(word, strlen(word));
}

static void
add_option(struct line *l, char letter, const char *argument)
{
	const char option[] = { '-', letter, '\0' };

	add(l, option);
	if (argument != NULL)
		add(l, argument);
}

static void
add_number(struct line *l, const struct number *n)
{
	char text[LONGEST];

	if (n->is == -1)
		return;
	if (n->time)
		snprintf(text, sizeof text, "%lld.%03lld", n->is / 1000,
		    n->is % 1000);
	else
		snprintf(text, sizeof text, "%lld", n->is);
	add_option(l, n->letter, text);
}

static void
add_operands(struct line *l, const struct opts *o)
{
	add(l, "--");
	if (o->unix_domain) {
		if (o->path != o->source)
			add(l, o->path);
		return;
	}
	if (o->host != NULL)
		add(l, o->host);
	if (!(o->listen && o->source_port != NULL))
		add(l, o->port);
}

static struct line
written(const struct opts *o)
{
	struct line l = { .n = 0 };
	struct flag flag[FLAGS];
	struct number number[NUMBERS];

	add(&l, "sockcat");
	flags_of(o, flag);
	numbers_of(o, number);
	for (int i = 0; i < FLAGS; i++)
		if (flag[i].on)
			add_option(&l, flag[i].letter, NULL);
	for (int i = 0; i < NUMBERS; i++)
		add_number(&l, &number[i]);
	if (o->source != NULL)
		add_option(&l, 's', o->source);
	if (o->source_port != NULL)
		add_option(&l, 'p', o->source_port);
	add_operands(&l, o);
	return l;
}

static bool
same_word(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* All but -a and -v, which may be longer than a line here. */
static void
check_same(const struct opts *a, const struct opts *b)
{
	struct flag x[FLAGS], y[FLAGS];
	struct number m[NUMBERS], n[NUMBERS];

	flags_of(a, x);
	flags_of(b, y);
	for (int i = 0; i < FLAGS; i++)
		MUST(x[i].on == y[i].on);
	numbers_of(a, m);
	numbers_of(b, n);
	for (int i = 0; i < NUMBERS; i++)
		MUST(m[i].is == n[i].is);
	MUST(same_word(a->source, b->source));
	MUST(same_word(a->source_port, b->source_port));
	MUST(same_word(a->host, b->host) && same_word(a->port, b->port));
	MUST(same_word(a->path, b->path));
}

static void
free_words(struct line *l)
{
	while (l->n > 0)
		free(l->word[--l->n]);
}

static struct line
words(const char *text, size_t n)
{
	struct line l = { .n = 0 };
	size_t len;

	add(&l, "sockcat");
	for (; n > 0 && l.n < MAX_WORDS; text += len, n -= len) {
		const char *end = memchr(text, '\n', n);
		const char *nul = memchr(text, '\0', n);

		if (end == NULL || (nul != NULL && nul < end))
			end = nul;
		len = end == NULL ? n : (size_t)(end - text);
		l.word[l.n++] = copy(text, len);
		len += end != NULL;
	}
	return l;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct line said = words((const char *)data, n), again;
	struct opts o, same;

	if (parse(&o, &said) == 0) {
		check_ranges(&o);
		if (!o.help && !o.version) {
			check_sense(&o);
			again = written(&o);
			MUST(parse(&same, &again) == 0);
			check_same(&o, &same);
			opts_free(&same);
			free_words(&again);
		}
	}
	opts_free(&o);
	free_words(&said);
	return 0;
}
