/* Words to settings: one table says what an option is, takes and excludes. */
#include "opts.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { FLAG, COUNT, NUMBER, BYTES, SECONDS, TOS, STRING, LIST };

enum { SECONDS_MAX = 1000000000 };

static const struct option {
	char letter;
	enum kind kind;
	size_t where;         /* the offset of its field in struct opts */
	const char *argument; /* what the help calls it */
	long long least, most;
	const char *excludes; /* letters that make no sense beside it */
	const char *needs;    /* a letter it makes no sense without */
	const char *help;
} table[] = {
#define AT(field) offsetof(struct opts, field)
	{ '4', FLAG, AT(only4), NULL, 0, 0, "6", "", "use only IPv4" },
	{ '6', FLAG, AT(only6), NULL, 0, 0, "4", "", "use only IPv6" },
	{ 'a', LIST, AT(allow), "nets", 0, 0, "", "l",
	    "serve only clients from these networks" },
	{ 'B', BYTES, AT(read_size), "bytes", 1, 1 << 30, "", "",
	    "read at most this much at once" },
	{ 'b', NUMBER, AT(backlog), "num", 0, INT_MAX, "", "l",
	    "clients that may wait to be accepted" },
	{ 'd', FLAG, AT(recv_only), NULL, 0, 0, "", "",
	    "do not read standard input" },
	{ 'H', FLAG, AT(no_half_close), NULL, 0, 0, "N", "",
	    "no half-close at the end of standard input" },
	{ 'h', FLAG, AT(help), NULL, 0, 0, "", "", "show this help" },
	{ 'I', BYTES, AT(recv_buffer), "bytes", 1, INT_MAX, "", "",
	    "receive buffer of the socket" },
	{ 'j', FLAG, AT(broker), NULL, 0, 0, "", "k",
	    "pass what each client says to all the others" },
	{ 'k', FLAG, AT(keep_open), NULL, 0, 0, "", "l",
	    "keep listening, and serve all clients at once" },
	{ 'L', FLAG, AT(lines), NULL, 0, 0, "", "",
	    "work in whole lines; with -k they are labelled" },
	{ 'l', FLAG, AT(listen), NULL, 0, 0, "", "",
	    "listen for a connection" },
	{ 'M', NUMBER, AT(max_clients), "num", 1, INT_MAX, "", "k",
	    "serve at most this many clients at once" },
	{ 'm', FLAG, AT(messages), NULL, 0, 0, "", "",
	    "messages: a dot ends and sends one, a caret ends it all" },
	{ 'N', FLAG, AT(half_close), NULL, 0, 0, "H", "",
	    "half-close at the end of standard input (the default)" },
	{ 'n', FLAG, AT(numeric), NULL, 0, 0, "", "", "look up no names" },
	{ 'O', BYTES, AT(send_buffer), "bytes", 1, INT_MAX, "", "",
	    "send buffer of the socket" },
	{ 'p', STRING, AT(source_port), "port", 0, 0, "", "",
	    "local port to use, or to listen on" },
	{ 'q', SECONDS, AT(quit_after), "secs", 0, LLONG_MAX, "", "",
	    "quit when one side has ended and the other is silent" },
	{ 'R', FLAG, AT(no_reuse), NULL, 0, 0, "r", "",
	    "never reuse a local address (SO_REUSEADDR)" },
	{ 'r', FLAG, AT(reuse), NULL, 0, 0, "R", "",
	    "always reuse a local address" },
	{ 's', STRING, AT(source), "addr", 0, 0, "", "",
	    "local address to use" },
	{ 'T', TOS, AT(tos), "tos", 0, 255, "", "",
	    "type of service: a number, or a name such as ef" },
	{ 'U', FLAG, AT(unix_domain), NULL, 0, 0, "46apT", "",
	    "Unix-domain sockets" },
	{ 'u', FLAG, AT(datagram), NULL, 0, 0, "b", "",
	    "datagrams: UDP, or Unix ones with -U" },
	{ 'V', FLAG, AT(version), NULL, 0, 0, "", "", "show the version" },
	{ 'v', COUNT, AT(verbose), NULL, 0, 0, "", "",
	    "say what happens; twice: also what is tried" },
	{ 'W', NUMBER, AT(max_messages), "num", 1, LLONG_MAX, "", "",
	    "quit after this many messages, or reads, were received" },
	{ 'w', SECONDS, AT(timeout), "secs", 0, LLONG_MAX, "", "",
	    "give up after this long of nothing" },
#undef AT
};

enum { OPTIONS = sizeof table / sizeof table[0] };

static const struct option *
find(int letter)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

