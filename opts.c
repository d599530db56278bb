/* The option table, and the parser that follows it. */
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
	const char *name;     /* of the long option, after "--" */
	enum kind kind;
	size_t offset;        /* of its field in struct opts */
	const char *argument; /* its name in the help; NULL: no argument */
	long long min, max;
	const char *excludes; /* letters it cannot be combined with */
	const char *needs;    /* letters of which it requires one */
	const char *help;
} table[] = {
#define AT(field) offsetof(struct opts, field)
	{ '4', "ipv4", FLAG, AT(only4), NULL, 0, 0, "6", "", "use only IPv4" },
	{ '6', "ipv6", FLAG, AT(only6), NULL, 0, 0, "4", "", "use only IPv6" },
	{ 'a', "allow", LIST, AT(allow), "nets", 0, 0, "", "l",
	    "with -l: accept clients from these networks only" },
	{ 'B', "read-size", BYTES, AT(read_size), "bytes", 1, 1 << 30, "", "",
	    "read at most this many bytes at once" },
	{ 'b', "backlog", NUMBER, AT(backlog), "num", 0, INT_MAX, "", "l",
	    "with -l: listen backlog" },
	{ 'c', "retry", SECONDS, AT(retry), "secs", 0, LLONG_MAX, "kl", "",
	    "keep trying to connect for this long" },
	{ 'd', "recv-only", FLAG, AT(recv_only), NULL, 0, 0, "", "",
	    "receive only: do not read standard input" },
	{ 'H', "no-shutdown", FLAG, AT(no_half_close), NULL, 0, 0, "N", "",
	    "do not half-close at the end of standard input" },
	{ 'h', "help", FLAG, AT(help), NULL, 0, 0, "", "", "show this help" },
	{ 'I', "recv-buffer", BYTES, AT(recv_buffer), "bytes", 1, INT_MAX, "",
	    "",
	    "set the socket's receive buffer size" },
	{ 'i', "delay", SECONDS, AT(delay), "secs", 0, LLONG_MAX, "", "z",
	    "with -z: try one port at a time, this long apart" },
	{ 'j', "broker", FLAG, AT(broker), NULL, 0, 0, "", "k",
	    "with -k: pass what each client sends to all the others" },
	{ 'k', "keep-open", FLAG, AT(keep_open), NULL, 0, 0, "", "lz",
	    "with -l: serve many clients at once; with -z: repeat" },
	{ 'L', "lines", FLAG, AT(lines), NULL, 0, 0, "", "",
	    "work in whole lines; with -k, prefix the client's address" },
	{ 'l', "listen", FLAG, AT(listen), NULL, 0, 0, "", "",
	    "listen for a connection" },
	{ 'M', "max-conns", NUMBER, AT(max_clients), "num", 1, INT_MAX, "", "k",
	    "with -k: serve at most this many clients at once" },
	{ 'm', "messages", FLAG, AT(messages), NULL, 0, 0, "", "",
	    "message mode: '.' sends a message, '^' ends the conversation" },
	{ 'N', "shutdown", FLAG, AT(half_close), NULL, 0, 0, "H", "",
	    "half-close at the end of standard input (the default)" },
	{ 'n', "nodns", FLAG, AT(numeric), NULL, 0, 0, "", "",
	    "do not resolve names (numeric only)" },
	{ 'O', "send-buffer", BYTES, AT(send_buffer), "bytes", 1, INT_MAX, "",
	    "",
	    "set the socket's send buffer size" },
	{ 'p', "source-port", STRING, AT(source_port), "port", 0, 0, "", "",
	    "local port; with -l, the port to listen on" },
	{ 'q', "quit-after", SECONDS, AT(quit_after), "secs", 0, LLONG_MAX, "",
	    "",
	    "after one side ends, quit when the other is silent this long" },
	{ 'R', "no-reuse", FLAG, AT(no_reuse), NULL, 0, 0, "r", "",
	    "never set SO_REUSEADDR or replace a stale socket file" },
	{ 'r', "reuse", FLAG, AT(reuse), NULL, 0, 0, "R", "",
	    "always set SO_REUSEADDR" },
	{ 's', "source", STRING, AT(source), "addr", 0, 0, "", "",
	    "local address to use" },
	{ 'T', "tos", TOS, AT(tos), "tos", 0, 255, "", "",
	    "IP type of service: a number, or a name such as ef" },
	{ 'U', "unixsock", FLAG, AT(unix_domain), NULL, 0, 0, "46apT", "",
	    "use a Unix-domain socket" },
	{ 'u', "udp", FLAG, AT(datagram), NULL, 0, 0, "b", "",
	    "use datagrams: UDP, or Unix datagrams with -U" },
	{ 'V', "version", FLAG, AT(version), NULL, 0, 0, "", "",
	    "show the version" },
	{ 'v', "verbose", COUNT, AT(verbose), NULL, 0, 0, "", "",
	    "verbose; twice for more detail" },
	{ 'W', "max-messages", NUMBER, AT(max_messages), "num", 1, LLONG_MAX, "",
	    "",
	    "quit after receiving this many messages or reads" },
	{ 'w', "wait", SECONDS, AT(timeout), "secs", 0, LLONG_MAX, "", "",
	    "connect and idle timeout" },
	{ 'z', "scan", FLAG, AT(scan), NULL, 0, 0, "jLlMmU", "",
	    "scan: report which ports are open, send nothing" },
#undef AT
};

