/*
 * Fuzz target of the option parser. The input is a command line, one argument
 * per line. If it parses, every value is in range and no conflict remains; the
 * settings, written out as new command lines with option letters and with long
 * options, parse to the same settings. If it does not parse, there is an error
 * message.
 */
#include "../../cli/operands.h"
#include "../../cli/rules.h"
#include "../../opts.h"
#include "must.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_ARGS = 64,
	MAX_WRITTEN = 2 * MAX_ARGS, /* with the options in their simplest form */
	NUMBER_LEN = 32, /* size of the buffer for a number as text */
	FLAGS = 18,
	NUMBERS = 11,
};

static const long long SECONDS = 1000000000;

/* The settings and the letters that the man page gives them. */
struct flag {
	char letter;
	bool on;
};

struct number {
	char letter;
	long long value, min, max;
	bool time; /* value is in milliseconds */
};

/* Options are written by their long names if long_names is set. */
struct cmdline {
	char *arg[MAX_WRITTEN + 1];
	int n;
	bool long_names;
};

static const char *
long_name(char letter)
{
	static const char *const names[UCHAR_MAX + 1] = {
		['4'] = "ipv4", ['6'] = "ipv6", ['B'] = "read-size",
		['b'] = "backlog", ['d'] = "recv-only", ['H'] = "no-shutdown",
		['I'] = "recv-buffer", ['j'] = "broker", ['k'] = "keep-open",
		['L'] = "lines", ['l'] = "listen", ['M'] = "max-conns",
		['m'] = "messages", ['N'] = "shutdown", ['n'] = "nodns",
		['O'] = "send-buffer", ['o'] = "hex-dump",
		['S'] = "progress", ['p'] = "source-port",
		['q'] = "quit-after", ['R'] = "no-reuse", ['r'] = "reuse",
		['s'] = "source", ['T'] = "tos", ['U'] = "unixsock",
		['u'] = "udp", ['W'] = "max-messages", ['w'] = "wait",
		['F'] = "pass-fd", ['P'] = "proxy-auth", ['X'] = "proxy-type",
		['c'] = "retry", ['i'] = "delay", ['z'] = "scan",
		['x'] = "proxy",
	};

	MUST(names[(unsigned char)letter] != NULL);
	return names[(unsigned char)letter];
}

static void
flags_of(const struct opts *o, struct flag *flag)
{
	const struct flag all[FLAGS] = {
		{ '4', o->only4 }, { '6', o->only6 }, { 'd', o->recv_only },
		{ 'F', o->pass_fd },
		{ 'H', o->no_half_close }, { 'j', o->broker },
		{ 'k', o->keep_open }, { 'L', o->lines }, { 'l', o->listen },
		{ 'm', o->messages }, { 'N', o->half_close_at_once },
		{ 'n', o->numeric }, { 'R', o->no_reuse }, { 'r', o->reuse },
		{ 'S', o->progress }, { 'U', o->unix_domain },
		{ 'u', o->datagram }, { 'z', o->scan },
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
		{ 'c', o->retry, 0, 1000 * SECONDS - 1, true },
		{ 'i', o->delay, 0, 1000 * SECONDS - 1, true },
		{ 'q', o->quit_after, 0, 1000 * SECONDS - 1, true },
		{ 'w', o->timeout, 0, 1000 * SECONDS - 1, true },
	};

	memcpy(number, all, sizeof all);
}

/* Does the program only print something about itself? */
static bool
asks(const struct opts *o)
{
	return o->help || o->version || o->list_options;
}

static int
parse(struct opts *o, struct cmdline *l)
{
	int status;

	l->arg[l->n] = NULL;
	status = opts_parse(o, l->n, l->arg);
	if (status == 0 && !asks(o) && rules_check(o) == -1)
		status = -1;
	else if (status == 0 && !asks(o))
		status = operands_parse(o);
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
		MUST(number[i].value == -1 ||
		    (number[i].value >= number[i].min &&
		    number[i].value <= number[i].max));
	for (int i = 0; i < o->allow.n; i++)
		MUST(strchr(o->allow.item[i], ',') == NULL);
}

/* No option excludes another or lacks one that it requires. */
static void
check_conflicts(const struct opts *o)
{
	MUST(!(o->only4 && o->only6) && !(o->no_half_close && o->half_close_at_once));
	MUST(!(o->reuse && o->no_reuse));
	MUST(!o->unix_domain || o->forward != NULL || !(o->only4 || o->only6 ||
	    o->source_port != NULL || o->tos != -1 || o->allow.n > 0));
	MUST(!o->datagram || o->backlog == -1);
	MUST(o->listen || !(o->backlog != -1 || o->allow.n > 0));
	MUST(o->listen || o->scan || !o->keep_open ||
	    !(o->pass_fd || o->datagram || o->command != NULL));
	MUST(o->retry == -1 || !o->listen || o->forward != NULL);
	MUST(o->retry == -1 || !(o->scan && o->keep_open));
	MUST(!o->scan || !(o->listen || o->broker ||
	    o->lines || o->messages || o->max_clients != -1));
	MUST(o->keep_open || !(o->broker || o->max_clients != -1));
	MUST(o->proxy == NULL ? o->proxy_type == NULL && o->proxy_user == NULL
	    : !((o->listen && o->forward == NULL) || o->datagram));
	MUST(o->proxy_user != NULL || o->proxy_password == NULL);
	MUST(!o->pass_fd ||
	    !(o->listen || o->datagram || o->lines || o->messages));
	MUST((o->path != NULL) == o->unix_domain);
	MUST((o->port == NULL) == o->unix_domain);
	MUST(o->unix_domain || o->listen || o->host != NULL);
	MUST(!(o->listen && o->host != NULL && o->source != NULL));
}