static int complain(struct opts *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
complain(struct opts *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->error, sizeof o->error, fmt, ap);
	va_end(ap);
	return -1;
}

/* Digits at *word, which then points behind them; -1: none, or too many. */
static long long
digits(const char **word)
{
	long long n = 0;
	const char *w = *word;

	if (*w < '0' || *w > '9')
		return -1;
	for (; *w >= '0' && *w <= '9'; w++) {
		if (n > (LLONG_MAX - 9) / 10)
			return -1;
		n = 10 * n + (*w - '0');
	}
	*word = w;
	return n;
}

static long long
number(const char *word)
{
	long long n = digits(&word);

	return *word == '\0' ? n : -1;
}

/* Digits, and perhaps one of k, M and G. */
static long long
bytes(const char *word)
{
	static const char units[] = "kMG";
	long long n = digits(&word);
	const char *unit;

	if (n == -1 || *word == '\0')
		return n;
	unit = strchr(units, *word);
	if (unit == NULL || word[1] != '\0' || n > INT_MAX)
		return -1;
	return n << 10 * (unit - units + 1);
}

/* Digits, and perhaps a dot and more; in milliseconds, the rest cut. */
static long long
seconds(const char *word)
{
	long long whole = digits(&word), ms;

	if (whole == -1 || whole >= SECONDS_MAX)
		return -1;
	ms = 1000 * whole;
	if (*word == '\0')
		return ms;
	if (*word++ != '.' || *word == '\0')
		return -1;
	for (long long unit = 100; *word >= '0' && *word <= '9'; word++, unit /= 10)
		ms += unit * (*word - '0');
	return *word == '\0' ? ms : -1;
}

/* DSCP names (RFC 2474, 2597, 3246, 5865, 8622) and the bits of RFC 1349. */
static long long
tos(const char *word)
{
	static const struct {
		const char *name;
		int tos;
	} names[] = {
		{ "critical", 0xa0 }, { "ef", 0xb8 }, { "inetcontrol", 0xc0 },
		{ "le", 0x04 }, { "lowcost", 0x02 }, { "lowdelay", 0x10 },
		{ "netcontrol", 0xe0 }, { "reliability", 0x04 },
		{ "throughput", 0x08 }, { "va", 0xb0 },
	};
	size_t n = strlen(word);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(word, names[i].name) == 0)
			return names[i].tos;
	if (n == 3 && strncmp(word, "cs", 2) == 0 && word[2] >= '0' &&
	    word[2] <= '7')
		return (word[2] - '0') << 5;
	if (n == 4 && strncmp(word, "af", 2) == 0 && word[2] >= '1' &&
	    word[2] <= '4' && word[3] >= '1' && word[3] <= '3')
		return (word[2] - '0') << 5 | (word[3] - '0') << 3;
	if (strncmp(word, "0x", 2) == 0 && n > 2 && n <= 4 &&
	    strspn(word + 2, "0123456789abcdefABCDEF") == n - 2)
		return strtol(word, NULL, 16);
	return number(word);
}

static const char *
kind_name(enum kind kind)
{
	switch (kind) {
	case BYTES:
		return "a number of bytes";
	case SECONDS:
		return "a number of seconds";
	case TOS:
		return "a type of service";
	default:
		return "a number";
	}
}

/* Words with commas between them: here they become one string each. */
static int
append(struct opts *o, struct strlist *list, char *word)
{
	for (char *next = word; next != NULL; word = next) {
		char **more = realloc(list->item,
		    ((size_t)list->n + 1) * sizeof(char *));

		o->no_memory = more == NULL;
		if (o->no_memory)
			return complain(o, "%s: no memory for it", word);
		next = strchr(word, ',');
		if (next != NULL)
			*next++ = '\0';
		list->item = more;
		list->item[list->n++] = word;
	}
	return 0;
}

/* Put what the option says where it belongs. */
static int
take(struct opts *o, const struct option *opt, char *word)
{
	void *field = (char *)o + opt->where;
	long long n = -1;

	switch (opt->kind) {
	case FLAG:
		*(bool *)field = true;
		return 0;
	case COUNT:
		++*(int *)field;
		return 0;
	case STRING:
		*(const char **)field = word;
		return 0;
	case LIST:
		return append(o, field, word);
	case NUMBER:
		n = number(word);
		break;
	case BYTES:
		n = bytes(word);
		break;
	case SECONDS:
		n = seconds(word);
		break;
	case TOS:
		n = tos(word);
		break;
	}
	if (n == -1)
		return complain(o, "-%c %s: not %s", opt->letter,
		    *word == '\0' ? "''" : word, kind_name(opt->kind));
	if (n < opt->least || n > opt->most)
		return complain(o, "-%c %s: not from %lld to %lld",
		    opt->letter, word, opt->least, opt->most);
	*(long long *)field = n;
	return 0;
}