enum { OPTIONS = sizeof table / sizeof table[0] };

static const struct option *
find_option(int letter)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

static int set_error(struct opts *o, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
set_error(struct opts *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->error, sizeof o->error, fmt, ap);
	va_end(ap);
	return -1;
}

/* Read digits and move *s past them. Returns -1 on no digits or overflow. */
static long long
parse_digits(const char **s)
{
	long long n = 0;
	const char *p = *s;

	if (*p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (n > (LLONG_MAX - 9) / 10)
			return -1;
		n = 10 * n + (*p - '0');
	}
	*s = p;
	return n;
}

static long long
parse_number(const char *arg)
{
	long long n = parse_digits(&arg);

	return *arg == '\0' ? n : -1;
}

/* Digits and an optional unit: k, M or G. */
static long long
parse_bytes(const char *arg)
{
	static const char units[] = "kMG";
	long long n = parse_digits(&arg);
	const char *unit;

	if (n == -1 || *arg == '\0')
		return n;
	unit = strchr(units, *arg);
	if (unit == NULL || arg[1] != '\0' || n > INT_MAX)
		return -1;
	return n << 10 * (unit - units + 1);
}

/* Seconds with an optional fraction, truncated to milliseconds. */
static long long
parse_seconds(const char *arg)
{
	long long whole = parse_digits(&arg), ms, unit = 100;

	if (whole == -1 || whole >= SECONDS_MAX)
		return -1;
	ms = 1000 * whole;
	if (*arg == '\0')
		return ms;
	if (*arg++ != '.' || *arg == '\0')
		return -1;
	for (; *arg >= '0' && *arg <= '9'; arg++, unit /= 10)
		ms += unit * (*arg - '0');
	return *arg == '\0' ? ms : -1;
}

/* Class selectors (RFC 2474) and assured forwarding (RFC 2597). */
static long long
parse_dscp(const char *arg)
{
	size_t n = strlen(arg);

	if (n == 3 && strncmp(arg, "cs", 2) == 0 && arg[2] >= '0' &&
	    arg[2] <= '7')
		return (arg[2] - '0') << 5;
	if (n == 4 && strncmp(arg, "af", 2) == 0 && arg[2] >= '1' &&
	    arg[2] <= '4' && arg[3] >= '1' && arg[3] <= '3')
		return (arg[2] - '0') << 5 | (arg[3] - '0') << 3;
	return -1;
}

/*
 * A number, also as 0x and two hexadecimal digits, a DSCP name (RFC 2474, 2597,
 * 3246, 5865, 8622) or a type of service of RFC 1349.
 */
static long long
parse_tos(const char *arg)
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
	size_t n = strlen(arg);
	long long dscp = parse_dscp(arg);

	if (dscp != -1)
		return dscp;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(arg, names[i].name) == 0)
			return names[i].tos;
	if (strncmp(arg, "0x", 2) == 0 && n > 2 && n <= 4 &&
	    strspn(arg + 2, "0123456789abcdefABCDEF") == n - 2)
		return strtol(arg, NULL, 16);
	return parse_number(arg);
}