static char *
copy(const char *text, size_t n)
{
	char *copied = malloc(n + 1);

	MUST(copied != NULL);
	memcpy(copied, text, n);
	copied[n] = '\0';
	return copied;
}

static void
add(struct cmdline *l, const char *arg)
{
	MUST(l->n < MAX_WRITTEN);
	l->arg[l->n++] = copy(arg, strlen(arg));
}

/* --name=value as one argument. */
static void
add_long(struct cmdline *l, const char *name, const char *value)
{
	size_t n = strlen(name) + strlen(value) + sizeof "--=";
	char *text = malloc(n);

	MUST(text != NULL && l->n < MAX_WRITTEN);
	snprintf(text, n, "--%s%s%s", name, *value == '\0' ? "" : "=", value);
	l->arg[l->n++] = text;
}

static void
add_option(struct cmdline *l, char letter, const char *argument)
{
	const char option[] = { '-', letter, '\0' };

	if (l->long_names && (argument == NULL || *argument != '\0')) {
		add_long(l, long_name(letter),
		    argument == NULL ? "" : argument);
		return;
	}
	add(l, option);
	if (argument != NULL)
		add(l, argument);
}

static void
add_number(struct cmdline *l, const struct number *n)
{
	char text[NUMBER_LEN];

	if (n->value == -1)
		return;
	if (n->time)
		snprintf(text, sizeof text, "%lld.%03lld", n->value / 1000,
		    n->value % 1000);
	else
		snprintf(text, sizeof text, "%lld", n->value);
	add_option(l, n->letter, text);
}

static void
add_operands(struct cmdline *l, const struct opts *o)
{
	add(l, "--");
	if (o->unix_domain) {
		if (o->path != o->source)
			add(l, o->path);
		return;
	}
	for (int i = 0; o->scan && i < o->noperands; i++)
		add(l, o->operand[i]);
	if (o->scan)
		return;
	if (o->host != NULL)
		add(l, o->host);
	if (!(o->listen && o->source_port != NULL))
		add(l, o->port);
}

static void
add_proxy(struct cmdline *l, const struct opts *o)
{
	const char *password = o->proxy_password;
	char *login;

	if (o->proxy != NULL)
		add_option(l, 'x', o->proxy);
	if (o->proxy_type != NULL)
		add_option(l, 'X', o->proxy_type);
	if (o->proxy_user == NULL)
		return;
	login = malloc(strlen(o->proxy_user) +
	    (password == NULL ? 0 : strlen(password)) + 2);
	MUST(login != NULL);
	strcpy(login, o->proxy_user);
	if (password != NULL)
		strcat(strcat(login, ":"), password);
	add_option(l, 'P', login);
	free(login);
}

/* A command line that gives these settings in the simplest form. */
static struct cmdline
write_out(const struct opts *o, bool long_names)
{
	struct cmdline l = { .n = 0, .long_names = long_names };
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
	add_proxy(&l, o);
	if (o->dump != NULL)
		add_option(&l, 'o', o->dump);
	add_operands(&l, o);
	return l;
}

static bool
same_string(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Compare all but -a and -v, which write_out() leaves out. */
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
		MUST(m[i].value == n[i].value);
	MUST(same_string(a->source, b->source));
	MUST(same_string(a->source_port, b->source_port));
	MUST(same_string(a->host, b->host) && same_string(a->port, b->port));
	MUST(same_string(a->path, b->path));
	MUST(same_string(a->proxy, b->proxy));
	MUST(same_string(a->proxy_type, b->proxy_type));
	MUST(same_string(a->proxy_user, b->proxy_user));
	MUST(same_string(a->proxy_password, b->proxy_password));
	MUST(same_string(a->dump, b->dump));
}

static void
free_args(struct cmdline *l)
{
	while (l->n > 0)
		free(l->arg[--l->n]);
}

/* One argument per line; a NUL byte ends an argument too. */
static struct cmdline
split(const char *text, size_t n)
{
	struct cmdline l = { .n = 0 };
	size_t len;

	add(&l, "sockcat");
	for (; n > 0 && l.n < MAX_ARGS; text += len, n -= len) {
		const char *end = memchr(text, '\n', n);
		const char *nul = memchr(text, '\0', n);

		if (end == NULL || (nul != NULL && nul < end))
			end = nul;
		len = end == NULL ? n : (size_t)(end - text);
		l.arg[l.n++] = copy(text, len);
		len += end != NULL;
	}
	return l;
}

static void
check_written_out(const struct opts *o, bool long_names)
{
	struct cmdline l = write_out(o, long_names);
	struct opts again;

	MUST(parse(&again, &l) == 0);
	check_same(o, &again);
	opts_free(&again);
	free_args(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cmdline l = split((const char *)data, n);
	struct opts o;

	if (parse(&o, &l) == 0) {
		check_ranges(&o);
		if (!asks(&o)) {
			check_conflicts(&o);
			check_written_out(&o, false);
			check_written_out(&o, true);
		}
	}
	opts_free(&o);
	free_args(&l);
	return 0;
}