/* --help and --version, which getopt(3) sees as the option '-'. */
static int
take_long(struct opts *o, const char *word, const char *name)
{
	if (strncmp(word, "--", 2) != 0)
		return complain(o, "unknown option --");
	if (strcmp(name, "help") == 0)
		o->help = true;
	else if (strcmp(name, "version") == 0)
		o->version = true;
	else
		return complain(o, "unknown option --%s", name);
	return 0;
}

/* No two options that exclude each other, none without what it needs. */
static int
check(struct opts *o, const bool *given)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *opt = &table[i];

		if (!given[(unsigned char)opt->letter])
			continue;
		for (const char *c = opt->excludes; *c != '\0'; c++)
			if (given[(unsigned char)*c])
				return complain(o, "-%c and -%c exclude each "
				    "other", opt->letter, *c);
		for (const char *c = opt->needs; *c != '\0'; c++)
			if (!given[(unsigned char)*c])
				return complain(o, "-%c makes no sense "
				    "without -%c", opt->letter, *c);
	}
	return 0;
}

/* The words after the options: what to connect to, or to listen on. */
static int
path_operand(struct opts *o, int n, char **word)
{
	if (n > 1)
		return complain(o, "%s: one word too many", word[1]);
	if (n == 1 && o->listen && o->source != NULL)
		return complain(o, "-s %s and %s: two paths to listen on",
		    o->source, word[0]);
	if (n == 0 && !(o->listen && o->source != NULL))
		return complain(o, "no path given for -U");
	o->path = n == 1 ? word[0] : o->source;
	return 0;
}

static int
operands(struct opts *o, int n, char **word)
{
	int most = o->listen && o->source_port != NULL ? 1 : 2;
	int least = o->listen ? most - 1 : 2;

	if (n > most)
		return complain(o, "%s: one word too many", word[most]);
	if (n == 0 && least > 0)
		return complain(o, o->listen ? "no port to listen on"
					     : "no host and port given");
	if (n < least)
		return complain(o, "%s: no port given", word[0]);
	if (n == 2 || most == 1)
		o->host = word[0]; /* NULL ends argv: no host */
	o->port = most == 1 ? o->source_port : word[n - 1];
	if (o->listen && o->source != NULL && o->host != NULL)
		return complain(o, "-s %s and %s: two addresses to listen on",
		    o->source, o->host);
	return 0;
}

/* The option string that getopt(3) wants. */
static void
letters(char *s)
{
	*s++ = ':';
	for (size_t i = 0; i < OPTIONS; i++) {
		*s++ = table[i].letter;
		if (table[i].argument != NULL)
			*s++ = ':';
	}
	*s++ = '-';
	*s++ = ':';
	*s = '\0';
}

int
opts_parse(struct opts *o, int argc, char **argv)
{
	char known[2 * OPTIONS + 4];
	bool given[UCHAR_MAX + 1] = { false };
	int c;

	*o = (struct opts){ .read_size = -1, .backlog = -1, .max_clients = -1,
		.recv_buffer = -1, .send_buffer = -1, .tos = -1, .max_messages = -1,
		.quit_after = -1, .timeout = -1 };
	letters(known);
	opterr = 0;
	while ((c = getopt(argc, argv, known)) != -1) {
		if (c == ':' && optopt != '-')
			return complain(o, "-%c wants an argument", optopt);
		if (c == '?' || c == ':')
			return complain(o, "unknown option -%c", optopt);
		if (c == '-') {
			if (take_long(o, argv[optind - 1], optarg) == -1)
				return -1;
			continue;
		}
		given[c] = true;
		if (take(o, find(c), optarg) == -1)
			return -1;
	}
	if (o->help || o->version)
		return 0;
	if (check(o, given) == -1)
		return -1;
	return o->unix_domain ? path_operand(o, argc - optind, argv + optind)
			: operands(o, argc - optind, argv + optind);
}

void
opts_free(struct opts *o)
{
	free(o->allow.item);
}

void
opts_help(FILE *out)
{
	fputs("usage: sockcat [options] host port\n"
	    "       sockcat [options] -l [host] port\n"
	    "       sockcat [options] -U path\n"
	    "       sockcat [options] -l -U path\n\n", out);
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(out, "  -%c %-6s %s\n", table[i].letter,
		    table[i].argument == NULL ? "" : table[i].argument,
		    table[i].help);
	fputs("\nA number of bytes may end in k, M or G, and seconds may have "
	    "a fraction.\n", out);
}