/* Split arg at its commas, in place, and append the parts to the list. */
static int
append_list(struct opts *o, struct strlist *list, char *arg)
{
	for (char *next = arg; next != NULL; arg = next) {
		char **more = realloc(list->item,
		    ((size_t)list->n + 1) * sizeof(char *));

		o->no_memory = more == NULL;
		if (o->no_memory)
			return set_error(o, "out of memory");
		next = strchr(arg, ',');
		if (next != NULL)
			*next++ = '\0';
		list->item = more;
		list->item[list->n++] = arg;
	}
	return 0;
}

static long long
parse_value(enum kind kind, const char *arg)
{
	switch (kind) {
	case BYTES:
		return parse_bytes(arg);
	case SECONDS:
		return parse_seconds(arg);
	case TOS:
		return parse_tos(arg);
	default:
		return parse_number(arg);
	}
}

/* The argument cannot be read: report what it has to look like. */
static int
malformed(struct opts *o, const struct option *opt, const char *arg)
{
	if (*arg == '\0')
		arg = "''";
	switch (opt->kind) {
	case BYTES:
		return set_error(o, "-%c %s: must be a number of bytes "
		    "between %lld and %lld, such as 64k", opt->letter, arg,
		    opt->min, opt->max);
	case SECONDS:
		return set_error(o, "-%c %s: must be a number of seconds "
		    "below %d, such as 5 or 0.25", opt->letter, arg,
		    SECONDS_MAX);
	case TOS:
		return set_error(o, "-%c %s: must be a number between "
		    "%lld and %lld, or a name such as ef", opt->letter, arg,
		    opt->min, opt->max);
	default:
		return set_error(o, "-%c %s: must be a whole number "
		    "between %lld and %lld", opt->letter, arg, opt->min,
		    opt->max);
	}
}

static int
apply_value(struct opts *o, const struct option *opt, const char *arg)
{
	long long n = parse_value(opt->kind, arg);

	if (n == -1)
		return malformed(o, opt, arg);
	if (n < opt->min || n > opt->max)
		return set_error(o, "-%c %s: must be between %lld and %lld",
		    opt->letter, arg, opt->min, opt->max);
	*(long long *)(void *)((char *)o + opt->offset) = n;
	return 0;
}

/* Set the option's field in *o. */
static int
apply(struct opts *o, const struct option *opt, char *arg)
{
	void *field = (char *)o + opt->offset;

	switch (opt->kind) {
	case FLAG:
		*(bool *)field = true;
		return 0;
	case COUNT:
		++*(int *)field;
		return 0;
	case STRING:
		*(const char **)field = arg;
		return 0;
	case LIST:
		return append_list(o, field, arg);
	default:
		return apply_value(o, opt, arg);
	}
}

/*
 * --help or --version, which getopt(3) returns as option '-' with an argument.
 * arg is the whole argument, unless the '-' stood among other letters.
 */
static int
apply_long(struct opts *o, const char *arg, const char *name)
{
	if (strncmp(arg, "--", 2) != 0)
		return set_error(o, "'-' is not an option letter");
	if (strcmp(name, "help") == 0)
		o->help = true;
	else if (strcmp(name, "version") == 0)
		o->version = true;
	else
		return set_error(o, "unknown option --%s", name);
	return 0;
}

static bool
any_given(const char *letters, const bool *given)
{
	for (; *letters != '\0'; letters++)
		if (given[(unsigned char)*letters])
			return true;
	return false;
}

/* Check what the options given exclude and require. */
static int
check_conflicts(struct opts *o, const bool *given)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *opt = &table[i];

		if (!given[(unsigned char)opt->letter])
			continue;
		for (const char *c = opt->excludes; *c != '\0'; c++)
			if (given[(unsigned char)*c])
				return set_error(o, "-%c and -%c cannot be "
				    "combined", opt->letter, *c);
		if (*opt->needs != '\0' && !any_given(opt->needs, given))
			return set_error(o, "-%c requires -%c%s%c",
			    opt->letter, opt->needs[0],
			    opt->needs[1] == '\0' ? "" : " or -",
			    opt->needs[1]);
	}
	return 0;
}

/* The n operands with -U: the path to connect to or to listen on. */
static int
apply_path(struct opts *o, int n, char **operand)
{
	if (n > 1)
		return set_error(o, "unexpected argument '%s'", operand[1]);
	if (n == 1 && o->listen && o->source != NULL)
		return set_error(o, "-s %s and %s: give only one path",
		    o->source, operand[0]);
	if (n == 0 && !(o->listen && o->source != NULL))
		return set_error(o, "-U requires a path");
	o->path = n == 1 ? operand[0] : o->source;
	return 0;
}

static int
missing(struct opts *o, int n, char **operand)
{
	if (n > 0)
		return set_error(o, "missing port after host '%s'", operand[0]);
	return set_error(o, o->listen ? "-l requires a port"
				      : "missing host and port");
}

/* The n operands without -U: a host and a port. */
static int
apply_operands(struct opts *o, int n, char **operand)
{
	int max = o->listen && o->source_port != NULL ? 1 : 2;
	int min = o->listen ? max - 1 : 2;

	if (n > max)
		return set_error(o, "unexpected argument '%s'", operand[max]);
	if (n < min)
		return missing(o, n, operand);
	if (n == 2 || max == 1)
		o->host = operand[0]; /* no operand: the NULL that ends argv */
	o->port = max == 1 ? o->source_port : operand[n - 1];
	if (o->listen && o->source != NULL && o->host != NULL)
		return set_error(o, "-s %s and %s: give only one address",
		    o->source, o->host);
	return 0;
}

/* Write getopt(3)'s option string for the table to s. */
static void
build_optstring(char *s)
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

/* What the argument of an option is called in an error. */
static const char *
argument_name(const struct option *opt)
{
	switch (opt->kind) {
	case NUMBER:
		return "a number";
	case BYTES:
		return "bytes";
	case SECONDS:
		return "seconds";
	case TOS:
		return "type of service";
	case LIST:
		return "networks";
	default:
		return opt->argument;
	}
}

/* getopt(3) returned c, either '?' or ':', for a letter. */
static int
bad_option(struct opts *o, int c, int letter)
{
	if (letter == '-')
		return set_error(o, "'-' is not an option letter");
	if (c == ':')
		return set_error(o, "option -%c requires an argument (%s)",
		    letter, argument_name(find_option(letter)));
	return set_error(o, "unknown option -%c", letter);
}

/* Apply all options; given[c] becomes true for each letter c. */
static int
parse_options(struct opts *o, int argc, char **argv, bool *given)
{
	char optstring[2 * OPTIONS + 4];
	int c, status = 0;

	build_optstring(optstring);
	opterr = 0;
	while (status == 0 && (c = getopt(argc, argv, optstring)) != -1) {
		if (c == '?' || c == ':')
			return bad_option(o, c, optopt);
		if (c == '-') {
			status = apply_long(o, argv[optind - 1], optarg);
			continue;
		}
		given[c] = true;
		status = apply(o, find_option(c), optarg);
	}
	return status;
}

int
opts_parse(struct opts *o, int argc, char **argv)
{
	bool given[UCHAR_MAX + 1] = { false };

	*o = (struct opts){ .read_size = -1, .backlog = -1, .max_clients = -1,
		.recv_buffer = -1, .send_buffer = -1, .tos = -1,
		.max_messages = -1, .quit_after = -1, .timeout = -1,
		.retry = -1, .delay = -1 };
	if (parse_options(o, argc, argv, given) == -1)
		return -1;
	if (o->help || o->version)
		return 0;
	if (check_conflicts(o, given) == -1)
		return -1;
	return o->unix_domain ? apply_path(o, argc - optind, argv + optind)
			: apply_operands(o, argc - optind, argv + optind);
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
	    "       sockcat [options] -l -U path\n"
	    "       sockcat [options] -z host port[,port...]\n\n", out);
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(out, "  -%c %-6s %s\n", table[i].letter,
		    table[i].argument == NULL ? "" : table[i].argument,
		    table[i].help);
	fputs("\nByte counts accept k, M and G; seconds may be fractional.\n"
	    "Full manual: man sockcat\n", out);
}
